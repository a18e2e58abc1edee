"""Text as it is typed: made harmless, folded for comparing, and cut into clauses of words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

TEXT_MOST = 500
"""Characters of a message that are read as an answer; nobody names an option in more."""

_SPACE = re.compile(r"\s+")
_NOISE = re.compile(r"[^\w\s]+")
_ACCENTS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
_BREAK = re.compile(r"[,.;:!?()\n\r…—–]+|\s-+\s")
# Marks that turn the direction of text, which would reach beyond what somebody wrote.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def clean(text: str) -> str:
    """A person's words, harmless to show: one line, without control characters or direction marks."""
    if text.isascii() and text.isprintable():
        # Nearly all that is typed or written here, and all there is to do for it.
        return " ".join(text.split())
    kept = (
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in text
        if char not in _TURNS and unicodedata.category(char) not in ("Cs", "Co", "Cn")
    )
    return _SPACE.sub(" ", unicodedata.normalize("NFC", "".join(kept))).strip()


def unaccented(text: str) -> str:
    """Folded words without their accents, which half of those who should don't type either."""
    if text.isascii():
        return text
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text.replace("œ", "oe")))
    return unicodedata.normalize("NFC", bare)


def fold(text: str) -> str:
    """Words for comparing: lower case, without accents, punctuation or apostrophes: nobody types them."""
    bare = unaccented(clean(text).casefold()).replace("’", "").replace("'", "")
    return " ".join(_NOISE.sub(" ", bare).split())


Found = Callable[[Sequence[str]], Iterable[tuple[int, ...]]]
"""What finds the places of something among words."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a message that says one thing: its words, folded."""

    words: tuple[str, ...]


def clauses(text: str, joints: Container[str], kept: Found) -> Iterator[Clause]:
    """The clauses of a text.

    Takes the text, the words that join clauses ("but", "and"), which are left out, and what finds the
    places of those that go on with a clause instead ("not because").
    """
    for stretch in _BREAK.split(text):
        folded = fold(stretch).split()
        stay = {places[-1] for places in kept(folded)}
        words: list[str] = []
        for at, word in enumerate(folded):
            if word not in joints or at in stay:
                words.append(word)
                continue
            if words:
                yield Clause(tuple(words))
            words = []
        if words:
            yield Clause(tuple(words))
