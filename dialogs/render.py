"""From a state and a session to messages: what is shown, and with which buttons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol

from markupsafe import Markup

from dialogs.details import is_debriefed, renamed, shortened
from dialogs.events import Choice, Message
from dialogs.flow import Answer, Aside, Flow, Interview, Question
from dialogs.people import People, Service
from dialogs.practice import Places
from dialogs.reminders import time_of
from dialogs.rooms import KEEPERS
from dialogs.rulebook import ASKED_SUPPOSED, CHANGE, DONE, SUPPOSE, SUPPOSED
from dialogs.session import NUDGE, Detour, Session
from dialogs.settings import ZONE
from dialogs.understand import LABEL_MOST, plainly
from dialogs.verdict import Because, Flip, Table, Verdict, told
from dialogs.when import local
from dialogs.words import Words

NONE = "none"
"""The option id that stands for picking nothing, where that is an answer."""

USEFUL_ANSWERS = ("useful", "not_useful")
"""The commands that say whether it was of use."""

ASKS_MOST = 5
"""How many questions worth asking go into one message."""

LATE_LEAST = 6 * 3_600.0
"""Seconds from which on a reminder says that it is late."""

YEAR_LEAST = 300
"""Days from now from which on a day is told with its year."""

_DAY = 86_400.0
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    """A count of 0 or more in base 36, as tokens carry it."""
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits


@dataclass(frozen=True, slots=True)
class Labels:
    """What a question is called for short, and what stands on its buttons by option id."""

    short: str
    options: Mapping[str, str]


def labels(question: Question, words: Words) -> Labels:
    """The labels of a question in a locale."""
    options = (*question.options, *([NONE] if question.none else []))
    return Labels(
        words.label(question.id, "short"), {option: words.label(question.id, option) for option in options}
    )


class Spoken(Protocol):
    """What is rendered from: the parts of a dialog."""

    flow: Flow
    table: Table
    people: People
    keep_days: int
    practice: Places

    @property
    def words(self) -> Mapping[str, Words]:
        """The words by locale."""

    @property
    def labels(self) -> Mapping[str, Mapping[str, Labels]]:
        """The labels by locale and question."""


class View:
    """A session as it is shown while it stands in a state.

    Takes the dialog, the session, the state's full name and the time (seconds since the epoch).
    """

    __slots__ = (
        *("_asking", "dialog", "keeper", "labels", "name", "now", "question", "resting", "session", "state"),
        "words",
    )

    def __init__(self, dialog: Spoken, session: Session, state: str, now: float = 0.0) -> None:
        self.dialog = dialog
        self.session = session
        self.now = now
        self.name = state
        self.state = state.partition("/")[2]
        self._asking = f"~{base36(session.asked)}"
        locale = session.locale if session.locale in dialog.words else next(iter(dialog.words))
        self.words = dialog.words[locale]
        self.labels = dialog.labels[locale]
        self.question = self._question()
        self.resting = dialog.flow.resting.get(self.state)
        self.keeper = KEEPERS.get(self.state) if self.state in dialog.flow.rooms else None

    # What is open.

    def _question(self) -> Question | None:
        """The question open now, in the walk or supposed; None where something else is."""
        flow, detour = self.dialog.flow, self.session.plan.detour
        if self.state == ASKED_SUPPOSED:
            return flow.by_id[detour.question] if detour else None
        return flow.by_state.get(self.state)

    @property
    def in_walk(self) -> bool:
        """Whether the open question is one of the walk's, before the verdict."""
        question = self.question
        return bool(question and question is not self.dialog.flow.outcome and self.state != ASKED_SUPPOSED)

    @property
    def picking(self) -> Literal["one", "many", "text", "date"] | None:
        """What is asked for: one or many of what is offered, a text or a date; None for nothing."""
        if self.question:
            return self.question.pick
        return self.keeper.picking(self) if self.keeper else None

    def token(self, option: str = "") -> str:
        """The token of a button here, naming its asking (``decide/prepare:yes~7``)."""
        return f"{self.name}:{option}{self._asking}" if option else f"{self.name}{self._asking}"

    def listed(self) -> tuple[str, ...]:
        """The questions that can be opened from here, to change or to suppose."""
        answers = self.session.plan.answers
        asked = (question.id for question in self.dialog.flow.questions if question.id in answers)
        if self.state == CHANGE:
            return tuple(asked)
        if self.state == SUPPOSE:
            flippable = self.dialog.table.flippable
            return tuple(each for each in asked if answers[each] is not None and each in flippable)
        return ()

    def offered(self) -> list[tuple[str, str]]:
        """What can be chosen here, in the order of its numbers: ids and labels."""
        question = self.question
        if self.keeper:
            return list(self.keeper.offered(self))
        offered = [(listed, self.labels[listed].short) for listed in self.listed()]
        if question:
            offered += self.labels[question.id].options.items()
        if self.state == DONE:
            outcome = self.dialog.flow.outcome.id
            decided = self.session.plan.answers[outcome]
            offered += [each for each in self.labels[outcome].options.items() if each[0] != decided]
        return offered + [(name, self.words.label("", name)) for name in self._buttons()]

    def _buttons(self) -> tuple[str, ...]:
        """The commands that have a button of their own here."""
        flow = self.dialog.flow
        if self.state == SUPPOSED:
            return ("keep", "suppose", "leave")
        if self.state in (flow.outcome.state, DONE):
            shown = flow.buttons(self.dialog.table.judge(self.session.plan.answers))
            if self.state == flow.outcome.state:
                return (*shown, "suppose", "change")
            decided = self.session.plan.answers.get(flow.outcome.id)
            after = flow.buttons_after(decided)
            if decided not in flow.outcome.later:
                # Who has decided has heard both sides: what is left is what to do.
                shown = tuple([name for name in shown if name in after])
            more = [name for name in after if not flow.rooms[name].button]
            return (*self._reminding(), *shown, "suppose", "change", *more)
        return ()

    def _reminding(self) -> tuple[str, ...]:
        """The button that asks for a reminder or calls it off, where the decision was put off."""
        outcome = self.dialog.flow.outcome
        if self.session.plan.answers.get(outcome.id) not in outcome.later:
            return ()
        return ("remind_off",) if self.session.reminder(NUDGE) else ("remind",)

    def controls(self) -> tuple[str, ...]:
        """The commands that go round the open question: skip, back, why."""
        plan, question = self.session.plan, self.question
        if self.resting:
            return self.resting.offers
        keeper = self.keeper
        shown = {
            "skip": keeper.skips(self) if keeper else bool(question and question.skip and self.in_walk),
            "back": bool(plan.history or plan.detour),
            "why": question is not None,
        }
        return tuple(name for name, here in shown.items() if here)

    # What is said.

    def tell(
        self, template: str, block: str = "text", *, replaces: int | None = None, **variables: object
    ) -> Message:
        """Something to which nothing is to be answered."""
        return Message(
            self._name(template),
            str(self.words.block(template, block, variables)),
            replaces=replaces,
            locale=self.words.locale,
        )

    def note(self, template: str, block: str = "text", **variables: object) -> Message:
        """Something said beside the open question, which stays open: its buttons come along."""
        return self.offer(template, self.words.block(template, block, variables))

    def aside(self, aside: Aside) -> list[Message]:
        """What was asked for beside the open question, in as many messages as it takes."""
        name, template, block, variables = aside.id, aside.id, "text", dict[str, object]()
        if aside.words == "question" and self.question:
            name, template, block = f"{self.question.state}.{aside.id}", self.question.id, aside.id
        elif aside.words == "row":
            decided = self.dialog.table.explain(self.session.plan.answers)
            name, template, block = f"{self.dialog.flow.outcome.state}.{aside.id}", _row(decided), aside.id
            variables["also"] = decided.also
        elif "asks" in self.words.variables(template, block):
            asks = self.asks()
            *parts, last = [asks[at : at + ASKS_MOST] for at in range(0, max(len(asks), 1), ASKS_MOST)]
            told = [self.tell(template, asks=part, more=at > 0) for at, part in enumerate(parts)]
            return [*told, self.note(template, asks=last, more=bool(parts))]
        return [self.offer(name, self.words.block(template, block, variables), first=aside.offers)]

    def welcome_back(self) -> Message:
        """What somebody is greeted with who was here before."""
        flow, answers = self.dialog.flow, self.session.plan.answers
        told = self.state in (flow.outcome.state, DONE)
        return self.tell(
            "welcome_back",
            label=self._label(),
            verdict=self.verdict_name(self.dialog.table.judge(answers)) if told else "",
            others=len(self.session.plans) > 1,
        )

    def nudge(self, late: float) -> Message:
        """What somebody hears who asked for a reminder; takes by how many seconds it is late."""
        days = int((late + _DAY / 2) // _DAY)
        return self.tell("nudge", label=self._label(), late=late > LATE_LEAST, days=days)

    def asking_useful(self, message: Message) -> Message:
        """A message that also asks, this once, whether it was of use."""
        text = f"{message.text}\n\n{self.words.block('useful', 'text')}"
        return replace(message, text=text, controls=(*self._commands(USEFUL_ANSWERS), *message.controls))

    @property
    def about(self) -> str:
        """What the room is about, "" for nothing."""
        detour = self.session.plan.detour
        return detour.about if detour else ""

    def name_of(self, at: int) -> str:
        """What the person calls one of their interviews, by its number from 0 on, or nothing."""
        interview = self._interview(at)
        label = interview.label if interview else ""
        if interview and label == interview.date:
            label = self.day(label)
        return renamed(self.session.plans[at], label)

    def _interview(self, at: int) -> Interview | None:
        answer = self.session.plans[at].answers.get(self.dialog.flow.questions[0].id)
        return answer if isinstance(answer, Interview) else None

    def names(self, most: int = LABEL_MOST) -> tuple[str, ...]:
        """What all interviews are called, each otherwise than the others: in the order of the plans.

        One without a name has its number for a name, and several that are called alike have theirs added.
        Takes how many characters of a name are shown.
        """
        found = [
            shortened(self.name_of(at), most)
            or str(self.words.block("unnamed", "text", {"number": at + 1}).unescape())
            for at in range(len(self.session.plans))
        ]
        # A number that is added can make a name like another one: but never two that were alike before.
        while alike := [name for name, times in Counter(map(plainly, found)).items() if times > 1]:
            found = [f"{name} ({at})" if plainly(name) in alike else name for at, name in enumerate(found, 1)]
        return tuple(found)

    def date_of(self, at: int) -> str:
        """The date of one of the interviews and its time, in words, or nothing; not where it is the name."""
        interview = self._interview(at)
        day = interview.date if interview else None
        if not day or self.day(day) == self.name_of(at):
            return ""
        return self.day(day, time_of(self.session.plans[at]))

    def verdict_of(self, at: int) -> str:
        """The name of the verdict on one of the interviews, or nothing where there is none yet."""
        answers = self.session.plans[at].answers
        decided = self.dialog.flow.is_decided(answers)
        return self.verdict_name(self.dialog.table.judge(answers)) if decided else ""

    def outcome_of(self, at: int) -> str:
        """What was decided about one of the interviews, in the words of its button, or nothing."""
        outcome = self.dialog.flow.outcome
        return self.spoken(outcome, self.session.plans[at].answers.get(outcome.id))

    def weighed(self, at: int) -> list[Markup]:
        """What weighed most in the verdict on one of the interviews; nothing where there is none yet."""
        answers = self.session.plans[at].answers
        if not self.dialog.flow.is_decided(answers):
            return []
        return self.because(self.dialog.table.explain(answers).because)

    @property
    def zone(self) -> str:
        """The time zone of the person, "" where it isn't known."""
        return self.session.settings.get(ZONE, "")

    def today(self) -> date:
        """Today where the person is, or by universal time where nobody knows."""
        return local(self.now, self.zone).date()

    def day(self, day: str, time: str = "") -> str:
        """A day (ISO 8601) in words, with the time where one is given, and the year where it isn't plain."""
        known = date.fromisoformat(day)
        year = known.year if abs((known - self.today()).days) >= YEAR_LEAST else 0
        parts = {
            "weekday": known.weekday(),
            "day": known.day,
            "month": known.month,
            "year": year,
            "time": time,
        }
        return str(self.words.block("day", "text", parts).unescape())

    def moment(self, at: float) -> str:
        """A moment (seconds since the epoch) in words, as the person's clock shows it."""
        here = local(at, self.zone)
        return self.day(here.date().isoformat(), f"{here:%H:%M}")

    def _label(self) -> str:
        """What the interview talked about is called, or nothing where it is the only one and has no name."""
        return self.names()[self.session.open] if len(self.session.plans) > 1 else self.name_of(0)

    def menu(self) -> Message:
        """What one can do when nothing that was typed made sense."""
        ways = [name for name in self.controls() if name != "why"]
        return self._instead("menu", ("again", *ways, "restart", "help", "stop", "talk"))

    def suggest(self, options: Iterable[str]) -> Message:
        """What a message may have meant: a few options, and none of them."""
        return self._instead("suggest", (*options, "none_of_these"), self.controls())

    def _instead(self, template: str, options: Iterable[str], controls: Iterable[str] = ()) -> Message:
        """A text with other buttons than the open question's own."""
        choices = tuple([Choice(self.token(option), self.called(option)) for option in options])
        text = str(self.words.block(template, "text"))
        return Message(
            self._name(template),
            text,
            choices,
            self._commands(controls),
            "one",
            locale=self.words.locale,
        )

    def called(self, option: str) -> str:
        """What stands on the button of an option of the open question, or of a command."""
        options = self.labels[self.question.id].options if self.question else {}
        return options.get(option) or (self.words.label("", option) if self.words.has("", option) else option)

    def open(self) -> list[Message]:
        """What is open, as it is asked."""
        plan, question = self.session.plan, self.question
        if self.resting:
            shows = "people" in self.words.variables(self.state, "text")
            text = self.words.block(self.state, "text", {"people": self._people()} if shows else {})
            return [self.offer(self.state, text)]
        if self.keeper:
            return self.keeper.show(self)
        if self.state == SUPPOSED and plan.detour:
            return [self._supposed(plan.detour)]
        if self.state == DONE:
            outcome = plan.answers[self.dialog.flow.outcome.id]
            debriefed = {"debriefed": is_debriefed(plan)}
            return [self.offer(DONE, self.words.block(DONE, str(outcome), debriefed))]
        if question and self.state == ASKED_SUPPOSED:
            said = self.spoken(question, plan.answers.get(question.id))
            variables = {"question": self.words.block(question.id, "text"), "said": said}
            return [self.offer(ASKED_SUPPOSED, self.words.block(ASKED_SUPPOSED, "text", variables))]
        if question is self.dialog.flow.outcome:
            return self._verdict()
        return [self.offer(self.state, self.words.block(question.id if question else self.state, "text"))]

    def _verdict(self) -> list[Message]:
        state = self.dialog.flow.outcome.state
        decided = self.dialog.table.decide(self.session.plan.answers)
        row, also = _row(decided), {"also": decided.also}
        headline = {
            "headline": self.words.block(row, "verdict", also),
            "because": self.because(decided.because),
        }
        chairs = {
            "chairs": self.words.block(row, "chairs", also),
            "flips": [self.flip(flip) for flip in told(decided.flips)],
        }
        following = {
            "next": self.words.block(row, "next", also),
            "verdict": self.verdict_name(decided.verdict),
        }
        return [
            Message(
                self._name(state),
                str(self.words.block(state, "text", headline)),
                note=f"{decided.verdict} {decided.row}",
                locale=self.words.locale,
            ),
            Message(
                self._name(f"{state}.chairs"),
                str(self.words.block(f"{state}.chairs", "text", chairs)),
                locale=self.words.locale,
            ),
            self.offer(f"{state}.next", self.words.block(f"{state}.next", "text", following)),
        ]

    def _supposed(self, detour: Detour) -> Message:
        plan, table = self.session.plan, self.dialog.table
        question = self.dialog.flow.by_id[detour.question]
        now = table.explain({**plan.answers, question.id: detour.answer})
        was = table.judge(plan.answers)
        text = self.words.block(
            SUPPOSED,
            "text",
            {
                "question": self.labels[question.id].short,
                "said": self.spoken(question, detour.answer),
                "was": self.verdict_name(was),
                "now": self.verdict_name(now.verdict),
                "because": self.because(now.because),
                "same": was == now.verdict,
            },
        )
        return self.offer(SUPPOSED, text)

    def offer(self, name: str, text: Markup, *, first: Iterable[str] = ()) -> Message:
        """A text with the buttons of what is open."""
        picked, pick = self._picked(), self.picking
        many = pick == "many"
        pressed = self.keeper.pressed if self.keeper else (NONE,)
        choices = [
            Choice(self.token(option), label, option in picked, many and option not in pressed)
            for option, label in self.offered()
        ]
        return Message(
            self._name(name),
            str(text),
            tuple(choices),
            self._commands((*first, *self.controls())),
            pick or ("one" if choices else None),
            self.token() if pick in ("many", "text", "date") else "",
            self.words.label("", "done") if many else "",
            self._progress(),
            locale=self.words.locale,
        )

    def _commands(self, names: Iterable[str]) -> tuple[Choice, ...]:
        return tuple([Choice(self.token(name), self.words.label("", name)) for name in names])

    def _name(self, template: str) -> str:
        return f"{self.dialog.flow.dialog}/{template}"

    def _progress(self) -> tuple[int, int] | None:
        question = self.question
        if not question or not self.in_walk or self.session.plan.detour:
            return None
        applying = self.dialog.flow.applying(self.session.plan.answers)
        return applying.index(question.id) + 1, len(applying) - 1

    def _picked(self) -> tuple[str, ...]:
        """What is ticked already: an answer that is being changed, or supposed otherwise."""
        plan = self.session.plan
        if self.keeper:
            return self.keeper.picked(self)
        answer = plan.answers.get(plan.detour.question) if plan.detour else plan.noted
        return answer if isinstance(answer, tuple) else (answer,) if isinstance(answer, str) else ()

    # How things said are said back.

    def spoken(self, question: Question, answer: Answer, at: int | None = None) -> str:
        """An answer in the words of its buttons, or of the person.

        Takes the number of the interview that it is about, the open one's unless given.
        """
        options = self.labels[question.id].options
        match answer:
            case Interview(label, None):
                return label
            case Interview(label, str(day)):
                told = self.day(day, time_of(self.session.plan if at is None else self.session.plans[at]))
                return told if label == day else f"{label} ({told})"
            case str():
                return options[answer]
            case ():
                return options[NONE]
            case tuple():
                return ". ".join([options[option] for option in answer])
            case _:
                return ""

    def because(self, because: Iterable[Because]) -> list[Markup]:
        """Why, a sentence for each reason."""
        return [self.words.block(reason.question, f"because_{reason.option or NONE}") for reason in because]

    def verdict_name(self, verdict: str) -> Markup:
        """What a verdict is called."""
        return self.words.block("", f"verdict_{verdict}")

    def flip(self, flip: Flip) -> dict[str, object]:
        """What one answer changed comes to, as the templates of flips read it."""
        named = self.labels[flip.question]
        return {
            "question": named.short,
            "to": named.options[flip.after] if isinstance(flip.after, str) else "",
            "added": named.options.get(flip.added, ""),
            "removed": named.options.get(flip.removed, ""),
            "verdict": self.verdict_name(flip.verdict),
        }

    def _people(self) -> list[tuple[list[Markup], Service]]:
        """Who can be talked to, each with the names of the countries where."""
        return [
            ([self.words.block(self.state, f"country_{code}") for code in service.countries], service)
            for service in self.dialog.people.near(self.words.locale)
        ]

    def asks(self) -> list[Markup]:
        """What is worth asking: what bothered them, every maybe, everything they didn't know."""
        asks: list[tuple[str, str]] = []
        for question in self.dialog.flow.questions:
            answer = self.session.plan.answers.get(question.id, "")
            if isinstance(answer, tuple):
                asks += [(question.id, f"ask_{option}") for option in answer]
            elif answer is None or answer in question.unsure:
                asks.append((question.id, "ask"))
        return [self.words.block(*ask) for ask in asks if self.words.has(*ask)]


def _row(decided: Verdict) -> str:
    return f"verdict.{decided.row}"
