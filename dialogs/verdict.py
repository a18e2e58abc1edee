"""The verdict: the table of ``flows/<dialog>.verdict.toml``, and what answers come to under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dialogs.expressions import Expressions, faults_in, namespace
from dialogs.faults import ContentError, Fault, Place, read
from dialogs.flow import Answer, Answers, Flow, parse_toml

BECAUSE_MOST = 3
"""How many reasons for a verdict are told, at most."""


@dataclass(frozen=True, slots=True)
class Because:
    """Something said that led to the verdict.

    `option` is the one that counted; it is empty where the question was answered with nothing,
    or not at all.
    """

    question: str
    option: str


@dataclass(frozen=True, slots=True)
class Flip:
    """One answer changed that leads to another verdict: the whole answer before and after."""

    question: str
    before: Answer
    after: Answer
    verdict: str

    @property
    def added(self) -> str:
        """The option that joins a several-choice answer, or nothing."""
        return _difference(self.after, self.before)

    @property
    def removed(self) -> str:
        """The option that leaves a several-choice answer, or nothing."""
        return _difference(self.before, self.after)


def _difference(more: Answer, less: Answer) -> str:
    if isinstance(more, tuple) and isinstance(less, tuple):
        return next((option for option in more if option not in less), "")
    return ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What answers come to: the row that decided, its verdict, why, what would flip it, its points.

    `also` is whether the row's further points (a dissent, say) hold here.
    """

    row: int
    verdict: str
    because: tuple[Because, ...]
    flips: tuple[Flip, ...]
    points: tuple[str, ...]
    also: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. `because` lists ``question=option``, strongest first."""

    row: int
    verdict: str
    when: str
    points: tuple[str, ...]
    because: tuple[tuple[str, str], ...]
    also_when: str = "false"
    also_points: tuple[str, ...] = ()


class Table:
    """The verdict table of a flow. Takes what `load_table` read and checked."""

    def __init__(
        self, flow: Flow, rows: tuple[Row, ...], upside: tuple[str, ...], flips: tuple[str, ...],
        counting: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.flow = flow
        self.rows = rows
        self.flippable = flips
        self.verdicts = tuple(dict.fromkeys(row.verdict for row in rows))
        self._upside = upside
        self._pulls = tuple(counting)
        self._counting = Expressions(tuple(counting.values()))
        # One conditional expression stops at the first row that holds, as the table reads.
        chain = " else ".join(f"{index} if ({row.when})" for index, row in enumerate(rows[:-1]))
        self._row = Expressions([f"{chain} else {len(rows) - 1}" if chain else "0"])
        self._also = Expressions([row.also_when for row in rows])

    def decide(self, answers: Answers) -> Verdict:
        """The verdict on these answers, with every flip.

        Takes answers by question id; those to questions that don't apply are ignored, skipped ones
        count as unanswered.
        """
        said = self._said(answers)
        decided = self._decided(said)
        return replace(decided, flips=tuple(self._flips(said, decided.verdict)))

    def explain(self, answers: Answers) -> Verdict:
        """The verdict on these answers without its flips, which cost the most by far."""
        return self._decided(self._said(answers))

    def judge(self, answers: Answers) -> str:
        """Only the verdict's name, for where nothing is to be explained."""
        return self._judge(self._said(answers))[0].verdict

    def _decided(self, said: Answers) -> Verdict:
        row, names = self._judge(said)
        also = bool(self._also(names)[self.rows.index(row)])
        points = row.points + (row.also_points if also else ())
        because = tuple(self._because(row, said, names["counting"]))[:BECAUSE_MOST]
        return Verdict(row.row, row.verdict, because, (), points, also)

    def _said(self, answers: Answers) -> dict[str, Answer]:
        applied = self.flow.applied(answers)
        return {question: answer for question, answer in applied.items() if answer is not None}

    def _judge(self, said: Answers) -> tuple[Row, dict[str, Any]]:
        values: dict[str, object] = {}
        for question in self.flow.questions:
            answer = said.get(question.id)
            values[question.id] = list(answer or ()) if question.pick == "many" else answer  # type: ignore[arg-type]
        names = namespace(values)
        upside = {said.get(question) for question in self._upside}
        counts = zip(self._pulls, self._counting(names), strict=True)
        names["counting"] = [pull for pull, holds in counts if holds and pull in names["pulls"]]
        names["upside_yes"] = "yes" in upside
        names["upside_maybe"] = "maybe" in upside
        return self.rows[self._row(names)[0]], names

    def _because(self, row: Row, said: Answers, counting: list[str]) -> Iterator[Because]:
        for question, option in row.because:
            answer = counting if question == "counting" else said.get(question)
            question = "pulls" if question == "counting" else question
            if not option:
                if not answer:
                    yield Because(question, "")
            elif answer == option or (isinstance(answer, tuple | list) and option in answer):
                yield Because(question, option)

    def _flips(self, said: Answers, verdict: str) -> Iterator[Flip]:
        for question in self.flippable:
            for after in self._others(question, said):
                other = self.judge({**said, question: after})
                if other != verdict:
                    yield Flip(question, said[question], after, other)

    def _others(self, question: str, said: Answers) -> Iterator[Answer]:
        """What else could have been said: another option, or one option more or fewer."""
        if question not in said:
            return
        asked, answer = self.flow.by_id[question], said[question]
        for option in asked.options:
            if not isinstance(answer, tuple):
                if option != answer:
                    yield option
            elif option not in answer or len(answer) > 1 or asked.none:
                yield tuple(each for each in asked.options if (each in answer) != (each == option))


