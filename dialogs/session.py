"""A conversation so far: the answers, the way back, and where it stands; to and from JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from unicodedata import category

from dialogs import rulebook
from dialogs.flow import Answer, AnswerError, Answers, Flow, Interview, Question
from dialogs.upgrade import Upgrade

VERSION = 1
"""The version of the JSON written here; another one is refused, never guessed at."""

UNDO_MOST = 100
"""How many acts `back` can undo; older ones are forgotten, so that a session stays small."""


_UNSHOWN = {"Cc", "Cs", "Zl", "Zp"}
"""Kinds of characters (controls, halves, breaks) that nothing written here holds."""

NUDGE = "nudge"
"""The reminder that comes back to what is open."""

PLANS_MOST = 20
"""How many interviews one person may keep."""

REMINDERS_MOST = 2 * PLANS_MOST + 1
"""How many reminders are read back; more were never asked for."""

_NAME = re.compile(r"[a-z_]+(\.\d{1,3})?")

NAMED_MOST = 64
"""How many details or settings are read back."""

COUNT_MOST = 2**40
"""The largest count that is read back; nobody gets there, and a token has room for it."""


class SessionError(ValueError):
    """A stored conversation that can't be read; its text says why."""


class NewerError(SessionError):
    """A stored conversation that a newer program has gone on with; that one can read it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one act (an answer, an edit, a skip, a restart) did, told backwards.

    `before` holds the answers it changed as they were; `new` names those that weren't there; `details`
    holds what else it took away.
    """

    before: Answers
    new: tuple[str, ...]
    details: Mapping[str, str] = field(default_factory=dict)


Act = Change | str
"""One act to undo; most answer a question for the first time, and then its id says it all."""


@dataclass(frozen=True, slots=True)
class Detour:
    """A stay beside the walk: changing an answer, or asking "what if I'd said…".

    `state` is the state it stands in, `question` the one it is about and `answer` what is supposed;
    `about` is what else a room is about.
    """

    state: str
    question: str = ""
    answer: Answer = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """One interview: its answers, the acts that can be undone, and the detour taken, if any.

    `noted` holds options that were named before their question was asked: they come ticked there.
    `details` holds what is kept beside the answers, by name: none of it bears on the verdict, and
    `back` undoes none of it.
    """

    answers: Answers = field(default_factory=dict)
    history: tuple[Act, ...] = ()
    detour: Detour | None = None
    noted: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)

    def changed(self, answers: Answers) -> Plan:
        """This plan after an act: other answers, the old ones kept for `back`, no detour."""
        gone = {key: old for key, old in self.answers.items() if key not in answers or answers[key] != old}
        new = tuple(key for key in answers if key not in self.answers)
        act = new[0] if len(new) == 1 and not gone else Change(gone, new)
        return Plan(answers, (*self.history, act)[-UNDO_MOST:], noted=self.noted, details=self.details)

    def restarted(self) -> Plan:
        """This plan begun anew: what comes may be of another interview. All that goes, `back` brings back."""
        act = Change(self.answers, (), self.details)
        return Plan(history=(*self.history, act)[-UNDO_MOST:])

    def undone(self) -> Plan:
        """This plan before its last act; there must be one."""
        *history, act = self.history
        last = Change({}, (act,)) if isinstance(act, str) else act
        answers = {key: value for key, value in self.answers.items() if key not in last.new}
        # What was noted may be what was misunderstood: it goes, too.
        details = {**self.details, **last.details}
        return Plan({**answers, **last.before}, tuple(history), details=details)

    def detailed(self, **details: str) -> Plan:
        """This plan with details added or replaced; an empty text removes one."""
        kept = {**self.details, **details}
        return replace(self, details={name: text for name, text in kept.items() if text})

    def tidied(self) -> Plan:
        """This plan without the acts that nobody would see undone."""
        answers, history = self.answers, list[Act]()
        for act in reversed(self.history):
            before = Plan(answers, (act,)).undone().answers
            history += [act] if before != answers else []
            answers = before
        return replace(self, history=tuple(reversed(history)))


