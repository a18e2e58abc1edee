"""A dialog as data: its questions, options, guards and what follows, from ``flows/<dialog>.toml``."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from dialogs.expressions import Expressions, faults_in, namespace, reads
from dialogs.faults import ContentError, Fault, Place, read
from dialogs.renames import Renamed, read_renamed, renamed_faults


@dataclass(frozen=True, slots=True)
class Interview:
    """The interview in question: its name in the person's words and, if known, its date (ISO 8601)."""

    label: str
    date: str | None = None


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Answer = str | tuple[str, ...] | Interview | None
"""One option's id, several of them in the flow's order, an interview, or None for a skipped question."""

Answers = Mapping[str, Answer]
"""Answers by question id. What isn't in it was never answered. Treated as immutable."""


class AnswerError(ValueError):
    """An answer that the flow doesn't know; its text names the question and what was wrong."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a flow.

    `state` is its state's name (its id, where the flow doesn't say otherwise), `pick` what kind of
    answer it takes, `none` whether picking nothing is an answer, `skip` whether it may be skipped,
    `group` the group whose limit it counts towards, `when` the guard, `points` what its text must say,
    `unsure` the options that leave something worth asking about, `later` those of the last question
    that put the decision off.
    """

    id: str
    state: str
    pick: Literal["one", "many", "text"]
    options: tuple[str, ...] = ()
    none: bool = False
    skip: bool = False
    group: str = ""
    when: str = "true"
    points: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ("maybe",)
    later: tuple[str, ...] = ()

    def names(self, option: str) -> bool:
        """Whether the guard names an option of an earlier question."""
        return bool(re.search(f"""['"]{re.escape(option)}['"]""", self.when))

    def read(self, value: object) -> Answer:
        """An answer from its JSON.

        Takes an option's id, a list of them, or ``{"label", "date"?}``; returns the answer with several
        options in the flow's order. Raises `AnswerError` naming what is wrong.
        """
        if self.pick == "one" and isinstance(value, str) and value in self.options:
            return value
        match self.pick, value:
            case "many", list() | tuple():
                for option in value:
                    if option not in self.options:
                        raise AnswerError(f"{self.id}: unknown option {option!r}; {self._expected()}")
                if not value and not self.none:
                    raise AnswerError(f"{self.id}: at least one option is needed; {self._expected()}")
                return tuple(option for option in self.options if option in value)
            case "text", {"label": str(label), **rest} if label and set(rest) <= {"date"}:
                return Interview(label, _date(self.id, rest.get("date")))
            case "one", str():
                raise AnswerError(f"{self.id}: unknown option {value!r}; {self._expected()}")
            case _:
                raise AnswerError(f"{self.id}: {value!r} is no answer; {self._expected()}")

    def _expected(self) -> str:
        match self.pick:
            case "one":
                return f"use one of {', '.join(self.options)}"
            case "many":
                return f"use a list of {', '.join(self.options)}"
            case _:
                return 'use {"label": "…", "date": "2026-12-03"}, the date only if known'


def _date(question: str, value: object) -> str | None:
    if value is None:
        return None
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return datetime.date.fromisoformat(value).isoformat()
        raise ValueError(value)
    except ValueError:
        raise AnswerError(f"{question}: {value!r} is no date; write it as 2026-12-03") from None


@dataclass(frozen=True, slots=True)
class Aside:
    """Something one can ask for without answering.

    `at` says where: "questions", "verdict" (from the verdict on) or "" (anywhere); `words` whose
    words it has: its own template's, or a block of the open question's or of the verdict row's;
    `button` is the guard, over the verdict, of its button there ("" for no button);
    `offers` names commands to offer with it; where `alone` is set, nothing else is, and the
    conversation rests there until the person goes on.
    """

    id: str
    at: Literal["questions", "verdict", ""] = ""
    words: Literal["own", "question", "row"] = "own"
    button: str = ""
    offers: tuple[str, ...] = ()
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """A place beside the walk, kept by its keeper (`dialogs.rooms`).

    `at` says where it can be come to from: "verdict" (from the verdict on), "room" (another room only)
    or "" (anywhere); `button` is the guard, over the verdict, of its button beside the verdict, and `after`
    the one, over the last question's answer, of its button once that is decided.
    """

    id: str
    at: Literal["verdict", "room", ""] = ""
    button: str = ""
    after: str = ""


