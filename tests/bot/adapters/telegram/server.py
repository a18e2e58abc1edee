"""Telegram, as far as a bot can tell: the server that the adapter's tests run against.

    async with BotApi() as api:
        ...  # start the bot with TELEGRAM_API_URL=api.url and TELEGRAM_BOT_TOKEN=api.token
        anna = api.person(42, first_name="Anna")
        await anna.starts()
        await api.quiet()
        assert api.keyboard(42) == [["Begin"]]

It listens on loopback and refuses what Telegram refuses. People talk through `person` and `group`; `chat`
is what they see; `requests` is all that the bot asked for; `too_fast`, `fail`, `block`, `redeliver` and
`shuffle` are the bad days.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import web
from lo_bot_api_emulator import ApiRefusal  # type: ignore[import-untyped]
from telegram.constants import MessageLimit

from tests.bot.adapters.telegram.people import Chat, Group, Person
from tests.bot.adapters.telegram.rules import (
    BLOCKED,
    CANT_EDIT,
    EDIT_NOT_FOUND,
    KICKED,
    NEVER_MET,
    NOT_MODIFIED,
    QUERY_TOO_OLD,
    Emulator,
    Formatted,
    Json,
    Profile,
    cleaned,
    parsed,
    refused,
    units,
)
from tests.bot.adapters.telegram.updates import Chance, Delivery, Inbox, UpdateError

How = Literal["reset", "lost", "hang"] | int
"""How a request fails.

A status; or the connection ends before anything happened, or after it happened; or the answer is late.
"""

_ALSO = {
    "sendMessage": ("link_preview_options", "protect_content"),
    "editMessageText": ("link_preview_options",),
    "sendDocument": ("protect_content", "disable_content_type_detection"),
    "sendPhoto": ("protect_content", "has_spoiler", "show_caption_above_media"),
}
"""Parameters that Telegram has and the emulator's server lacks."""

_PREVIEW = {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"}
_NUMBERS = ("chat_id", "message_id", "offset", "limit", "timeout", "cache_time", "max_connections")
_MEDIA = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVoice": "voice",
    "sendAudio": "audio",
    "sendVideo": "video",
}
_NO_MODEL = ("sendMediaGroup", "answerInlineQuery")
"""What the emulator answers, and this server keeps no account of."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something the bot asked for: its parameters read, and the status of the answer (0 where none came)."""

    method: str
    parameters: Json
    at: float
    status: int
    description: str = ""

    @property
    def chat(self) -> int | None:
        """The chat that it was about."""
        chat = self.parameters.get("chat_id")
        return chat if isinstance(chat, int) else None


