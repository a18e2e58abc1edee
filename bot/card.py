"""The verdict as a picture of one page: laid out here, drawn by a template, made a PNG of by resvg."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import font_manrope
import resvg_py
from fontTools.ttLib import TTFont
from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from bot.attachments import AttachmentError
from dialogs.words import templates_folder

WIDTH = 1080
"""Pixels: what a phone shows over its whole width without blurring it."""

MARGIN = 84
TALL = 2_160
"""Pixels from which on everything is made smaller, as far as it stays readable."""

HEIGHT_MOST = 8_000
"""Pixels. Telegram takes pictures whose width and height are 10,000 together."""

SCALES = (1.0, 0.94, 0.88, 0.82)
"""How much smaller, at most: on a phone the smallest letters are then still those of a caption."""

TEXT_MOST = 200
"""Characters of one text; what is longer is cut, for this is a picture to keep and no letter."""

ITEMS_MOST = 6
"""Items of one list."""

THEMES: Mapping[str, Mapping[str, str]] = {
    "light": {
        "paper": "#f7f5f0",
        "ink": "#20242e",
        "quiet": "#636978",
        "accent": "#0f6e6e",
        "line": "#d9d5ca",
    },
    "dark": {
        "paper": "#171a21",
        "ink": "#eceef2",
        "quiet": "#a3aab8",
        "accent": "#63d0c6",
        "line": "#343a46",
    },
}
"""Colours. Each text's stands out from the paper by 4.5 to 1 or more, as WCAG asks for."""

_LEADING = 1.34
_LISTS = ("because", "flips", "asks")
_FILES = Path(font_manrope.__file__).parent / "files"
_FONTS = {
    500: _FILES / "Manrope-Medium.ttf",
    600: _FILES / "Manrope-SemiBold.ttf",
    800: _FILES / "Manrope-ExtraBold.ttf",
}
"""Manrope (SIL Open Font License): clear at any size, with Latin, Greek, Cyrillic and Vietnamese. It comes
from PyPI, since a bare machine has no fonts at all."""

_BODY = 500

_UNKNOWN = 1.2
"""How wide a letter is that the font hasn't got, in parts of its size: no less than any font draws it."""

_BELONGING = ("Mn", "Mc", "Me", "Cf")
_JOINER = "\u200d"
"""What belongs to the letter before it, by Unicode's categories, and what ties the next one to it, too."""

_SLACK = 1.01
"""By how much a line may come out wider than the sum of its letters: two that stand apart from each other."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: where it begins and its letters stand, how large and heavy they are, their colour."""

    x: float
    y: float
    size: float
    weight: int
    ink: str
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle, with round corners where `round` says so."""

    x: float
    y: float
    width: float
    height: float
    ink: str
    round: float = 0.0


@dataclass(slots=True)
class Page:
    """What stands on a card: its height so far, its lines and its boxes."""

    height: float = 0.0
    lines: list[Line] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)


def card(described: Mapping[str, Any]) -> bytes:
    """A card as a PNG, `WIDTH` pixels wide and as high as it needs to be.

    Takes plain texts: ``verdict``, ``headline``, ``because``, ``flips``, ``asks`` (lists), ``headings``
    (one for each list, by its name), ``footer``, and perhaps ``label`` and ``date``; and the ``theme``,
    ``light`` or ``dark``. Raises `AttachmentError` where one is missing or isn't what it should be.
    """
    picture = drawn(described)
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=picture,
            # What is measured is what is drawn, the same everywhere. Only a script that the font hasn't got
            # is looked for among those of the machine, which takes long, and is a box where none has it.
            skip_system_fonts=all(ord(char) in _advances(_BODY) for char in picture if not char.isspace()),
            font_files=[str(path) for path in _FONTS.values()],
            font_family="Manrope",
            sans_serif_family="Manrope",
        )
    )


def drawn(described: Mapping[str, Any]) -> str:
    """The same as SVG."""
    theme = str(described.get("theme"))
    if theme not in THEMES:
        raise AttachmentError(f"the theme of a card is one of {', '.join(THEMES)}")
    page = laid(described)
    if page.height > HEIGHT_MOST:
        raise AttachmentError("there is too much on this card")
    drawing = {"lines": page.lines, "boxes": page.boxes, "colours": THEMES[theme]}
    return _template().render(drawing, width=WIDTH, height=round(page.height))


def alternative(described: Mapping[str, Any]) -> str:
    """What a card says, for who can't see it."""
    return f"{_text(described, 'verdict')}. {_text(described, 'headline')}"


def laid(described: Mapping[str, Any]) -> Page:
    """What stands where on a card, made smaller where it would be too tall."""
    page = Page()
    for scale in SCALES:
        page = _laid(described, scale)
        if page.height <= TALL:
            break
    return page


