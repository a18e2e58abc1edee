"""What Slack refuses, and how it reads a text: its limits, its words for a refusal, its marks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    InputBlock,
    Option,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

Json = dict[str, Any]

MOST_BLOCKS = 50
MOST_IN_VIEW = View.blocks_max_length
MOST_SECTION = SectionBlock.text_max_length
MOST_FIELD = 2000
MOST_FIELDS = SectionBlock.fields_max_length
MOST_HEADER = HeaderBlock.text_max_length
MOST_CONTEXT = ContextBlock.elements_max_length
MOST_ACTIONS = ActionsBlock.elements_max_length
MOST_BUTTON = ButtonElement.text_max_length
MOST_VALUE = ButtonElement.value_max_length
MOST_OPTION = Option.label_max_length
MOST_OPTION_VALUE = Option.value_max_length
MOST_CHECKBOXES = 10
MOST_ID = 255
MOST_TITLE = View.title_max_length
MOST_METADATA = View.private_metadata_max_length
MOST_IN_MESSAGE = 13_000
MOST_TEXT = 4000
"""Longer ones are cut by some methods and refused by others; Slack asks to stay below it in all."""
MOST_VIEW_BYTES = 250_000
MOST_MODALS = 3

STATEFUL = (
    "checkboxes",
    "radio_buttons",
    "static_select",
    "multi_static_select",
    "datepicker",
    "timepicker",
    "plain_text_input",
    "number_input",
    "email_text_input",
    "url_text_input",
)
"""The elements that keep what was put into them."""
_TYPED = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
_MODELLED = (*STATEFUL, "button", "overflow")
_ACCESSORIES = (*STATEFUL[:6], "button", "overflow", "image")
_BLOCKS = ("section", "divider", "image", "actions", "context", "input", "header", "rich_text")
_HOME_LACKS = ("title", "submit", "close", "clear_on_close", "notify_on_close")


class RefusedError(Exception):
    """What Slack answers instead of doing it: the error's code, its words, and what else goes with it."""

    def __init__(
        self,
        error: str,
        *messages: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(error, *messages)
        self.error, self.messages, self.status = error, messages, status
        self.headers, self.more = dict(headers or {}), more

    def body(self) -> Json:
        """The answer."""
        body: Json = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            if self.error == "invalid_blocks":
                body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


# --- texts ---

_MARK = re.compile(r"<([^<>\n]+)>")
_ADDRESS = re.compile(r"(?<![<|\w@./])(?:https?://|mailto:|www\.)[^\s<>|]+", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![<|\w:.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ALERT = re.compile(r"(?<![\w<&#@])(?:@(?:here|channel|everyone)\b|#[a-z][\w-]*)")
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_STYLES = [
    # As Slack's clients do: the sign touches the word inside, and no letter outside.
    re.compile(rf"(?<![\w{sign}]){sign}(?![\s{sign}])([^\n{sign}]*[^\s{sign}]){sign}(?![\w{sign}])")
    for sign in (r"\*", "_", "~")
]
_KEPT = re.compile("\ue000(\\d+)\ue001")


def unescaped(text: str) -> str:
    """A text with Slack's three entities as the signs they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escaped(text: str) -> str:
    """A text as Slack sends what a person wrote."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def stored(text: str) -> str:
    """A plain_text as Slack keeps it and tells it back: escaped where it wasn't."""
    text = re.sub(r"&(?!(?:amp|lt|gt);)", "&amp;", text)
    return text.replace("<", "&lt;").replace(">", "&gt;")


def marks(text: str) -> list[str]:
    """What in a mrkdwn text Slack makes a mention, a link or an alert of, as it stands there."""
    return [found.group(0) for found in _MARK.finditer(text)]


def automatic(text: str, *, alerts: bool = True) -> list[str]:
    """What Slack makes a link or an alert of by itself, though nobody marked it."""
    bare = _MARK.sub(" ", _CODE.sub(" ", text))
    found = [hit.group(0) for pattern in (_ADDRESS, _EMAIL) for hit in pattern.finditer(bare)]
    if alerts:
        found += [hit.group(0) for hit in _ALERT.finditer(bare)]
    return found


def _shown(mark: re.Match[str]) -> str:
    inside = mark.group(1)
    target, _, label = inside.partition("|")
    if inside.startswith("!date^"):
        return label
    if inside.startswith("!subteam^"):
        return label or "@group"
    if inside.startswith("!"):
        return label or f"@{target[1:]}"
    if inside[0] in "@#":
        return f"{inside[0]}{label}" if label else target
    return label or target.removeprefix("mailto:")


def plain(text: str) -> str:
    """A mrkdwn text as somebody reads it: signs for bold and so on gone, links by their label."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group(1) if found.group(1) is not None else found.group(2))
        return f"\ue000{len(kept) - 1}\ue001"

    text = _CODE.sub(keep, text)
    text = _MARK.sub(_shown, text)
    text = re.sub(r"^(?:&gt;|>) ?", "", text, flags=re.MULTILINE)
    for style in _STYLES:
        text = style.sub(r"\1", text)
    text = _KEPT.sub(lambda found: kept[int(found.group(1))], text)
    return unescaped(text)


def read(text_object: Any) -> str:
    """A text object as somebody reads it."""
    if not isinstance(text_object, dict):
        return ""
    text = str(text_object.get("text", ""))
    return plain(text) if text_object.get("type") == "mrkdwn" else unescaped(text)


def texts(node: Any) -> Iterator[Json]:
    """Every text object in blocks or a view, in order."""
    if isinstance(node, list):
        for each in node:
            yield from texts(each)
    elif isinstance(node, dict):
        if node.get("type") in ("mrkdwn", "plain_text") and isinstance(node.get("text"), str):
            yield node
        else:
            for each in node.values():
                yield from texts(each)


def readable(blocks: list[Json]) -> str:
    """What blocks say, controls left out, a paragraph for each."""
    said = []
    for block in blocks:
        kind = block["type"]
        if kind in ("section", "header"):
            said += [read(block["text"])] if block.get("text") else []
            said += [read(each) for each in block.get("fields", [])]
        elif kind == "context":
            said.append(" ".join(read(each) for each in block["elements"] if each["type"] != "image"))
        elif kind == "input":
            said.append(read(block["label"]))
        elif kind == "rich_text":
            said.append("\n".join(_lines(block["elements"])))
    return "\n\n".join(said)


def _lines(elements: list[Json]) -> Iterator[str]:
    for element in elements:
        if element["type"] == "rich_text_list":
            yield from _lines(element["elements"])
        else:
            yield "".join(_rich(element))


def _rich(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _rich(each)
    elif isinstance(node, dict):
        if node.get("type") in ("text", "link"):
            yield str(node.get("text", node.get("url", "")))
        else:
            yield from _rich(node.get("elements", []))


def marked(blocks: list[Json]) -> list[str]:
    """The mentions, links and alerts in blocks, those that a rich text spells out among them."""
    found = [mark for each in texts(blocks) if each["type"] == "mrkdwn" for mark in marks(each["text"])]
    for block in blocks:
        if block.get("type") == "rich_text":
            found += _rich_marks(block.get("elements", []))
    return found


def _rich_marks(node: Any) -> list[str]:
    if isinstance(node, list):
        return [mark for each in node for mark in _rich_marks(each)]
    if not isinstance(node, dict):
        return []
    kind = node.get("type")
    if kind == "link":
        return [f"<{node.get('url')}>"]
    if kind == "user":
        return [f"<@{node.get('user_id')}>"]
    if kind == "channel":
        return [f"<#{node.get('channel_id')}>"]
    if kind == "broadcast":
        return [f"<!{node.get('range')}>"]
    if kind == "usergroup":
        return [f"<!subteam^{node.get('usergroup_id')}>"]
    return _rich_marks(node.get("elements", []))


# --- blocks ---


class _Check:
    """Goes through blocks and keeps what is wrong with them, with the place."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, words: str, at: str) -> None:
        self.faults.append(f"{words} [json-pointer:{at}]")

    def has(self, node: Json, key: str, at: str) -> bool:
        if node.get(key) is None:
            self.fault(f"missing required field: {key}", at)
            return False
        return True

    def string(self, node: Json, key: str, most: int, at: str) -> None:
        if key not in node:
            return
        value = node[key]
        if not isinstance(value, str):
            self.fault("must be a valid string", f"{at}/{key}")
        elif not value:
            self.fault("must be more than 0 characters", f"{at}/{key}")
        elif len(value) > most:
            self.fault(f"must be less than {most + 1} characters", f"{at}/{key}")

    def text(
        self, node: Json, key: str, most: int, at: str, *, only_plain: bool = False, required: bool = True
    ) -> None:
        if key not in node and not required:
            return
        if self.has(node, key, at):
            self.text_object(node[key], most, f"{at}/{key}", only_plain=only_plain)

    def text_object(self, value: Any, most: int, at: str, *, only_plain: bool = False) -> None:
        if not isinstance(value, dict):
            self.fault("must provide an object", at)
            return
        allowed = ("plain_text",) if only_plain else ("plain_text", "mrkdwn")
        if value.get("type") not in allowed:
            self.fault(f"must be one of: {', '.join(allowed)}", f"{at}/type")
        if self.has(value, "text", at):
            self.string(value, "text", most, at)

    def items(self, node: Json, key: str, most: int, at: str) -> list[tuple[Json, str]]:
        if not self.has(node, key, at):
            return []
        value = node[key]
        if not isinstance(value, list):
            self.fault("must provide an array", f"{at}/{key}")
            return []
        if not value:
            self.fault("no less than 1 items allowed", f"{at}/{key}")
        if len(value) > most:
            self.fault(f"no more than {most} items allowed", f"{at}/{key}")
        items = []
        for number, each in enumerate(value):
            if isinstance(each, dict):
                items.append((each, f"{at}/{key}/{number}"))
            else:
                self.fault("must provide an object", f"{at}/{key}/{number}")
        return items

    # --- elements ---

    def options(self, element: Json, key: str, most: int, at: str) -> None:
        for option, here in self.items(element, key, most, at):
            mrkdwn = element["type"] in ("checkboxes", "radio_buttons")
            self.text(option, "text", MOST_OPTION, here, only_plain=not mrkdwn)
            if self.has(option, "value", here):
                self.string(option, "value", MOST_OPTION_VALUE, here)
            self.text(option, "description", MOST_OPTION, here, only_plain=not mrkdwn, required=False)
            if "url" in option and element["type"] != "overflow":
                self.fault("invalid additional property: url", here)

    def element(self, element: Json, at: str, allowed: tuple[str, ...]) -> None:
        kind = element.get("type")
        if kind not in allowed:
            self.fault(f"unsupported type: {kind}", f"{at}/type")
            return
        if kind == "image":
            if self.has(element, "alt_text", at):
                self.string(element, "alt_text", 2000, at)
            self.string(element, "image_url", 3000, at)
            return
        self.string(element, "action_id", MOST_ID, at)
        self.text(element, "placeholder", 150, at, only_plain=True, required=False)
        if "confirm" in element:
            self.confirm(element["confirm"], f"{at}/confirm")
        if kind == "button":
            self.text(element, "text", MOST_BUTTON, at, only_plain=True)
            self.string(element, "value", MOST_VALUE, at)
            self.string(element, "url", 3000, at)
            self.string(element, "accessibility_label", MOST_BUTTON, at)
            if element.get("style", "primary") not in ("primary", "danger"):
                self.fault("must be a valid enum value", f"{at}/style")
        elif kind in ("checkboxes", "radio_buttons"):
            self.options(element, "options", MOST_CHECKBOXES, at)
            self.initial(element, at)
        elif kind in ("static_select", "multi_static_select"):
            self.options(element, "options", StaticSelectElement.options_max_length, at)
            self.initial(element, at)
        elif kind == "overflow":
            self.options(element, "options", 5, at)
        elif kind == "datepicker":
            self.day(element, at)
        elif kind == "timepicker":
            if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(element.get("initial_time", "00:00"))):
                self.fault("must be a valid time", f"{at}/initial_time")
        else:
            self.typed(element, at)

    def typed(self, element: Json, at: str) -> None:
        for key in ("min_length", "max_length"):
            if key in element and not 0 <= int(element[key]) <= 3000:
                self.fault("must be between 0 and 3000", f"{at}/{key}")
        self.string(element, "initial_value", int(element.get("max_length", 3000)), at)

    def day(self, element: Json, at: str) -> None:
        if "initial_date" not in element:
            return
        try:
            fine = date.fromisoformat(element["initial_date"]).isoformat() == element["initial_date"]
        except (TypeError, ValueError):
            fine = False
        if not fine:
            self.fault("must be a valid date", f"{at}/initial_date")

    def initial(self, element: Json, at: str) -> None:
        options = element.get("options") or []
        several = element.get("initial_options")
        if several is not None:
            if not several:
                self.fault("no less than 1 items allowed", f"{at}/initial_options")
            for number, option in enumerate(several):
                if option not in options:
                    self.fault("could not match with any provided options", f"{at}/initial_options/{number}")
        one = element.get("initial_option")
        if one is not None and one not in options:
            self.fault("could not match with any provided options", f"{at}/initial_option")

    def confirm(self, confirm: Any, at: str) -> None:
        if not isinstance(confirm, dict):
            self.fault("must provide an object", at)
            return
        self.text(confirm, "title", 100, at, only_plain=True)
        self.text(confirm, "text", 300, at)
        self.text(confirm, "confirm", 30, at, only_plain=True)
        self.text(confirm, "deny", 30, at, only_plain=True)

    # --- blocks ---

    def block(self, block: Json, at: str) -> None:
        kind = block.get("type")
        if kind not in _BLOCKS:
            self.fault(f"unsupported type: {kind}", f"{at}/type")
            return
        self.string(block, "block_id", MOST_ID, at)
        if kind == "section":
            if "text" not in block and "fields" not in block:
                self.fault("must define either `text` or `fields`", at)
            self.text(block, "text", MOST_SECTION, at, required=False)
            if "fields" in block:
                for field, here in self.items(block, "fields", MOST_FIELDS, at):
                    self.text_object(field, MOST_FIELD, here)
            if "accessory" in block:
                self.element(block["accessory"], f"{at}/accessory", _ACCESSORIES)
        elif kind == "header":
            self.text(block, "text", MOST_HEADER, at, only_plain=True)
        elif kind == "context":
            for element, here in self.items(block, "elements", MOST_CONTEXT, at):
                if element.get("type") == "image":
                    self.element(element, here, ("image",))
                else:
                    self.text_object(element, MOST_SECTION, here)
        elif kind == "actions":
            seen = set()
            for element, here in self.items(block, "elements", MOST_ACTIONS, at):
                self.element(element, here, tuple(k for k in _MODELLED if k not in _TYPED))
                action = element.get("action_id")
                if action is not None and action in seen:
                    self.fault(f'`action_id` "{action}" already exists', f"{here}/action_id")
                seen.add(action)
        elif kind == "input":
            self.text(block, "label", InputBlock.label_max_length, at, only_plain=True)
            self.text(block, "hint", InputBlock.hint_max_length, at, only_plain=True, required=False)
            if self.has(block, "element", at):
                self.element(block["element"], f"{at}/element", STATEFUL)
        elif kind == "image":
            if self.has(block, "alt_text", at):
                self.string(block, "alt_text", 2000, at)
            if not block.get("image_url") and not block.get("slack_file"):
                self.fault("missing required field: image_url", at)
        elif kind == "rich_text":
            self.items(block, "elements", 1000, at)

    def blocks(self, blocks: Any, most: int, at: str) -> None:
        seen = set()
        for number, block in enumerate(blocks):
            here = f"{at}/{number}"
            before = len(self.faults)
            self.block(block, here)
            identity = block.get("block_id")
            if identity is not None and identity in seen:
                self.fault("`block_id` already exists", f"{here}/block_id")
            seen.add(identity)
            if len(self.faults) == before:
                self.model(block, here)
        if len(blocks) > most:
            self.fault(f"no more than {most} items allowed", at)

    def model(self, block: Json, at: str) -> None:
        """Whether slack_sdk's own model of the block is that block again."""
        try:
            parsed = Block.parse(json.loads(json.dumps(block)))
            again = None if parsed is None else parsed.to_dict()
        except (SlackObjectFormationError, TypeError, ValueError, KeyError, AttributeError) as error:
            self.fault(f"failed to match the schema: {error}", at)
            return
        if again != block:
            self.fault(f"invalid additional property: {_differs(block, again)}", at)


def _differs(one: Any, other: Any, at: str = "") -> str:
    """The first place where two values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            if one.get(key) != other.get(key) or (key in one) != (key in other):
                return _differs(one.get(key), other.get(key), f"{at}.{key}" if at else key)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (mine, yours) in enumerate(zip(one, other, strict=True)):
            if mine != yours:
                return _differs(mine, yours, f"{at}.{number}")
    return at


def check_blocks(blocks: Any, most: int = MOST_BLOCKS) -> None:
    """`RefusedError` where Slack would not take these as a message's blocks."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise RefusedError("invalid_blocks_format")
    check = _Check()
    check.blocks(blocks, most, "/blocks")
    if check.faults:
        raise RefusedError("invalid_blocks", *check.faults)
    if sum(len(each["text"]) for each in texts(blocks)) > MOST_IN_MESSAGE:
        raise RefusedError("msg_blocks_too_long")


def check_message(text: Any, blocks: Any) -> None:
    """`RefusedError` where Slack, or the house, would not take this as a message.

    Slack itself takes blocks without a text; notifications and screen readers then have nothing to say.
    """
    if blocks is not None:
        check_blocks(blocks)
    if not isinstance(text, str) or not text.strip():
        raise RefusedError("no_text")
    if len(text) > MOST_TEXT:
        raise RefusedError("msg_too_long")


def check_view(view: Any, kind: str) -> None:
    """`RefusedError` where Slack would not take this as a modal or a Home tab."""
    if not isinstance(view, dict):
        raise RefusedError("invalid_arguments", "must provide an object [json-pointer:/view]")
    check = _Check()
    if view.get("type") != kind:
        check.fault(f"must be a valid enum value: {kind}", "/view/type")
    blocks = view.get("blocks")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        check.fault("must provide an array", "/view/blocks")
        raise RefusedError("invalid_arguments", *check.faults)
    if not blocks:
        check.fault("no less than 1 items allowed", "/view/blocks")
    check.blocks(blocks, MOST_IN_VIEW, "/view/blocks")
    if kind == "modal":
        check.text(view, "title", MOST_TITLE, "/view", only_plain=True)
        check.text(view, "submit", View.submit_max_length, "/view", only_plain=True, required=False)
        check.text(view, "close", View.close_max_length, "/view", only_plain=True, required=False)
        if "submit" not in view and any(block.get("type") == "input" for block in blocks):
            check.fault("must define `submit` to use an `input` block in modals", "/view/blocks")
    else:
        for key in _HOME_LACKS:
            if key in view:
                check.fault(f"invalid additional property: {key}", "/view")
    for key, most in (
        ("private_metadata", MOST_METADATA),
        ("callback_id", View.callback_id_max_length),
        ("external_id", MOST_ID),
    ):
        value = view.get(key, "")
        if not isinstance(value, str):
            check.fault("must be a valid string", f"/view/{key}")
        elif len(value) > most:
            check.fault(f"must be less than {most + 1} characters", f"/view/{key}")
    if not check.faults:
        try:
            again = View(**json.loads(json.dumps(view))).to_dict()
        except (SlackObjectFormationError, TypeError, ValueError, KeyError, AttributeError) as error:
            check.fault(f"failed to match the schema: {error}", "/view")
        else:
            # An empty string and an absent one are the same to Slack here.
            given = {key: value for key, value in view.items() if value != ""}
            if again != given:
                check.fault(f"invalid additional property: {_differs(given, again)}", "/view")
    if check.faults:
        raise RefusedError("invalid_arguments", *check.faults)
    if len(json.dumps(view).encode()) > MOST_VIEW_BYTES:
        raise RefusedError("view_too_large")


# --- controls ---


def controls(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """The interactive elements of blocks, each with its block."""
    for block in blocks:
        if block["type"] == "actions":
            for element in block["elements"]:
                yield block, element
        elif block["type"] == "section" and block.get("accessory", {}).get("type") in _MODELLED:
            yield block, block["accessory"]
        elif block["type"] == "input":
            yield block, block["element"]


def initial_state(blocks: list[Json]) -> Json:
    """`state.values` before anybody has touched a thing."""
    values: Json = {}
    for block, element in controls(blocks):
        if element["type"] in STATEFUL:
            values.setdefault(block["block_id"], {})[element["action_id"]] = _initial(element)
    return values


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": list(element.get("initial_options", []))}
    if kind in ("radio_buttons", "static_select"):
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind == "datepicker":
        return {"type": kind, "selected_date": element.get("initial_date")}
    if kind == "timepicker":
        return {"type": kind, "selected_time": element.get("initial_time")}
    return {"type": kind, "value": element.get("initial_value")}
