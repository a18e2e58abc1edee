"""Migrations: from nothing, from the first terminal's table, and to just what the program expects."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.store import Database, StoreError, Transaction, migrate, open_database, tables
from tests.bot.conftest import Whatif
from tests.bot.played import rows

OURS = set(tables.metadata.tables)


def made(on: Transaction) -> set[str]:
    """The tables there are, less those of Procrastinate."""
    return {name for name in inspect(on.connection).get_table_names() if not name.startswith("procrastinate")}


async def migrated(database: Database) -> None:
    await database.migrate()
    assert await database.is_current()
    assert (await database.run(made))[0] == {*OURS, "alembic_version"}


async def test_from_nothing_to_what_the_program_expects_and_twice_changes_nothing(empty_url: str) -> None:
    database = open_database(empty_url)
    try:
        assert not await database.is_current()
        await migrated(database)
        await database.run(lambda on: on.write("term:me", "{}"))
        await migrated(database)
        assert len(await rows(database, tables.conversation)) == 1
    finally:
        await database.close()


async def test_the_first_terminals_conversations_are_kept(empty_url: str) -> None:
    database = open_database(empty_url)

    def first(on: Transaction) -> None:
        on.connection.execute(
            text("CREATE TABLE conversation (id TEXT PRIMARY KEY, state TEXT NOT NULL, version INT NOT NULL)")
        )
        on.connection.execute(text("INSERT INTO conversation VALUES ('term:me', '{\"a\": 1}', 7)"))

    try:
        await database.run(first)
        await migrated(database)
        kept = await rows(database, tables.conversation)
        until = kept[0]["expires"]
        assert kept == [{"id": "term:me", "state": '{"a": 1}', "version": 7, "shown": "", "expires": until}]
        assert until == pytest.approx(time.time() + 90 * 86_400, abs=600)
        await database.run(lambda on: on.write("term:me", "{}"))
        assert (await database.run(lambda on: on.state("term:me")))[0] == ("{}", 8)
    finally:
        await database.close()


async def test_replicas_that_start_together_all_find_it_done(empty_url: str) -> None:
    databases = [open_database(empty_url) for _ in range(3)]
    try:
        await asyncio.gather(*(database.migrate() for database in databases))
        assert all([await database.is_current() for database in databases])
    finally:
        for database in databases:
            await database.close()


def test_the_newest_revision_is_the_one_the_program_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


async def test_the_tables_made_are_the_tables_described(url: str) -> None:
    database = open_database(url)

    def differences(connection: Connection) -> object:
        ours = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in OURS}
        )
        return compare_metadata(ours, tables.metadata)

    try:
        assert (await database.run(lambda on: differences(on.connection)))[0] == []
        names, _ = await database.run(
            lambda on: {index["name"] for index in inspect(on.connection).get_indexes("event")}
        )
        assert names == {"event_now", "event_later", "event_done"}
    finally:
        await database.close()


async def test_a_migration_that_fails_leaves_the_tables_as_they_were(empty_url: str) -> None:
    database = open_database(empty_url)

    def wrong(on: Transaction) -> None:
        # Something is in the way of the second revision, and the first is then undone, too.
        on.connection.execute(text("CREATE TABLE message (id INT)"))

    try:
        await database.run(wrong)
        with pytest.raises(StoreError, match="message"):
            await database.migrate()
        assert (await database.run(made))[0] == {"message"}
    finally:
        await database.close()


def test_the_command_says_what_it_did(whatif: Whatif, empty_url: str) -> None:
    first = whatif("migrate", DATABASE_URL=empty_url)
    again = whatif("migrate", DATABASE_URL=empty_url)
    assert (first.returncode, first.stderr) == (again.returncode, again.stderr) == (0, "")
    assert first.stdout == "the tables are up to date now\n"
    assert again.stdout == "the tables were up to date\n"


def test_the_command_says_what_is_wrong_and_keeps_the_password(whatif: Whatif, tmp_path: Path) -> None:
    away = whatif("migrate", DATABASE_URL="postgresql://me:secret@127.0.0.1:1/whatif")
    assert away.returncode == 1
    assert "127.0.0.1:1" in away.stderr
    assert "secret" not in away.stderr
    assert "Traceback" not in away.stderr
    (tmp_path / "none.db").write_bytes(b"no database " * 1000)
    broken = whatif("migrate", DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}")
    assert broken.returncode == 1
    assert "none.db" in broken.stderr
    assert whatif("migrate", DATABASE_URL="mysql://x").returncode == 2


def test_a_terminal_brings_its_own_file_up_to_date(whatif: Whatif, tmp_path: Path) -> None:
    path = tmp_path / "first.db"
    whatif("chat", stdin="the bank\n", DATABASE_URL=f"sqlite:///{path}")
    with sqlite3.connect(path) as database:
        # As the first terminal left it.
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'conversation'"
        for (table,) in database.execute(tables).fetchall():
            database.execute(f"DROP TABLE {table}")
        database.execute("DROP INDEX conversation_expires")
        for later in ("shown", "expires"):
            database.execute(f"ALTER TABLE conversation DROP COLUMN {later}")
    database.close()
    done = whatif("chat", DATABASE_URL=f"sqlite:///{path}")
    assert "[decide/hesitations]" in done.stdout
    assert done.stderr == ""
