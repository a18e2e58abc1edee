"""Where to practise and whom to talk to about work; and which country that is in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dialogs.practice import OFFERS
from dialogs.rooms.keeper import NOTHING, Keeper, label

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.events import Message
    from dialogs.practice import Practice
    from dialogs.render import View

COUNTRY = "country"
"""The setting that holds a person's country, by its code (ISO 3166), or `ELSEWHERE`."""

ELSEWHERE = "ZZ"
"""The code that stands for any other country; ISO 3166 leaves it to whoever uses it."""

COUNTRIES = ("US", "CA", "GB", "IE", "AU", "NZ")
"""The countries that the words have a name for; one that only an operator named goes by its code."""

AGAIN = "again"
"""What the places are about where they are shown once more, for another country."""

PART_MOST = 5
"""How many places go into one message."""


class Country(Keeper):
    """Asks for the country, once; it is about the room to go on to, and what that one is about."""

    room = "country"
    said = {
        "country": {
            "text": frozenset({"now"}),
            "kept": frozenset({"now"}),
            "elsewhere": NOTHING,
            **{f"country_{code}": NOTHING for code in COUNTRIES},
        }
    }

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """Each country that something is known of, and any other."""
        yield from ((code.casefold(), named(view, code)) for code in _codes(view))
        yield label(view, self.room, "elsewhere")

    def show(self, view: View) -> list[Message]:
        """The question, and the answer as it stands."""
        now = view.session.settings.get(COUNTRY, "")
        text = view.words.block(self.room, "text", {"now": named(view, now) if now else ""})
        return [view.offer(self.room, text)]

    def choose(self, turn: Turn, option: str) -> bool:
        """Keeps the country, and goes on."""
        codes = {code.casefold(): code for code in _codes(turn.view)} | {"elsewhere": ELSEWHERE}
        code = codes.get(option)
        if code is None:
            return False
        turn.session = turn.session.with_settings(**{COUNTRY: code})
        if not (turn.view.about and turn.enter(*turn.view.about.split(".", 1))):
            turn.leave()
            turn.say(self.room, "kept", now=named(turn.view, code))
            turn.ask(briefly=True)
        return True


class Practise(Keeper):
    """The kinds of places there are, and those in the person's country."""

    room = "practise"
    said = {
        "practise": {
            "text": frozenset({"places", "country", "more"}),
            "general": NOTHING,
            "another_country": NOTHING,
            **{f"offer_{offer}": NOTHING for offer in OFFERS},
        }
    }

    def needs(self, view: View) -> str:
        """The country, as long as it was never said."""
        return "" if view.session.settings.get(COUNTRY) else Country.room

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """Another country."""
        yield label(view, self.room, "another_country")

    def show(self, view: View) -> list[Message]:
        """What kinds there are, unless that was said, then the places near, a few in a message."""
        country = view.session.settings.get(COUNTRY, "")
        near = [(self._offers(view, place), place) for place in view.dialog.practice.near(country)]
        *parts, last = [near[at : at + PART_MOST] for at in range(0, max(len(near), 1), PART_MOST)]
        where = named(view, country) if country in _codes(view) else ""
        told = [
            *([] if view.about == AGAIN else [view.tell(self.room, "general")]),
            *(view.tell(self.room, places=part, country=where, more=at > 0) for at, part in enumerate(parts)),
        ]
        variables = {"places": last, "country": where, "more": bool(parts)}
        return [*told, view.offer(self.room, view.words.block(self.room, "text", variables))]

    def choose(self, turn: Turn, option: str) -> bool:
        """Goes to ask for another country, and comes back."""
        return option == "another_country" and turn.enter(Country.room, f"{self.room}.{AGAIN}")

    def _offers(self, view: View, place: Practice) -> list[str]:
        return [view.words.label(self.room, f"offer_{offer}") for offer in place.offers]


def named(view: View, code: str) -> str:
    """What a country is called."""
    if code == ELSEWHERE:
        return view.words.label(Country.room, "elsewhere")
    return view.words.label(Country.room, f"country_{code}") if code in COUNTRIES else code


def _codes(view: View) -> list[str]:
    """The countries that something is known of: those with a name first."""
    known = view.dialog.practice.countries
    return [
        *(code for code in COUNTRIES if code in known),
        *(code for code in known if code not in COUNTRIES),
    ]
