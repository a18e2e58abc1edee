"""One interview's entry: its name, its note, and putting it away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from dialogs.details import AWAY, NAME, NAME_BEFORE, NOTE, TEXT_MOST, is_debriefed, is_touched, shortened
from dialogs.reminders import REMIND
from dialogs.rooms.interviews import (
    AWAY_MOST,
    Interviews,
    fresh,
    listed,
    put_away,
    told,
    without_reminders,
)
from dialogs.rooms.keeper import NOTHING, Keeper, label
from dialogs.session import Plan, Session
from dialogs.understand import LABEL_MOST, clean

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.events import Message
    from dialogs.render import View

NAMING, NOTING = "name", "note"
"""What the room is about while a name or a note is written."""


class Entry(Keeper):
    """What is kept of the open interview: renames it, takes a note, puts it away."""

    room = "entry"
    said = {
        "entry": {
            "text": frozenset({"said", "full"}),
            "noted": frozenset({"said"}),
            "name": frozenset({"said"}),
            "note": frozenset({"noted"}),
            "rename": NOTHING,
            "write": NOTHING,
            "rewrite": NOTHING,
            "remove": NOTHING,
            "put_away": NOTHING,
            "debrief": NOTHING,
            "compare": NOTHING,
            "interviews": NOTHING,
            "renamed": frozenset({"said"}),
            "written": frozenset({"cut"}),
            "removed": NOTHING,
            "gone": frozenset({"said", "reminded"}),
        }
    }

    def picking(self, view: View) -> Literal["one", "text"]:
        """A text while a name or a note is written."""
        return "text" if view.about in (NAMING, NOTING) else "one"

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """All that can be done with it."""
        if self.picking(view) == "text":
            return
        noted = NOTE in view.session.plan.details
        ways = {
            "rename": True,
            "write": not noted,
            "rewrite": noted,
            "remove": noted,
            "put_away": self._can_put_away(view.session),
            "debrief": True,
            "compare": bool({*listed(view.session)} - {view.session.open}),
            "interviews": True,
        }
        for option, here in ways.items():
            if here:
                yield label(view, self.room, option)

    def variables(self, view: View) -> Mapping[str, object]:
        """The interview, and whether no more can be put away."""
        return {
            "said": {
                **told(view, [view.session.open])[0],
                "name": view.names()[view.session.open],
                "debriefed": is_debriefed(view.session.plan),
            },
            "full": len(put_away(view.session)) >= AWAY_MOST,
        }

    def show(self, view: View) -> list[Message]:
        """The entry, below the note in full; or what is asked for."""
        note = view.session.plan.details.get(NOTE, "")
        if view.about == NAMING:
            text = view.words.block(self.room, "name", {"said": view.names()[view.session.open]})
            return [view.offer(self.room, text)]
        if view.about == NOTING:
            return [view.offer(self.room, view.words.block(self.room, "note", {"noted": bool(note)}))]
        noted = [view.tell(self.room, "noted", said=note)] if note else []
        return [*noted, *super().show(view)]

    def choose(self, turn: Turn, option: str) -> bool:
        """Asks for a name or a note, takes the note away, or puts the interview away."""
        if self.picking(turn.view) == "text":
            return False
        match option:
            case "rename":
                return turn.enter(self.room, NAMING)
            case "write" | "rewrite":
                return turn.enter(self.room, NOTING)
            case "remove":
                turn.session = turn.session.with_plan(turn.session.plan.detailed(**{NOTE: ""}))
                turn.say(self.room, "removed")
                return turn.enter(self.room)
            case "put_away" if self._can_put_away(turn.session):
                return self._put_away(turn)
            case _:
                return False

    def hear(self, turn: Turn, text: str) -> bool:
        """Takes a name, or a note."""
        typed, plan = clean(text), turn.session.plan
        if not typed or self.picking(turn.view) != "text":
            return False
        if turn.view.about == NAMING:
            # What it is called without the name that is taken off counts again once that answer is changed.
            before = plan.detailed(**{NAME: "", NAME_BEFORE: ""})
            turn.session = turn.session.with_plan(before)
            named = {NAME: shortened(typed, LABEL_MOST), NAME_BEFORE: turn.view.name_of(turn.session.open)}
            turn.session = turn.session.with_plan(before.detailed(**named))
            turn.say(self.room, "renamed", said=turn.view.names()[turn.session.open])
        else:
            turn.session = turn.session.with_plan(plan.detailed(**{NOTE: shortened(typed, TEXT_MOST)}))
            turn.say(self.room, "written", cut=len(typed) > TEXT_MOST)
        return turn.enter(self.room)

    def back(self, turn: Turn) -> bool:
        """From writing to the entry, and from there to the list."""
        return turn.enter(self.room if self.picking(turn.view) == "text" else Interviews.room)

    @staticmethod
    def _can_put_away(session: Session) -> bool:
        """Whether there is room for it, and anything of it to keep."""
        return is_touched(session.plan) and len(put_away(session)) < AWAY_MOST

    def _put_away(self, turn: Turn) -> bool:
        session, name = turn.session, turn.view.names()[turn.session.open]
        away = session.plan.detailed(**{AWAY: "yes"})
        quiet = without_reminders(session, session.open)
        # Whoever brings it back asks for them anew.
        away = away.detailed(**{REMIND: ""})
        plans = (*session.plans[: session.open], away, *session.plans[session.open + 1 :])
        session = replace(quiet, plans=plans)
        left = [at for at in listed(session) if at != session.open]
        following = left[-1] if left else fresh(session)
        if following is None or following >= len(plans):
            session, following = replace(session, plans=(*plans, Plan())), len(plans)
        reminded = len(quiet.reminders) < len(turn.session.reminders)
        turn.talk_about(replace(session, open=following))
        turn.say(self.room, "gone", said=name, reminded=reminded)
        return turn.enter(Interviews.room)
