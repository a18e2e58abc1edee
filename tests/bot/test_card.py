"""Cards: what stands on them as it was given, and nothing over an edge. No pixels are compared."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import font_manrope
import pytest
from fontTools.ttLib import TTFont

from bot.attachments import AttachmentError
from bot.card import HEIGHT_MOST, MARGIN, THEMES, WIDTH, alternative, card, drawn
from tests.bot.cards import CARD

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<b>@channel {{7*7}} ../../etc & \"'> ]]> &amp; \\"
GERMAN = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
LONGER = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"

SHORT: dict[str, Any] = {**CARD, "verdict": "Go", "headline": "Go.", "because": [], "flips": [], "asks": []}
GERMANY: dict[str, Any] = {
    **CARD,
    "verdict": GERMAN,
    "headline": f"{LONGER} {GERMAN} {LONGER}",
    "because": [f"{GERMAN} {LONGER}"] * 3,
    "flips": [LONGER] * 3,
    "asks": [GERMAN, LONGER, "ja?"],
    "label": LONGER * 2,
    "date": "29. Februar 2028",
    "footer": LONGER,
}
LONGEST: dict[str, Any] = {
    **GERMANY,
    "verdict": "Go with eyes open " * 20,
    "headline": "W" * 400,
    "because": ["Ωмя " * 200] * 9,
    "flips": ["x" * 1000] * 9,
    "asks": ["面接" * 300] * 9,
    "label": "👩‍👩‍👧 e\u0301" * 100,
    "footer": "word " * 100,
}
CARDS = {"usual": CARD, "shortest": SHORT, "german": GERMANY, "longest": LONGEST}


@cache
def font(weight: str) -> tuple[dict[int, str], Any, int]:
    """A font's letters, their widths and its units, read beside what is tested."""
    name = {"500": "Medium", "600": "SemiBold", "800": "ExtraBold"}[weight]
    with TTFont(Path(font_manrope.__file__).parent / "files" / f"Manrope-{name}.ttf") as found:
        return found.getBestCmap(), found["hmtx"].metrics, found["head"].unitsPerEm


def wide(text: Xml.Element) -> float:
    """How wide a line is; a letter that the font lacks as wide as it is high."""
    letters, widths, units = font(text.attrib["font-weight"])
    each = [widths[letters[ord(char)]][0] if ord(char) in letters else units for char in text.text or ""]
    return float(text.attrib["font-size"]) * sum(each) / units


def lines(described: dict[str, Any]) -> list[Xml.Element]:
    return Xml.fromstring(drawn(described)).findall(f"{SVG}text")


def said(described: dict[str, Any]) -> str:
    return "".join("".join(line.text or "" for line in lines(described)).split())


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", CARDS)
def test_nothing_stands_over_an_edge_or_another_line(name: str, theme: str) -> None:
    described = {**CARDS[name], "theme": theme}
    picture = Xml.fromstring(drawn(described))
    height = float(picture.attrib["height"])
    assert 400 < height <= HEIGHT_MOST
    above = 0.0
    for text in picture.findall(f"{SVG}text"):
        x, y, high = (float(text.attrib[key]) for key in ("x", "y", "font-size"))
        assert x >= MARGIN
        assert x + wide(text) <= WIDTH - MARGIN + 0.01, text.text
        assert high >= 24  # on a phone that is 390 points wide, 8.7 of them
        assert y - high >= above - 0.01
        above = y
    assert above < height - MARGIN / 2
    for box in picture.findall(f"{SVG}rect"):
        assert float(box.attrib.get("x", 0)) + float(box.attrib["width"]) <= WIDTH
        assert float(box.attrib.get("y", 0)) + float(box.attrib["height"]) <= height


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["usual", "shortest", "german"])
def test_the_picture_is_as_large_as_it_was_drawn_and_what_telegram_takes(name: str, theme: str) -> None:
    described = {**CARDS[name], "theme": theme}
    png = card(described)
    width, height = size(png)
    assert (width, height) == (WIDTH, int(Xml.fromstring(drawn(described)).attrib["height"]))
    assert width + height <= 10_000
    assert height / width <= 20
    assert len(png) < 1_000_000


