"""My interviews: all that are kept, which of them is talked about, and those that are put away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dialogs.details import AWAY, is_away, is_touched
from dialogs.rooms.debrief import last_time
from dialogs.rooms.keeper import NOTHING, Keeper, label
from dialogs.session import PLANS_MOST, Plan, Session
from dialogs.understand import clean, fold, plainly
from dialogs.words import COMMON

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.events import Message
    from dialogs.render import View

AWAY_MOST = 20
"""How many interviews can be put away beside those in the list."""

PAGE = 4
"""How many interviews stand in one message: a phone shows no more buttons without scrolling."""

SHOWN_MOST = 40
"""Characters of a name on a button and in a list; whoever types it types it whole or in part."""

ALIKE = "alike"
"""What the list is about when a name was typed that more than one has."""


def listed(session: Session) -> tuple[int, ...]:
    """The interviews in the list: those of which something is kept, and that are not put away."""
    return tuple(at for at, plan in enumerate(session.plans) if is_touched(plan) and not is_away(plan))


def put_away(session: Session) -> tuple[int, ...]:
    """The interviews that are put away."""
    return tuple(at for at, plan in enumerate(session.plans) if is_away(plan))


def fresh(session: Session) -> int | None:
    """The place for another interview: one of which nothing is kept, or a new one; None where it is full."""
    empty = next((at for at, plan in enumerate(session.plans) if not is_touched(plan)), None)
    if empty == session.open:
        return empty
    if len(listed(session)) >= PLANS_MOST:
        return None
    return len(session.plans) if empty is None else empty


def begin(turn: Turn) -> bool:
    """Begins another interview, and asks its first question; False where there is no room for one."""
    session = turn.session
    at = fresh(session)
    if at is None:
        return False
    plans = session.plans if at < len(session.plans) else (*session.plans, Plan())
    turn.talk_about(replace(session, plans=plans, open=at))
    turn.say(Interviews.room, "begun", last=last_time(turn.session), others=bool(listed(turn.session)))
    turn.ask()
    return True


def go_on_with(turn: Turn, at: int) -> bool:
    """Goes on with one interview where it stood; always True."""
    turn.talk_about(replace(turn.session, open=at))
    turn.say(Interviews.room, "opened", label=turn.view.names()[at])
    turn.ask()
    return True


def without_reminders(session: Session, at: int) -> Session:
    """A session without the reminders of one of its interviews: those whose name ends in its number."""
    kept = tuple(one for one in session.reminders if one.name.partition(".")[2] != str(at))
    return replace(session, reminders=kept)


def number(text: str) -> int:
    """A whole number of 0 or more as it stands in an option or in what a room is about; -1 for none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1


