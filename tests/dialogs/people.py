"""The dialog under test, and strategies for what people answer and do."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.events import Choice, Event, Message, Said, Started
from dialogs.flow import Answer
from dialogs.session import Session
from tests.dialogs import oracle


@cache
def dialog() -> Dialog:
    """The project's own dialog, loaded once."""
    return load()


def subsets(options: tuple[str, ...], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of the options, in their order."""
    masks = st.integers(0, 2 ** len(options) - 1).filter(lambda mask: mask.bit_count() >= least)
    return masks.map(lambda mask: tuple(each for bit, each in enumerate(options) if mask >> bit & 1))


@st.composite
def answers(draw: st.DrawFn, whole: bool = False) -> dict[str, Any]:
    """Anybody's answers: partial, skipped, and some to questions that don't apply; or a whole walk's."""
    found: dict[str, Any] = {}
    if whole or draw(st.integers(0, 9)):
        found["hesitations"] = draw(subsets(oracle.HESITATIONS, 1))
    if whole or draw(st.integers(0, 9)):
        found["pulls"] = draw(subsets(oracle.PULLS))
    for question, options in oracle.SINGLE.items():
        odd = [] if whole and question in ("prepare", "honest") else [None]
        chosen = draw(st.sampled_from([*options, *odd]))
        if whole or draw(st.booleans()) or question in oracle.applies(found):
            found[question] = chosen
    if whole:
        applying = oracle.applies(found)
        found = {question: found.get(question) for question in applying if question != "outcome"}
    elif draw(st.booleans()):
        found = dict(draw(st.permutations(list(found.items()))))
    return found


def typed(answer: Answer) -> str:
    """An answer as somebody types it."""
    if answer is None:
        return "skip"
    if isinstance(answer, tuple):
        return ", ".join(answer) or "none"
    assert isinstance(answer, str)
    return answer


NOW = 1_795_597_200.0
"""When tests take place: Wednesday, 25 November 2026, 09:00 by universal time."""


def play(session: Session, *events: Event) -> tuple[Session, list[Message]]:
    """Several steps; the messages of the last."""
    messages: tuple[Message, ...] = ()
    for event in events:
        session, messages = dialog().step(session, event, NOW)
    return session, list(messages)


def say(session: Session, *texts: str) -> Session:
    """What somebody types, a line a turn."""
    return play(session, *map(Said, texts))[0]


def begun() -> Session:
    """A conversation just begun."""
    return play(Session(), Started())[0]


def walked(said: dict[str, Any]) -> Session:
    """A conversation in which these answers were given, to the verdict."""
    return say(begun(), *(typed(said[question]) for question in oracle.applies(said)[:-1]))


def buttons(messages: list[Message]) -> list[Choice]:
    """Everything that can be pressed."""
    return [choice for message in messages for choice in (*message.choices, *message.controls)]
