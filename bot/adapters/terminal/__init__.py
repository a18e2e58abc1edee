"""The terminal: `screen` where somebody sits at one, `lines` where it is piped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.pace import Pace
from dialogs.events import Event

Accept = Callable[[Event], Awaitable[None]]
"""Takes an event; it is answered when that is done."""

UNHURRIED = Pace(chat=0, bot=0)
"""Nobody limits how fast a terminal is written to."""
