"""How what people do reaches the bot: over HTTP as Slack posts it, and what is kept of each time."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

import aiohttp

from tests.bot.adapters.slack.payloads import App, encoded, signature
from tests.bot.adapters.slack.rules import Json

Kind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that the bot was told: what it answered (0: nothing in time), after how long."""

    status: int
    seconds: float
    reason: str = ""
    answer: str = ""
    retry: int = 0
    give_up: bool = False


@dataclass(eq=False, slots=True)
class Delivery:
    """Something that happened, and each time that the bot was told of it."""

    kind: Kind
    body: Json
    responds: bool = False
    at: float = field(default_factory=time.monotonic)
    attempts: list[Attempt] = field(default_factory=list)
    pending: bool = True

    @property
    def id(self) -> str:
        """What the bot can know it by."""
        return str(self.body.get("event_id") or self.body.get("trigger_id"))

    @property
    def acked(self) -> bool:
        """Whether the bot has acknowledged it."""
        return any(attempt.status == 200 for attempt in self.attempts)

    @property
    def status(self) -> int:
        """What the bot answered the first time; 0 where that was nothing in time."""
        return self.attempts[0].status if self.attempts else 0

    @property
    def seconds(self) -> float:
        """How long the first answer took."""
        return self.attempts[0].seconds

    @property
    def answer(self) -> str:
        """What stood in the acknowledgement."""
        return next((attempt.answer for attempt in self.attempts if attempt.status == 200), "")

    @property
    def payload(self) -> Json | None:
        """The same, read as JSON, where it is such."""
        try:
            read = json.loads(self.answer)
        except ValueError:
            return None
        return read if isinstance(read, dict) else None

    @property
    def alert(self) -> str:
        """What the person is shown where the bot failed them."""
        if self.kind == "events_api" or self.acked or not self.attempts:
            return ""
        return "operation_timeout" if self.status == 0 else f"failed with status {self.status}"


class Courier(Protocol):
    """One way to the bot."""

    async def attempt(self, delivery: Delivery, retry: int, reason: str) -> Attempt:
        """Tells the bot once."""

    async def close(self) -> None:
        """Gives up."""


class Http:
    """Posts to the bot's address, signed; waits `patience` seconds for the answer."""

    def __init__(self, app: App, url: str, patience: float) -> None:
        self.app, self.patience = app, patience
        self.url = url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/slack/events"
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=patience))

    async def close(self) -> None:
        await self.session.close()

    async def attempt(self, delivery: Delivery, retry: int, reason: str) -> Attempt:
        body, content = encoded(delivery.kind, delivery.body)
        more = {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason} if retry else {}
        return await self.post(body, content, headers=more, retry=retry)

    async def post(
        self,
        body: bytes,
        content: str,
        *,
        secret: str | None = None,
        at: float | None = None,
        headers: dict[str, str] | None = None,
        retry: int = 0,
    ) -> Attempt:
        """Posts anything; signed with another secret, or at another time, where a test wants that."""
        signed = signature(self.app.signing_secret if secret is None else secret, body, at)
        everything = {"Content-Type": content, "User-Agent": "Slackbot 1.0", **signed, **(headers or {})}
        start = time.monotonic()
        try:
            async with self.session.post(
                self.url, data=body, headers=everything, allow_redirects=False
            ) as answer:
                text = await answer.text()
                return Attempt(
                    answer.status,
                    time.monotonic() - start,
                    "" if answer.status == 200 else "http_error",
                    text,
                    retry,
                    answer.headers.get("x-slack-no-retry") == "1",
                )
        except TimeoutError:
            return Attempt(0, time.monotonic() - start, "http_timeout", retry=retry)
        except aiohttp.ClientError:
            return Attempt(0, time.monotonic() - start, "connection_failed", retry=retry)
