"""Turns on Telegram, beside its peers, with HTTP faked."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import aiogram
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram_dialog import Dialog as PeerDialog
from aiogram_dialog import DialogManager, StartMode, Window, setup_dialogs
from aiogram_dialog.test_tools import BotClient, MockMessageManager
from aiogram_dialog.test_tools.keyboard import InlineButtonTextLocator
from aiogram_dialog.widgets.kbd import SwitchTo
from aiogram_dialog.widgets.text import Const
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseHandler,
    CallbackQueryHandler,
    ContextTypes,
    ConversationHandler,
)
from telegram.request import BaseRequest, RequestData

from bot.adapters.telegram import Telegram
from bot.adapters.telegram.keyboard import keyboard
from bot.dispatch.local import Local
from bot.pace import Pace
from bot.platforms import own_words
from bot.store import Sqlite
from bot.turn import Turns
from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.events import Chose, Command, Event, Message
from dialogs.session import dumps, loads
from tests.bench.rounds import Measure, interleaved
from tests.bench.turns import middle

TOKEN = "4242:AAbench-bench-bench-bench-bench-bench"  # no bot has it


class FakeRequest(BaseRequest):
    """Answers at once what Telegram would, and makes no connection."""

    read_timeout = 1.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        name = url.rpartition("/")[2]
        if request_data:
            _body = request_data.json_parameters
        result: object = True
        if name == "getMe":
            result = {"id": 4242, "is_bot": True, "first_name": "B", "username": "bench_bot"}
        elif name in ("sendMessage", "editMessageText", "editMessageReplyMarkup"):
            result = {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "t"}
        return 200, json.dumps({"ok": True, "result": result}).encode()


def tap(number: int, chat: int, data: str, markup: Any = None) -> dict[str, Any]:
    """A callback query as Telegram sends it."""
    user = {"id": chat, "is_bot": False, "first_name": "Anna", "language_code": "en"}
    message = {
        "message_id": 7, "date": 1, "chat": {"id": chat, "type": "private", "first_name": "Anna"},
        "from": {"id": 4242, "is_bot": True, "first_name": "B", "username": "bench_bot"}, "text": "question",
        "reply_markup": markup or {"inline_keyboard": [[{"text": "yes", "callback_data": data}]]},
    }  # fmt: skip
    query = {"id": str(number), "from": user, "message": message, "chat_instance": "1", "data": data}
    return {"update_id": number, "callback_query": query}


Handle = Callable[[Update, Any], Coroutine[Any, Any, object]]


def by_hand(dialog: Dialog) -> Handle:
    """What a bot written by hand does with a tap: the very requests that ours makes, and nothing else."""
    asked, markup = next_question(dialog)

    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> int:
        query = update.callback_query
        assert query
        assert query.message
        await query.answer()
        html = {"parse_mode": "HTML", "link_preview_options": LinkPreviewOptions(is_disabled=True)}
        await query.edit_message_text("question\n\n<i>You said: yes</i>", **html)  # type: ignore[arg-type]
        bot = query.get_bot()
        await bot.send_message(query.message.chat.id, asked.text, reply_markup=markup, **html)  # type: ignore[arg-type]
        return 1

    return answer


async def by_library(handler: BaseHandler[Any, Any, Any], dialog: Dialog, turns: int = 300) -> float:
    """Seconds a turn of python-telegram-bot itself, with the updates that ours gets."""
    builder = ApplicationBuilder().token(TOKEN).request(FakeRequest()).get_updates_request(FakeRequest())
    application: Application[Any, Any, Any, Any, Any, Any] = builder.updater(None).build()
    application.add_handler(handler)
    data, markup = chosen(dialog)
    async with application:
        await application.process_update(_update(tap(0, 1, data, markup), application.bot))
        begin = time.perf_counter()
        for number in range(turns):
            await application.process_update(_update(tap(number, 1, data, markup), application.bot))
        return (time.perf_counter() - begin) / turns


def bare(dialog: Dialog) -> Awaitable[float]:
    """One handler, nothing kept."""
    return by_library(CallbackQueryHandler(by_hand(dialog)), dialog)


def conversation_handler(dialog: Dialog) -> Awaitable[float]:
    """The library's own conversations, kept in memory."""
    tapped: Any = CallbackQueryHandler(by_hand(dialog))
    return by_library(ConversationHandler([tapped], {1: [tapped]}, []), dialog)


class Peer(StatesGroup):
    """Two windows to go between."""

    one = State()
    two = State()


