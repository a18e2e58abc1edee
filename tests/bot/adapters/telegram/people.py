"""The people on the other side: what they type, tap and send, as Telegram tells it to a bot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.bot.adapters.telegram.rules import Json, cleaned, detected, units

if TYPE_CHECKING:
    from tests.bot.adapters.telegram.server import BotApi, Shown

MOST = 4096
TICKS = "✓✔✅☑☐⬜⬛▫▪▢☒✗✘✖○●◯◉◎🔘🔲🔳➕•·\ufe0e\ufe0f \u00a0"
"""What stands before or after a label and is no part of it."""


def _file(kind: str) -> Json:
    return {"file_id": f"a-{kind}", "file_unique_id": f"the-{kind}", "file_size": 1234}


def _media(kind: str, **more: object) -> Callable[[], Json]:
    return lambda: {kind: {**_file(kind), **more}}


_SIDES = {"width": 90, "height": 90}

KINDS: dict[str, Callable[[], Json]] = {
    "photo": lambda: {"photo": [{**_file("photo"), **_SIDES}]},
    "sticker": _media("sticker", **_SIDES, type="regular", is_animated=False, is_video=False, emoji="👍"),
    "voice": _media("voice", duration=3, mime_type="audio/ogg"),
    "audio": _media("audio", duration=3, mime_type="audio/mpeg"),
    "video": _media("video", **_SIDES, duration=3),
    "video_note": _media("video_note", length=90, duration=3),
    # Telegram sends a document beside every animation, for bots that are older than animations.
    "animation": lambda: {
        "animation": {**_file("animation"), **_SIDES, "duration": 3},
        "document": _file("animation"),
    },
    "document": _media("document", file_name="cv.pdf", mime_type="application/pdf"),
    "location": lambda: {"location": {"latitude": 45.5, "longitude": -73.5}},
    "venue": lambda: {
        "location": {"latitude": 45.5, "longitude": -73.5},
        "venue": {
            "location": {"latitude": 45.5, "longitude": -73.5},
            "title": "The bank",
            "address": "1 Main Street",
        },
    },
    "contact": lambda: {"contact": {"phone_number": "15550100", "first_name": "Somebody"}},
    "dice": lambda: {"dice": {"emoji": "🎲", "value": 4}},
    "poll": lambda: {
        "poll": {
            "id": "5",
            "question": "Go?",
            "options": [{"persistent_id": "0", "text": text, "voter_count": 0} for text in ("Yes", "No")],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
    },
    # What Telegram itself writes into a chat.
    "timer": lambda: {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
}
"""What people send that is no text, each the least of it that Telegram tells."""


def plain(label: str) -> str:
    """A label without its tick."""
    return label.strip(TICKS)


class Chat:
    """A chat as the bot knows it, with what can happen in any of them."""

    def __init__(self, api: BotApi, identity: int) -> None:
        self.api, self.id = api, identity
        self.closed: str = ""
        self.met = True

    def json(self) -> Json:
        """The chat, as in a message."""
        raise NotImplementedError

    def _heard(self, sender: Person, content: Json, kind: str = "text", *, delivered: bool = True) -> int:
        assert not self.closed, f"chat {self.id} has blocked the bot: unblock it first"
        self.met = True
        identity = self.api.next_message_id()
        body = {
            "message_id": identity,
            "from": sender.user(),
            "chat": self.json(),
            "date": int(time.time()),
            **content,
        }
        self.api.hear(self.id, sender.id, kind, body)
        if delivered:
            self.api.tell(self.id, "message", body)
        return identity

    def _edited(self, message_id: int, text: str) -> None:
        shown = self.api.message(self.id, message_id)
        assert not shown.by_bot, "people edit their own messages only"
        shown.change(text=text, entities=detected(text))
        body: Json = {**shown.body, "text": text, "edit_date": int(time.time())}
        body.pop("entities", None)
        if shown.entities:
            body["entities"] = shown.entities
        shown.body = body
        self.api.tell(self.id, "edited_message", body)

    def _tapped(self, sender: Person, data: str, message_id: int) -> str:
        shown = self.api.find(self.id, message_id)
        if shown is None or shown.deleted or shown.too_old:
            # Telegram tells nothing of a message that is gone, and its date is zero.
            message: Json = {"chat": self.json(), "message_id": message_id, "date": 0}
        else:
            message = self.api.told(shown)
        query = self.api.next_query(sender.id)
        self.api.tell(
            self.id,
            "callback_query",
            {
                "id": query,
                "from": sender.user(),
                "message": message,
                "chat_instance": str(self.id * 31 + 7),
                "data": data,
            },
        )
        return query

    def _button(self, label: str, message_id: int | None, action: str) -> tuple[Json, Shown]:
        shown = [m for m in self.api.chat(self.id) if m.by_bot and any(action in b for b in m.buttons)]
        if message_id is not None:
            shown = [m for m in shown if m.id == message_id]
        assert shown, f"there is nothing to tap in chat {self.id}; it shows {self.api.texts(self.id)[-2:]}"
        newest = shown[-1]
        fitting = [button for button in newest.buttons if action in button]
        for same in (str, plain):
            for button in fitting:
                if same(button["text"]) == same(label):
                    return button, newest
        raise AssertionError(f"no button {label!r} among {[button['text'] for button in newest.buttons]}")

    def _member(self, by: Person, old: str, new: str) -> None:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": self.api.user(), "status": status, **until}

        self.api.tell(
            self.id,
            "my_chat_member",
            {
                "chat": self.json(),
                "from": by.user(),
                "date": int(time.time()),
                "old_chat_member": member(old),
                "new_chat_member": member(new),
            },
        )


class Person(Chat):
    """Somebody, and their private chat with the bot; both have the same id."""

    def __init__(
        self,
        api: BotApi,
        identity: int,
        first_name: str,
        last_name: str | None,
        username: str | None,
        language_code: str | None,
    ) -> None:
        super().__init__(api, identity)
        self.first_name, self.last_name, self.username = first_name, last_name, username
        self.language_code = language_code

    def _names(self) -> Json:
        names = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        return {key: value for key, value in names.items() if value is not None}

    def user(self) -> Json:
        """The person, as in `from`."""
        language = {"language_code": self.language_code} if self.language_code else {}
        return {"id": self.id, "is_bot": False, **self._names(), **language}

    def json(self) -> Json:
        """Their private chat."""
        return {"id": self.id, "type": "private", **self._names()}

    @property
    def toasts(self) -> list[str]:
        """What was shown to them for a moment after a tap, in order."""
        return [answer["text"] for answer in self.api.answers_to(self.id) if answer.get("text")]

    async def says(self, text: str) -> int:
        """Types; the app sends a long text as several messages. Returns the id of the last."""
        identity = 0
        for part in _parts(text):
            identity = self._heard(self, text_content(part))
        await asyncio.sleep(0)
        return identity

    async def starts(self, payload: str = "") -> int:
        """Presses Start, or opens a link with a payload."""
        return await self.says(f"/start {payload}".rstrip())

    async def taps(self, label: str, message_id: int | None = None) -> str:
        """Taps the button with this label (less its tick) on the newest message that has buttons.

        Returns the id of the query; `BotApi.answers` has what it was answered.
        """
        button, shown = self._button(label, message_id, "callback_data")
        return await self.taps_data(button["callback_data"], shown.id)

    async def taps_data(self, data: str, message_id: int | None = None) -> str:
        """A tap that no button need be there for: forged, or from a keyboard that was replaced."""
        if message_id is None:
            sent = [m.id for m in self.api.history(self.id) if m.by_bot]
            message_id = sent[-1] if sent else self.api.next_message_id()
        query = self._tapped(self, data, message_id)
        await asyncio.sleep(0)
        return query

    def copies(self, label: str, message_id: int | None = None) -> str:
        """Taps a button that copies; returns what the clipboard then holds. The bot isn't told."""
        button, _ = self._button(label, message_id, "copy_text")
        return str(button["copy_text"]["text"])

    async def sends(self, kind: str, caption: str | None = None) -> int:
        """Sends something that is no text: one of `KINDS`."""
        said = {"caption": caption} if caption else {}
        identity = self._heard(self, {**KINDS[kind](), **said}, kind)
        await asyncio.sleep(0)
        return identity

    async def edits(self, message_id: int, text: str) -> None:
        """Edits what they said."""
        self._edited(message_id, text)
        await asyncio.sleep(0)

    async def forwards(self, text: str, sender: str = "A friend") -> int:
        """Forwards what somebody else wrote."""
        origin = {"type": "hidden_user", "sender_user_name": sender, "date": int(time.time()) - 60}
        identity = self._heard(self, {**text_content(text), "forward_origin": origin}, "forward")
        await asyncio.sleep(0)
        return identity

    async def replies(self, message_id: int, text: str) -> int:
        """Answers one message of the chat."""
        original = self.api.told(self.api.message(self.id, message_id))
        original.pop("reply_to_message", None)
        identity = self._heard(self, {**text_content(text), "reply_to_message": original})
        await asyncio.sleep(0)
        return identity

    def deletes(self, message_id: int) -> None:
        """Takes a message out of the chat, on both sides; the bot isn't told."""
        self.api.message(self.id, message_id).deleted = True


