"""What is counted while turns are taken: numbers only, never an id or a word."""

from __future__ import annotations

from typing import Literal, Protocol

from dialogs.events import Useful

Outcome = Literal["sent", "retried", "too_fast", "failed", "unsendable", "gone"]
"""What became of one try to send: sent at once, sent after other tries, put off by the platform, failed and
put off, left out, or nobody there."""


Erasure = Literal["expired", "forgotten"]
"""Why a conversation was erased: its time was over, or somebody asked for it."""


class Watch(Protocol):
    """Who counts."""

    def accepted(self, new: bool) -> None:
        """An event came; it was new, or known already."""

    def turned(self, seconds: float) -> None:
        """A turn was saved, so many seconds after its event was accepted or fell due."""

    def sent(self, outcome: Outcome) -> None:
        """A message was tried to be sent."""

    def erased(self, why: Erasure, count: int) -> None:
        """So many conversations were erased."""

    def found(self, useful: Useful) -> None:
        """Somebody said whether it was of use."""


class Unwatched:
    """Nobody counts."""

    def accepted(self, new: bool) -> None:
        """Counts nothing."""

    def turned(self, seconds: float) -> None:
        """Counts nothing."""

    def sent(self, outcome: Outcome) -> None:
        """Counts nothing."""

    def erased(self, why: Erasure, count: int) -> None:
        """Counts nothing."""

    def found(self, useful: Useful) -> None:
        """Counts nothing."""


UNWATCHED = Unwatched()
