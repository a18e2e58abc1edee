"""The debrief: what went well, what to improve, which what-ifs came true, and whether it is still wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from dialogs.details import (
    BETTER,
    DEBRIEFED,
    STILL,
    TEXT_MOST,
    TRUE,
    WELL,
    is_debriefed,
    shortened,
)
from dialogs.rooms.keeper import NOTHING, Keeper, label
from dialogs.session import Plan, Session
from dialogs.understand import clean, understand

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.events import Message
    from dialogs.render import View

STEPS: Mapping[str, str] = {"well": WELL, "better": BETTER, "true": TRUE, "still": STILL}
"""What is asked, in this order, and the name that its answer is kept under."""

WANTED = ("yes", "maybe", "no")
"""The answers to whether it is still wanted."""

NONE = "none"
"""What is kept, and chosen, where none of the what-ifs came true."""

SUMMARY = "summary"
"""What the room is about when all was asked."""

ECHO_MOST = 60
"""Characters of an answer that the summary says back; whoever comes back to it sees all of it."""

LAST_MOST = 120
"""Characters of what is told again before the next interview."""


def last_time(session: Session, but: int | None = None) -> str:
    """What somebody wanted to do better the last time they wrote a debrief, of whichever interview.

    Takes the session, and the number of an interview whose own debrief doesn't count; returns it as it
    was typed, cut to `LAST_MOST` characters, or "".
    """

    def when(plan: Plan) -> int:
        written = plan.details.get(DEBRIEFED, "")
        return int(written) if written.isascii() and written.isdecimal() and len(written) < 16 else 0

    # Of two written at one moment, the later interview is the last one.
    others = [plan for at, plan in enumerate(session.plans) if at != but]
    those = [plan for plan in reversed(others) if plan.details.get(BETTER)]
    return shortened(max(those, key=when).details[BETTER], LAST_MOST) if those else ""


def asked(view: View) -> tuple[str, ...]:
    """The what-ifs that were asked about the open interview: questions that carry the name of a group."""
    flow = view.dialog.flow
    return tuple(
        question for question in view.session.plan.answers if question.partition(".")[0] in flow.most
    )


class Debrief(Keeper):
    """The debrief of the open interview, a question at a time; it is about one of its steps."""

    room = "debrief"
    said = {
        "debrief": {
            "well": frozenset({"label", "others"}),
            "better": NOTHING,
            "true": NOTHING,
            "still": NOTHING,
            "none": NOTHING,
            "yes": NOTHING,
            "maybe": NOTHING,
            "no": NOTHING,
            "anew": NOTHING,
            "interviews": NOTHING,
            "leave": NOTHING,
            "taken": frozenset({"cut"}),
            "kept_well": frozenset({"said"}),
            "kept_better": frozenset({"said"}),
        },
        "debrief.summary": {"text": frozenset({"said", "well", "better", "came_true", "still", "kept"})},
    }

    def step(self, view: View) -> str:
        """The step it stands in: the one it is about, the summary of what there is, or the first."""
        if view.about in STEPS or view.about == SUMMARY:
            return view.about
        return SUMMARY if is_debriefed(view.session.plan) else next(iter(STEPS))

    def picking(self, view: View) -> Literal["one", "many", "text"]:
        """A text for the first two, several what-ifs, one answer to the last."""
        match self.step(view):
            case "well" | "better":
                return "text"
            case "true":
                return "many"
            case _:
                return "one"

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """The answers of a step that has some; or what comes after the debrief."""
        match self.step(view):
            case "true":
                yield from ((question, view.labels[question].short) for question in asked(view))
                ways: Sequence[str] = (NONE,)
            case "still":
                ways = WANTED
            case "summary":
                ways = ("interviews", "anew", "leave")
            case _:
                ways = ()
        yield from (label(view, self.room, option) for option in ways)

    def picked(self, view: View) -> tuple[str, ...]:
        """The what-ifs that came true by what was said before, or the answer given before."""
        kept = view.session.plan.details.get(STEPS.get(self.step(view), ""), "")
        return tuple(kept.split(",")) if self.picking(view) != "text" and kept else ()

    def show(self, view: View) -> list[Message]:
        """The step's question; or the summary, below what was written when one comes back to it."""
        step, plan = self.step(view), view.session.plan
        if step != SUMMARY:
            reads = {
                "label": view.names()[view.session.open] if len(view.session.plans) > 1 else view.name_of(0),
                "others": len(view.session.plans) > 1,
            }
            return [view.offer(self.room, view.words.block(self.room, step, reads if step == "well" else {}))]
        kept = not view.about
        whole = [
            view.tell(self.room, block, said=plan.details[name])
            for block, name in (("kept_well", WELL), ("kept_better", BETTER))
            if kept and name in plan.details
        ]
        true = plan.details.get(TRUE, "").split(",")
        text = view.words.block(
            "debrief.summary",
            "text",
            {
                "said": is_debriefed(plan),
                "well": shortened(plan.details.get(WELL, ""), ECHO_MOST),
                "better": shortened(plan.details.get(BETTER, ""), ECHO_MOST),
                "came_true": [view.labels[question].short for question in asked(view) if question in true],
                "still": plan.details.get(STILL, ""),
                "kept": kept,
            },
        )
        return [*whole, view.offer("debrief.summary", text)]

    def choose(self, turn: Turn, option: str) -> bool:
        """Takes an answer, or goes past the question; from the summary, begins anew."""
        step = self.step(turn.view)
        if step == SUMMARY:
            return option == "anew" and turn.enter(self.room, next(iter(STEPS)))
        if option == "skip":
            return self._go_on(turn)
        if step == "true":
            return self.take(turn, () if option == NONE else (option,))
        return step == "still" and option in WANTED and self._go_on(turn, option)

    def take(self, turn: Turn, options: tuple[str, ...]) -> bool:
        """Takes the what-ifs that came true, or that none did."""
        named = [option for option in options if option != NONE]
        if self.step(turn.view) != "true" or not set(named) <= set(asked(turn.view)):
            return False
        if named and len(named) != len(options):
            return False
        return self._go_on(turn, ",".join(dict.fromkeys(named)) or NONE)

    def hear(self, turn: Turn, text: str) -> bool:
        """Takes what went well or what to improve, and an answer in one's own words to the last question."""
        step, typed = self.step(turn.view), clean(text)
        if step in ("well", "better") and typed:
            turn.say(self.room, "taken", cut=len(typed) > TEXT_MOST)
            return self._go_on(turn, shortened(typed, TEXT_MOST))
        if step == "still":
            heard = understand(text, WANTED, turn.view.words.locale, numbered=False)
            return len(heard.options) == 1 and self._go_on(turn, heard.options[0])
        return False

    def skips(self, view: View) -> bool:
        """Each of its questions can be skipped."""
        return self.step(view) != SUMMARY

    def back(self, turn: Turn) -> bool:
        """To the question before; from the first one, or from the summary, out of the room."""
        step, steps = self.step(turn.view), self._steps(turn.view)
        at = steps.index(step) if step in steps else 0
        return at > 0 and step != SUMMARY and turn.enter(self.room, steps[at - 1])

    def _steps(self, view: View) -> list[str]:
        """The steps that there are here: which what-if came true is asked where there were any."""
        return [step for step in (*STEPS, SUMMARY) if step != "true" or asked(view)]

    def _go_on(self, turn: Turn, answer: str = "") -> bool:
        """Keeps an answer, where there is one, and asks the next."""
        step, steps = self.step(turn.view), self._steps(turn.view)
        if answer:
            kept = {STEPS[step]: answer, DEBRIEFED: str(max(int(turn.now), 0))}
            turn.session = turn.session.with_plan(turn.session.plan.detailed(**kept))
        following = steps[steps.index(step) + 1] if step in steps else "still"
        return turn.enter(self.room, following)
