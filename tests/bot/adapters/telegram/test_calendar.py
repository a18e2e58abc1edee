"""The calendar in the keyboard: a month of days to tap, and pages that turn without a turn."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.adapters.telegram.calendar import MONTHS_MOST, Names, grid, names, today, turned
from tests.bot.adapters.telegram.conftest import Running, answered, own
from tests.bot.adapters.telegram.server import BotApi

CHAT = 42
NAMES = names(lambda block: own("en", block))
FIRST = date(2026, 11, 25)
TOKEN = "decide/when~7"
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC).timestamp()


def labels(rows: list[list[InlineKeyboardButton]]) -> list[str]:
    return [" ".join(button.text for button in row) for row in rows]


def data(rows: list[list[InlineKeyboardButton]], label: str) -> str:
    return next(str(button.callback_data) for row in rows for button in row if button.text == label)


def test_the_names_are_twelve_and_seven() -> None:
    assert (len(NAMES.months), len(NAMES.weekdays)) == (12, 7)


def test_a_month_is_seven_columns_and_offers_no_day_that_is_past() -> None:
    rows = grid(TOKEN, FIRST, NAMES)
    assert labels(rows) == [
        "· November 2026 ›",
        "Mo Tu We Th Fr Sa Su",
        "· · 25 26 27 28 29",
        "30 · · · · · ·",
    ]
    assert data(rows, "25") == "decide/when:2026-11-25~7"
    assert data(rows, "›") == ">decide/when:2026-12~7"
    assert data(rows, "·") == data(rows, "Mo") == "."


def test_the_next_month_has_all_its_days() -> None:
    rows = grid(TOKEN, FIRST, NAMES, "2026-12")
    assert labels(rows)[0] == "‹ December 2026 ›"
    days = [button.text for row in rows[2:] for button in row if button.text != "·"]
    assert days == [str(day) for day in range(1, 32)]
    assert all(len(row) == 7 for row in rows[1:])
    assert data(rows, "3") == "decide/when:2026-12-03~7"
    assert data(rows, "‹") == ">decide/when:2026-11~7"


@pytest.mark.parametrize(
    ("month", "shown"),
    [
        ("2020-01", "November 2026"),
        ("9999-12", "November 2028"),
        ("2026-13", "November 2026"),
        ("x", "November 2026"),
        ("2027-02", "February 2027"),
    ],
)
def test_no_page_leads_far_away(month: str, shown: str) -> None:
    rows = grid(TOKEN, FIRST, NAMES, month)
    assert rows[0][1].text == shown
    assert MONTHS_MOST == 24
    assert ("›" in labels(rows)[0]) == (shown != "November 2028")


def test_all_that_a_calendar_sends_is_short_whatever_the_month() -> None:
    for month in range(1, 13):
        rows = grid("decide/when~zzzz", FIRST, NAMES, f"2027-{month:02}")
        assert len([button for row in rows for button in row]) <= 3 + 7 + 42
        assert all(len(str(button.callback_data).encode()) <= 64 for row in rows for button in row)


def test_turning_a_page_leaves_the_other_buttons_alone() -> None:
    back = InlineKeyboardButton("Back", callback_data="decide/when:back~7")
    markup = InlineKeyboardMarkup([*grid(TOKEN, FIRST, NAMES), [back]])
    after = turned(markup, "decide/when:2026-12~7", FIRST, NAMES)
    rows = [list(row) for row in after.inline_keyboard]
    assert labels(rows[:1]) == ["‹ December 2026 ›"]
    assert rows[-1] == [back]
    assert turned(after, "decide/when:2026-11~7", FIRST, NAMES) == markup


def test_today_is_still_offered_where_it_is_latest() -> None:
    assert today(datetime(2026, 11, 25, 9, tzinfo=UTC).timestamp()) == date(2026, 11, 24)
    assert today(datetime(2026, 11, 25, 13, tzinfo=UTC).timestamp()) == date(2026, 11, 25)
    assert isinstance(NAMES, Names)


async def test_a_day_is_picked_two_pages_on_and_only_that_is_a_turn(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running(now=lambda: NOW) as bot:
        await answered(api, CHAT, anna.starts())
        await answered(api, CHAT, anna.says("the bank"))
        await answered(api, CHAT, anna.says("the date"))
        turns = bot.counted("whatif_turn_seconds_count")
        assert "November 2026" in api.labels(CHAT)
        await anna.taps("November 2026")
        await api.quiet(0.1)
        await answered(api, CHAT, anna.taps("›"))
        await answered(api, CHAT, anna.taps("›"))
        await answered(api, CHAT, anna.taps("‹"))
        assert "December 2026" in api.labels(CHAT)
        assert "Back" in api.labels(CHAT)
        assert bot.counted("whatif_turn_seconds_count") == turns
        await answered(api, CHAT, anna.taps("3"))
        assert bot.counted("whatif_turn_seconds_count") == turns + 1
        assert "Noted: Thursday 3 December" in "\n".join(api.texts(CHAT))
        assert not api.unanswered()
        assert not api.refusals()


async def test_a_calendar_that_was_answered_turns_no_more(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running(now=lambda: NOW):
        await answered(api, CHAT, anna.starts())
        await answered(api, CHAT, anna.says("the bank"))
        await answered(api, CHAT, anna.says("the date"))
        shown = api.last(CHAT)
        assert "November 2026" in api.labels(CHAT)
        await answered(api, CHAT, anna.says("3 December"))
        before = api.texts(CHAT)
        await anna.taps_data(">decide/when:2027-01~3", shown.id)
        await api.quiet(0.1)
        assert api.texts(CHAT) == before
        assert "January 2027" not in api.labels(CHAT)
