"""Reminders round interviews: at civil hours, moved with the date and the zone, each once, none lost."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs import reminders
from dialogs.events import Chose, Command, Due, Event, Message, Said, Started
from dialogs.flow import Interview
from dialogs.session import Plan, Reminder, Session, dumps, loads
from tests.dialogs.people import begun, buttons, dialog, say

GO = ("cooled_off", "somewhat_interested", "yes", "yes", "yes", "yes", "going")
"""The walk after the interview's name, to a decision."""

HOUR, DAY = 3_600.0, 86_400.0


def at(zone: str, text: str) -> float:
    """A moment on a clock somewhere, in seconds since the epoch."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


NOW = at("UTC", "2026-11-25 09:00")


def steps(session: Session, now: float, *events: Event) -> tuple[Session, list[Message]]:
    """Steps at a moment, each from what was stored; the messages of the last."""
    messages: tuple[Message, ...] = ()
    for event in events:
        stored = loads(dumps(session, dialog().flow), dialog().flow)
        session, messages = dialog().step(stored, event, now)
    return session, list(messages)


def told(session: Session, now: float, *lines: str) -> Session:
    return steps(session, now, *map(Said, lines))[0]


def reminded(name: str = "the bank, 3 December at 14:30", zone: str = "Berlin", now: float = NOW) -> Session:
    """Somebody who is going, and asked to be reminded."""
    return told(say(begun(), name, *GO), now, "date and reminders", "reminders", zone)


def due(session: Session) -> dict[str, str]:
    """When reminders are due, by name, as a clock of the person shows it."""
    zone = ZoneInfo(session.settings["zone"])
    return {
        each.name: f"{datetime.fromtimestamp(each.at, zone):%Y-%m-%d %H:%M}" for each in session.reminders
    }


def states(messages: list[Message]) -> list[str]:
    return [message.state.removeprefix("decide/") for message in messages]


BOTH = {"before.0": "2026-12-02 18:00", "after.0": "2026-12-04 10:00"}


def test_there_are_none_unless_they_are_asked_for() -> None:
    session = say(begun(), "the bank, 3 December at 14:30", *GO)
    assert session.reminders == ()
    assert told(session, NOW, "date and reminders", "no date after all").reminders == ()
    assert due(reminded()) == BOTH


def test_the_zone_is_asked_for_once_and_kept() -> None:
    session = reminded()
    assert session.settings["zone"] == "Europe/Berlin"
    again, messages = steps(session, NOW, Said("no reminders"), Said("reminders"))
    assert due(again) == BOTH
    assert "where are you" not in messages[0].text
    two = told(again, NOW, "my interviews", "another interview", "the bakery, 8 December", *GO)
    after = told(two, NOW, "date and reminders", "reminders")
    assert due(after) == {**BOTH, "before.1": "2026-12-07 18:00", "after.1": "2026-12-09 10:00"}


def test_a_moved_date_moves_them_and_so_does_a_zone() -> None:
    session = told(reminded(), NOW, "5 December")
    assert due(session) == {"before.0": "2026-12-04 18:00", "after.0": "2026-12-06 10:00"}
    elsewhere, _ = steps(session.with_settings(zone="Pacific/Auckland"), NOW, Started())
    assert due(elsewhere) == due(session)
    assert {a.at - b.at for a, b in zip(session.reminders, elsewhere.reminders, strict=True)} == {12 * HOUR}


@pytest.mark.parametrize(
    "lines",
    [
        ("no date after all",),
        ("back", "I'll decline"),
        ("don't remind me",),
        ("stop",),
        ("start over",),
    ],
)
def test_what_they_are_for_ends_and_so_do_they(lines: tuple[str, ...]) -> None:
    assert told(reminded(), NOW, *lines).reminders == ()


def test_they_end_where_an_interview_is_put_away_or_the_person_is_gone() -> None:
    session = reminded()
    away = session.with_plan(session.plan.detailed(away="1"))
    assert steps(away, NOW, Started())[0].reminders == ()
    assert steps(session, NOW, Command("gone"))[0].reminders == ()


def test_starting_over_leaves_other_interviews_reminders_alone() -> None:
    session = told(reminded(), NOW, "my interviews", "another interview", "the bakery, 8 December", *GO)
    session = told(session, NOW, "date and reminders", "reminders", "remind me", "back", "remind me tomorrow")
    assert due(told(session, NOW, "start over")) == BOTH


def test_who_declines_and_thinks_better_of_it_has_them_again() -> None:
    assert due(told(reminded(), NOW, "back", "I'll decline", "I'm going")) == BOTH


def test_one_tap_ends_them_all() -> None:
    session = told(reminded(), NOW, "my interviews", "another interview", "the bakery, 8 December", *GO)
    session = told(session, NOW, "date and reminders", "reminders")
    assert len(session.reminders) == 4
    session, messages = steps(session, at("Europe/Berlin", "2026-12-02 18:00"), Due("before.0"))
    (off,) = [choice for choice in buttons(messages) if choice.option == "remind_off"]
    after, messages = steps(session, NOW + 9 * DAY, Chose(off.token))
    assert after.reminders == ()
    assert steps(after, NOW + 9 * DAY, Started())[0].reminders == ()
    assert states(messages) == ["remind"]


def test_the_day_before_brings_the_checklist_and_the_day_after_asks_how_it_went() -> None:
    session, messages = steps(reminded(), at("Europe/Berlin", "2026-12-02 18:00"), Due("before.0"))
    assert states(messages) == ["reminder", "checklist", "checklist"]
    assert "tomorrow: “the bank”, 14:30" in messages[0].text
    assert "late" not in messages[0].text
    session, messages = steps(session, at("Europe/Berlin", "2026-12-04 10:00"), Due("after.0"))
    assert states(messages) == ["reminder", "debrief"]
    assert "how was “the bank”" in messages[0].text
    assert session.reminders == ()
    assert steps(session, NOW + 20 * DAY, Due("after.0")) == (session, [])


@pytest.mark.parametrize(
    ("name", "when", "said"),
    [
        ("before.0", "2026-12-02 20:59", "tomorrow"),
        ("before.0", "2026-12-03 08:00", "today"),
        ("before.0", "2026-12-03 09:00", "This comes late"),
        ("before.0", "2026-12-03 14:30", ""),
        ("before.0", "2026-12-09 12:00", ""),
        ("after.0", "2026-12-05 12:00", "yesterday"),
        ("after.0", "2026-12-09 12:00", "5 days ago"),
    ],
)
def test_a_late_one_says_so_or_is_left_out_where_it_is_of_no_use(name: str, when: str, said: str) -> None:
    session, messages = steps(reminded(), at("Europe/Berlin", when), Due(name))
    assert bool(messages) == bool(said)
    assert not said or said in messages[0].text
    assert not session.reminder(name)


def test_one_that_comes_late_at_night_waits_for_the_morning() -> None:
    session, messages = steps(reminded(), at("Europe/Berlin", "2026-12-02 23:30"), Due("before.0"))
    assert messages == []
    assert due(session)["before.0"] == "2026-12-03 08:00"
    session, messages = steps(session, at("Europe/Berlin", "2026-12-03 08:00"), Due("before.0"))
    assert "today" in messages[0].text
    early, messages = steps(
        reminded("the bank, 3 December at 7:30"), at("Europe/Berlin", "2026-12-02 23:30"), Due("before.0")
    )
    assert (messages, early.reminder("before.0")) == ([], None)


@pytest.mark.parametrize(
    ("quiet", "before", "after"),
    [
        ("17:00-10:30", "2026-12-03 10:30", "2026-12-04 10:30"),
        ("17:00-15:00", "2026-12-02 16:30", "2026-12-04 15:00"),
        ("12:00-13:00", "2026-12-02 18:00", "2026-12-04 10:00"),
        ("08:00-08:00", "2026-12-02 18:00", "2026-12-04 10:00"),
        ("nonsense", "2026-12-02 18:00", "2026-12-04 10:00"),
        ("25:00-08:00", "2026-12-02 18:00", "2026-12-04 10:00"),
    ],
)
def test_quiet_hours_are_the_persons_own(quiet: str, before: str, after: str) -> None:
    session = reminded().with_settings(quiet=quiet)
    assert due(steps(session, NOW, Started())[0]) == {"before.0": before, "after.0": after}


def test_one_that_had_to_come_before_it_was_asked_for_does_not_come() -> None:
    late = at("Europe/Berlin", "2026-12-02 19:00")
    session = reminded(now=late)
    assert due(session) == {"after.0": BOTH["after.0"]}
    assert due(reminded(now=at("Europe/Berlin", "2026-12-05 19:00"))) == {}
    again, messages = steps(
        say(begun(), "the bank, 3 December", *GO).with_settings(zone="Europe/Berlin"),
        NOW + 20 * DAY,
        *map(Said, ("date and reminders", "reminders")),
    )
    assert again.reminders == ()
    assert "nothing left" in messages[0].text


def test_whoever_is_in_distress_is_left_in_peace() -> None:
    session = told(reminded(), NOW, "I want to die")
    after, messages = steps(session, at("Europe/Berlin", "2026-12-02 18:00"), Due("before.0"))
    assert messages == []
    assert not after.reminder("before.0")


@pytest.mark.parametrize("name", ["before.7", "after.999", "before", "after", "other.0"])
def test_a_reminder_of_nothing_changes_nothing(name: str) -> None:
    session = replace(say(begun(), "the bank"), reminders=(Reminder(name, NOW),))
    after, messages = steps(session, NOW, Due(name))
    assert messages == []
    assert after.plans == session.plans


@given(st.sampled_from(["America/New_York", "Europe/Berlin", "Pacific/Auckland", "", "x/../y"]), st.data())
def test_a_civil_moment_is_never_in_quiet_hours(zone: str, data: st.DataObject) -> None:
    hour = st.integers(0, 23)
    quiet = f"{data.draw(hour):02}:{data.draw(st.integers(0, 59)):02}-{data.draw(hour):02}:00"
    session = Session(settings={"zone": zone, "quiet": quiet})
    now = data.draw(st.floats(NOW, NOW + 365 * DAY))
    latest = data.draw(st.none() | st.floats(now, now + 2 * DAY))
    moment = reminders.civil(session, now, latest)
    assert moment is None or not reminders.is_quiet(session, moment)
    assert moment is None or abs(moment - now) <= 25 * HOUR
    if moment is None:
        assert latest is not None


# --- a month, simulated ---

ZONES = ("America/New_York", "Europe/Berlin", "Pacific/Auckland")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("begins", ["2026-10-20", "2027-03-05", "2026-09-15"])
@pytest.mark.parametrize("home", ZONES)
def test_in_a_month_each_comes_once_none_at_night_and_none_is_lost(home: str, begins: str, seed: int) -> None:
    """Clocks change in each of these months, somewhere both ways; the person travels half-way through it."""
    chance = random.Random(f"{home} {begins} {seed}")
    start = at("UTC", f"{begins} 10:00")
    days = chance.sample(range(3, 30), 10)
    session = replace(Session(settings={"zone": home}), asked=1, plans=())
    for number, ahead in enumerate(days):
        day = (datetime.fromtimestamp(start, UTC) + timedelta(days=ahead)).date().isoformat()
        clock = chance.choice(["", "07:30", "09:00", "14:30", "23:30"])
        details = {"remind": "yes", **({"time": clock} if clock else {})}
        session = replace(
            session,
            plans=(*session.plans, Plan({"interview": Interview(f"n{number}", day)}, details=details)),
        )
    session, _ = steps(session, start, Started())
    wanted = {
        (kind, plan.answers["interview"].label)  # type: ignore[union-attr]
        for plan in session.plans
        for kind in ("before", "after")
    }
    assert {each.name for each in session.reminders} == {
        f"{kind}.{number}" for number in range(10) for kind in ("before", "after")
    }
    travels = start + 15 * DAY
    sent: Counter[tuple[str, str]] = Counter()
    now = start
    while session.reminders:
        first = min(session.reminders, key=lambda each: each.at)
        if travels and first.at > travels:
            other = chance.choice([zone for zone in ZONES if zone != home])
            session, _ = steps(session.with_settings(zone=other), travels, Started())
            now, travels = travels, 0.0
            continue
        now = max(now, first.at) + chance.choice([-20.0, 0.0, 0.0, 90.0, 40 * 60.0, 2.5 * HOUR])
        number = int(first.name.partition(".")[2])
        session, messages = steps(session, now, Due(first.name))
        if messages:
            sent[first.name.partition(".")[0], f"n{number}"] += 1
            assert not reminders.is_quiet(session, now)
            here = datetime.fromtimestamp(now, ZoneInfo(session.settings["zone"]))
            assert 7 < here.hour < 21
    assert max(sent.values()) == 1
    assert set(sent) == wanted


# --- the rooms that they lead to ---


def test_where_there_is_a_room_for_it_the_reminder_turns_to_its_interview_and_opens_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Any room will do for one of these: whichever there is, is gone into.
    monkeypatch.setattr("dialogs.rooms.when.CHECKLIST", "interviews")
    monkeypatch.setattr("dialogs.rooms.when.DEBRIEF", "when")
    session = told(reminded(), NOW, "my interviews", "another interview", "the bakery", "cooled_off")
    assert session.open == 1
    before, messages = steps(session, at("Europe/Berlin", "2026-12-02 18:00"), Due("before.0"))
    assert (before.open, dialog().standing(before.plan)) == (0, "decide/interviews")
    assert states(messages) == ["reminder", "interviews"]
    assert [each.option for each in buttons(messages)].count("remind_off") == 1
    after, messages = steps(before, at("Europe/Berlin", "2026-12-04 10:00"), Due("after.0"))
    assert (after.open, dialog().standing(after.plan)) == (0, "decide/when")
    assert states(messages) == ["reminder", "when"]
    assert after.plans[1].answers == session.plans[1].answers


def test_a_nudge_keeps_to_quiet_hours_where_the_clock_is_known() -> None:
    session = told(reminded(), NOW, "no reminders")
    night = at("Europe/Berlin", "2026-11-25 23:30")
    session = told(session, night, "back", "remind me")
    assert due(session) == {"nudge": "2026-11-27 08:00"}
    late = at("Europe/Berlin", "2026-11-28 03:00")
    later, messages = steps(session, late, Due("nudge"))
    assert not messages
    assert due(later) == {"nudge": "2026-11-28 08:00"}
    assert steps(later, at("Europe/Berlin", "2026-11-28 08:00"), Due("nudge"))[1]


def test_what_is_being_written_about_one_interview_never_becomes_another_ones() -> None:
    session = told(reminded(), NOW, "my interviews", "another interview", "the bakery", *GO)
    writing = told(session, NOW, "my interviews", "rename, note, put away", "add a note")
    session, messages = steps(writing, at("Europe/Berlin", "2026-12-04 10:00"), Due("after.0"))
    assert states(messages) == ["reminder"]
    assert (session.open, session.plan.detour) == (1, writing.plan.detour)
    session = told(session, NOW, "Ask for Jane")
    assert session.plan.details["note"] == "Ask for Jane"
    assert not any(name.startswith("debrief") for plan in session.plans for name in plan.details)


def test_what_is_put_away_and_brought_back_reminds_only_who_asks_again() -> None:
    away = told(reminded(), NOW, "my interviews", "rename, note, put away", "put it away")
    assert away.reminders == ()
    back = told(away, NOW, "what i put away", "the bank")
    assert back.plans[0].details.keys() >= {"time"}
    assert back.reminders == ()


def test_starting_over_begins_with_nothing_and_back_brings_it_back() -> None:
    before = told(reminded(), NOW, "no reminders", "rename, note, put away", "add a note", "Ask for Jane")
    fresh = told(before, NOW, "start over")
    assert (fresh.plan.answers, fresh.plan.details) == ({}, {})
    again = told(fresh, NOW, "back")
    assert again.plan.answers == before.plan.answers
    assert again.plan.details == before.plan.details


@pytest.mark.parametrize("day", ["0001-01-02", "9999-12-30"])
def test_the_ends_of_the_calendar_remind_of_nothing(day: str) -> None:
    session = told(begun(), NOW, f"the bank, {day}")
    plan = session.plan.changed({"interview": Interview("the bank", day)}).detailed(
        remind="yes", time="07:00"
    )
    session = session.with_plan(plan).with_settings(zone="Europe/London", quiet="10:00-09:59")
    session, messages = steps(session, NOW, Said("back"), Said("my interviews"))
    assert messages
    assert all(each.name == "nudge" for each in session.reminders) or day[0] == "9"
