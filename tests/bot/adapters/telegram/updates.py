"""How updates reach the bot, by polling or at its webhook; on request again, and out of order."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from lo_bot_api_emulator.updates import (  # type: ignore[import-untyped]
    UpdateError,
    UpdateQueues,
    allowed_updates,
    integer,
)

from tests.bot.adapters.telegram.rules import OTHER_POLLER, WEBHOOK_IS_SET, Json, refused

WEBHOOK_PORTS = (443, 80, 88, 8443)
POST_PATIENCE = 10.0
"""Seconds that a webhook has for its answer."""
RETRY_FIRST, RETRY_MOST = 0.05, 1.0
"""Seconds until a failed post is tried again, doubling; Telegram's are longer, and tests wait for these."""


@dataclass(eq=False, slots=True)
class Entry:
    """One update on its way; `lag` counts the answers that a repeated one still lets pass."""

    id: int
    chat: int
    kind: str
    body: Json
    given: bool = False
    repeated: bool = False
    lag: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post to the webhook: when it began, what came of it (0 where nothing answered), and its headers."""

    update_id: int
    chat: int
    status: int
    at: float
    headers: dict[str, str]


@dataclass(slots=True)
class Chance:
    """How often something happens, from a seed."""

    share: float = 0.0
    random: random.Random = field(default_factory=random.Random)

    def hits(self) -> bool:
        """Whether it happens now."""
        return self.share > 0 and self.random.random() < self.share


class Inbox(UpdateQueues):  # type: ignore[misc]
    """The updates of one bot.

    The emulator's queues check what the bot asks for; delivering is done here, since theirs knows three
    kinds of update, posts one at a time and does not try again.
    """

    def __init__(self, token: str, first_id: int) -> None:
        super().__init__(record=lambda _: None, max_updates=100_000, max_bots=1, insecure_webhooks=True)
        self._token = token
        self._box = self._state(token)
        self._box.next_id = first_id
        self._wake = asyncio.Event()
        self._poll = 0
        self._most = 40
        self._slots = asyncio.Semaphore(self._most)
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._posting = 0
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        self._fault: Json = {}
        self.again = Chance()
        self.swap = Chance()
        self.reach: str | None = None
        self.unwanted: list[Json] = []
        self.deliveries: list[Delivery] = []
        self.redelivered = 0
        self.confirmed = 0
        self.polls = 0
        self.touched = time.monotonic()

    @property
    def pending(self) -> list[Entry]:
        """The updates that the bot has not confirmed, and those that come again."""
        entries: list[Entry] = self._box.updates
        return entries

    @property
    def busy(self) -> bool:
        """Whether anything is on its way."""
        return bool(self.pending or self._posting)

    @property
    def url(self) -> str:
        """The webhook, "" where the bot polls."""
        return str(self._box.url)

    def put(self, chat: int, kind: str, content: Json) -> int:
        """Takes in an update for the bot; returns its id."""
        identity = int(self._box.next_id)
        self._box.next_id = identity + 1
        body = {"update_id": identity, kind: content}
        if self._box.allowed and kind not in self._box.allowed:
            # Telegram keeps nothing that the bot said it doesn't want.
            self.unwanted.append(body)
            return identity
        self._add(Entry(identity, chat, kind, body))
        return identity

    def _add(self, entry: Entry) -> None:
        self.pending.append(entry)
        self.touched = time.monotonic()
        self._wake.set()
        self._post(entry.chat)

    # --- polling ---

    async def poll(self, token: str, fields: Json, *, disconnected: object = None) -> list[Json]:
        """Answers getUpdates; a newer one ends it, as it ends an older one."""
        limit = integer(fields.get("limit", 100), 1, 100)
        patience = integer(fields.get("timeout", 0), 0, 50)
        offset = integer(fields.get("offset", 0), -(2**63) + 1, 2**63 - 1)
        wanted = allowed_updates(fields["allowed_updates"]) if "allowed_updates" in fields else None
        if self.url:
            raise refused(WEBHOOK_IS_SET, 409)
        self._poll += 1
        self.polls += 1
        mine = self._poll
        self._wake.set()
        if wanted is not None:
            self._box.allowed = wanted
        self._confirm(offset)
        deadline = time.monotonic() + patience
        while True:
            self._wake.clear()
            if batch := self._batch(limit):
                return batch
            remaining = deadline - time.monotonic()
            if remaining <= 0 or self._closed:
                return []
            try:
                async with asyncio.timeout(remaining):
                    await self._wake.wait()
            except TimeoutError:
                return []
            if mine != self._poll:
                # The event was meant for the newer one too.
                self._wake.set()
                raise refused(OTHER_POLLER, 409)
            if self.url:
                raise refused("Conflict: terminated by setWebhook request", 409)

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            # Updates before the last few are forgotten.
            self._box.updates = self.pending[offset:]
            return
        kept = []
        for entry in self.pending:
            if entry.repeated:
                if not entry.given:
                    kept.append(entry)
            elif entry.id >= offset:
                kept.append(entry)
            else:
                self.confirmed += 1
                if entry.given and self.again.hits():
                    kept.append(self._repeat(entry))
        if len(kept) != len(self.pending):
            self.touched = time.monotonic()
        self._box.updates = kept

    def _repeat(self, entry: Entry) -> Entry:
        self.redelivered += 1
        lag = self.again.random.randrange(3)
        return Entry(entry.id, entry.chat, entry.kind, entry.body, repeated=True, lag=lag)

    def _batch(self, limit: int) -> list[Json]:
        repeated = [entry for entry in self.pending if entry.repeated and not entry.given]
        new = [entry for entry in self.pending if not entry.repeated]
        # A repeated update comes a little after what followed it, but never waits where nothing follows.
        due = [entry for entry in repeated if entry.lag <= 0 or not new]
        for entry in repeated:
            entry.lag -= 1
        batch = (due + new)[:limit]
        for entry in batch:
            entry.given = True
        at = 0
        while at + 1 < len(batch):
            if batch[at].chat != batch[at + 1].chat and self.swap.hits():
                batch[at], batch[at + 1] = batch[at + 1], batch[at]
                at += 1
            at += 1
        return [entry.body for entry in batch]

    # --- the webhook ---

    async def set_webhook(self, token: str, fields: Json) -> bool:
        """Sets the webhook, or takes it away."""
        url = str(fields.get("url", ""))
        parts = urlsplit(url)
        if parts.scheme == "https" and (parts.port or 443) not in WEBHOOK_PORTS:
            raise refused("Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        most = integer(fields.get("max_connections", 40), 1, 100)
        await super().set_webhook(token, fields)
        if most != self._most:
            self._most, self._slots = most, asyncio.Semaphore(most)
        self._fault = {}
        self._wake.set()
        return True

    def info(self, token: str) -> Json:
        """Answers getWebhookInfo."""
        if not self.url:
            return {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.pending)}
        known: Json = {**super().info(token), "max_connections": self._most, **self._fault}
        if not known["allowed_updates"]:
            del known["allowed_updates"]
        return known

    async def deliver(self, token: str) -> int:
        """Begins to post what waits; the emulator calls it when a webhook is set."""
        for chat in {entry.chat for entry in self.pending}:
            self._post(chat)
        return 0

    def _post(self, chat: int) -> None:
        if self.url and not self._closed and chat not in self._workers:
            self._workers[chat] = asyncio.create_task(self._work(chat))

    async def _work(self, chat: int) -> None:
        """Posts one chat's updates in their order, each until it is taken."""
        pause = RETRY_FIRST
        try:
            while self.url and (entry := next((e for e in self.pending if e.chat == chat), None)):
                twice = not entry.repeated and self.again.hits()
                at_once = twice and self.again.random.random() < 0.5
                posts = [self._send(entry) for _ in range(2 if at_once else 1)]
                if not any(await asyncio.gather(*posts)):
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, RETRY_MOST)
                    continue
                pause = RETRY_FIRST
                if entry not in self.pending:
                    continue  # dropped meanwhile
                self.pending.remove(entry)
                if not entry.repeated:
                    self.confirmed += 1
                if at_once:
                    self.redelivered += 1
                elif twice:
                    self.pending.append(self._repeat(entry))
        finally:
            del self._workers[chat]

    async def _send(self, entry: Entry) -> bool:
        slots = self._slots
        self._posting += 1
        try:
            async with slots:
                if self.swap.hits():
                    await asyncio.sleep(self.swap.random.random() / 50)  # lets another chat go first
                at, status = time.monotonic(), 0
                secret = self._box.secret
                headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
                if self._session is None:
                    patience = aiohttp.ClientTimeout(total=POST_PATIENCE)
                    connector = aiohttp.TCPConnector(limit=0)
                    self._session = aiohttp.ClientSession(timeout=patience, connector=connector)
                try:
                    async with self._session.post(
                        self._target(), json=entry.body, headers=headers, allow_redirects=False
                    ) as answer:
                        await answer.read()
                        status = answer.status
                except (aiohttp.ClientError, TimeoutError, OSError):
                    pass
                self.deliveries.append(Delivery(entry.id, entry.chat, status, at, headers))
                taken = 200 <= status < 300
                if not taken:
                    wrong = f"Wrong response from the webhook: {status}" if status else "Connection refused"
                    self._fault = {"last_error_date": int(time.time()), "last_error_message": wrong}
                return taken
        finally:
            self._posting -= 1
            self.touched = time.monotonic()

    def _target(self) -> str:
        if self.reach is None:
            return self.url
        there, path = urlsplit(self.reach), urlsplit(self.url)
        return urlunsplit((there.scheme, there.netloc, path.path, path.query, ""))

    async def close(self) -> None:
        """Ends what waits."""
        self._closed = True
        self._wake.set()
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


__all__ = ["Chance", "Delivery", "Entry", "Inbox", "UpdateError"]
