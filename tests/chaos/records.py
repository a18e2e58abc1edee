"""What the database holds in the end, and what still waits in it, read past all faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, NullPool, create_engine, func, make_url, select

from bot.store import Keys
from bot.store.tables import conversation, event, message

T = TypeVar("T")

KEY = "chaos"
"""What replicas seal with."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation as stored: its session's JSON, how often it was saved, and its done events.

    `done` has the time that each was due, None for those of the platform.
    """

    state: str
    version: int
    done: dict[str, float | None]


class Records:
    """Reads a run's database. Takes its address."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        self._keys = Keys(KEY)
        self._engine = create_engine(address, poolclass=NullPool)

    async def waiting(self, conv: str | None = None) -> int:
        """How many events and messages wait, in one conversation or in all."""

        def count(on: Connection) -> int:
            total = 0
            for table, waits in ((event, ~event.c.done), (message, message.c.pos >= 0)):
                query = select(func.count()).select_from(table).where(waits)
                if conv:
                    query = query.where(table.c.conv == conv)
                total += on.execute(query).scalar_one()
            return total

        return await self._read(count)

    async def stored(self) -> dict[str, Stored]:
        """All conversations."""

        def read(on: Connection) -> dict[str, Stored]:
            found = {
                row.id: Stored(self._keys.open(row.id, row.state), row.version, {})
                for row in on.execute(select(conversation))
            }
            for row in on.execute(select(event).where(event.c.done)):
                found.setdefault(row.conv, Stored("{}", 0, {})).done[row.id] = row.due
            return found

        return await self._read(read)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        def read() -> T:
            with self._engine.connect() as connection:
                return work(connection)

        return await asyncio.to_thread(read)
