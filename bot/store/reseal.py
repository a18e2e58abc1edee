"""Seals anew what was sealed with an earlier key, or stands in the clear; counts what no key opens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, func, select, tuple_, update

from bot.store import Database
from bot.store.seal import PREFIX, Keys, UnopenedError
from bot.store.tables import SEALED, TOKENS
from bot.store.transaction import Transaction

BATCH = 500
"""Rows in one transaction."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many rows were sealed anew, and how many no key opens."""

    sealed: int
    unopened: int


async def reseal(database: Database) -> Resealed:
    """Seals everything with the first key, a few rows at a time, while others may go on with it.

    What no key opens stays as it is. Raises `StoreError`; what was sealed by then is.
    """
    sealed = unopened = 0
    for column in SEALED:
        last: tuple[Any, ...] | None = None
        while True:

            def batch(
                on: Transaction, column: Column[str] = column, last: tuple[Any, ...] | None = last
            ) -> tuple[tuple[Any, ...] | None, int, int]:
                return _batch(on, column, last)

            (last, done, left), _ = await database.run(batch)
            sealed, unopened = sealed + done, unopened + left
            if last is None:
                break
    return Resealed(sealed, unopened)


def _batch(
    on: Transaction, column: Column[str], last: tuple[Any, ...] | None
) -> tuple[tuple[Any, ...] | None, int, int]:
    """Seals the rows after one; returns the last of them, None at the end, and how many were and weren't."""
    key = list(column.table.primary_key)
    others = select(*key, column).where(
        column != "",
        func.substr(column, 1, PREFIX) != on.keys.prefix,  # nothing is left of what is done
    )
    if last is not None:
        others = others.where(tuple_(*key) > tuple_(*last))
    # Whoever would write there in the meantime waits.
    found = on.connection.execute(others.order_by(*key).limit(BATCH).with_for_update()).all()
    done = left = 0
    for *row, kept in found:
        whose = str(row[0]) if column.table.name in ("conversation", "event", "message") else TOKENS
        try:
            anew = on.keys.seal(whose, on.keys.open(whose, kept))
        except UnopenedError:
            left += 1
            continue
        this = [part == value for part, value in zip(key, row, strict=True)]
        on.connection.execute(update(column.table).where(*this).values({column: anew}))
        done += 1
    return (tuple(found[-1][:-1]) if found else None), done, left


@dataclass(frozen=True, slots=True)
class Census:
    """How many texts there are: sealed with the first key, otherwise readable, and not to be opened."""

    first: int
    other: int
    unknown: int


def census(keys: Keys, run: Callable[[Select[Any]], Iterable[Any]]) -> Census:
    """Counts what is kept, by whether there is a key for it. Takes what runs a statement; changes nothing."""
    counts = {"first": 0, "other": 0, "unknown": 0}
    for prefix, count in _prefixes(run):
        kind = "first" if prefix == keys.prefix else "other" if keys.knows(prefix) else "unknown"
        counts[kind] += count
    return Census(**counts)


def _prefixes(run: Callable[[Select[Any]], Iterable[Any]]) -> Iterator[tuple[str, int]]:
    for column in SEALED:
        prefix = func.substr(column, 1, PREFIX)
        yield from run(select(prefix, func.count()).where(column != "").group_by(prefix))
