"""The server itself, asked by the real python-telegram-bot over HTTP: it must not let everything pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import telegram
from aiohttp import web
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.request import HTTPXRequest

from tests.bot.adapters.telegram.people import KINDS
from tests.bot.adapters.telegram.rules import units
from tests.bot.adapters.telegram.server import BotApi

CHAT = 42


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as started:
        started.person(CHAT)
        yield started


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[telegram.Bot]:
    async with connected(api) as given:
        yield given


def connected(api: BotApi) -> telegram.Bot:
    """A bot of python-telegram-bot, as an adapter would make it."""
    # No certificates are needed on loopback, and reading them takes longer than most of these tests.
    plain: dict[str, Any] = {"read_timeout": 10, "httpx_kwargs": {"verify": False}}
    return telegram.Bot(
        api.token,
        base_url=api.base_url,
        request=HTTPXRequest(connection_pool_size=64, **plain),
        get_updates_request=HTTPXRequest(**plain),
    )


def keyboard(*labels: str, data: str | None = None) -> telegram.InlineKeyboardMarkup:
    """A row for each label."""
    rows = [[telegram.InlineKeyboardButton(label, callback_data=data or label)] for label in labels]
    return telegram.InlineKeyboardMarkup(rows)


class Poller:
    """Asks for updates as an adapter does, and keeps what it was given."""

    def __init__(self, bot: telegram.Bot) -> None:
        self.bot = bot
        self.got: list[telegram.Update] = []
        self.offset = 0
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Poller:
        self.task = asyncio.create_task(self.run())
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def run(self) -> None:
        while True:
            for update in await self.bot.get_updates(offset=self.offset, timeout=20):
                self.got.append(update)
                self.offset = max(self.offset, update.update_id + 1)

    @property
    def ids(self) -> list[int]:
        return [update.update_id for update in self.got]


# --- texts ---


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<b>never closed", "can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("<p>no such tag</p>", 'can\'t parse entities: unsupported start tag "p" at byte offset 0'),
        ("pay < rent", 'can\'t parse entities: unsupported start tag "" at byte offset 4'),
        ("never opened</i>", "can't parse entities: unexpected end tag at byte offset 12"),
        ("", "message text is empty"),
        (" \n ", "message text is empty"),
        ("<b></b>", "message text is empty"),
        ("a" * 4097, "message is too long"),
        ("😀" * 2049, "message is too long"),
        ("<b>a</b> " * 101, "too many entities"),
    ],
)
async def test_texts_that_telegram_refuses(api: BotApi, bot: telegram.Bot, text: str, why: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)^" + why.replace("(", r"\(")):
        await bot.send_message(CHAT, text, parse_mode="HTML")
    assert api.chat(CHAT) == []
    sent = await bot.send_message(CHAT, "first")
    with pytest.raises(BadRequest):
        await sent.edit_text(text, parse_mode="HTML")
    assert api.texts(CHAT) == ["first"]
    assert [made.status for made in api.refusals()] == [400, 400]


async def test_the_limits_are_for_what_people_see(api: BotApi, bot: telegram.Bot) -> None:
    await bot.send_message(CHAT, "a" * 4096)
    await bot.send_message(CHAT, "😀" * 2048)
    await bot.send_message(CHAT, "<b>" + "&amp;" * 4096 + "</b>", parse_mode="HTML")
    await bot.send_message(CHAT, "<b>a</b> " * 100, parse_mode="HTML")
    assert [units(text) for text in api.texts(CHAT)] == [4096, 4096, 4096, 199]


async def test_what_is_kept_is_what_people_see(api: BotApi, bot: telegram.Bot) -> None:
    html = " \n😀 <b>You &amp; <i>me</i></b>\r\n<code>a &lt; b</code>, @somebody\n "
    sent = await bot.send_message(CHAT, html, parse_mode="HTML")
    shown = api.last(CHAT)
    assert shown.text == sent.text == "😀 You & me\na < b, @somebody"
    assert shown.html == html
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in shown.entities] == [
        ("bold", 3, 8),
        ("italic", 9, 2),
        ("code", 12, 5),
        ("mention", 19, 9),
    ]
    assert sent.parse_entity(sent.entities[1]) == "me"
    # Without a mode nothing is markup.
    await bot.send_message(CHAT, "<b>a")
    assert api.last(CHAT).text == "<b>a"


async def test_replies_need_what_they_reply_to(api: BotApi, bot: telegram.Bot) -> None:
    said = await api.person(CHAT).says("hello")
    await bot.send_message(CHAT, "yes?", reply_to_message_id=said)
    api.person(CHAT).deletes(said)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(CHAT, "gone?", reply_to_message_id=said)
    await bot.send_message(CHAT, "all the same", reply_to_message_id=said, allow_sending_without_reply=True)
    assert api.texts(CHAT) == ["yes?", "all the same"]


async def test_a_parse_mode_that_there_isnt(api: BotApi, bot: telegram.Bot) -> None:
    with pytest.raises(BadRequest, match="parse_mode"):
        await bot.send_message(CHAT, "a", parse_mode="HTLM")


async def test_captions(api: BotApi, bot: telegram.Bot) -> None:
    await bot.send_document(CHAT, b"{}", caption="<i>all</i> of it", parse_mode="HTML", filename="it.json")
    shown = api.last(CHAT)
    assert (shown.kind, shown.text, shown.file) == ("document", "all of it", ("it.json", b"{}"))
    with pytest.raises(BadRequest, match="Caption is too long"):
        await bot.send_document(CHAT, b"{}", caption="a" * 1025, filename="it.json")
    with pytest.raises(BadRequest, match="Can't parse entities"):
        await bot.send_document(CHAT, b"{}", caption="<x>", parse_mode="HTML", filename="it.json")
    with pytest.raises(BadRequest, match="There is no text"):
        await bot.edit_message_text("a", CHAT, shown.id)
    await bot.edit_message_caption(CHAT, shown.id, caption="<b>less</b>", parse_mode="HTML")
    assert api.texts(CHAT) == ["less"]


# --- keyboards ---


def button(**what: Any) -> list[list[dict[str, Any]]]:
    return [[{"text": "Yes", "callback_data": "yes", **what}]]


@pytest.mark.parametrize(
    "rows",
    [
        button(callback_data="a" * 65),
        button(callback_data="é" * 33),
        button(callback_data=""),
        button(text=""),
        button(text="  "),
        button(style="warning"),
        button(url="https://example.org"),
        button(colour="red"),
        [[{"text": "nothing to it"}]],
        [[{"text": "Copy", "copy_text": {"text": "a" * 257}}]],
        [[{"text": "Copy", "copy_text": {"text": ""}}]],
        [[{"text": str(n), "callback_data": str(n)} for n in range(9)]],
        [[{"text": str(n), "callback_data": str(n)}] for n in range(101)],
        [[]],
    ],
)
async def test_keyboards_that_telegram_refuses(api: BotApi, bot: telegram.Bot, rows: Any) -> None:
    sent = await bot.send_message(CHAT, "first", reply_markup=keyboard("ok"))
    markup = {"inline_keyboard": rows}
    asks: list[Callable[[], Awaitable[object]]] = [
        lambda: bot.send_message(CHAT, "a", api_kwargs={"reply_markup": markup}),
        lambda: bot.edit_message_text("a", CHAT, sent.id, api_kwargs={"reply_markup": markup}),
        lambda: bot.edit_message_reply_markup(CHAT, sent.id, api_kwargs={"reply_markup": markup}),
    ]
    for ask in asks:
        with pytest.raises(BadRequest):
            await ask()
    assert api.texts(CHAT) == ["first"]
    assert api.keyboard(CHAT) == [["ok"]]


@pytest.mark.parametrize(
    "rows",
    [
        button(callback_data="é" * 32),
        button(style="primary"),
        button(style="success"),
        button(style="danger"),
        [[{"text": "Copy", "copy_text": {"text": "a" * 256}}]],
        [[{"text": "Open", "url": "https://t.me/whatif_test_bot?start=x"}]],
        [[{"text": str(n), "callback_data": str(n)} for n in range(8)] for _ in range(12)],
    ],
)
async def test_keyboards_that_it_takes(api: BotApi, bot: telegram.Bot, rows: Any) -> None:
    await bot.send_message(CHAT, "a", api_kwargs={"reply_markup": {"inline_keyboard": rows}})
    assert api.last(CHAT).markup == {"inline_keyboard": rows}


async def test_one_message_may_have_live_buttons(api: BotApi, bot: telegram.Bot) -> None:
    assert api.keyboard(CHAT) == []
    first = await bot.send_message(CHAT, "a", reply_markup=keyboard("Yes", "No"))
    assert api.keyboard(CHAT) == [["Yes"], ["No"]]
    copy = telegram.InlineKeyboardButton("Copy", copy_text=telegram.CopyTextButton("a note"))
    await bot.send_message(CHAT, "b", reply_markup=telegram.InlineKeyboardMarkup([[copy]]))
    assert api.labels(CHAT) == ["Yes", "No"]
    await bot.send_message(CHAT, "c", reply_markup=keyboard("Go"))
    with pytest.raises(AssertionError, match="live buttons on 2 messages"):
        api.keyboard(CHAT)
    await first.edit_text("You said: yes")
    assert api.keyboard(CHAT) == [["Go"]]
    assert api.person(CHAT).copies("Copy") == "a note"


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText", "setMyName", "answerCallbackQuery"])
async def test_parameters_that_there_are_none_of(api: BotApi, bot: telegram.Bot, method: str) -> None:
    fields: dict[str, dict[str, Any]] = {
        "sendMessage": {"chat_id": CHAT, "text": "a"},
        "editMessageText": {"chat_id": CHAT, "message_id": 1, "text": "a"},
        "setMyName": {"name": "a"},
        "answerCallbackQuery": {"callback_query_id": "1"},
    }
    with pytest.raises(BadRequest, match="colour"):
        await bot._post(method, {**fields[method], "colour": "red"})
    assert api.chat(CHAT) == []


async def test_methods_that_are_not_modelled_never_pass(api: BotApi, bot: telegram.Bot) -> None:
    for method in ("sendDice", "banChatMember", "sendMediaGroup", "noSuchMethod"):
        with pytest.raises(telegram.error.TelegramError):
            await bot._post(method, {"chat_id": CHAT})
    assert not any(made.status == 200 for made in api.requests if made.method != "getMe")


# --- edits ---


async def test_edits_and_deletions_show(api: BotApi, bot: telegram.Bot) -> None:
    anna = api.person(CHAT)
    said = await anna.says("hello")
    first = await bot.send_message(CHAT, "one", reply_markup=keyboard("Yes"))
    second = await bot.send_message(CHAT, "two")
    assert [shown.text for shown in api.chat(CHAT)] == ["hello", "one", "two"]
    edited = await first.edit_text("<b>uno</b>", parse_mode="HTML")
    assert isinstance(edited, telegram.Message)
    assert edited.edit_date
    await second.delete()
    assert [(shown.id, shown.text) for shown in api.chat(CHAT)] == [(said, "hello"), (first.id, "uno")]
    assert api.message(CHAT, first.id).versions == [("one", [["Yes"]]), ("uno", [])]
    assert [shown.text for shown in api.history(CHAT)] == ["hello", "uno", "two"]
    anna.deletes(first.id)
    assert api.texts(CHAT) == []


async def test_edits_that_telegram_refuses(api: BotApi, bot: telegram.Bot) -> None:
    said = await api.person(CHAT).says("hello")
    sent = await bot.send_message(CHAT, "<b>one</b>", parse_mode="HTML", reply_markup=keyboard("Yes"))
    with pytest.raises(BadRequest, match=r"^Message is not modified: specified new message content"):
        await sent.edit_text("<b>one</b> ", parse_mode="HTML", reply_markup=keyboard("Yes"))
    with pytest.raises(BadRequest, match=r"^Message is not modified"):
        await sent.edit_reply_markup(keyboard("Yes"))
    await sent.edit_text("one", reply_markup=keyboard("Yes"))
    await sent.edit_reply_markup(keyboard("No"))
    await sent.edit_reply_markup(None)
    with pytest.raises(BadRequest, match=r"^Message is not modified"):
        await sent.edit_reply_markup(None)
    with pytest.raises(BadRequest, match=r"^Message can't be edited"):
        await bot.edit_message_text("a", CHAT, said)
    api.grow_old(CHAT, sent.id)
    with pytest.raises(BadRequest, match=r"^Message can't be edited"):
        await sent.edit_text("two")
    other = await bot.send_message(CHAT, "a")
    await other.delete()
    for identity in (other.id, 999_999):
        with pytest.raises(BadRequest, match=r"^Message to edit not found"):
            await bot.edit_message_text("two", CHAT, identity)
        with pytest.raises(BadRequest, match=r"^Message to delete not found"):
            await bot.delete_message(CHAT, identity)


# --- taps ---


async def test_a_tap_carries_the_message_as_it_stands(api: BotApi, bot: telegram.Bot) -> None:
    anna = api.person(CHAT, "Anna", username="anna", language_code=None)
    sent = await bot.send_message(CHAT, "Which?", reply_markup=keyboard("☐ Pay", "☐ Boss", data="x"))
    await sent.edit_reply_markup(keyboard("✓ Pay", "☐ Boss", data="y"))
    query = await anna.taps("Pay")
    (update,) = await bot.get_updates()
    tap = update.callback_query
    assert tap
    assert (tap.id, tap.data, tap.from_user.language_code) == (query, "y", None)
    assert isinstance(tap.message, telegram.Message)
    assert tap.message.text == "Which?"
    assert tap.message.reply_markup == keyboard("✓ Pay", "☐ Boss", data="y")
    with pytest.raises(AssertionError, match="no button 'Rent' among"):
        await anna.taps("Rent")


async def test_a_tap_on_what_is_gone_tells_nothing_of_it(api: BotApi, bot: telegram.Bot) -> None:
    anna = api.person(CHAT)
    gone = await bot.send_message(CHAT, "a", reply_markup=keyboard("Yes"))
    await gone.delete()
    await anna.taps_data("Yes", gone.id)
    old = await bot.send_message(CHAT, "b", reply_markup=keyboard("Yes"))
    api.grow_old(CHAT)
    await anna.taps_data("Yes", old.id)
    await anna.taps_data("x" * 64)
    messages = [update.callback_query.message for update in await bot.get_updates() if update.callback_query]
    assert [message.message_id for message in messages if message] == [gone.id, old.id, old.id]
    for message in messages:
        # The library reads it as a message, not as one out of reach: its date tells.
        assert isinstance(message, telegram.Message)
        assert (message.date.timestamp(), message.text, message.reply_markup) == (0, None, None)


async def test_answering_taps(api: BotApi, bot: telegram.Bot) -> None:
    anna = api.person(CHAT)
    await bot.send_message(CHAT, "a", reply_markup=keyboard("Yes"))
    query = await anna.taps("Yes")
    assert api.unanswered() == [query]
    with pytest.raises(BadRequest):
        await bot.answer_callback_query(query, "a" * 201)
    await bot.answer_callback_query(query, "a" * 200, show_alert=True)
    assert anna.toasts == ["a" * 200]
    assert api.answers[query]["show_alert"] is True
    assert api.unanswered() == []
    old = await anna.taps("Yes")
    api.expire(old)
    for identity in (query, old, "77"):
        with pytest.raises(
            BadRequest, match=r"^Query is too old and response timeout expired or query id is"
        ):
            await bot.answer_callback_query(identity)


# --- what people send ---


def lossless(api_says: dict[str, Any], library_says: Any, path: str = "update") -> None:
    """Fails where python-telegram-bot doesn't know something that an update holds."""
    if isinstance(api_says, dict):
        for key, value in api_says.items():
            assert key in library_says, f"{path}.{key} is lost"
            lossless(value, library_says[key], f"{path}.{key}")
    elif isinstance(api_says, list):
        assert len(api_says) == len(library_says), path
        for n, value in enumerate(api_says):
            lossless(value, library_says[n], f"{path}[{n}]")
    else:
        assert api_says == library_says, path


