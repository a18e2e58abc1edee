"""Whether it was of use: asked once, answered by one tap, counted, and kept nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs.events import Chose, Command, Due, Event, Message, Said, Started
from dialogs.session import NUDGE, Reminder, Session, dumps
from tests.dialogs.people import begun, buttons, dialog, play, say

GO = ("the bank", "cooled_off", "none", "no", "no", "yes", "yes")


def asks(messages: list[Message]) -> bool:
    """Whether these ask it: in words, and with a button for each answer."""
    words = "Was this useful?" in messages[-1].text
    offered = {"useful", "not_useful"} & {control.option for control in messages[-1].controls}
    assert words == (len(offered) == 2)
    return words


def counted(messages: list[Message]) -> list[str]:
    return [message.counts for message in messages if message.counts]


def decided(outcome: str = "declining") -> tuple[Session, list[Message]]:
    return play(say(begun(), *GO), Said(outcome))


@pytest.mark.parametrize("outcome", ["going", "declining"])
def test_it_is_asked_with_a_decision(outcome: str) -> None:
    session, messages = decided(outcome)
    assert messages[-1].state == "decide/done"
    assert asks(messages)
    # The ways on are still there, to be pressed or typed by their numbers.
    assert say(session, "1") != session
    assert {"change", "interviews"} <= {choice.option for choice in messages[-1].choices}


def test_who_is_still_thinking_is_asked_once_they_have_decided() -> None:
    session, messages = decided("still_thinking")
    assert not asks(messages)
    assert "useful" not in session.settings
    assert asks(play(session, Said("going"))[1])


@pytest.mark.parametrize(
    "lines",
    [
        ("going",),
        ("restart", "the bakery", *GO[1:], "going"),
        ("my interviews", "another interview", *GO, "going"),
        ("change", "What you’ll do", "I’m going"),
        ("back", "declining"),
        ("useful", "back", "going"),
        ("not useful", "going"),
    ],
)
def test_it_is_never_asked_twice(lines: tuple[str, ...]) -> None:
    session, _ = decided()
    told: list[Message] = []
    for line in lines:
        session, told = play(session, Said(line))
        assert not asks(told)
    assert told[-1].state == "decide/done"


def test_coming_back_asks_no_more() -> None:
    session, _ = decided()
    for event in (Started(), Command("again"), Said("why")):
        assert not asks(play(session, event)[1])
    due = replace(session, reminders=(Reminder(NUDGE, 0.0),))
    assert not asks(play(due, Due(NUDGE))[1])


@pytest.mark.parametrize(("option", "answer"), [("useful", "yes"), ("not_useful", "no")])
def test_a_tap_is_counted_once(option: str, answer: str) -> None:
    session, messages = decided()
    token = next(choice.token for choice in buttons(messages) if choice.option == option)
    after, messages = play(session, Chose(token))
    assert counted(messages) == [answer]
    assert [message.state for message in messages] == ["decide/useful"]
    assert "change" in {choice.option for choice in messages[-1].choices}
    _, messages = play(after, Chose(token))
    assert (counted(messages), messages[0].state) == ([], "decide/stale")


def test_both_answers_leave_the_same_behind() -> None:
    session, messages = decided()
    after = {
        option: play(session, Chose(token))
        for option, token in ((each.option, each.token) for each in messages[-1].controls[:2])
    }
    assert list(after) == ["useful", "not_useful"]
    (yes, said_yes), (no, said_no) = after.values()
    assert dumps(yes, dialog().flow) == dumps(no, dialog().flow)
    assert yes.settings == session.settings
    assert [replace(message, counts=None) for message in said_yes] == [
        replace(message, counts=None) for message in said_no
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [("useful", "yes"), ("It was useful!", "yes"), ("not useful", "no"), ("that was not useful", "no")],
)
def test_it_can_be_typed_once(line: str, answer: str) -> None:
    session, messages = play(decided()[0], Said(line))
    assert counted(messages) == [answer]
    for again in (line, "useful", "not useful"):
        session, messages = play(session, Said(again))
        assert (counted(messages), messages[-1].state) == ([], "decide/not_here")


@pytest.mark.parametrize("lines", [("change", "back"), ("talk",), ("my interviews", "back"), ("going",)])
def test_who_went_on_has_let_it_be(lines: tuple[str, ...]) -> None:
    session = say(decided()[0], *lines)
    for event in (Command("useful"), Said("not useful")):
        assert not counted(play(session, event)[1])


@pytest.mark.parametrize("event", [Command("useful"), Command("not_useful"), Said("it was useful")])
@pytest.mark.parametrize("lines", [(), GO[:2], GO, ("talk",), ("settings",)])
def test_who_was_not_asked_is_not_counted(event: Event, lines: tuple[str, ...]) -> None:
    session, messages = play(say(begun(), *lines), event)
    assert not counted(messages)
    assert "useful" not in session.settings


def test_nobody_in_distress_is_asked() -> None:
    session, messages = play(say(begun(), *GO), Said("I want to die"))
    assert not asks(messages)
    for line in ("declining", "going", "I’ll decline"):
        session, messages = play(session, Said(line))
        assert messages[-1].state == "decide/talk"
        assert not asks(messages)
    assert "useful" not in session.settings
