"""My interviews: all that are kept, and which of them is talked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dialogs.rooms.keeper import NOTHING, Keeper, label
from dialogs.session import PLANS_MOST, Plan

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.render import View


class Interviews(Keeper):
    """The list of interviews: opens one, or begins another."""

    room = "interviews"
    said = {
        "interviews": {
            "text": frozenset({"several", "full"}),
            "unnamed": frozenset({"number"}),
            "another": NOTHING,
            "opened": frozenset({"label"}),
            "begun": NOTHING,
        }
    }

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """Each interview by its number, and another one while there is room."""
        for at in range(len(view.session.plans)):
            yield f"open.{at}", named(view, at)
        if len(view.session.plans) < PLANS_MOST:
            yield label(view, self.room, "another")

    def variables(self, view: View) -> Mapping[str, object]:
        """Whether there are several, and whether there is no room for more."""
        count = len(view.session.plans)
        return {"several": count > 1, "full": count >= PLANS_MOST}

    def choose(self, turn: Turn, option: str) -> bool:
        """Goes on with one interview, or begins another."""
        session = turn.session
        what, _, number = option.partition(".")
        if what == "open" and number.isdecimal() and int(number) < len(session.plans):
            turn.talk_about(replace(session, open=int(number)))
            turn.say(self.room, "opened", label=named(turn.view, turn.session.open))
        elif option == "another" and len(session.plans) < PLANS_MOST:
            turn.talk_about(replace(session, plans=(*session.plans, Plan()), open=len(session.plans)))
            turn.say(self.room, "begun")
        else:
            return False
        turn.ask()
        return True


def named(view: View, at: int) -> str:
    """What an interview is called: as the person calls it, or by its number from 1 on."""
    return view.name_of(at) or str(view.words.block("interviews", "unnamed", {"number": at + 1}).unescape())
