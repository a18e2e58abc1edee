"""A terminal that is piped: a line in is a turn, and plain lines come out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from bot.adapters.terminal import UNHURRIED, Accept
from dialogs.events import Message, Said, Started
from dialogs.transcript import plain_message


class Lines:
    """A conversation in plain lines.

    Takes where to print.
    """

    pace = UNHURRIED

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._left = False
        self._unread: BrokenPipeError | None = None

    async def send(self, _conversation: str, message: Message, _shown: str) -> None:
        """Prints a message."""
        try:
            print(plain_message(message), file=self._out, flush=True)
        except BrokenPipeError as error:
            # Whoever read has left: trying again would find nobody, so `run` ends instead.
            self._unread = error
        self._left = self._left or message.ends

    async def run(self, accept: Accept, lines: Iterable[str]) -> None:
        """Takes what accepts events, and the lines; ends with them, or when the person leaves.

        Raises `BrokenPipeError` where nobody reads any more.
        """
        await accept(Started())
        for line in lines:
            if self._left or self._unread:
                break
            await accept(Said(line.rstrip("\r\n")))
        if self._unread:
            raise self._unread
