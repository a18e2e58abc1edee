"""Dates and times as people type them: read, asked about, or left alone."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.places import city_of, places, zones_in
from dialogs.when import FAR_LEAST, PAST_MOST, read, time_in, zone_of

BERLIN = "Europe/Berlin"
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=UTC).timestamp()
"""Wednesday, 25 November 2026."""


def on(text: str, now: float = WEDNESDAY, zone: str = BERLIN) -> tuple[str, str, str]:
    """What a text comes to: the days, the doubt, and the time."""
    found = read(text, now, zone)
    return (" ".join(found.days), found.doubt, found.time) if found else ("", "", "")


@pytest.mark.parametrize(
    ("text", "day", "time"),
    [
        ("2026-12-03", "2026-12-03", ""),
        ("2026-12-03T14:00", "2026-12-03", "14:00"),
        ("3 December", "2026-12-03", ""),
        ("the 3rd of December", "2026-12-03", ""),
        ("Dec. 3 at 10am", "2026-12-03", "10:00"),
        ("Dec 3, 2027 at 2:30 pm", "2027-12-03", "14:30"),
        ("Thursday 3 December", "2026-12-03", ""),
        ("December 3rd, 10-11am", "2026-12-03", "10:00"),
        ("3 dec 1-2pm", "2026-12-03", "13:00"),
        ("5 January", "2027-01-05", ""),
        ("25 November", "2026-11-25", ""),
        ("13/12", "2026-12-13", ""),
        ("12/25/2026", "2026-12-25", ""),
        ("3/3/27", "2027-03-03", ""),
        ("3.12.", "2026-12-03", ""),
        ("3.12.2026 at 9.30", "2026-12-03", "09:30"),
        ("next Tuesday at 10", "2026-12-01", "10:00"),
        ("Tuesday", "2026-12-01", ""),
        ("on fri at 2", "2026-11-27", "14:00"),
        ("next Friday", "2026-12-04", ""),
        ("this Friday", "2026-11-27", ""),
        ("this Wednesday", "2026-11-25", ""),
        ("next Wednesday", "2026-12-02", ""),
        ("Friday next week", "2026-12-04", ""),
        ("next week on Tuesday at 9", "2026-12-01", "09:00"),
        ("tomorrow 14:30", "2026-11-26", "14:30"),
        ("today at 4", "2026-11-25", "16:00"),
        ("the day after tomorrow at noon", "2026-11-27", "12:00"),
        ("yesterday", "2026-11-24", ""),
        ("in two weeks", "2026-12-09", ""),
        ("in 10 days", "2026-12-05", ""),
        ("in a month", "2026-12-25", ""),
        ("a week from Tuesday", "2026-12-08", ""),
        ("a week on Tuesday", "2026-12-08", ""),
        ("Tuesday week", "2026-12-08", ""),
        ("tomorrow week at 10", "2026-12-03", "10:00"),
        ("a couple of days from tomorrow", "2026-11-28", ""),
        ("on the 3rd", "2026-12-03", ""),
        ("on Friday the 4th", "2026-12-04", ""),
        ("at 10 on Tuesday", "2026-12-01", "10:00"),
        ("10:00, 3 December", "2026-12-03", "10:00"),
        ("half past two on Friday", "2026-11-27", "14:30"),
    ],
)
def test_what_can_be_one_day_only_is_read(text: str, day: str, time: str) -> None:
    assert on(text) == (day, "", time)
    assert on(text.upper()) == (day, "", time)
    assert on(f"the bank, {text}") == (day, "", time)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("3/12", "2026-12-03 2027-03-12"),
        ("4/5/2027", "2027-04-05 2027-05-04"),
        ("3-4-2027", "2027-03-04 2027-04-03"),
        ("Wednesday", "2026-11-25 2026-12-02"),
        ("20 November", "2026-11-20 2027-11-20"),
        ("Tuesday 3 December", "2026-12-01 2026-12-03"),
    ],
)
def test_what_can_be_two_days_is_never_guessed_at(text: str, days: str) -> None:
    assert on(text) == (days, "which", "")


def test_next_tuesday_said_on_a_sunday_depends_on_when_a_week_begins() -> None:
    sunday = WEDNESDAY - 3 * 86_400
    assert on("next Tuesday", sunday) == ("2026-11-24 2026-12-01", "which", "")
    assert on("Tuesday", sunday) == ("2026-11-24", "", "")
    assert on("next Tuesday", sunday + 86_400) == ("2026-12-01", "", "")


@pytest.mark.parametrize(
    ("text", "days", "doubt"),
    [
        ("1900-01-01", "1900-01-01", "past"),
        ("1 January 1900", "1900-01-01", "past"),
        ("3026-01-01", "3026-01-01", "far"),
        ("3 December 3026", "3026-12-03", "far"),
        ("in 999 months", "2110-02-25", "far"),
        ("29 February", "2028-02-29", "leap"),
        ("29/2", "2028-02-29", "leap"),
        ("29 February 2028", "2028-02-29", ""),
        ("29 February 2027", "", "never"),
        ("31 November", "", "never"),
        ("45/12", "", "never"),
        ("2026-02-30", "", "never"),
        ("0000-01-01", "", "never"),
    ],
)
def test_what_can_hardly_be_meant_is_asked_about(text: str, days: str, doubt: str) -> None:
    assert on(text) == (days, doubt, "")


def test_in_a_leap_year_the_29th_of_february_is_no_surprise() -> None:
    assert on("29 February", datetime(2028, 1, 10, tzinfo=UTC).timestamp()) == ("2028-02-29", "", "")


def test_tomorrow_is_tomorrow_where_the_person_is() -> None:
    night = datetime(2026, 11, 25, 23, 59, tzinfo=ZoneInfo("Pacific/Auckland")).timestamp()
    assert on("tomorrow", night, "Pacific/Auckland") == ("2026-11-26", "", "")
    assert on("tomorrow", night + 120, "Pacific/Auckland") == ("2026-11-27", "", "")
    assert on("tomorrow", night + 120, "America/New_York") == ("2026-11-26", "", "")


def test_where_nobody_knows_the_zone_tomorrow_may_be_two_days() -> None:
    evening = WEDNESDAY + 10 * 3_600
    assert on("tomorrow", evening, "") == ("2026-11-26 2026-11-27", "which", "")
    assert on("tomorrow", WEDNESDAY, "") == ("2026-11-25 2026-11-26", "which", "")
    assert on("Thursday", evening, "") == ("2026-11-26 2026-12-03", "which", "")
    assert on("next Tuesday at 10", evening, "") == ("2026-12-01", "", "10:00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the bank",
        "that startup",
        "Ruby Tuesday",
        "24/7 Media",
        "call centre, 24/7",
        "the Sunday Times",
        "Tomorrow’s Bank",
        "Tomorrow Inc",
        "May & Co",
        "Sat Nav Ltd",
        "10 Downing Street",
        "job 12026-12-03",
        "v3.12 of the app",
        "March 2027",
        "the bank at 10",
        "sometime next week",
        "٣/١٢",
    ],
)
def test_a_name_is_no_date(text: str) -> None:
    assert read(text, WEDNESDAY, BERLIN) is None


def test_what_is_asked_for_is_found_anywhere_in_a_text() -> None:
    found = read("well it's tuesday I think", WEDNESDAY, BERLIN, anywhere=True)
    assert found
    assert found.day == "2026-12-01"
    assert read("blue cheese", WEDNESDAY, BERLIN, anywhere=True) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("the bank, next Tuesday at 10", "the bank"),
        ("the bank on Tuesday", "the bank"),
        ("the bank (3 December)", "the bank"),
        ("3 December: the bank", "the bank"),
        ("at 10 on Tuesday, the bank", "the bank"),
        ("the bank, 3 December at 10, second round", "the bank second round"),
        ("10 Downing Street, 5 May 2027", "10 Downing Street"),
        ("tomorrow", ""),
    ],
)
def test_the_rest_is_the_name(text: str, rest: str) -> None:
    found = read(text, WEDNESDAY, BERLIN)
    assert found
    assert found.rest == rest


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("10", "10:00"),
        ("at 2", "14:00"),
        ("2:30", "14:30"),
        ("02:30", "02:30"),
        ("7", "07:00"),
        ("12", "12:00"),
        ("14:30", "14:30"),
        ("2pm", "14:00"),
        ("2 p.m.", "14:00"),
        ("12am", "00:00"),
        ("9 in the evening", "21:00"),
        ("8 in the morning", "08:00"),
        ("noon", "12:00"),
        ("quarter to 3", "14:45"),
        ("half past nine", "09:30"),
        ("10 o’clock", "10:00"),
        ("25", ""),
        ("13pm", ""),
        ("10:75", ""),
        ("ten to", ""),
        ("x", ""),
        ("", ""),
    ],
)
def test_a_time_alone(text: str, time: str) -> None:
    assert time_in(text) == time


@given(
    st.dates(date(2026, 11, 26), date(2027, 11, 24)),
    st.sampled_from(["%d %B %Y", "%B %d, %Y", "%Y-%m-%d", "%A %d %B %Y", "%d.%m.%Y", "%b %d %Y"]),
)
def test_every_day_of_a_year_is_read_in_every_way_to_write_it(day: date, way: str) -> None:
    assert on(day.strftime(way)) == (day.isoformat(), "", "")


@given(st.integers(0, 400), st.integers(1, 999))
def test_so_many_days_from_now(now: int, days: int) -> None:
    moment = WEDNESDAY + now * 86_400
    wanted = (datetime.fromtimestamp(moment, UTC) + timedelta(days=days)).date().isoformat()
    found = read(f"in {days} days", moment, BERLIN)
    assert found
    assert found.days == (wanted,)
    assert found.doubt == ("far" if days > FAR_LEAST else "")


@given(st.integers(0, 13), st.sampled_from(["mon", "Tuesday", "wed", "Thurs", "fri", "Sat", "sunday"]))
def test_a_weekday_is_one_of_the_coming_week(now: int, weekday: str) -> None:
    moment = WEDNESDAY + now * 86_400
    today = datetime.fromtimestamp(moment, UTC).date()
    found = read(weekday, moment, BERLIN)
    assert found
    days = [date.fromisoformat(day) for day in found.days]
    assert all(f"{day:%a}".casefold() == weekday[:3].casefold() for day in days)
    assert 0 <= (days[0] - today).days <= 7
    assert (len(days) == 2) == (days[0] == today)


@given(
    st.text() | st.from_regex(r"[\w ,:/.'-]{0,40}(mon|the 31st|29 feb|in 9 weeks|12/12|at 2)[ \w:/.-]{0,20}"),
    st.floats(allow_nan=False),
    st.sampled_from(["", BERLIN, "Pacific/Apia", "nowhere"]),
    st.booleans(),
)
def test_no_text_raises_and_what_is_read_holds_together(
    text: str, now: float, zone: str, anywhere: bool
) -> None:
    found = read(text, now, zone, anywhere=anywhere)
    if found:
        assert list(found.days) == sorted({date.fromisoformat(day).isoformat() for day in found.days})
        assert (len(found.days) > 1) == (found.doubt == "which")
        assert (not found.days) == (found.doubt == "never")
        assert not found.time or time.fromisoformat(found.time) < time.max
        assert found.day in (*found.days, "")
        assert len(found.rest) <= len(text) + 1
    assert PAST_MOST > 0
    assert isinstance(time_in(text), str)


def test_zones_are_known_on_a_machine_that_knows_none() -> None:
    zoneinfo.reset_tzpath(to=())
    ZoneInfo.clear_cache()
    try:
        assert on("tomorrow", zone="Pacific/Auckland") == ("2026-11-26", "", "")
    finally:
        zoneinfo.reset_tzpath()
        ZoneInfo.clear_cache()


# --- places ---


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("I'm in Munich", "Europe/Berlin"),
        ("Boston, Massachusetts", "America/New_York"),
        ("ireland", "Europe/Dublin"),
        ("NZ", "Pacific/Auckland"),
        ("Europe/Paris", "Europe/Paris"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("CET", "Europe/Berlin"),
        ("Toronto", "America/Toronto"),
        ("São Paulo", "America/Sao_Paulo"),
    ],
)
def test_a_place_has_a_zone(text: str, zone: str) -> None:
    assert zones_in(text) == (zone,)
    assert zone_of(zone)


@pytest.mark.parametrize(
    "text", ["", "blue cheese", "../../etc/passwd", "Mars", "x" * 500, "\ud800", "東京", "/"]
)
def test_what_is_no_place_has_none(text: str) -> None:
    assert zones_in(text) == ()


def test_a_country_may_have_several() -> None:
    assert set(zones_in("the United States")) > {"America/New_York", "America/Los_Angeles"}
    for zones in places().countries.values():
        assert 1 < len(zones) <= 8
        assert len({city_of(zone) for zone in zones}) == len(zones)


@given(st.text())
def test_no_text_is_a_place_that_there_is_not(text: str) -> None:
    assert all(zone_of(zone) for zone in zones_in(text))
