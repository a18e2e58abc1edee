"""What versions of a flow renamed, so that conversations begun before go on: ``[[renamed]]`` in its TOML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialogs.faults import Fault, Place

LEFT_OUT = ""
"""What stands in place of a new id where there is none any more."""

_RENAMED = {"version": "number", "questions": "table", "options": "table"}


@dataclass(frozen=True, slots=True)
class Renamed:
    """What one version of a flow renamed: questions, and options by question (as that version calls it)."""

    version: int
    questions: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]


def question_now(renamed: Sequence[Renamed], question: str) -> str:
    """What a question is called after some versions, in their order; `LEFT_OUT` where it was."""
    for each in renamed:
        question = each.questions.get(question, question)
    return question


def option_now(renamed: Sequence[Renamed], question: str, option: str) -> str:
    """What an option of a question is called after some versions, in their order; `LEFT_OUT` where it was."""
    for each in renamed:
        question = each.questions.get(question, question)
        option = each.options.get(question, {}).get(option, option)
    return option


def read_renamed(data: Mapping[str, Any]) -> tuple[Renamed, ...]:
    """What a flow's TOML says was renamed, in the order of its versions; without faults in it."""
    entries = (
        Renamed(entry["version"], entry.get("questions", {}), entry.get("options", {}))
        for entry in data.get("renamed", ())
    )
    return tuple(sorted(entries, key=lambda each: each.version))


def renamed_faults(
    file: Place, data: Mapping[str, Any], questions: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    """Everything wrong with what a flow's TOML says was renamed.

    Takes the file, what stands in it, and its questions with their options.
    """
    entries, version = data.get("renamed"), data.get("version")
    if not isinstance(entries, list) or type(version) is not int:
        return
    places = [file.entry("renamed", at) for at in range(len(entries))]
    if shapes := [
        fault for place, entry in zip(places, entries, strict=True) for fault in _shape(place, entry)
    ]:
        yield from shapes
        return
    standing = {entry["version"]: place for entry, place in zip(entries, places, strict=True)}
    renamed = read_renamed(data)
    for at, each in enumerate(renamed):
        place, later = standing[each.version], renamed[at + 1 :]
        if not 1 < each.version <= version:
            what = f"there is nothing that version {each.version} could rename"
            cure = f"the flow is at version {version}: use 2 or more, up to that"
            yield place.fault(what, cure, key="version")
        if any(other.version == each.version for other in later):
            yield place.fault(f"version {each.version} stands twice", "put both into one", key="version")
        yield from _twice(place, renamed[:at], each)
        yield from _question_faults(place, each, later, questions)
        for question, options in each.options.items():
            yield from _option_faults(place, each, later, questions, question, options)


def _shape(place: Place, entry: Any) -> Iterator[Fault]:
    if faults := list(place.shape(entry, _RENAMED, ("version",))):
        yield from faults
        return
    tables = [("questions", "questions", entry.get("questions", {}))]
    for question, options in entry.get("options", {}).items():
        if isinstance(options, dict):
            tables.append(("options", question, options))
        else:
            cure = 'write { old = "new" } for it'
            yield place.fault(f"{question!r} is of the wrong type", cure, key="options", text=question)
    for key, inside, names in tables:
        for old, new in names.items():
            if not isinstance(new, str):
                cure = f'write {old} = "…", or "" where there is none any more'
                yield place.fault(f"{old!r} of {inside!r} is of the wrong type", cure, key=key, text=old)


def _twice(place: Place, earlier: Sequence[Renamed], each: Renamed) -> Iterator[Fault]:
    """Old ids that an earlier version renamed already."""
    cure = "an id is never used again: keep one of them"
    for old in each.questions:
        if any(old in other.questions for other in earlier):
            yield place.fault(f"{old!r} is renamed twice", cure, key="questions", text=old)
    renamed = {
        (question_now((*earlier[at + 1 :], each), question), old)
        for at, other in enumerate(earlier)
        for question, options in other.options.items()
        for old in options
    }
    for question, options in each.options.items():
        for old in options:
            if (question, old) in renamed:
                what = f"{old!r} of {question!r} is renamed twice"
                yield place.fault(what, cure, key="options", text=old)


def _question_faults(
    place: Place, each: Renamed, later: Sequence[Renamed], questions: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    targets = [new for new in each.questions.values() if new != LEFT_OUT]
    for old, new in each.questions.items():
        if old in questions:
            cure = "an id is never used again: give the new question another one"
            yield place.fault(f"{old!r} was renamed and is a question still", cure, key="questions", text=old)
        if targets.count(new) > 1:
            what = f"two questions were renamed to {new!r}"
            yield place.fault(what, 'leave one of them out, with ""', key="questions", text=new)
        now = question_now(later, new)
        if now != LEFT_OUT and now not in questions:
            yield place.fault(f"there is no question {now!r}", _cure(now), key="questions", text=new)


def _option_faults(
    place: Place,
    each: Renamed,
    later: Sequence[Renamed],
    questions: Mapping[str, Sequence[str]],
    question: str,
    options: Mapping[str, str],
) -> Iterator[Fault]:
    asked = question_now(later, question)
    if asked == LEFT_OUT:
        return
    if asked not in questions:
        cure = f"call it what version {each.version} calls it, or say in a later one what became of it"
        yield place.fault(f"there is no question {asked!r}", cure, key="options", text=question)
        return
    for old, new in options.items():
        if old in questions[asked]:
            what = f"{old!r} was renamed and is an option of {asked!r} still"
            cure = "an id is never used again: give the new option another one"
            yield place.fault(what, cure, key="options", text=old)
        now = option_now(later, question, new)
        if now != LEFT_OUT and now not in questions[asked]:
            what = f"{asked!r} has no option {now!r}"
            yield place.fault(what, _cure(now), key="options", text=new)


def _cure(gone: str) -> str:
    return f'mend the id; or, if {gone!r} was left out later, say so in that version with ""'
