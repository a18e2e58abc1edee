"""Date and reminders: when the open interview is, where the person is, and what may be sent about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from dialogs import reminders, when
from dialogs.events import Attachment, Choice, Message, Said
from dialogs.flow import Interview, Question
from dialogs.places import city_of, places, zones_in
from dialogs.reminders import AFTER, BEFORE, REMIND, TIME, WANTED
from dialogs.rooms.keeper import NOTHING, Keeper, label
from dialogs.session import Reminder, Session
from dialogs.settings import ZONE
from dialogs.understand import interview_in, options_in, vocabulary

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.render import View

UID = "uid"
"""The detail that holds what a calendar knows an interview by: the same file again changes the entry."""

ALARM = 60
"""Minutes before an interview at which a calendar rings."""

CALENDAR_FILE = "whatif-interview.ics"

CHECKLIST, DEBRIEF = "checklist", "debrief"
"""The rooms that the day before and the day after lead to, where there are such."""

LATE_LEAST = 6 * 3_600.0
"""Seconds from which on a reminder says that it is late."""

_FOR = ("remind", "calendar")
_ABOUT = re.compile(
    r"(?P<which>which)(?P<days>( \d{4}-\d{2}-\d{2}){2,4})(?: (?P<time>\d{2}:\d{2}))?"
    r"|(?P<sure>past|far|leap) (?P<day>\d{4}-\d{2}-\d{2})(?: (?P<at>\d{2}:\d{2}))?"
    r"|never (?P<said>.{1,60})"
    r"|(?P<pick>pick)"
    rf"|zone (?P<then>{'|'.join(_FOR)})(?: (?P<country>[a-z]{{2}}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class _About:
    """What the room stands open for.

    `kind` is "" for what is known so far, ``pick`` or ``never`` (there is no such day) where a date is
    asked for, ``which`` for which of several days, ``past``, ``far`` or ``leap`` for whether a day is meant,
    ``zone`` for where the person is, in order to do what `then` says.
    """

    kind: str = ""
    days: tuple[str, ...] = ()
    time: str = ""
    said: str = ""
    then: str = ""
    country: str = ""


def _about(text: str) -> _About:
    """What a room was stored to be about; what makes no sense is about nothing."""
    found = _ABOUT.fullmatch(text)
    days = tuple((found["days"] or found["day"] or "").split()) if found else ()
    if not found or not all(map(_is_day, days)):
        return _About()
    country = found["country"] or ""
    if country not in ("", *places().countries):
        return _About()
    kind = found["which"] or found["sure"] or found["pick"] or ("never" if found["said"] else "zone")
    at = found["time"] or found["at"] or ""
    return _About(kind, days, at, found["said"] or "", found["then"] or "", country)


class When(Keeper):
    """The date of the open interview, reminders round it, and its entry in a calendar."""

    room = "when"
    said = {
        "when": {
            "text": frozenset({"label", "day", "before", "after", "past"}),
            "ask": NOTHING,
            "which": NOTHING,
            "past": frozenset({"day"}),
            "far": frozenset({"day"}),
            "leap": frozenset({"day"}),
            "never": frozenset({"said"}),
            "zone": frozenset({"remind"}),
            "zones": NOTHING,
            "unread": NOTHING,
            "unknown": NOTHING,
            "noted": frozenset({"day"}),
            "removed": frozenset({"reminded"}),
            "on": frozenset({"before", "after"}),
            "over": NOTHING,
            "calendar": frozenset({"zone"}),
            "title": frozenset({"label"}),
            "reminders": NOTHING,
            "file": NOTHING,
            "pick": NOTHING,
            "remove": NOTHING,
            "right": NOTHING,
            "other": NOTHING,
        },
        "reminder": {
            "before": frozenset({"label", "time", "today", "late"}),
            "after": frozenset({"label", "late", "days"}),
        },
    }

    def picking(self, view: View) -> Literal["one", "many", "text", "date"]:
        """A day where one is asked for, one of what is offered otherwise."""
        return "date" if self._asks(view) else "one"

    def _asks(self, view: View) -> bool:
        """Whether a date is asked for."""
        kind = _about(view.about).kind
        return kind in ("pick", "never") or (not kind and not _day(view))

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """The days or zones to choose from, or what can be done about the date that is known."""
        about = _about(view.about)
        match about.kind:
            case "which":
                yield from ((day, view.day(day)) for day in about.days)
                yield label(view, self.room, "other")
            case "past" | "far" | "leap":
                yield label(view, self.room, "right")
                yield label(view, self.room, "other")
            case "zone":
                yield from ((_option(zone), city_of(zone)) for zone in _zones(about))
            case "" if _day(view):
                if any(_wanted(view)):
                    yield label(view, "", "remind_off")
                else:
                    yield label(view, self.room, "reminders")
                for option in ("file", "pick", "remove"):
                    yield label(view, self.room, option)

    def show(self, view: View) -> list[Message]:
        """What is asked, or what is known of the date."""
        about = _about(view.about)
        variables: Mapping[str, object] = {}
        match about.kind:
            case "which":
                block = "which"
            case "past" | "far" | "leap" as block:
                variables = {"day": view.day(about.days[0])}
            case "never":
                block, variables = "never", {"said": about.said}
            case "zone":
                block = "zones" if about.country else "zone"
                variables = {} if about.country else {"remind": about.then == "remind"}
            case "" if day := _day(view):
                block = "text"
                before, after = _wanted(view)
                variables = {
                    "label": _name(view, view.session.open),
                    "day": view.day(day, reminders.time_of(view.session.plan)),
                    "before": before,
                    "after": after,
                    "past": date.fromisoformat(day) < view.today(),
                }
            case _:
                block = "ask"
        return [view.offer(self.room, view.words.block(self.room, block, variables))]

    def choose(self, turn: Turn, option: str) -> bool:
        """Takes a day, a zone, or what is to be done."""
        view = turn.view
        about = _about(view.about)
        if _is_day(option) and (self._asks(view) or option in about.days):
            _set(turn, option, about.time)
        elif option not in [offered for offered, _ in self.offered(view)]:
            return False
        elif about.kind == "zone":
            _settle_in(turn, next(zone for zone in _zones(about) if _option(zone) == option), about.then)
        elif option == "right":
            _set(turn, about.days[0], about.time)
        elif option in ("other", "pick"):
            turn.enter(self.room, "pick")
        elif option == "remove":
            _remove(turn)
        elif option == "reminders":
            _with_zone(turn, "remind")
        elif option == "file":
            _with_zone(turn, "calendar")
        else:
            return False
        return True

    def hear(self, turn: Turn, text: str) -> bool:
        """Takes a date, a time or a place."""
        view = turn.view
        about = _about(view.about)
        if about.kind == "zone":
            _hear_place(turn, text, about.then)
        elif reading := when.read(text, turn.now, view.zone, anywhere=True):
            if reading.day:
                _set(turn, reading.day, reading.time)
            else:
                turn.enter(self.room, _doubtful(reading))
        elif (day := _day(view)) and not about.kind and (time := when.time_in(text)):
            _set(turn, day, time)
        elif about.kind and not turn.is_decided() and _answers(turn, text):
            # Asked about the date on the way, somebody goes on with the walk instead: the date can wait.
            turn.leave()
            turn.take(Said(text))
        else:
            turn.understood()
            turn.messages.append(view.note(self.room, "unread"))
        return True


# What is done.


def named(turn: Turn, question: Question, text: str) -> bool:
    """Takes an interview that somebody named, with the date they wrote beside the name; False for no name.

    A date that may be another one is asked about at once.
    """
    found = interview_in(text, turn.now, turn.view.zone)
    if not found:
        return False
    interview, reading = found
    turn.session = turn.session.with_plan(
        turn.session.plan.detailed(**{TIME: reading.time if reading else ""})
    )
    turn.answer(question, interview)
    if not (reading and reading.doubt and turn.enter("when", _doubtful(reading))):
        turn.ask()
    return True


def due(turn: Turn, name: str, late: float) -> None:
    """Says what an interview's reminder has to say; nothing where it would be of no use any more.

    Takes its name, and by how many seconds it is late.
    """
    kind, _, number = name.partition(".")
    flow, session = turn.dialog.flow, turn.session
    at = int(number) if number else len(session.plans)
    if kind not in (BEFORE, AFTER) or at >= len(session.plans):
        return
    plan, zone = session.plans[at], when.zone_of(turn.view.zone)
    day = reminders.day_of(flow, plan)
    start = reminders.begins(flow, plan, zone) if zone else None
    turn.session = reminders.came(flow, session, name)
    if not day or not start or turn.view.resting or (kind == BEFORE and turn.now >= start):
        return
    moment = reminders.civil(session, turn.now, start if kind == BEFORE else None)
    if moment is None or moment < turn.now:
        return
    if moment > turn.now:
        turn.session = session
        turn.remind(Reminder(name, moment))
        return
    turn.understood()
    days, called = (turn.view.today() - day).days, _name(turn.view, at)
    if kind == BEFORE:
        told = {"time": reminders.time_of(plan), "today": days == 0, "late": late > LATE_LEAST}
    else:
        told = {"late": days > 1, "days": days - 1}
    room = {BEFORE: CHECKLIST, AFTER: DEBRIEF}[kind]
    if turn.view.picking == "text":
        # What is being written is about something else, and goes where it was to go.
        turn.messages.append(turn.view.note("reminder", kind, label=called, **told))
    elif room in flow.rooms:
        turn.say("reminder", kind, label=called, **told)
        turn.talk_about(replace(turn.session, open=at))
        if not turn.enter(room):
            turn.ask()
    elif kind == BEFORE:
        turn.say("reminder", kind, label=called, **told)
        turn.messages.append(turn.view.note(CHECKLIST))
    else:
        turn.messages.append(turn.view.note("reminder", kind, label=called, **told))
    _offer_an_end(turn)


def _offer_an_end(turn: Turn) -> None:
    """Gives the last message a button that ends all reminders, unless it has one."""
    last, view = turn.messages[-1], turn.view
    token = view.token("remind_off")
    if token not in [choice.token for choice in (*last.choices, *last.controls)]:
        off = Choice(token, view.words.label("", "remind_off"))
        turn.messages[-1] = replace(last, controls=(off, *last.controls))


def _set(turn: Turn, day: str, time: str) -> None:
    """Notes the date of the open interview, and the time where one was given."""
    flow, plan = turn.dialog.flow, turn.session.plan
    asked = flow.questions[0].id
    old = plan.answers.get(asked)
    name = old.label if isinstance(old, Interview) else ""
    if not name or _is_day(name) or _only_a_date(turn, name):
        name = day
    time = time or reminders.time_of(plan)
    answers = flow.applied({**plan.answers, asked: Interview(name, day)})
    after = plan.changed(answers) if answers != plan.answers else plan
    _go_on(
        turn, turn.session.with_plan(after.detailed(**{TIME: time})), "noted", day=turn.view.day(day, time)
    )


def _remove(turn: Turn) -> None:
    """Takes the date away, with the reminders that hang on it."""
    flow, plan = turn.dialog.flow, turn.session.plan
    asked = flow.questions[0].id
    old = plan.answers.get(asked)
    if not isinstance(old, Interview):
        return
    answers = {**plan.answers, asked: None if _is_day(old.label) else Interview(old.label)}
    after = plan.changed(answers).detailed(**{TIME: "", REMIND: ""})
    _go_on(turn, turn.session.with_plan(after), "removed", reminded=REMIND in plan.details)


def _go_on(turn: Turn, session: Session, block: str, **variables: object) -> None:
    """Says what was noted and goes on: with the walk where that is under way, or else here."""
    replaces = turn.session.asked
    decided = turn.is_decided()
    turn.talk_about(reminders.kept(turn.dialog.flow, session, turn.now))
    turn.messages.append(turn.view.tell("when", block, replaces=replaces, **variables))
    if not (decided and turn.enter("when")):
        turn.ask()


def _with_zone(turn: Turn, then: str) -> None:
    """Does what needs to know where the person is; asks first where nobody does."""
    plan = turn.session.plan
    needs = then == "remind" or bool(reminders.time_of(plan))
    if needs and not when.zone_of(turn.view.zone):
        turn.enter("when", f"zone {then}")
    elif then == "remind":
        _remind(turn)
    else:
        _put_in_calendar(turn)


def _settle_in(turn: Turn, zone: str, then: str) -> None:
    turn.session = turn.session.with_settings(**{ZONE: zone})
    _with_zone(turn, then)


def _hear_place(turn: Turn, text: str, then: str) -> None:
    zones = zones_in(text)
    if len(zones) == 1:
        _settle_in(turn, zones[0], then)
    elif country := next((code for code, found in places().countries.items() if found == zones), ""):
        turn.enter("when", f"zone {then} {country}")
    else:
        turn.understood()
        turn.messages.append(turn.view.note("when", "unknown"))


def _remind(turn: Turn) -> None:
    plan = turn.session.plan.detailed(**{REMIND: WANTED})
    flow = turn.dialog.flow
    session = turn.session.with_plan(plan)
    wanted = reminders.kept(flow, session, turn.now)
    moments = [wanted.reminder(f"{kind}.{session.open}") for kind in (BEFORE, AFTER)]
    before, after = (turn.view.moment(each.at) if each else "" for each in moments)
    if before or after:
        turn.session = wanted
        turn.say("when", "on", before=before, after=after)
    else:
        turn.say("when", "over")
    turn.enter("when")


def _put_in_calendar(turn: Turn) -> None:
    view, plan = turn.view, turn.session.plan
    day, time = _day(view), reminders.time_of(plan)
    uid = plan.details.get(UID, "")
    if not uid:
        seed = json.dumps([turn.now, turn.session.open, turn.session.asked, view.name_of(turn.session.open)])
        uid = f"{sha256(seed.encode()).hexdigest()[:24]}@whatif"
        turn.session = turn.session.with_plan(plan.detailed(**{UID: uid}))
    entry: dict[str, object] = {
        "uid": uid,
        "stamp": datetime.fromtimestamp(turn.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "title": str(view.words.block("when", "title", {"label": _name(view, turn.session.open)}).unescape()),
        "start": f"{day}T{time}" if time else day,
        "zone": view.zone,
        "all_day": not time,
    }
    if time:
        entry["alarm_minutes"] = ALARM
    message = view.tell("when", "calendar", zone=city_of(view.zone) if time else "")
    data = json.dumps(entry, ensure_ascii=False)
    turn.messages.append(replace(message, attachments=(Attachment("calendar", CALENDAR_FILE, data),)))
    turn.enter("when")


# What is known.


def _day(view: View) -> str:
    """The date of the open interview (ISO 8601), "" where it isn't known."""
    found = reminders.interview_of(view.dialog.flow, view.session.plan)
    return found.date or "" if found else ""


