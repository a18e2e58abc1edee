"""Ready words: what fits first, what is filled in, and nothing in it that anybody could do harm with."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs import markup
from dialogs.events import Chose, Message, Said, Started
from dialogs.rooms.ready_words import KINDS, NAME_MOST, PERSON, ROLE, TONES, can_stand
from dialogs.session import Detour, Session, dumps, loads
from tests.dialogs.people import answers, begun, dialog, play, say, walked

COPIED_MOST = 256
"""Characters that a button on Telegram copies (its documentation of `CopyTextButton`)."""

NOTE_MOST = 900
"""Characters of a note, names included: what fits every platform's message with room to spare."""

DECLINE = ("the bank", "cooled_off", "none", "skip", "skip", "yes", "yes")
ASK_PAY = ("that startup", "salary_too_low", "networking_contacts", "no", "maybe", "maybe", "partly", "yes")
GO = ("that startup", "cooled_off", "somewhat_interested", "yes", "yes", "yes", "yes")
PRACTISE = (
    *("the bank", "not_interested_at_all", "needs_practice", "recently", "yes", "no", "no", "no"),
    *("yes", "yes"),
)


def note(messages: list[Message]) -> str:
    """The note that is shown, to be copied; it stands nowhere else in the message."""
    (shown,) = messages
    assert shown.state == "decide/ready_words"
    assert shown.copyable
    assert shown.copyable not in markup.plain(shown.text)
    return shown.copyable


def opened(session: Session, line: str = "a note to send") -> tuple[Session, str]:
    session, messages = play(session, Said(line))
    return session, note(messages)


def about(session: Session) -> str:
    detour = session.plan.detour
    return detour.about if detour else ""


# Which note comes first.


@pytest.mark.parametrize(
    ("walk", "begins"),
    [
        (DECLINE, "this one isn’t right for me"),
        (ASK_PAY, "What is the pay range"),
        (GO, "I’d be glad to come"),
        (PRACTISE, "this one isn’t right for me"),
        ((*DECLINE, "going"), "I’d be glad to come"),
        ((*DECLINE, "declining"), "this one isn’t right for me"),
        ((*DECLINE, "still_thinking"), "this one isn’t right for me"),
        ((*GO, "declining"), "this one isn’t right for me"),
        ((*ASK_PAY, "going"), "What is the pay range"),
    ],
)
def test_the_note_that_fits_comes_first(walk: tuple[str, ...], begins: str) -> None:
    assert begins in opened(say(begun(), *walk))[1]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("warm note", "I’ve thought it over"),
        ("note_warm", "I’ve thought it over"),
        ("note", "I’ve thought it over"),
        ("brief note", "I’ve decided not to go ahead"),
        ("note_brief", "I’ve decided not to go ahead"),
        ("ask note", "How senior is the job, day to day? What is the pay range"),
        ("note to accept", "I’d be glad to come"),
        ("note to reschedule", "Could we find another one?"),
        ("note to decline", "I’ve thought it over"),
    ],
)
def test_a_phrase_opens_its_note(line: str, says: str) -> None:
    assert says in opened(say(begun(), *DECLINE), line)[1]


@pytest.mark.parametrize("option", ["note_warm", "note_brief", "ask_note"])
def test_the_button_of_an_older_version_is_stale(option: str) -> None:
    before = say(begun(), *DECLINE)
    after, messages = play(before, Chose(f"decide/verdict:{option}~{before.asked}"))
    assert messages[0].state == "decide/stale"
    assert after.plan == before.plan


def test_there_is_no_note_before_the_verdict() -> None:
    assert play(say(begun(), "the bank"), Said("warm note"))[1][-1].state == "decide/not_here"


def test_it_says_once_that_nothing_is_sent() -> None:
    session, messages = play(say(begun(), *DECLINE), Said("note"))
    assert "I never send" in messages[-1].text
    for line in ("make it brief", "a note to say yes", "make it warm", "a note to move the date"):
        session, messages = play(session, Said(line))
        assert "I never send" not in messages[-1].text
    assert "I never send" in play(say(session, "back"), Said("note"))[1][-1].text


def test_every_kind_is_reached_by_buttons_in_both_tones_all_different() -> None:
    session, messages = play(say(begun(), *DECLINE), Said("note"))
    found, to_go = {"decline.warm": note(messages)}, [(session, messages)]
    while to_go:
        session, messages = to_go.pop()
        assert len(messages[-1].choices) == len(KINDS) + 1
        for choice in messages[-1].choices:
            if choice.option != "names" and choice.option not in found:
                to_go.append(play(session, Chose(choice.token)))
                found[choice.option] = note(to_go[-1][1])
    assert set(found) == {f"{kind}.{tone}" for kind, tone in product(KINDS, TONES)}
    assert len(set(found.values())) == len(found)
    assert all(len(text) <= COPIED_MOST for text in found.values())


def test_only_what_bothers_is_asked_about() -> None:
    pay = opened(say(begun(), *ASK_PAY))[1]
    assert "pay range" in pay
    assert "senior" not in pay
    level = say(begun(), "skip", "level_too_low", "networking_contacts", "no", "no", "no", "no", "yes", "yes")
    asked = opened(level, "ask note")[1]
    assert "senior" in asked
    assert "pay range" not in asked