def _laid(described: Mapping[str, Any], scale: float) -> Page:
    page = Page(height=MARGIN)
    page.boxes.append(Box(0, 0, WIDTH, 14, "accent"))
    if "label" in described:
        _put(page, _text(described, "label"), 40 * scale, 600, "ink")
    if "date" in described:
        _put(page, _text(described, "date"), 34 * scale, _BODY, "quiet")
    page.height += (34 if page.lines else 6) * scale
    verdict = _text(described, "verdict")
    _put(page, verdict, _fitting(verdict, 112 * scale, 68 * scale), 800, "accent", leading=1.12)
    page.height += 22 * scale
    _put(page, _text(described, "headline"), 44 * scale, _BODY, "ink")
    headings = described.get("headings")
    for name in _LISTS:
        items = described.get(name)
        if not isinstance(items, list) or not isinstance(headings, dict):
            raise AttachmentError(f"a card needs {name} and headings, if only empty ones")
        if items:
            page.height += 54 * scale
            _put(page, _text(headings, name), 34 * scale, 800, "accent")
            for item in items[:ITEMS_MOST]:
                _bulleted(page, _clean(item), 38 * scale)
    page.height += 62 * scale
    page.boxes.append(Box(MARGIN, page.height, WIDTH - 2 * MARGIN, 2, "line"))
    page.height += 26 * scale
    _put(page, _text(described, "footer"), 30 * scale, _BODY, "quiet")
    page.height += MARGIN * 0.75
    return page


def _bulleted(page: Page, text: str, size: float) -> None:
    page.height += 0.36 * size
    dot = 0.28 * size
    page.boxes.append(Box(MARGIN, page.height + 0.58 * size, dot, dot, "accent", dot / 2))
    _put(page, text, size, _BODY, "ink", indent=0.9 * size)


def _put(
    page: Page,
    text: str,
    size: float,
    weight: int,
    ink: str,
    *,
    indent: float = 0.0,
    leading: float = _LEADING,
) -> None:
    """Writes a text below what is there, in as many lines as it takes."""
    for line in _even(text, size, weight, WIDTH - 2 * MARGIN - indent):
        page.lines.append(Line(MARGIN + indent, page.height + size, size, weight, ink, line))
        page.height += size * leading


def _fitting(text: str, most: float, least: float) -> float:
    """The size in which a text stands on one line, or at least its longest word does."""
    room = WIDTH - 2 * MARGIN
    size = most * room / max(width(text, most, 800), room)
    if size >= least:
        return size
    longest = max((width(word, most, 800) for word in text.split()), default=room)
    return max(least, most * room / max(longest, room))


def _even(text: str, size: float, weight: int, room: float) -> list[str]:
    """A text as lines, none of them a lone word where the others could give it company."""
    lines = list(wrapped(text, size, weight, room))
    longest = max(width(word, size, weight) for word in text.split())
    for share in (0.9, 0.8, 0.7):
        narrower = list(wrapped(text, size, weight, room * share))
        if len(narrower) > len(lines) or longest > room * share:
            break
        lines = narrower
    return lines


def wrapped(text: str, size: float, weight: int, room: float) -> Iterator[str]:
    """A text as lines that are at most so wide; a word that is wider is cut, between letters."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width(longer, size, weight) <= room:
            line = longer
            continue
        if line:
            yield line
        *whole, line = _cut(word, size, weight, room)
        yield from whole
    if line:
        yield line


def _cut(word: str, size: float, weight: int, room: float) -> list[str]:
    pieces = [""]
    for letter in _letters(word):
        if pieces[-1] and width(pieces[-1] + letter, size, weight) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _letters(word: str) -> list[str]:
    """A word's letters, each with the accents and joiners that belong to it."""
    found: list[str] = []
    for char in word:
        if found and (unicodedata.category(char) in _BELONGING or found[-1].endswith(_JOINER)):
            found[-1] += char
        else:
            found.append(char)
    return found


def width(text: str, size: float, weight: int) -> float:
    """How many pixels wide a line of text is."""
    advances = _advances(weight)
    return _SLACK * size * sum([advances.get(ord(char), _UNKNOWN) for char in text])


@cache
def _advances(weight: int) -> Mapping[int, float]:
    """How wide a font's letters are, in parts of its size, by code point."""
    with TTFont(_FONTS[weight]) as font:
        each, widths = float(font["head"].unitsPerEm), font["hmtx"].metrics
        return {code: widths[name][0] / each for code, name in font.getBestCmap().items()}


@cache
def _template() -> Template:
    return SandboxedEnvironment(
        loader=FileSystemLoader(templates_folder()), autoescape=True, undefined=StrictUndefined
    ).get_template("card.svg.j2")


def _text(described: Mapping[str, Any], name: str) -> str:
    return _clean(described.get(name))


def _clean(value: object) -> str:
    """A text on one line, without what XML can't hold or what would turn the letters round it over."""
    if not isinstance(value, str):
        raise AttachmentError("what stands on a card is text")
    kept = "".join(
        char if unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co", "Cf") or char == _JOINER else " "
        for char in unicodedata.normalize("NFC", value)
    )
    text = " ".join(kept.split())
    if not text:
        raise AttachmentError("a text on this card is empty")
    return text if len(text) <= TEXT_MOST else f"{text[: TEXT_MOST - 1].rstrip()}…"
