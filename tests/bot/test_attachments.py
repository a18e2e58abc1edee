"""Attachments become files: names, media types, and bytes."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot import attachments
from bot.attachments import AttachmentError, made, make
from dialogs.events import Attachment
from tests.bot.cards import BROKEN, EVENT, NOTES, PICTURE


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("a.md", "text/markdown; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.txt", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_is_its_text(name: str, media: str) -> None:
    file = made(Attachment("file", name, "é <b> \ud83d\n"))
    assert (file.name, file.media, file.content) == (name, media, "é <b> ?\n".encode())
    assert not file.picture
    assert file.alt == ""


def test_a_card_is_a_picture_with_words_for_who_cannot_see_it() -> None:
    file = made(PICTURE)
    assert (file.name, file.media, file.picture) == ("whatif-verdict.png", "image/png", True)
    assert file.content.startswith(b"\x89PNG")
    assert file.alt.startswith("Go with eyes open.")


def test_a_calendar_file_is_one() -> None:
    file = made(EVENT)
    assert (file.name, file.media) == ("interview.ics", "text/calendar; charset=utf-8")
    assert file.content.startswith(b"BEGIN:VCALENDAR\r\n")


@pytest.mark.parametrize(
    "attachment",
    [
        Attachment("file", "../a.md", ""),
        Attachment("file", "a/b.md", ""),
        Attachment("file", ".md", ""),
        Attachment("file", "a", ""),
        Attachment("file", "a.b.md", ""),
        Attachment("file", "a.md\n", ""),
        Attachment("file", "é.md", ""),
        Attachment("file", "x" * 61 + ".md", ""),
        Attachment("file", "a.exe", ""),
        Attachment("card", "a.md", PICTURE.data),
        Attachment("calendar", "a.png", EVENT.data),
        Attachment("card", "a.png", "no JSON"),
        Attachment("card", "a.png", "[" * 100_000),
        Attachment("card", "a.png", "[]"),
        Attachment("calendar", "a.ics", "7"),
        BROKEN,
    ],
)
async def test_what_describes_no_file_is_refused(attachment: Attachment) -> None:
    with pytest.raises(AttachmentError):
        made(attachment)
    with pytest.raises(AttachmentError):
        await make(attachment)


def test_whatever_fails_while_it_is_made_is_said_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Attachment) -> tuple[bytes, str]:
        raise RuntimeError("a secret")

    monkeypatch.setattr(attachments, "_content", fails)
    with pytest.raises(AttachmentError, match=r"RuntimeError at test_attachments\.py") as caught:
        made(NOTES)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_what_takes_long_is_made_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    where: list[int] = []
    content = attachments._content

    def notes(attachment: Attachment) -> tuple[bytes, str]:
        where.append(threading.get_ident())
        return content(attachment)

    monkeypatch.setattr(attachments, "_content", notes)
    one, two = await asyncio.gather(make(PICTURE), make(NOTES))
    assert (one.name, two.name) == (PICTURE.name, NOTES.name)
    here = threading.get_ident()
    assert sorted(each == here for each in where) == [False, True]
