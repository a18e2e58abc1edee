"""My data: what is kept, where, for how long and who can read it; and how to have it or be rid of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dialogs.kept import KINDS
from dialogs.rooms.keeper import NOTHING, Keeper, label
from dialogs.settings import kept_for

if TYPE_CHECKING:
    from dialogs.events import Message
    from dialogs.render import View


class Privacy(Keeper):
    """Says what is kept, in as many messages as it takes."""

    room = "privacy"
    said = {
        "privacy": {
            "what": frozenset({"kinds", "days"}),
            "who": NOTHING,
            "text": NOTHING,
            **{f"kind_{kind}": NOTHING for kind in KINDS},
            "export": NOTHING,
            "settings": NOTHING,
            "forget": NOTHING,
        }
    }

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """A copy, the settings, and to be forgotten."""
        return [label(view, self.room, command) for command in ("export", "settings", "forget")]

    def show(self, view: View) -> list[Message]:
        """What is kept, then where it is and who can read it, then whose it is."""
        kinds = [view.words.block(self.room, f"kind_{kind}") for kind in KINDS]
        days = kept_for(view.session, view.dialog.keep_days)
        return [
            view.tell(self.room, "what", kinds=kinds, days=days),
            view.tell(self.room, "who"),
            *super().show(view),
        ]
