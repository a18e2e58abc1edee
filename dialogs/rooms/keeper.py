"""What keeps a room: a place beside the walk that has words, buttons and ways of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.events import Message
    from dialogs.render import View

NOTHING: frozenset[str] = frozenset()


class Keeper:
    """Keeps one room of a flow (``[[rooms]]``); each room has one, and it holds no conversation.

    `room` is the room's id and the name of its template. `said` names the blocks that it says, by
    template, with the variables each may read; labels of its buttons stand among them. A room is
    about something, if it needs to be: `view.about`. Where `numbered` is not set, a number that is
    typed names nothing. `pressed` are ids that answer at once where others take ticks.
    """

    room = ""
    said: Mapping[str, Mapping[str, frozenset[str]]] = {}
    pick: Literal["one", "many", "text", "date"] = "one"
    numbered = True
    pressed: frozenset[str] = frozenset({"none"})

    def needs(self, view: View) -> str:
        """The room to go through before this one, or ""."""
        return ""

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """What can be chosen here, in the order of its numbers: ids and labels.

        An id is of small letters, digits, ``_``, ``-`` and ``.``; what a command of the flow is called
        does what the command does.
        """
        return ()

    def picking(self, view: View) -> Literal["one", "many", "text", "date"]:
        """What is asked for here as things stand; `pick`, where that is always the same."""
        return self.pick

    def picked(self, view: View) -> tuple[str, ...]:
        """The ids that are ticked already, where several can be taken."""
        return ()

    def variables(self, view: View) -> Mapping[str, object]:
        """What the room's own text reads."""
        return {}

    def show(self, view: View) -> list[Message]:
        """The room as it is shown; the last message has the buttons."""
        return [view.offer(self.room, view.words.block(self.room, "text", self.variables(view)))]

    def choose(self, turn: Turn, option: str) -> bool:
        """Takes one of what is offered; False where it means nothing here."""
        return False

    def take(self, turn: Turn, options: tuple[str, ...]) -> bool:
        """Takes several of what is offered, or none; False where they mean nothing here."""
        return False

    def hear(self, turn: Turn, text: str) -> bool:
        """Takes what was typed, where it names nothing that is offered and no command; False where it
        means nothing here."""
        return False

    def skips(self, view: View) -> bool:
        """Whether what is asked for can be skipped; ``skip`` is then chosen like what is offered."""
        return False

    def back(self, turn: Turn) -> bool:
        """Goes back within the room, or to the one before; False where that leads out of it."""
        return False


def label(view: View, room: str, option: str) -> tuple[str, str]:
    """An option and its label, which stands in the room's template or among the common words."""
    return option, view.words.label(room, option)


def joined(parts: Iterable[Markup]) -> Markup:
    """Paragraphs as one text, without the empty ones."""
    return Markup("\n\n").join([part for part in parts if part])