def _name(view: View, at: int) -> str:
    """What somebody calls one of their interviews, by its number from 0 on; "" for nothing but its date."""
    found = reminders.interview_of(view.dialog.flow, view.session.plans[at])
    called = view.name_of(at)
    return "" if found and found.date and called == view.day(found.date) else called


def _wanted(view: View) -> tuple[bool, bool]:
    """Whether the reminders of the open interview are yet to come: the day before's, and the day after's."""
    before, after = (view.session.reminder(f"{kind}.{view.session.open}") for kind in (BEFORE, AFTER))
    return before is not None, after is not None


def _zones(about: _About) -> tuple[str, ...]:
    known = places()
    return known.countries[about.country] if about.country else known.offered


def _option(zone: str) -> str:
    """A zone as the id of an option."""
    return zone.replace("/", ".").casefold()


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _only_a_date(turn: Turn, name: str) -> bool:
    """Whether somebody called an interview nothing but a date that couldn't be settled."""
    found = when.read(name, turn.now, turn.view.zone)
    return bool(found and not found.rest)


def _doubtful(reading: when.Reading) -> str:
    """What the room is about where a date has to be asked about."""
    match reading.doubt:
        case "never":
            return f"never {' '.join(reading.said.split())[:60]}"
        case "which":
            return " ".join(filter(None, ("which", *reading.days[:4], reading.time)))
        case doubt:
            return " ".join(filter(None, (doubt, *reading.days, reading.time)))


def _answers(turn: Turn, text: str) -> bool:
    """Whether a text plainly answers the question that the walk would go on with."""
    plan = replace(turn.session.plan, detour=None)
    flow = turn.dialog.flow
    asked = flow.by_state.get(turn.dialog.standing(plan).partition("/")[2])
    if asked is None:
        return False
    named_there = turn.view.labels[asked.id].options.items()
    words = vocabulary(turn.view.words.locale)
    return bool(options_in(text, list(named_there), words, several=asked.pick == "many", numbered=False))
