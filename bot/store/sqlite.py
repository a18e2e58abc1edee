"""SQLite: one connection in a thread of its own, which commits whatever waits together."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from bot.store.errors import StoreError
from bot.store.migrate import is_current, upgrade
from bot.store.seal import Keys, passing
from bot.store.transaction import Transaction, Wake

T = TypeVar("T")

GROUP_MOST = 256
"""Pieces of work in one commit."""

BUSY = 10.0
"""Seconds to wait for another process (a terminal beside `whatif run`) to finish its commit."""

_Work = Callable[[Transaction], Any]
_Done = asyncio.Future[tuple[Any, list[Wake]]]
_Result = tuple[_Done, Any, Exception | None]


class Sqlite:
    """A database in one file.

    Takes its path, made with its folder where there is none and readable by its owner only, or
    ":memory:", and the keys that all in it is sealed with: without any, only this process reads it.
    Raises `StoreError` where that can't be done. Each piece of work is one transaction to whoever asks
    for it; those that wait at the same time share a commit, so that a disk that takes its time does so
    once for all of them.
    """

    platform = "sqlite"

    def __init__(self, path: Path | str, keys: Keys | None = None) -> None:
        self.path = path
        self.keys = keys or passing()
        try:
            if isinstance(path, Path):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.touch(mode=0o600)
            self.engine = _engine(path)
            self._connection = self.engine.connect()
        except (OSError, sqlite3.Error, SQLAlchemyError) as error:
            raise self._error(error) from None
        self._waiting: SimpleQueue[tuple[_Work, _Done] | _Done] = SimpleQueue()
        self._thread = Thread(target=self._serve, name="sqlite", daemon=True)
        self._thread.start()

    async def is_current(self) -> bool:
        """Whether its tables are those that this program expects. Raises `StoreError`."""
        return (await self.run(lambda on: is_current(on.connection)))[0]

    async def migrate(self) -> None:
        """Brings the tables up to date. Raises `StoreError`."""
        await self.run(lambda on: None if is_current(on.connection) else upgrade(on.connection))

    async def run(self, work: Callable[[Transaction], T]) -> tuple[T, list[Wake]]:
        """Does a piece of work in a transaction.

        It may be done twice, the first time for nothing, so it must leave nothing behind but rows.
        Returns what it returned and what it woke, once both are on the disk. Raises `StoreError`, and
        then nothing of it is kept.
        """
        done: _Done = asyncio.get_running_loop().create_future()
        self._waiting.put((work, done))
        return await done

    async def close(self) -> None:
        """Finishes what waits, and lets go of the file.

        Where that takes too long for whoever asked, the thread is left behind, and ends with the process.
        """
        closed: _Done = asyncio.get_running_loop().create_future()
        self._waiting.put(closed)
        await closed
        self._thread.join()
        self._connection.close()
        self.engine.dispose()

    def _serve(self) -> None:
        closed: _Done | None = None
        while closed is None:
            group = []
            more = self._waiting.get()
            try:
                while isinstance(more, tuple):
                    group.append(more)
                    if len(group) == GROUP_MOST:
                        break
                    more = self._waiting.get_nowait()
                else:
                    closed = more
            except Empty:
                pass
            if group:
                self._commit(group)
        _tell([(closed, None, None)])

    def _commit(self, group: list[tuple[_Work, _Done]]) -> None:
        results: list[_Result] = []
        try:
            with self._connection.begin():
                for work, done in group:
                    transaction = Transaction(self._connection, self.keys)
                    results.append((done, (work(transaction), transaction.wakes), None))
        except Exception as error:  # whatever it is belongs to whoever asked
            if len(group) > 1:
                # One of them failed, and nobody knows yet whether the others can do without it.
                for one in group:
                    self._commit([one])
                return
            known = isinstance(error, sqlite3.Error | SQLAlchemyError | OSError)
            results = [(group[0][1], None, self._error(error) if known else error)]
        _tell(results)

    def _error(self, error: Exception) -> StoreError:
        why = str(getattr(error, "orig", None) or error).partition("\n")[0]
        todo = next((todo for sign, todo in _TODO.items() if sign in why), _TODO[""])
        return StoreError(
            f"{self.path}: this database can't be used ({why}). It was left as it is. {todo}.", why
        )


_TODO = {
    "locked": "Another program keeps it locked, so end that, or wait until it is done",
    "disk is full": "Make room on its disk",
    "disk I/O error": "Make room on its disk, or see what is wrong with that",
    "unable to open": "See that the address names a file, in a folder that this user may write to",
    "readonly": "See that this user may write to it and to its folder, or name another with DATABASE_URL",
    "": "Move it away to begin a new one, or name another with DATABASE_URL=sqlite:///…",
}
"""What to do about an error, by what stands in its text."""


def _tell(results: list[_Result]) -> None:
    """Hands results over to the threads that wait for them."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Result]] = {}
    for result in results:
        by_loop.setdefault(result[0].get_loop(), []).append(result)
    for loop, those in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, those)


def _resolve(results: list[_Result]) -> None:
    for done, result, error in results:
        if done.done():
            continue
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)


def _engine(path: Path | str) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        # An error's text would have them, and they are what people said.
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": BUSY},
    )

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        # A row that somebody damaged is read as it is: whoever parses it says what is wrong.
        connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # What is erased would otherwise stand in the file until something else is written over it.
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # A transaction that begins by reading would otherwise fail when it comes to write.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
