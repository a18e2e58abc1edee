"""The process under test: the wiring of ``whatif run``, with a loopback adapter for a platform.

Run as ``python -m tests.chaos.replica``, with `Orders` as JSON on the first line of standard input; it
ends when standard input does, so that it never outlives the harness.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp
from aiohttp import web

from bot import logs
from bot.dispatch.distributed import Distributed
from bot.metrics import Metrics
from bot.pace import Pace
from bot.serve import Accept, serve
from bot.settings import Settings
from bot.store import StoreError
from bot.turn import TooFastError, Turns
from bot.wire import event_in, message_out
from dialogs.content import load
from dialogs.events import Message
from tests.chaos.broken import BREAKS
from tests.chaos.marked import Marked
from tests.chaos.records import KEY


@dataclass(frozen=True, slots=True)
class Orders:
    """What a replica is told.

    `send` is where messages go; `pace` is the pace's fields; `nudge_after` is how long reminders wait;
    `heartbeat` and `stalled` are the dispatcher's seconds; `broken` is what it does wrong on purpose.
    """

    database: str
    send: str
    pace: dict[str, float]
    nudge_after: float
    heartbeat: float
    stalled: float
    broken: str = ""

    def line(self) -> bytes:
        """As a line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"


class Loopback:
    """An adapter for a platform that is only HTTP and JSON."""

    platform = "loopback"

    def __init__(self, send: str, pace: Pace) -> None:
        self.address = send
        self.pace = pace
        self._client: aiohttp.ClientSession | None = None

    def routes(self, accept: Accept) -> Iterable[web.RouteDef]:
        """POST /loopback takes an event, and answers 200 once it is accepted."""

        async def take(request: web.Request) -> web.Response:
            body = await request.json()
            event, locale = event_in(body["event"])
            try:
                await accept(body["conversation"], body["id"], event, locale)
            except StoreError:
                return web.Response(status=503)
            return web.Response()

        return [web.post("/loopback", take)]

    async def run(self, accept: Accept) -> None:
        """Just waits: events come by HTTP."""
        await asyncio.Event().wait()

    async def send(self, conversation: str, message: Message, shown: str) -> str | None:
        """Sends a message. Raises `TooFastError` where told to wait, and aiohttp's errors."""
        if self._client is None:
            self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10))
        body = {"conversation": conversation, "payload": message_out(message), "process": os.getpid()}
        async with self._client.post(self.address, json=body) as answer:
            if answer.status == 429:
                raise TooFastError(float(answer.headers["Retry-After"]))
            answer.raise_for_status()
        return None

    async def close(self) -> None:
        """Lets go of its connections, once nothing is under way any more."""
        if self._client:
            await self._client.close()


async def run(orders: Orders) -> None:
    """Runs a replica until it is told to stop."""
    dialog = load()
    dialog.nudge_after = orders.nudge_after
    kind = BREAKS[orders.broken] if orders.broken else Marked

    def wire(dialog: Any, dispatcher: Any, *rest: Any) -> Turns:
        if isinstance(dispatcher, Distributed):
            dispatcher.heartbeat, dispatcher.stalled = orders.heartbeat, orders.stalled
        return kind(dialog, dispatcher, *rest)

    settings = Settings(orders.database, port=0, secret=KEY, log_level="INFO")
    pace: dict[str, Any] = orders.pace
    adapter = Loopback(orders.send, Pace(**pace))
    try:
        await serve(settings, dialog, [adapter], Metrics(), wire)
    finally:
        await adapter.close()


def _end_with_the_harness() -> None:
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    """Reads its orders, and runs."""
    orders = Orders(**json.loads(sys.stdin.readline()))
    logs.set_up("INFO", KEY)
    threading.Thread(target=_end_with_the_harness, daemon=True).start()
    asyncio.run(run(orders))


if __name__ == "__main__":
    main()
