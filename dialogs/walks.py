"""Walks: conversations played systematically, so that all there is to say is said in one of them.

First come the ways to each question and to each verdict row, as short as they can be found; then, from
every situation on the way, all that somebody could do there instead. Nothing here knows any one dialog.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from dialogs.engine import Dialog
from dialogs.events import Chose, Command, Due, Event, Message, Picked, Said, Started
from dialogs.flow import Answer, Answers, Flow, Question
from dialogs.render import NONE
from dialogs.rulebook import CHANGE, DONE, SUPPOSE, state_name
from dialogs.session import Session
from dialogs.understand import LABEL_MOST, command_in, knowledge, vocabulary

PHRASES_MOST = 3
"""How many phrases for each option are tried."""

UNCLEAR = "???"
"""A line that means nothing, wherever something else than free text is asked for."""

LATE = (0.0, 8 * 3_600.0, 86_400.0, 3 * 86_400.0)
"""Seconds by which reminders are late: each is told in other words."""

PLANS_TRIED = 2
"""How many plans there are at most where a walk goes on: with more, there is more of the same."""

SHORT = "Lee"
"""A line that could be a name."""

NOW = 1_795_597_200.0
"""When walks take place, in seconds since the epoch: Wednesday, 25 November 2026, 09:00 by universal time."""

DATES = (
    *("next Tuesday at 10", "14:30", "3/12", "29 February", "29 February 2027", "1900-01-01", "3026-01-01"),
    *("2026-11-24", "2026-11-26"),
)
"""Dates typed in rooms: plain, unclear, impossible, past and far."""

PLACES = ("Auckland", "Canada")
"""Places typed in rooms: one with one clock, and one with several."""

LONGEST = ("abcd " * LABEL_MOST)[: LABEL_MOST - 1] + " 2026-12-03"
"""A line that names an interview, as long as the bot will ever say it back, in words of usual length."""


@dataclass(frozen=True, slots=True)
class Step:
    """The end of a walk: every line typed, the session then, and what the last line brought.

    `typed` is whether lines alone lead here: buttons and opening the conversation again have none.
    """

    lines: tuple[str, ...]
    session: Session
    messages: tuple[Message, ...]
    typed: bool = True


def walks(dialog: Dialog, locale: str = "en") -> Iterator[Step]:
    """Every walk of a dialog in a locale, from the first opening on; each goes one line on from another."""
    told: set[tuple[str, ...]] = set()
    for step in _Explorer(dialog, locale).walks():
        if not step.typed or step.lines not in told:
            yield step
        told.add(step.lines)


def typed(command: str, locale: str) -> str:
    """What somebody types for a command: its name where that is understood, else a phrase for it or ""."""
    words = vocabulary(locale)
    if command_in(command, words) == command:
        return command
    return next((phrase for phrase, meant in words.commands.items() if meant == command), "")


def line_for(answer: Answer) -> str:
    """What somebody types for an answer."""
    match answer:
        case str():
            return answer
        case tuple():
            return ", ".join(answer or (NONE,))
        case _:
            return "skip" if answer is None else answer.label


def plans(dialog: Dialog, locale: str = "en") -> list[Answers]:
    """Answers that lead, between them, to all that depends on answers. The shortest come first.

    Each question is asked in one of them, and left unsure early in one; each verdict row decides one,
    with and without its further points; each reason of a row is told, and of each row the longest.
    """
    flow, words = dialog.flow, dialog.words[locale]
    best: dict[object, tuple[int, int, Answers]] = {}

    def offer(aim: object, cost: int, answers: Answers) -> None:
        if aim not in best or cost < best[aim][0]:
            best[aim] = (cost, len(best), answers)

    def weigh(answers: Answers) -> None:
        length, decided = len(answers), dialog.table.explain(answers)
        unsure = 0
        for position, (question, answer) in enumerate(answers.items()):
            offer(("asked", question), position, answers)
            if answer is None or answer in flow.by_id[question].unsure:
                unsure += 1
                offer(("unsure", question), unsure, answers)
        offer(("row", decided.row), length, answers)
        offer(("row", decided.row, decided.also), length, answers)
        for because in decided.because:
            offer(("because", decided.row, because), length, answers)
        reasons = [
            words.block(because.question, f"because_{because.option or NONE}") for because in decided.because
        ]
        offer(("longest", decided.row), -sum(map(len, reasons)), answers)

    few, many = list(starts(flow, most=1)), list(starts(flow, most=2))
    for answers in many:
        weigh(answers)
    for answers in few:
        for other in _changed(flow, answers, 1):
            weigh(other)
    rows: set[object] = {("row", row.row) for row in dialog.table.rows}
    rows |= {("row", row.row, True) for row in dialog.table.rows if row.also_points}
    # Two changes at once are many; they are tried only for what is still missing, and as far as needed.
    for other in (other for answers in few for other in _changed(flow, answers, 2)):
        if rows <= set(best):
            break
        weigh(other)
    found = sorted(best.values(), key=lambda entry: (len(entry[2]), entry[1]))
    return list({tuple(answers.items()): answers for _, _, answers in found}.values())


def starts(flow: Flow, *, most: int) -> Iterator[Answers]:
    """The cheapest answers, for every way to answer what guards read with up to so many options each."""
    read = [flow.by_id[question] for question in flow.guards]
    for answers in product(*(_answers(question, most) for question in read)):
        yield _complete(flow, dict(zip(flow.guards, answers, strict=True)))


def _complete(flow: Flow, chosen: Answers) -> Answers:
    """These answers, with the cheapest to every other question that applies, and without the outcome."""
    asked = [flow.by_id[question] for question in flow.applying(chosen) if question != flow.outcome.id]
    return {question.id: chosen.get(question.id, _cheapest(question)) for question in asked}


def _cheapest(question: Question) -> Answer:
    if question.skip or question.pick == "text":
        return None
    return question.options[0] if question.pick == "one" else question.options[:1]


def _answers(question: Question, most: int) -> Sequence[Answer]:
    if question.pick != "many":
        return [*question.options, *([None] if question.skip else [])]
    sizes = range(0 if question.none else 1, most + 1)
    some = [answer for size in sizes for answer in combinations(question.options, size)]
    return some if most == 1 else [*some, question.options]


def _changed(flow: Flow, answers: Answers, times: int) -> Iterator[Answers]:
    """These answers with so many of the single choices answered otherwise."""
    single = [flow.by_id[question] for question in answers if flow.by_id[question].pick == "one"]
    for questions in combinations([question for question in single if question.id not in flow.guards], times):
        for options in product(*(question.options for question in questions)):
            other = {question.id: option for question, option in zip(questions, options, strict=True)}
            yield {**answers, **other}


class _Explorer:
    """The playing itself: what was said already, and in which situations."""

    def __init__(self, dialog: Dialog, locale: str) -> None:
        self._dialog, self._locale = dialog, locale
        self._outcome = state_name(dialog.flow, dialog.flow.outcome.state)
        self._played: dict[tuple[str, ...], Step] = {}
        self._seen: set[object] = set()
        self._rooms: deque[Step] = deque()
        self._examples = knowledge(locale).examples
        commands = dict.fromkeys(vocabulary(locale).commands.values())
        self._commands = {command: typed(command, locale) for command in commands}
        self._detours = [typed(command, locale) for command in (CHANGE, SUPPOSE)]
        self._telling = [
            line
            for aside in dialog.flow.asides
            if aside.words == "own" and dialog.words[locale].variables(aside.id, "text")
            if (line := typed(aside.id, locale))
        ]
        self._telling += [
            typed(room.id, locale) for room in dialog.flow.rooms.values() if room.at == "verdict"
        ]
        self._opened = Step((), *dialog.step(Session(locale=locale), Started(), NOW))

    def walks(self) -> Iterator[Step]:
        yield self._opened
        for answers in plans(self._dialog, self._locale):
            step = self._opened
            yield from self._all_around(step)
            for answer in answers.values():
                step = self._say(step, line_for(answer))
                yield step
                yield from self._all_around(step)

    def _all_around(self, step: Step) -> Iterator[Step]:
        """All around a step and, the nearest first, around the rooms and other plans that it leads to."""
        yield from self._around(step)
        while self._rooms:
            yield from self._around(self._rooms.popleft())

    def _say(self, step: Step, line: str) -> Step:
        lines = (*step.lines, line)
        if lines not in self._played:
            self._played[lines] = Step(lines, *self._dialog.step(step.session, Said(line), NOW))
        return self._played[lines]

    def _does(self, step: Step, event: Event, now: float = NOW) -> Step:
        return Step(step.lines, *self._dialog.step(step.session, event, now), typed=False)

    def _first(self, *situation: object) -> bool:
        """Whether a situation comes up for the first time."""
        new = situation not in self._seen
        self._seen.add(situation)
        return new

    def _around(self, step: Step) -> Iterator[Step]:
        """All that can be done where a walk has come to, once for each situation; nothing where it ended."""
        if any(message.ends for message in step.messages):
            return
        flow, plan = self._dialog.flow, step.session.plan
        state = self._dialog.standing(plan)
        offered = [choice.option for choice in step.messages[-1].choices]
        if state in (self._outcome, state_name(flow, DONE)):
            decided = self._dialog.table.explain(plan.answers)
            outcome = plan.answers.get(flow.outcome.id)
            if self._first(state, *((outcome,) if outcome else (decided.row, decided.also))):
                yield from self._anything(step, offered)
            for line in self._telling:
                yield self._say(step, line)
            for line in self._detours:
                yield from self._beyond(self._say(step, line))
        elif plan.detour and not plan.detour.question:
            # A room has other things to say where there is a verdict, and where there are several plans.
            told, many = flow.is_decided(plan.answers), len(step.session.plans)
            if many > PLANS_TRIED:
                return
            here = (plan.detour.about, told, many) if self._in_room(step) else ()
            if self._first(state, here and (*here, *offered)):
                yield from self._anything(step, ())
                if self._in_room(step):
                    yield from self._in_own_words(step)
            for question in offered:
                if self._first(state, *here, question):
                    yield from self._beyond(self._say(step, question), step)
        elif self._first(state, plan.detour and plan.detour.question, len(step.session.plans)):
            yield from self._anything(step, offered)

    def _beyond(self, step: Step, before: Step | None = None) -> Iterator[Step]:
        """A step beside the walk and, as long as it stays there, ends the walk or, going by the step before
        it, begins another plan, all there is beyond."""
        yield step
        plan = step.session.plan
        more = before is not None and len(step.session.plans) > len(before.session.plans)
        if self._in_room(step) or more:
            self._rooms.append(step)
        elif plan.detour or self._dialog.standing(plan) == state_name(self._dialog.flow, DONE):
            yield from self._around(step)

    def _anything(self, step: Step, offered: Iterable[str]) -> Iterator[Step]:
        """Every option, every command, nonsense three times over, and what is done without a line."""
        question = self._question(step.session)
        for option in offered:
            yield from self._beyond(self._say(step, option))
        if question and question.pick == "many":
            yield self._say(step, line_for(question.options))
            yield self._does(step, Picked(step.messages[-1].token, ()))
        for command, line in self._commands.items():
            # What can't be done in a state is answered alike everywhere: once is enough.
            if self._can(step.session, command) or self._first(command):
                yield (said := self._say(step, line))
                # Where the menu stands, or somebody has left, the room itself was not come to.
                ended = any(message.ends for message in said.messages)
                if self._in_room(said) and not ended and not said.session.shown:
                    self._rooms.append(said)
                if said.session.reminders != step.session.reminders:
                    yield from self._reminded(said, offered)
        for phrase in self._phrases(question):
            yield self._say(step, phrase)
        if (question and question.pick == "text") or step.messages[-1].pick == "text":
            named = self._say(step, LONGEST)
            yield from self._beyond(named)
            yield self._does(named, Started())
            # What was written in a room is told where somebody comes back to it.
            room = self._dialog.standing(named.session.plan).partition("/")[2]
            if line := self._commands.get(room, ""):
                yield from self._beyond(self._say(named, line))
        else:
            for _ in range(3):
                step = self._say(step, UNCLEAR)
                yield step
        yield self._does(step, Started())
        yield self._does(step, Chose("~"))
        if self._first(Said):
            yield self._does(step, Said(UNCLEAR, "~"))
        for platforms_own in ("unreadable", "edited"):
            if self._first(platforms_own):
                yield self._does(step, Command(platforms_own))

    def _in_own_words(self, step: Step) -> Iterator[Step]:
        """What is typed in a room: dates and places, and whatever is offered, which may ask for reminders."""
        for line in (*DATES, *PLACES, *(choice.option for choice in step.messages[-1].choices)):
            said = self._say(step, line)
            yield from self._beyond(said)
            if said.session.reminders != step.session.reminders:
                yield from self._reminded(said, ())

    def _reminded(self, step: Step, offered: Iterable[str]) -> Iterator[Step]:
        """What comes of a reminder: on time or late, called off, and ended by what else ends it."""
        for reminder in step.session.reminders:
            for late in LATE:
                yield self._does(step, Due(reminder.name), reminder.at + late)
            for line in (*self._commands.values(), *offered):
                after = self._say(step, line)
                if reminder not in after.session.reminders:
                    yield after

    def _phrases(self, question: Question | None) -> Iterator[str]:
        """What people say in their own words for this question's options, and for those of others like it."""
        if question and question.pick == "many":
            for other in self._dialog.flow.questions:
                if other.pick == "many":
                    for option in other.options:
                        yield from self._examples.get(option, ())[:PHRASES_MOST]

    def _can(self, session: Session, command: str) -> bool:
        """Whether the machine may take a command as things stand."""
        event = self._dialog.machine.events.get(command.partition(".")[0])
        return event is None or self._dialog.standing(session.plan) in event.transitions

    def _in_room(self, step: Step) -> bool:
        """Whether a walk has come to a room."""
        state = self._dialog.standing(step.session.plan).partition("/")[2]
        return state in self._dialog.flow.rooms

    def _question(self, session: Session) -> Question | None:
        detour = session.plan.detour
        if detour and detour.question:
            return self._dialog.flow.by_id[detour.question]
        return self._dialog.flow.by_state.get(self._dialog.standing(session.plan).partition("/")[2])
