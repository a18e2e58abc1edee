"""The program's pages, over real HTTP."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import sqlite
from tests.bot.conftest import Server
from tests.bot.played import until
from tests.bot.running import Loopback, running

WORDS = "mirabelle"


def ready(body: str) -> dict[str, bool]:
    return dict(json.loads(body))


async def test_it_is_alive_and_ready_on_both_databases(url: str) -> None:
    async with running(url, Loopback()) as pages:
        assert await pages.ask("/healthz") == (200, '{"alive": true}')
        body = await pages.until("/readyz", lambda status, _: status == 200)
        assert ready(body) == {"database": True, "migrations": True, "dispatcher": True}


async def test_it_is_ready_without_a_platform_and_says_that_none_is_there(url: str) -> None:
    async with running(url) as pages:
        await pages.until("/readyz", lambda status, _: status == 200)
        assert "no platform is configured" in pages.log


async def test_it_is_not_ready_while_the_tables_are_anothers(url: str, kind: str, request: object) -> None:
    import sqlalchemy

    driver = "sqlite" if kind == "sqlite" else "postgresql+psycopg"
    engine = sqlalchemy.create_engine(sqlalchemy.make_url(url).set(drivername=driver))

    def write(revision: str) -> None:
        with engine.begin() as connection:
            connection.execute(
                sqlalchemy.text("UPDATE alembic_version SET version_num = :to"), {"to": revision}
            )

    with engine.connect() as connection:
        head = str(
            connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar_one()
        )
    async with running(url, Loopback()) as pages:
        await pages.until("/readyz", lambda status, _: status == 200)
        write("0001")
        body = await pages.until("/readyz", lambda status, _: status == 503)
        assert ready(body)["database"]
        assert not ready(body)["migrations"]
        write(head)
        await pages.until("/readyz", lambda status, _: status == 200)
    engine.dispose()


async def test_a_server_that_goes_away_is_seen_and_all_goes_on_when_it_is_back(
    postgres_url: str, server: Server
) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    phone = Loopback()
    async with running(postgres_url, phone) as pages:
        await pages.until("/readyz", lambda status, _: status == 200)
        await pages.say("tg:1:1", "a", "hello")
        await until(lambda: phone.states("tg:1:1"))
        server.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
        server.cut(name)
        try:
            body = await pages.until("/readyz", lambda status, _: status == 503)
            assert not ready(body)["database"]
            assert (await pages.ask("/healthz"))[0] == 200
            assert "whatif_database_up 0.0" in (await pages.ask("/metrics"))[1]
            assert (await pages.say("tg:1:1", "b", WORDS))[0] == 503
        finally:
            server.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)
        await pages.until("/readyz", lambda status, _: status == 200)
        before = len(phone.got["tg:1:1"])
        # The platform sends again what wasn't taken, and perhaps once more.
        assert await pages.say("tg:1:1", "b", WORDS) == (200, "true")
        assert await pages.say("tg:1:1", "b", WORDS) == (200, "false")
        await until(lambda: len(phone.got["tg:1:1"]) > before)
        assert "whatif_database_up 1.0" in (await pages.ask("/metrics"))[1]
        assert WORDS not in pages.log


async def test_a_file_that_somebody_keeps_locked_is_seen_and_all_goes_on_when_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY", 0.2)
    phone = Loopback()
    async with running(f"sqlite:///{tmp_path / 'whatif.db'}", phone) as pages:
        with closing(sqlite3.connect(tmp_path / "whatif.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await pages.until("/readyz", lambda status, _: status == 503)
            status, _ = await pages.say("tg:1:1", "a", WORDS)
            assert status == 503
            other.execute("ROLLBACK")
        await pages.until("/readyz", lambda status, _: status == 200)
        assert await pages.say("tg:1:1", "a", WORDS) == (200, "true")
        await until(lambda: phone.states("tg:1:1"))
        assert "locked" in pages.log
        assert WORDS not in pages.log


async def test_half_an_emoji_is_taken_like_anything_that_is_said(url: str) -> None:
    phone = Loopback()
    async with running(url, phone) as pages:
        await pages.say("tg:1:1", "a", "hello")
        assert await pages.say("tg:1:1", "b", "the \ud83d bank\0") == (200, "true")
        await until(lambda: "hesitations" in phone.states("tg:1:1"))


async def test_a_page_that_fails_says_so_without_a_word_of_what_was_said(tmp_path: Path) -> None:
    async with running(f"sqlite:///{tmp_path / 'whatif.db'}", Loopback()) as pages:
        status, body = await pages.say(f"tg:1:{WORDS}", "a", "!")
        assert (status, WORDS in body) == (500, False)
        assert (await pages.ask("/tg", {"no": WORDS}))[0] == 500
        assert (await pages.ask("/nowhere"))[0] == 404
        assert "ValueError at running.py" in pages.log
        assert WORDS not in pages.log
