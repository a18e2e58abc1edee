"""Rooms: places beside the walk, and the ways in and out of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dialogs.content import FLOWS, load
from dialogs.events import Chose, Said, Started
from dialogs.faults import ContentError
from dialogs.rooms import KEEPERS
from dialogs.session import Session, dumps, loads
from tests.dialogs.people import begun, dialog, play, say


def test_each_room_of_the_flow_is_kept_under_its_own_name() -> None:
    assert set(KEEPERS) == set(dialog().flow.rooms)


def test_a_room_that_nobody_keeps_is_a_fault(tmp_path: Path) -> None:
    shutil.copytree(FLOWS, tmp_path / "flows")
    with (tmp_path / "flows" / "decide.toml").open("a") as flow:
        flow.write('\n[[rooms]]\nid = "attic"\n')
    with pytest.raises(ContentError, match=r"nobody keeps the room 'attic'"):
        load(flows=tmp_path / "flows")


def test_a_room_is_left_by_back_and_changes_no_answer() -> None:
    before = say(begun(), "the bank", "cooled_off")
    inside = say(before, "my interviews")
    assert dialog().standing(inside.plan) == "decide/interviews"
    assert loads(dumps(inside, dialog().flow), dialog().flow) == inside
    after, messages = play(inside, Said("back"))
    assert after.plan == before.plan
    assert messages[-1].state == "decide/pulls"


def test_whoever_comes_back_stands_in_the_room_they_left() -> None:
    messages = play(say(begun(), "my interviews"), Started())[1]
    assert messages[-1].state == "decide/interviews"


@pytest.mark.parametrize("option", ["open.1", "open.-1", "open.x", "open.", "another.1"])
def test_a_forged_button_opens_nothing(option: str) -> None:
    inside, shown = play(say(begun(), "the bank"), Said("my interviews"))
    token = shown[-1].choices[0].token.replace("open.0", option)
    after, messages = play(inside, Chose(token))
    assert (after.plans, after.open) == (inside.plans, inside.open)
    assert messages[0].state == "decide/stale"


def test_each_interview_has_its_own_answers_and_way_back() -> None:
    one = say(begun(), "the bank", "cooled_off")
    two = say(one, "my interviews", "another interview", "the bakery")
    assert two.plans[0].answers == one.plan.answers
    again = say(two, "my interviews", "the bank", "back")
    assert again.plan.answers.keys() == {"interview"}
    assert again.plans[1] == two.plans[1]
    assert Session().plans == (type(one.plan)(),)


@pytest.mark.parametrize("words", ["take me back please", "hang on, go back", "wrong button"])
def test_a_command_in_other_words_is_understood_in_a_room(words: str) -> None:
    before = say(begun(), "the bank")
    assert say(before, "my interviews", words).plan == before.plan
    assert dialog().standing(say(before, "my interviews", "i need some help").plan) == "decide/interviews"


def test_what_cannot_be_skipped_in_a_room_is_not() -> None:
    inside = say(begun(), "the bank", "my interviews")
    after, messages = play(inside, Said("skip"))
    assert after.plans == inside.plans
    assert messages[0].state == "decide/not_here"


@pytest.mark.parametrize("room", ["checklist", "my interviews", "a note to send", "a picture to keep"])
@pytest.mark.parametrize("said", ["going", "I’ll decline", "still thinking"])
def test_a_decision_can_be_typed_in_a_room_once_there_is_a_verdict(room: str, said: str) -> None:
    decided = say(
        begun(), "the bank", "salary_too_low", "need_income", "urgent", *["maybe"] * 3, "yes", "yes"
    )
    after, messages = play(say(decided, room), Said(said))
    assert after.plan.answers["outcome"] in ("going", "declining", "still_thinking")
    assert messages[0].state == "decide/said"
    assert "outcome" not in say(begun(), "my interviews", said).plan.answers
