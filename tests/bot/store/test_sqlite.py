"""SQLite: commits that are shared, and what goes wrong with a file."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.store import Sqlite, StoreError, Transaction, tables
from tests.bot.played import rows

ME = "tg:bot:1"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Sqlite]:
    database = Sqlite(tmp_path / "folder" / "whatif.db")
    await database.migrate()
    yield database
    await database.close()


async def accept(database: Sqlite, event_id: str, body: str = "") -> bool:
    return (await database.run(lambda on: on.accept(ME, event_id, body, 1.0)))[0]


async def ids(database: Sqlite) -> set[str]:
    return {row["id"] for row in await rows(database, tables.event)}


@contextmanager
def gathering(database: Sqlite) -> Iterator[None]:
    """Whatever is asked for meanwhile waits, and is done together afterwards."""
    held, go = threading.Event(), threading.Event()

    def hold(on: Transaction) -> None:
        held.set()
        go.wait(30)

    task = asyncio.create_task(database.run(hold))
    try:
        yield
    finally:
        asyncio.get_running_loop().call_later(0.05, go.set)
        task.add_done_callback(lambda done: done.exception())


async def test_what_is_saved_is_there_after_closing(tmp_path: Path) -> None:
    for state, version in (("one", 1), ("two", 2)):
        database = Sqlite(tmp_path / "whatif.db")
        await database.migrate()
        await database.run(lambda on, state=state: on.write(ME, state))  # type: ignore[misc]
        assert (await database.run(lambda on: on.state(ME)))[0] == (state, version)
        await database.close()


async def test_the_file_and_its_folder_are_their_owners_alone(database: Sqlite) -> None:
    assert isinstance(database.path, Path)
    assert database.path.stat().st_mode & 0o077 == 0
    assert database.path.parent.stat().st_mode & 0o077 == 0


async def test_what_is_done_is_on_the_disk(database: Sqlite) -> None:
    with sqlite3.connect(database.path) as beside:
        assert beside.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    beside.close()
    found, _ = await database.run(lambda on: on.connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    assert found == 2  # FULL


async def test_those_that_wait_share_a_commit(database: Sqlite) -> None:
    commits: list[str] = []
    raw = database.engine.raw_connection().driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.set_trace_callback(lambda statement: commits.append(statement) if statement == "COMMIT" else None)
    with gathering(database):
        tasks = [asyncio.create_task(accept(database, str(number))) for number in range(50)]
        await asyncio.sleep(0)
    assert all(await asyncio.gather(*tasks))
    raw.set_trace_callback(None)
    assert len(commits) < 10
    assert len(await ids(database)) == 50


async def test_who_fails_fails_alone(database: Sqlite) -> None:
    def fails(on: Transaction) -> None:
        on.accept(ME, "of the one that fails", "", 1.0)
        raise LookupError("of its own")

    def breaks(on: Transaction) -> None:
        on.accept(ME, "of the one that breaks", "", 1.0)
        on.connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")

    with gathering(database):
        tasks = [
            asyncio.create_task(database.run(work))
            for work in (
                lambda on: on.accept(ME, "1", "", 1.0),
                fails,
                lambda on: on.accept(ME, "2", "", 1.0),
                breaks,
                lambda on: on.accept(ME, "3", "", 1.0),
            )
        ]
        await asyncio.sleep(0)
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in done] == [tuple, LookupError, tuple, StoreError, tuple]
    assert await ids(database) == {"1", "2", "3"}


async def test_who_stops_waiting_disturbs_nobody(database: Sqlite) -> None:
    with gathering(database):
        gone, stays = (asyncio.create_task(accept(database, each)) for each in ("1", "2"))
        await asyncio.sleep(0)
        gone.cancel()
    assert await stays
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    database = Sqlite(tmp_path / "whatif.db")
    await database.migrate()
    tasks = [asyncio.create_task(accept(database, str(number))) for number in range(20)]
    await asyncio.sleep(0)
    await database.close()
    assert all(await asyncio.gather(*tasks))


async def test_two_processes_on_one_file_take_turns(database: Sqlite) -> None:
    assert isinstance(database.path, Path)
    other = Sqlite(database.path)
    try:
        await asyncio.gather(*(accept((database, other)[n % 2], str(n)) for n in range(100)))
        assert len(await ids(other)) == 100
    finally:
        await other.close()


# --- what goes wrong with a file ---


async def test_a_folder_that_cant_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/whatif\.db.*DATABASE_URL"):
        Sqlite(tmp_path / "file" / "whatif.db")


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "whatif.db"
    path.write_bytes(b"this is no database, but somebody may want it back" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"whatif\.db.*not a database.*Move it away"):
        Sqlite(path)
    assert path.read_bytes() == before


async def test_a_file_cut_short_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "whatif.db"
    database = Sqlite(path)
    await database.migrate()
    await database.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 - 100])
    before = path.read_bytes()

    async def used() -> None:
        database = Sqlite(path)
        try:
            await database.run(lambda on: on.write(ME, "{}"))
        finally:
            await database.close()

    with pytest.raises(StoreError, match=r"whatif\.db.*malformed"):
        await used()
    assert path.read_bytes() == before


async def full(database: Sqlite) -> None:
    """Fills what is left until nothing more goes in; nothing of what failed is there."""
    for number in range(1000):
        done = await asyncio.gather(accept(database, f"fill {number}", "x" * 4000), return_exceptions=True)
        if isinstance(done[0], StoreError):
            assert str(database.path) in str(done[0])
            assert f"fill {number}" not in await ids(database)
            assert f"fill {number - 1}" in await ids(database)
            return
    pytest.fail("never full")


async def test_a_full_disk_is_said_and_nothing_is_half_stored(database: Sqlite) -> None:
    await accept(database, "before")

    def pages(on: Transaction, most: int) -> None:
        on.connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    await database.run(lambda on: pages(on, 40))
    await full(database)
    with pytest.raises(StoreError, match="full"):
        await accept(database, "meanwhile", "x" * 100_000)
    await database.run(lambda on: pages(on, 1_000_000))
    assert await accept(database, "afterwards", "x" * 100_000)
    assert {"before", "afterwards"} <= await ids(database)
    assert "meanwhile" not in await ids(database)


async def test_a_disk_that_is_full_when_it_comes_to_commit_is_survived(database: Sqlite) -> None:
    await accept(database, "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        await full(database)
        with gathering(database):
            tasks = [asyncio.create_task(accept(database, f"m{n}", "x" * 300_000)) for n in range(3)]
            await asyncio.sleep(0)
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in done] == [StoreError] * 3
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert await accept(database, "afterwards")
    found = await ids(database)
    assert {"before", "afterwards"} <= found
    assert not [each for each in found if each.startswith("m")]


async def test_a_file_that_cant_be_written_is_said_until_it_can(database: Sqlite) -> None:
    await accept(database, "before")
    raw = database.engine.raw_connection().driver_connection
    assert isinstance(raw, sqlite3.Connection)
    # What SQLite says of a file that is read-only, whoever runs the tests: root may write any file.
    raw.execute("PRAGMA query_only = ON")
    for _ in range(2):
        with pytest.raises(StoreError, match=r"whatif\.db.*readonly"):
            await accept(database, "meanwhile")
    raw.execute("PRAGMA query_only = OFF")
    assert await accept(database, "afterwards")
    assert await ids(database) == {"before", "afterwards"}


async def test_a_file_that_somebody_else_keeps_locked_is_waited_for(database: Sqlite) -> None:
    with sqlite3.connect(database.path, isolation_level=None) as beside:
        beside.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(accept(database, "1"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        beside.execute("COMMIT")
        assert await waiting
    beside.close()


async def test_a_damaged_row_is_read_as_it_is(database: Sqlite) -> None:
    await database.run(lambda on: on.write(ME, "{}"))
    with sqlite3.connect(database.path) as beside:
        beside.execute("UPDATE conversation SET state = CAST(? AS TEXT)", (b"\xff{",))
    beside.close()
    assert (await database.run(lambda on: on.state(ME)))[0] == ("\udcff{", 1)
