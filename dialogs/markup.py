"""The one markup inside messages: ``<b> <i> <a> <code> <blockquote>`` and paragraphs.

Telegram takes it as it is; everything else reads it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser

TAGS = frozenset({"b", "i", "a", "code", "blockquote"})

_STRAY = re.compile(r"<(?!/?[A-Za-z])")


class MarkupError(ValueError):
    """Text that is not in the markup; says which tag is wrong."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text with the tags it stands in, outermost first, and the link it carries."""

    text: str
    tags: tuple[str, ...] = ()
    href: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.spans: list[Span] = []
        self.open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise MarkupError(f"<{tag}> is not in the markup; use {', '.join(sorted(TAGS))}")
        self.open.append((tag, dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise MarkupError(f"</{tag}> closes nothing that is open")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        href = next((link for _, link in reversed(self.open) if link), "")
        self.spans.append(Span(data, tuple(tag for tag, _ in self.open), href))


def parse(text: str) -> Iterator[Span]:
    """The spans of a text, in order.

    Raises `MarkupError` for a tag outside the markup, one not closed, or what is no tag at all.
    """
    if stray := _STRAY.search(text):
        raise MarkupError(
            f"{text[stray.start() :][:9]!r} begins no tag; write &lt; for <, {{# #}} for comments"
        )
    if "<" not in text:
        # Most of what is said has no tag in it, and reading it for some costs more than all the rest.
        if text:
            yield Span(unescape(text))
        return
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise MarkupError(f"<{reader.open[-1][0]}> is never closed")
    yield from reader.spans


def plain(text: str) -> str:
    """A text without its markup: what a terminal without styles shows, and what is counted as words."""
    return "".join(span.text for span in parse(text))


def with_quoted(text: str, quoted: str) -> str:
    """A text with what can be copied from it below it, as a quotation, unless it stands there already.

    Takes the text in the markup, and plain text; returns markup.
    """
    if not quoted or " ".join(quoted.split()) in " ".join(plain(text).split()):
        return text
    return f"{text}\n\n<blockquote>{escape(quoted, quote=False)}</blockquote>"