def unknown(read: Any) -> list[str]:
    """What an update holds that python-telegram-bot has no name for."""
    found: list[str] = []
    if isinstance(read, telegram.TelegramObject):
        found += read.api_kwargs
        found += [name for slot in _slots(read) for name in unknown(getattr(read, slot, None))]
    elif isinstance(read, list | tuple):
        found += [name for each in read for name in unknown(each)]
    return found


def _slots(read: telegram.TelegramObject) -> list[str]:
    return [slot for kind in type(read).__mro__ for slot in getattr(kind, "__slots__", ()) if slot[0] != "_"]


async def test_every_update_reads_without_loss(
    api: BotApi, bot: telegram.Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = api.person(CHAT, "Anna", last_name="B.", username="anna_b", language_code="fr")
    told: list[dict[str, Any]] = []
    put = api._inbox.put

    def noted(chat: int, kind: str, content: dict[str, Any]) -> int:
        identity = put(chat, kind, content)
        told.append({"update_id": identity, kind: content})
        return identity

    monkeypatch.setattr(api._inbox, "put", noted)
    said = await anna.starts("payload")
    await anna.edits(said, "/help me, @somebody")
    await anna.forwards("Dear candidate")
    for kind in KINDS:
        await anna.sends(kind, "look" if kind in ("photo", "video", "document", "voice") else None)
    sent = await bot.send_message(CHAT, "<b>a</b>", parse_mode="HTML", reply_markup=keyboard("Yes"))
    file = await bot.send_document(CHAT, b"x", caption="c", filename="a.txt", reply_markup=keyboard("No"))
    await anna.taps("Yes", sent.id)
    await anna.taps("No", file.id)
    await anna.taps_data("forged", 5)
    await anna.replies(sent.id, "that one")
    group = api.group(-100123)
    await group.adds_bot(anna)
    await group.says(anna, f"/start@{api.username}")
    api.block(CHAT)
    api.unblock(CHAT)
    updates = await bot.get_updates(allowed_updates=[])
    assert len(updates) == len(told) > len(KINDS) + 9
    for update, raw in zip(updates, told, strict=True):
        lossless(raw, update.to_dict())
        assert unknown(update) == []
    start = updates[0].message
    assert start
    assert [(entity.type, entity.length) for entity in start.entities] == [("bot_command", 6)]


async def test_a_long_text_comes_as_several_messages(api: BotApi, bot: telegram.Bot) -> None:
    await api.person(CHAT).says("😀" * 5000)
    updates = await bot.get_updates()
    assert [len(update.message.text or "") for update in updates if update.message] == [2048, 2048, 904]


async def test_groups_hear_what_is_meant_for_the_bot(api: BotApi, bot: telegram.Bot) -> None:
    anna, ben = api.person(CHAT, "Anna"), api.person(43, "Ben")
    group = api.group(-100123, "Job seekers")
    await group.says(anna, "nothing to do with it")
    await group.says(anna, f"/start@{api.username}")
    await group.says(ben, f"hey @{api.username}")
    sent = await bot.send_message(group.id, "Talk to me alone", reply_markup=keyboard("Go"))
    await group.says(ben, "why?", reply_to=sent.id)
    await group.taps(ben, "Go")
    updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    assert [message.text for message in messages] == [
        f"/start@{api.username}",
        f"hey @{api.username}",
        "why?",
    ]
    assert messages[1].entities[0].type == "mention"
    assert messages[2].reply_to_message
    assert messages[2].reply_to_message.id == sent.id
    tap = updates[-1].callback_query
    assert tap
    assert tap.message
    assert (tap.from_user.first_name, tap.message.chat.id, tap.message.chat.type) == (
        "Ben",
        group.id,
        "supergroup",
    )
    assert [shown.sender for shown in api.chat(group.id)] == [42, 42, 43, api.id, 43]
    api.block(group.id, by=anna)
    with pytest.raises(Forbidden, match="kicked from the group chat"):
        await bot.send_message(group.id, "a")


async def test_who_can_be_written_to(api: BotApi, bot: telegram.Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(999, "a")
    ben = api.person(43, "Ben", met=False)
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(43, "a")
    await ben.says("hello")
    await bot.send_message(43, "a")
    api.block(43)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(43, "b")
    with pytest.raises(AssertionError, match="unblock"):
        await ben.says("are you there?")
    api.unblock(43)
    await bot.send_message(43, "c")
    assert api.texts(43) == ["a", "c"]
    api.deactivate(43)
    for ask in (bot.send_message(43, "d"), bot.send_chat_action(43, "typing")):
        with pytest.raises(Forbidden, match="user is deactivated"):
            await ask
    changes = [update.my_chat_member for update in await bot.get_updates() if update.my_chat_member]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "member"]


# --- what the bot says of itself ---


async def test_the_profile_is_remembered(api: BotApi, bot: telegram.Bot) -> None:
    private = telegram.BotCommandScopeAllPrivateChats()
    assert list(await bot.get_my_commands()) == []
    await bot.set_my_commands([("start", "Begin")], scope=private)
    await bot.set_my_commands([("start", "Empezar")], scope=private, language_code="es")
    assert list(await bot.get_my_commands()) == []
    assert [c.description for c in await bot.get_my_commands(private)] == ["Begin"]
    assert [c.description for c in await bot.get_my_commands(private, "es")] == ["Empezar"]
    assert list(await bot.get_my_commands(private, "fr")) == []
    await bot.delete_my_commands(private, "es")
    assert list(await bot.get_my_commands(private, "es")) == []
    await bot.set_my_name("Should I go?")
    await bot.set_my_description("A talk", language_code="fr")
    await bot.set_my_short_description("Short")
    assert (await bot.get_my_name("fr")).name == "Should I go?"
    assert (await bot.get_my_description()).description == ""
    assert (await bot.get_my_description("fr")).description == "A talk"
    assert (await bot.get_my_short_description()).short_description == "Short"
    assert (await bot.get_me()).first_name == "Should I go?"
    assert (await bot.get_me()).username == api.username
    assert (await bot.get_chat_menu_button()).type == "default"
    await bot.set_chat_menu_button(menu_button=telegram.MenuButtonCommands())
    assert (await bot.get_chat_menu_button()).type == "commands"


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("setMyName", {"name": "a" * 65}),
        ("setMyDescription", {"description": "a" * 513}),
        ("setMyShortDescription", {"short_description": "a" * 121}),
        ("setMyShortDescription", {"short_description": "a", "language_code": "en-GB"}),
        ("setMyCommands", {"commands": [{"command": f"c{n}", "description": "a"} for n in range(101)]}),
        ("setMyCommands", {"commands": [{"command": "Start", "description": "a"}]}),
        ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "a"}]}),
        ("setMyCommands", {"commands": [{"command": "", "description": "a"}]}),
        ("setMyCommands", {"commands": [{"command": "start", "description": ""}]}),
        ("setMyCommands", {"commands": [{"command": "start", "description": "a" * 257}]}),
        ("setMyCommands", {"commands": [], "scope": {"type": "everybody"}}),
        ("setChatMenuButton", {"menu_button": {"type": "cogwheel"}}),
        ("setWebhook", {"url": "http://example.org/telegram/webhook"}),
        ("setWebhook", {"url": "https://example.org:8080/telegram/webhook"}),
        ("setWebhook", {"url": "https://example.org/", "secret_token": "not this!"}),
        ("setWebhook", {"url": "https://example.org/", "secret_token": "a" * 257}),
        ("setWebhook", {"url": "https://example.org/", "max_connections": 101}),
        ("setWebhook", {"url": "https://example.org/", "allowed_updates": ["messages"]}),
    ],
)
async def test_settings_that_telegram_refuses(
    api: BotApi, bot: telegram.Bot, method: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest):
        await bot._post(method, fields)
    assert (await bot.get_webhook_info()).url == ""
    assert list(await bot.get_my_commands()) == []


