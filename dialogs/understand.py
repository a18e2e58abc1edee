"""Words to options and commands: what somebody typed, read against what was on offer."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dialogs.faults import ContentError, Place, read
from dialogs.flow import Interview, parse_toml

VOCABULARY = Path(__file__).parent / "vocabulary"
"""Where each locale's phrases stand."""

LABEL_MOST = 80
"""Characters of an interview's name that are kept; what is longer ends in an ellipsis."""

TEXT_MOST = 500
"""Characters of a message that are read as an answer; nobody names an option in more."""

_SPACE = re.compile(r"\s+")
_NOISE = re.compile(r"[^\w\s']+")
_DATE = re.compile(r"(?<!\d)(?:\bon\s+)?(\d{4}-\d{2}-\d{2})(?!\d)")
# Marks that turn the direction of text, which would reach beyond what somebody wrote.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def clean(text: str) -> str:
    """A person's words, harmless to show: one line, without control characters or direction marks."""
    kept = (
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in text
        if char not in _TURNS and unicodedata.category(char) not in ("Cs", "Co", "Cn")
    )
    return _SPACE.sub(" ", unicodedata.normalize("NFC", "".join(kept))).strip()


def fold(text: str) -> str:
    """Words for comparing: lower case, straight apostrophes, no other punctuation."""
    return _SPACE.sub(" ", _NOISE.sub(" ", clean(text).replace("’", "'").casefold())).strip()


_PARTS = ("commands", "options")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A locale's phrases: the command a phrase stands for, and the options a word can mean."""

    commands: Mapping[str, str]
    options: Mapping[str, frozenset[str]]


@cache
def vocabulary(locale: str) -> Vocabulary:
    """The phrases of a locale, from ``vocabulary/<locale>.toml``.

    Raises `ContentError` where the file is broken.
    """
    path = VOCABULARY / f"{locale}.toml"
    source = read(path)
    data, file = parse_toml(path, source), Place(path, source)
    faults = list(file.shape(data, dict.fromkeys(_PARTS, "table"), _PARTS))
    for part in _PARTS if not faults else ():
        place = file.entry(part, 0)
        faults += place.shape(data[part], dict.fromkeys(data[part], "texts"), ())
    commands: dict[str, str] = {}
    options: dict[str, set[str]] = {}
    for command, phrases in data["commands"].items() if not faults else ():
        for phrase in map(fold, phrases):
            if commands.setdefault(phrase, command) != command:
                what = f"{phrase!r} stands for both {commands[phrase]!r} and {command!r}"
                faults.append(file.fault(what, "keep it under one of them", key=command))
    if faults:
        raise ContentError(faults)
    for option, phrases in data["options"].items():
        for phrase in map(fold, phrases):
            options.setdefault(phrase, set()).add(option)
    return Vocabulary(commands, {phrase: frozenset(found) for phrase, found in options.items()})


@dataclass(frozen=True, slots=True)
class Offered:
    """One thing that can be said now: its id, the label on its button."""

    id: str
    label: str


def options_in(text: str, offered: Iterable[Offered], words: Vocabulary, *, several: bool) -> tuple[str, ...]:
    """The offered options that a text names by id, label, number or a plain word for it.

    Takes the text, what is offered in the order of its numbers, the locale's phrases, and whether
    several may be named, divided by commas. Returns their ids, or nothing where any part of the text
    names none.
    """
    offered = tuple(offered)
    whole = _named(text[:TEXT_MOST], offered, words)
    if whole or not several or len(text) > TEXT_MOST:
        return (whole,) if whole and len(text) <= TEXT_MOST else ()
    found = [_named(part, offered, words) for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(found)) if all(found) else ()


def _named(text: str, offered: tuple[Offered, ...], words: Vocabulary) -> str:
    said = text.strip().casefold()
    folded = fold(text)
    for number, option in enumerate(offered, 1):
        if said in (option.id.casefold(), str(number)) or (folded and folded == fold(option.label)):
            return option.id
        if folded and folded == option.id.replace("_", " "):
            return option.id
    meant = words.options.get(folded, frozenset())
    return next((option.id for option in offered if option.id in meant), "")


def command_in(text: str, words: Vocabulary) -> str:
    """The command that a text is, in whatever words for it, with or without a slash; or nothing."""
    if len(text) > TEXT_MOST:
        return ""
    folded = fold(text)
    return words.commands.get(folded, "") or words.commands.get(folded.replace("_", " "), "")


def interview_in(text: str) -> Interview | None:
    """An interview in somebody's own words, with its date where they wrote one as 2026-12-03."""
    label = clean(text[: TEXT_MOST * 2])
    date = None
    for found in _DATE.finditer(label):
        try:
            date = datetime.date.fromisoformat(found[1]).isoformat()
            label = clean(label[: found.start()] + label[found.end() :]).strip(" ,;:-–—()") or found[1]
        except ValueError:
            continue
        break
    if len(label) > LABEL_MOST:
        label = label[: LABEL_MOST - 1].rstrip() + "…"
    return Interview(label, date) if label else None
