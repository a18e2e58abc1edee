"""Getting ready: the checklist fits the answers, its ticks are kept, and the questions are worth asking."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs import markup
from dialogs.details import BETTER
from dialogs.events import Chose, Message, Picked, Said, Started
from dialogs.rooms.checklist import ASKS_MOST, ITEMS, PART_MOST, TICKS, items
from dialogs.rooms.debrief import LAST_MOST
from dialogs.session import Session, dumps, loads
from tests.dialogs.people import answers, begun, dialog, play, say, typed, walked

GO = ("that startup", "cooled_off", "somewhat_interested", "yes", "yes", "yes", "yes")
ALWAYS = ("ad", "stories", "why_us", "questions", "clothes", "after")


def ready(*walk: str) -> Session:
    """A conversation that stands in the checklist."""
    return say(begun(), *(walk or GO), "get ready")


def ticked(session: Session) -> list[str]:
    return [choice.option for choice in play(session, Started())[1][-1].choices if choice.picked]


def stored(session: Session) -> Session:
    return loads(dumps(session, dialog().flow), dialog().flow)


def lines(messages: list[Message]) -> list[str]:
    return [line for message in messages for line in markup.plain(message.text).splitlines()]


# What stands in it.


@pytest.mark.parametrize(
    ("given_answers", "adds"),
    [
        ({}, ()),
        ({"honest": "no"}, ("why_came",)),
        ({"honest": "not_sure"}, ("why_came",)),
        ({"honest": "yes"}, ()),
        ({"what_if.they_notice": "maybe"}, ("why_came",)),
        ({"what_if.they_notice": "no"}, ()),
        ({"hesitations": ("salary_too_low",)}, ("number",)),
        ({"hesitations": ("level_too_low", "cooled_off")}, ("level",)),
        ({"pulls": ("competitive_intel",)}, ("fair",)),
        ({"hesitations": ("no_time_to_prepare",)}, ("twenty",)),
        ({"prepare": "partly"}, ("twenty",)),
        ({"prepare": None}, ()),
        ({"pulls": ("needs_practice",)}, ("aloud",)),
        ({"last_interview": "internal_only"}, ("aloud",)),
        ({"pulls": ()}, ()),
    ],
)
def test_the_items_fit_the_answers(given_answers: dict[str, Any], adds: tuple[str, ...]) -> None:
    assert set(items(given_answers)) == {*ALWAYS, *adds}


@given(answers(whole=True))
def test_what_is_short_comes_first_and_what_comes_afterwards_last(said: dict[str, Any]) -> None:
    found = items(said)
    assert found == tuple(item for item in ITEMS if item in found)
    assert found[-1] == "after"
    assert "twenty" not in found[1:]


@given(answers(whole=True))
def test_every_item_is_said_and_can_be_ticked(said: dict[str, Any]) -> None:
    session = walked(said)
    session, messages = play(session, Said("checklist"))
    found = items(session.plan.answers)
    assert [choice.option for choice in messages[-1].choices if choice.ticks] == list(found)
    assert len([line for line in lines(messages) if line.startswith("• ")]) == len(found)
    for message in messages[:-1]:
        assert 0 < message.text.count("• ") <= PART_MOST
    assert f"0 of {len(found)}" in messages[-1].text
    assert {choice.option for choice in messages[-1].choices if not choice.ticks} == {"questions_to_ask"}


def test_it_says_what_the_recruiters_chair_minds() -> None:
    shown = "\n".join(lines(play(say(begun(), *GO), Said("checklist"))[1]))
    assert "From the recruiter’s chair" in shown
    assert "judge hard when misled" in shown
    assert "Answer honestly" in shown


# Its ticks.


def test_several_are_submitted_at_once_and_replace_what_was_ticked() -> None:
    session, messages = play(ready(), Started())
    session, messages = play(session, Picked(messages[-1].token, ("stories", "ad")))
    assert ticked(session) == ["ad", "stories"]
    assert session.plan.details == {TICKS: "ad stories"}
    assert "2 of 6" in messages[-1].text
    session, messages = play(session, Picked(messages[-1].token, ("clothes",)))
    assert ticked(session) == ["clothes"]
    assert ticked(play(session, Picked(messages[-1].token, ()))[0]) == []


def test_typing_several_adds_them_and_typing_one_again_takes_it_off() -> None:
    session = say(ready(), "1, 3")
    assert ticked(session) == ["ad", "why_us"]
    session = say(session, "two stories and clothes")
    assert ticked(session) == ["ad", "stories", "why_us", "clothes"]
    assert ticked(say(session, "1")) == ["stories", "why_us", "clothes"]
    assert ticked(say(session, "1", "1")) == ["ad", "stories", "why_us", "clothes"]
    cleared = say(session, "take all ticks away")
    assert ticked(cleared) == []
    assert cleared.plan.details == {}


def test_all_done_is_said() -> None:
    assert "All 6 done" in play(ready(), Said("1, 2, 3, 4, 5, 6"))[1][-1].text


@given(st.sets(st.sampled_from(ALWAYS)), st.booleans())
def test_ticks_survive_storing_and_leaving_and_end_where_one_starts_over(some: set[str], again: bool) -> None:
    session, messages = play(ready(), Started())
    session = stored(play(session, Picked(messages[-1].token, tuple(sorted(some))))[0])
    session = say(session, "restart", *GO) if again else say(session, "back")
    session, messages = play(stored(session), Said("get ready"))
    left = set() if again else some
    assert {choice.option for choice in messages[-1].choices if choice.picked} == left
    assert f"{len(left)} of 6" in messages[-1].text


def test_an_item_that_the_answers_hide_keeps_its_tick() -> None:
    session = say(ready(GO[0], "cooled_off, salary_too_low", GO[2], "no", *GO[3:]), "my number", "clothes")
    assert session.plan.details == {TICKS: "number clothes"}
    session = say(session, "back", "change", "hesitations", "cooled_off", "get ready")
    assert ticked(session) == ["clothes"]
    session = say(
        session, "clothes", "back", "change", "hesitations", "cooled_off, salary_too_low", "no", "get ready"
    )
    assert ticked(session) == ["number"]


def test_each_interview_has_its_own_ticks() -> None:
    session = say(ready(), "1", "my interviews", "another interview", *GO, "get ready")
    assert ticked(session) == []
    assert ticked(say(session, "2", "my interviews", "1", "get ready")) == ["ad"]


@pytest.mark.parametrize("text", ["nonsense", "ad ad", "ad\tad nowhere", "", " "])
def test_odd_ticks_in_store_do_no_harm(text: str) -> None:
    session = say(begun(), *GO)
    session = session.with_plan(session.plan.detailed(**{TICKS: text}))
    assert ticked(say(session, "get ready")) == (["ad"] if "ad" in text.split() else [])


@pytest.mark.parametrize("options", [("number",), ("ad", "nonsense"), ("questions_to_ask",), ("none", "ad")])
def test_what_does_not_stand_there_cannot_be_ticked(options: tuple[str, ...]) -> None:
    session, messages = play(ready(), Started())
    after, told = play(session, Picked(messages[-1].token, options))
    assert told[0].state == "decide/stale"
    assert after.plan == session.plan


def test_a_button_pressed_twice_ticks_once() -> None:
    session, messages = play(ready(), Started())
    token = messages[-1].choices[0].token
    once = play(session, Chose(token))[0]
    twice, told = play(once, Chose(token))
    assert told[0].state == "decide/stale"
    assert ticked(twice) == ["ad"]


# Last time.


def test_what_one_wanted_to_do_better_comes_before_the_next_interview() -> None:
    session = say(begun(), *GO)
    session = session.with_plan(session.plan.detailed(**{BETTER: "<b>listen</b> more"}))
    assert "Last time" not in "\n".join(lines(play(session, Said("checklist"))[1]))
    session = say(session, "my interviews", "another interview", *GO)
    shown = play(session, Said("checklist"))[1][-1].text
    assert "Last time you wanted to do this better: &lt;b&gt;listen&lt;/b&gt; more" in shown
    session = session.with_plan(session.plan.detailed(**{BETTER: "x" * 5 * LAST_MOST}))
    session = say(session, "my interviews", "another interview", *GO)
    shown = play(session, Said("checklist"))[1][-1].text
    assert "x" * (LAST_MOST - 1) + "…" in shown
    assert "listen" not in shown


# Questions.


@given(answers(whole=True))
def test_every_maybe_and_everything_unknown_becomes_a_question(said: dict[str, Any]) -> None:
    session = walked(said)
    session, messages = play(session, Said("questions"))
    found = [line for line in lines(messages) if line.startswith("• ")]
    open_ones = [
        question
        for question, answer in session.plan.answers.items()
        if answer is None or answer in dialog().flow.by_id[question].unsure or answer == "maybe"
    ]
    words = dialog().words["en"]
    for question in open_ones:
        if words.has(question, "ask"):
            assert f"• {markup.plain(str(words.block(question, 'ask')))}" in found
    assert len(found) >= max(len([q for q in open_ones if words.has(q, "ask")]), 2 if not open_ones else 0)
    assert all(message.text.count("• ") <= ASKS_MOST for message in messages)
    assert [choice.option for choice in messages[-1].choices] == ["checklist"]


@pytest.mark.parametrize(
    ("doubt", "asks"),
    [
        ("salary_too_low", "pay range"),
        ("level_too_low", "decide on my own"),
        ("cooled_off", "“"),
        ("unsure_what_i_want", "“"),
    ],
)
def test_each_doubt_that_they_could_settle_is_asked_about(doubt: str, asks: str) -> None:
    flow = dialog().flow
    given_answers: dict[str, Any] = {"hesitations": (doubt,), "pulls": ("networking_contacts",)}
    given_answers = {
        question: given_answers.get(question) or flow.by_id[question].options[0]
        for question in flow.applying(given_answers)
        if question not in ("interview", "outcome")
    }
    session = say(begun(), "skip", *map(typed, given_answers.values()))
    shown = lines(play(session, Said("questions"))[1])
    own = markup.plain(str(dialog().words["en"].block("hesitations", f"ask_{doubt}")))
    assert f"• {own}" in shown
    assert asks in own


def test_the_checklist_and_the_questions_lead_to_each_other() -> None:
    session, messages = play(ready(), Said("questions to ask"))
    assert messages[-1].state == "decide/questions"
    assert play(session, Chose(messages[-1].choices[0].token))[1][-1].state == "decide/checklist"
    assert play(session, Said("back"))[1][-1].state == "decide/verdict.next"
