"""Two interviews side by side: when they are, the verdicts, what weighed in each, and what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dialogs.rooms.interviews import (
    SHOWN_MOST,
    Interviews,
    go_on_with,
    listed,
    matching,
    number,
    option_at,
    page_of,
    told,
)
from dialogs.rooms.keeper import NOTHING, Keeper, label
from dialogs.words import COMMON

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.events import Message
    from dialogs.render import View


class Compare(Keeper):
    """The open interview beside another one; it is about a page of the others, or about one (``=3``)."""

    room = "compare"
    said = {
        "compare": {
            "text": frozenset({"label", "page", "pages", "alone"}),
            "both": frozenset({"same", "decided"}),
            "interviews": NOTHING,
        },
        COMMON: {"more": NOTHING, "other_pair": NOTHING},
        "compare.one": {"text": frozenset({"said", "because"})},
    }

    def _others(self, view: View) -> list[int]:
        return [at for at in listed(view.session) if at != view.session.open]

    def _beside(self, view: View) -> int | None:
        """Which one stands beside the open one: the one that was chosen, or the only one."""
        others, at = self._others(view), number(view.about[1:])
        if view.about.startswith("=") and at in others:
            return at
        return others[0] if len(others) == 1 else None

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """The others, to choose from; or, beside two, opening either and looking at another."""
        names, beside, others = view.names(SHOWN_MOST), self._beside(view), self._others(view)
        if beside is not None:
            for at in (view.session.open, beside):
                yield f"open.{at}", names[at]
            if len(others) > 1:
                yield label(view, self.room, "other_pair")
        else:
            here, _, pages = page_of(view, others)
            for at in here:
                yield f"with.{at}", names[at]
            if pages > 1:
                yield label(view, self.room, "more")
        yield label(view, self.room, "interviews")

    def show(self, view: View) -> list[Message]:
        """A message for each of the two, and one about both; or the others to choose from."""
        here, beside = view.session.open, self._beside(view)
        if beside is None:
            _, page, pages = page_of(view, self._others(view))
            variables = {"label": view.names()[here], "page": page + 1, "pages": pages}
            text = view.words.block(self.room, "text", {**variables, "alone": not self._others(view)})
            return [view.offer(self.room, text)]
        names, verdicts = view.names(), [view.verdict_of(at) for at in (here, beside)]
        shown = [
            view.tell(
                "compare.one",
                said={**told(view, [at])[0], "name": names[at]},
                because=view.weighed(at),
            )
            for at in (here, beside)
        ]
        both = {"same": verdicts[0] == verdicts[1], "decided": all(verdicts)}
        return [*shown, view.offer(self.room, view.words.block(self.room, "both", both))]

    def choose(self, turn: Turn, option: str) -> bool:
        """Sets one beside the open one, opens either, or goes back to choosing."""
        view, beside = turn.view, self._beside(turn.view)
        others = self._others(view)
        if beside is not None:
            at = option_at(option, "open", (turn.session.open, beside))
            if at is not None:
                return go_on_with(turn, at)
            return option == "other_pair" and len(others) > 1 and turn.enter(self.room)
        at = option_at(option, "with", others)
        if at is not None:
            return turn.enter(self.room, f"={at}")
        _, page, pages = page_of(view, others)
        return option == "more" and turn.enter(self.room, str((page + 1) % pages))

    def hear(self, turn: Turn, text: str) -> bool:
        """Sets the one that is called so beside the open one."""
        found = matching(turn.view, text, self._others(turn.view))
        return len(found) == 1 and turn.enter(self.room, f"={found[0]}")

    def back(self, turn: Turn) -> bool:
        """To the list."""
        return turn.enter(Interviews.room)
