"""What tests play: the time, a platform, and a process that may end at any moment."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from inspect import isawaitable
from typing import Any

from sqlalchemy import Executable, Table, select, text

from bot.dispatch import Dispatcher
from bot.dispatch.distributed import Distributed
from bot.dispatch.local import Local
from bot.pace import Pace
from bot.store import Database, Keys, Sqlite, Transaction, open_database
from bot.store.postgres import Postgres
from bot.store.tables import SEALED
from bot.turn import Turns
from dialogs.content import load
from dialogs.events import Message

DIALOG = load()

UNHURRIED = Pace(chat=0, bot=0)

PATIENCE = 60.0
"""Seconds after which something that is waited for counts as never coming."""


class Clock:
    """A time that stands still until it is set."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Phone:
    """A platform that keeps what it is sent, by conversation, and fails as it is told.

    `faults` holds what to raise before anything is taken, `held` what a conversation's sends wait for.
    """

    def __init__(self, pace: Pace = UNHURRIED) -> None:
        self.pace = pace
        self.got: defaultdict[str, list[Message]] = defaultdict(list)
        self.shown: defaultdict[str, list[str]] = defaultdict(list)
        self.tries: defaultdict[str, int] = defaultdict(int)
        self.faults: defaultdict[str, list[Exception]] = defaultdict(list)
        self.held: dict[str, asyncio.Event] = {}

    async def send(self, conversation: str, message: Message, shown: str) -> str | None:
        """Takes a message; the one with the newest buttons is called by its number."""
        self.tries[conversation] += 1
        if conversation in self.held:
            await self.held[conversation].wait()
        if self.faults[conversation]:
            raise self.faults[conversation].pop(0)
        self.got[conversation].append(message)
        self.shown[conversation].append(shown)
        return f"m{len(self.got[conversation])}" if message.choices else None

    def states(self, conversation: str) -> list[str]:
        """What was sent to a conversation: each message's state, without its dialog."""
        return [message.state.removeprefix("decide/") for message in self.got[conversation]]


def dispatcher_of(database: Database, clock: Callable[[], float] = time.time, **more: Any) -> Dispatcher:
    """A dispatcher of ``tg:`` conversations that fits a database, quick to notice what is gone."""
    if isinstance(database, Sqlite):
        return Local(database, ["tg"], clock)
    assert isinstance(database, Postgres)
    return Distributed(database, ["tg"], clock, **{"heartbeat": 0.2, "stalled": 1.5, **more})


@asynccontextmanager
async def process(
    url: str,
    phone: Phone,
    clock: Callable[[], float] = time.time,
    *,
    running: bool = True,
    keys: Keys | None = None,
) -> AsyncIterator[Turns]:
    """The turns of a process on a database, until it ends; without keys, with one that all tests share.

    One that isn't running takes events and does nothing of itself, as one does that is killed right after.
    """
    async with AsyncExitStack() as stack:
        database = open_database(url, keys)
        stack.push_async_callback(database.close)
        dispatcher = dispatcher_of(database, clock)
        turns = Turns(DIALOG, dispatcher, {"tg": phone}, clock=clock)
        if running:
            stack.push_async_callback(dispatcher.stop, PATIENCE)
            await turns.start()
        elif isinstance(dispatcher, Local):
            await dispatcher.stop(0)
        yield turns


async def until(holds: Callable[[], object | Awaitable[object]]) -> None:
    """Waits until something holds."""
    end = time.monotonic() + PATIENCE
    while True:
        found = holds()
        if isawaitable(found):
            found = await found
        if found:
            return
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.01)


async def rows(database: Database, table: Table, **where: object) -> list[Mapping[str, Any]]:
    """What stands in a table, opened, where some columns are so."""
    sealed = {column.name for column in SEALED if column.table is table}

    def read(on: Transaction) -> list[Mapping[str, Any]]:
        found = select(table).where(*(table.c[name] == value for name, value in where.items()))
        return [
            {k: on.keys.open(next(iter(row.values())), v) if k in sealed else v for k, v in row.items()}
            for row in on.connection.execute(found.order_by(*table.primary_key)).mappings()
        ]

    return (await database.run(read))[0]


async def run(database: Database, statement: Executable | str) -> None:
    """Runs a statement, past the store: rows are damaged, and times changed, by somebody else."""

    def work(on: Transaction) -> None:
        on.connection.execute(text(statement) if isinstance(statement, str) else statement)

    await database.run(work)


async def idle(database: Database) -> None:
    """Waits until every event that is due is done, and every message sent."""

    async def holds() -> bool:
        depth, _ = await database.run(lambda on: on.depth(time.time()))
        return not depth.events and not depth.messages

    await until(holds)
