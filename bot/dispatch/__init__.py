"""Who takes a turn, and when: one protocol, and two ways to keep it.

`local.Local` for one process on SQLite, `distributed.Distributed` for any number of them on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from bot.store import Transaction

T = TypeVar("T")

Handlers = Mapping[str, Callable[[str], Awaitable[None]]]
"""What is done for a conversation, by the lane of a `Wake`: ``turn``, ``out``, ``timer``."""


class Dispatcher(Protocol):
    """Does what was woken: one thing at a time in each lane of a conversation, many conversations at once."""

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Does a piece of work in one transaction, and hands over what it wakes with it.

        Once this returns, both are on the disk, so what was woken is done even if this process ends
        now. Raises `StoreError`, and then nothing of it is kept.
        """

    async def start(self, handlers: Handlers) -> None:
        """Begins, with what was left undone first."""

    async def stop(self, patience: float) -> None:
        """Begins nothing new, and waits so many seconds for what is under way."""

    @property
    def alive(self) -> bool:
        """Whether it does its work."""