async def test_a_wrong_token(api: BotApi) -> None:
    async with HTTPXRequest() as request, HTTPXRequest() as polls:
        other = telegram.Bot("1:wrong", api.base_url, request=request, get_updates_request=polls)
        with pytest.raises(InvalidToken):
            await other.get_me()


# --- bad days ---


async def test_too_fast_in_one_chat_only(api: BotApi, bot: telegram.Bot) -> None:
    api.person(43)
    api.too_fast(CHAT, retry_after=1, times=2)
    with pytest.raises(RetryAfter) as told:
        await bot.send_message(CHAT, "a")
    assert told.value._retry_after.total_seconds() == 1
    await bot.send_message(43, "a")
    # Another one before the second is over is too many as well.
    with pytest.raises(RetryAfter):
        await bot.send_message(CHAT, "a")
    assert len(api.impatient) == 1
    with pytest.raises(TimeoutError, match="sendMessage to 42: answered 429, not tried again"):
        await api.quiet(moment=0.05, within=0.2)
    await asyncio.sleep(1)
    with pytest.raises(RetryAfter):
        await bot.send_message(CHAT, "a")
    await asyncio.sleep(1.05)
    await bot.send_message(CHAT, "a")
    await api.quiet(moment=0.05)
    assert (api.texts(CHAT), api.texts(43)) == (["a"], ["a"])
    assert [made.status for made in api.calls("sendMessage", CHAT)] == [429, 429, 429, 200]
    assert api.refusals() == []


