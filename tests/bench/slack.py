"""Turns in Slack, beside a bare listener, told over HTTP, the Web API faked."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import Slack, SlackSettings, outgoing
from bot.dispatch.local import Local
from bot.pace import Pace
from bot.store import Sqlite
from bot.turn import Turns
from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.events import Chose, Event, Message, Said, Started
from dialogs.session import Session, dumps, loads
from dialogs.words import Words, templates_folder
from tests.bench.rounds import Measure, interleaved
from tests.bot.adapters.slack.payloads import FORM, signature

TEAM, SECRET = "T0BENCH", "a signing secret of no app"


async def faked(_self: AsyncWebClient, **_: Any) -> dict[str, Any]:
    """Answers at once what the Web API would, and makes no connection."""
    data = {"ok": True, "channel": "D0BENCH", "ts": "1.2", "user_id": "U0BOT", "team_id": TEAM}
    return {"data": data, "headers": {}, "status_code": 200}


def middle(dialog: Dialog) -> tuple[Session, Message]:
    """A conversation at a question with buttons, and that question."""
    session, messages = dialog.step(Session(), Started())
    for line in ("the bank", "The pay looks low", "I need the income"):
        session, messages = dialog.step(session, Said(line))
    assert messages[-1].pick == "one"
    return session, messages[-1]


Tap = tuple[bytes, dict[str, str]]


def taps(question: Message, user: str, count: int) -> list[Tap]:
    """So many taps of one person on its first button: bodies and headers, signed as Slack signs them."""
    made = []
    for number in range(count):
        (post,) = outgoing.posts(question, f"{TEAM}:{user}", "Write it")
        block = next(each for each in post["blocks"] if each["type"] == "actions")
        action = {
            **block["elements"][0],
            "block_id": block["block_id"],
            "action_ts": f"{time.time()}.{number}",
        }
        payload: dict[str, Any] = {
            "type": "block_actions", "team": {"id": TEAM, "domain": "bench"}, "api_app_id": "A0BENCH",
            "user": {"id": user, "username": "anna", "name": "anna", "team_id": TEAM},
            "container": {"type": "message", "message_ts": "1.1", "channel_id": "D0BENCH"},
            "channel": {"id": "D0BENCH", "name": "directmessage"}, "trigger_id": f"1.{number}",
            "message": {"type": "message", "ts": "1.1", **post}, "state": {"values": {}},
            "response_url": "https://hooks.slack.example/1", "actions": [action], "enterprise": None,
            "is_enterprise_install": False,
        }  # fmt: skip
        body = urlencode({"payload": json.dumps(payload)}).encode()
        made.append((body, {"Content-Type": FORM, **signature(SECRET, body)}))
    return made


@asynccontextmanager
async def over_http(routes: Iterable[web.RouteDef]) -> AsyncIterator[Callable[[Tap], Awaitable[None]]]:
    """A server on loopback with these routes, and what posts a tap to it."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"

    async with ClientSession() as session:

        async def post(tap: Tap) -> None:
            async with session.post(url, data=tap[0], headers=tap[1]) as answer:
                assert answer.status == 200

        yield post
    await runner.cleanup()


async def bare(dialog: Dialog, before_response: bool, turns: int = 200) -> float:
    """Seconds a turn of Bolt itself: one listener that makes the requests that ours makes, nothing kept."""
    session, question = middle(dialog)
    _, messages = dialog.step(session, Chose(question.choices[0].token))
    said = outgoing.answered(question.text, messages[0].text)
    (post,) = outgoing.posts(messages[-1], f"{TEAM}:U1", "Write it")
    working: set[asyncio.Task[None]] = set()
    client = AsyncWebClient("xoxb-bench")

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token="xoxb-bench")

    app = AsyncApp(
        client=AsyncWebClient(), signing_secret=SECRET, process_before_response=before_response,
        authorize=authorize,
    )  # fmt: skip

    async def work() -> None:
        await client.chat_update(channel="D0BENCH", ts="1.1", **said)
        await client.chat_postMessage(channel="U1", **post)

    @app.action({"type": "block_actions", "action_id": f"choose.{question.choices[0].option}"})
    async def tapped(ack: AsyncAck) -> None:
        await ack()
        # Behind the acknowledgement, which waits for no send here either.
        task = asyncio.create_task(work())
        working.add(task)
        task.add_done_callback(working.discard)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    those = taps(question, "U1", turns)
    async with over_http([web.post("/slack/events", events)]) as post_tap:
        begin = time.perf_counter()
        for tap in those:
            await post_tap(tap)
            await asyncio.gather(*working)
        return (time.perf_counter() - begin) / turns


