"""Dates and times as people type them: "next Tuesday at 10", "3 December", "in two weeks", "3/12".

What can be one day only is read; what can be two is never guessed at: both come back, to be asked about.
A word such as "tomorrow" means another day elsewhere, so without a zone it may be two days, too.

Rules of reading. A weekday is the next one, and on that day itself it may be today; "next Tuesday" is that
of next week, where weeks may begin on Sunday or on Monday. A day without a year is the next such day. "10"
is 10:00 and "2" is 14:00, since nobody interviews at night; "02:00" is what it says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

PAST_MOST = 366
"""Days back that a date needn't be asked about: an interview may be talked over when it's been."""

RECENT = 30
"""Days within which a day without a year may be the one that has just been."""

FAR_LEAST = 2 * 366
"""Days ahead from which on a date is asked about."""

READ_MOST = 1000
"""Characters of a text that are looked through for a date."""

Doubt = Literal["", "which", "past", "far", "leap", "never"]
"""What has to be asked: which of several days, whether one that is past, far or a leap year off is meant,
or, where there is no such day, for another one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A date found in a text.

    `days` are those it can be (ISO 8601), soonest first, one where nothing is in doubt and none where
    there is no such day; `time` is 24-hour ``HH:MM``, "" where none was given; `said` is what was read,
    and `rest` the text without it.
    """

    days: tuple[str, ...]
    time: str
    doubt: Doubt
    said: str
    rest: str

    @property
    def day(self) -> str:
        """The day, where there is no doubt about it, or else ""."""
        return self.days[0] if not self.doubt else ""


def zone_of(name: str) -> tzinfo | None:
    """The time zone of a name such as ``Europe/Berlin``; None where there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):
        return None


def local(now: float, zone: str) -> datetime:
    """A moment (seconds since the epoch) as a clock in a zone shows it; UTC's where that is unknown."""
    known = zone_of(zone) or UTC
    return datetime.fromtimestamp(min(max(now, 0.0), _LAST), UTC).astimezone(known)


def read(text: str, now: float, zone: str = "", *, anywhere: bool = False) -> Reading | None:
    """The first date in a text, with the time beside it; None where there is none.

    Takes the text, the time (seconds since the epoch) and the zone of who wrote it, "" where that isn't
    known. A text that only names something may hold what looks like a date ("Ruby Tuesday", "24/7 Media"):
    unless the date is looked for `anywhere`, it has to be set off from the name.
    """
    text = _ISO_TIME.sub(r"\1 ", " ".join(text[:READ_MOST].split()))
    todays = _todays(now, zone)
    never: Reading | None = None
    for date_in in _found(text):
        begins, ends, time = date_in.start, date_in.end, ""
        if (after := _AFTER.match(text, ends)) and (time := _time(after)):
            ends = after.end()
        elif (before := _BEFORE.search(text, 0, begins)) and (time := _time(before)):
            begins = before.start()
        if lead := _LEAD.search(text, 0, begins):
            begins = lead.start()
        if not (anywhere or _set_off(text, begins, ends, date_in.firm or bool(time), lead is not None)):
            continue
        days = tuple(sorted({day for today in todays for day in date_in.days(today)}))
        rest = f"{text[:begins].rstrip(_EDGES)} {text[ends:].lstrip(_EDGES)}".strip(_EDGES)
        doubt = _doubt(days, todays, date_in.yearly)
        read = Reading(tuple(map(date.isoformat, days)), time, doubt, text[begins:ends].strip(_EDGES), rest)
        if doubt != "never":
            return read
        never = never or read
    return never


def time_in(text: str) -> str:
    """The time of day that a whole text is, as ``HH:MM``; "" where it is none."""
    found = _ALONE.fullmatch(text[:READ_MOST].strip(_EDGES))
    return _time(found, alone=True) if found else ""


def _todays(now: float, zone: str) -> list[date]:
    """Today, or the days that today may be where nobody said where they are."""
    if zone_of(zone):
        return [local(now, zone).date()]
    here = local(now, "")
    return sorted({(here + timedelta(hours=hours)).date() for hours in _OFFSETS})


