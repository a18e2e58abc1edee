"""Reminders round an interview: the day before and the day after, at hours when people are up.

They aren't kept but made anew after every turn, from what is kept of the interviews and where the person is:
so they move when a date or a zone does, and end when what they were for ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dialogs.details import is_away, is_debriefed
from dialogs.flow import Flow, Interview
from dialogs.session import Plan, Reminder, Session
from dialogs.settings import ZONE, quiet_hours
from dialogs.when import local, zone_of

BEFORE, AFTER = "before", "after"
"""What the reminders of an interview are called, before a dot and the interview's number from 0 on."""

TIME = "time"
"""The detail that holds an interview's time, ``HH:MM`` on its own clock."""

REMIND = "remind"
"""The detail that says that reminders are wanted: `WANTED`."""

WANTED = "yes"

CAME = "reminded_"
"""What begins the details that hold the day (ISO 8601) a reminder came for, so that none comes twice."""

DECLINING = "declining"
"""The decision after which there is nothing to be reminded of."""

HOURS: Mapping[str, time] = {BEFORE: time(18), AFTER: time(10)}
"""When reminders come, on the clock of where the person is."""

EARLIEST = time(9)
"""When an interview begins at the earliest whose time nobody gave."""

_BEFORE_QUIET = timedelta(minutes=30)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def of(at: int) -> tuple[str, str]:
    """What the reminders of an interview are called; takes its number from 0 on."""
    return f"{BEFORE}.{at}", f"{AFTER}.{at}"


def interview_of(flow: Flow, plan: Plan) -> Interview | None:
    """What an interview is called, and its day."""
    found = plan.answers.get(flow.questions[0].id)
    return found if isinstance(found, Interview) else None


def day_of(flow: Flow, plan: Plan) -> date | None:
    """The day of an interview, if it is known."""
    found = interview_of(flow, plan)
    return date.fromisoformat(found.date) if found and found.date else None


def time_of(plan: Plan) -> str:
    """The time of an interview as ``HH:MM``, "" where it isn't known."""
    kept = plan.details.get(TIME, "")
    return kept if _TIME.fullmatch(kept) else ""


def begins(flow: Flow, plan: Plan, zone: tzinfo) -> float | None:
    """When an interview begins (seconds since the epoch), at the earliest; None without a day."""
    day, at = day_of(flow, plan), time_of(plan)
    return _moment(day, time.fromisoformat(at) if at else EARLIEST, zone) if day else None


def quiet_of(session: Session) -> tuple[time, time]:
    """When nothing is sent to a person: from when to when, local time."""
    begins, ends = quiet_hours(session)
    return time.fromisoformat(begins), time.fromisoformat(ends)


def is_quiet(session: Session, at: float) -> bool:
    """Whether nothing is sent to a person at a moment (seconds since the epoch)."""
    start, end = quiet_of(session)
    clock = local(at, session.settings.get(ZONE, "")).time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def civil(session: Session, at: float, latest: float | None = None) -> float | None:
    """The moment for a reminder that was to come at another: not in quiet hours.

    It moves to their end, or to before they begin where that is too late: after `latest`. Returns None
    where neither will do. Moments are in seconds since the epoch.
    """
    if not is_quiet(session, at):
        return at
    start, end = quiet_of(session)
    zone = zone_of(session.settings.get(ZONE, "")) or UTC
    here = datetime.fromtimestamp(at, zone)
    morning = _moment(here.date() + timedelta(days=here.time() >= end), end, zone)
    if latest is None or morning < latest:
        return morning
    evening = datetime.combine(here.date() - timedelta(days=here.time() < start), start) - _BEFORE_QUIET
    moment = _moment(evening.date(), evening.time(), zone)
    return None if is_quiet(session, moment) else moment


def ideal(flow: Flow, session: Session, at: int) -> dict[str, float]:
    """When the reminders of an interview would come, by name; those that aren't wanted are left out.

    Takes its number from 0 on.
    """
    plan, zone = session.plans[at], zone_of(session.settings.get(ZONE, ""))
    day = day_of(flow, plan)
    declined = plan.answers.get(flow.outcome.id) == DECLINING
    over = declined or is_away(plan) or is_debriefed(plan)
    if not day or not zone or over or plan.details.get(REMIND) != WANTED:
        return {}
    found: dict[str, float] = {}
    for kind, days in ((BEFORE, -1), (AFTER, 1)):
        if plan.details.get(f"{CAME}{kind}") == day.isoformat():
            continue
        try:
            wanted = _moment(day + timedelta(days=days), HOURS[kind], zone)
            moment = civil(session, wanted, begins(flow, plan, zone) if kind == BEFORE else None)
        except (OverflowError, ValueError):
            # At the ends of the calendar there is nobody to remind.
            continue
        if moment is not None and moment >= 0:
            found[f"{kind}.{at}"] = moment
    return found


def kept(flow: Flow, session: Session, now: float) -> Session:
    """A session with the reminders that its interviews want.

    One whose time has come is left for whoever sends it; one that would have had to come before it was
    asked for doesn't come; and one that moved into the past comes at the next civil moment.
    """
    wanted = {
        name: moment
        for at, plan in enumerate(session.plans)
        if REMIND in plan.details
        for name, moment in ideal(flow, session, at).items()
    }
    names = (BEFORE, AFTER)
    others = [each for each in session.reminders if each.name.partition(".")[0] not in names]
    made = []
    for name, moment in wanted.items():
        old = session.reminder(name)
        if moment <= now:
            if old is None:
                continue
            moment = old.at if old.at <= now else civil(session, now) or now
        made.append(Reminder(name, moment))
    reminders = (*others, *made)
    return session if reminders == session.reminders else replace(session, reminders=reminders)


def came(flow: Flow, session: Session, name: str) -> Session:
    """A session in which a reminder has come, and won't again for that day."""
    kind, _, number = name.partition(".")
    plans, at = list(session.plans), int(number)
    day = day_of(flow, plans[at])
    plans[at] = plans[at].detailed(**{f"{CAME}{kind}": day.isoformat() if day else ""})
    return replace(session, plans=tuple(plans))


def unwanted(session: Session, only: int | None = None) -> Session:
    """A session in which no reminders of interviews are wanted, or none of one interview."""
    plans = tuple(
        plan.detailed(**{REMIND: ""}) if REMIND in plan.details and only in (None, at) else plan
        for at, plan in enumerate(session.plans)
    )
    return session if plans == session.plans else replace(session, plans=plans)


def _moment(day: date, at: time, zone: tzinfo) -> float:
    """A time of a day on a clock somewhere, in seconds since the epoch."""
    return datetime.combine(day, at, zone).timestamp()
