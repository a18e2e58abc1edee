"""Files that go with a message, made of what describes them."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from bot.logs import place
from dialogs.events import Attachment

MEDIA = {
    "ics": "text/calendar; charset=utf-8",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
}
"""What a file is, by the ending of its name."""

_NAME = re.compile(r"[A-Za-z0-9-]{1,60}\.[a-z0-9]{1,8}")


class AttachmentError(ValueError):
    """This can't be made into a file; its text says why, and repeats nothing of what is in it."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file: its name, its media type, all of its bytes, and a few words for who can't see a picture."""

    name: str
    media: str
    content: bytes
    alt: str = ""

    @property
    def picture(self) -> bool:
        """Whether it is one to look at, and not one to open."""
        return self.media.startswith("image/")


def made(attachment: Attachment) -> Made:
    """The file that an attachment describes.

    Takes the attachment; a card takes an eighth of a second and 100 KB or so, the others nothing to speak of.
    Raises `AttachmentError` where it describes none.
    """
    name = attachment.name
    if not _NAME.fullmatch(name):
        raise AttachmentError("the name of a file is letters, digits, - and one dot")
    ending = name.rpartition(".")[2]
    if ending not in MEDIA:
        raise AttachmentError(f"there are no files that end in .{ending}; use one of {', '.join(MEDIA)}")
    wanted = {"card": "png", "calendar": "ics"}.get(attachment.kind, ending)
    if ending != wanted:
        raise AttachmentError(f"a {attachment.kind} is a file that ends in .{wanted}")
    try:
        content, alt = _content(attachment)
    except AttachmentError:
        raise
    except Exception as error:
        # A message that fails is tried again, and this would fail again.
        raise AttachmentError(f"{type(error).__name__} at {place(error)}") from None
    return Made(name, MEDIA[ending], content, alt)


def _content(attachment: Attachment) -> tuple[bytes, str]:
    # Each brings a library along that most conversations never need.
    if attachment.kind == "card":
        from bot.card import alternative, card

        described = _read(attachment.data)
        return card(described), alternative(described)
    if attachment.kind == "calendar":
        from bot.calendar import calendar

        return calendar(_read(attachment.data)), ""
    # What somebody typed may hold half a character.
    return attachment.data.encode("utf-8", "replace"), ""


async def make(attachment: Attachment) -> Made:
    """The same, in a thread of its own where it takes long. Raises `AttachmentError`."""
    if attachment.kind == "file":
        return made(attachment)
    return await asyncio.to_thread(made, attachment)


def _read(data: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise AttachmentError("it isn't described in JSON") from None
    if not isinstance(found, dict):
        raise AttachmentError("it isn't described by a JSON object")
    return found