async def test_failures(api: BotApi, bot: telegram.Bot) -> None:
    api.fail("sendMessage", 2, 500)
    for _ in range(2):
        with pytest.raises(NetworkError, match="Internal Server Error"):
            await bot.send_message(CHAT, "a")
    api.fail("sendMessage", how=502)
    with pytest.raises(NetworkError):
        await bot.send_message(CHAT, "a")
    api.fail("sendMessage", how="reset", chat=CHAT)
    with pytest.raises(NetworkError):
        await bot.send_message(CHAT, "a")
    assert api.chat(CHAT) == []
    api.fail("sendMessage", how="lost")
    with pytest.raises(NetworkError):
        await bot.send_message(CHAT, "it arrived")
    assert api.texts(CHAT) == ["it arrived"]
    api.fail("*", how="hang", seconds=0.3)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        await bot.send_message(CHAT, "late", read_timeout=0.1)
    await api.until(lambda: api.texts(CHAT) == ["it arrived", "late"])
    assert time.monotonic() - began >= 0.3
    await bot.send_message(CHAT, "a")
    assert [made.status for made in api.calls("sendMessage")] == [500, 500, 502, 0, 0, 200, 200]
    assert api.calls("sendMessage", ok=False)[0].parameters == {"chat_id": CHAT, "text": "a"}


