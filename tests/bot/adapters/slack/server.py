"""Slack, as far as a bot can tell: the server that the adapter's tests run against.

    async with SlackApi() as api:
        ...  # start the bot with SLACK_API_URL=api.url, SLACK_BOT_TOKEN=api.token,
        ...  # SLACK_SIGNING_SECRET=api.app.signing_secret
        api.deliver_over("http", "http://127.0.0.1:8080")
        anna = api.person()
        await anna.opens_home()
        await anna.says("Hello")
        await api.quiet()
        assert anna.labels == ["Begin"]

It listens on loopback and refuses what Slack refuses. People act through `person`, which also holds what
they see; `requests` is all that the bot asked for, `deliveries` all that it was told; `too_fast`, `fail`,
`retry_storm`, `sockets.disconnects`, `app_uninstalled` are the bad days.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import web

from tests.bot.adapters.slack.delivery import Attempt, Courier, Delivery, Http
from tests.bot.adapters.slack.methods import Methods, ResponseUrl, Trigger, modal
from tests.bot.adapters.slack.payloads import (
    FORM,
    JSON,
    App,
    encoded,
    event,
    stamp,
)
from tests.bot.adapters.slack.people import Person
from tests.bot.adapters.slack.rules import Json, RefusedError
from tests.bot.adapters.slack.shown import Channel, Opened, Shown, Surface, Team, identity, unmeant
from tests.bot.adapters.slack.socket import Sockets
from tests.bot.adapters.slack.tokens import SCOPES, Token, Tokens
from tests.bot.adapters.slack.uploads import Uploads

How = Literal["reset", "lost", "hang"] | str | int
"""How a request fails.

