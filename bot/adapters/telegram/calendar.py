"""A small calendar as an inline keyboard: a month of days, and its pages turned without a turn."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

TURN, DEAD = ">", "."
"""What stands before the token of a month to turn to, and all of the data of a button that does nothing."""

MONTHS_MOST = 24
"""Months ahead that can be turned to; a date beyond can be typed."""

_EMPTY = "·"
_BEFORE, _AFTER = "‹", "›"
_DAY = re.compile(r"[^:]+:\d{4}-\d{2}-\d{2}~\w+", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)

Buttons = Sequence[Sequence[InlineKeyboardButton]]


@dataclass(frozen=True, slots=True)
class Names:
    """What months and weekdays are called, from January and from Monday on."""

    months: Sequence[str]
    weekdays: Sequence[str]


def names(own: Callable[[str], str]) -> Names:
    """The names of a locale, from the adapter's own words for it, each a list divided by spaces."""
    return Names(own("months").split(), own("weekdays").split())


def today(now: float) -> date:
    """The first day that can be picked (`now` in seconds since the epoch): where it is latest, today."""
    return (datetime.fromtimestamp(now, UTC) - timedelta(hours=12)).date()


def grid(token: str, first: date, named: Names, month: str = "") -> list[list[InlineKeyboardButton]]:
    """The rows of a month.

    Takes the question's token (``decide/when~7``), the first day that can be picked, the names, and the
    month as ``2026-12``, that of the first day unless given. Days before the first do nothing.
    """
    shown = _shown(month, first)
    year, number = divmod(shown, 12)
    head, _, asking = token.rpartition("~")

    def turning(to: int, sign: str) -> InlineKeyboardButton:
        if not _first(first) <= to <= _first(first) + MONTHS_MOST:
            return _dead(_EMPTY)
        data = f"{TURN}{head}:{to // 12:04}-{to % 12 + 1:02}~{asking}"
        return InlineKeyboardButton(sign, callback_data=data)

    def picking(day: date) -> InlineKeyboardButton:
        if day < first or day.month != number + 1:
            return _dead(_EMPTY)
        return InlineKeyboardButton(str(day.day), callback_data=f"{head}:{day.isoformat()}~{asking}")

    title = _dead(f"{named.months[number]} {year}")
    weeks = calendar.Calendar().monthdatescalendar(year, number + 1)
    return [
        [turning(shown - 1, _BEFORE), title, turning(shown + 1, _AFTER)],
        [_dead(name) for name in named.weekdays],
        # Weeks that are all past are only in the way.
        *([picking(day) for day in week] for week in weeks if week[-1] >= first),
    ]


def turned(markup: InlineKeyboardMarkup, token: str, first: date, named: Names) -> InlineKeyboardMarkup:
    """A keyboard with its calendar turned to the month that a token names (``decide/when:2027-01~7``)."""
    head, _, asking = token.rpartition("~")
    question, _, month = head.partition(":")
    rest = [row for row in markup.inline_keyboard if not all(map(_in_calendar, row))]
    return InlineKeyboardMarkup([*grid(f"{question}~{asking}", first, named, month), *rest])


def _in_calendar(button: InlineKeyboardButton) -> bool:
    data = str(button.callback_data or "")
    return data == DEAD or data.startswith(TURN) or bool(_DAY.fullmatch(data))


def _shown(month: str, first: date) -> int:
    """The month to show, counted from the year 0 on: the one named, where it can be turned to."""
    found = _MONTH.fullmatch(month)
    wanted = int(found[1]) * 12 + int(found[2]) - 1 if found and 1 <= int(found[2]) <= 12 else _first(first)
    return min(max(wanted, _first(first)), _first(first) + MONTHS_MOST)


def _first(day: date) -> int:
    return day.year * 12 + day.month - 1


def _dead(label: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=DEAD)