async def test_quiet_says_what_it_waits_for(api: BotApi, bot: telegram.Bot) -> None:
    await api.quiet(moment=0.01)
    await api.person(CHAT).says("hello")
    with pytest.raises(TimeoutError, match="1 updates are pending: message 100000001"):
        await api.quiet(within=0.1)
    async with Poller(bot):
        await api.quiet(moment=0.01)
        with pytest.raises(TimeoutError, match="the bot is busy"):
            await api.quiet(moment=0.01, within=0.1, busy=lambda: True)
    assert api.pending == 0
    assert api.confirmed == 1
    with pytest.raises(TimeoutError, match="never was so"):
        await api.until(lambda: False, within=0.05)


# --- polling ---


async def test_polling_confirms_by_offset(api: BotApi, bot: telegram.Bot) -> None:
    anna = api.person(CHAT)
    for text in "abc":
        await anna.says(text)
    first = await bot.get_updates(limit=2)
    assert [update.message.text for update in first if update.message] == ["a", "b"]
    assert [update.update_id for update in await bot.get_updates(limit=2)] == [u.update_id for u in first]
    (last,) = await bot.get_updates(offset=first[-1].update_id + 1)
    assert last.message
    assert last.message.text == "c"
    assert api.pending == 1
    assert await bot.get_updates(offset=last.update_id + 1) == ()
    assert (api.pending, api.confirmed) == (0, 3)


