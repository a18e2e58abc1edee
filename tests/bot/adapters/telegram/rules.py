"""What Telegram refuses, and how it reads a text: its own parser, its limits, its words for a refusal."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import tdjson
from lo_bot_api_emulator import ApiRefusal, LoBotApiEmulator  # type: ignore[import-untyped]
from telegram.constants import (
    BotCommandLimit,
    BotDescriptionLimit,
    BotNameLimit,
    KeyboardButtonStyle,
    MessageLimit,
)

Json = dict[str, Any]

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup"
    " are exactly the same as a current content and reply markup of the message"
)
EDIT_NOT_FOUND = "Bad Request: message to edit not found"
CANT_EDIT = "Bad Request: message can't be edited"
QUERY_TOO_OLD = (
    "Bad Request: query is too old and response timeout expired or query ID is invalid"  # one text for both
)
BLOCKED = "Forbidden: bot was blocked by the user"
KICKED = "Forbidden: bot was kicked from the group chat"
NEVER_MET = "Forbidden: bot can't initiate conversation with a user"
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_IS_SET = (
    "Conflict: can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)

# --- texts ---

_MODES = {
    "HTML": {"@type": "textParseModeHTML"},
    "Markdown": {"@type": "textParseModeMarkdown", "version": 1},
    "MarkdownV2": {"@type": "textParseModeMarkdown", "version": 2},
}

_ENTITIES = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "Strikethrough": "strikethrough",
    "Spoiler": "spoiler",
    "Code": "code",
    "Pre": "pre",
    "PreCode": "pre",
    "TextUrl": "text_link",
    "BlockQuote": "blockquote",
    "ExpandableBlockQuote": "expandable_blockquote",
    "CustomEmoji": "custom_emoji",
    "MentionName": "text_mention",
    "Mention": "mention",
    "Hashtag": "hashtag",
    "Cashtag": "cashtag",
    "BotCommand": "bot_command",
    "Url": "url",
    "EmailAddress": "email",
    "PhoneNumber": "phone_number",
}
"""TDLib's names for what the Bot API calls otherwise; it has more, which bots are not told of."""


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text as people see it, and what of it is bold, a link and so on."""

    text: str
    entities: list[Json]


def refused(description: str, status: int = 400, **parameters: Any) -> Exception:
    """A refusal to raise: Telegram's words for it, the status, and what goes with it."""
    refusal: Exception = ApiRefusal(description, status, parameters or None)
    return refusal