async def aiogram_dialog() -> float:
    """A dialog of aiogram-dialog, kept in memory, its message manager faked as its own tests do."""
    turns = 300
    dispatcher = aiogram.Dispatcher(storage=MemoryStorage())
    dialog = PeerDialog(
        Window(Const("one"), SwitchTo(Const("go"), id="go", state=Peer.two), state=Peer.one),
        Window(Const("two"), SwitchTo(Const("go"), id="go", state=Peer.one), state=Peer.two),
    )
    dispatcher.include_router(dialog)

    @dispatcher.message()
    async def start(_message: object, dialog_manager: DialogManager) -> None:
        await dialog_manager.start(Peer.one, mode=StartMode.RESET_STACK)

    manager = MockMessageManager()  # type: ignore[no-untyped-call]
    setup_dialogs(dispatcher, message_manager=manager)
    client = BotClient(dispatcher)
    await client.send("/start")
    button = InlineButtonTextLocator("go")
    await client.click(manager.last_message(), button)
    begin = time.perf_counter()
    for _ in range(turns):
        await client.click(manager.last_message(), button)
    return (time.perf_counter() - begin) / turns


def telegram(dialog: Dialog) -> Telegram:
    """Our adapter, its HTTP faked."""
    adapter = Telegram(TOKEN, own_words(dialog, "telegram"), pace=Pace(chat=0, bot=0))
    adapter.bot._request = (FakeRequest(), FakeRequest())
    return adapter


class Memory:
    """Our adapter with nothing stored: the dialog's step, and its messages sent at once."""

    def __init__(self, dialog: Dialog, adapter: Telegram) -> None:
        self.dialog, self.adapter = dialog, adapter
        session, _ = middle(dialog)
        self.state = dumps(session, dialog.flow)
        self.shown = json.dumps({"id": 7, "text": "question"})

    async def accept(self, conversation: str, event_id: str, event: Event, locale: str = "en") -> bool:
        session, messages = self.dialog.step(loads(self.state, self.dialog.flow), event)
        dumps(session, self.dialog.flow)
        for message in messages:
            await self.adapter.send(conversation, message, self.shown if message.replaces else "")
        return True


def chosen(dialog: Dialog) -> tuple[str, dict[str, Any]]:
    """The data of the button that answers the question in the middle, and the keyboard it is in."""
    session, _ = middle(dialog)
    _, messages = dialog.step(session, Command("again"))
    markup = keyboard(messages[-1], "first", None)
    assert markup
    return messages[-1].choices[0].token, markup.to_dict()


def next_question(dialog: Dialog) -> tuple[Message, InlineKeyboardMarkup]:
    """What that button brings."""
    session, _ = middle(dialog)
    _, messages = dialog.step(session, Chose(chosen(dialog)[0]))
    assert messages[0].replaces is not None, "the button answers the question"
    markup = keyboard(messages[-1], "first", None)
    assert markup
    return messages[-1], markup


async def in_memory(dialog: Dialog) -> float:
    """Seconds a turn of ours with nothing stored."""
    turns = 500
    adapter = telegram(dialog)
    memory = Memory(dialog, adapter)
    data, markup = chosen(dialog)
    begin = time.perf_counter()
    for number in range(turns):
        await adapter.hear(_update(tap(number, 1, data, markup), adapter.bot), memory.accept)
    await asyncio.gather(*adapter._aside)
    return (time.perf_counter() - begin) / turns


def _update(raw: dict[str, Any], bot: Bot) -> Update:
    return Update.de_json(raw, bot)


async def stored(dialog: Dialog, folder: Path, in_flight: int) -> float:
    """Seconds a turn of ours on SQLite, so many conversations at once, each answered before its next."""
    turns = in_flight * 8 if in_flight > 1 else 100
    adapter = telegram(dialog)
    database = Sqlite(folder / "telegram.db")
    await database.migrate()
    dispatcher = Local(database, ["tg"])
    running = Turns(dialog, dispatcher, {"tg": adapter})
    session, _ = middle(dialog)
    data, markup = chosen(dialog)
    state = dumps(session, dialog.flow)
    await running.start()

    async def talk(chat: int) -> None:
        conversation = f"tg:4242:{chat}"
        for _ in range(turns // in_flight):
            # The same button is the right one again, since the conversation is set back each time.
            await dispatcher.transact(lambda on: on.write(conversation, state))
            update = _update(tap(time.monotonic_ns(), chat, data, markup), adapter.bot)
            await adapter.hear(update, running.accept)
            await dispatcher.settle(conversation)

    begin = time.perf_counter()
    await asyncio.gather(*map(talk, range(1, in_flight + 1)))
    taken = (time.perf_counter() - begin) / (turns // in_flight * in_flight)
    await dispatcher.stop(patience=5)
    await database.close()
    return taken


async def measure() -> None:
    """Runs every measure and prints a line for each."""
    dialog = load()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measures: dict[str, Measure] = {
            "Telegram, bare CallbackQueryHandler": lambda: bare(dialog),
            "Telegram, ConversationHandler": lambda: conversation_handler(dialog),
            "Telegram, aiogram-dialog in memory": aiogram_dialog,
            "Telegram, ours, nothing stored": lambda: in_memory(dialog),
            "Telegram, ours on SQLite, 1 in flight": lambda: stored(dialog, folder, 1),
            "Telegram, ours on SQLite, 64 in flight": lambda: stored(dialog, folder, 64),
        }
        await interleaved(measures)
