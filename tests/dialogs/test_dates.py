"""The room for the date: typed, picked, asked about, moved, removed, and put in a calendar."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.events import Chose, Message, Said, Started
from dialogs.flow import Interview
from dialogs.session import Detour, Session, dumps, loads
from tests.dialogs.people import NOW, begun, buttons, dialog, play, say

GO = ("cooled_off", "somewhat_interested", "yes", "yes", "yes", "yes", "going")
FILE = "put it in my calendar"
TUESDAY, THURSDAY = "Tuesday 1 December", "Thursday 3 December"


def decided(name: str = "the bank, 3 December at 14:30") -> Session:
    return say(begun(), name, *GO)


def interview(session: Session) -> Interview:
    found = session.plan.answers["interview"]
    assert isinstance(found, Interview)
    return found


def text(session: Session, *lines: str) -> str:
    """All that the last line brings."""
    return "\n".join(message.text for message in play(session, *map(Said, lines))[1])


def tap(session: Session, messages: list[Message], option: str) -> tuple[Session, list[Message]]:
    (token,) = [choice.token for choice in buttons(messages[-1:]) if choice.option == option]
    return play(session, Chose(token))


@pytest.mark.parametrize(
    ("line", "label", "day", "time", "said"),
    [
        ("the bank, next Tuesday at 10", "the bank", "2026-12-01", "10:00", f"the bank ({TUESDAY}, 10:00)"),
        ("the bank on Friday", "the bank", "2026-11-27", "", "the bank (Friday 27 November)"),
        ("the bank, 2026-12-03", "the bank", "2026-12-03", "", f"the bank ({THURSDAY})"),
        ("5 January 2028 at 2", "2028-01-05", "2028-01-05", "14:00", "Wednesday 5 January 2028, 14:00"),
        ("Ruby Tuesday", "Ruby Tuesday", None, "", "Ruby Tuesday"),
        ("<b> ../../etc, 3 Dec", "<b> ../../etc", "2026-12-03", "", f"&lt;b&gt; ../../etc ({THURSDAY})"),
    ],
)
def test_a_date_beside_the_name_is_kept_and_said_back_in_words(
    line: str, label: str, day: str | None, time: str, said: str
) -> None:
    session, messages = play(begun(), Said(line))
    assert messages[0].text == f"You said: {said}"
    assert interview(session) == Interview(label, day)
    assert session.plan.details.get("time", "") == time
    assert messages[-1].state == "decide/hesitations"


def test_a_name_given_anew_has_its_own_date() -> None:
    session = say(begun(), "the bank, 3 December at 14:30", "back", "the bakery")
    assert interview(session) == Interview("the bakery")
    assert session.plan.details == {}


def test_a_date_that_may_be_two_is_asked_about_at_once_and_the_walk_goes_on() -> None:
    session, messages = play(begun(), Said("the bank, 3/12 at 10"))
    assert interview(session) == Interview("the bank")
    assert [message.state for message in messages] == ["decide/said", "decide/when"]
    assert [choice.label for choice in messages[-1].choices][:2] == ["Thursday 3 December", "Friday 12 March"]
    after, told = tap(session, messages, "2027-03-12")
    assert interview(after) == Interview("the bank", "2027-03-12")
    assert told[0].text == "Noted: Friday 12 March, 10:00"
    assert told[-1].state == "decide/hesitations"
    back = say(after, "back")
    assert interview(back) == Interview("the bank")


def test_whoever_goes_on_with_the_walk_instead_leaves_the_date_for_later() -> None:
    session = say(begun(), "the bank, 3/12", "cooled_off")
    assert session.plan.answers["hesitations"] == ("cooled_off",)
    assert session.plan.detour is None
    assert interview(session) == Interview("the bank")
    asked = say(begun(), "the bank, 3/12", "blue cheese")
    assert asked.plan.detour


def test_who_gives_nothing_but_a_doubtful_date_is_called_by_the_one_meant() -> None:
    session = say(begun(), "3/12")
    assert interview(session) == Interview("3/12")
    assert interview(say(session, "1")) == Interview("2026-12-03", "2026-12-03")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("3/12", "more than one day"),
        ("1900-01-01", "Monday 1 January 1900? That’s long gone"),
        ("3026-01-01", "Sunday 1 January 3026? That’s a long way off"),
        ("29 February", "Tuesday 29 February 2028"),
        ("29 February 2027", "“29 February 2027” in any calendar"),
        ("blue cheese", "can’t make a date of that"),
        ("x" * 5000, "can’t make a date of that"),
    ],
)
def test_in_the_room_too_nothing_is_guessed_at(line: str, said: str) -> None:
    before = say(decided(), "date and reminders")
    assert said in text(before, line)
    assert interview(say(before, line)) == interview(before)
    assert interview(say(before, line, "back")) == interview(before)


@pytest.mark.parametrize("line", ["1900-01-01", "3026-01-01", "29 February"])
def test_what_is_meant_after_all_is_taken(line: str) -> None:
    asked = say(decided(), "date and reminders", line)
    assert interview(say(asked, "yes, that day")).date in ("1900-01-01", "3026-01-01", "2028-02-29")
    again, messages = play(asked, Said("no, another day"))
    assert (interview(again), messages[-1].pick) == (Interview("the bank", "2026-12-03"), "date")


def test_tomorrow_at_a_minute_to_midnight_in_auckland() -> None:
    now = datetime(2026, 11, 25, 23, 59, tzinfo=ZoneInfo("Pacific/Auckland")).timestamp()
    session = say(begun().with_settings(zone="Pacific/Auckland"))
    after, messages = dialog().step(session, Said("the bank, tomorrow at 10"), now)
    assert messages[0].text == "You said: the bank (Thursday 26 November, 10:00)"
    assert interview(after).date == "2026-11-26"


def test_a_day_is_picked_by_its_date_where_one_is_asked_for_and_nowhere_else() -> None:
    session, messages = play(say(begun(), "the bank"), Said("the date"))
    assert messages[-1].pick == "date"
    head, _, asking = messages[-1].token.rpartition("~")
    for option in ("2026-12-03", "1999-01-01"):
        assert interview(play(session, Chose(f"{head}:{option}~{asking}"))[0]).date == option
    for option in ("2026-13-03", "20261203", "2026-W50-1", "tomorrow"):
        after, told = play(session, Chose(f"{head}:{option}~{asking}"))
        assert (after.plan, told[0].state) == (session.plan, "decide/stale")
    shown, messages = play(decided(), Said("the date"))
    token = buttons(messages)[0].token.replace("reminders", "2026-12-24")
    assert play(shown, Chose(token))[0].plan == shown.plan


def test_a_picked_day_keeps_the_time_and_an_hour_alone_moves_it() -> None:
    room = say(decided(), "date and reminders")
    session = say(room, "5 December")
    assert (interview(session).date, session.plan.details["time"]) == ("2026-12-05", "14:30")
    session = say(room, "at 9")
    assert (interview(session).date, session.plan.details["time"]) == ("2026-12-03", "09:00")


def test_a_date_that_is_removed_can_be_had_back() -> None:
    session, messages = play(say(decided(), "date and reminders"), Said("no date after all"))
    assert interview(session) == Interview("the bank")
    assert session.plan.details == {}
    assert messages[-1].pick == "date"
    assert interview(say(session, "back", "back")).date == "2026-12-03"
    unnamed = say(decided("3 December"), "date and reminders", "no date after all")
    assert unnamed.plan.answers["interview"] is None


def test_the_decision_outlives_a_new_date() -> None:
    assert say(decided(), "date and reminders", "5 December").plan.answers["outcome"] == "going"


# --- the calendar ---


def entry(session: Session, *lines: str) -> dict[str, object]:
    _, messages = play(session, *map(Said, lines))
    (found,) = [attachment for message in messages for attachment in message.attachments]
    assert (found.kind, found.name) == ("calendar", "whatif-interview.ics")
    data: dict[str, object] = json.loads(found.data)
    return data


def test_a_time_needs_a_zone_and_is_put_in_the_calendar_with_it() -> None:
    room = say(decided(), "date and reminders")
    assert "where are you" in text(room, "put it in my calendar")
    found = entry(room, "put it in my calendar", "Auckland")
    uid = found.pop("uid")
    assert found == {
        "stamp": "2026-11-25T09:00:00Z",
        "title": "Interview: the bank",
        "start": "2026-12-03T14:30",
        "zone": "Pacific/Auckland",
        "all_day": False,
        "alarm_minutes": 60,
    }
    again = say(room, "put it in my calendar", "Auckland", "5 December")
    assert entry(again, "put it in my calendar") == {**found, "uid": uid, "start": "2026-12-05T14:30"}


def test_a_whole_day_needs_none() -> None:
    found = entry(say(decided("<b>, 3 December"), "date and reminders"), "put it in my calendar")
    assert found["start"] == "2026-12-03"
    assert found["all_day"] is True
    assert "alarm_minutes" not in found
    assert found["title"] == "Interview: <b>"


def test_two_interviews_are_two_entries() -> None:
    one = say(decided("3 December"), "date and reminders", FILE)
    two = say(
        one, "my interviews", "another interview", "4 December", *GO, "the date", "put it in my calendar"
    )
    assert two.plans[0].details["uid"] != two.plans[1].details["uid"]


# --- whatever is stored ---


@pytest.mark.parametrize(
    "about",
    [
        "",
        "pick",
        "which",
        "which 2026-12-03",
        "which 2026-12-03 2026-13-45",
        "which 2026-12-03 2027-03-12 25:99",
        "past 1900-01-01",
        "leap x",
        "never <b>@channel</b>",
        "zone",
        "zone remind",
        "zone calendar us",
        "zone remind xx",
        "x" * 5000,
        "\n",
    ],
)
def test_the_room_copes_with_whatever_it_is_about(about: str) -> None:
    for before in (begun(), say(begun(), "skip"), decided(), decided("the bank")):
        plan = replace(before.plan, detour=Detour("decide/when", about=about))
        session = before.with_plan(replace(plan, details={"time": "99:99", "remind": "yes"}))
        session = session.with_settings(zone="../../etc/passwd", quiet="x")
        assert loads(dumps(session, dialog().flow), dialog().flow) == session
        shown, messages = play(session, Started())
        assert messages[-1].state == "decide/when"
        for choice in buttons(messages):
            after, told = play(shown, Chose(choice.token))
            assert told
            assert loads(dumps(after, dialog().flow), dialog().flow) == after
        for line in ("3 December", "at 9", "Berlin", "1", "x"):
            assert play(shown, Said(line))[1]


@given(st.lists(st.sampled_from(["the date", "3/12", "1", "2", "tomorrow", "back", "us", "reminders", "x"])))
def test_no_line_raises_and_every_button_is_another(lines: list[str]) -> None:
    session = decided()
    for line in lines:
        session, messages = dialog().step(session, Said(line), NOW)
        tokens = [choice.token for message in messages[-1:] for choice in buttons([message])]
        assert len(set(tokens)) == len(tokens)
        assert all(len(token.encode()) <= 64 for token in tokens)
