"""The harness's platform: it takes messages the way a real one does, slowly, and not always."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from aiohttp import web

from tests.chaos.scripts import mark_of

RETRY_AFTER = 1
"""Seconds that a refusal asks for."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a platform behaves, in shares of all messages.

    `refused` get a 429, `dropped` lose their connection before they are taken and `reset` after it;
    `slow` are taken after up to a second.
    """

    refused: float = 0.05
    dropped: float = 0.01
    reset: float = 0.02
    slow: float = 0.05


class Taken(NamedTuple):
    """A message that was taken: when, its JSON, the process it came from, and whether that didn't hear."""

    at: float
    payload: str
    process: int = 0
    reset: bool = False


@dataclass(slots=True)
class Platform:
    """A server that takes messages; `taken` holds them by conversation in the order they came."""

    random: Random
    manners: Manners = Manners()
    taken: dict[str, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    answers: Counter[str] = field(default_factory=Counter)
    _runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Begins to listen; returns the address for messages."""
        app = web.Application()
        app.add_routes([web.post("/send", self._send)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/send"

    async def stop(self) -> None:
        """Listens no more."""
        if self._runner:
            await self._runner.cleanup()

    def has(self, conversation: str, mark: str) -> bool:
        """Whether a message was taken, by its place."""
        return any(mark_of(taken.payload) == mark for taken in self.taken[conversation])

    async def _send(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        conversation, payload = str(body["conversation"]), str(body["payload"])
        kind = self.random.random()
        manners = self.manners
        if kind < manners.refused:
            self.answers["429"] += 1
            return web.Response(status=429, headers={"Retry-After": str(RETRY_AFTER)})
        kind -= manners.refused
        if kind < manners.dropped:
            return self._hang_up(request, "dropped")
        slow = self.random.random() < manners.slow
        await asyncio.sleep(self.random.uniform(0, 1.0) if slow else self.random.uniform(0, 0.02))
        if request.transport is None or request.transport.is_closing():
            # Whoever sent it is gone, and it never arrived.
            self.answers["gone"] += 1
            return web.Response()
        kind -= manners.dropped
        reset = kind < manners.reset
        self.taken[conversation].append(Taken(time.time(), payload, int(body["process"]), reset))
        if reset:
            return self._hang_up(request, "reset")
        self.answers["200"] += 1
        return web.Response()

    def _hang_up(self, request: web.Request, why: str) -> web.StreamResponse:
        self.answers[why] += 1
        if request.transport:
            request.transport.abort()
        return web.Response()
