"""Settings: each can be seen and changed, by tap and typed, and none holds what makes no sense."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.engine import Dialog
from dialogs.events import Chose, Command, Said
from dialogs.session import Detour, Session, dumps, loads
from dialogs.settings import hour_in, keepable, kept_for, quiet_hours
from tests.dialogs.people import begun, dialog, play, say

SET = ("country", "zone", "quiet", "keep_days")


def settings(*lines: str) -> dict[str, str]:
    """What is set once these lines were typed in the settings."""
    return dict(say(begun(), "settings", *lines).settings)


def shown(session: Session) -> str:
    return play(session, Command("settings"))[1][-1].text


def test_what_is_not_set_is_told_as_it_holds() -> None:
    text = shown(begun())
    for words in ("English", "I don’t know where", "I don’t know it", "21:00 to 08:00", "for 90 days"):
        assert words in text


def test_what_is_set_is_told() -> None:
    session = say(begun(), "settings", "country", "Ireland", "time zone", "Dublin")
    session = say(session, "quiet hours", "22:00", "07:00", "how long to keep it", "60 days")
    assert session.settings == {
        "country": "IE",
        "zone": "Europe/Dublin",
        "quiet": "22:00-07:00",
        "keep_days": "60",
    }
    text = shown(session)
    for words in ("Ireland", "Europe/Dublin", "22:00 to 07:00", "for 60 days"):
        assert words in text
    assert loads(dumps(session, dialog().flow), dialog().flow) == session


def test_each_can_be_tapped() -> None:
    session, messages = play(begun(), Command("settings"))
    for option in ("country", "in.nz", "quiet", "at.2300", "at.0900", "keep_days", "days.30"):
        token = next(choice.token for choice in messages[-1].choices if choice.option == option)
        session, messages = play(session, Chose(token))
    assert session.settings == {"country": "NZ", "quiet": "23:00-09:00", "keep_days": "30"}
    assert [message.state for message in messages] == ["decide/settings"] * 2


@pytest.mark.parametrize(
    ("lines", "set_to"),
    [
        (("country", "UK"), {"country": "GB"}),
        (("country", "somewhere else"), {"country": "ZZ"}),
        (("country", "Atlantis"), {}),
        (("time zone", "new york"), {"zone": "America/New_York"}),
        (("time zone", "Pacific/Auckland"), {"zone": "Pacific/Auckland"}),
        (("time zone", "Atlantis"), {}),
        (("quiet hours", "9:30 pm", "7"), {"quiet": "21:30-07:00"}),
        (("quiet hours", "21:00"), {}),
        (("quiet hours", "25:00", "21:00", "21:00"), {}),
        (("quiet hours", "22:00", "7 am", "quiet hours", "as usual: 21:00 to 08:00"), {}),
        (("quiet hours", "21:00", "08:00"), {}),
        (("how long to keep it", "30"), {"keep_days": "30"}),
        (("how long to keep it", "90 days"), {}),
        (("how long to keep it", "400"), {}),
        (("how long to keep it", "0"), {}),
        (("30",), {}),
        (("Dublin",), {}),
    ],
)
def test_what_is_typed_is_set_where_it_makes_sense(lines: tuple[str, ...], set_to: dict[str, str]) -> None:
    assert settings(*lines) == set_to


def test_a_place_that_is_not_known_is_asked_for_again() -> None:
    inside = say(begun(), "settings", "time zone")
    after, messages = play(inside, Said("Atlantis"))
    assert after.settings == {}
    assert "bigger city" in messages[-1].text
    assert say(after, "sydney").settings == {"zone": "Australia/Sydney"}


@pytest.mark.parametrize("most", [1, 14, 30, 45, 60, 90, 365])
def test_nobody_is_kept_for_longer_than_the_operator_keeps_anybody(most: int) -> None:
    ours = Dialog(dialog().flow, dialog().table, dialog().words, dialog().people, keep_days=most)
    inside = ours.step(begun(), Command("settings"))[0]
    inside, messages = ours.step(inside, Said("how long to keep it"))
    offered = [choice.option for choice in messages[-1].choices]
    assert offered == [f"days.{days}" for days in keepable(most)]
    assert offered[-1] == f"days.{most}"
    for typed in ("30", "60", "90", "365", "4000"):
        after = ours.step(inside, Said(typed))[0]
        assert kept_for(after, most) <= most
        assert after.settings.get("keep_days", "1") in ("1", *(str(days) for days in keepable(most)))
    assert kept_for(replace(begun(), settings={"keep_days": "90"}), most) <= most


def test_to_be_kept_as_long_as_anybody_is_no_wish_of_ones_own() -> None:
    session = say(begun(), "settings", "how long to keep it", "30 days", "how long to keep it", "90 days")
    assert session.settings == {}


@pytest.mark.parametrize(
    "about", ["", "x", "until.", "until.99:99", "until.21", "quiet.x", "language", "zone."]
)
def test_the_room_copes_with_whatever_it_is_about(about: str) -> None:
    inside = replace(begun().plan, detour=Detour("decide/settings", about=about))
    session = replace(begun(), plans=(inside,))
    for event in (Said("9 pm"), Said("Dublin"), Said("30"), Command("again")):
        after, messages = play(session, event)
        assert messages
        assert set(after.settings) <= set(SET)


@given(st.dictionaries(st.sampled_from(SET), st.text(max_size=30)))
def test_the_room_copes_with_whatever_is_set(found: dict[str, str]) -> None:
    session = replace(begun(), settings=found)
    assert shown(session)
    assert 1 <= kept_for(session, 90) <= 90
    assert all(hour_in(hour) == hour for hour in quiet_hours(session))


def test_a_forged_button_sets_nothing() -> None:
    inside, messages = play(say(begun(), "settings"), Said("quiet hours"))
    token = messages[-1].choices[0].token
    for option in ("at.9999", "at.", "at.21", "days.30", "in.ie", "until.2100", "usual.x"):
        after, told = play(inside, Chose(token.replace("at.2000", option)))
        assert (after.settings, told[0].state) == ({}, "decide/stale")


# --- the language ---


def test_with_one_language_it_says_so() -> None:
    for event in (Command("language"), Said("parlez-vous français ?"), Said("change the language")):
        messages = play(begun(), event)[1]
        assert messages[-1].state == "decide/language"
        assert "just English so far" in messages[-1].text
        assert [choice.option for choice in messages[-1].choices] == ["settings"]


def test_with_several_each_other_one_can_be_chosen() -> None:
    ours, irish = dialog(), copy(dialog().words["en"])
    irish.locale = "en_ie"
    both = Dialog(ours.flow, ours.table, {"en": ours.words["en"], "en_ie": irish}, ours.people)
    inside, messages = both.step(begun(), Command("language"))
    assert "Which language" in messages[-1].text
    other = messages[-1].choices[0]
    assert (other.option, other.label) == ("in.en_ie", "English")
    after, messages = both.step(inside, Chose(other.token))
    assert after.locale == "en_ie"
    assert [message.locale for message in messages] == ["en_ie"] * 2
    assert [message.state for message in messages] == ["decide/language", "decide/interview"]
    assert both.step(inside, Chose("decide/language:in.xx~2"))[0].locale == "en"


# --- hours and places ---


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        *(("21:00", "21:00"), ("9 pm", "21:00"), ("9pm", "21:00"), ("at 9:30 p.m.", "21:30"), ("7", "07:00")),
        *(
            ("12 am", "00:00"),
            ("12 pm", "12:00"),
            ("0", "00:00"),
            ("23.59", "23:59"),
            ("until 8 am", "08:00"),
        ),
        *(
            ("24", ""),
            ("13 pm", ""),
            ("0 am", ""),
            ("9:60", ""),
            ("nine", ""),
            ("", ""),
            ("-1", ""),
            ("٣", ""),
        ),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hour: str) -> None:
    assert hour_in(text) == hour


@given(st.text())
def test_no_text_breaks_them(text: str) -> None:
    assert hour_in(text) == "" or hour_in(hour_in(text)) == hour_in(text)
