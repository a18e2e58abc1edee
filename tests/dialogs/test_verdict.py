"""The verdict is the contract's table: held against the oracle, whatever anybody answers."""

import json
import random
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.verdict import Flip, Verdict, told
from tests.dialogs import oracle
from tests.dialogs.people import answers, dialog, walked

PERSONAS = json.loads((Path(__file__).parents[1] / "personas.json").read_text("utf-8"))


def decide(said: dict[str, Any]) -> Verdict:
    return dialog().table.decide(said)


def subsets(options: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(options, size) for size in range(len(options) + 1)))


@pytest.mark.parametrize("person", PERSONAS, ids=[person["who"] for person in PERSONAS])
def test_the_nine_people_get_their_verdict(person: dict[str, Any]) -> None:
    decided = decide(dialog().flow.read(person["answers"]))
    assert (decided.verdict, decided.row) == (person["verdict"], person["row"])
    assert oracle.decide(person["answers"])[:2] == (person["row"], person["verdict"])


@settings(max_examples=200)
@given(answers())
def test_row_verdict_and_points_are_the_contracts(said: dict[str, Any]) -> None:
    decided = decide(said)
    assert (decided.row, decided.verdict, set(decided.points)) == oracle.decide(said)
    assert len(decided.points) == len(set(decided.points))
    assert dialog().table.judge(said) == decided.verdict


@settings(max_examples=200)
@given(answers())
def test_the_flips_are_all_single_changes_that_flip(said: dict[str, Any]) -> None:
    found = [(flip.question, flip.before, flip.after, flip.verdict) for flip in decide(said).flips]
    assert len(found) == len(set(found))
    assert set(found) == oracle.flips(said)


@settings(max_examples=30)
@given(answers())
def test_a_listed_flip_flips_and_no_other_change_does(said: dict[str, Any]) -> None:
    verdict = decide(said).verdict
    listed = {(flip.question, flip.after): flip.verdict for flip in decide(said).flips}
    for question, _, after, _ in oracle.single_changes(said):
        changed = dialog().table.judge({**oracle.known(said), question: after})
        assert listed.get((question, after), verdict) == changed


@settings(max_examples=200)
@given(answers())
def test_there_are_one_to_three_reasons_each_drawn_from_what_was_said(said: dict[str, Any]) -> None:
    reasons = decide(said).because
    assert 1 <= len(reasons) <= 3
    assert len(reasons) == len(set(reasons))
    known = oracle.known(said)
    for reason in reasons:
        answer = known.get(reason.question)
        if not reason.option:
            assert reason.question == "pulls"
            assert not answer
        else:
            assert answer is not None
            assert reason.option in ([answer] if isinstance(answer, str) else answer)


@given(answers(), st.randoms(use_true_random=False))
def test_the_verdict_depends_on_the_answers_alone_not_on_their_order(
    said: dict[str, Any], chance: random.Random
) -> None:
    keys = list(said)
    chance.shuffle(keys)
    again = {}
    for key in keys:
        value = said[key]
        if isinstance(value, tuple):
            value = tuple(chance.sample(value, len(value)))
        again[key] = value
    flow = dialog().flow
    read, reread = (
        {k: v if v is None else flow.by_id[k].read(v) for k, v in a.items()} for a in (said, again)
    )
    assert decide(read) == decide(reread)


@given(answers())
def test_answers_to_questions_that_do_not_apply_are_ignored(said: dict[str, Any]) -> None:
    flow = dialog().flow
    read = {k: v if v is None else flow.by_id[k].read(v) for k, v in said.items()}
    assert decide(read) == decide(
        {k: v for k, v in read.items() if k in oracle.applies(said) and v is not None}
    )


def test_every_mix_of_reasons_asks_what_the_contract_says() -> None:
    flow = dialog().flow
    longest = 0
    for hesitations in subsets(oracle.HESITATIONS):
        for pulls in subsets(oracle.PULLS):
            said = {"hesitations": hesitations, "pulls": pulls}
            applying = list(flow.applying(said))
            assert applying == oracle.applies(said)
            longest = max(longest, len(applying) - 1)
    assert longest == 13


def test_every_mix_of_reasons_gets_the_contracts_verdict() -> None:
    chance = random.Random(2)
    rows = set()
    for hesitations in subsets(oracle.HESITATIONS)[1:]:
        for pulls in subsets(oracle.PULLS):
            said: dict[str, Any] = {"hesitations": hesitations, "pulls": pulls}
            said |= {q: chance.choice([*o, None]) for q, o in oracle.SINGLE.items()}
            said["prepare"] = chance.choice(["yes", "partly", None])
            row, verdict, _ = oracle.decide(said)
            rows.add(row)
            assert dialog().table.judge(said) == verdict, said
    assert rows == {2, 3, 4, 5, 6, 7, 8}


def test_nothing_said_still_comes_to_a_verdict() -> None:
    assert (decide({}).row, decide({}).flips) == (6, ())


def test_a_hesitation_left_alone_is_never_taken_away_but_a_pull_is() -> None:
    said = {"hesitations": ("cooled_off",), "pulls": ("competitive_intel",), "prepare": "yes"}
    flips = decide(said).flips
    assert [flip for flip in flips if flip.question == "hesitations" and not flip.after] == []
    assert Flip("pulls", ("competitive_intel",), (), "decline") in flips


@given(answers())
def test_told_flips_are_three_at_most_one_a_question_and_ordered(said: dict[str, Any]) -> None:
    shown = told(decide(said).flips)
    assert len(shown) <= 3
    assert len({flip.question for flip in shown}) == len(shown)

    def kind(question: str) -> int:
        return 2 if question in oracle.SEVERAL else 1 if question.startswith("what_if.") else 0

    kinds = [kind(flip.question) for flip in shown]
    assert kinds == sorted(kinds)
    missing = {flip.question for flip in decide(said).flips} - {flip.question for flip in shown}
    assert not missing or len(shown) == 3
    assert all(kind(question) >= kinds[-1] for question in missing)


def test_a_flip_names_the_one_option_more_or_fewer() -> None:
    more = Flip("pulls", ("need_income",), ("need_income", "friend_says_go"), "go")
    fewer = Flip("pulls", ("need_income",), (), "decline")
    single = Flip("prepare", "yes", "no", "decline")
    assert (more.added, more.removed) == ("friend_says_go", "")
    assert (fewer.added, fewer.removed) == ("", "need_income")
    assert (single.added, single.removed) == ("", "")


@settings(max_examples=30)
@given(answers(whole=True))
def test_the_walk_ends_in_the_verdict_of_its_answers(said: dict[str, Any]) -> None:
    session = walked(said)
    assert dialog().standing(session.plan) == "decide/verdict"
    assert dialog().table.decide(session.plan.answers).row == oracle.decide(said)[0]