def slack(folder: Path) -> Slack:
    """Our adapter."""
    words = Words(templates_folder(), "en", "slack")

    def own(locale: str, block: str) -> str:
        return str(words.block("chat", block))

    settings = SlackSettings(bot_token="xoxb-bench", signing_secret=SECRET)
    database = f"sqlite:///{folder / 'slack.db'}"
    return Slack(settings, own, database, public="https://bench.example", pace=Pace(chat=0, bot=0))


async def in_memory(dialog: Dialog, folder: Path, turns: int = 200) -> float:
    """Seconds a turn of ours with nothing stored: the dialog's step, and its messages sent at once."""
    adapter = slack(folder)
    session, question = middle(dialog)
    state = dumps(session, dialog.flow)
    shown = json.dumps({"channel": "D0BENCH", "ts": "1.1", "text": question.text})

    async def accept(conversation: str, event_id: str, event: Event, locale: str = "en") -> bool:
        after, messages = dialog.step(loads(state, dialog.flow), event)
        dumps(after, dialog.flow)
        assert len(messages) == 2
        for message in messages:
            await adapter.send(conversation, message, shown if message.replaces else "")
        return True

    those = taps(question, "U1", turns)
    async with over_http(adapter.routes(accept)) as post_tap:
        begin = time.perf_counter()
        for tap in those:
            await post_tap(tap)
        taken = (time.perf_counter() - begin) / turns
    await adapter.close()
    return taken


async def stored(dialog: Dialog, folder: Path, in_flight: int) -> float:
    """Seconds a turn of ours on SQLite, so many conversations at once, each answered before its next."""
    turns = in_flight * 8 if in_flight > 1 else 100
    adapter = slack(folder)
    database = Sqlite(folder / "slack.db")
    await database.migrate()
    dispatcher = Local(database, ["slack"])
    running = Turns(dialog, dispatcher, {"slack": adapter})
    session, question = middle(dialog)
    state = dumps(session, dialog.flow)
    users = [f"U{number}" for number in range(in_flight)]
    await running.start()
    of = {user: taps(question, user, turns // in_flight) for user in users}

    async def talk(user: str, post_tap: Callable[[Tap], Awaitable[None]]) -> None:
        conversation = f"slack:{TEAM}:{user}"
        for tap in of[user]:
            # The same button is the right one again, since the conversation is set back each time.
            await dispatcher.transact(lambda on: on.write(conversation, state))
            await post_tap(tap)
            await dispatcher.settle(conversation)

    async with over_http(adapter.routes(running.accept)) as post_tap:
        begin = time.perf_counter()
        await asyncio.gather(*(talk(user, post_tap) for user in users))
        taken = (time.perf_counter() - begin) / turns
    await dispatcher.stop(5)
    await adapter.close()
    await database.close()
    return taken


async def measure() -> None:
    """Runs every measure and prints a line for each."""
    dialog = load()
    AsyncWebClient._request = faked  # type: ignore[method-assign, assignment]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measures: dict[str, Measure] = {
            "Slack, bare listener": lambda: bare(dialog, True),
            "Slack, bare listener that polls for its ack": lambda: bare(dialog, False),
            "Slack, ours, nothing stored": lambda: in_memory(dialog, folder),
            "Slack, ours on SQLite, 1 in flight": lambda: stored(dialog, folder, 1),
            "Slack, ours on SQLite, 64 in flight": lambda: stored(dialog, folder, 64),
        }
        await interleaved(measures)
