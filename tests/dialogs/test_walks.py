"""The walks come everywhere, and each can be typed."""

import re

import pytest

from dialogs.content import SAID, needed
from dialogs.engine import Dialog
from dialogs.events import Said, Started
from dialogs.render import NONE
from dialogs.session import Session
from dialogs.understand import LABEL_MOST
from dialogs.walks import NOW, Step, line_for, plans, typed
from dialogs.words import COMMON
from tests.dialogs import played


@pytest.fixture
def dialog() -> Dialog:
    return played.marked()


@pytest.fixture
def every() -> tuple[Step, ...]:
    return played.steps()


def test_every_state_is_come_to(dialog: Dialog, every: tuple[Step, ...]) -> None:
    assert {dialog.standing(step.session.plan) for step in every} == set(dialog.machine.states)


def test_every_option_is_taken(dialog: Dialog, every: tuple[Step, ...]) -> None:
    taken = {
        (question, option)
        for step in every
        for question, answer in step.session.plan.answers.items()
        for option in ((answer or (NONE,)) if isinstance(answer, tuple) else (answer,))
    }
    for question in dialog.flow.questions:
        assert {(question.id, option) for option in question.options} <= taken
        assert not question.none or (question.id, NONE) in taken
        assert not question.skip or (question.id, None) in taken


def test_every_row_decides_with_and_without_its_further_points(
    dialog: Dialog, every: tuple[Step, ...]
) -> None:
    decided = set()
    for step in every:
        if any(message.note for message in step.messages if message.state.endswith("/verdict")):
            verdict = dialog.table.explain(step.session.plan.answers)
            decided.add((verdict.row, verdict.also))
    assert decided >= {(row.row, False) for row in dialog.table.rows}
    assert decided >= {(row.row, True) for row in dialog.table.rows if row.also_points}


def test_every_block_of_words_is_said(dialog: Dialog) -> None:
    said = played.said()
    labels = {
        (question.id, name)
        for question in dialog.flow.questions
        for name in (*question.options, NONE, "short")
    }
    blocks = {(template, name) for template, name in needed(dialog.flow, dialog.table) if template != COMMON}
    # What stands in a file of somebody who has more is said in tests of the export, and what is said once
    # there are several languages in those of the settings.
    more = {("export", "details"), ("export", "noted"), ("language", "set")}
    assert blocks - labels - said - more == set()
    assert {(template, name) for template, names in SAID.items() for name in names} - more <= said


def test_what_is_typed_plays_the_same_again(dialog: Dialog, every: tuple[Step, ...]) -> None:
    for step in every[:: len(every) // 50]:
        session, messages = dialog.step(Session(), Started(), NOW)
        for line in step.lines:
            session, messages = dialog.step(session, Said(line), NOW)
        assert not step.typed or (session, messages) == (step.session, step.messages)


def test_what_is_not_typed_is_left_to_the_end(every: tuple[Step, ...]) -> None:
    untyped = {message.state for step in every if not step.typed for message in step.messages}
    assert {"decide/welcome_back", "decide/stale", "decide/required"} <= untyped
    left = [step for step in every if any(message.ends for message in step.messages)]
    assert left
    for step in left:
        assert not [
            other for other in every if other.lines[: len(step.lines)] == step.lines and other != step
        ]


def test_each_walk_comes_once(every: tuple[Step, ...]) -> None:
    lines = [step.lines for step in every if step.typed]
    assert len(lines) == len(set(lines))


def test_the_longest_name_of_an_interview_is_said_back(dialog: Dialog, every: tuple[Step, ...]) -> None:
    texts = {message.text for step in every for message in step.messages}
    assert any(re.search(rf"\b[\w ]{{{LABEL_MOST - 1}}} \(", text) for text in texts)


def test_plans_are_whole_and_the_shortest_come_first(dialog: Dialog) -> None:
    found = plans(dialog)
    assert [len(answers) for answers in found] == sorted(len(answers) for answers in found)
    for answers in found:
        assert tuple(answers) == tuple(dialog.flow.applying(answers))[:-1]
    assert {question for answers in found for question in answers} | {dialog.flow.outcome.id} == set(
        dialog.flow.by_id
    )


@pytest.mark.parametrize(
    ("answer", "line"), [("yes", "yes"), ((), "none"), (("a", "b"), "a, b"), (None, "skip")]
)
def test_an_answer_has_a_line(answer: str | tuple[str, ...] | None, line: str) -> None:
    assert line_for(answer) == line


def test_a_command_is_typed_by_its_name_or_not_at_all() -> None:
    assert typed("other_side", "en") == "other_side"
    assert typed("there is none", "en") == ""
