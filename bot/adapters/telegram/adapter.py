"""The adapter: what it hears, what it sends, and how it runs."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
import warnings
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, Update
from telegram import Message as TelegramMessage
from telegram.constants import MessageLimit, ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.warnings import PTBUserWarning

from bot.adapters.telegram import calendar
from bot.adapters.telegram.incoming import ALLOWED, Called, Heard, Refused, Ticked, TooSoon, Turned, read
from bot.adapters.telegram.keyboard import keyboard, ticked, with_ticks
from bot.adapters.telegram.outgoing import fits, posts
from bot.adapters.telegram.request import AiohttpRequest
from bot.attachments import AttachmentError, Made, make
from bot.pace import Pace
from bot.turn import GoneError, TooFastError, UnsendableError
from dialogs.events import Attachment, Chose, Event, Message, Picked

log = logging.getLogger(__name__)

POLL = 25
"""Seconds that Telegram holds a poll open while there is nothing to tell."""

REMEMBERED = 10_000
"""Messages whose ticks are remembered while they are being shown, and groups that were told where to talk."""

GROUP_REST = 60.0
"""Seconds before a group is told again that the bot talks in private."""

CAPTION_MOST = int(MessageLimit.CAPTION_LENGTH) // 2
"""Characters of a caption; each may be two of the units that Telegram counts."""

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

_GONE = ("chat not found", "user is deactivated", "bot was kicked", "peer_id_invalid", "chat_write_forbidden")


class Accept(Protocol):
    """Takes an event, and returns once it is on the disk."""

    def __call__(self, conversation: str, event_id: str, event: Event, locale: str = "en") -> Awaitable[bool]:
        """Takes the conversation's id, the event's, the event, and the locale to begin in."""


Own = Callable[[str, str], str]
"""The adapter's own words: takes the locale, any that Telegram names, and the name of a block of
``templates/<locale>/telegram/chat.j2``; returns it rendered, as plain text."""


class _Ticks:
    """What is ticked in one message, and whose turn it is to show it."""

    __slots__ = ("closed", "lock", "shown", "tokens")

    def __init__(self, tokens: frozenset[str]) -> None:
        self.tokens = self.shown = tokens
        self.closed = False
        self.lock = asyncio.Lock()


class Telegram:
    """A bot on Telegram.

    Takes its token, its own words, the address of a Bot API server other than Telegram's, the secret
    of its webhook ("" to poll), what counts what is refused, and the time in seconds since 1970.
    """

    platform = "tg"

    def __init__(
        self,
        token: str,
        own: Own,
        *,
        api: str = "https://api.telegram.org",
        secret: str = "",
        refused: Callable[[str], None] = lambda _: None,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._requests = (AiohttpRequest(), AiohttpRequest(read_timeout=POLL + 10))
        self.bot = Bot(
            token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )
        self.pace = pace or Pace()
        self._own = own
        self._secret = secret
        self._refused = refused
        self._id = token.partition(":")[0]
        self._ticks: OrderedDict[tuple[int, int], _Ticks] = OrderedDict()
        self._aside: set[asyncio.Task[None]] = set()
        self._pointed: dict[int, float] = {}

    # How it runs.

    def routes(self, accept: Accept) -> Iterable[web.RouteDef]:
        """The webhook, where there is a secret for it."""

        async def webhook(request: web.Request) -> web.Response:
            given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
            if not hmac.compare_digest(given.encode(errors="surrogateescape"), self._secret.encode()):
                self._refused("secret")
                return web.Response(status=403)
            try:
                raw = json.loads(await request.read())
            except (ValueError, RecursionError):
                raw = None
            update = self._read(raw)
            if update is None:
                return web.Response(status=400)
            await self.hear(update, accept)
            return web.Response()

        return [web.post("/telegram/webhook", webhook)] if self._secret else []

    async def run(self, accept: Accept) -> None:
        """Polls, or waits where updates come by webhook, until it is cancelled."""
        try:
            await self.bot.initialize()
            if self._secret:
                await asyncio.Event().wait()
            await self._poll(accept)
        except InvalidToken:
            log.error("Telegram doesn't know this TELEGRAM_BOT_TOKEN; @BotFather shows the right one")
            raise
        except Conflict:
            log.error(
                "another program polls this bot, or it has a webhook; end that, or give all of them"
                " a PUBLIC_URL and TELEGRAM_WEBHOOK_SECRET, and run: whatif setup telegram"
            )
            raise

    async def close(self) -> None:
        """Lets go of its connections; nothing is sent after that."""
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)
        for request in self._requests:
            await request.shutdown()

    async def _poll(self, accept: Accept) -> None:
        """Asks for updates, and confirms them by asking for the next ones once they are on the disk."""
        offset = None
        while True:
            updates: Sequence[Update]
            try:
                updates = await self.bot.get_updates(offset, timeout=POLL, allowed_updates=ALLOWED)
                after = max((update.update_id for update in updates), default=None)
            except RetryAfter as error:
                await asyncio.sleep(_seconds(error))
                continue
            except TelegramError:
                raise
            except Exception:
                # One of them can't be read, and the library hands out all of them or none.
                updates, after = await self._one_by_one(offset)
            by_chat: dict[int, list[Update]] = {}
            for update in updates:
                chat = update.effective_chat
                by_chat.setdefault(chat.id if chat else 0, []).append(update)
            # One after the other in each chat; nobody waits for the others.
            await asyncio.gather(*(self._in_order(those, accept) for those in by_chat.values()))
            if after is not None:
                offset = after + 1

    async def _one_by_one(self, offset: int | None) -> tuple[Sequence[Update], int | None]:
        """The updates that can be read, and the id of the last of all."""
        asked = {"offset": offset, "timeout": 0, "allowed_updates": list(map(str, ALLOWED))}
        with warnings.catch_warnings():
            # The library would rather parse them itself.
            warnings.simplefilter("ignore", PTBUserWarning)
            given: Any = await self.bot.do_api_request("getUpdates", asked)
        read = [update for raw in given if (update := self._read(raw))]
        return read, max((raw["update_id"] for raw in given), default=None)

    def _read(self, raw: Any) -> Update | None:
        """An update; None, and counted, where it isn't one."""
        try:
            return Update.de_json(raw, self.bot)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._refused("body")
            return None

    async def _in_order(self, updates: Sequence[Update], accept: Accept) -> None:
        for update in updates:
            await self.hear(update, accept)

    # What it hears.

    async def hear(self, update: Update, accept: Accept) -> None:
        """Takes an update: once this returns, it may be confirmed. Raises `StoreError`."""
        query = update.callback_query
        where = (query.message.chat.id, query.message.message_id) if query and query.message else None
        known = self._ticks.get(where) if where else None
        locale = (getattr(update.effective_user, "language_code", None) or "en").partition("-")[0]
        heard = read(update, self._username, known.tokens if known else None)
        toast = self._own(locale, "tick_first") if isinstance(heard, TooSoon) else None
        if query:
            # The phone shows a spinner until this is done, so it waits for nothing.
            self._do(self._answered(query.id, toast))
        match heard:
            case Heard(chat, event):
                if where and isinstance(event, Picked | Chose) and (ticks := self._ticks.pop(where, None)):
                    # Whatever is still to be shown of them would bring the keyboard back.
                    ticks.closed = True
                await accept(f"tg:{self._id}:{chat}", str(update.update_id), event, locale)
            case Ticked(token, on) if where:
                self._tick(update, where, token, on, locale)
            case Turned(token) if where:
                self._turn_page(update, where, token, locale)
            case Called(chat, thread) if self._may_point(chat):
                self._do(self._point_to_private(chat, thread, locale))
            case Refused(why):
                self._refused(why)

    @property
    def _username(self) -> str:
        try:
            return self.bot.username
        except RuntimeError:  # it hasn't said yet who it is
            return ""

    async def _answered(self, query: str, toast: str | None) -> None:
        await self.bot.answer_callback_query(query, toast)

    def _tick(self, update: Update, where: tuple[int, int], token: str, on: bool, locale: str) -> None:
        query = update.callback_query
        markup = getattr(query.message, "reply_markup", None) if query else None
        if markup is None:
            return
        ticks = self._ticks.setdefault(where, _Ticks(ticked(markup)))
        ticks.tokens = ticks.tokens | {token} if on else ticks.tokens - {token}
        self._ticks.move_to_end(where)
        while len(self._ticks) > REMEMBERED:
            self._ticks.popitem(last=False)
        self._do(self._show_ticks(where, markup, ticks, locale))

    def _turn_page(self, update: Update, where: tuple[int, int], token: str, locale: str) -> None:
        query = update.callback_query
        markup = getattr(query.message, "reply_markup", None) if query else None
        if markup is not None:
            shown = calendar.turned(markup, token, self._today, self._names(locale))
            self._do(self._show_page(where, shown))

    async def _show_page(self, where: tuple[int, int], markup: InlineKeyboardMarkup) -> None:
        await self.bot.edit_message_reply_markup(where[0], where[1], reply_markup=markup)

    @property
    def _today(self) -> date:
        return calendar.today(self._clock())

    def _names(self, locale: str) -> calendar.Names:
        return calendar.names(lambda block: self._own(locale, block))

    async def _show_ticks(
        self, where: tuple[int, int], markup: InlineKeyboardMarkup, ticks: _Ticks, locale: str
    ) -> None:
        async with ticks.lock:
            if ticks.closed or ticks.shown == ticks.tokens:
                return
            wanted = ticks.tokens
            words = (self._own(locale, "tick_first"), self._own(locale, "done"))
            shown = with_ticks(markup, wanted, *words)
            await self.bot.edit_message_reply_markup(where[0], where[1], reply_markup=shown)
            ticks.shown = wanted
        if ticks.tokens == wanted and self._ticks.get(where) is ticks:
            # From here on Telegram knows best: another process may hear of the next one.
            del self._ticks[where]

    def _may_point(self, group: int) -> bool:
        """Whether a group may be told once more where the bot talks: not more than now and then."""
        now = asyncio.get_running_loop().time()
        if now - self._pointed.get(group, -GROUP_REST) < GROUP_REST:
            return False
        self._pointed[group] = now
        while len(self._pointed) > REMEMBERED:
            self._pointed.pop(next(iter(self._pointed)))
        return True

    async def _point_to_private(self, chat: int, thread: int | None, locale: str) -> None:
        button = InlineKeyboardButton(self._own(locale, "group_button"), url=f"https://t.me/{self._username}")
        await self.bot.send_message(
            chat,
            self._own(locale, "group"),
            message_thread_id=thread,
            reply_markup=InlineKeyboardMarkup([[button]]),
        )

    def _do(self, doing: Coroutine[Any, Any, None]) -> None:
        """Does something that nobody waits for, and that may fail: it is only for the eye."""

        async def done() -> None:
            try:
                await doing
            except TelegramError as error:
                log.debug("not shown: %s", type(error).__name__)

        task = asyncio.create_task(done())
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def forget(self, conversation: str, shown: str = "") -> None:
        """Drops the ticks of a chat, and its keyboard (see `Forgetful`)."""
        chat = int(conversation.rpartition(":")[2])
        if shown:
            self._do(self._closed(chat, json.loads(shown)["id"]))
        for where in [where for where in self._ticks if where[0] == chat]:
            self._ticks.pop(where).closed = True

    # What it sends.

    async def send(self, conversation: str, message: Message, shown: str) -> str | None:
        """Sends a message (see `Sender`): what answers a question is written below it, in its place."""
        _, bot, chat_id = conversation.split(":")
        if bot != self._id:
            # It was another bot's, whose token stood here before: this one has never been asked anything.
            raise GoneError
        chat = int(chat_id)
        try:
            return await self._send(chat, message, json.loads(shown) if shown else None)
        except RetryAfter as error:
            raise TooFastError(_seconds(error)) from None
        except Forbidden:
            raise GoneError from None
        except BadRequest as error:
            if _gone(error):
                raise GoneError from None
            raise UnsendableError(error.message) from None

    async def _send(self, chat: int, message: Message, stands: Any) -> str | None:
        answers = message.replaces is not None
        if answers and stands and not message.copyable:
            both = f"{stands['text']}\n\n<i>{message.text}</i>"
            if await self._edited(chat, stands["id"], both if fits(both) else None) and fits(both):
                await self._send_files(chat, message)
                return ""
        elif stands and (answers or _has_buttons(message)):
            await self._edited(chat, stands["id"], None)
        own = message.locale
        (*before, last), copied = posts(message)
        copies = (self._own(own, "copy"), copied) if copied else None
        asks = message.pick == "date"
        days = calendar.grid(message.token, self._today, self._names(own)) if asks else ()
        buttons = keyboard(message, self._own(own, "tick_first"), copies, days)
        for part in before:
            await self._send_text(chat, part)
        if buttons:
            # Whoever has looked at a file finds what to press below it.
            await self._send_files(chat, message)
        sent = await self._send_text(chat, last, buttons)
        if not buttons:
            await self._send_files(chat, message)
        if _has_buttons(message):
            return json.dumps({"id": sent.message_id, "text": last}, ensure_ascii=False)
        return "" if answers and stands else None

    async def _send_text(
        self, chat: int, text: str, buttons: InlineKeyboardMarkup | None = None
    ) -> TelegramMessage:
        return await self.bot.send_message(
            chat, text, parse_mode=ParseMode.HTML, link_preview_options=_NO_PREVIEW, reply_markup=buttons
        )

    async def _send_files(self, chat: int, message: Message) -> None:
        """Sends the files of a message; one that can't be made or isn't taken is said to be left out."""
        for attachment in message.attachments:
            try:
                await self._send_file(chat, attachment)
            except (AttachmentError, BadRequest) as error:
                if isinstance(error, BadRequest) and _gone(error):
                    raise
                log.error("a file can't be sent and is left out: %s", error)
                await self.bot.send_message(chat, self._own(message.locale, "file_left"))

    async def _send_file(self, chat: int, attachment: Attachment) -> None:
        file = await make(attachment)
        caption = file.alt[:CAPTION_MOST] or None
        if file.picture:
            try:
                await self.bot.send_photo(chat, _input(file), caption)
            except BadRequest as error:
                # A picture too large for a photo is taken as a file.
                if _gone(error):
                    raise
            else:
                return
        await self.bot.send_document(chat, _input(file), caption, disable_content_type_detection=True)

    async def _closed(self, chat: int, message: int) -> None:
        await self._edited(chat, message, None)

    async def _edited(self, chat: int, message: int, text: str | None) -> bool:
        """Gives a message another text, or none of its own, and takes its keyboard away.

        Returns False where it can't be edited any more: it is too old, or was deleted.
        """
        try:
            if text is None:
                await self.bot.edit_message_reply_markup(chat, message)
            else:
                await self.bot.edit_message_text(
                    text, chat, message, parse_mode=ParseMode.HTML, link_preview_options=_NO_PREVIEW
                )
        except BadRequest as error:
            return "not modified" in error.message.casefold()
        return True


def _has_buttons(message: Message) -> bool:
    return bool(message.choices or message.controls or message.pick == "date")


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return wait if isinstance(wait, int | float) else wait.total_seconds()


def _gone(error: BadRequest) -> bool:
    return any(sign in error.message.casefold() for sign in _GONE)


def _input(file: Made) -> InputFile:
    found = InputFile(file.content, file.name)
    # The library guesses by the name, differently on each machine.
    found.mimetype = file.media
    return found
