"""Being forgotten: asked once more, and then at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from dialogs.rooms.keeper import NOTHING, Keeper, label

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.render import View

ERASE = "erase_everything"
KEEP = "keep_it"


class Forget(Keeper):
    """Asks whether all shall be erased. Only the words on the button do it, whole, or the button itself."""

    room = "forget"
    said = {"forget": {"text": NOTHING, ERASE: NOTHING, KEEP: NOTHING, "kept": NOTHING, "gone": NOTHING}}
    numbered = False

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """To erase it, and not to."""
        return [label(view, self.room, option) for option in (ERASE, KEEP)]

    def choose(self, turn: Turn, option: str) -> bool:
        """Erases everything, or goes back to where one was."""
        if option == ERASE:
            goodbye = replace(turn.view.tell(self.room, "gone"), ends=True)
            turn.forget()
            turn.messages.append(goodbye)
        elif option == KEEP:
            turn.leave()
            turn.say(self.room, "kept")
            turn.ask()
        else:
            return False
        return True
