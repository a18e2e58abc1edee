"""Getting ready: a checklist made of the answers, whose ticks are kept with the interview; and questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from dialogs.flow import Answers
from dialogs.rooms.debrief import last_time
from dialogs.rooms.keeper import NOTHING, Keeper, label

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.events import Message
    from dialogs.render import View

T = TypeVar("T")

NONE = "none"
"""The id of taking all ticks away."""

TICKS = "ticks"
"""The detail of an interview that holds what is ticked of its checklist: ids, with spaces between."""

PART_MOST = 6
"""How many items of the checklist go into one message."""

ASKS_MOST = 5
"""How many questions worth asking go into one message."""

ITEMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "twenty": {"hesitations": ("no_time_to_prepare",), "prepare": ("partly",)},
    "ad": {},
    "stories": {},
    "why_us": {},
    "why_came": {"honest": ("no", "not_sure"), "what_if.they_notice": ("yes", "maybe")},
    "number": {"hesitations": ("salary_too_low",)},
    "level": {"hesitations": ("level_too_low",)},
    "fair": {"pulls": ("competitive_intel",)},
    "questions": {},
    "aloud": {"last_interview": ("over_a_year", "internal_only"), "pulls": ("needs_practice",)},
    "clothes": {},
    "after": {},
}
"""What stands in the checklist, in its order, each with the answers of which one must have been given."""


class Checklist(Keeper):
    """The checklist, and what will be looked at. What is ticked stays so."""

    room = "checklist"
    pick = "many"
    pressed = frozenset({NONE, "questions_to_ask"})
    said = {
        "checklist": {
            "list": frozenset({"items", "more"}),
            "text": frozenset({"done", "of", "last_time"}),
            "kept": frozenset({"done", "of"}),
            **{f"item_{item}": NOTHING for item in ITEMS},
            **{f"tick_{item}": NOTHING for item in ITEMS},
            **dict.fromkeys(("questions_to_ask", "clear"), NOTHING),
        }
    }

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """Each item, taking all ticks away where there are some, and the questions."""
        for item in items(view.session.plan.answers):
            yield item, view.words.label(self.room, f"tick_{item}")
        if self.picked(view):
            yield NONE, view.words.label(self.room, "clear")
        yield label(view, self.room, "questions_to_ask")

    def picked(self, view: View) -> tuple[str, ...]:
        """What is ticked of what stands there."""
        ticked = view.session.plan.details.get(TICKS, "").split()
        return tuple([item for item in items(view.session.plan.answers) if item in ticked])

    def show(self, view: View) -> list[Message]:
        """The items, then what to mind with the boxes to tick; after ticking, only how far one is."""
        found = items(view.session.plan.answers)
        counts = {"done": len(self.picked(view)), "of": len(found)}
        if view.about == "kept":
            return [view.offer(self.room, view.words.block(self.room, "kept", counts))]
        words = [view.words.block(self.room, f"item_{item}") for item in found]
        told = [
            view.tell(self.room, "list", items=part, more=at > 0)
            for at, part in enumerate(_parts(words, PART_MOST))
        ]
        variables = {**counts, "last_time": last_time(view.session, view.session.open)}
        return [*told, view.offer(self.room, view.words.block(self.room, "text", variables))]

    def choose(self, turn: Turn, option: str) -> bool:
        """Ticks one item or takes its tick away, takes all away, or goes to the questions."""
        ticked = self.picked(turn.view)
        if option == "questions_to_ask":
            return turn.enter("questions")
        if option == NONE:
            return self.take(turn, ())
        if option not in items(turn.session.plan.answers):
            return False
        others = tuple([item for item in ticked if item != option])
        return self.take(turn, others if option in ticked else (*others, option))

    def take(self, turn: Turn, options: tuple[str, ...]) -> bool:
        """Keeps what is ticked now; what isn't shown with these answers keeps the tick it had."""
        plan = turn.session.plan
        here, before = items(plan.answers), plan.details.get(TICKS, "").split()
        if not set(options) <= set(here):
            return False
        ticked = [item for item in ITEMS if item in (options if item in here else before)]
        turn.session = turn.session.with_plan(plan.detailed(**{TICKS: " ".join(ticked)}))
        return turn.enter(self.room, "kept")


class Questions(Keeper):
    """Questions worth asking: what bothered them, every maybe, everything they didn't know."""

    room = "questions"
    said = {"questions": {"text": frozenset({"asks", "more"})}}

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """The checklist."""
        yield label(view, self.room, "checklist")

    def show(self, view: View) -> list[Message]:
        """The questions, a few in a message."""
        *parts, last = _parts(view.asks(), ASKS_MOST) or [[]]
        told = [view.tell(self.room, asks=part, more=at > 0) for at, part in enumerate(parts)]
        variables = {"asks": last, "more": bool(parts)}
        return [*told, view.offer(self.room, view.words.block(self.room, "text", variables))]


def items(answers: Answers) -> tuple[str, ...]:
    """What stands in the checklist with some answers."""
    return tuple([item for item, when in ITEMS.items() if not when or any(_given(answers, when))])


def _given(answers: Answers, when: Mapping[str, tuple[str, ...]]) -> Iterator[bool]:
    for question, options in when.items():
        answer = answers.get(question)
        yield bool(set(options) & {*(answer if isinstance(answer, tuple) else (answer,))})


def _parts(those: Sequence[T], most: int) -> list[list[T]]:
    each = iter(those)
    return list(iter(lambda: list(islice(each, most)), []))