def page_of(view: View, those: Sequence[int]) -> tuple[Sequence[int], int, int]:
    """The interviews on the page that a room is about, which page that is, and of how many; from 0 on."""
    pages = max((len(those) + PAGE - 1) // PAGE, 1)
    page = max(number(view.about), 0) % pages
    return those[page * PAGE : (page + 1) * PAGE], page, pages


def option_at(option: str, what: str, those: Iterable[int]) -> int | None:
    """The interview that an option of this kind (``open.3``) names, if it is one of those."""
    kind, _, digits = option.partition(".")
    at = number(digits)
    return at if kind == what and at in those else None


def told(view: View, those: Iterable[int]) -> list[dict[str, object]]:
    """Interviews as templates tell of them."""
    names = view.names(SHOWN_MOST)
    return [
        {
            "name": names[at],
            "date": view.date_of(at),
            "verdict": view.verdict_of(at),
            "decision": view.outcome_of(at),
            "open": at == view.session.open,
        }
        for at in those
    ]


class Interviews(Keeper):
    """The list of interviews: opens one, or begins another."""

    room = "interviews"
    said = {
        "interviews": {
            "text": frozenset({"said", "full", "alike", "page", "pages"}),
            "another": NOTHING,
            "entry": NOTHING,
            "away": NOTHING,
            "opened": frozenset({"label"}),
            "begun": frozenset({"last", "others"}),
        },
        COMMON: {"more": NOTHING, "compare": NOTHING},
    }

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """Each interview of the page by its number, another one while there is room, and the other rooms."""
        session, names = view.session, view.names(SHOWN_MOST)
        every = listed(session)
        here, _, pages = page_of(view, every)
        for at in here:
            yield f"open.{at}", names[at]
        ways = {
            "more": pages > 1,
            "another": fresh(session) is not None,
            "compare": len(every) > 1,
            "entry": session.open in every,
            "away": bool(put_away(session)),
        }
        for option, here_too in ways.items():
            if here_too:
                yield label(view, self.room, option)

    def variables(self, view: View) -> Mapping[str, object]:
        """The interviews of the page, and whether there is room for more."""
        every = listed(view.session)
        here, page, pages = page_of(view, every)
        return {
            "said": told(view, here),
            "full": fresh(view.session) is None,
            "alike": view.about == ALIKE,
            "page": page + 1,
            "pages": pages,
        }

    def choose(self, turn: Turn, option: str) -> bool:
        """Goes on with one interview, begins another, or turns the page."""
        every = listed(turn.session)
        at = option_at(option, "open", every)
        if at is not None:
            return go_on_with(turn, at)
        if option == "another":
            return begin(turn)
        if option == "more":
            _, page, pages = page_of(turn.view, every)
            return turn.enter(self.room, str((page + 1) % pages))
        return False

    def hear(self, turn: Turn, text: str) -> bool:
        """Opens the interview that is called so, or the only one whose name has these words."""
        here = matching(turn.view, text, listed(turn.session))
        if len(here) == 1:
            return go_on_with(turn, here[0])
        if here:
            return turn.enter(self.room, ALIKE)
        away = matching(turn.view, text, put_away(turn.session))
        return len(away) == 1 and turn.enter(Away.room, f"={away[0]}")


def matching(view: View, text: str, those: Iterable[int]) -> list[int]:
    """Which of some interviews are called so, or else which have all these words in their names."""
    typed, names = clean(text), view.names()
    called = {at: (view.name_of(at), names[at]) for at in those}
    same = [at for at, each in called.items() if typed.casefold() in map(str.casefold, each)]
    same = same or [at for at, each in called.items() if plainly(typed) in map(plainly, each)]
    words = set(fold(plainly(typed)).split())
    return same or [at for at, each in called.items() if words and words <= set(fold(each[1]).split())]


class Away(Keeper):
    """The interviews that are put away: brings one back, or erases it.

    It is about a page of them, about one (``=3``) or about erasing one (``!3``).
    """

    room = "away"
    said = {
        "away": {
            "text": frozenset({"said", "page", "pages"}),
            "one": frozenset({"said", "full"}),
            "sure": frozenset({"label"}),
            "bring": NOTHING,
            "erase": NOTHING,
            "erase_it": NOTHING,
            "keep_it": NOTHING,
            "brought": frozenset({"label"}),
            "erased": frozenset({"label"}),
        },
        COMMON: {"more": NOTHING},
    }

    def _about(self, view: View) -> tuple[str, int]:
        """Whether it is about one of them (``=``) or about erasing it (``!``), and which; else ``""``, -1."""
        kind, at = view.about[:1], number(view.about[1:])
        return (kind, at) if kind in ("=", "!") and at in put_away(view.session) else ("", -1)

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """Each of them by its number; or what can be done with one."""
        match self._about(view):
            case "=", _:
                if len(listed(view.session)) < PLANS_MOST:
                    yield label(view, self.room, "bring")
                yield label(view, self.room, "erase")
            case "!", _:
                yield label(view, self.room, "erase_it")
                yield label(view, self.room, "keep_it")
            case _:
                names = view.names(SHOWN_MOST)
                here, _, pages = page_of(view, put_away(view.session))
                for at in here:
                    yield f"at.{at}", names[at]
                if pages > 1:
                    yield label(view, self.room, "more")

    def show(self, view: View) -> list[Message]:
        """Those that are put away, or one of them."""
        kind, at = self._about(view)
        if kind == "=":
            full = len(listed(view.session)) >= PLANS_MOST
            text = view.words.block(self.room, "one", {"said": told(view, [at])[0], "full": full})
        elif kind == "!":
            text = view.words.block(self.room, "sure", {"label": view.names()[at]})
        else:
            here, page, pages = page_of(view, put_away(view.session))
            variables = {"said": told(view, here), "page": page + 1, "pages": pages}
            text = view.words.block(self.room, "text", variables)
        return [view.offer(self.room, text)]

    def choose(self, turn: Turn, option: str) -> bool:
        """Shows one, brings it back and opens it, or erases it once that is confirmed."""
        kind, at = self._about(turn.view)
        asked = option_at(option, "at", put_away(turn.session))
        if not kind and asked is not None:
            return turn.enter(self.room, f"={asked}")
        if not kind and option == "more":
            _, page, pages = page_of(turn.view, put_away(turn.session))
            return turn.enter(self.room, str((page + 1) % pages))
        match kind, option:
            case "=", "bring" if len(listed(turn.session)) < PLANS_MOST:
                self._bring(turn, at)
                return True
            case "=", "erase":
                return turn.enter(self.room, f"!{at}")
            case "!", "keep_it":
                return turn.enter(self.room, f"={at}")
            case "!", "erase_it":
                return self._erase(turn, at)
            case _:
                return False

    def _bring(self, turn: Turn, at: int) -> None:
        session = turn.session
        back = session.plans[at].detailed(**{AWAY: ""})
        plans = (*session.plans[:at], back, *session.plans[at + 1 :])
        turn.talk_about(replace(session, plans=plans, open=at))
        turn.say(self.room, "brought", label=turn.view.names()[at])
        turn.ask()

    def _erase(self, turn: Turn, at: int) -> bool:
        session, name = turn.session, turn.view.names()[at]
        # Its place stays, and is the next one's: the numbers of the others are what reminders go by.
        plans = (*session.plans[:at], Plan(), *session.plans[at + 1 :])
        turn.talk_about(without_reminders(replace(session, plans=plans), at))
        turn.say(self.room, "erased", label=name)
        return turn.enter(self.room if put_away(turn.session) else Interviews.room)

    def hear(self, turn: Turn, text: str) -> bool:
        """Shows the one that is called so."""
        found = matching(turn.view, text, put_away(turn.session))
        return len(found) == 1 and turn.enter(self.room, f"={found[0]}")

    def back(self, turn: Turn) -> bool:
        """From erasing one to that one, from one to all of them, and from there to the list."""
        kind, at = self._about(turn.view)
        if kind:
            return turn.enter(self.room, f"={at}" if kind == "!" else "")
        return turn.enter(Interviews.room)
