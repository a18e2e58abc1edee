"""Where conversations, events and messages are kept: SQLite or PostgreSQL, by ``DATABASE_URL``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from bot.store.errors import StoreError
from bot.store.seal import Keys, UnopenedError, keys_of
from bot.store.sqlite import Sqlite
from bot.store.transaction import Claim, Kept, Transaction, Waiting, Wake

SQLITE = "sqlite:///"
"""What the address of a database in a file begins with."""

__all__ = [
    "SQLITE",
    "Claim",
    "Database",
    "Kept",
    "Keys",
    "Sqlite",
    "StoreError",
    "Transaction",
    "UnopenedError",
    "Waiting",
    "Wake",
    "keys_of",
    "open_database",
]

T = TypeVar("T")


class Database(Protocol):
    """A database: `sqlite.Sqlite` or `postgres.Postgres`. Every method raises `StoreError`."""

    keys: Keys

    async def run(self, work: Callable[[Transaction], T]) -> tuple[T, list[Wake]]:
        """Does a piece of work in a transaction; returns what it returned, and what it woke."""

    async def is_current(self) -> bool:
        """Whether its tables are those that this program expects."""

    async def migrate(self) -> None:
        """Brings the tables up to date."""

    async def close(self) -> None:
        """Lets go of it."""


def open_database(url: str, keys: Keys | None = None) -> Database:
    """The database at an address, as `bot.settings` gives it.

    Takes ``sqlite:///`` and a path, or ``postgresql://…``, and the keys that all in it is sealed with:
    without any, only this process reads it. Raises `StoreError` where it is a file that
    can't be used; a server is not connected to yet.
    """
    if url.startswith(SQLITE):
        return Sqlite(Path(url.removeprefix(SQLITE)), keys)
    # A terminal on its file needn't wait for what talks to a server.
    from bot.store.postgres import Postgres

    return Postgres(url, keys)