class Group(Chat):
    """A group with the bot in it; with `privacy` it hears commands, mentions and replies only."""

    def __init__(self, api: BotApi, identity: int, title: str, kind: str, privacy: bool) -> None:
        super().__init__(api, identity)
        self.title, self.type, self.privacy = title, kind, privacy

    def json(self) -> Json:
        """The group, as in a message."""
        return {"id": self.id, "type": self.type, "title": self.title}

    async def says(self, by: Person, text: str, reply_to: int | None = None) -> int:
        """Somebody writes in the group."""
        content = text_content(text)
        meant = any(entity["type"] in ("bot_command", "mention") for entity in content.get("entities", []))
        if reply_to is not None:
            original = self.api.message(self.id, reply_to)
            meant = meant or original.by_bot
            content["reply_to_message"] = self.api.told(original)
        identity = self._heard(by, content, delivered=meant or not self.privacy)
        await asyncio.sleep(0)
        return identity

    async def sends(self, by: Person, kind: str) -> int:
        """Somebody sends something that is no text."""
        identity = self._heard(by, KINDS[kind](), kind, delivered=not self.privacy)
        await asyncio.sleep(0)
        return identity

    async def edits(self, by: Person, message_id: int, text: str) -> None:
        """Somebody edits what they wrote."""
        assert self.api.message(self.id, message_id).sender == by.id
        self._edited(message_id, text)
        await asyncio.sleep(0)

    async def taps(self, by: Person, label: str, message_id: int | None = None) -> str:
        """Somebody taps a button."""
        button, shown = self._button(label, message_id, "callback_data")
        return await self.taps_data(by, button["callback_data"], shown.id)

    async def taps_data(self, by: Person, data: str, message_id: int) -> str:
        """Somebody's tap, forged or old."""
        query = self._tapped(by, data, message_id)
        await asyncio.sleep(0)
        return query

    async def adds_bot(self, by: Person) -> None:
        """Somebody adds the bot."""
        self.closed = ""
        self._member(by, "left", "member")
        added = {"new_chat_members": [self.api.user()]}
        self._heard(by, added, "new_chat_members")
        await asyncio.sleep(0)


def text_content(text: str) -> Json:
    """A text, with what Telegram finds in it."""
    text = cleaned(text).strip()
    assert text, "Telegram's apps send no empty message"
    entities = detected(text)
    return {"text": text, "entities": entities} if entities else {"text": text}


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    part = ""
    for char in text:
        if units(part) + units(char) > MOST:
            parts.append(part)
            part = ""
        part += char
    return [*parts, part]
