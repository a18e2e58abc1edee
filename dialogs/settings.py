"""What a person has set, by the names that `Session.settings` keeps it under, and how to read it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialogs.session import Session

COUNTRY = "country"
"""Where they are, as a code of two capitals (ISO 3166): ``IE``, or `ELSEWHERE`."""

ELSEWHERE = "ZZ"
"""The code that stands for any other country; ISO 3166 leaves it to whoever uses it."""

ZONE = "zone"
"""Their time zone, by its name in the IANA's database: ``Europe/Dublin``."""

QUIET = "quiet"
"""From when until when they want no reminders, on their own clock: ``21:00-08:00``."""

QUIET_USUAL = ("21:00", "08:00")
"""Quiet hours where nobody set others."""

KEEP_DAYS_SET = "keep_days"
"""For how many days of silence they want to be kept: ``30``."""

USEFUL = "useful"
"""That they were asked whether it was of use: at which asking."""

KEEP_DAYS = 90
"""Days of silence after which a conversation is erased, where the operator says nothing else."""

KEEP_OFFERED = (30, 60, 90)
"""Days that are offered, as far as the operator's own are not fewer."""

_HOUR = re.compile(r"(?:at |from |until |to )?(\d{1,2})(?:[:.](\d\d))? ?(am|pm|h)?", re.ASCII)


def kept_for(session: Session, most: int) -> int:
    """For how many days of silence somebody is kept: theirs, at most the operator's."""
    wanted = session.settings.get(KEEP_DAYS_SET, "")
    return min(int(wanted), most) if wanted in map(str, KEEP_OFFERED) else most


def keepable(most: int) -> Iterator[int]:
    """The days that can be chosen from, the operator's own last."""
    yield from (days for days in KEEP_OFFERED if days < most)
    yield most


def quiet_hours(session: Session) -> tuple[str, str]:
    """From when until when somebody wants no reminders (``21:00``, ``08:00``)."""
    begins, _, ends = session.settings.get(QUIET, "").partition("-")
    return (begins, ends) if is_hour(begins) and is_hour(ends) else QUIET_USUAL


def is_hour(text: str) -> bool:
    """Whether a text is an hour as it is kept."""
    return text != "" and hour_in(text) == text


def hour_in(text: str) -> str:
    """An hour as it is kept (``21:00``), from how people write one (``9 pm``, ``21``, ``9.30pm``), or ""."""
    found = _HOUR.fullmatch(text.strip().casefold().replace("p.m.", "pm").replace("a.m.", "am"))
    if not found:
        return ""
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return ""
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""
