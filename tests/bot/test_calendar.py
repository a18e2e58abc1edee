"""Calendar files, read back by the library that wrote them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest

from bot.attachments import AttachmentError
from bot.calendar import calendar

EVENT: dict[str, Any] = {
    "uid": "1@whatif",
    "stamp": "2026-11-22T10:00:00+01:00",
    "title": "The bank",
    "start": "2026-12-03T10:00:00",
    "zone": "Europe/Berlin",
    "all_day": False,
}


def read(**changes: object) -> Any:
    """The one event in a file."""
    event: Any
    (event,) = icalendar.Calendar.from_ical(calendar({**EVENT, **changes})).events
    return event


def without(*names: str, **changes: object) -> dict[str, Any]:
    return {name: value for name, value in {**EVENT, **changes}.items() if name not in names}


def test_an_interview_is_an_hour_in_its_zone() -> None:
    event = read()
    assert (event["uid"], event["summary"]) == ("1@whatif", "The bank")
    assert event["dtstamp"].dt == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert event.start.isoformat() == "2026-12-03T10:00:00+01:00"
    assert event.duration == timedelta(hours=1)
    assert not event.alarms.times


def test_the_same_gives_the_same_bytes() -> None:
    assert calendar(EVENT) == calendar(dict(reversed(EVENT.items())))


@pytest.mark.parametrize(
    ("start", "zone", "in_utc"),
    [
        ("1900-02-28T10:00", "America/New_York", "1900-02-28T15:00"),
        ("3026-07-01T10:00", "Europe/London", "3026-07-01T09:00"),
        ("3026-12-01T10:00", "Europe/London", "3026-12-01T10:00"),
        ("2028-02-29T23:59", "Pacific/Auckland", "2028-02-29T10:59"),
        ("2026-03-29T01:59", "Europe/Berlin", "2026-03-29T00:59"),
        ("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00"),
        ("2026-07-01T12:00", "Asia/Kolkata", "2026-07-01T06:30"),
        ("2026-07-01T12:00", "UTC", "2026-07-01T12:00"),
    ],
)
def test_a_time_is_that_time_there(start: str, zone: str, in_utc: str) -> None:
    event = read(start=start, zone=zone)
    assert event.start.replace(tzinfo=None) == datetime.fromisoformat(start)
    assert event.start.astimezone(UTC).replace(tzinfo=None) == datetime.fromisoformat(in_utc)


@pytest.mark.parametrize("year", [1900, 2026, 3026])
@pytest.mark.parametrize("month", [1, 7])
def test_the_zone_comes_along_for_calendars_that_know_none(year: int, month: int) -> None:
    file = icalendar.Calendar.from_ical(
        calendar({**EVENT, "start": f"{year}-{month:02}-15T10:00", "zone": "Europe/Berlin"})
    )
    (zone,) = file.timezones
    assert zone.tz_name == "Europe/Berlin"
    event: Any
    (event,) = file.events
    told = datetime(year, month, 15, 10, tzinfo=zone.to_tz(lookup_tzid=False))
    assert told.utcoffset() == event.start.utcoffset()


def test_an_end_may_lie_behind_a_change_of_the_clock() -> None:
    event = read(start="2026-03-29T01:30", end="2026-03-29T03:30")
    assert event.end.astimezone(UTC) - event.start.astimezone(UTC) == timedelta(hours=1)


def test_without_a_zone_it_is_the_time_where_the_person_is() -> None:
    for event in (read(zone=None), read(zone=""), read(start="9999-12-31T10:00")):
        assert event.start.tzinfo is None


def test_a_time_that_says_its_offset_is_told_in_utc() -> None:
    event = read(start="2026-12-03T10:00:00-05:00", end="2026-12-03T11:30:00-05:00", zone=None)
    assert event["dtstart"].dt == datetime(2026, 12, 3, 15, tzinfo=UTC)
    assert event["dtend"].dt == datetime(2026, 12, 3, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize("day", ["1900-01-01", "2028-02-29", "3026-12-31", "9999-12-31"])
def test_where_no_time_is_known_it_is_all_day(day: str) -> None:
    event = read(start=day, all_day=True)
    assert event["dtstart"].dt == date.fromisoformat(day)
    assert "dtend" not in event


def test_several_days() -> None:
    assert read(start="2026-12-03", end="2026-12-05", all_day=True)["dtend"].dt == date(2026, 12, 5)
    assert "dtend" not in read(start="2026-12-03", end="2026-12-03", all_day=True)


def test_an_alarm_goes_off_before() -> None:
    (alarm,) = read(alarm_minutes=90).alarms.times
    assert alarm.trigger.isoformat() == "2026-12-03T08:30:00+01:00"


HOSTILE = [
    "<b>@channel {{7*7}} ../../etc",
    "a\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:x@example.org\r\nEND:VEVENT",
    "a\nb\rc\u2028d\x00e\x0bf\x85g",
    'one, two; three: "four" \\ five',
    "é" * 200,
    "😀" * 100,
    "half \ud83d of one",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_somebody_typed_stays_in_its_place(text: str) -> None:
    event = read(title=text, description=text, alarm_minutes=0)
    assert {str(key) for key in event} == {"UID", "DTSTAMP", "SUMMARY", "DTSTART", "DURATION", "DESCRIPTION"}
    assert [str(part.name) for part in event.subcomponents] == ["VALARM"]
    assert "\n" not in event["summary"]
    for char in 'BEGINd@<{;,:"\\é😀':
        assert (char in text) == (char in event["summary"]), char
    file = calendar({**EVENT, "title": text, "description": text})
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert b"\n" not in file.replace(b"\r\n", b"")


def test_lines_of_a_description_stay_lines() -> None:
    assert read(description="one\n\ntwo")["description"] == "one\n\ntwo"


def test_a_backslash_stays_one() -> None:
    # As the standard has it: the library itself would read and write a line break.
    assert b"SUMMARY:C:\\\\New\r\n" in calendar({**EVENT, "title": "C:\\New"})


@pytest.mark.parametrize(
    "described",
    [
        without("uid"),
        without("stamp"),
        without("title"),
        without("start"),
        without(title=" \n "),
        without(title=7),
        without(start="soon"),
        without(start=7),
        without(stamp="2026-13-01"),
        without(zone="Europe/Nowhere"),
        without(zone="../../etc/passwd"),
        without(zone="/etc/passwd"),
        without(zone=7),
        without(end="2026-12-03T09:00"),
        without(end="2026-12-03T11:00+01:00", zone=None),
        without(alarm_minutes=-1),
        without(alarm_minutes="60"),
        without(alarm_minutes=10**9),
    ],
)
def test_what_is_no_event_is_refused(described: dict[str, Any]) -> None:
    with pytest.raises(AttachmentError):
        calendar(described)