@dataclass(frozen=True, slots=True)
class Reminder:
    """A wish to be written to: its name, and when (`at`, in seconds since the epoch)."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class Session:
    """A whole conversation.

    `asked` counts the questions asked, so that a button can name its asking; `unclear` counts
    the answers in a row that weren't understood; `plans` has one for each interview and `open`
    says which of them is talked about. `shown` holds what was offered last in place of the open
    question's own options, so that a number means what is on the screen. `reminders` holds those
    that are wanted: whoever stores the session makes timers of them, and one left out is called off.
    `settings` holds what the person has set, by name. `forgotten` says that all that is kept of the
    conversation is to be erased; it is never stored.
    """

    locale: str = "en"
    asked: int = 0
    unclear: int = 0
    plans: tuple[Plan, ...] = (Plan(),)
    open: int = 0
    shown: tuple[str, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    forgotten: bool = False

    @property
    def plan(self) -> Plan:
        """The plan talked about."""
        return self.plans[self.open]

    def reminder(self, name: str) -> Reminder | None:
        """The reminder of a name, if it is wanted."""
        return next((reminder for reminder in self.reminders if reminder.name == name), None)

    def with_plan(self, plan: Plan) -> Session:
        """This session with the open plan replaced, and nothing asked anew."""
        plans = (*self.plans[: self.open], plan, *self.plans[self.open + 1 :])
        return Session(
            self.locale,
            self.asked,
            self.unclear,
            plans,
            self.open,
            self.shown,
            self.reminders,
            self.settings,
        )

    def moved(self, plan: Plan) -> Session:
        """This session with the open plan moved on: clearly understood, and one question more asked."""
        plans = (*self.plans[: self.open], plan, *self.plans[self.open + 1 :])
        return Session(self.locale, self.asked + 1, 0, plans, self.open, (), self.reminders, self.settings)

    def with_settings(self, **settings: str) -> Session:
        """This session with settings added or replaced; an empty text removes one."""
        kept = {**self.settings, **settings}
        return replace(self, settings={name: text for name, text in kept.items() if text})


def answer_out(answer: Answer) -> object:
    """An answer as what JSON writes: several options as a list, an interview as an object."""
    if isinstance(answer, Interview):
        label, date = answer.label, answer.date
        return {"label": label, "date": date} if date else {"label": label}
    return answer


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=answer_out).encode


def dumps(session: Session, flow: Flow) -> str:
    """A session as JSON, a line of it."""
    out: dict[str, object] = {
        "version": VERSION,
        "dialog": flow.dialog,
        "flow": flow.version,
        "locale": session.locale,
        "asked": session.asked,
        "unclear": session.unclear,
        "open": session.open,
        "shown": session.shown,
        "plans": [_plan_out(plan) for plan in session.plans],
    }
    if session.reminders:
        out["reminders"] = [(reminder.name, reminder.at) for reminder in session.reminders]
    if session.settings:
        out["settings"] = session.settings
    return _encode(out)


def loads(text: str, flow: Flow) -> Session:
    """A session from its JSON.

    One of an older version of the flow goes on in this one: what was renamed since is called by its
    new name, and what is no answer any more is asked again, or not at all. Raises `SessionError` where
    the text is truncated, of an unknown version, or holds what the flow of its version doesn't know;
    nothing of it is used then.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SessionError(f"it is not whole JSON ({error})") from None
    if not isinstance(data, dict):
        raise SessionError("it is not a conversation (no JSON object)")
    try:
        if data.get("version") != VERSION:
            raise SessionError(f"its version is {data.get('version')!r}, and this program reads {VERSION}")
        if data.get("dialog") != flow.dialog:
            raise SessionError(f"it is of dialog {data.get('dialog')!r}")
        since = _version(data.get("flow"), flow)
        older = Upgrade(flow, since) if since < flow.version else None
        plans = [_older_in(plan, flow, older) if older else _plan_in(plan, flow) for plan in data["plans"]]
        session = Session(
            _text(data["locale"]),
            _count(data["asked"]),
            _count(data["unclear"]),
            tuple(plans),
            _count(data["open"]),
            tuple(map(_text, data.get("shown", ()))),
            _reminders_in(data.get("reminders", [])),
            _named_in(data.get("settings", {})),
        )
        session.plan  # noqa: B018 - an open plan that isn't there is a fault, too
    except SessionError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise SessionError(f"it doesn't hold together ({error})") from None
    return session