class Flow:
    """A dialog's questions in their order, and which of them apply.

    Takes what `load_flow` read and checked. The last question is asked together with the verdict.
    `renamed` says what each version called otherwise than the one before.
    """

    def __init__(
        self,
        dialog: str,
        version: int,
        questions: tuple[Question, ...],
        asides: tuple[Aside, ...],
        most: Mapping[str, int],
        renamed: tuple[Renamed, ...] = (),
        rooms: tuple[Room, ...] = (),
    ) -> None:
        self.dialog = dialog
        self.version = version
        self.questions = questions
        self.asides = asides
        self.most = most
        self.renamed = renamed
        self.by_id = {question.id: question for question in questions}
        self.by_state = {question.state: question for question in questions}
        self.outcome = questions[-1]
        self.guards = tuple(sorted(set().union(*(reads(question.when) for question in questions))))
        self.resting = {aside.id: aside for aside in asides if aside.alone}
        self.rooms = {room.id: room for room in rooms}
        places: tuple[Room | Aside, ...] = (*rooms, *asides)
        self.shown = tuple([place for place in places if place.button])
        self.after = tuple([room for room in rooms if room.after])
        self._guards = Expressions([question.when for question in questions])
        self._buttons = Expressions([one.button for one in self.shown])
        self._after = Expressions([one.after for one in self.after])
        # Guards read a handful of several-choice answers, so the same few combinations come again and
        # again; the cache is bounded, so conversations leave nothing behind.
        self._applying: Callable[[tuple[Answer, ...]], tuple[str, ...]] = lru_cache(maxsize=2048)(
            self._evaluate
        )

    def applying(self, answers: Answers) -> tuple[str, ...]:
        """Ids of the questions that apply to these answers, in the order they are asked."""
        return self._applying(tuple([answers.get(question) for question in self.guards]))

    def _evaluate(self, values: tuple[Answer, ...]) -> tuple[str, ...]:
        read = {
            question: (value or ()) if self.by_id[question].pick == "many" else value
            for question, value in zip(self.guards, values, strict=True)
        }
        room = dict(self.most)
        applying = []
        for question, holds in zip(self.questions, self._guards(namespace(read)), strict=True):
            if holds and room.get(question.group, 1) > 0:
                applying.append(question.id)
                if question.group:
                    room[question.group] -= 1
        return tuple(applying)

    def buttons(self, verdict: str) -> tuple[str, ...]:
        """The rooms and asides that have a button of their own beside a verdict."""
        holds = self._buttons({"verdict": verdict})
        return tuple([one.id for one, shown in zip(self.shown, holds, strict=True) if shown])

    def buttons_after(self, decided: Answer) -> tuple[str, ...]:
        """The rooms that have a button of their own once the last question is decided so."""
        holds = self._after({self.outcome.id: decided})
        return tuple([one.id for one, shown in zip(self.after, holds, strict=True) if shown])

    def is_decided(self, answers: Answers) -> bool:
        """Whether all that the verdict hangs on has been asked."""
        return all(question in answers for question in self.applying(answers) if question != self.outcome.id)

    def applied(self, answers: Answers) -> dict[str, Answer]:
        """These answers without those to questions that don't apply, in the order of the walk."""
        return {question: answers[question] for question in self.applying(answers) if question in answers}

    def read(self, values: Mapping[str, object]) -> dict[str, Answer]:
        """Answers from their JSON.

        Takes an object with a key for each answered question. Raises `AnswerError` for the first
        question or option that the flow doesn't have.
        """
        answers = {}
        for question, value in values.items():
            if question not in self.by_id:
                raise AnswerError(f"unknown question {question!r}; the questions are {', '.join(self.by_id)}")
            answers[question] = self.by_id[question].read(value)
        return answers


