"""SQLAlchemy's statements, run by sqlite3 itself.

A statement is built and compiled once. What SQLAlchemy does round it every time costs more than SQLite's own
work, and a turn has fifteen of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

Values = Mapping[str, Any]


class Rows(Protocol):
    """What a statement brought: the part of SQLAlchemy's result that is used here."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def one_or_none(self) -> Any:
        """The row, or None where there is none."""

    def one(self) -> Any:
        """The row."""

    def scalar_one(self) -> Any:
        """The first column of the row."""

    def all(self) -> Sequence[Any]:
        """All rows."""

    def __iter__(self) -> Iterator[Any]: ...


class Run(Protocol):
    """Runs a statement with values, or once for each of several."""

    def __call__(self, statement: Executable, values: Values | Sequence[Values], /) -> Rows:
        """Takes the statement and its values by name."""


class _Fetched:
    __slots__ = ("_rows", "rowcount")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        # All of them at once: a statement that isn't read to its end keeps a transaction from committing.
        self._rows: list[Any] = cursor.fetchall()
        self.rowcount = cursor.rowcount

    def one_or_none(self) -> Any:
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        return self._rows[0]

    def scalar_one(self) -> Any:
        return self._rows[0][0]

    def all(self) -> Sequence[Any]:
        return self._rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


def quick(connection: Connection) -> Run:
    """What runs statements in the transaction that a connection has open.

    That is SQLAlchemy itself, where the connection isn't sqlite3's.
    """
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        return connection.execute
    execute = raw.execute

    def run(statement: Executable, values: Values | Sequence[Values]) -> Rows:
        text, names, constants = _compiled(statement)
        if isinstance(values, Mapping):
            return _Fetched(execute(text, [constants[n] if n in constants else values[n] for n in names]))
        rows = [[constants[n] if n in constants else each[n] for n in names] for each in values]
        return _Fetched(raw.executemany(text, rows))

    return run


@lru_cache(maxsize=256)
def _compiled(statement: Executable) -> tuple[str, tuple[str, ...], Values]:
    """A statement's text, the names of its values in their order, and those that are always the same."""
    assert isinstance(statement, ClauseElement)  # noqa: S101 - every one of ours is
    compiled: Any = statement.compile(
        dialect=sqlite.dialect(paramstyle="qmark"), compile_kwargs={"render_postcompile": True}
    )
    given = {
        name: bind.value
        for bind, name in compiled.bind_names.items()
        if not bind.required and bind.callable is None
    }
    return str(compiled), tuple(compiled.positiontup), given
