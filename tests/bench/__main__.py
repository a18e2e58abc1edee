"""Runs every part and prints its table; their names as arguments run those only."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from tests.bench import dialog, slack, telegram, turns

PARTS: dict[str, Callable[[], None]] = {
    "dialog": dialog.measure,
    "turns": lambda: asyncio.run(turns.measure()),
    "telegram": lambda: asyncio.run(telegram.measure()),
    "slack": lambda: asyncio.run(slack.measure()),
}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