def told(flips: tuple[Flip, ...], most: int = 3) -> tuple[Flip, ...]:
    """The flips worth telling: at most one a question, in the table's order, three unless said."""
    first: dict[str, Flip] = {}
    for flip in flips:
        first.setdefault(flip.question, flip)
    return tuple(first.values())[:most]


_TABLE = {"upside": "texts", "flips": "texts", "counting": "table", "rows": "tables"}
_ROW_NEEDS = {"row": "number", "verdict": "text", "when": "text", "points": "texts", "because": "texts"}
_ROW = {**_ROW_NEEDS, "also": "tables"}
_ALSO = {"when": "text", "points": "texts"}
"""What the TOML of a table holds: the keys of each part, with the kind of their values (`faults.KINDS`)."""


def load_table(path: Path, flow: Flow) -> Table:
    """The verdict table of a flow from its TOML file.

    Raises `ContentError` with every fault in it, each with its line.
    """
    source = read(path)
    data = parse_toml(path, source)
    faults = list(_faults(Place(path, source), data, flow))
    if faults:
        raise ContentError(faults)
    rows = []
    for entry in data["rows"]:
        also = (entry.get("also") or [{"when": "false", "points": []}])[0]
        because = tuple((line.partition("=")[0], line.partition("=")[2]) for line in entry["because"])
        rows.append(
            Row(
                entry["row"], entry["verdict"], entry["when"], tuple(entry["points"]), because,
                also["when"], tuple(also["points"]),
            )
        )  # fmt: skip
    return Table(flow, tuple(rows), tuple(data["upside"]), tuple(data["flips"]), data["counting"])


def _faults(file: Place, data: Mapping[str, Any], flow: Flow) -> Iterator[Fault]:
    """Everything wrong with a table."""
    if faults := list(file.shape(data, _TABLE, _TABLE)):
        yield from faults
    known = {question.id: question.options for question in flow.questions}
    several = {question.id for question in flow.questions if question.pick == "many"}
    pulls = known.get("pulls", ())
    for key in ("upside", "flips"):
        for question in _list(data.get(key)):
            if isinstance(question, str) and question not in flow.by_id:
                what = f"{key} names {question!r}, which is no question"
                yield file.fault(what, "mend the id", key=key, text=f'"{question}"')
    counting = data.get("counting")
    if isinstance(counting, dict):
        table = file.entry("counting", 0)
        yield from table.shape(counting, dict.fromkeys(pulls, "text"), pulls)
        for pull, when in counting.items():
            for what in faults_in(when, known, several) if isinstance(when, str) else ():
                cure = "read the flow's questions and their options only"
                yield table.fault(f"counting {pull!r}: {what}", cure, key=pull)
    known |= {"counting": pulls, "upside_yes": (), "upside_maybe": ()}
    rows, numbers = _list(data.get("rows")), list[object]()
    for position, entry in enumerate(rows):
        place = file.entry("rows", position)
        if faults := list(place.shape(entry, _ROW, _ROW_NEEDS)):
            yield from faults
            continue
        if entry["row"] in numbers:
            yield place.fault(f"row {entry['row']} stands twice", "number the rows in order", key="row")
        numbers.append(entry["row"])
        yield from _row_faults(place, entry, known, {*several, "counting"})
        if position == len(rows) - 1 and entry["when"].strip() != "true":
            yield place.fault("the last row may not match", 'give the last row when = "true"', key="when")
    if rows == []:
        yield file.fault("there are no rows", "add [[rows]]", key="rows")


def _row_faults(
    place: Place, entry: Mapping[str, Any], known: Mapping[str, tuple[str, ...]], several: set[str]
) -> Iterator[Fault]:
    whens = [(place, entry["when"])]
    for position, also in enumerate(entry.get("also", ())):
        below = place.entry("rows.also", position)
        if faults := list(below.shape(also, _ALSO, _ALSO)):
            yield from faults
        else:
            whens.append((below, also["when"]))
    if len(entry.get("also", ())) > 1:
        yield place.fault("a row can have one [[rows.also]]", "join them", text="[[rows.also]]")
    for at, when in whens:
        for what in faults_in(when, known, several):
            cure = "read the flow's questions and their options only"
            line = next(line for line in when.splitlines() if line.strip())
            yield at.fault(f"row {entry['row']}: {what}", cure, key="when", text=line)
    if not entry["because"]:
        yield place.fault(f"row {entry['row']} gives no because", "say what led to it", key="because")
    for line in entry["because"]:
        question, _, option = line.partition("=")
        if question not in known or (option and option not in known[question]):
            what = f"row {entry['row']}: because {line!r} can't be answered"
            yield place.fault(what, "mend the ids", key="because", text=f'"{line}"')


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