def _version(value: object, flow: Flow) -> int:
    """The version of the flow that a conversation was stored with."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SessionError(f"the version of its dialog is {value!r}")
    if value > flow.version:
        raise NewerError(
            f"its dialog is of the newer version {value}, and this program has {flow.version}; update it"
        )
    return value


def _answers_in(values: Mapping[str, object], flow: Flow) -> dict[str, Answer]:
    return {question: _answer_in(flow.by_id[question], value) for question, value in values.items()}


def _answer_in(question: Question, value: object) -> Answer:
    if value is None and question.skip:
        return None
    answer = question.read(value)
    label = answer.label if isinstance(answer, Interview) else ""
    if not label.isprintable() and _UNSHOWN & set(map(category, label)):
        raise AnswerError(f"{question.id}: its label can't be shown")
    return answer


def _plan_out(plan: Plan) -> dict[str, object]:
    out: dict[str, object] = {
        "answers": plan.answers,
        "history": [act if isinstance(act, str) else _change_out(act) for act in plan.history],
    }
    if plan.noted:
        out["noted"] = plan.noted
    if plan.detour:
        detour = plan.detour
        about = [detour.about] if detour.about else []
        out["detour"] = [detour.state, detour.question, detour.answer, *about]
    if plan.details:
        out["details"] = plan.details
    return out


def _change_out(act: Change) -> tuple[object, ...]:
    return (act.before, act.new, act.details) if act.details else (act.before, act.new)


def _act_in(data: Any, flow: Flow) -> Act:
    if isinstance(data, str):
        return flow.by_id[data].id
    before, new, *details = data
    return Change(
        _answers_in(before, flow),
        tuple([flow.by_id[question].id for question in new]),
        _named_in(*details) if details else {},
    )


def _plan_in(data: Mapping[str, Any], flow: Flow) -> Plan:
    # A dialog that has changed since may no longer ask some of them: those drop out, as after an edit.
    answers = flow.applied(_answers_in(data["answers"], flow))
    history = tuple([_act_in(act, flow) for act in data["history"]])
    detour = data.get("detour")
    noted = tuple(map(_text, data.get("noted", ())))
    return Plan(
        answers,
        history,
        None if detour is None else _detour_in(detour, answers, flow),
        noted,
        _named_in(data.get("details", {})),
    )


def _older_in(data: Mapping[str, Any], flow: Flow, older: Upgrade) -> Plan:
    """A plan of an older version of the flow; a detour that leads nowhere any more ends."""
    plan = _plan_in(older.plan(data), flow).tidied()
    try:
        detour = older.detour(data["detour"]) if data.get("detour") is not None else None
        return plan if detour is None else replace(plan, detour=_detour_in(detour, plan.answers, flow))
    except AnswerError:
        return plan


def _detour_in(data: Any, answers: Answers, flow: Flow) -> Detour:
    state, question, value, *more = data
    about_what = _text(*more) if more else ""
    answer = None if value is None else _answer_in(flow.by_id[question], value)
    about = (question in answers, value is not None)
    match _text(state).removeprefix(f"{flow.dialog}/"):
        case name if name in (*flow.resting, *flow.rooms, rulebook.CHANGE, rulebook.SUPPOSE):
            whole = question == "" and about == (False, False)
        case rulebook.ASKED_SUPPOSED:
            whole = about == (True, False) and question != flow.outcome.id
        case rulebook.SUPPOSED:
            whole = about == (True, True) and question != flow.outcome.id
        case name:
            whole = about == (True, False) and flow.by_id[question].state == name
    if not whole or not state.startswith(f"{flow.dialog}/"):
        raise AnswerError(f"{state!r} is no state to stand in with {question!r}")
    return Detour(state, question, answer, about_what)


def _reminders_in(data: Any) -> tuple[Reminder, ...]:
    if not isinstance(data, list) or len(data) > REMINDERS_MOST:
        raise TypeError(f"its reminders should be a list of at most {REMINDERS_MOST}")
    return tuple([Reminder(_name(name), _moment(at)) for name, at in data])


def _named_in(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or len(data) > NAMED_MOST:
        raise TypeError(f"what is kept by name should be an object of at most {NAMED_MOST}")
    return {_name(name): _text(text) for name, text in data.items()}


def _name(value: object) -> str:
    name = _text(value)
    if not _NAME.fullmatch(name):
        raise TypeError(f"{name!r} should be a name")
    return name


def _moment(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= sys.float_info.max:
        raise TypeError(f"{value!r} should be a time in seconds")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} should be text")
    value.encode()  # half a surrogate pair could be read, but never shown or saved
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= COUNT_MOST:
        raise TypeError(f"{value!r} should be a count")
    return value
