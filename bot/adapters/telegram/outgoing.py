"""Our messages to their texts: HTML that fits, and what can be copied out of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from telegram.constants import InlineKeyboardButtonLimit, MessageLimit

from dialogs import markup
from dialogs.events import Message
from dialogs.markup import Span

TEXT_MOST = int(MessageLimit.MAX_TEXT_LENGTH)
"""Units of UTF-16, which is what Telegram counts, without markup."""


def parts(text: str, most: int = TEXT_MOST) -> list[str]:
    """A text as one or several that Telegram takes, split between paragraphs where that is possible."""
    if fits(text, most):
        return [text]
    found: list[list[Span]] = [[]]
    room = most
    for paragraph in _paragraphs(markup.parse(text)):
        for number, piece in enumerate(_pieces(paragraph, most)):
            size = sum(map(_size, piece)) + (2 if found[-1] and not number else 0)
            if number or size > room:
                found.append([])
                room = most
            elif found[-1]:
                found[-1].append(Span("\n\n"))
            found[-1] += piece
            room -= sum(map(_size, piece)) + 2
    return ["".join(map(_html, spans)) for spans in found if spans]


def posts(message: Message) -> tuple[list[str], str]:
    """What is sent for a message, in order, and what a button below the last of it copies ("" for nothing).

    What is to be copied and is too long for a button is the last by itself: a tap on it copies it.
    """
    if not message.copyable:
        return parts(message.text), ""
    if _units(message.copyable) <= InlineKeyboardButtonLimit.MAX_COPY_TEXT:
        return parts(markup.with_quoted(message.text, message.copyable)), message.copyable
    notes = [f"<code>{escape(part, quote=False)}</code>" for part in _cut(message.copyable)]
    return [*parts(message.text), *notes], ""


def length(text: str) -> int:
    """How long Telegram takes a text to be."""
    return sum(map(_size, markup.parse(text)))


def fits(text: str, most: int = TEXT_MOST) -> bool:
    """Whether a text is one that Telegram takes."""
    # A character is two units at most, so nearly every text is known to fit without being read.
    return 2 * len(text) <= most or length(text) <= most


def _size(span: Span) -> int:
    return _units(span.text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _paragraphs(spans: Iterable[Span]) -> Iterator[list[Span]]:
    paragraph: list[Span] = []
    for span in spans:
        first, *rest = span.text.split("\n\n")
        if first:
            paragraph.append(Span(first, span.tags, span.href))
        for text in rest:
            if paragraph:
                yield paragraph
            paragraph = [Span(text, span.tags, span.href)] if text else []
    if paragraph:
        yield paragraph


def _pieces(paragraph: list[Span], most: int) -> Iterator[list[Span]]:
    """A paragraph in pieces that fit, cut between characters: hardly anybody writes one that long."""
    piece: list[Span] = []
    room = most
    for span in paragraph:
        text = span.text
        while text:
            # A character may take two units, so half the room in characters always fits.
            taken = text if _size(Span(text)) <= room else text[: room // 2]
            if not taken:
                yield piece
                piece, room = [], most
                continue
            piece.append(Span(taken, span.tags, span.href))
            room -= _size(piece[-1])
            text = text[len(taken) :]
    if piece:
        yield piece


def _cut(text: str, most: int = TEXT_MOST) -> Iterator[str]:
    """A plain text in stretches that fit, each one piece to copy; cut after a space where one is near."""
    while text:
        part = text[:most]
        while _units(part) > most:
            part = part[:-1]
        if len(part) < len(text):
            part = part[: part.rfind(" ", len(part) // 2) + 1] or part
        yield part
        text = text[len(part) :]


def _html(span: Span) -> str:
    text = escape(span.text, quote=False)
    for tag in reversed(span.tags):
        href = f' href="{escape(span.href)}"' if tag == "a" else ""
        text = f"<{tag}{href}>{text}</{tag}>"
    return text
