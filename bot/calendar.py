"""An interview as a calendar file, which every calendar takes (RFC 5545)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Alarm, Calendar, Event, Timezone, vText

from bot.attachments import AttachmentError

USUAL = timedelta(hours=1)
"""How long an interview is taken to be where nobody knows."""

ALARM_MOST = 60 * 24 * 28
"""Minutes before it begins that an alarm may go off: four weeks."""

_ZONED = range(2, 9_990)
"""The years in which a time zone can be told: its rules are written down from the year before to the one
after."""


def calendar(described: Mapping[str, Any]) -> bytes:
    """A calendar file with one event.

    Takes ``uid``, ``stamp`` (when it was made), ``title``, ``start`` and whether it is ``all_day``;
    also ``end``, ``zone`` (a name of the IANA's; without one the times are those of wherever the
    person is), ``description`` and ``alarm_minutes`` (before the start). Times are ISO 8601, without
    an offset where there is a zone; the stamp has one, or is in UTC. The same always gives the same
    bytes. Raises `AttachmentError` where one of them is missing or isn't what it should be.
    """
    event = Event()
    event.add("uid", _text(described, "uid"))
    stamp = _moment(described, "stamp")
    event.add("dtstamp", (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC))
    event.add("summary", _text(described, "title"))
    zones = _all_day(described, event) if described.get("all_day") else _timed(described, event)
    if described.get("description"):
        event.add("description", _text(described, "description", lines=True))
    if described.get("alarm_minutes") is not None:
        event.add_component(_alarm(described))
    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", "-//whatif//whatif//EN")
    for zone in zones:
        file.add_component(zone)
    file.add_component(event)
    return bytes(file.to_ical())


def _all_day(described: Mapping[str, Any], event: Event) -> list[Timezone]:
    """Puts the days of an event into it; they need no zone."""
    start = _moment(described, "start").date()
    event.add("dtstart", start)
    if "end" in described and (end := _moment(described, "end").date()) > start:
        event.add("dtend", end)
    return []


def _timed(described: Mapping[str, Any], event: Event) -> list[Timezone]:
    """Puts the times of an event into it; returns the zones they are in."""
    begins = _moment(described, "start")
    zone = _zone(described) if begins.tzinfo is None and begins.year in _ZONED else None
    begins = begins.replace(tzinfo=zone) if zone else begins
    event.add("dtstart", _in_utc(begins))
    if "end" in described:
        ends = _moment(described, "end")
        ends = ends.replace(tzinfo=zone) if zone else ends
        if (ends.tzinfo is None) != (begins.tzinfo is None) or ends <= begins:
            raise AttachmentError("it ends before it begins")
        event.add("dtend", _in_utc(ends))
    else:
        event.add("duration", USUAL)
    if not zone:
        return []
    first, last = date(begins.year - 1, 1, 1), date(begins.year + 1, 12, 31)
    return [Timezone.from_tzinfo(zone, zone.key, first, last)]


def clean(text: str, *, lines: bool = False) -> str:
    """A text as a calendar can hold it: one line, or `lines`, and no sign that only machines read."""
    kept = "".join(
        char if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co") else " "
        for char in text.replace("\r\n", "\n").replace("\r", "\n")
    )
    return kept.strip() if lines else " ".join(kept.split())


class _Typed(vText):
    """A text that is kept as it was typed: the library's own makes a line break of ``\\N``."""

    def to_ical(self) -> bytes:
        text = str(self).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
        return text.encode()


def _text(described: Mapping[str, Any], name: str, *, lines: bool = False) -> _Typed:
    value = described.get(name)
    if not isinstance(value, str) or not (text := clean(value, lines=lines)):
        raise AttachmentError(f"an event in a calendar needs a text as its {name}")
    return _Typed(text)


def _moment(described: Mapping[str, Any], name: str) -> datetime:
    try:
        return datetime.fromisoformat(described[name])
    except (KeyError, TypeError, ValueError):
        raise AttachmentError(f"the {name} of an event is a date or a time in ISO 8601") from None


def _in_utc(moment: datetime) -> datetime:
    """A time that says how far from UTC it is, in UTC: calendars know zones and UTC, and nothing else."""
    return moment.astimezone(UTC) if moment.tzinfo and not isinstance(moment.tzinfo, ZoneInfo) else moment


def _zone(described: Mapping[str, Any]) -> ZoneInfo | None:
    if not described.get("zone"):
        return None
    try:
        return ZoneInfo(described["zone"])
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise AttachmentError("there is no such time zone") from None


def _alarm(described: Mapping[str, Any]) -> Alarm:
    minutes = described["alarm_minutes"]
    if not isinstance(minutes, int) or not 0 <= minutes <= ALARM_MOST:
        raise AttachmentError(f"an alarm goes off 0 to {ALARM_MOST} minutes before")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _text(described, "title"))
    alarm.add("trigger", timedelta(minutes=-minutes))
    return alarm