_FLOW = {
    "dialog": "text", "version": "number", "groups": "table", "questions": "tables", "asides": "tables",
    "renamed": "tables", "rooms": "tables",
}  # fmt: skip
_GROUP = {"most": "number"}
_QUESTION = {
    "id": "text", "state": "text", "pick": "text", "options": "texts", "none": "flag", "skip": "flag",
    "group": "text", "when": "text", "points": "texts", "unsure": "texts",
    "later": "texts",
}  # fmt: skip
_ASIDE = {
    "id": "text", "at": "text", "words": "text", "button": "text", "offers": "texts", "alone": "flag",
}  # fmt: skip
_ROOM = {"id": "text", "at": "text", "button": "text", "after": "text"}
_CHOICES = {
    "pick": ("one", "many", "text"),
    "at": ("questions", "verdict", "room"),
    "words": ("own", "question", "row"),
}
"""What the TOML of a flow holds: the keys of each table, with the kind of their values (`faults.KINDS`)."""

_ID = re.compile(r"[a-z_]\w*(\.[a-z_]\w*)?", re.ASCII)


def load_flow(path: Path) -> Flow:
    """A flow from its TOML file.

    Raises `ContentError` with every fault in it, each with its line.
    """
    source = read(path)
    data = parse_toml(path, source)
    faults = list(_faults(Place(path, source), data))
    if faults:
        raise ContentError(faults)
    questions = tuple(Question(**{"state": entry["id"], **_frozen(entry)}) for entry in data["questions"])
    asides = tuple(Aside(**_frozen(entry)) for entry in data.get("asides", ()))
    most = {name: group["most"] for name, group in data.get("groups", {}).items()}
    rooms = tuple(Room(**_frozen(entry)) for entry in data.get("rooms", ()))
    return Flow(data["dialog"], data["version"], questions, asides, most, read_renamed(data), rooms)


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def parse_toml(path: Path, source: str) -> dict[str, Any]:
    """TOML as a mapping; raises `ContentError` with the line where it breaks."""
    try:
        return tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = int(str(error).partition("(at line ")[2].partition(",")[0] or source.count("\n") + 1)
        fault = Fault(str(path), line, f"this is not TOML ({error})", "mend the line, or quote the text")
        raise ContentError([fault]) from None


