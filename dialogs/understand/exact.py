"""What stands on the screen, named as it stands: options by id, label or number, commands by a phrase."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dialogs import when
from dialogs.faults import ContentError, Place, read
from dialogs.flow import Interview, parse_toml
from dialogs.understand.text import TEXT_MOST, clean, fold

KNOWLEDGE = Path(__file__).parent
"""Where each locale's phrases stand, in a folder of its own."""

LABEL_MOST = 80
"""Characters of an interview's name that are kept; what is longer ends in an ellipsis."""

_LEADING = re.compile(r"^(?:(?:the|a|an|i|im|ive|its|to) )+")
_BETWEEN = re.compile(r"[,;&+]| and ", re.IGNORECASE)
_NUMERAL = re.compile(r"\(?([1-9]\d?)[.):]?", re.ASCII)
_NUMBERS = re.compile(r"[\d\s]+")

_PARTS = ("commands", "options")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A locale's phrases: the command a phrase stands for, and the options a word can mean."""

    commands: Mapping[str, str]
    options: Mapping[str, frozenset[str]]


@cache
def vocabulary(locale: str) -> Vocabulary:
    """The phrases of a locale, from ``<locale>/vocabulary.toml``.

    Raises `ContentError` where the file is broken.
    """
    path = KNOWLEDGE / locale / "vocabulary.toml"
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


Offered = Sequence[tuple[str, str]]
"""What can be said now, in the order of its numbers: ids and the labels on the buttons."""


def options_in(
    text: str, offered: Offered, words: Vocabulary, *, several: bool = False, numbered: bool = True
) -> tuple[str, ...]:
    """The offered options that a text names by id, label, number or a plain word for it.

    Takes the text, what is offered, the locale's phrases, whether several may be named (divided by
    commas, "and" or, for numbers, spaces), and whether the numbers are on the screen to be named.
    Returns their ids, or nothing where any part of the text names none.
    """
    if len(text) > TEXT_MOST:
        return ()
    if whole := _named(text, offered, words, numbered):
        return (whole,)
    parts = [part for part in _BETWEEN.split(text) if part.strip()] if several else []
    parts = [piece for part in parts for piece in (part.split() if _NUMBERS.fullmatch(part) else [part])]
    found = [_named(part, offered, words, numbered) for part in parts]
    return tuple(dict.fromkeys(found)) if all(found) else ()


def _named(text: str, offered: Offered, words: Vocabulary, numbered: bool) -> str:
    said, folded, numeral = text.strip().casefold(), fold(text), _NUMERAL.fullmatch(text.strip())
    if not folded:
        return ""
    for number, (option, label) in enumerate(offered, 1):
        if said == option.casefold() or (numbered and numeral and int(numeral[1]) == number):
            return option
        if _core(folded) in (plainly(label), option.replace("_", " ")):
            return option
    meant = words.options.get(folded, frozenset())
    return next((option for option, _ in offered if option in meant), "")


def plainly(text: str) -> str:
    """A label, or what was typed for one, as the two are compared; labels that are alike so can't be told
    apart by typing."""
    return _core(fold(text)) or text


def _core(folded: str) -> str:
    """A label without the small words that people leave out at its beginning."""
    return _LEADING.sub("", folded) or folded


def command_in(text: str, words: Vocabulary) -> str:
    """The command that a text is, in whatever words for it, with or without a slash; or nothing."""
    if len(text) > TEXT_MOST:
        return ""
    folded = fold(text)
    return words.commands.get(folded, "") or words.commands.get(folded.replace("_", " "), "")


def interview_in(text: str, now: float = 0.0, zone: str = "") -> tuple[Interview, when.Reading | None] | None:
    """An interview in somebody's own words, and the date that they wrote beside its name, as it was read.

    Takes the text, the time (seconds since the epoch) and the zone of who wrote it, "" where that isn't
    known. The interview has the date only where there is no doubt about it; where there is no such date, it
    stays part of the name. One that was given nothing but a date is called by that.
    """
    label = clean(text[: TEXT_MOST * 2])
    reading = when.read(label, now, zone)
    date = reading.day if reading else ""
    if reading and reading.doubt != "never":
        label = reading.rest or date or reading.said
    if len(label) > LABEL_MOST:
        label = label[: LABEL_MOST - 1].rstrip() + "…"
    return (Interview(label, date or None), reading) if label else None
