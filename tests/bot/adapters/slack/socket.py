"""Socket Mode: the WebSockets that a bot without an address of its own opens to Slack."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.bot.adapters.slack.delivery import Attempt, Delivery
from tests.bot.adapters.slack.payloads import App
from tests.bot.adapters.slack.rules import Json, RefusedError
from tests.bot.adapters.slack.shown import identity

MOST_CONNECTIONS = 10


@dataclass(eq=False, slots=True)
class _Link:
    ws: web.WebSocketResponse
    request: web.Request
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Ack:
    """What came back over a socket."""

    envelope: str
    body: Json
    known: bool


@dataclass(eq=False, slots=True)
class Sockets:
    """The bot's connections; takes how long an acknowledgement may take."""

    app: App
    patience: float
    links: list[_Link] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    opened: int = 0
    _tickets: set[str] = field(default_factory=set)
    _waiting: dict[str, tuple[_Link, asyncio.Future[Json]]] = field(default_factory=dict)
    _turn: int = 0

    def ticket(self, url: str) -> str:
        """The address of one connection to come: apps.connections.open."""
        if len(self.links) >= MOST_CONNECTIONS:
            raise RefusedError("too_many_websockets")
        ticket = identity("ticket-")
        self._tickets.add(ticket)
        return f"{url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self.app.id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """A connection, for as long as it stands."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=408, text="the ticket is used or unknown")
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        link = _Link(ws, request)
        self.links.append(link)
        self.opened += 1
        try:
            await ws.send_json(
                {
                    "type": "hello",
                    "num_connections": len(self.links),
                    "debug_info": {
                        "host": "applink-1",
                        "build_number": 1,
                        "approximate_connection_time": 18_060,
                    },
                    "connection_info": {"app_id": self.app.id},
                }
            )
            async for said in ws:
                if said.type is WSMsgType.TEXT:
                    self._acked(json.loads(said.data))
        except (ConnectionError, ValueError):
            pass
        finally:
            self.links.remove(link)
            for there, future in list(self._waiting.values()):
                if there is link and not future.done():
                    future.set_exception(ConnectionResetError("the socket closed"))
        return ws

    def _acked(self, body: Json) -> None:
        envelope = str(body.get("envelope_id"))
        link_and_future = self._waiting.get(envelope)
        self.acks.append(Ack(envelope, body, link_and_future is not None))
        if link_and_future is not None and not link_and_future[1].done():
            link_and_future[1].set_result(body)

    async def attempt(self, delivery: Delivery, retry: int, reason: str) -> Attempt:
        """Sends an envelope over one of the connections, and waits for its acknowledgement."""
        start = time.monotonic()
        deadline = start + self.patience
        while not (open_links := [link for link in self.links if not link.leaving and not link.ws.closed]):
            if time.monotonic() > deadline:
                return Attempt(0, time.monotonic() - start, "connection_failed", retry=retry)
            await asyncio.sleep(0.01)
        self._turn += 1
        link = open_links[self._turn % len(open_links)]
        envelope = identity("envelope-")
        sent: Json = {
            "envelope_id": envelope,
            "type": delivery.kind,
            "payload": delivery.body,
            "accepts_response_payload": delivery.responds,
        }
        if delivery.kind == "events_api":
            sent |= {"retry_attempt": retry, "retry_reason": reason}
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope] = (link, future)
        try:
            await link.ws.send_json(sent)
            async with asyncio.timeout(self.patience):
                body = await future
        except TimeoutError:
            return Attempt(0, time.monotonic() - start, "timeout", retry=retry)
        except ConnectionError:
            return Attempt(0, time.monotonic() - start, "connection_failed", retry=retry)
        finally:
            self._waiting.pop(envelope, None)
        return Attempt(200, time.monotonic() - start, "", _answer(body, delivery.responds), retry)

    async def disconnects(self, reason: str = "refresh_requested", *, warns: bool = True) -> None:
        """Slack closes every connection there is, as it does every few hours: warns, asks, and goes."""
        for link in list(self.links):
            link.leaving = True
            for said in ("warning", reason) if warns else (reason,):
                with contextlib.suppress(ConnectionError):
                    await link.ws.send_json(
                        {"type": "disconnect", "reason": said, "debug_info": {"host": "applink-1"}}
                    )

    async def cut(self) -> None:
        """Every connection breaks, without a word."""
        for link in list(self.links):
            link.leaving = True
            if link.request.transport is not None:
                link.request.transport.abort()

    async def close(self) -> None:
        """Closes them all."""
        for link in list(self.links):
            link.leaving = True
            with contextlib.suppress(ConnectionError):
                await link.ws.close()


def _answer(body: Json, responds: bool) -> str:
    payload: Any = body.get("payload")
    if not payload or not responds:
        return ""
    return json.dumps(payload)
