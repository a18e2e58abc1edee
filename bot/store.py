"""Where conversations are kept: one SQLite file."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversation (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID
"""


class StoreError(Exception):
    """The database can't be used; its text says which file, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation as stored: its session's JSON, and how often it was saved."""

    state: str
    version: int


class Store:
    """Conversations by id (``term:<name>``).

    Takes the database's path, made with its folder where there is none and readable by its owner
    only, or ":memory:". Raises `StoreError` where that can't be done.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = path
        try:
            if isinstance(path, Path):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.touch(mode=0o600)
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=10)
            # A row that somebody damaged is read as it is: whoever parses it says what is wrong.
            self._connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise self._error(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def load(self, conversation: str) -> Kept | None:
        """A conversation, or None where there is none. Raises `StoreError`."""
        row = self._run("SELECT state, version FROM conversation WHERE id = ?", conversation).fetchone()
        return Kept(*row) if row else None

    def save(self, conversation: str, state: str, after: int) -> bool:
        """Stores a conversation.

        Takes its state and the version it was made from (0 for a new one); returns False, and
        stores nothing, where somebody else has saved it since. Raises `StoreError`.
        """
        done = self._run(
            "INSERT INTO conversation (id, state, version) VALUES (?1, ?2, 1)"
            " ON CONFLICT (id) DO UPDATE SET state = ?2, version = version + 1 WHERE version = ?3",
            conversation,
            state,
            after,
        )
        return done.rowcount == 1

    def set_aside(self, conversation: str) -> str:
        """Keeps a conversation that can't be read, unchanged, under an id of its own; returns that."""
        count = self._run(
            "SELECT count(*) FROM conversation WHERE id LIKE ? || '!%'", conversation
        ).fetchone()
        aside = f"{conversation}!{count[0] + 1}"
        self._run("UPDATE conversation SET id = ? WHERE id = ?", aside, conversation)
        return aside

    def _run(self, statement: str, *values: str | int) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> StoreError:
        return StoreError(
            f"{self.path}: this database can't be used ({error}). It was left as it is."
            " Move it away to begin a new one, or name another with DATABASE_URL=sqlite:///…"
        )