def units(text: str) -> int:
    """How long Telegram finds a text: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _ask(request: Json) -> Json:
    answer = tdjson.td_execute(json.dumps(request).encode())
    assert answer is not None, "TDLib answers what can be executed at once"
    read: Json = json.loads(answer)
    return read


_ask({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})


def _entity(found: Json) -> Json | None:
    kind = found["type"]
    name = _ENTITIES.get(kind["@type"].removeprefix("textEntityType"))
    if name is None:
        return None
    entity: Json = {"type": name, "offset": found["offset"], "length": found["length"]}
    if name == "text_link":
        entity["url"] = kind["url"]
    elif name == "pre" and kind.get("language"):
        entity["language"] = kind["language"]
    elif name == "custom_emoji":
        entity["custom_emoji_id"] = str(kind["custom_emoji_id"])
    elif name == "text_mention":
        entity["user"] = {"id": kind["user_id"], "is_bot": False, "first_name": "Somebody"}
    return entity


def detected(text: str) -> list[Json]:
    """What Telegram finds in a plain text by itself: commands, mentions, addresses."""
    found = _ask({"@type": "getTextEntities", "text": text}).get("entities", [])
    return [entity for each in found if (entity := _entity(each))]


def cleaned(text: str) -> str:
    """A text as Telegram stores it: no carriage returns, no control characters."""
    return re.sub(r"[\x00-\x08\x0b-\x1f]", " ", text.replace("\r", ""))


def parsed(text: str, mode: str | None) -> Formatted:
    """A text read as Telegram reads it; `ApiRefusal` where its parser finds a fault."""
    text = cleaned(text)
    if mode and mode not in _MODES:
        raise refused("Bad Request: unsupported parse_mode")
    entities: list[Json] = []
    if mode:
        answer = _ask({"@type": "parseTextEntities", "text": text, "parse_mode": _MODES[mode]})
        if answer["@type"] == "error":
            message = answer["message"]
            raise refused(f"Bad Request: {message[:1].lower()}{message[1:]}")
        text = answer["text"]
        entities = [entity for each in answer["entities"] if (entity := _entity(each))]
        if len(answer["entities"]) > MessageLimit.MESSAGE_ENTITIES:
            # Telegram drops what is past the hundredth without a word: for a test, that is a fault.
            raise refused("Bad Request: too many entities")
    # People don't see the white space around a message: Telegram takes it off.
    start = units(text) - units(text.lstrip())
    text = text.strip()
    end = units(text)
    trimmed = []
    for entity in entities:
        begins = max(entity["offset"] - start, 0)
        ends = min(entity["offset"] - start + entity["length"], end)
        if ends > begins:
            trimmed.append({**entity, "offset": begins, "length": ends - begins})
    taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in trimmed]
    for entity in detected(text):
        begins, ends = entity["offset"], entity["offset"] + entity["length"]
        if all(ends <= other[0] or begins >= other[1] for other in taken):
            trimmed.append(entity)
    return Formatted(text, sorted(trimmed, key=lambda entity: (entity["offset"], -entity["length"])))


# --- keyboards ---


class Emulator(LoBotApiEmulator):  # type: ignore[misc]
    """The emulator, which also knows what newer keyboards may hold."""

    @classmethod
    def validate_markup(cls, markup: Json, *, private_chat: bool = True) -> None:
        """Refuses a keyboard that Telegram refuses."""
        if "force_reply" in markup:
            if markup["force_reply"] is not True or set(markup) - {
                "force_reply",
                "input_field_placeholder",
                "selective",
            }:
                raise refused("Bad Request: invalid reply_markup")
            if not 1 <= len(str(markup.get("input_field_placeholder", "?"))) <= 64:
                raise refused("Bad Request: invalid reply_markup")
            return
        if isinstance(markup.get("inline_keyboard"), list):
            markup = {**markup, "inline_keyboard": [_plain(row) for row in markup["inline_keyboard"]]}
        super().validate_markup(markup, private_chat=private_chat)


def _plain(row: Any) -> Any:
    """A row less its styles, which the emulator doesn't know; refuses a style that there isn't."""
    if not isinstance(row, list) or not all(isinstance(button, dict) for button in row):
        return row
    for button in row:
        if "style" in button and button["style"] not in list(KeyboardButtonStyle):
            raise refused("Bad Request: can't parse inline keyboard button: invalid button style specified")
        if not str(button.get("text", "")).strip():
            raise refused("Bad Request: can't parse inline keyboard button: text must be non-empty")
        data = button.get("callback_data")
        if isinstance(data, str) and not 1 <= len(data.encode()) <= 64:
            raise refused("Bad Request: BUTTON_DATA_INVALID")
    return [{key: value for key, value in button.items() if key != "style"} for button in row]


# --- what a bot says of itself ---

_SCOPES: dict[str, tuple[str, ...]] = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}

_PROFILE = {
    "Name": ("name", BotNameLimit.MAX_NAME_LENGTH),
    "Description": ("description", BotDescriptionLimit.MAX_DESCRIPTION_LENGTH),
    "ShortDescription": ("short_description", BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH),
}


def _decoded(fields: Json, name: str, default: Any) -> Any:
    value = fields.get(name, default)
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise refused(f"Bad Request: can't parse {name} JSON object") from None


class Profile:
    """What the bot says of itself: names, descriptions, commands and menu, each as it was last set."""

    def __init__(self, name: str) -> None:
        self.texts: dict[tuple[str, str], str] = {("name", ""): name}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.menus: dict[int, Json] = {}

    def methods(self) -> dict[str, tuple[str, ...]]:
        """The methods that it answers, each with its parameters."""
        texts: dict[str, tuple[str, ...]] = {}
        for title, (field, _most) in _PROFILE.items():
            texts[f"getMy{title}"] = ("language_code",)
            texts[f"setMy{title}"] = ("language_code", field)
        return texts | {
            "getMyCommands": ("scope", "language_code"),
            "setMyCommands": ("commands", "scope", "language_code"),
            "deleteMyCommands": ("scope", "language_code"),
            "getChatMenuButton": ("chat_id",),
            "setChatMenuButton": ("chat_id", "menu_button"),
        }

    def answer(self, method: str, fields: Json) -> Any:
        """What a method gives, or `ApiRefusal`."""
        for name in fields:
            if name not in self.methods()[method]:
                raise refused(f"Bad Request: {name} is not supported yet", parameter=name)
        if method.endswith("MenuButton"):
            return self._menu(method, fields)
        language = str(fields.get("language_code", ""))
        if not re.fullmatch(r"|[a-z]{2}", language):
            raise refused("Bad Request: invalid language code specified")
        if method.endswith("MyCommands"):
            return self._commands(method, fields, language)
        field, most = _PROFILE[method[5:]]
        if method.startswith("get"):
            known = self.texts.get((field, language), "")
            # A bot always has a name.
            return {field: known or (self.texts[(field, "")] if field == "name" else "")}
        text = str(fields.get(field, ""))
        if len(text) > most:
            raise refused(f"Bad Request: {field.replace('_', ' ')} is too long")
        if field == "name" and not text and not language:
            raise refused("Bad Request: name must be non-empty")
        self.texts[(field, language)] = text
        return True

    def _commands(self, method: str, fields: Json, language: str) -> Any:
        scope = _decoded(fields, "scope", {"type": "default"})
        needed = _SCOPES.get(str(scope.get("type"))) if isinstance(scope, dict) else None
        if needed is None or set(scope) != {"type", *needed}:
            raise refused("Bad Request: unsupported BotCommandScope type")
        key = (json.dumps(scope, sort_keys=True), language)
        if method == "getMyCommands":
            return self.commands.get(key, [])
        commands = _decoded(fields, "commands", None) if method == "setMyCommands" else []
        if not isinstance(commands, list) or len(commands) > BotCommandLimit.MAX_COMMAND_NUMBER:
            raise refused("Bad Request: too many commands")
        for command in commands:
            if not isinstance(command, dict) or set(command) != {"command", "description"}:
                raise refused("Bad Request: expected an Array of BotCommand")
            if not re.fullmatch(rf"[a-z0-9_]{{1,{int(BotCommandLimit.MAX_COMMAND)}}}", command["command"]):
                raise refused("Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"].strip()) <= BotCommandLimit.MAX_DESCRIPTION:
                raise refused("Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[key] = commands
        return True

    def _menu(self, method: str, fields: Json) -> Any:
        chat = int(fields.get("chat_id", 0))
        if method == "getChatMenuButton":
            return self.menus.get(chat, self.menus.get(0, {"type": "default"}))
        menu = _decoded(fields, "menu_button", {"type": "default"})
        shapes = {"default": {"type"}, "commands": {"type"}, "web_app": {"type", "text", "web_app"}}
        if not isinstance(menu, dict) or set(menu) != shapes.get(str(menu.get("type"))):
            raise refused("Bad Request: MenuButton has unsupported type")
        self.menus[chat] = menu
        return True
