"""The walk and the verdict once more, written from the contract alone and by other means than ours.

It shares nothing with the project: no TOML, no expressions, no ids imported.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

HESITATIONS = (
    "unsure_what_i_want",
    "level_too_low",
    "salary_too_low",
    "cooled_off",
    "just_to_see",
    "not_interested_at_all",
    "no_time_to_prepare",
)
PULLS = (
    "needs_practice",
    "need_income",
    "somewhat_interested",
    "competitive_intel",
    "networking_contacts",
    "other_roles_there",
    "friend_says_go",
)
FOLLOW_UPS = {
    "last_interview": ("needs_practice", ("recently", "over_a_year", "internal_only")),
    "runway": ("need_income", ("fine_for_now", "few_months", "urgent")),
    "intel_target": ("competitive_intel", ("would_take_it", "maybe", "only_intel")),
}
WHAT_IFS = {
    "stepping_stone": {"need_income"},
    "salary_review": {"salary_too_low"},
    "right_level": {"level_too_low"},
    "practise_elsewhere": {"needs_practice"},
    "they_notice": {"not_interested_at_all", "competitive_intel", "needs_practice"},
    "more_to_it": {"somewhat_interested", "cooled_off", "just_to_see", "unsure_what_i_want"},
    "other_role": {"other_roles_there", "level_too_low", "not_interested_at_all"},
    "top_of_mind": {"networking_contacts"},
}
UPSIDE = (
    "love_it", "right_level", "salary_review", "more_to_it", "other_role", "top_of_mind", "stepping_stone",
)  # fmt: skip
OUTCOMES = ("going", "declining", "still_thinking")

SINGLE: dict[str, tuple[str, ...]] = {
    **{name: options for name, (_, options) in FOLLOW_UPS.items()},
    **{f"what_if.{name}": ("yes", "maybe", "no") for name in (*WHAT_IFS, "love_it")},
    "prepare": ("yes", "partly", "no"),
    "honest": ("yes", "not_sure", "no"),
}
"""The options of every single choice that a verdict can hang on."""

SEVERAL = {"hesitations": HESITATIONS, "pulls": PULLS}
SKIPPABLE = ("interview", *FOLLOW_UPS, *(name for name in SINGLE if name.startswith("what_if.")))

VERDICTS = {
    1: "decline",
    2: "practise_elsewhere",
    3: "decline",
    4: "go",
    5: "ask_first",
    6: "decline",
    7: "go_eyes_open",
    8: "go",
}
POINTS = {
    1: {"B19", "B20"},
    2: {"A12", "A13", "A14", "A15"},
    3: {"A6", "A8"},
    4: {"A3", "B14", "B15", "B16"},
    5: {"A10", "A16", "A18", "A19"},
    6: {"B21"},
    7: {"A8", "A21", "A22"},
    8: {"A16", "A20"},
}

Answers = Mapping[str, Any]
"""Answers by question id: an option, a list or tuple of them, or None for a skipped one."""


def reasons(answers: Answers) -> set[str]:
    """Every hesitation and pull named."""
    return {*(answers.get("hesitations") or ()), *(answers.get("pulls") or ())}


def applies(answers: Answers) -> list[str]:
    """The questions that apply, in the order they are asked."""
    named = reasons(answers)
    asked = ["interview", "hesitations", "pulls"]
    asked += [name for name, (pull, _) in FOLLOW_UPS.items() if pull in named]
    asked += [f"what_if.{name}" for name in islice((n for n, why in WHAT_IFS.items() if why & named), 4)]
    return [*asked, "what_if.love_it", "prepare", "honest", "outcome"]


def known(answers: Answers) -> dict[str, Any]:
    """What counts: the answers to questions that apply, without those skipped."""
    return {name: answers[name] for name in applies(answers) if answers.get(name) is not None}


def decide(answers: Answers) -> tuple[int, str, set[str]]:
    """The row, the verdict and the points of the table."""
    row = _row(known(answers))
    points = set(POINTS[row])
    said = known(answers)
    if row == 2 and said.get("last_interview") in {"over_a_year", "internal_only"}:
        points |= {"B6", "B7", "B8"}
    if row == 7 and "competitive_intel" in said.get("pulls", ()):
        points |= {"B12", "B13"}
    return row, VERDICTS[row], points


def _row(said: Answers) -> int:
    bothered, pulls = set(said.get("hesitations", ())), set(said.get("pulls", ()))
    what_if = {name: said.get(f"what_if.{name}") for name in (*WHAT_IFS, "love_it")}
    upside = [what_if[name] for name in UPSIDE]
    some_yes = upside.count("yes") > 0
    some = some_yes or upside.count("maybe") > 0
    recently = said.get("last_interview") == "recently"

    if said.get("prepare") == "no":
        return 1
    if "needs_practice" in pulls and not pulls - {"needs_practice", "friend_says_go"}:
        if "not_interested_at_all" in bothered and not some_yes:
            return 2
        if (what_if["practise_elsewhere"] == "yes" or recently) and not some:
            return 2
    if "not_interested_at_all" in bothered and not pulls - {"friend_says_go"} and not some:
        return 3
    if "need_income" in pulls and said.get("runway") in {"few_months", "urgent"}:
        return 4
    if (
        bothered & {"salary_too_low", "level_too_low"}
        and not bothered - {"salary_too_low", "level_too_low", "no_time_to_prepare"}
        and not {what_if["salary_review"], what_if["right_level"]} & {"yes", "maybe"}
        and what_if["love_it"] != "yes"
        and said.get("intel_target") != "only_intel"
    ):
        return 5
    counting = pulls - {"friend_says_go"}
    for pull, name in (
        ("need_income", "stepping_stone"),
        ("somewhat_interested", "more_to_it"),
        ("other_roles_there", "other_role"),
        ("networking_contacts", "top_of_mind"),
    ):
        if what_if[name] == "no":
            counting -= {pull}
    if what_if["practise_elsewhere"] == "yes" or recently:
        counting -= {"needs_practice"}
    if not counting and not some:
        return 6
    if (
        said.get("honest") == "no"
        or said.get("intel_target") == "only_intel"
        or "not_interested_at_all" in bothered
        or what_if["they_notice"] == "yes"
    ):
        return 7
    return 8


def single_changes(answers: Answers) -> Iterator[tuple[str, Any, Any, str]]:
    """Every answer that could be one other: question, before, after, and the verdict then."""
    said = known(answers)
    for question, before in said.items():
        for after in _others(question, before):
            yield question, before, after, decide({**said, question: after})[1]


def _others(question: str, before: Any) -> Iterator[Any]:
    if question in SINGLE:
        yield from (option for option in SINGLE[question] if option != before)
    elif question in SEVERAL:
        for option in SEVERAL[question]:
            after = set(before) ^ {option}
            if after or question == "pulls":
                yield tuple(each for each in SEVERAL[question] if each in after)


def flips(answers: Answers) -> set[tuple[str, Any, Any, str]]:
    """The single changes that lead to another verdict."""
    verdict = decide(answers)[1]
    return {(q, before, after, v) for q, before, after, v in single_changes(answers) if v != verdict}
