"""A terminal that is piped: a line in is a turn, and plain lines come out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from bot.adapters.terminal import UNHURRIED, Accept
from bot.adapters.terminal.files import Files, UnkeptError
from dialogs.events import Message, Said, Started
from dialogs.transcript import plain_message


class Lines:
    """A conversation in plain lines.

    Takes where to print, where files are kept, and where to say so: the lines are for whoever reads them
    to be the same everywhere, and a path isn't.
    """

    pace = UNHURRIED

    def __init__(self, out: TextIO, files: Files, aside: TextIO) -> None:
        self._out = out
        self._files = files
        self._aside = aside
        self._left = False
        self._unread: BrokenPipeError | None = None

    async def send(self, conversation: str, message: Message, _shown: str) -> None:
        """Prints a message, and keeps its files."""
        try:
            print(plain_message(message), file=self._out, flush=True)
        except BrokenPipeError as error:
            # Whoever read has left: trying again would find nobody, so `run` ends instead.
            self._unread = error
        for attachment in message.attachments:
            try:
                print(await self._files.keep(conversation, attachment), file=self._aside, flush=True)
            except UnkeptError as error:
                print(f"whatif: {attachment.name} can't be kept: {error}", file=self._aside, flush=True)
        self._left = self._left or message.ends

    async def forget(self, conversation: str, _shown: str = "") -> None:
        """Removes the files of a conversation. Raises OSError where one of them stays."""
        await self._files.forget(conversation)

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