def _doubt(days: tuple[date, ...], todays: list[date], yearly: bool) -> Doubt:
    if len(days) != 1:
        return "which" if days else "never"
    if (days[0] - todays[0]).days < -PAST_MOST:
        return "past"
    ahead = (days[0] - todays[-1]).days
    if yearly and ahead > PAST_MOST and (days[0].month, days[0].day) == (2, 29):
        return "leap"
    return "far" if ahead > FAR_LEAST else ""


def _set_off(text: str, begins: int, ends: int, firm: bool, led: bool) -> bool:
    """Whether what looks like a date stands apart from the name beside it."""
    before, after = text[:begins].rstrip(), text[ends:].lstrip()
    first, last = not before.strip(_EDGES), not after.strip(_EDGES)
    apart = led or first or before[-1] in _MARKS
    if firm:
        return last or (apart and (not first or after[0] in _MARKS))
    return apart and (last or after[0] in _MARKS)


# What dates look like. Each form has what makes days of it, given the day it is said on; no day at all
# where there is none such.

_LAST = 253_000_000_000.0  # in the year 9987: what comes after can still be told
_OFFSETS = (-11, 13)  # hours from UTC between which people live, but for a few islands
_MARKS = ",;:-–—()"
_EDGES = f" \t.{_MARKS}"

_COUNTS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?)"
)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_NTH = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_COUNT = rf"(?P<count>\d{{1,3}}|an?|{'|'.join(_COUNTS[1:])}|a\s+couple\s+of)"
_OPENING = rf"(?:(?P<weekday>{_WEEKDAY})\b\.?,?\s+)?(?:the\s+)?"
_WHICH = r"(?:(?P<which>next|this|the)\s+)?(?:coming\s+)?"

