"""The debrief: each step by itself, kept with its interview, and told before the next one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs import markup
from dialogs.details import BETTER, DEBRIEFED, STILL, TEXT_MOST, TRUE, WELL
from dialogs.events import Chose, Command, Message, Picked, Said, Started
from dialogs.rooms.debrief import LAST_MOST, last_time
from dialogs.session import Detour, Plan, Session, dumps, loads
from tests.dialogs import oracle
from tests.dialogs.people import answers, begun, dialog, play, say, walked
from tests.dialogs.test_engine import ACTS, Act, Person

WALK = ("the bank", "cooled_off", "need_income", "few_months", "yes", "no", "yes", "yes", "yes")
GOING = say(begun(), *WALK, "going")
DEBRIEF = (WELL, BETTER, TRUE, STILL)
WHAT_IFS = ("what_if.stepping_stone", "what_if.more_to_it", "what_if.love_it")


def shown(session: Session) -> list[Message]:
    return play(session, Started())[1]


def texts(messages: list[Message]) -> str:
    return "\n\n".join(markup.plain(message.text) for message in messages)


def kept(session: Session) -> dict[str, str]:
    """What the debrief holds, without when it was written."""
    return {name: text for name, text in session.plan.details.items() if name != DEBRIEFED}


def about(session: Session) -> str:
    detour = session.plan.detour
    assert detour
    assert detour.state == "decide/debrief"
    return detour.about


# Coming to it.


@pytest.mark.parametrize(
    "words", ["debrief", "It’s over.", "I went", "i’ve been", "it went well", "How did it go?", "/debrief"]
)
def test_it_is_come_to_by_typing(words: str) -> None:
    assert dialog().standing(say(GOING, words).plan) == "decide/debrief"


def test_it_is_come_to_by_its_button_once_one_is_going() -> None:
    button = next(choice for choice in shown(GOING)[-1].choices if choice.option == "debrief")
    assert dialog().standing(play(GOING, Chose(button.token))[0].plan) == "decide/debrief"


@pytest.mark.parametrize("walked", [(), WALK[:2], WALK, (*WALK, "declining")])
def test_it_is_come_to_from_anywhere(walked: tuple[str, ...]) -> None:
    assert say(begun(), *walked, "debrief").plan.detour


def test_it_says_which_interview_it_is_about_and_how_to_come_to_another() -> None:
    first = texts(play(GOING, Command("debrief"))[1])
    assert "the bank" in first
    assert "my interviews" not in first
    two = say(GOING, "my interviews", "another interview", "the bank")
    first = texts(play(two, Command("debrief"))[1])
    assert "the bank (2)" in first
    assert "my interviews" in first


# Its steps.


def test_all_four_are_asked_one_after_another_and_kept_with_the_interview() -> None:
    now = say(GOING, "debrief", "I was on time", "Breathe", "1, 3", "Yes, I want it")
    assert kept(now) == {
        WELL: "I was on time",
        BETTER: "Breathe",
        TRUE: f"{WHAT_IFS[0]},{WHAT_IFS[2]}",
        STILL: "yes",
    }
    assert now.plan.answers == GOING.plan.answers
    assert about(now) == "summary"
    text = texts(shown(now))
    for part in ("I was on time", "Breathe", "A job to build on. Loving what you hear", "You want it"):
        assert part in text
    assert loads(dumps(now, dialog().flow), dialog().flow) == now


@pytest.mark.parametrize("step", range(4))
def test_each_step_can_be_skipped_by_itself(step: int) -> None:
    said = ["On time", "Breathe", "none", "no"]
    lines = [*said[:step], "skip", *said[step + 1 :]]
    now = say(GOING, "debrief", *lines)
    assert about(now) == "summary"
    whole = {WELL: "On time", BETTER: "Breathe", TRUE: "none", STILL: "no"}
    assert kept(now) == {name: text for at, (name, text) in enumerate(whole.items()) if at != step}


def test_with_all_skipped_nothing_is_kept_and_it_is_asked_again_next_time() -> None:
    now = say(GOING, "debrief", "skip", "skip", "pass", "skip")
    assert not now.plan.details
    assert "Nothing to write down" in texts(shown(now))
    assert "What went well" in texts(play(now, Said("debrief"))[1])


def test_skip_has_a_button_of_its_own_and_no_box() -> None:
    for lines in ((), ("skip",), ("skip", "skip"), ("skip", "skip", "skip")):
        last = shown(say(GOING, "debrief", *lines))[-1]
        assert [control.option for control in last.controls] == ["skip", "back"]
        token = last.controls[0].token
        assert about(play(say(GOING, "debrief", *lines), Chose(token))[0])
    assert "skip" not in [
        control.option for control in shown(say(GOING, "debrief", *["skip"] * 4))[-1].controls
    ]


def test_only_what_ifs_that_were_asked_are_asked_about() -> None:
    last = shown(say(GOING, "debrief", "skip", "skip"))[-1]
    assert tuple(choice.option for choice in last.choices) == (*WHAT_IFS, "none")
    assert [choice.ticks for choice in last.choices] == [True, True, True, False]


@given(answers(whole=True))
@settings(max_examples=25)
def test_what_is_asked_about_is_what_the_walk_asked(said: dict[str, object]) -> None:
    last = shown(say(walked(said), "debrief", "skip", "skip"))[-1]
    applying = [question for question in oracle.applies(said) if question.startswith("what_if.")]
    assert [choice.option for choice in last.choices] == [*applying, "none"]


def test_where_there_was_no_what_if_none_is_asked_about() -> None:
    assert about(say(begun(), "the bank", "debrief", "skip", "skip")) == "still"


@pytest.mark.parametrize(
    ("ticked", "expected"),
    [(WHAT_IFS[:1], WHAT_IFS[0]), (WHAT_IFS[:2], ",".join(WHAT_IFS[:2])), ((), "none"), (("none",), "none")],
)
def test_several_come_true_or_none(ticked: tuple[str, ...], expected: str) -> None:
    here = say(GOING, "debrief", "skip", "skip")
    token = shown(here)[-1].token
    assert kept(play(here, Picked(token, ticked))[0]) == {TRUE: expected}


@pytest.mark.parametrize(
    "forged", [("nonsense",), (WHAT_IFS[0], "none"), ("what_if.right_level",), ("",), ("yes",)]
)
def test_what_could_not_be_ticked_is_not_kept(forged: tuple[str, ...]) -> None:
    here = say(GOING, "debrief", "skip", "skip")
    now, messages = play(here, Picked(shown(here)[-1].token, forged))
    assert not now.plan.details
    assert messages[0].state == "decide/stale"


def test_done_takes_what_is_ticked() -> None:
    assert kept(say(GOING, "debrief", "skip", "skip", "done")) == {TRUE: "none"}
    again = say(GOING, "debrief", "skip", "skip", "1", "skip", "go through it again", "skip", "skip")
    assert shown(again)[-1].choices[0].picked
    assert kept(say(again, "done")) == {TRUE: WHAT_IFS[0]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("yes", "yes"),
        ("I do", "yes"),
        ("maybe", "maybe"),
        ("dunno, perhaps", "maybe"),
        ("nope", "no"),
        ("3", "no"),
    ],
)
def test_whether_it_is_still_wanted_may_be_said_in_ones_own_words(words: str, expected: str) -> None:
    assert kept(say(GOING, "debrief", "skip", "skip", "skip", words)) == {STILL: expected}


def test_what_is_too_long_is_cut_and_that_is_said() -> None:
    now, messages = play(say(GOING, "debrief"), Said("é" * (TEXT_MOST + 1)))
    assert len(now.plan.details[WELL]) == TEXT_MOST
    assert "1,000" in messages[0].text
    now, messages = play(say(GOING, "debrief"), Said("é" * TEXT_MOST))
    assert now.plan.details[WELL] == "é" * TEXT_MOST
    assert "1,000" not in messages[0].text


def test_a_long_answer_is_said_back_in_short_and_stands_in_full_later() -> None:
    text = "word " * 199 + "end"
    # As many what-ifs as anybody is asked, and the longest of the endings.
    all_of_it = "level_too_low, salary_too_low, cooled_off", "need_income", "skip", *["yes"] * 5, "yes", "yes"
    now = say(begun(), "the bank", *all_of_it, "going", "debrief", text, text, "1, 2, 3, 4, 5", "maybe")
    summary = markup.plain(shown(now)[-1].text)
    assert about(now) == "summary"
    assert len(summary.split()) <= 90
    assert "…" in summary
    assert text in texts(play(now, Said("debrief"))[1])


@pytest.mark.parametrize("text", ["<b>@channel {{7*7}} ../../etc", "&amp;", "*x* <!here>", "\u202eevil"])
def test_what_is_typed_is_shown_as_it_was_typed(text: str) -> None:
    now = say(GOING, "debrief", text, text, "skip", "skip")
    for messages in (shown(now), play(now, Said("debrief"))[1]):
        assert text.replace("\u202e", "") in texts(messages)
        assert "<b>@channel" not in "".join(message.text for message in messages)


def test_what_leads_to_the_debrief_is_an_answer_where_one_is_written() -> None:
    now = say(GOING, "debrief", "It went well", "I went", "skip", "skip")
    assert kept(now) == {WELL: "It went well", BETTER: "I went"}


def test_distress_is_heard_there_too() -> None:
    now = say(GOING, "debrief", "I want to die")
    assert dialog().standing(now.plan) == "decide/talk"
    assert not now.plan.details


def test_back_goes_a_question_back_and_out_of_the_first() -> None:
    now = say(GOING, "debrief", "On time", "skip", "skip")
    for step in ("true", "better", "well"):
        now = say(now, "back")
        assert about(now) == step
    now = say(now, "back")
    assert dialog().standing(now.plan) == "decide/done"
    assert kept(now) == {WELL: "On time"}


def test_what_was_written_is_shown_again_and_can_be_written_anew() -> None:
    now = say(GOING, "debrief", "On time", "Breathe", "2", "maybe", "back")
    assert "what you learned is written down" in texts(shown(now))
    now, messages = play(now, Said("debrief"))
    assert "What you’d do better: Breathe" in texts(messages)
    now = say(now, "go through it again", "skip", "Listen", "skip", "skip")
    assert kept(now) == {WELL: "On time", BETTER: "Listen", TRUE: WHAT_IFS[1], STILL: "maybe"}


@pytest.mark.parametrize(
    ("still", "part"), [("yes", "thank them"), ("maybe", "to be sure"), ("no", "kindly")]
)
def test_what_to_do_next_goes_by_whether_it_is_still_wanted(still: str, part: str) -> None:
    assert part in texts(shown(say(GOING, "debrief", "skip", "skip", "skip", still)))


# Before the next one.


def test_the_next_one_begins_with_what_was_to_be_better() -> None:
    now = say(GOING, "debrief", "skip", "Talk <b>less</b>", "skip", "skip", "my interviews")
    messages = play(now, Said("Another interview"))[1]
    assert "Talk <b>less</b>" in texts(messages[:1])
    assert "Last time" not in texts(play(say(GOING, "my interviews"), Said("another interview"))[1])


def test_the_last_time_is_the_last_that_something_was_to_be_better() -> None:
    def plan(better: str, when: str) -> Plan:
        return Plan().detailed(**{BETTER: better, DEBRIEFED: when})

    def last(*plans: Plan) -> str:
        return last_time(Session(plans=plans))

    assert last(Plan()) == ""
    assert last(plan("one", "200"), plan("two", "100"), Plan()) == "one"
    assert last(plan("one", "200"), plan("two", "200")) == "two"
    assert last(plan("one", "200"), plan("", "300")) == "one"
    assert last(plan("one", "x"), plan("two", "٣"), plan("three", "9" * 5000)) == "three"
    assert len(last(plan("x" * TEXT_MOST, "1"))) == LAST_MOST


def test_when_it_was_written_is_kept_in_whole_seconds() -> None:
    now, _ = dialog().step(say(GOING, "debrief"), Said("On time"), 1_700_000_000.9)
    assert now.plan.details[DEBRIEFED] == "1700000000"


# What always holds.


@settings(max_examples=40)
@given(st.integers(0, 4), st.lists(ACTS, max_size=25))
def test_whatever_is_done_there_changes_no_answer_and_no_other_interview(step: int, acts: list[Act]) -> None:
    two = say(GOING, "my interviews", "another interview", *WALK)
    person = Person(say(two, "debrief", *["skip"] * step))
    person.do(Started())
    for act in acts:
        before = person.session
        person.do(person.event(act))
        after = person.session
        stayed = [session.plan.detour for session in (before, after)]
        if all(detour and detour.state == "decide/debrief" for detour in stayed):
            assert after.plan.answers == before.plan.answers
            assert before.plan.details.keys() <= after.plan.details.keys()
        for at, plan in enumerate(before.plans):
            if at != before.open and after.plans[at] != Plan():
                assert after.plans[at].answers == plan.answers
                assert [after.plans[at].details.get(name) for name in DEBRIEF] == [
                    plan.details.get(name) for name in DEBRIEF
                ]


@settings(max_examples=100)
@given(st.text(max_size=1200), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_words_are_taken_and_load_again(well: str, better: str, true: str, still: str) -> None:
    now = say(GOING, "debrief", well, better, true, still)
    assert loads(dumps(now, dialog().flow), dialog().flow) == now
    assert now.plan.answers.keys() <= GOING.plan.answers.keys()
    for text in now.plan.details.values():
        assert 0 < len(text) <= TEXT_MOST
        assert not [char for char in text if ord(char) < 32]


def test_a_step_that_is_none_is_asked_from_the_beginning() -> None:
    for odd in ("nonsense", "=3", "\x00"):
        there = GOING.with_plan(replace(GOING.plan, detour=Detour("decide/debrief", about=odd)))
        assert "What went well" in texts(shown(there))
