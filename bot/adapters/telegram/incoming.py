"""Their updates to our events."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import CallbackQuery, ChatMember, Message, MessageEntity, Update
from telegram.constants import ChatType, UpdateType

from bot.adapters.telegram.calendar import DEAD, TURN
from bot.adapters.telegram.keyboard import DISABLED, TICK, UNTICK, has_boxes, ticked
from dialogs.events import Chose, Command, Event, Picked, Said, Started, option_of

ALLOWED = (
    UpdateType.MESSAGE,
    UpdateType.EDITED_MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.MY_CHAT_MEMBER,
)
"""The kinds of updates that are handled, and so the only ones that are asked for."""

COMMANDS = (
    "start", "help", "back", "restart", "interviews", "settings", "language", "privacy", "export", "forget",
    "stop",
)  # fmt: skip
"""What can be asked for with a slash, in the order that Telegram lists it."""

_PLATFORMS_OWN = ("gone", "edited", "unreadable")
"""Commands that nobody can give: a platform says so of them."""

_TOKEN = re.compile(r"[a-z_]+/[\w.]+(:[\w.-]+)?~[0-9a-z]{1,9}", re.ASCII)
"""What the data of a button of ours looks like."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An event in a private chat."""

    chat: int
    event: Event


@dataclass(frozen=True, slots=True)
class Ticked:
    """A box that was ticked or unticked: nothing is answered yet."""

    token: str
    on: bool


@dataclass(frozen=True, slots=True)
class Turned:
    """A calendar that was turned to another month: nothing is answered yet."""

    token: str


@dataclass(frozen=True, slots=True)
class TooSoon:
    """Several choices were to be submitted before there was any."""


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody called the bot in a group, where it talks with nobody; `thread` is the topic, if any."""

    chat: int
    thread: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that is no event of ours; `why` is counted."""

    why: str


Incoming = Heard | Ticked | Turned | TooSoon | Called | Refused | None
"""What an update says; None where it says nothing to us."""


def read(update: Update, username: str, known: frozenset[str] | None = None) -> Incoming:
    """What an update says.

    Takes the bot's own username, and the tokens known to be ticked in the message whose button was
    pressed, where that is known better than by the keyboard as it was when it was pressed.
    """
    if update.my_chat_member:
        left = update.my_chat_member.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
        if left and update.my_chat_member.chat.type == ChatType.PRIVATE:
            return Heard(update.my_chat_member.chat.id, Command("gone"))
        return None
    if update.callback_query:
        return _pressed(update.callback_query, known)
    if update.edited_message:
        message = update.edited_message
        # A live location is edited with every step.
        written = message.text is not None and _private(message)
        return Heard(message.chat.id, Command("edited")) if written else None
    if update.message:
        message = update.message
        if _private(message) and message.effective_attachment is None and message.text is None:
            return None  # something that Telegram says of the chat, such as a message that was pinned
        if _private(message):
            return Heard(message.chat.id, _said(message))
        thread = message.message_thread_id if message.is_topic_message else None
        return Called(message.chat.id, thread) if _calls(message, username) else None
    return Refused("update")


def _private(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE


def _said(message: Message) -> Event:
    text = message.text
    if text is None or message.forward_origin:
        return Command("unreadable")
    if not text.startswith("/"):
        return Said(text)
    # What follows /start comes out of a link that anybody may have made: it is never looked at.
    name = text[1:].partition(" ")[0].partition("@")[0].casefold()
    if name == "start":
        return Started()
    if name in _PLATFORMS_OWN:
        name = f"/{name}"
    return Command(name)


def _pressed(query: CallbackQuery, known: frozenset[str] | None) -> Incoming:
    message, data = query.message, query.data or ""
    if message is None or message.chat.type != ChatType.PRIVATE:
        return Refused("callback")
    if data == DEAD:
        return None
    kind, token = (data[0], data[1:]) if data[:1] in (TICK, UNTICK, DISABLED, TURN) else ("", data)
    if not _TOKEN.fullmatch(token):
        return Refused("callback")
    if kind == DISABLED and not known:
        return TooSoon()
    if kind == TURN:
        return Turned(token)
    if kind in (TICK, UNTICK):
        return Ticked(token, kind == TICK)
    shown = getattr(message, "reply_markup", None)
    options = tuple(sorted(map(option_of, known if known is not None else ticked(shown))))
    if option_of(token):
        return Heard(message.chat.id, Chose(token, options if has_boxes(shown) else None))
    return Heard(message.chat.id, Picked(token, options))


def _calls(message: Message, username: str) -> bool:
    """Whether a message in a group is for this bot: a command, or a mention of it."""
    for entity, text in message.parse_entities([MessageEntity.BOT_COMMAND, MessageEntity.MENTION]).items():
        if entity.type == MessageEntity.MENTION and text.casefold() == f"@{username}".casefold():
            return True
        if entity.type == MessageEntity.BOT_COMMAND:
            whose = text.partition("@")[2]
            return not whose or whose.casefold() == username.casefold()
    return False
