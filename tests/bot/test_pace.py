"""How fast a platform is written to."""

from __future__ import annotations

import pytest

from bot.pace import Pace


def test_the_defaults_are_what_telegram_documents() -> None:
    pace = Pace()
    # "Avoid sending more than one message per second" in a chat, "no more than about 30" a second overall.
    assert pace.chat >= 1.0
    assert 1 / 30 <= pace.bot <= 1 / 25
    assert 1 <= pace.chat_burst <= 5
    # Whatever second is looked at, no more than 30 and a burst's worth go out in it.
    assert 1 / pace.bot + pace.bot_burst <= 40


@pytest.mark.parametrize(
    ("conversation", "budget"),
    [("tg:42:7", "tg:42"), ("tg:42:-100:9", "tg:42"), ("slack:T1:U1", "slack:T1"), ("term:me", "term:me")],
)
def test_conversations_of_one_bot_share_a_budget(conversation: str, budget: str) -> None:
    assert Pace.budget(conversation) == budget
