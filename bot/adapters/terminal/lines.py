"""A terminal that is piped: a line in is a turn, and plain lines come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from bot.adapters.terminal import Accept
from dialogs.events import Event, Said, Started
from dialogs.transcript import plain_message


def run(accept: Accept, lines: Iterable[str], out: TextIO) -> None:
    """A conversation in plain lines: a line in is a turn, and what is said is printed.

    Takes what accepts events, the lines, and where to print. It ends with the lines,
    or when the person leaves.
    """
    for event in _events(lines):
        messages = accept(event)
        for message in messages:
            print(plain_message(message), file=out, flush=True)
        if any(message.ends for message in messages):
            return


def _events(lines: Iterable[str]) -> Iterator[Event]:
    yield Started()
    for line in lines:
        yield Said(line.rstrip("\r\n"))
