"""The picture: all states, the ways that a conversation takes, and nothing that Mermaid can't read."""

import re
from collections.abc import Iterator

import pytest

from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.events import Said, Started
from dialogs.graph import LABEL_MOST, edges, graph, walk_edges
from dialogs.rulebook import detours, state_name
from dialogs.session import Session
from dialogs.walks import Step
from tests.dialogs import played

ARROW = r"(?:\w+|\[\*\]) --> (?:\w+|\[\*\])(?:: [\w .,=!<>()&|…]+)?"
LINE = re.compile(rf'  (?:state "[\w./ ]+" as \w+|{ARROW}|note right of \w+|end note)|    [\w, -]+')


@pytest.fixture(scope="module")
def dialog() -> Dialog:
    return load()


@pytest.fixture(scope="module")
def drawn(dialog: Dialog) -> list[str]:
    return graph(dialog).splitlines()


def arrows(drawn: list[str]) -> Iterator[tuple[str, str, str]]:
    for line in drawn:
        if found := re.fullmatch(r"  (\S+) --> ([^:\s]+)(?:: (.*))?", line):
            yield found[1], found[2], found[3] or ""


def node(state: str) -> str:
    return re.sub(r"\W", "_", state)


def test_every_line_is_a_state_diagrams(drawn: list[str]) -> None:
    head, *lines = drawn
    assert head == "stateDiagram-v2"
    for line in lines:
        assert LINE.fullmatch(line), line
    assert lines.count("  note right of walk") == lines.count("  end note") == 1
    assert lines[-1] == "  end note"


def test_every_state_of_the_machine_is_named_once_and_every_arrow_joins_two(
    dialog: Dialog, drawn: list[str]
) -> None:
    named = re.findall(r'state "([^"]+)" as (\w+)', "\n".join(drawn))
    assert [state for state, _ in named[1:]] == list(dialog.machine.states)
    nodes = {short for _, short in named} | {"[*]"}
    assert len(nodes) == len(named) + 1
    assert all({source, dest} <= nodes for source, dest, _ in arrows(drawn))
    ends = {end for source, dest, _ in arrows(drawn) for end in (source, dest)}
    assert ends == nodes


def test_the_walk_has_the_ways_that_conversations_take_and_no_other(dialog: Dialog) -> None:
    drawn = {(edge.source, edge.dest) for edge in walk_edges(dialog)}
    every = {(edge.source, edge.dest) for edge in edges(dialog.machine) if edge.trigger == "advance"}
    assert drawn < every
    taken = set()
    for step in played.steps():
        if step.typed and not step.session.plan.detour and not beside(dialog, step):
            session, _ = dialog.step(Session(), Started())
            for line in step.lines:
                before = dialog.standing(session.plan)
                session, _ = dialog.step(session, Said(line))
                taken.add((before, dialog.standing(session.plan)))
    aside = {state_name(dialog.flow, state) for state in detours(dialog.flow)}
    assert {ways for ways in taken if ways[0] != ways[1] and not aside & set(ways)} <= drawn
    assert ("decide/pulls", "decide/what_if.love_it") in drawn
    # Whoever is asked how long the money lasts needs the income, so the job to build on always follows.
    assert ("decide/runway", "decide/what_if.love_it") not in drawn
    # And nothing leads past a question that is always asked.
    assert ("decide/what_if.love_it", "decide/honest") not in drawn
    assert ("decide/interview", "decide/pulls") not in drawn


def beside(dialog: Dialog, step: Step) -> bool:
    """Whether a walk edits anything."""
    return bool({"change", "suppose", "back", "restart", "keep", "leave"} & set(step.lines)) or (
        len(step.session.plan.history) != len(step.session.plan.answers)
    )


def test_arrows_carry_the_guard_in_short(drawn: list[str]) -> None:
    labels = {(source, dest): label for source, dest, label in arrows(drawn)}
    assert labels["decide_pulls", "decide_runway"] == "need_income"
    assert labels["decide_what_if_love_it", "decide_prepare"] == ""
    assert labels["decide_pulls", "decide_what_if_they_notice"] == (
        "not_interested_at_all or competitive_intel or needs_practice"
    )
    longest = max(map(len, labels.values()))
    assert longest <= LABEL_MOST
    assert any(label.endswith("…") for label in labels.values())


def test_detours_are_drawn_and_asides_are_noted(dialog: Dialog, drawn: list[str]) -> None:
    labels = {(source, dest): label for source, dest, label in arrows(drawn)}
    assert labels["walk", "decide_change"] == "change"
    assert "revisit" in labels["decide_change", "walk"]
    assert labels["decide_verdict", "decide_suppose"] == "suppose"
    assert labels["decide_suppose", "decide_suppose_ask"] == "imagine"
    assert labels["decide_suppose_ask", "decide_supposed"] == "conclude"
    assert set(labels["decide_supposed", "walk"].split(", ")) == {"leave", "keep"}
    assert "back" in labels["walk", "walk"]
    assert labels["walk", "decide_talk"] == "talk"
    note = " ".join(drawn[drawn.index("  note right of walk") :])
    assert "at a question - why" in note
    for aside in dialog.flow.asides:
        assert aside.alone or re.search(rf"\b{aside.id}\b", note)
        noted = not any(re.search(rf"\b{aside.id}\b", label) for label in labels.values())
        assert aside.alone or noted
    assert "at a question - why" in note


def test_it_is_drawn_from_the_machine_that_runs() -> None:
    dialog = load()
    dialog.machine.add_transition("leap", "decide/change", node("decide/done").replace("_", "/", 1))
    assert "  decide_change --> decide_done: leap" in graph(dialog).splitlines()
    del dialog.machine.events["advance"].transitions["decide/prepare"]
    assert "  decide_prepare --> decide_honest" not in graph(dialog).splitlines()