def _faults(file: Place, data: Mapping[str, Any]) -> Iterator[Fault]:
    """Everything wrong with a flow."""
    yield from file.shape(data, _FLOW, ("dialog", "version", "questions"))
    groups = data.get("groups", {})
    for name, group in groups.items() if isinstance(groups, dict) else ():
        yield from file.shape(group, _GROUP, ("most",))
        if not isinstance(name, str) or not _ID.fullmatch(name):
            yield file.fault(f"the group {name!r} can't be called so", "use small letters and _", text=name)
    questions = data.get("questions")
    seen: dict[str, tuple[str, ...]] = {}
    several: set[str] = set()
    states: set[str] = set()
    if isinstance(questions, list):
        place = file
        for position, entry in enumerate(questions):
            place = file.entry("questions", position)
            faults = list(place.shape(entry, _QUESTION, ("id", "pick")))
            faults += [] if faults else _question_faults(place, entry, groups)
            yield from faults
            if not isinstance(entry, dict) or not isinstance(name := entry.get("id"), str):
                continue
            state = str(entry.get("state", name))
            if name in seen or state in states:
                yield place.fault(f"the question {name!r} stands twice", "rename or remove one", key="id")
            elif any(f"{one}.".startswith(f"{other}.") for one, other in _pairs(name, seen)):
                what = f"{name!r} and another question's id begin alike, with a dot and without"
                yield place.fault(what, "rename one", key="id")
            if isinstance(when := entry.get("when"), str):
                for what in faults_in(when, seen, several):
                    # A guard may only look back: so no question can wait for one that waits for it.
                    cure = "read earlier questions and their options only"
                    yield place.fault(f"{name!r}: {what}", cure, key="when", text=_first_line(when))
            if "later" in entry and position < len(questions) - 1:
                yield place.fault("only the last question can be put off", "take later out", key="later")
            states.add(state)
            options = entry.get("options", ())
            seen[name] = tuple(options) if isinstance(options, list) else ()
            several |= {name} if entry.get("pick") == "many" else set()
        if not questions:
            yield file.fault("there are no questions", "add [[questions]]", key="questions")
        elif isinstance(last := questions[-1], dict) and (
            last.get("pick") != "one" or {"when", "skip", "group"} & set(last)
        ):
            what = "the last question goes with the verdict, so everybody has to answer it"
            yield place.fault(what, 'give it pick = "one", without when, skip or group')
    yield from renamed_faults(file, data, seen)
    names: set[str] = set()
    for table, kind, shape in (("asides", "aside", _ASIDE), ("rooms", "room", _ROOM)):
        entries = data.get(table, ())
        for position, entry in enumerate(entries if isinstance(entries, list) else ()):
            place = file.entry(table, position)
            if faults := list(place.shape(entry, shape, ("id",))):
                yield from faults
                continue
            yield from _choice_faults(place, entry)
            if entry["id"] in names:
                what = f"the {kind} {entry['id']!r} stands twice"
                yield place.fault(what, "rename or remove one", key="id")
            names.add(entry["id"])
            for what in faults_in(entry.get("button", "true"), {"verdict": ()}):
                cure = f"the button of {kind}s may read verdict only"
                yield place.fault(f"{kind}: {what}", cure, key="button", text=_first_line(entry["button"]))
            last = next(reversed(seen), "")
            for what in faults_in(entry.get("after", "true"), {last: seen.get(last, ())}):
                cure = f"a room's button after the decision may read {last} only"
                yield place.fault(f"{kind}: {what}", cure, key="after", text=_first_line(entry["after"]))


def _question_faults(place: Place, entry: Mapping[str, Any], groups: object) -> Iterator[Fault]:
    name, options = entry["id"], entry.get("options", [])
    yield from _choice_faults(place, entry)
    for each in (name, *options):
        if not _ID.fullmatch(each):
            cure = "use small letters, digits and _, in a question's id one dot"
            yield place.fault(f"{each!r} can't be an id", cure, text=f'"{each}"')
    if entry["pick"] in ("one", "many") and len(options) < 2:
        what = f"{name!r} is a dead end: it offers fewer than two options"
        yield place.fault(what, "add options = […]", key="options")
    for option in sorted({option for option in options if options.count(option) > 1}):
        yield place.fault(
            f"{name!r} has the option {option!r} twice", "remove one", key="options", text=f'"{option}"'
        )
    for key in ("unsure", "later"):
        for option in entry.get(key, ()):
            if option not in options:
                what = f"{key} names {option!r}, which is no option of {name!r}"
                yield place.fault(what, "mend the id", key=key, text=f'"{option}"')
    if "group" in entry and (not isinstance(groups, dict) or entry["group"] not in groups):
        yield place.fault(f"no group is called {entry['group']!r}", "add it under [groups]", key="group")


def _choice_faults(place: Place, entry: Mapping[str, Any]) -> Iterator[Fault]:
    for key in set(_CHOICES) & set(entry):
        if entry[key] not in _CHOICES[key]:
            what = f"{key} = {entry[key]!r} is unknown"
            yield place.fault(what, f"use one of {', '.join(_CHOICES[key])}", key=key)


def _pairs(name: str, others: Iterable[str]) -> Iterator[tuple[str, str]]:
    for other in others:
        yield from ((name, other), (other, name))


def _first_line(source: str) -> str:
    return next((line for line in source.splitlines() if line.strip()), source)
