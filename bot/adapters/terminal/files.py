"""Files in a terminal: written into a folder of the conversation's own, where only its person looks."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from pathlib import Path

from bot.attachments import AttachmentError, Made, make
from dialogs.events import Attachment

_PLAIN = re.compile(r"[a-z0-9_-]{1,60}", re.ASCII)


class UnkeptError(Exception):
    """A file can't be written; its text says why."""


class Files:
    """The files of all conversations in a terminal.

    Takes the folder that holds a folder for each.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, conversation: str) -> Path:
        """Where a conversation's files are: by its name, or by a hash of one that is no name for a folder."""
        name = conversation.partition(":")[2]
        if not _PLAIN.fullmatch(name):
            name = f"{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:32]}.d"
        return self._root / name

    async def keep(self, conversation: str, attachment: Attachment) -> Path:
        """Writes a file; returns where it is. Raises `UnkeptError`.

        One that is there already stays as it is: another one by its name gets a number.
        """
        try:
            return await asyncio.to_thread(_write, self.folder(conversation), await make(attachment))
        except AttachmentError as error:
            raise UnkeptError(str(error)) from None
        except OSError as error:
            raise UnkeptError(error.strerror or type(error).__name__) from None

    async def forget(self, conversation: str) -> None:
        """Removes all files of a conversation. Raises OSError where one of them stays."""
        folder = self.folder(conversation)
        if folder.is_symlink():
            # What it points to was never ours.
            folder.unlink()
        elif folder.exists():
            await asyncio.to_thread(shutil.rmtree, folder)


def _write(folder: Path, file: Made) -> Path:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink():
        raise NotADirectoryError(20, "its folder is a link to somewhere else")
    folder.mkdir(mode=0o700, exist_ok=True)
    stem, _, ending = file.name.rpartition(".")
    path, number = folder / file.name, 1
    while True:
        try:
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except FileExistsError:
            if path.is_file() and not path.is_symlink() and path.read_bytes() == file.content:
                return path  # a message may be sent twice
            number += 1
            path = folder / f"{stem}-{number}.{ending}"
            continue
        try:
            with os.fdopen(opened, "wb") as out:
                out.write(file.content)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path
