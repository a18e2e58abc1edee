"""What anybody may post to the webhook: refused, counted, and nothing changed."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.bot.adapters.telegram.conftest import SECRET, Bot, Running
from tests.bot.adapters.telegram.server import BotApi

ANNA = {"id": 42, "is_bot": False, "first_name": "Anna"}
SAYS: dict[str, Any] = {
    "update_id": 5,
    "message": {
        "message_id": 1, "date": 1, "chat": {"id": 42, "type": "private"}, "from": ANNA, "text": "the bank",
    },
}  # fmt: skip


async def post(bot: Bot, body: bytes, secret: str | None = SECRET) -> int:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{bot.port}/telegram/webhook"
        async with session.post(address, data=body, headers=headers) as answer:
            return answer.status


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", "s\u00e9cret"])
async def test_without_the_secret_nothing_is_heard(secret: str | None, api: BotApi, running: Running) -> None:
    async with running(webhook=True) as bot:
        assert await post(bot, json.dumps(SAYS).encode(), secret) == 403
        assert bot.counted("whatif_refused_total", why="secret") == 1
        assert bot.counted("whatif_events_total", known="no") == 0
        assert not api.sent(42)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"7", b'"x"', b"{}", b'{"update_id": "x"}',
        b'{"update_id": 1, "message": 7}', b"\xff\xfe", b'{"update_id": 1, "message": {}}', b"[" * 5000,
        json.dumps(SAYS).encode()[:-20],
        json.dumps({"update_id": 1, "callback_query": {"id": "1", "from": ANNA}}).encode(),
    ],
)  # fmt: skip
async def test_a_body_that_is_no_update_is_refused(body: bytes, api: BotApi, running: Running) -> None:
    async with running(webhook=True) as bot:
        assert await post(bot, body) in (200, 400)
        assert (
            sum(bot.counted("whatif_refused_total", why=why) for why in ("body", "update", "callback")) == 1
        )
        assert bot.counted("whatif_events_total", known="no") == 0
        assert not api.calls(chat=42)


async def test_an_update_posted_twice_counts_once(api: BotApi, running: Running) -> None:
    async with running(webhook=True) as bot:
        for _ in range(3):
            assert await post(bot, json.dumps(SAYS).encode()) == 200
        assert bot.counted("whatif_events_total", known="no") == 1
        assert bot.counted("whatif_events_total", known="yes") == 2
