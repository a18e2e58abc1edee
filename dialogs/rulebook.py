"""The rulebook: one `transitions.Machine` for all conversations, built from a flow.

Every change of state that a conversation can make is in the table below, and in nothing else.
The machine holds no conversation: what it moves (a `Moving`) lives for one step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from transitions import EventData, Machine

from dialogs.flow import Flow

DONE = "done"
CHANGE, SUPPOSE, ASKED_SUPPOSED, SUPPOSED = "change", "suppose", "suppose.ask", "supposed"
_DETOURS = (CHANGE, SUPPOSE, ASKED_SUPPOSED, SUPPOSED)


class Moving(Protocol):
    """What the machine moves, and what its guards ask of it."""

    state: str
    target: str

    def opens(self, question: str) -> bool:
        """Whether a question applies and isn't answered."""

    def has_answers(self) -> bool:
        """Whether there is anything to change."""

    def is_decided(self) -> bool:
        """Whether all that the verdict hangs on has been asked."""


def state_name(flow: Flow, state: str) -> str:
    """A state's full name, ``<dialog>/<state>``: its template's path and its name everywhere."""
    return f"{flow.dialog}/{state}"


def detours(flow: Flow) -> tuple[str, ...]:
    """States beside the walk: changing an answer, "what if I'd said…" in three steps, and the like."""
    return (*_DETOURS, *(aside.id for aside in flow.asides if aside.alone), *flow.rooms)


def rulebook(flow: Flow) -> Machine:
    """The machine of a flow: its states and every transition between them, in the order they are tried."""
    asked = [question.state for question in flow.questions]
    walk = [*asked, DONE]
    beside = detours(flow)
    every = [*walk, *beside]
    decided = [flow.outcome.state, DONE]
    rules: list[dict[str, object]] = []

    def rule(
        trigger: str,
        sources: Sequence[str],
        dest: str | None,
        when: Callable[[EventData], bool] | None = None,
    ) -> None:
        rules.append(
            {
                "trigger": trigger,
                "source": [state_name(flow, source) for source in sources],
                "dest": dest and state_name(flow, dest),
                "conditions": [when] if when else None,
            }
        )

    for position, question in enumerate(flow.questions):
        for later in flow.questions[position + 1 :]:
            rule("advance", [question.state], later.state, _opens(later.id))
        rule("advance", [question.state], DONE)
    # What was changed beside the walk may have opened an earlier question than the one changed.
    for trigger, sources in (("back", walk), ("leave", beside), ("keep", [*asked, SUPPOSED])):
        for question in flow.questions:
            rule(trigger, sources, question.state, _opens(question.id))
        rule(trigger, sources, DONE)
    rule("change", every, CHANGE, _has_answers)
    for question in flow.questions:
        rule("revisit", [CHANGE], question.state, _targets(question.id))
    rule("suppose", [*decided, *beside], SUPPOSE, _is_decided)
    rule("imagine", [SUPPOSE], ASKED_SUPPOSED)
    rule("conclude", [ASKED_SUPPOSED], SUPPOSED)
    rule("restart", every, asked[0])
    # Deciding once more, after "still thinking" or on second thoughts.
    rule("decide", [DONE], DONE)
    places = {"questions": [*asked, ASKED_SUPPOSED], "verdict": decided, "": every}
    for aside in flow.asides:
        rule(aside.id, places[aside.at], aside.id if aside.alone else None)
    for room in flow.rooms.values():
        from_here = {"verdict": [*decided, *beside], "room": list(flow.rooms), "": every}[room.at]
        rule(room.id, from_here, room.id, _is_decided if room.at == "verdict" else None)
    return Machine(
        model=None,
        states=[state_name(flow, state) for state in every],
        transitions=rules,
        initial=state_name(flow, asked[0]),
        auto_transitions=False,
        send_event=True,
    )


def _opens(question: str) -> Callable[[EventData], bool]:
    def opens(event: EventData) -> bool:
        moving: Moving = event.model  # type: ignore[assignment] # the library calls it an object
        return moving.opens(question)

    return opens


def _targets(question: str) -> Callable[[EventData], bool]:
    def targets(event: EventData) -> bool:
        moving: Moving = event.model  # type: ignore[assignment]
        return moving.target == question

    return targets


def _has_answers(event: EventData) -> bool:
    moving: Moving = event.model  # type: ignore[assignment]
    return moving.has_answers()


def _is_decided(event: EventData) -> bool:
    moving: Moving = event.model  # type: ignore[assignment]
    return moving.is_decided()