async def test_a_long_poll_wakes_at_once(api: BotApi, bot: telegram.Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    assert not poll.done()
    began = time.monotonic()
    await api.person(CHAT).says("hello")
    assert len(await poll) == 1
    assert time.monotonic() - began < 10
    began = time.monotonic()
    assert await bot.get_updates(offset=-1, timeout=0)
    assert await bot.get_updates(offset=200_000_000, timeout=1) == ()
    assert 0.9 < time.monotonic() - began < 10


async def test_a_second_poller_ends_the_first(api: BotApi, bot: telegram.Bot) -> None:
    async with connected(api) as other:
        first = asyncio.create_task(bot.get_updates(timeout=20))
        await api.until(lambda: api.polls == 1)
        second = asyncio.create_task(other.get_updates(timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        third = asyncio.create_task(bot.get_updates(timeout=20))
        with pytest.raises(Conflict, match="make sure that only one bot instance is running"):
            await second
        await api.person(CHAT).says("hello")
        assert len(await third) == 1


async def test_a_poll_that_was_cut_off_loses_nothing(api: BotApi, bot: telegram.Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await api.until(lambda: api.polls == 1)
    poll.cancel()
    await asyncio.gather(poll, return_exceptions=True)
    await api.person(CHAT).says("hello")
    # Neither does the one that died keep the next one out.
    (update,) = await bot.get_updates(timeout=20)
    assert update.message
    assert update.message.text == "hello"


async def test_only_what_the_bot_asked_for_is_kept(api: BotApi, bot: telegram.Bot) -> None:
    anna = api.person(CHAT)
    await bot.get_updates(allowed_updates=["callback_query", "my_chat_member"])
    await anna.says("hello")
    await anna.taps_data("x")
    api.block(CHAT)
    updates = await bot.get_updates()
    assert [bool(update.callback_query) for update in updates] == [True, False]
    assert [set(update) for update in api.unwanted] == [{"update_id", "message"}]


async def test_updates_come_again_and_out_of_order(api: BotApi, bot: telegram.Bot) -> None:
    api.redeliver(0.3, seed=1)
    api.shuffle(seed=1)
    people = [api.person(1000 + n, f"P{n}") for n in range(40)]
    for text in ("a", "b", "c"):
        for person in people:
            await person.says(text)
    async with Poller(bot) as poller:
        await api.quiet(moment=0.05)
    assert len(set(poller.ids)) == api.confirmed == 120
    assert len(poller.ids) - 120 == api.redelivered
    assert 20 <= api.redelivered <= 52
    firsts = list(dict.fromkeys(poller.ids))
    assert firsts != sorted(firsts)
    for person in people:
        mine = {
            u.update_id: u.message.text for u in poller.got if u.message and u.message.chat.id == person.id
        }
        assert "".join(text or "" for text in mine.values()) == "abc"


async def test_a_repeat_comes_where_nothing_follows(api: BotApi, bot: telegram.Bot) -> None:
    api.redeliver(1.0)
    async with Poller(bot) as poller:
        await api.person(CHAT).says("hello")
        await api.quiet(moment=0.05)
    assert poller.ids == [100_000_001, 100_000_001]


# --- the webhook ---


class Hook:
    """A webhook that keeps what it gets and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[telegram.Update] = []
        self.secrets: list[str | None] = []
        self.statuses: list[int] = []
        self.at_once = self.most_at_once = 0
        self.pause = 0.0
        self.url = ""

    async def __aenter__(self) -> Hook:
        app = web.Application()
        app.router.add_post("/telegram/webhook", self.handle)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/telegram/webhook"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.runner.cleanup()

    async def handle(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.pause)
        self.at_once -= 1
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        update = telegram.Update.de_json(await request.json(), None)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.got.append(update)
        return web.Response(status=status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with Hook() as started:
        yield started


async def test_a_webhook_gets_every_chat_in_its_order(api: BotApi, bot: telegram.Bot, hook: Hook) -> None:
    early = api.person(CHAT)
    await early.says("before")
    hook.pause = 0.02
    await bot.set_webhook(hook.url, secret_token="s-3_cret", allowed_updates=["message"])
    people = [api.person(1000 + n) for n in range(30)]
    for text in ("a", "b", "c"):
        for person in people:
            await person.says(text)
    await early.taps_data("not asked for")
    await api.quiet(moment=0.05)
    assert set(hook.secrets) == {"s-3_cret"}
    assert len(hook.got) == 91
    assert hook.most_at_once > 10
    for person in people:
        mine = [u.message.text for u in hook.got if u.message and u.message.chat.id == person.id]
        assert mine == ["a", "b", "c"]
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.allowed_updates) == (hook.url, 0, ("message",))
    assert [update["callback_query"]["data"] for update in api.unwanted] == ["not asked for"]


async def test_a_webhook_that_fails_is_asked_again(api: BotApi, bot: telegram.Bot, hook: Hook) -> None:
    hook.statuses = [500, 503, 302]
    await bot.set_webhook(hook.url, max_connections=1)
    anna = api.person(CHAT)
    await anna.says("a")
    await anna.says("b")
    await api.quiet(moment=0.05)
    assert [update.message.text for update in hook.got if update.message] == ["a", "b"]
    assert [delivery.status for delivery in api.deliveries] == [500, 503, 302, 200, 200]
    assert set(hook.secrets) == {None}
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 302"
    assert info.max_connections == 1


async def test_a_webhook_that_is_away_and_comes_back(api: BotApi, bot: telegram.Bot) -> None:
    async with Hook() as away:
        gone = away.url
    await bot.set_webhook(gone)
    await api.person(CHAT).says("a")
    await api.until(lambda: len(api.deliveries) > 1)
    assert api.pending == 1
    assert {delivery.status for delivery in api.deliveries} == {0}
    async with Hook() as back:
        # The name is the same, the address another: a proxy stands before the bot.
        api.reach(back.url.removesuffix("/telegram/webhook"))
        await api.quiet(moment=0.05)
        assert len(back.got) == 1


async def test_an_https_webhook_is_reached_through_a_proxy(
    api: BotApi, bot: telegram.Bot, hook: Hook
) -> None:
    api.reach(hook.url.removesuffix("/telegram/webhook"))
    await bot.set_webhook("https://bot.example.org/telegram/webhook")
    await api.person(CHAT).says("a")
    await api.quiet(moment=0.05)
    assert len(hook.got) == 1


async def test_a_webhook_is_posted_to_twice(api: BotApi, bot: telegram.Bot, hook: Hook) -> None:
    api.redeliver(0.5, seed=2)
    api.shuffle(seed=2)
    await bot.set_webhook(hook.url)
    for n in range(60):
        await api.person(1000 + n).says("a")
    await api.quiet(moment=0.05)
    ids = [update.update_id for update in hook.got]
    assert len(set(ids)) == 60
    assert len(ids) == 60 + api.redelivered
    assert 15 <= api.redelivered <= 45
    assert list(dict.fromkeys(ids)) != sorted(set(ids))


async def test_polling_and_a_webhook_exclude_each_other(api: BotApi, bot: telegram.Bot, hook: Hook) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await api.until(lambda: api.polls == 1)
    await bot.set_webhook(hook.url)
    with pytest.raises(Conflict, match="terminated by setWebhook"):
        await poll
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    await api.person(CHAT).says("a")
    assert len(await bot.get_updates()) == 1
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


async def test_two_hundred_people_at_once(api: BotApi, bot: telegram.Bot) -> None:
    people = [api.person(1000 + n, f"P{n}") for n in range(200)]
    answers: set[asyncio.Task[telegram.Message]] = set()

    class Echo(Poller):
        async def run(self) -> None:
            while True:
                for update in await self.bot.get_updates(offset=self.offset, timeout=20):
                    self.offset = max(self.offset, update.update_id + 1)
                    assert update.message
                    text = f"{update.message.chat.id} said {update.message.text}"
                    answers.add(asyncio.create_task(self.bot.send_message(update.message.chat.id, text)))

    async with Echo(bot):
        await asyncio.gather(*(person.says("hello") for person in people))
        await api.until(lambda: len(answers) == 200)
        await asyncio.gather(*answers)
        await api.quiet(moment=0.05)
    for person in people:
        assert api.texts(person.id) == [f"{person.id} said hello"]
