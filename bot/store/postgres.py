"""PostgreSQL: a pool of connections, for any number of replicas."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.errors import StoreError
from bot.store.migrate import is_current, upgrade
from bot.store.seal import Keys, passing
from bot.store.transaction import Transaction, Wake

T = TypeVar("T")

POOL = 10
"""Connections that one process keeps, beside the few of its dispatcher."""

PATIENCE = 10
"""Seconds to wait for a connection."""

_ALERT = {
    "connect_timeout": PATIENCE,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 1000 * PATIENCE,
}
"""A server that is gone without a word is noticed within seconds, not when TCP gives up; libpq's names."""

HandOver = Callable[[Any, list[Wake]], Awaitable[None]]
"""Takes psycopg's own connection, its transaction open, and what is to be woken once it is committed."""


class Postgres:
    """A database on a server.

    Takes its address, ``postgresql://…``, and the keys that all in it is sealed with: without any, only
    this process reads it. Nothing is connected to before the first work.
    """

    platform = "postgresql"

    def __init__(self, url: str, keys: Keys | None = None) -> None:
        self.url = url
        self.keys = keys or passing()
        self.engine = create_async_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=POOL,
            max_overflow=0,
            pool_timeout=PATIENCE,
            connect_args=dict(_ALERT),
            # An error's text would have them, and they are what people said.
            hide_parameters=True,
        )

    @property
    def name(self) -> str:
        """The address to show to people: no password, and of the options only the host."""
        url = make_url(self.url)
        shown = {"host": url.query["host"]} if "host" in url.query else {}
        return url.set(password=None, query=shown).render_as_string().replace("%2F", "/")

    @property
    def conninfo(self) -> str:
        """The address as libpq takes it."""
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        return make_conninfo(plain, **_ALERT)

    async def run(
        self, work: Callable[[Transaction], T], hand_over: HandOver | None = None
    ) -> tuple[T, list[Wake]]:
        """Does a piece of work in a transaction.

        Takes also what hands over what it woke, within the same transaction. Returns what the work
        returned and what it woke, once both are committed. Raises `StoreError`, and then nothing of it
        is kept.
        """

        def within(connection: Connection) -> tuple[T, list[Wake]]:
            transaction = Transaction(connection, self.keys)
            return work(transaction), transaction.wakes

        try:
            async with self.engine.begin() as connection:
                result, wakes = await connection.run_sync(within)
                if wakes and hand_over:
                    raw = await connection.get_raw_connection()
                    await hand_over(raw.driver_connection, wakes)
        except (SQLAlchemyError, psycopg.Error, OSError) as error:
            raise self._error(error) from None
        return result, wakes

    async def is_current(self) -> bool:
        """Whether its tables are those that this program expects. Raises `StoreError`."""
        return (await self.run(lambda on: is_current(on.connection)))[0]

    async def migrate(self) -> None:
        """Brings the tables up to date. Raises `StoreError`."""
        await self.run(lambda on: upgrade(on.connection))

    async def close(self) -> None:
        """Lets go of all connections."""
        await self.engine.dispose()

    def _error(self, error: Exception) -> StoreError:
        why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        return StoreError(
            f"{self.name}: this database can't be used ({why})."
            " Nothing was changed. See that the server runs, and try: whatif doctor",
            why,
        )