_HOUR = rf"(?P<hour>\d{{1,2}}|{'|'.join(_COUNTS[1:])})"
_TIME = (
    rf"(?:(?P<at>at|@|around|about|from)\s*)?(?:(?P<noon>noon|midday)\b"
    rf"|(?:(?P<past>half|(?:a\s+)?quarter)\s+(?P<side>past|to)\s+)?{_HOUR}(?:[:.h](?P<minute>[0-5]\d))?(?![\d:/])"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?|\s*(?P<clock>o['’]?clock)\b|(?!\w))"
    r"(?:\s?[-–]\s?(?P<until>\d{1,2})(?:[:.]\d{2})?(?:\s*(?P<ends>[ap])\.?m\b\.?)?(?!\w))?)"
    r"(?:\s+(?:in\s+the\s+)?(?P<part>morning|afternoon|evening)\b)?"
)
_FLAGS = re.IGNORECASE | re.ASCII
_AFTER = re.compile(rf"[,\s]*{_TIME}", _FLAGS)
_BEFORE = re.compile(rf"(?<![\w/:.]){_TIME}[,\s]+(?:on\s+)?\Z", _FLAGS)
_ALONE = re.compile(_TIME, _FLAGS)
_LEAD = re.compile(r"(?<!\w)(?:(?:it['’]?s|is|it is)\s+)?(?:on|for)\s+\Z", _FLAGS)
_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(?=\d)", re.ASCII)

_TIME_FORMAT = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _time(found: re.Match[str], *, alone: bool = False) -> str:
    """The time that was found, as ``HH:MM``; "" where a number alone is none."""
    if found["noon"]:
        return "12:00"
    said = found["hour"].casefold()
    hour = int(said) if said.isdecimal() else _COUNTS.index(said)
    # "10-11am": where it ends says which half of the day it begins in, too.
    half = found["half"] or (found["ends"] if found["ends"] and hour < int(found["until"]) else "")
    plain = alone or half or found["at"] or found["minute"] or found["clock"] or found["past"]
    if not plain or hour > 23 or ((half or found["past"]) and not 1 <= hour <= 12):
        return ""
    part = (found["part"] or "").casefold()
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    elif hour < 12 and part != "morning" and (part or (1 <= hour <= 6 and said[0] != "0")):
        hour += 12
    minutes = hour * 60 + int(found["minute"] or 0)
    if found["past"]:
        by = 30 if found["past"].casefold() == "half" else 15
        minutes += by if found["side"].casefold() == "past" else -by
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class _Found:
    """What looks like a date: where it stands, whether it can hardly be anything else, whether it is one
    of every year, and what makes days of it."""

    start: int
    end: int
    firm: bool
    yearly: bool
    days: Callable[[date], list[date]]


def _dated(found: re.Match[str], today: date) -> list[date]:
    """A day of a month, and of a year where it was given."""
    day, month = int(found["day"]), _MONTHS.index(found["month"][:3].casefold()) + 1
    days = _of_year(day, month, found["year"], today)
    if not found["weekday"]:
        return days
    # "Tuesday 3 December", which is a Thursday: one of the two is a slip.
    wanted = _WEEKDAYS.index(found["weekday"][:3].casefold())
    nearest = [day for each in days for day in _shifted(each, (wanted - each.weekday() + 3) % 7 - 3)]
    return sorted({*days, *nearest})


def _numbered(found: re.Match[str], today: date) -> list[date]:
    """Two numbers, of which nobody knows which is the month where both can be."""
    one, two, year = int(found["one"]), int(found["two"]), found["year"]
    return sorted({*_of_year(one, two, year, today), *_of_year(two, one, year, today)})


def _dotted(found: re.Match[str], today: date) -> list[date]:
    """Two numbers with dots, as they're written where the day comes first."""
    return _of_year(int(found["one"]), int(found["two"]), found["year"], today)


def _iso(found: re.Match[str], _today: date) -> list[date]:
    return _days(int(found["year"]), int(found["month"]), int(found["day"]))


def _of_month(found: re.Match[str], today: date) -> list[date]:
    """The 3rd, or Friday the 4th: the next one there is."""
    days = [day for ahead in range(60) for day in _in_month(today, ahead, int(found["day"])) if day >= today]
    if found["weekday"]:
        wanted = _WEEKDAYS.index(found["weekday"][:3].casefold())
        days = [day for day in days if day.weekday() == wanted]
    return days[:1]


def _weekday(found: re.Match[str], today: date) -> list[date]:
    wanted = _WEEKDAYS.index(found["weekday"][:3].casefold())
    which = (found["which"] or "").casefold()
    if found["week"] or which == "next":
        # That of next week: where a week begins on Sunday, that may be another one.
        monday = _shifted(today, wanted - today.weekday() + 7)
        sunday = _shifted(today, (wanted + 1) % 7 - (today.weekday() + 1) % 7 + 7)
        return [*monday, *sunday]
    if wanted != today.weekday():
        return _next(today, wanted)
    return [today] if which == "this" else [today, *_next(today, wanted)]


def _from_now(found: re.Match[str], today: date) -> list[date]:
    """A number of days, weeks or months from now, or from a day named."""
    said = found["count"].casefold()
    if said.isdecimal():
        count = int(said)
    else:
        count = _COUNTS.index(said) if said in _COUNTS else 2 if "couple" in said else 1
    if found["unit"][0] in "mM":
        # From the 31st on, a shorter month ends on its last day.
        tries = (_in_month(today, count, day) for day in range(today.day, 0, -1))
        return next((days for days in tries if days), [])
    since = (found["since"] or "").casefold()
    start = [today]
    if since == "tomorrow":
        start = _shifted(today, 1)
    elif since not in ("", "now", "today"):
        start = _next(today, _WEEKDAYS.index(since[:3]))
    return [day for each in start for day in _shifted(each, count * (7 if found["unit"][0] in "wW" else 1))]


def _word(found: re.Match[str], today: date) -> list[date]:
    word = found["word"].casefold()
    by = 2 if "after" in word else 1 if word[:2] in ("to", "tm") and word[2:] not in ("day", "night") else 0
    return _shifted(today, -1 if word == "yesterday" else by)


def _of_year(day: int, month: int, year: str | None, today: date) -> list[date]:
    """A day of a month: of its year, or the next one there is, beside one that has just been."""
    if year:
        return _days(int(year) + (2000 if len(year) == 2 else 0), month, day)
    found = [each for ahead in range(-1, 9) for each in _days(today.year + ahead, month, day)]
    recent = [each for each in found if 0 < (today - each).days <= RECENT]
    return [*recent, *[each for each in found if each >= today][:1]]


def _days(year: int, month: int, day: int) -> list[date]:
    """A day, or none where there is no such day."""
    try:
        return [date(year, month, day)]
    except ValueError:
        return []


def _in_month(today: date, ahead: int, day: int) -> list[date]:
    year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
    return _days(year, month + 1, day)


def _next(today: date, weekday: int) -> list[date]:
    """The next day that is a weekday (0 is Monday), never today."""
    return _shifted(today, (weekday - today.weekday() - 1) % 7 + 1)


def _shifted(day: date, by: int) -> list[date]:
    try:
        return [day + timedelta(days=by)]
    except OverflowError:
        return []


_Days = Callable[[re.Match[str], date], list[date]]

_FORMS: tuple[tuple[re.Pattern[str], bool, _Days], ...] = tuple(
    (re.compile(rf"(?<![\w/.-]){pattern}(?![\w/])(?!['’]\w)", _FLAGS), firm, days)
    for pattern, firm, days in (
        (r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", True, _iso),
        (rf"{_OPENING}{_NTH}(?:\s+of)?\s+{_MONTH}(?:,?\s+(?P<year>\d{{4}})\b)?", True, _dated),
        (rf"{_OPENING}{_MONTH}\s+(?:the\s+)?{_NTH}\b(?![:.]\d)(?:,?\s+(?P<year>\d{{4}})\b)?", True, _dated),
        (r"(?P<one>\d{1,2})/(?P<two>\d{1,2})/(?P<year>\d{4}|\d{2})", True, _numbered),
        (r"(?!24/7)(?P<one>\d{1,2})/(?P<two>\d{1,2})(?P<year>)", False, _numbered),
        (r"(?P<one>\d{1,2})-(?P<two>\d{1,2})-(?P<year>\d{4})", True, _numbered),
        (r"(?P<one>\d{1,2})\.\s?(?P<two>\d{1,2})\.(?:\s?(?P<year>\d{4}|\d{2}))?", True, _dotted),
        (
            rf"{_COUNT}\s+(?P<unit>days?|weeks?)\s+(?:from|after|on)\s+(?P<since>now|today|tomorrow|{_WEEKDAY})\b",
            True,
            _from_now,
        ),
        (rf"(?P<count>)(?P<since>today|tomorrow|{_WEEKDAY})\s+(?P<unit>week)\b", True, _from_now),
        (rf"in\s+{_COUNT}\s+(?P<unit>days?|weeks?|months?)\b(?P<since>)", True, _from_now),
        (rf"{_WHICH}(?P<weekday>{_WEEKDAY})\b\.?,?\s+(?:of\s+)?(?P<week>next\s+week)\b", True, _weekday),
        (rf"(?P<week>next\s+week,?\s+)(?:on\s+)?{_WHICH}(?P<weekday>{_WEEKDAY})\b\.?", True, _weekday),
        (rf"(?P<week>){_WHICH}(?P<weekday>{_WEEKDAY})\b\.?", False, _weekday),
        (
            r"(?P<word>(?:the\s+)?day\s+after\s+tomorrow|today|tonight|tomorrow|tomorow|tmrw|yesterday)\b",
            True,
            _word,
        ),
        (rf"(?:(?P<weekday>{_WEEKDAY})\b\.?,?\s+)the\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)\b", True, _of_month),
        (r"(?P<weekday>)the\s+(?P<day>\d{1,2})(?:st|nd|rd|th)\b", False, _of_month),
    )
)
"""Each form of a date: its pattern, whether it can hardly be anything else, and what makes days of it."""


def _found(text: str) -> Iterator[_Found]:
    """All that looks like a date, in the order of the text, the longest of those that overlap."""
    found = [(match, firm, days) for form, firm, days in _FORMS for match in form.finditer(text)]
    end = 0
    for match, firm, days in sorted(found, key=lambda each: (each[0].start(), -each[0].end())):
        if match.start() >= end:
            end = match.end()
            named = match.groupdict()
            sure = firm or (named.get("which") or "").casefold() in ("next", "this")
            yearly = "year" in named and not named["year"]
            yield _Found(match.start(), end, sure, yearly, lambda today, of=days, by=match: of(by, today))  # type: ignore[misc]
