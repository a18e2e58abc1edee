"""A picture of a dialog: Mermaid, drawn from the machine that runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from dialogs.engine import Dialog
from dialogs.rulebook import DONE, state_name
from dialogs.walks import starts

if TYPE_CHECKING:
    from transitions import Machine

WALK = "walk"
"""The node that stands for any state of the walk, where drawing an edge from each would hide the rest."""

OPTIONS_MOST = 3
"""Options picked together when ways are looked for: enough for two questions and what fills a group."""

LABEL_MOST = 60
"""Characters of a guard on an edge; what is longer ends in an ellipsis."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way in the machine: the trigger, and the states it leads from and to (None: it stays)."""

    trigger: str
    source: str
    dest: str | None


def edges(machine: Machine) -> Iterator[Edge]:
    """Every way in a machine, in the order they are tried."""
    for name, event in machine.events.items():
        for transitions in event.transitions.values():
            for transition in transitions:
                yield Edge(name, transition.source, transition.dest)


def walk_edges(dialog: Dialog) -> list[Edge]:
    """The ways forward that a conversation takes while nothing is edited.

    The machine has more of them: after an edit, the next open question may stand far ahead.
    """
    taken: set[tuple[str, str]] = set()
    for answers in starts(dialog.flow, most=OPTIONS_MOST):
        asked = [
            *(dialog.flow.by_id[question].state for question in answers),
            dialog.flow.outcome.state,
            DONE,
        ]
        taken |= set(pairwise([state_name(dialog.flow, state) for state in asked]))
    return [
        edge
        for edge in edges(dialog.machine)
        if edge.trigger == "advance" and (edge.source, edge.dest) in taken
    ]


def graph(dialog: Dialog) -> str:
    """A dialog as a Mermaid state diagram: the walk, the detours beside it, and a note of the rest."""
    questions = {state_name(dialog.flow, question.state) for question in dialog.flow.questions}
    done = state_name(dialog.flow, DONE)
    lines = ["stateDiagram-v2", f'  state "any state of the walk" as {WALK}']
    lines += [f'  state "{state}" as {_node(state)}' for state in dialog.machine.states]
    lines += [f"  [*] --> {_node(str(dialog.machine.initial))}"]
    for edge in walk_edges(dialog):
        lines.append(_line(_node(edge.source), _node(edge.dest or ""), _guard(dialog, edge.dest)))
    lines += [f"  {_node(done)} --> [*]"]
    beside: dict[tuple[str, str], dict[str, None]] = {}
    noted: dict[str, list[str]] = {}
    for trigger, found in _by_trigger(edges(dialog.machine)).items():
        sources = {edge.source for edge in found}
        if trigger == "advance":
            continue
        everywhere = sources == set(dialog.machine.states)
        if everywhere and len(dests := {edge.dest for edge in found} - questions) == 1 and None not in dests:
            beside.setdefault((WALK, _node(dests.pop() or "")), {})[trigger] = None
            continue
        if everywhere or any(edge.dest is None for edge in found):
            noted.setdefault(_where(sources, set(dialog.machine.states), questions), []).append(trigger)
            continue
        for edge in found:
            anywhere = questions <= sources and edge.source in {*questions, done}
            dests = {other.dest for other in found if other.source == edge.source} & questions
            way = WALK if anywhere else _node(edge.source), WALK if len(dests) > 1 else _node(edge.dest or "")
            beside.setdefault(way, {})[trigger] = None
    lines += [_line(source, dest, ", ".join(triggers)) for (source, dest), triggers in beside.items()]
    lines += [f"  note right of {WALK}"]
    lines += [f"    {where} - {', '.join(triggers)}" for where, triggers in noted.items()]
    return "\n".join([*lines, "  end note"]) + "\n"


def _by_trigger(every: Iterable[Edge]) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in every:
        found.setdefault(edge.trigger, []).append(edge)
    return found


def _where(sources: set[str], every: set[str], questions: set[str]) -> str:
    """Where something can be said, in a word or two."""
    if sources == every:
        return "anywhere"
    return "at a question" if questions <= sources else "after the verdict"


def _node(state: str) -> str:
    """A state's name as Mermaid takes it for an id."""
    return re.sub(r"\W", "_", state)


def _line(source: str, dest: str, label: str) -> str:
    return f"  {source} --> {dest}" + (f": {label}" if label else "")


def _guard(dialog: Dialog, state: str | None) -> str:
    """When a state is come to, in short: its question's guard, or nothing where it always is."""
    question = dialog.flow.by_state.get((state or "").partition("/")[2])
    if question is None or question.when == "true":
        return ""
    short = re.sub(r"'(\w+)' in [\w.]+", r"\1", " ".join(question.when.split()))
    short = re.sub(r"[^\w .=!<>()&|]", "", short)
    return short if len(short) <= LABEL_MOST else short[: LABEL_MOST - 1].rstrip() + "…"
