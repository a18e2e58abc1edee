"""Slack's bad days: too fast, away, hanging, gone; and that nobody else notices."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.adapters.slack.adapter import PACE
from tests.bot.adapters.slack.conftest import Running
from tests.bot.adapters.slack.server import SlackApi


@pytest.mark.slow
async def test_too_fast_delays_that_conversation_only(api: SlackApi, running: Running) -> None:
    anna, ben = api.person(), api.person(user="U0BEN")
    async with running() as bot:
        api.too_fast(anna, retry_after=2)
        began = time.monotonic()
        await anna.says("hello")
        await ben.says("hello")
        await api.until(lambda: ben.question, 1.5)
        assert not anna.sent
        await api.until(lambda: anna.question)
        assert time.monotonic() - began >= 2
        assert not api.impatient
        assert bot.counted("whatif_sends_total", outcome="too_fast") == 1


async def test_a_web_api_that_hangs_holds_up_no_answer_and_nobody_else(
    api: SlackApi, running: Running
) -> None:
    anna, ben = api.person(), api.person(user="U0BEN")
    async with running(patience=1.0):
        # As good as twenty seconds: the bot has given up long before.
        api.fail("chat.postMessage", 1, "hang", seconds=20, where=anna)
        told = await anna.says("hello")
        assert (told.status, told.seconds < 0.5) == (200, True)
        await ben.says("hello")
        await api.until(lambda: ben.question, 0.9)
        assert not anna.sent
        again = await anna.command("/interview")
        assert (again.status, again.seconds < 0.5) == (200, True)
        await api.until(lambda: anna.question)
        assert len(anna.live) == 1


@pytest.mark.parametrize("how", [500, 503, "reset", "internal_error", "service_unavailable"])
async def test_what_fails_for_now_is_sent_again(how: str | int, api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running() as bot:
        api.fail("chat.postMessage", 2, how)
        await anna.says("hello")
        await api.until(lambda: anna.question)
        assert bot.counted("whatif_sends_total", outcome="failed") == 2


@pytest.mark.parametrize(
    "code", ["channel_not_found", "is_archived", "messages_tab_disabled", "user_disabled"]
)
async def test_nobody_there_ends_it(code: str, api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running() as bot:
        api.fail("chat.postMessage", 1, code)
        await anna.says("hello")
        await api.until(lambda: bot.counted("whatif_sends_total", outcome="gone") == 1)
        await api.quiet(0.1, retries=False)
        assert await bot.rows("SELECT * FROM message") == []
        await anna.says("here again")
        await api.until(lambda: anna.question)


async def test_a_token_that_is_not_taken_loses_nothing(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running():
        api.fail("chat.postMessage", 1, "invalid_auth")
        await anna.says("hello")
        await api.until(lambda: anna.question)


async def test_what_slack_never_takes_is_left_out(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running() as bot:
        api.fail("chat.postMessage", 1, "invalid_blocks")
        await anna.says("hello")
        await api.until(lambda: bot.counted("whatif_sends_total", outcome="unsendable") == 1)
        await api.until(lambda: anna.question)


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_what_cannot_be_changed_is_said_anew(code: str, api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running():
        await anna.says("hello")
        await api.quiet(0.1)
        api.fail("chat.update", 1, code)
        await anna.taps("Skip")
        await api.quiet(0.1)
        assert any(shown.plain.startswith("Skipped") for shown in anna.sent)
        assert anna.last.options


async def test_restarts_lose_nothing(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running(way="socket"):
        await anna.says("hello")
        await api.quiet(0.1)
        question = anna.question
        api.fail("chat.update", 1, 503)
        await anna.taps("Skip")
    async with running(way="socket"):
        await api.until(lambda: anna.options)
        assert question
        assert not question.live
        await anna.ticks("The pay looks low")
        await anna.submits()
        await api.quiet(0.1)
        assert any("You said: The pay looks low" in text for text in anna.texts)
        assert len(anna.live) == 1


async def test_a_socket_that_slack_closes_is_opened_again(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running(way="socket"):
        await api.sockets.disconnects()
        await api.until(lambda: any(not link.leaving for link in api.sockets.links))
        await anna.says("hello")
        await api.until(lambda: anna.question)


@pytest.mark.slow
async def test_a_hundred_at_once(api: SlackApi, running: Running) -> None:
    people = [api.person(user=f"U0P{number}") for number in range(100)]
    async with running():
        await asyncio.gather(*(person.says("hello") for person in people))
        await api.until(lambda: all(person.question for person in people))
        await asyncio.gather(*(person.taps("Skip") for person in people))
        await api.until(lambda: all(person.options for person in people))
        assert all(len(person.live) == 1 for person in people)
        assert not api.refusals


@pytest.mark.slow
async def test_a_pace_is_kept_for_each_person(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running(pace=PACE):
        for number in range(4):
            await anna.says(f"hello {number}")
        await api.quiet(1.5)
        posted = [request.at for request in api.calls("chat.postMessage", ok=True)]
        assert len(posted) > PACE.chat_burst
        spent = posted[-1] - posted[0]
        assert spent >= (len(posted) - PACE.chat_burst) * 0.9
