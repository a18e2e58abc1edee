"""A picture to keep: the verdict's card, light or dark, with what the person wrote or without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from dialogs.card import card
from dialogs.rooms.keeper import NOTHING, Keeper, label

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.render import View

_MADE: dict[str, tuple[Literal["light", "dark"], bool]] = {
    "light": ("light", False),
    "dark": ("dark", False),
    "light_own": ("light", True),
    "dark_own": ("dark", True),
}


class Card(Keeper):
    """The verdict's card, as often as one likes."""

    room = "card"
    said = {
        "card": {
            "text": frozenset({"name"}),
            **dict.fromkeys((*_MADE, "given", "again"), NOTHING),
            **dict.fromkeys(("heading_because", "heading_flips", "heading_asks", "footer"), NOTHING),
            "flip": frozenset({"question", "to", "added", "removed", "verdict"}),
            "markdown": frozenset({"label", "date", "verdict", "headline", "lists", "footer", "theme"}),
        }
    }

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """Light and dark; and both with the interview's name, where it has one."""
        named = bool(view.name_of(view.session.open))
        return [label(view, self.room, option) for option, (_, own) in _MADE.items() if named or not own]

    def variables(self, view: View) -> dict[str, object]:
        """What the person calls the interview."""
        return {"name": view.name_of(view.session.open)}

    def choose(self, turn: Turn, option: str) -> bool:
        """Gives one, and offers the others."""
        if option not in dict(self.offered(turn.view)):
            return False
        turn.understood()
        # The buttons are others from now on: a tap that comes twice brings one picture.
        turn.session = turn.session.moved(turn.session.plan)
        view = turn.view
        turn.messages += [
            replace(view.tell(self.room, "given"), attachments=card(view, *_MADE[option])),
            view.offer(self.room, view.words.block(self.room, "again")),
        ]
        return True
