"""Being forgotten: never at once, never by accident, and then wholly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.events import Chose, Command, Due, Event, Picked, Said, Started
from dialogs.markup import plain
from dialogs.session import NUDGE, Plan, Reminder, Session, dumps, loads
from tests.dialogs.people import begun, buttons, dialog, play, say

GO = ("the {{7*7}} knab", "cooled_off", "none", "no", "no", "yes", "yes")

PLACES = [
    (),
    GO[:2],
    GO,
    (*GO, "going"),
    (*GO, "suppose", "prepare"),
    ("talk",),
    ("settings", "quiet hours"),
    (*GO[:2], "zz", "zz", "zz"),
]
"""Ways to all kinds of places."""


def asked(*lines: str) -> Session:
    """A conversation in which it was asked whether to erase everything."""
    return say(begun(), *lines, "forget me")


def erased(session: Session) -> bool:
    return session == Session(session.locale, forgotten=True)


@pytest.mark.parametrize("lines", PLACES)
@pytest.mark.parametrize(
    "event", [Command("forget"), Said("forget me"), Said("Delete my data!"), Said("erase everything")]
)
def test_it_asks_first_wherever_one_is(lines: tuple[str, ...], event: Event) -> None:
    before = say(begun(), *lines)
    after, messages = play(before, event)
    assert not after.forgotten
    assert after.plan.answers == before.plan.answers
    assert messages[-1].state == "decide/forget"
    assert [choice.label for choice in messages[-1].choices] == ["Erase everything", "Keep it"]


def test_asking_in_other_words_asks_too() -> None:
    for line in ("please delete all my data", "wipe everything you know about me", "forget I was ever here"):
        assert play(say(begun(), *GO[:2]), Said(line))[1][-1].state == "decide/forget"


def test_the_button_erases() -> None:
    before, messages = play(say(begun(), *GO), Command("forget"))
    after, messages = play(before, Chose(messages[-1].choices[0].token))
    assert erased(after)
    assert [message.state for message in messages] == ["decide/forget"]


@pytest.mark.parametrize("line", ["Erase everything", "erase everything", " ERASE EVERYTHING. "])
def test_its_words_erase_once_it_was_asked(line: str) -> None:
    assert erased(say(asked(*GO), line))


@pytest.mark.parametrize(
    "line",
    [
        *("1", "1.", "2", "yes", "y", "yes please", "ok", "sure", "erase", "everything", "delete everything"),
        *("forget me", "erase everything now", "don't erase everything", "I said erase everything", "zz"),
        *("erase everything, keep it", "done", "go", "forget", "again"),
    ],
)
def test_nothing_else_that_is_typed_erases(line: str) -> None:
    session = asked(*GO)
    for _ in range(4):
        session = say(session, line)
        assert not session.forgotten
        assert session.plan.answers == say(begun(), *GO).plan.answers


def test_who_is_not_understood_is_asked_again_in_words_that_hold() -> None:
    messages = play(asked(*GO), Said("2"))[1]
    assert [message.state for message in messages] == ["decide/forget"]
    assert "type just that" in messages[0].text


@pytest.mark.parametrize("line", ["Keep it", "keep it", "back", "never mind", "leave it"])
@pytest.mark.parametrize("lines", PLACES[:4])
def test_who_thinks_better_of_it_stands_where_they_stood(line: str, lines: tuple[str, ...]) -> None:
    before = say(begun(), *lines)
    after = say(before, "forget me", line)
    assert replace(after, asked=before.asked) == before


def test_the_goodbye_is_one_message_and_holds_nothing_of_anybody() -> None:
    session = replace(asked(*GO), reminders=(Reminder(NUDGE, 5.0),), settings={"zone": "Europe/Dublin"})
    after, messages = play(session, Said("Erase everything"))
    (goodbye,) = messages
    assert erased(after)
    assert goodbye.text == dialog().words["en"].block("forget", "gone")
    assert not goodbye.choices
    assert not goodbye.attachments
    assert goodbye.ends
    for words in ("history stays with you", "begin anew"):
        assert words in plain(goodbye.text)


def test_it_reaches_every_interview_and_every_reminder() -> None:
    session = asked(*GO)
    session = replace(
        session,
        plans=(*session.plans, Plan(details={"note": "x"})),
        reminders=(Reminder(NUDGE, 5.0), Reminder("before.1", 6.0)),
    )
    after = say(session, "Erase everything")
    assert erased(after)
    for name in (NUDGE, "before.1"):
        assert dialog().step(after, Due(name), 10.0)[1] == ()


def test_after_it_old_buttons_are_stale() -> None:
    session = begun()
    old = []
    for line in (*GO, "going", "forget me"):
        session, messages = play(session, Said(line))
        old += buttons(messages)
    after = say(session, "Erase everything")
    assert len(old) > 40
    for choice in old:
        now, messages = play(after, Chose(choice.token))
        assert now.plans == (Plan(),)
        assert messages[0].state == "decide/stale", choice
    assert play(after, Picked("decide/hesitations~2", ("cooled_off",)))[1][0].state == "decide/stale"


@pytest.mark.parametrize("event", [Started(), Said("hello"), Said("the bakery")])
def test_after_it_anything_begins_anew(event: Event) -> None:
    after, messages = play(say(asked(*GO), "Erase everything"), event)
    assert [message.state for message in messages] == ["decide/welcome", "decide/interview"]
    assert (after.forgotten, after) == (False, begun())


def test_that_it_is_forgotten_is_never_stored() -> None:
    after = say(asked(*GO), "Erase everything")
    assert loads(dumps(after, dialog().flow), dialog().flow) == Session()


def test_the_language_is_all_that_the_goodbye_knows() -> None:
    before = replace(asked(*GO), locale="xx")
    assert say(before, "Erase everything") == Session("xx", forgotten=True)


LINES = (
    *("forget me", "erase everything", "privacy", "settings", "export", "language", "keep it", "back", "1"),
    *("2", "yes", "zz", "useful", "my interviews", "another interview", "the bank", "cooled_off", "stop"),
    *("Dublin", "quiet hours", "9 pm", "30", "time zone", "country", "talk", "restart", "skip", "", "\ud800"),
)
ACTS = st.tuples(st.sampled_from(("say", "ask", "tap", "old")), st.integers(0, 999))


@settings(max_examples=60)
@given(st.lists(ACTS, max_size=30))
def test_only_who_was_asked_and_means_it_is_forgotten(acts: list[tuple[str, int]]) -> None:
    session, messages = play(say(begun(), *GO), Said("going"))
    seen = [choice.token for choice in buttons(messages)]
    for kind, number in acts:
        line = LINES[number % len(LINES)]
        typed: dict[str, Event] = {"say": Said(line), "ask": Command(line)}
        event = typed.get(kind, Chose(seen[number % len(seen)]))
        if kind == "tap" and (here := buttons(messages[-1:])):
            event = Chose(here[number % len(here)].token)
        asked = dialog().standing(session.plan) == "decide/forget"
        after, messages = play(session, event)
        if after.forgotten:
            said = event.text if isinstance(event, Said) else ""
            token = event.token if isinstance(event, Chose) else ""
            assert asked
            assert said == "erase everything" or token.startswith("decide/forget:erase_everything~")
            assert erased(after)
            return
        assert loads(dumps(after, dialog().flow), dialog().flow) == after
        session = after
        seen += [choice.token for choice in buttons(messages)]


def test_a_forged_button_erases_nothing() -> None:
    session, messages = play(say(begun(), *GO), Said("privacy"))
    token = messages[-1].choices[0].token.replace("export", "erase_everything")
    for forged in (token, token.replace("privacy", "forget")):
        after = play(session, Chose(forged))[0]
        assert not after.forgotten
        assert after.plan.answers
