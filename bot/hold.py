"""Who holds a database file: one `whatif run` at a time, told by a locked file beside it."""

from __future__ import annotations

import os
from pathlib import Path

from portalocker import Lock, LockException

from bot.store import StoreError

PATIENCE = 0.5
"""Seconds to wait for somebody who only looks."""


class HeldError(Exception):
    """Another process holds the file; its text says which."""


def hold(path: Path) -> Lock:
    """Takes hold of a database file, so that no second process takes its turns as well.

    Returns what lets go of it (`release`, or the end of the process). Raises `HeldError`, or
    `StoreError` where nothing can be written beside the file.
    """
    beside = _beside(path)
    lock = Lock(beside, "w", timeout=PATIENCE, check_interval=0.05, fail_when_locked=False)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = lock.acquire()
        file.write(str(os.getpid()))
        file.flush()
    except LockException:
        raise HeldError(
            f"{path} is held by process {_noted(beside)}, another `whatif run`;"
            " stop that first, or name another file with DATABASE_URL"
        ) from None
    except OSError as error:
        raise StoreError(
            f"{beside}: this file can't be written ({error.strerror});"
            " see that its folder can be, or name another database with DATABASE_URL"
        ) from None
    return lock


def holder(path: Path) -> str | None:
    """The process that holds a database file; None where nobody does. Raises OSError."""
    beside = _beside(path)
    if not beside.exists():
        return None
    try:
        with Lock(beside, "r+", timeout=0, fail_when_locked=True):
            return None
    except LockException:
        return _noted(beside)


def _beside(path: Path) -> Path:
    # However the file is named, it is held under its own name.
    return Path(f"{path.resolve()}.run")


def _noted(beside: Path) -> str:
    try:
        return beside.read_text() or "?"
    except OSError:
        return "?"