A status; an error's code; or the connection ends before anything happened, or after it happened; or the
answer is late.
"""

TEAM = "T0WHATIF"
RESPONSES = 5
RESPONSE_LASTS = 1800


@dataclass(frozen=True, slots=True)
class Request:
    """Something the bot asked for, and the answer: its status (0 where none came), its error's code."""

    method: str
    parameters: Json
    at: float
    status: int
    error: str = ""
    messages: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether Slack did it."""
        return self.status == 200 and not self.error

    @property
    def channel(self) -> str | None:
        """The channel that it was about."""
        channel = self.parameters.get("channel")
        return str(channel) if channel else None


@dataclass(slots=True)
class _Plan:
    """A failure to come."""

    method: str
    left: int
    how: How
    seconds: float
    channel: str | None


class SlackApi:
    """Slack with one app, which is the bot, and any number of workspaces.

    Takes how many seconds the bot has to acknowledge and how long after that each retry comes, how long a
    trigger lasts, whether new tokens expire, and whether the bot hears of its own messages, as it does from
    Slack.
    """

    def __init__(
        self,
        *,
        ack_within: float = 3.0,
        retries: tuple[float, ...] = (0.0, 0.2, 0.4),
        trigger_lasts: float = 3.0,
        rotation: bool = False,
        echoes: bool = True,
    ) -> None:
        self.app = App(
            id="A0WHATIF",
            client_id="1111111111.2222222222",
            client_secret="slack-tests-client-secret",
            signing_secret="slack-tests-signing-secret",
            verification="slack-tests-verification",
            app_token="xapp-1-A0WHATIF-slack-tests",
        )
        self.ack_within, self.retries, self.trigger_lasts = ack_within, retries, trigger_lasts
        self.echoes = echoes
        self.tokens = Tokens(self.app, rotation)
        self.sockets = Sockets(self.app, ack_within)
        self.teams: dict[str, Team] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Shown]] = {}
        self.homes: dict[tuple[str, str], Opened] = {}
        self.modals: dict[tuple[str, str], list[Opened]] = {}
        self.ever: list[Opened] = []
        self.triggers: dict[str, Trigger] = {}
        self.requests: list[Request] = []
        self.impatient: list[Request] = []
        self.deliveries: list[Delivery] = []
        self.wrong_answers: list[tuple[Delivery, str]] = []
        self.meant: set[str] = set()
        self.port = 0
        self._people: dict[tuple[str, str], Person] = {}
        self._hooks: dict[str, ResponseUrl] = {}
        self._plans: list[_Plan] = []
        self._fast: dict[str | None, tuple[int, int]] = {}
        self._wait_until: dict[str | None, float] = {}
        self._owed: dict[tuple[str, str | None], str] = {}
        self.uploads = Uploads(self)
        self._methods = Methods(self)
        self._courier: Courier | None = None
        self._couriers: list[Courier] = []
        self._copies = 1
        self._tasks: set[asyncio.Task[None]] = set()
        self._hashes = itertools.count(1)
        self._busy = 0
        self._pending = 0
        self._touched = time.monotonic()
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.team(TEAM, "Outplacement")
        self.token = self.install(TEAM, value="xoxb-slack-tests", rotation=False).value

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_get("/link/", self.sockets.handle)
        app.router.add_post("/hooks/{hook}", self._hooked)
        app.router.add_post("/upload/v1/{ticket}", self._uploaded)
        app.router.add_route("*", "/api/{method}", self._handle)
        # A connection that a test leaves open must not hold up its end.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for courier in self._couriers:
            await courier.close()
        await self.sockets.close()
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def root(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The Web API's address; what SLACK_API_URL and a client's `base_url` are set to."""
        return f"{self.root}/api/"

    # --- who is there ---

    def team(self, team_id: str, name: str | None = None, *, enterprise: str | None = None) -> Team:
        """A workspace; the same one if asked for again. The bot isn't in it before it is installed."""
        known = self.teams.get(team_id)
        if known is None:
            # An organisation has one bot for all its workspaces.
            whose = (enterprise or team_id)[1:]
            bot = f"U0BOT{whose}"
            known = Team(team_id, name or f"Team {team_id}", enterprise, bot, f"B0{whose}")
            self.teams[team_id] = known
        return known

    def install(
        self,
        team_id: str = TEAM,
        *,
        org: bool = False,
        scopes: tuple[str, ...] = SCOPES,
        value: str | None = None,
        rotation: bool | None = None,
    ) -> Token:
        """Installs the bot, in a workspace or in its whole organisation; returns its token."""
        team = self.team(team_id)
        return self.tokens.issue(
            None if org else team.id, team.enterprise, scopes=scopes, value=value, rotation=rotation
        )

    def channel(
        self, channel_id: str, name: str = "general", *, team: str = TEAM, has_bot: bool = False
    ) -> Channel:
        """A channel with everybody in it; the same one if asked for again."""
        known = self.channels.get(channel_id)
        if known is None:
            users = self.team(team).users
            known = self.channels[channel_id] = Channel(channel_id, team, name, users, has_bot)
        return known

    def direct(self, team: str, user: str) -> Channel:
        """Somebody's direct messages with the bot."""
        channel_id = f"D0{team[1:]}{user[1:]}"
        if channel_id not in self.channels:
            self.channels[channel_id] = Channel(channel_id, team, "directmessage", {user}, True, user)
        return self.channels[channel_id]

    def person(
        self, team: str = TEAM, user: str = "U0ANNA", *, name: str | None = None, locale: str = "en-US"
    ) -> Person:
        """Somebody in a workspace; the same one if asked for again."""
        known = self._people.get((team, user))
        if known is None:
            self.team(team).users.add(user)
            known = Person(self, self.teams[team], user, name or user[2:].lower() or "somebody", locale)
            self._people[(team, user)] = known
        return known

    # --- what is seen ---

    def seen_in(self, channel_id: str, user: str | None = None) -> list[Shown]:
        """The messages that everybody in a channel sees, or that one of them does."""
        return [
            shown
            for shown in self.messages.get(channel_id, {}).values()
            if not shown.deleted and shown.only_for in (None, user)
        ]

    def live(self, person: Person) -> list[Shown]:
        """The messages whose buttons stand, in somebody's direct messages; there should be one at most."""
        return person.live

    def views(self) -> list[Opened]:
        """Every Home tab and every modal that stands open."""
        return [*self.homes.values(), *(view for stack in self.modals.values() for view in stack)]

    @property
    def unmeant(self) -> list[tuple[str, str]]:
        """Each mention, link and alert that the bot ever showed anybody and that isn't in `meant`."""
        said: list[tuple[str, Surface]] = []
        for channel, messages in self.messages.items():
            for shown in messages.values():
                if shown.by_bot:
                    said += [(f"{channel} {shown.ts}", then) for then in shown.versions]
        for opened in self.ever:
            said += [(opened.id, then) for then in opened.versions]
        return unmeant(said, self.meant)

    # --- what was asked ---

    def calls(
        self, method: str | None = None, channel: str | None = None, *, ok: bool | None = None
    ) -> list[Request]:
        """The requests made so far, of a method, about a channel, that went well or didn't."""
        return [
            made
            for made in self.requests
            if (method is None or made.method == method)
            and (channel is None or made.channel == channel)
            and (ok is None or made.ok == ok)
        ]

    @property
    def refusals(self) -> list[Request]:
        """The requests that were refused as wrong; those that came too fast are not among them."""
        return [made for made in self.requests if made.error and made.status not in (0, 429)]

    def told(self, kind: str) -> list[Delivery]:
        """The deliveries of a kind: an event's type, an interaction's, or a command's name."""
        return [each for each in self.deliveries if _kind(each.body) == kind]

    # --- how the bot is told ---

    def deliver_over(self, way: Literal["http", "socket"], url: str = "") -> None:
        """From now on the bot is told over HTTP at its address (its path /slack/events), or by WebSocket."""
        if way == "socket":
            self._courier = _Socket(self.sockets)
        else:
            assert url, "HTTP needs the bot's address"
            self._courier = Http(self.app, url, self.ack_within)
        self._couriers.append(self._courier)

    def retry_storm(self, times: int = 3) -> None:
        """From now on each event comes so many times, acknowledged or not, the later ones as retries."""
        self._copies = times

    async def deliver(self, delivery: Delivery) -> Delivery:
        """Tells the bot, and waits for its first answer; what has to be told again comes by itself."""
        assert self._courier is not None, "first say how the bot is told: deliver_over"
        self.deliveries.append(delivery)
        self._pending += 1
        try:
            copies = self._copies if delivery.kind == "events_api" else 1
            await asyncio.gather(
                *(
                    self._attempt(self._courier, delivery, retry, "http_timeout" if retry else "")
                    for retry in range(copies)
                )
            )
        except BaseException:
            self._settled(delivery)
            raise
        last = delivery.attempts[-1]
        if delivery.acked or last.give_up or delivery.kind != "events_api" or copies > 1:
            self._settled(delivery)
        else:
            self._spawn(self._retried(self._courier, delivery))
        return delivery

    async def _attempt(self, courier: Courier, delivery: Delivery, retry: int, reason: str) -> None:
        attempt = await courier.attempt(delivery, retry, reason)
        delivery.attempts.append(attempt)
        self._touch()

    async def _retried(self, courier: Courier, delivery: Delivery) -> None:
        try:
            for retry, pause in enumerate(self.retries, 1):
                await asyncio.sleep(pause)
                await self._attempt(courier, delivery, retry, delivery.attempts[-1].reason)
                if delivery.acked or delivery.attempts[-1].give_up:
                    return
        finally:
            self._settled(delivery)

    def _settled(self, delivery: Delivery) -> None:
        delivery.pending = False
        self._pending -= 1
        self._touch()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def event(self, team: Team, inner: Json, *, context: bool = True) -> Delivery:
        """Tells the bot of an event."""
        return await self.deliver(Delivery("events_api", self.envelope(team, inner, context)))

    def envelope(self, team: Team, inner: Json, context: bool = True) -> Json:
        """An event as it is told."""
        token = self.tokens.of(team)
        return event(self.app, team, inner, org=token is not None and token.org, context=context)

    def echo(self, channel: Channel, inner: Json) -> None:
        """The bot hears of what stands in somebody's direct messages, its own among it."""
        if self.echoes and self._courier is not None and self.hears(channel):
            body = self.envelope(self.teams[channel.team], inner)

            async def tell() -> None:
                await self.deliver(Delivery("events_api", body))

            self._spawn(tell())

    def hears(self, channel: Channel) -> bool:
        """Whether the bot's scopes let it hear what is said there."""
        token = self.tokens.of(self.teams[channel.team])
        if token is None or not channel.has_bot:
            return False
        return ("im:history" if channel.user else "channels:history") in token.scopes

    async def resend(
        self,
        delivery: Delivery,
        *,
        secret: str | None = None,
        at: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> Attempt:
        """Posts the same body again: signed anew, with another secret, or as of another time."""
        body, content = encoded(delivery.kind, delivery.body)
        return await self.post(body, content, secret=secret, at=at, headers=headers)

    async def post(
        self,
        body: bytes,
        content: str = JSON,
        *,
        secret: str | None = None,
        at: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> Attempt:
        """Posts anything to the bot."""
        assert isinstance(self._courier, Http), "only over HTTP"
        return await self._courier.post(body, content, secret=secret, at=at, headers=headers)

    async def url_verification(self, challenge: str = "a-challenge") -> Attempt:
        """What Slack posts when somebody enters the bot's address; it answers with the challenge."""
        body = {"token": self.app.verification, "challenge": challenge, "type": "url_verification"}
        return await self.post(json.dumps(body).encode())

    async def ssl_check(self) -> Attempt:
        """What Slack posts now and then to see whether the certificate is good."""
        body = f"ssl_check=1&token={self.app.verification}"
        return await self.post(body.encode(), FORM)

    async def app_uninstalled(self, team_id: str = TEAM, *, together: bool = True) -> Delivery:
        """A workspace (its organisation, where that is the install) takes the app out.

        tokens_revoked comes beside it, in no certain order, if they come `together`.
        """
        team = self.teams[team_id]
        gone = self._gone(team, {"type": "app_uninstalled", "event_ts": stamp()})
        if not together:
            return await gone
        return (await asyncio.gather(gone, self.tokens_revoked(team_id)))[0]

    async def tokens_revoked(self, team_id: str = TEAM, *, users: tuple[str, ...] = ()) -> Delivery:
        """A workspace's tokens are revoked: the bot's, or with `users` only these people's own."""
        team = self.teams[team_id]
        tokens: Json = {"oauth": list(users), "bot": [] if users else [team.bot_user]}
        inner = {"type": "tokens_revoked", "tokens": tokens, "event_ts": stamp()}
        return await (self.event(team, inner, context=False) if users else self._gone(team, inner))

    def _gone(self, team: Team, inner: Json) -> Coroutine[Any, Any, Delivery]:
        """What is told of tokens that are revoked now; of both events alike, so the first revokes them."""
        body = self.envelope(team, inner, context=False)
        if self.tokens.of_org(team):
            # It is the organisation that is gone, not one workspace of it.
            del body["team_id"]
        self.tokens.revoke(team)
        return self.deliver(Delivery("events_api", body))

    # --- bad days ---

    def too_fast(self, where: Person | str | None, retry_after: int = 1, times: int = 1) -> None:
        """The next messages to a person or a channel (None: to any) are too many.

        A request before the time that the bot was told is too many as well, and kept in `impatient`.
        """
        self._fast[self._place(where)] = (retry_after, times)

    def fail(
        self,
        method: str,
        times: int = 1,
        how: How = 500,
        *,
        seconds: float = 1.0,
        where: Person | str | None = None,
    ) -> None:
        """The next requests of a method ("*": of any) fail; `seconds` is how long a hang lasts."""
        self._plans.append(_Plan(method, times, how, seconds, self._place(where)))

    def _place(self, where: Person | str | None) -> str | None:
        return where if where is None or isinstance(where, str) else where.channel.id

    def ages(self, seconds: float) -> None:
        """So many seconds pass for tokens, codes, triggers, response_urls and Retry-After."""
        self.tokens.ahead += seconds

    # --- waiting ---

    async def quiet(
        self,
        moment: float = 0.2,
        within: float = 30.0,
        *,
        retries: bool = True,
        busy: Callable[[], bool] | None = None,
    ) -> None:
        """Waits until nothing is left to be told and nothing was asked for `moment` seconds.

        With `retries`, messages that were answered 429 or with a failure must have come again. `busy` is
        asked as well: what the bot still has to do, where a test can know. Raises `TimeoutError`.
        """
        deadline = time.monotonic() + within
        while True:
            now = time.monotonic()
            reasons = self._unquiet(retries)
            if busy is not None and busy():
                reasons.append("the bot is busy")
                self._touched = now
            rest = self._touched + moment - now
            if not reasons and rest <= 0:
                return
            if now >= deadline:
                last = [(made.method, made.channel, made.error) for made in self.requests[-5:]]
                raise TimeoutError(f"not quiet: {'; '.join(reasons) or 'still talking'}; last asked {last}")
            await self._sleep(min(max(rest, 0.005), deadline - now + 0.001))

    def _unquiet(self, retries: bool) -> list[str]:
        reasons = []
        if self._pending:
            waiting = [f"{_kind(each.body)} {each.id}" for each in self.deliveries if each.pending]
            reasons.append(f"{self._pending} deliveries are pending: {', '.join(waiting[:3])}")
        if self._busy:
            reasons.append(f"{self._busy} requests are being answered")
        if retries:
            reasons += [
                f"{method} to {where}: {why}, not tried again" for (method, where), why in self._owed.items()
            ]
        return reasons

    async def until(self, so: Callable[[], object], within: float = 30.0) -> None:
        """Waits until something is so; looks after each request. Raises `TimeoutError`."""
        deadline = time.monotonic() + within
        while not so():
            if time.monotonic() >= deadline:
                raise TimeoutError(f"it never was so; not quiet: {self._unquiet(True)}")
            await self._sleep(0.02)

    async def _sleep(self, most: float) -> None:
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most):
                await self._news.wait()

    def _touch(self) -> None:
        self._touched = time.monotonic()
        self._news.set()

    # --- what people and methods call ---

    def keep(
        self,
        channel: Channel,
        text: str,
        blocks: list[Json],
        *,
        only_for: str | None = None,
        thread: str | None = None,
        verbatim: bool = True,
    ) -> Shown:
        """Puts a message of the bot's into a channel."""
        team = self.teams[channel.team]
        shown = Shown(
            team=team.id,
            channel=channel.id,
            ts=stamp(),
            user=team.bot_user,
            by_bot=True,
            text=text,
            blocks=blocks,
            only_for=only_for,
            thread=thread,
            verbatim=verbatim,
            bot_id=team.bot_id,
            app_id=self.app.id,
        )
        return self.put(shown)

    def put(self, shown: Shown) -> Shown:
        """Puts a message into its channel."""
        self.messages.setdefault(shown.channel, {})[shown.ts] = shown
        return shown

    def trigger(self, team: str, user: str, *, in_modal: bool = False) -> str:
        """A trigger_id for what somebody is doing now."""
        trigger = f"{next(self._hashes)}.{int(time.time())}.{identity('t').lower()}"
        self.triggers[trigger] = Trigger(team, user, self.tokens.now(), in_modal)
        return trigger

    def hook(self, channel: Channel, user: str, shown: Shown | None) -> str:
        """A response_url for what somebody is doing now."""
        hook = identity("hook-")
        self._hooks[hook] = ResponseUrl(channel, user, shown, self.tokens.now())
        return f"{self.root}/hooks/{hook}"

    def answered(self, delivery: Delivery, channel: Channel, user: str) -> None:
        """Takes what stood in a command's acknowledgement as Slack does: as a message."""
        said = delivery.payload
        if said is None and delivery.answer:
            said = {"text": delivery.answer}
        if not said:
            return
        try:
            self._methods.respond(ResponseUrl(channel, user, None, self.tokens.now()), said)
        except RefusedError as refusal:
            self.wrong(delivery, refusal)

    def wrong(self, delivery: Delivery, refusal: RefusedError | str) -> None:
        """Keeps that an acknowledgement said what Slack can't do."""
        if isinstance(refusal, RefusedError):
            refusal = " ".join((refusal.error, *refusal.messages))
        self.wrong_answers.append((delivery, refusal))

    def opened(self, team: str, user: str, view: Json) -> Opened:
        """A view that opens by itself."""
        return modal(self, team, user, view)

    def push(self, stack: list[Opened], view: Json) -> Opened:
        """A view that opens on top of the others."""
        opened = modal(self, stack[-1].team, stack[-1].user, view, stack[-1])
        stack.append(opened)
        return opened

    def new_hash(self) -> str:
        """The hash of a view that was just changed."""
        return f"{int(time.time())}.{next(self._hashes):08x}"

    def check_external(self, view: Json, but: Opened | None = None) -> None:
        """`RefusedError` where another view has the same external_id."""
        external = view.get("external_id")
        if external and any(o.view.get("external_id") == external for o in self.views() if o is not but):
            raise RefusedError("duplicate_external_id")

    # --- answering ---

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        at = time.monotonic()
        self._busy += 1
        asked: Json = {}
        shot = [False]
        status, error = 0, ""
        messages: tuple[str, ...] = ()
        headers: dict[str, str] = {}
        try:
            try:
                asked = await _read(request)
                body = await self._scripted(request, method, asked, shot)
                status = 200
            except RefusedError as refusal:
                body, status, error = refusal.body(), refusal.status, refusal.error
                messages, headers = refusal.messages, refusal.headers
            if shot[0]:
                status = 0
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            if status >= 500:
                # This is what stands before the servers, and it speaks no JSON.
                return web.Response(status=status, text="<html>Oops</html>", content_type="text/html")
            return web.json_response(body, status=status, headers=headers)
        finally:
            made = Request(method, asked, at, status, error, tuple(messages))
            self.requests.append(made)
            self._owe(made)
            self._busy -= 1
            self._touch()

    def _owe(self, made: Request) -> None:
        """Keeps which messages have to be tried again."""
        if not made.method.startswith(("chat.", "files.")):
            return
        key = (made.method, made.channel)
        if made.status == 429 or made.status >= 500 or made.status == 0:
            self._owed[key] = f"answered {made.status}" if made.status else "cut off"
        else:
            self._owed.pop(key, None)

    async def _scripted(self, request: web.Request, method: str, asked: Json, shot: list[bool]) -> Json:
        channel = self._about(asked)
        plan = next(
            (p for p in self._plans if p.method in (method, "*") and p.channel in (None, channel)), None
        )
        if plan is not None:
            plan.left -= 1
            if plan.left <= 0:
                self._plans.remove(plan)
            if plan.how == "reset":
                shot[0] = True
                return {}
            if plan.how == "hang":
                await asyncio.sleep(plan.seconds)
            elif isinstance(plan.how, int):
                raise RefusedError(
                    "internal_error" if plan.how >= 500 else "request_timeout", status=plan.how
                )
            elif plan.how != "lost":
                raise RefusedError(plan.how)
        if method.startswith("chat."):
            self._pace(method, channel, asked)
        result = self._do(request, method, asked)
        if plan is not None and plan.how == "lost":
            shot[0] = True
        return result

    def _about(self, asked: Json) -> str | None:
        """The channel that a request is about, also where it names a person instead."""
        channel = str(asked.get("channel") or "")
        if not channel.startswith(("U", "W")):
            return channel or None
        return next((c.id for c in self.channels.values() if c.user == channel), channel)

    def _pace(self, method: str, channel: str | None, asked: Json) -> None:
        now = self.tokens.now()
        for key in (channel, None):
            if now < self._wait_until.get(key, 0):
                self.impatient.append(Request(method, asked, time.monotonic(), 429, "ratelimited"))
            elif key in self._fast:
                retry_after, times = self._fast.pop(key)
                if times > 1:
                    self._fast[key] = (retry_after, times - 1)
                self._wait_until[key] = now + retry_after
            else:
                continue
            # Told in whole seconds, rounded up.
            left = max(1, round(self._wait_until[key] - now + 0.499))
            raise RefusedError("ratelimited", status=429, headers={"Retry-After": str(left)})

    def _do(self, request: web.Request, method: str, asked: Json) -> Json:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if method == "oauth.v2.access":
            client = (str(asked.get("client_id", "")), str(asked.get("client_secret", "")))
            if scheme == "Basic":
                name, _, secret = base64.b64decode(credentials).decode().partition(":")
                client = (name, secret)
            return {"ok": True, **self.tokens.access(asked, client, self.teams)}
        token = credentials if scheme == "Bearer" else asked.get("token")
        if method == "apps.connections.open":
            if not token:
                raise RefusedError("not_authed")
            if token != self.app.app_token:
                raise RefusedError("invalid_auth" if token.startswith("xapp-") else "not_allowed_token_type")
            return {"ok": True, "url": self.sockets.ticket(self.root)}
        return self._methods.answer(method, token, asked)

    async def _hooked(self, request: web.Request) -> web.StreamResponse:
        """What a bot posts to a response_url."""
        at = time.monotonic()
        asked: Json = {}
        error, status = "", 200
        self._busy += 1
        try:
            asked = {key: value for key, value in (await request.json()).items() if value is not None}
            url = self._hooks.get(request.match_info["hook"])
            if url is None:
                raise RefusedError("no_such_hook", status=404)
            if url.uses >= RESPONSES:
                raise RefusedError("used_url", status=404)
            if self.tokens.now() - url.at > RESPONSE_LASTS:
                raise RefusedError("expired_url", status=404)
            url.uses += 1
            self._methods.respond(url, asked)
        except RefusedError as refusal:
            error, status = refusal.error, refusal.status if refusal.status != 200 else 400
            return web.json_response(refusal.body(), status=status)
        finally:
            self.requests.append(Request("response_url", asked, at, status, error))
            self._busy -= 1
            self._touch()
        return web.Response(text="ok")

    async def _uploaded(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file, which come with no token: the address is a secret."""
        plan = next((plan for plan in self._plans if plan.method == "upload"), None)
        if plan is not None:
            plan.left -= 1
            if plan.left <= 0:
                self._plans.remove(plan)
            assert isinstance(plan.how, int), "an upload fails with a status"
            return web.Response(status=plan.how)
        status, said = self.uploads.taken(
            request.match_info["ticket"], request.content_type, await request.read()
        )
        self._touch()
        return web.Response(status=status, text=said)


class _Socket:
    """Socket Mode as a way to the bot; the connections outlive it."""

    def __init__(self, sockets: Sockets) -> None:
        self.attempt = sockets.attempt

    async def close(self) -> None:
        """Nothing: the server closes the connections."""


async def _read(request: web.Request) -> Json:
    """A request's arguments, from wherever they stand."""
    asked: Json = dict(request.query)
    if request.content_type == JSON:
        try:
            more = await request.json()
        except ValueError:
            raise RefusedError("invalid_json") from None
        if not isinstance(more, dict):
            raise RefusedError("json_not_object")
        asked |= more
    else:
        asked |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    return asked


def _kind(body: Json) -> str:
    if "event" in body:
        inner = body["event"]
        return str(inner.get("subtype") or inner["type"])
    return str(body.get("type") or body.get("command"))