# What is filled in.


def filled(role: str, person: str, walk: tuple[str, ...] = DECLINE) -> tuple[Session, str]:
    session, messages = play(
        say(begun(), *walk), Said("note"), Said("put in a job or a name"), Said(role), Said(person)
    )
    return session, note(messages)


def test_a_job_and_a_name_are_filled_in_kept_and_taken_out() -> None:
    session, text = filled("Senior Analyst (C++)", "Ms O’Brien-Lee")
    assert text.startswith("Hello Ms O’Brien-Lee. I’m writing about this job: Senior Analyst (C++). Thank")
    assert session.plan.details == {ROLE: "Senior Analyst (C++)", PERSON: "Ms O’Brien-Lee"}
    again = loads(dumps(session, dialog().flow), dialog().flow)
    assert opened(say(again, "back"))[1] == text
    assert opened(say(again, "back", "restart", *DECLINE))[1].startswith("Hello. Thank you")
    names = say(session, "put in a job or a name")
    assert say(names, "skip", "skip").plan.details == session.plan.details
    assert say(names, "leave it out", "leave it out").plan.details == {}
    assert note(play(names, Said("leave it out"), Said("leave it out"))[1]).startswith("Hello. Thank you")


def test_each_interview_has_its_own_names() -> None:
    session, _ = filled("Baker", "Mr Li")
    other = say(session, "my interviews", "another interview", *DECLINE)
    assert opened(other)[1].startswith("Hello. Thank you")
    assert opened(say(other, "my interviews", "1"))[1].startswith("Hello Mr Li.")


def test_the_name_of_the_interview_stays_outside_the_note() -> None:
    session = say(begun(), "that awful <b>bank</b> {{7*7}}, Tuesday 2026-12-03", *DECLINE[1:])
    session, messages = play(session, Said("note"))
    assert "that awful &lt;b&gt;bank&lt;/b&gt; {{7*7}}, Tuesday" in messages[-1].text
    assert "awful" not in note(messages)
    assert "Thursday 3 December" in opened(session, "note to reschedule")[1]


def test_an_interview_without_a_name_or_date_makes_whole_sentences() -> None:
    session = say(begun(), "skip", *DECLINE[1:])
    for line in ("note to accept", "ask note", "note to reschedule", "note to decline"):
        text = opened(session, line)[1]
        assert "None" not in text
        assert not re.search(r"\s[.?]|\s{2}|\bon\s*[.?]|\(\)|: \.", text), text


@pytest.mark.parametrize(
    "text",
    ["<b>@channel {{7*7}}", "@here", "Lee <lee@example.org>", "*Lee*", "_Lee_", "`rm`", "Lee|Li", "{% x %}",
     "[Lee](x)", "~Lee~", "👍", "...", "-", "Lee\u202etxt\\", "a;b", '"Lee"', "$5", "€"],
)  # fmt: skip
def test_what_would_mean_something_elsewhere_is_not_put_in(text: str) -> None:
    names = say(begun(), *DECLINE, "note", "put in a job or a name")
    after, messages = play(names, Said(text))
    assert [message.state for message in messages] == ["decide/note_names"]
    assert "letters and numbers" in messages[-1].text
    assert after.plan.details == {}
    assert about(after) == about(names)


def test_what_is_too_long_is_said_kindly_with_how_much_there_is_room_for() -> None:
    names = say(begun(), *DECLINE, "note", "put in a job or a name")
    for text in ("x" * (NAME_MOST + 1), "job " * 5_000):
        after, messages = play(names, Said(text))
        assert str(NAME_MOST) in messages[-1].text
        assert after.plan.details == {}
    assert say(names, "x" * NAME_MOST).plan.details == {ROLE: "x" * NAME_MOST}


@given(st.text(max_size=80), st.text(max_size=80), answers(whole=True), st.sampled_from(KINDS))
def test_no_note_has_markup_of_a_person_or_is_too_long(
    role: str, person: str, said: dict[str, object], kind: str
) -> None:
    session = say(walked(said), f"note to {kind}" if kind != "move" else "move note")
    session = session.with_plan(session.plan.detailed(**{ROLE: role, PERSON: person}))
    for tone in TONES:
        detour = Detour("decide/ready_words", about=f"{kind}.{tone}")
        text = note(play(_with(session, detour), Started())[1][-1:])
        assert len(text) <= NOTE_MOST
        assert not set("<>{}@*_~`|[]\\\n") & set(text)
        for given_text in (role, person):
            stands = 0 < len(given_text) <= NAME_MOST and can_stand(given_text)
            assert not stands or given_text in text


def _with(session: Session, detour: Detour) -> Session:
    return session.with_plan(replace(session.plan, detour=detour))


@given(st.text(max_size=30))
def test_a_room_copes_with_whatever_it_is_about(what: str) -> None:
    decided = say(begun(), *DECLINE)
    for room in ("ready_words", "note_names", "checklist", "questions", "practise", "country"):
        session = _with(decided, Detour(f"decide/{room}", about=what))
        for text in ("", "1", "skip", "back", what):
            assert play(session, Said(text))[1] or not text
        assert play(session, Started())[1]