@dataclass(eq=False, slots=True)
class Shown:
    """A message in a chat as it stands now; `versions` holds each text and keyboard it ever had."""

    id: int
    chat: int
    sender: int
    by_bot: bool
    kind: str
    text: str
    html: str
    entities: list[Json]
    markup: Json | None
    at: float
    body: Json
    file: tuple[str, bytes] | None = None
    deleted: bool = False
    too_old: bool = False
    edited: float | None = None
    versions: list[tuple[str, list[list[str]]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.versions.append((self.text, self.rows))

    @property
    def buttons(self) -> list[Json]:
        """The buttons below it, row after row."""
        return [button for row in (self.markup or {}).get("inline_keyboard", []) for button in row]

    @property
    def rows(self) -> list[list[str]]:
        """The labels of its buttons."""
        return [[b["text"] for b in row] for row in (self.markup or {}).get("inline_keyboard", [])]

    @property
    def live(self) -> bool:
        """Whether a tap on it reaches the bot."""
        return any("callback_data" in button for button in self.buttons)

    def change(self, **changes: Any) -> None:
        """Takes an edit."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.edited = time.time()
        self.versions.append((self.text, self.rows))


@dataclass(slots=True)
class _Plan:
    """A failure to come."""

    method: str
    left: int
    how: How
    seconds: float
    chat: int | None


@dataclass(slots=True)
class _Query:
    sender: int
    at: float
    answered: bool = False


class BotApi:
    """A Bot API server of one bot.

    Takes the bot's username and name, and how many seconds a tap can be answered.
    """

    def __init__(
        self, *, username: str = "whatif_test_bot", name: str = "What if", query_lasts: float = 60.0
    ) -> None:
        self.id = 7_000_000_001
        self.username, self.query_lasts = username, query_lasts
        self.token = f"{self.id}:AAH-whatif-tests_0123456789abcdefghi"
        self.profile = Profile(name)
        self.requests: list[Request] = []
        self.answers: dict[str, Json] = {}
        self.impatient: list[Request] = []
        self.port = 0
        self._emulator = Emulator(max_assets=100_000)
        self._inbox = Inbox(self.token, first_id=100_000_001)
        self._emulator.next_id = 1001
        self._chats: dict[int, Chat] = {}
        self._shown: dict[int, dict[int, Shown]] = {}
        self._queries: dict[str, _Query] = {}
        self._query_ids = itertools.count(4_000_000_001)
        self._plans: list[_Plan] = []
        self._fast: dict[int | None, tuple[int, int]] = {}
        self._wait_until: dict[int | None, float] = {}
        self._owed: dict[tuple[str, int | None], str] = {}
        self._busy = 0
        self._touched = time.monotonic()
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.*}", self._emulator.download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._inbox.close()
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it listens; what TELEGRAM_API_URL is set to."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """The same, as `telegram.Bot` wants it."""
        return f"{self.url}/bot"

    def user(self) -> Json:
        """The bot, as in `from`."""
        name = self.profile.texts[("name", "")]
        return {"id": self.id, "is_bot": True, "first_name": name, "username": self.username}

    # --- who is there ---

    def person(
        self,
        chat_id: int,
        first_name: str = "Anna",
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "en",
        met: bool = True,
    ) -> Person:
        """Somebody; with `met` false the bot can't write to them before they have written.

        Asked for again they are the same, by their new names.
        """
        known = self._chats.get(chat_id)
        person = Person(self, chat_id, first_name, last_name, username, language_code)
        person.met = met
        if known is not None:
            person.met, person.closed = known.met, known.closed
        self._chats[chat_id] = person
        return person

    def group(
        self, chat_id: int, title: str = "Job seekers", *, kind: str = "supergroup", privacy: bool = True
    ) -> Group:
        """A group that the bot is in; the same one if asked for again."""
        assert chat_id < 0, "a group's id is negative"
        known = self._chats.get(chat_id)
        if isinstance(known, Group):
            return known
        group = Group(self, chat_id, title, kind, privacy)
        self._chats[chat_id] = group
        return group

    # --- what is seen ---

    def history(self, chat: int) -> list[Shown]:
        """Every message there ever was in a chat, in order."""
        return list(self._shown.get(chat, {}).values())

    def chat(self, chat: int) -> list[Shown]:
        """The messages that somebody sees in a chat now, both sides', in order."""
        return [shown for shown in self.history(chat) if not shown.deleted]

    def sent(self, chat: int) -> list[Shown]:
        """The bot's messages that are seen in a chat."""
        return [shown for shown in self.chat(chat) if shown.by_bot]

    def texts(self, chat: int) -> list[str]:
        """The same as plain texts."""
        return [shown.text for shown in self.sent(chat)]

    def last(self, chat: int) -> Shown:
        """The newest of them."""
        sent = self.sent(chat)
        assert sent, f"the bot has said nothing in chat {chat}"
        return sent[-1]

    def live(self, chat: int) -> list[Shown]:
        """The messages with buttons that reach the bot; there should be one at most."""
        return [shown for shown in self.sent(chat) if shown.live]

    def question(self, chat: int) -> Shown | None:
        """The one message with such buttons; `AssertionError` where there are several."""
        live = self.live(chat)
        texts = [(shown.id, shown.text[:40]) for shown in live]
        assert len(live) <= 1, f"chat {chat} has live buttons on {len(live)} messages: {texts}"
        return live[0] if live else None

    def keyboard(self, chat: int) -> list[list[str]]:
        """The labels below that message, a list for each row; empty where nothing can be tapped."""
        shown = self.question(chat)
        return shown.rows if shown else []

    def labels(self, chat: int) -> list[str]:
        """The same in one list."""
        return [label for row in self.keyboard(chat) for label in row]

    def find(self, chat: int, message_id: int) -> Shown | None:
        """A message, if there ever was such a one."""
        return self._shown.get(chat, {}).get(message_id)

    def message(self, chat: int, message_id: int) -> Shown:
        """A message that was there."""
        shown = self.find(chat, message_id)
        assert shown is not None, f"there is no message {message_id} in chat {chat}"
        return shown

    def unanswered(self) -> list[str]:
        """The taps that still show a spinner."""
        return [query for query, asked in self._queries.items() if not asked.answered]

    def answers_to(self, person: int) -> list[Json]:
        """What a person's taps were answered, in order."""
        return [given for query, given in self.answers.items() if self._queries[query].sender == person]

    # --- what was asked ---

    def calls(
        self, method: str | None = None, chat: int | None = None, *, ok: bool | None = None
    ) -> list[Request]:
        """The requests made so far, of a method, about a chat, that went well or didn't."""
        return [
            made
            for made in self.requests
            if (method is None or made.method == method)
            and (chat is None or made.chat == chat)
            and (ok is None or (made.status == 200) == ok)
        ]

    def refusals(self) -> list[Request]:
        """The requests that were refused as wrong; 429 is not among them."""
        return [made for made in self.requests if 400 <= made.status < 500 and made.status != 429]

    @property
    def unwanted(self) -> list[Json]:
        """The updates that never went out, since the bot's allowed_updates leaves them out."""
        return self._inbox.unwanted

    @property
    def deliveries(self) -> list[Delivery]:
        """The posts to the webhook."""
        return self._inbox.deliveries

    @property
    def redelivered(self) -> int:
        """How many updates came again."""
        return self._inbox.redelivered

    @property
    def confirmed(self) -> int:
        """How many updates the bot has taken."""
        return self._inbox.confirmed

    @property
    def pending(self) -> int:
        """How many updates it hasn't taken yet."""
        return len(self._inbox.pending)

    @property
    def polls(self) -> int:
        """How often it asked for updates."""
        return self._inbox.polls

    # --- bad days ---

    def too_fast(self, chat: int | None, retry_after: int = 1, times: int = 1) -> None:
        """The next messages to a chat (None: to any) are too many.

        A request before the time that the bot was told is too many as well, and kept in `impatient`.
        """
        self._fast[chat] = (retry_after, times)

    def fail(
        self, method: str, times: int = 1, how: How = 500, *, seconds: float = 1.0, chat: int | None = None
    ) -> None:
        """The next requests of a method ("*": of any but getUpdates) fail.

        `seconds` is how long a hang lasts.
        """
        self._plans.append(_Plan(method, times, how, seconds, chat))

    def block(self, chat: int, by: Person | None = None) -> None:
        """The person blocks the bot, or somebody throws it out of the group; the bot is told."""
        there = self._chats[chat]
        who = there if isinstance(there, Person) else by or self.person(chat_id=1)
        there._member(who, "member", "kicked")
        there.closed = BLOCKED if isinstance(there, Person) else KICKED

    def unblock(self, chat: int) -> None:
        """The person unblocks the bot; it is told."""
        there = self._chats[chat]
        assert isinstance(there, Person), "a group adds the bot again"
        there.closed = ""
        there._member(there, "kicked", "member")

    def deactivate(self, chat: int) -> None:
        """The person deletes their account; the bot isn't told."""
        self._chats[chat].closed = "Forbidden: user is deactivated"

    def redeliver(self, share: float, seed: int = 0) -> None:
        """From now on a share of the updates comes twice."""
        self._inbox.again = Chance(share, random.Random(seed))

    def shuffle(self, seed: int = 0, share: float = 0.5) -> None:
        """From now on neighbours of different chats may come in the other order."""
        self._inbox.swap = Chance(share, random.Random(seed))

    def reach(self, root: str | None) -> None:
        """Posts to the webhook go to this address and port, whatever host the webhook names."""
        self._inbox.reach = root

    def expire(self, query: str | None = None) -> None:
        """A tap (or every one so far) is too old to be answered."""
        for identity, asked in self._queries.items():
            if query in (None, identity):
                asked.at -= self.query_lasts + 1

    def grow_old(self, chat: int, message_id: int | None = None) -> None:
        """A message (or all so far) is too old to be edited or deleted, and a tap tells nothing of it."""
        for shown in self.history(chat):
            if message_id in (None, shown.id):
                shown.too_old = True

    # --- waiting ---

    async def quiet(
        self,
        moment: float = 0.2,
        within: float = 30.0,
        *,
        retries: bool = True,
        busy: Callable[[], bool] | None = None,
    ) -> None:
        """Waits until no update is pending and nothing was asked for `moment` seconds.

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
            rest = max(self._touched, self._inbox.touched) + moment - now
            if not reasons and rest <= 0:
                return
            if now >= deadline:
                last = [(made.method, made.chat, made.status) for made in self.requests[-5:]]
                raise TimeoutError(f"not quiet: {'; '.join(reasons) or 'still talking'}; last asked {last}")
            await self._sleep(min(max(rest, 0.005), deadline - now + 0.001))

    def _unquiet(self, retries: bool) -> list[str]:
        reasons = []
        if self._inbox.busy:
            waiting = [f"{entry.kind} {entry.id}" for entry in self._inbox.pending[:3]]
            reasons.append(f"{self.pending} updates are pending: {', '.join(waiting)}")
        if self._busy:
            reasons.append(f"{self._busy} requests are being answered")
        if retries:
            reasons += [
                f"{method} to {chat}: {why}, not tried again" for (method, chat), why in self._owed.items()
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
        try:
            async with asyncio.timeout(most):
                await self._news.wait()
        except TimeoutError:
            pass

    # --- what people and groups call ---

    def next_message_id(self) -> int:
        """An id for a message."""
        identity = int(self._emulator.next_id)
        self._emulator.next_id += 1
        return identity

    def next_query(self, sender: int) -> str:
        """An id for a tap."""
        query = str(next(self._query_ids))
        self._queries[query] = _Query(sender, time.monotonic())
        return query

    def hear(self, chat: int, sender: int, kind: str, body: Json) -> None:
        """Puts a person's message into the chat."""
        text = str(body.get("text", body.get("caption", "")))
        entities = body.get("entities", [])
        self._keep(
            Shown(body["message_id"], chat, sender, False, kind, text, "", entities, None, time.time(), body)
        )

    def tell(self, chat: int, kind: str, content: Json) -> int:
        """Gives the bot an update, as it stands now."""
        return self._inbox.put(chat, kind, json.loads(json.dumps(content)))

    def update(self, body: Json, chat: int = 0) -> int:
        """Gives the bot any update at all (less its id)."""
        (kind,) = body
        return self.tell(chat, kind, body[kind])

    def told(self, shown: Shown) -> Json:
        """A message as the Bot API tells it."""
        if not shown.by_bot:
            return dict(shown.body)
        body: Json = {
            "message_id": shown.id,
            "from": self.user(),
            "chat": self._chats[shown.chat].json(),
            "date": int(shown.at),
        }
        if shown.edited is not None:
            body["edit_date"] = int(shown.edited)
        captioned = shown.kind != "text"
        if captioned:
            body[shown.kind] = shown.body[shown.kind]
        if shown.text:
            body["caption" if captioned else "text"] = shown.text
        if shown.entities:
            body["caption_entities" if captioned else "entities"] = shown.entities
        if shown.buttons:
            body["reply_markup"] = shown.markup
        return body

    def _keep(self, shown: Shown) -> None:
        self._shown.setdefault(shown.chat, {})[shown.id] = shown

    # --- answering ---

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _answer({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        at = time.monotonic()
        polling = method == "getUpdates"
        if not polling:
            self._busy += 1
        fields: Json = {}
        asked: Json = {}
        shot: list[int] = []
        status, description = 0, ""
        try:
            try:
                fields, uploads = await self._emulator.read_request(request)
                asked = dict(fields)
                result = await self._scripted(request, method, fields, uploads, shot)
                body: Json = {"ok": True, "result": result}
                status = 200
            except (ApiRefusal, UpdateError) as error:
                status = error.status
                description = str(getattr(error, "description", error))
                body = {"ok": False, "error_code": status, "description": description}
                if getattr(error, "parameters", None):
                    body["parameters"] = error.parameters
            except (ValueError, TypeError, KeyError, UnicodeError, web.HTTPRequestEntityTooLarge):
                status, description = 400, "Bad Request: malformed request"
                body = {"ok": False, "error_code": 400, "description": description}
            if shot:
                status = 0
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            if status in (502, 504):
                # This is what stands before the servers, and it speaks no JSON.
                return web.Response(
                    status=status, text="<html><h1>Bad Gateway</h1></html>", content_type="text/html"
                )
            return _answer(body, status)
        finally:
            known = Request(method, _read(asked), at, status, description)
            self.requests.append(known)
            if not polling:
                self._busy -= 1
                self._touched = time.monotonic()
            self._owe(known)
            self._news.set()

    def _owe(self, made: Request) -> None:
        """Keeps which messages have to be tried again."""
        if made.chat is None or not _is_message(made.method):
            return
        key = (made.method, made.chat)
        if made.status == 429 or made.status >= 500 or made.status == 0:
            self._owed[key] = f"answered {made.status}" if made.status else "cut off"
        else:
            self._owed.pop(key, None)

    async def _scripted(
        self, request: web.Request, method: str, fields: Json, uploads: Json, shot: list[int]
    ) -> Any:
        chat = _number(fields.get("chat_id"))
        plan = next(
            (
                plan
                for plan in self._plans
                if (plan.method == method or (plan.method == "*" and method != "getUpdates"))
                and plan.chat in (None, chat)
            ),
            None,
        )
        if plan is not None:
            plan.left -= 1
            if plan.left <= 0:
                self._plans.remove(plan)
            if plan.how == "reset":
                shot.append(1)
                return None
            if isinstance(plan.how, int):
                raise refused(_words(plan.how), plan.how)
            if plan.how == "hang":
                await asyncio.sleep(plan.seconds)
        if chat is not None and _is_message(method):
            self._pace(method, chat, fields)
        result = self._do(method, fields, uploads)
        if isinstance(result, Awaitable):
            result = await result
        if plan is not None and plan.how == "lost":
            shot.append(1)
        return result

    def _pace(self, method: str, chat: int, fields: Json) -> None:
        now = time.monotonic()
        for key in (chat, None):
            if now < self._wait_until.get(key, 0):
                self.impatient.append(Request(method, _read(fields), now, 429))
            elif key in self._fast:
                retry_after, times = self._fast.pop(key)
                if times > 1:
                    self._fast[key] = (retry_after, times - 1)
                self._wait_until[key] = now + retry_after
            else:
                continue
            # Told in whole seconds, rounded up, as Telegram does.
            left = max(1, round(self._wait_until[key] - now + 0.499))
            raise refused(f"Too Many Requests: retry after {left}", 429, retry_after=left)

    def _do(self, method: str, fields: Json, uploads: Json) -> Any:
        if method in self.profile.methods():
            return self.profile.answer(method, fields)
        if method in _NO_MODEL:
            raise refused(f"Not modelled here: {method}", 501)
        also = {name: fields.pop(name) for name in _ALSO.get(method, ()) if name in fields}
        _also(also)
        said = self._said(method, fields)
        chat = self._chat(fields) if "chat_id" in fields else None
        if method == "sendChatAction" and chat is not None and chat.closed:
            raise refused(chat.closed, 403)
        result = self._emulator.validate(method, fields, uploads)
        if method == "getMe":
            return {
                **self.user(),
                "can_join_groups": True,
                "can_read_all_group_messages": False,
                "supports_inline_queries": False,
            }
        if method == "getUpdates":
            return self._inbox.poll(self.token, fields)
        if method == "getWebhookInfo":
            return self._inbox.info(self.token)
        if method == "setWebhook":
            return self._inbox.set_webhook(self.token, fields)
        if method == "deleteWebhook":
            return self._inbox.set_webhook(self.token, {**fields, "url": ""})
        if method == "answerCallbackQuery":
            return self._answer_query(fields)
        if chat is None:
            return result
        if method == "sendMessage" or method in _MEDIA:
            return self._send(method, fields, uploads, said, chat, result)
        if method.startswith("editMessage"):
            return self._edit(method, fields, said, chat)
        if method == "deleteMessage":
            return self._delete(int(fields["message_id"]), chat)
        return result

    def _said(self, method: str, fields: Json) -> tuple[str, Formatted] | None:
        """The text or caption of a message, as it came and as it is read; what remains is plain."""
        name = "text" if method in ("sendMessage", "editMessageText") else "caption"
        if not isinstance(fields.get(name), str) or not _is_message(method):
            return None
        raw, mode = fields[name], fields.get("parse_mode")
        formatted = parsed(raw, mode)
        own = "caption_entities" if name == "caption" else "entities"
        if not mode and own in fields:
            entities = json.loads(fields[own]) if isinstance(fields[own], str) else fields[own]
            if not isinstance(entities, list) or len(entities) > MessageLimit.MESSAGE_ENTITIES:
                raise refused("Bad Request: too many entities")
            formatted = Formatted(formatted.text, entities)
        # The limits are for what people see: the emulator must not count the tags.
        fields[name] = formatted.text
        fields.pop("parse_mode", None)
        return raw, formatted

    def _chat(self, fields: Json) -> Chat:
        chat = self._chats.get(_number(fields["chat_id"]) or 0)
        if chat is None:
            raise refused("Bad Request: chat not found")
        return chat

    def _send(
        self,
        method: str,
        fields: Json,
        uploads: Json,
        said: tuple[str, Formatted] | None,
        chat: Chat,
        made: Json,
    ) -> Json:
        if chat.closed:
            raise refused(chat.closed, 403)
        if not chat.met:
            raise refused(NEVER_MET, 403)
        reply = fields.get("reply_parameters")
        if reply is not None:
            reply = json.loads(reply) if isinstance(reply, str) else reply
            target = self.find(chat.id, reply["message_id"])
            if (target is None or target.deleted) and not reply.get("allow_sending_without_reply"):
                raise refused("Bad Request: message to be replied not found")
        html, formatted = said or ("", Formatted("", []))
        kind = _MEDIA.get(method, "text")
        file = next(((str(up["filename"]), bytes(up["data"])) for up in uploads.values()), None)
        if file is not None and kind == "document":
            made["document"]["file_name"] = file[0]
        shown = Shown(
            id=made["message_id"],
            chat=chat.id,
            sender=self.id,
            by_bot=True,
            kind=kind,
            text=formatted.text,
            html=html,
            entities=formatted.entities,
            markup=_keyboard(fields),
            at=time.time(),
            body=made,
            file=file,
        )
        self._keep(shown)
        return self.told(shown)

    def _edit(self, method: str, fields: Json, said: tuple[str, Formatted] | None, chat: Chat) -> Json:
        shown = self.find(chat.id, int(fields["message_id"]))
        if shown is None or shown.deleted:
            raise refused(EDIT_NOT_FOUND)
        if not shown.by_bot or shown.too_old or (shown.markup and "inline_keyboard" not in shown.markup):
            raise refused(CANT_EDIT)
        if chat.closed:
            raise refused(chat.closed, 403)
        if method == "editMessageText" and shown.kind != "text":
            raise refused("Bad Request: there is no text in the message to edit")
        if method == "editMessageCaption" and shown.kind == "text":
            raise refused("Bad Request: there is no caption in the message to edit")
        html, formatted = shown.html, Formatted(shown.text, shown.entities)
        if method != "editMessageReplyMarkup":
            html, formatted = said or ("", Formatted("", []))
        # An edit without a keyboard takes the old one away.
        markup = _keyboard(fields)
        if (formatted, markup) == (Formatted(shown.text, shown.entities), shown.markup):
            raise refused(NOT_MODIFIED)
        shown.change(text=formatted.text, html=html, entities=formatted.entities, markup=markup)
        return self.told(shown)

    def _delete(self, message_id: int, chat: Chat) -> bool:
        shown = self.find(chat.id, message_id)
        if shown is None or shown.deleted:
            raise refused("Bad Request: message to delete not found")
        if shown.too_old:
            raise refused("Bad Request: message can't be deleted for everyone")
        shown.deleted = True
        return True

    def _answer_query(self, fields: Json) -> bool:
        query = str(fields["callback_query_id"])
        asked = self._queries.get(query)
        if asked is None or asked.answered or time.monotonic() - asked.at > self.query_lasts:
            raise refused(QUERY_TOO_OLD)
        asked.answered = True
        alert = fields.get("show_alert") in (True, "true", "True", "1")
        self.answers[query] = {"text": cleaned(str(fields.get("text", ""))), "show_alert": alert}
        return True


def _answer(body: Json, status: int) -> web.Response:
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")


def _is_message(method: str) -> bool:
    """Whether a method puts something into a chat; typing is none."""
    return method.startswith(("send", "edit")) and method != "sendChatAction"


def _words(status: int) -> str:
    words = {401: "Unauthorized", 403: BLOCKED, 404: "Not Found", 500: "Internal Server Error"}
    return words.get(status, f"Error {status}")


def _number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value)
    return int(text) if text.removeprefix("-").isdecimal() and text.isascii() else None


def _read(fields: Json) -> Json:
    """Parameters as they were meant: numbers as numbers, JSON read."""
    read: Json = {}
    for name, value in fields.items():
        if name in _NUMBERS and (number := _number(value)) is not None:
            read[name] = number
        elif isinstance(value, str) and value[:1] in ("{", "["):
            try:
                read[name] = json.loads(value)
            except ValueError:
                read[name] = value
        else:
            read[name] = value
    return read


def _keyboard(fields: Json) -> Json | None:
    markup = fields.get("reply_markup")
    markup = json.loads(markup) if isinstance(markup, str) else markup
    if not markup or markup.get("inline_keyboard") == []:
        return None
    kept: Json = markup
    return kept


def _also(fields: Json) -> None:
    """Refuses what Telegram refuses of the parameters that the emulator doesn't know."""
    for name, value in fields.items():
        if name == "link_preview_options":
            options = json.loads(value) if isinstance(value, str) else value
            if not isinstance(options, dict) or set(options) - _PREVIEW:
                raise refused("Bad Request: can't parse link preview options JSON object")
        elif value not in (True, False, "true", "false", "True", "False"):
            raise refused(f"Bad Request: {name} must be Boolean")


__all__ = ["BotApi", "Delivery", "Group", "How", "Person", "Request", "Shown", "units"]
