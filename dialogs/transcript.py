"""Golden conversations as plain text: what was typed, and every word that came back.

A transcript begins with comments (``# …``). Then stand the bot's messages, as ``whatif chat`` prints
them when piped, and between them what the person did: ``> text`` for a line typed, ``= opened again``
for coming back later. ``= 26 hours later, nudge is due`` is a reminder's time: so much later than the
last such line, or than the beginning; in between, no time passes. Before the first message, ``= it is
2026-11-22 09:00`` says when the conversation begins, by universal time: at `NOW`, unless it does. These lines
are the source; all else can be written anew from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from dialogs import markup
from dialogs.engine import Dialog
from dialogs.events import Due, Event, Message, Said, Started
from dialogs.flow import Answer, Question
from dialogs.render import NONE
from dialogs.rulebook import state_name
from dialogs.session import Session
from dialogs.walks import NOW

TYPED = "> "
OPENED = "= opened again"
COMMENT = "#"

_DUE = re.compile(r"= (\d{1,6}) (minute|hour|day)s? later, ([a-z_]+(?:\.\d+)?) is due", re.ASCII)
_BEGINS = re.compile(r"= it is (\d{4}-\d{2}-\d{2} \d{2}:\d{2})", re.ASCII)
_SECONDS = {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0}


def plain_message(message: Message) -> str:
    """A message as plain lines, for a pipe or a file.

    Takes the message; returns its state in brackets, its text (with what can be copied), a line for each
    file, a numbered line for each choice, and the progress with the commands that go round the question.
    A line break ends it.
    """
    header = f"{message.state} {message.note}".rstrip()
    lines = [f"[{header}]", markup.plain(markup.with_quoted(message.text, message.copyable))]
    lines += [f"  file: {attachment.name}" for attachment in message.attachments]
    for number, choice in enumerate(message.choices, 1):
        box = "[x] " if choice.picked else "[ ] " if choice.ticks else ""
        lines.append(f"  {number}. {box}{choice.label}")
    progress = f"{message.progress[0]} of {message.progress[1]}" if message.progress else ""
    controls = ", ".join(control.option for control in message.controls)
    if progress or controls:
        lines.append("  " + " ".join(filter(None, [progress, controls and f"({controls})"])))
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a transcript: the line as it stands there ("" for the first opening) and its event.

    `later` is how many seconds after the turn before it comes, or of the first, after the epoch (`NOW`).
    """

    line: str
    event: Event
    later: float = 0.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation to play: the comments above it, and the turns."""

    comments: tuple[str, ...]
    turns: tuple[Turn, ...]


def parse(text: str) -> Transcript:
    """A transcript from its text; of the bot's own lines, none is needed."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if not line.startswith(COMMENT)), len(lines))
    turns = [Turn("", Started(), NOW)]
    for line in lines[first:]:
        if (begins := _moment(line)) and len(turns) == 1:
            turns = [Turn(line, Started(), begins)]
        elif line.startswith(TYPED):
            turns.append(Turn(line, Said(line.removeprefix(TYPED))))
        elif line == OPENED:
            turns.append(Turn(line, Started()))
        elif due := _DUE.fullmatch(line):
            number, unit, name = due.groups()
            turns.append(Turn(line, Due(name), int(number) * _SECONDS[unit]))
    return Transcript(tuple(lines[:first]), tuple(turns))


def _moment(line: str) -> float:
    """The moment that a line says the conversation begins at, in seconds since the epoch; 0 for none."""
    found = _BEGINS.fullmatch(line)
    try:
        return datetime.fromisoformat(f"{found[1]}+00:00").timestamp() if found else 0.0
    except ValueError:
        return 0.0


@dataclass(frozen=True, slots=True)
class Played:
    """One turn as it was played: its line, the session before and after it, and what was said."""

    line: str
    before: Session
    after: Session
    messages: tuple[Message, ...]


def play(dialog: Dialog, transcript: Transcript) -> Iterator[Played]:
    """The turns of a transcript, played one after another in a new conversation.

    Where the person has left, lines go unheard until the conversation is opened again.
    """
    session, here, now = Session(), True, 0.0
    for turn in transcript.turns:
        before, messages = session, tuple[Message, ...]()
        now += turn.later
        if here or not isinstance(turn.event, Said):
            session, messages = dialog.step(before, turn.event, now)
            here = (here or bool(messages)) and not any(message.ends for message in messages)
        yield Played(turn.line, before, session, messages)


def write(transcript: Transcript, played: Iterable[Played]) -> str:
    """The whole text of a transcript, as it was played."""
    parts = ["\n".join(transcript.comments) + "\n"] if transcript.comments else []
    for turn in played:
        said = [plain_message(message) for message in turn.messages]
        parts.append("\n".join([*([turn.line] if turn.line else []), *(said or [""])]))
    return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first line that differs: its number, what stands there, and what was said when played."""

    line: int
    stands: str | None
    played: str | None

    def __str__(self) -> str:
        stands, played = (
            "(the end)" if line is None else line or "(an empty line)" for line in (self.stands, self.played)
        )
        return f"line {self.line}\n  stands: {stands}\n  played: {played}"


def difference(stands: str, played: str) -> Difference | None:
    """The first difference between a transcript as it stands and as it was played, or None."""
    pairs = zip_longest(stands.split("\n"), played.split("\n"))
    return next((Difference(at, old, new) for at, (old, new) in enumerate(pairs, 1) if old != new), None)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of one kind of thing some transcripts show: how many there are, and which are missing."""

    kind: str
    all: int
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {self.all - len(self.missing)} of {self.all}"


def coverage(dialog: Dialog, played: Iterable[Played]) -> tuple[Coverage, ...]:
    """Which states, asides, options and verdict rows played turns show together.

    Takes the dialog and the turns of any number of transcripts. A state is shown where a conversation
    stood in it, an option where it was part of an answer (of one only supposed, too), a row where it
    was the verdict.
    """
    flow = dialog.flow
    verdict = state_name(flow, flow.outcome.state)
    states: set[str] = set()
    named: set[str] = set()
    options: set[str] = set()
    rows: set[str] = set()
    for turn in played:
        states.add(dialog.standing(turn.after.plan))
        named |= {message.state for message in turn.messages}
        options |= set(_taken(turn.after))
        rows |= {message.note for message in turn.messages if message.state == verdict}
    asides = [aside.id for aside in flow.asides]
    shown = {name.removeprefix(f"{flow.dialog}/") for name in named}
    shown |= {name.rpartition(".")[2] for name in shown if name.rpartition(".")[0] in flow.by_state}
    return (
        _coverage("states", dialog.machine.states, states),
        _coverage("asides", asides, shown),
        _coverage("options", [name for question in flow.questions for name in _options(question)], options),
        _coverage("rows", [f"{row.verdict} {row.row}" for row in dialog.table.rows], rows),
    )


def _coverage(kind: str, every: Iterable[str], shown: set[str]) -> Coverage:
    every = list(every)
    return Coverage(kind, len(every), tuple(name for name in every if name not in shown))


def _options(question: Question) -> Iterator[str]:
    yield from (f"{question.id} {option}" for option in question.options)
    if question.none:
        yield f"{question.id} {NONE}"


def _taken(session: Session) -> Iterator[str]:
    detour = session.plan.detour
    answers: dict[str, Answer] = dict(session.plan.answers)
    if detour and detour.question and detour.answer is not None:
        answers[detour.question] = detour.answer
    for question, answer in answers.items():
        if isinstance(answer, str):
            yield f"{question} {answer}"
        elif isinstance(answer, tuple):
            yield from (f"{question} {option}" for option in answer or (NONE,))
