"""Settings: the language, where one is, when it shall be quiet, and how long anything is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dialogs.places import zones_in
from dialogs.rooms.keeper import NOTHING, Keeper, label
from dialogs.settings import (
    COUNTRY,
    ELSEWHERE,
    KEEP_DAYS_SET,
    QUIET,
    QUIET_USUAL,
    ZONE,
    hour_in,
    is_hour,
    keepable,
    kept_for,
    quiet_hours,
)

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.events import Message
    from dialogs.render import View

FROM_OFFERED = ("20:00", "21:00", "22:00", "23:00")
TO_OFFERED = ("06:00", "07:00", "08:00", "09:00")
"""Hours that are offered for the beginning and the end of quiet hours; any other can be typed."""

UNTIL = "until"
"""What the room is about once it is known when quiet hours begin: ``until.21:00``."""

_SETTABLE = (COUNTRY, ZONE, QUIET, KEEP_DAYS_SET)


class Settings(Keeper):
    """The list of settings; about one of them, what it can be set to.

    The room is about nothing (the list), a setting by its name, or the end of quiet hours (`UNTIL`).
    """

    room = "settings"
    said = {
        "settings": {
            "text": frozenset({"language", "country", "zone", "quiet", "days"}),
            "itself": NOTHING,
            "language": NOTHING,
            **dict.fromkeys(_SETTABLE, NOTHING),
            "privacy": NOTHING,
            "ask_country": NOTHING,
            "ask_zone": NOTHING,
            "no_zone": NOTHING,
            "ask_quiet": NOTHING,
            "ask_until": frozenset({"hour"}),
            "ask_keep_days": frozenset({"most"}),
            "elsewhere": NOTHING,
            "usual": NOTHING,
            "days": frozenset({"days"}),
            "set": NOTHING,
        }
    }

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """The settings, or what one of them can be set to."""
        what, hour = _about(view)
        match what:
            case "country":
                yield from ((f"in.{code.lower()}", _country(view, code)) for code in _countries(view))
                yield label(view, self.room, "elsewhere")
            case "quiet":
                yield from (_hour(each) for each in FROM_OFFERED)
                yield label(view, self.room, "usual")
            case "until":
                yield from (_hour(each) for each in TO_OFFERED if each != hour)
            case "keep_days":
                for days in keepable(view.dialog.keep_days):
                    yield f"days.{days}", _plain(view, "days", days=days)
            case "":
                for option in ("language", *_SETTABLE, "privacy"):
                    yield label(view, self.room, option)

    def show(self, view: View) -> list[Message]:
        """The list with what is set, or the question what one of them shall be."""
        what, hour = _about(view)
        if what:
            known: dict[str, dict[str, object]] = {
                UNTIL: {"hour": hour},
                KEEP_DAYS_SET: {"most": view.dialog.keep_days},
            }
            read = known.get(what, {})
            return [view.offer(self.room, view.words.block(self.room, f"ask_{what}", read))]
        return super().show(view)

    def variables(self, view: View) -> Mapping[str, object]:
        """What is set."""
        session = view.session
        return {
            "language": view.words.label(self.room, "itself"),
            "country": _country(view, session.settings.get(COUNTRY, "")),
            "zone": session.settings.get(ZONE, ""),
            "quiet": quiet_hours(session),
            "days": kept_for(session, view.dialog.keep_days),
        }

    def choose(self, turn: Turn, option: str) -> bool:
        """Opens a setting, or sets it."""
        what, begins = _about(turn.view)
        kind, _, value = option.partition(".")
        hour = f"{value[:2]}:{value[2:]}"
        match what, kind:
            case "", _ if option in _SETTABLE:
                turn.enter(self.room, option)
            case "country", "in" if value.upper() in _countries(turn.view):
                self._set(turn, COUNTRY, value.upper())
            case "country", "elsewhere" if not value:
                self._set(turn, COUNTRY, ELSEWHERE)
            case "quiet", "at" if is_hour(hour):
                turn.enter(self.room, f"{UNTIL}.{hour}")
            case "quiet", "usual" if not value:
                self._set(turn, QUIET, "")
            case "until", "at" if is_hour(hour) and hour != begins:
                self._set(turn, QUIET, "" if (begins, hour) == QUIET_USUAL else f"{begins}-{hour}")
            case "keep_days", "days" if value in map(str, keepable(turn.dialog.keep_days)):
                # The operator's own is what holds anyway, and goes on to, should it change.
                self._set(turn, KEEP_DAYS_SET, "" if value == str(turn.dialog.keep_days) else value)
            case _:
                return False
        return True

    def hear(self, turn: Turn, text: str) -> bool:
        """Takes a place, an hour or a number of days that was typed."""
        what, _ = _about(turn.view)
        if what == ZONE:
            zones = zones_in(text)
            if len(zones) == 1:
                self._set(turn, ZONE, zones[0])
            else:
                turn.messages.append(turn.view.note(self.room, "no_zone"))
            return True
        if what in (QUIET, UNTIL):
            return self.choose(turn, f"at.{hour_in(text).replace(':', '')}")
        return self.choose(turn, f"days.{text.strip()}")

    def _set(self, turn: Turn, setting: str, value: str) -> None:
        turn.session = turn.session.with_settings(**{setting: value})
        turn.say(self.room, "set")
        turn.enter(self.room)


class Language(Keeper):
    """The languages there are."""

    room = "language"
    said = {"language": {"text": frozenset({"several"}), "set": NOTHING, "settings": NOTHING}}

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """Each other language, called as it calls itself; and the other settings."""
        for locale, words in view.dialog.words.items():
            if locale != view.words.locale:
                yield f"in.{locale}", words.label("settings", "itself")
        yield label(view, self.room, "settings")

    def variables(self, view: View) -> Mapping[str, object]:
        """Whether there are others."""
        return {"several": len(view.dialog.words) > 1}

    def choose(self, turn: Turn, option: str) -> bool:
        """Goes on in another language."""
        kind, _, locale = option.partition(".")
        if kind != "in" or locale not in turn.dialog.words:
            return False
        turn.session = replace(turn.session, locale=locale)
        turn.leave()
        turn.say(self.room, "set")
        turn.ask()
        return True


def _about(view: View) -> tuple[str, str]:
    """What the room is about, and when quiet hours shall begin, where that is known."""
    what, _, hour = view.about.partition(".")
    if what == UNTIL and is_hour(hour):
        return what, hour
    return (what, "") if what in _SETTABLE else ("", "")


def _hour(hour: str) -> tuple[str, str]:
    return f"at.{hour.replace(':', '')}", hour


def _countries(view: View) -> list[str]:
    """The countries that somebody to talk to is known in, as far as they have a name here."""
    services = view.dialog.people.services
    codes = dict.fromkeys(code for service in services for code in service.countries)
    return [code for code in codes if view.words.has("talk", f"country_{code}")]


def _country(view: View, code: str) -> str:
    """What a country is called, or its code, or nothing for any other."""
    if code == ELSEWHERE:
        return _plain(view, "elsewhere")
    return _plain(view, f"country_{code}", "talk") if view.words.has("talk", f"country_{code}") else code


def _plain(view: View, block: str, template: str = "settings", **read: object) -> str:
    return str(view.words.block(template, block, read).unescape())
