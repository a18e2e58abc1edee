"""The terminal: `screen` where somebody sits at one, `lines` where it is piped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dialogs.events import Event, Message

Accept = Callable[[Event], Sequence[Message]]
"""Takes an event and returns what to show."""