def test_the_picture_shows_its_letters_in_its_colours() -> None:
    light, dark = (card({**CARD, "theme": theme}) for theme in ("light", "dark"))
    assert pixel(light) == (0xF7, 0xF5, 0xF0)
    assert pixel(dark) == (0x17, 0x1A, 0x21)
    # Were the font missing, there would be no letters, and next to nothing to compress.
    assert len(light) > 3 * len(card(SHORT)) > 10_000


def pixel(png: bytes) -> tuple[int, ...]:
    """The last pixel of a picture's first row without a filter on it, below the stripe."""
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    rows, stride = zlib.decompress(data), 1 + 4 * WIDTH
    # Sub (1) and none (0) begin a row with its own pixel; below the stripe all of the row is the paper.
    row = next(rows[n : n + stride] for n in range(20 * stride, len(rows), stride) if rows[n] in (0, 1))
    return tuple(row[1:4])


def test_everything_stands_on_it_as_it_was_typed() -> None:
    described = {**CARD, "label": HOSTILE, "date": "29 February 2028", "because": [HOSTILE, GERMAN * 3]}
    found = said(described)
    for text in (HOSTILE, "29 February 2028", GERMAN * 3, CARD["verdict"], CARD["headline"], CARD["footer"]):
        assert "".join(text.split()) in found
    elements = {element.tag.removeprefix(SVG) for element in Xml.fromstring(drawn(described)).iter()}
    assert elements == {"svg", "rect", "text"}


def test_what_would_break_a_picture_or_turn_its_letters_over_is_left_out() -> None:
    assert "theba nk" in " ".join(
        (line.text or "") for line in lines({**CARD, "label": "the\u202eba\x00\x1b\ud83d\ufffenk"})
    ).replace(" ba", "ba")
    card({**CARD, "label": "\x00a\ud83d"})


def test_a_word_is_cut_between_letters_and_their_accents() -> None:
    for line in lines({**CARD, "label": "e\u0301\u0323x\u0308" * 150}):
        assert line.text
        assert not 0x300 <= ord(line.text[0]) < 0x370


def test_no_line_is_a_lone_word_that_another_could_join() -> None:
    headline = "Something in there could be worth an afternoon, and you won’t find it from the sofa."
    last = [line.text for line in lines({**CARD, "headline": headline}) if "sofa" in (line.text or "")]
    assert len(str(last[0]).split()) > 2


@pytest.mark.parametrize("length", range(24, 34))
def test_a_word_that_fits_a_line_is_never_cut(length: int) -> None:
    # 33 of them are 97% of a line.
    word = "n" * length
    assert any(word in str(line.text) for line in lines({**CARD, "headline": f"das {word} ja"}))


def test_a_long_card_is_drawn_smaller() -> None:
    usual, longest = (
        [float(line.attrib["font-size"]) for line in lines(CARDS[n])] for n in ("usual", "longest")
    )
    assert max(usual) > max(longest)
    assert min(usual) > min(longest)


def test_what_no_phone_could_show_is_refused() -> None:
    wide = ["面" * 200] * 6
    with pytest.raises(AttachmentError, match="too much"):
        card({**CARD, "verdict": wide[0], "label": wide[0], "because": wide, "flips": wide, "asks": wide})


def test_personal_lines_stand_only_where_they_are_given() -> None:
    one, two = lines(CARD), lines({**CARD, "label": "The bank", "date": "2028-02-29"})
    assert len(two) == len(one) + 2
    assert [line.text for line in two[:2]] == ["The bank", "2028-02-29"]


@pytest.mark.parametrize("theme", THEMES)
def test_every_letter_stands_out_from_the_paper(theme: str) -> None:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    paper = light(THEMES[theme]["paper"])
    for ink in ("ink", "quiet", "accent"):
        brighter, darker = sorted((paper, light(THEMES[theme][ink])), reverse=True)
        assert (brighter + 0.05) / (darker + 0.05) >= 4.5


def test_who_cannot_see_it_is_told() -> None:
    assert alternative(CARD) == "Go with eyes open. There may be something in it for you."


@pytest.mark.parametrize(
    "changes",
    [
        {"theme": "sepia"},
        {"theme": None},
        {"verdict": ""},
        {"verdict": " \x00 "},
        {"verdict": 7},
        {"because": "one"},
        {"because": [1]},
        {"asks": None},
        {"headings": None},
        {"headings": {}},
        {"label": None},
        {"footer": None},
    ],
)
def test_what_is_no_card_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(AttachmentError):
        card({**CARD, **changes})
