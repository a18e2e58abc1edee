"""Their events, actions, commands and forms to our events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dialogs.events import Chose, Command, Event, Picked, Said, Started, option_of

Json = Mapping[str, Any]

COMMAND = "/interview"
SHORTCUT = "should_i_go"
FORM = "written"
"""What the slash command, the message shortcut and the form for longer answers are called."""

HOME: Mapping[str, Event] = {
    "go_on": Started(),
    "restart": Command("restart"),
    "interviews": Command("interviews"),
    "settings": Command("settings"),
    "privacy": Command("privacy"),
    "forget": Command("forget"),
    "help": Command("help"),
}
"""What the buttons of the Home tab do, by the second half of their action's id (``home.go_on``)."""

_TOKEN = re.compile(r"[a-z_]+/[\w.]+(:[\w.-]+)?~[0-9a-z]{1,9}", re.ASCII)
"""What the value of a button of ours looks like."""

_MARK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Heard:
    """An event, and the platform's own id of it."""

    id: str
    event: Event


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wants the form to answer a question in: its token, the blocks that ask it, and whether a date
    may be given beside the text."""

    trigger: str
    token: str
    question: tuple[Json, ...]
    dated: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that is no event of ours; `why` is counted."""

    why: str


Incoming = Heard | Asked | Refused | None
"""What somebody did; None where it says nothing to us."""


def said(body: Json) -> Incoming:
    """What a message event says. Only direct messages say anything, and never one of a bot's."""
    event = body["event"]
    kind = event.get("subtype")
    if event.get("channel_type") != "im":
        return None
    if kind == "message_changed":
        now, before = event["message"], event.get("previous_message") or {}
        # Slack says the same of our own changes, and of a link that it unfolds.
        if now.get("bot_id") or now.get("text") == before.get("text"):
            return None
        return Heard(body["event_id"], Command("edited"))
    if kind not in (None, "file_share") or event.get("bot_id") or not event.get("user"):
        return None
    text = plain(event.get("text") or "").strip()
    return Heard(body["event_id"], Said(text) if text else Command("unreadable"))


def called(body: Json) -> Incoming:
    """What a slash command or a shortcut says."""
    text = plain(body.get("text") or "").strip()
    return Heard(body["trigger_id"], Said(text) if text else Started())


def pressed(body: Json, owner: str) -> Incoming:
    """What an action says.

    Takes whose conversation it belongs to (``<team>:<user>``), by who did it.
    """
    action = body["actions"][0]
    kind, _, name = action["action_id"].partition(".")
    if kind == "home":
        pressed_there = HOME.get(name)
        if pressed_there is None or not body.get("view"):
            return Refused("action")
        return Heard(f"{body['view']['id']}:{action['action_ts']}", pressed_there)
    if kind == "open":
        return None
    theirs = action["block_id"].partition(":")[2] == owner
    if not theirs or body["container"]["type"] != "message" or body["channel"]["id"][0] != "D":
        return Refused("owner")
    place = f"{body['container']['message_ts']}:{action['action_ts']}"
    elements = list(_elements(body["message"]))
    match kind:
        case "ticks":
            return None
        case "choose" | "submit" | "write":
            token = action["value"]
            known = any(element["type"] == "button" and element["value"] == token for element in elements)
            if not known or not _TOKEN.fullmatch(token):
                return Refused("value")
            if kind == "write":
                asked = (block for block in body["message"]["blocks"] if block["type"] == "section")
                return Asked(body["trigger_id"], token, tuple(asked), name == "dated")
        case "day":
            day = action.get("selected_date") or ""
            known = any(element["action_id"] == action["action_id"] for element in elements)
            if not known or not _TOKEN.fullmatch(name):
                return Refused("value")
            question, _, asking = name.rpartition("~")
            if not _DATE.fullmatch(day):
                return Refused("state")
            return Heard(place, Chose(f"{question}:{day}~{asking}"))
        case _:
            return Refused("action")
    boxes = {box["value"] for element in elements for box in element.get("options", ())}
    ticked = {option["value"] for option in _ticked(body)}
    # What is ticked comes from whoever pressed; what could be ticked, from what was sent.
    if not ticked <= boxes:
        return Refused("state")
    options = tuple(sorted(map(option_of, ticked)))
    if kind == "choose":
        return Heard(place, Chose(token, options if boxes else None))
    return Heard(place, Picked(token, options))


def written(body: Json, owner: str) -> Incoming:
    """What a form says that was sent in; takes who sent it (``<team>:<user>``)."""
    view = body["view"]
    whose, _, token = view["private_metadata"].partition(" ")
    if whose != owner:
        return Refused("owner")
    values = view["state"]["values"]
    text = (values["text"]["text"]["value"] or "").strip()
    date = values["date"]["date"].get("selected_date") or "" if "date" in values else ""
    if not text or (date and not _DATE.fullmatch(date)):
        return Refused("state")
    return Heard(f"{view['id']}:{view['hash']}", Said(f"{text} {date}".strip(), token))


def plain(text: str) -> str:
    """A text as it was typed: Slack escapes three signs, and marks what it takes for links and names."""

    def typed(mark: re.Match[str]) -> str:
        what, label = mark[1], mark[2]
        if what[0] in "@#":
            return f"{what[0]}{label or what[1:]}"
        if what[0] == "!":
            return label or f"@{what[1:].partition('^')[0]}"
        return label or what

    return _MARK.sub(typed, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _elements(message: Json) -> Iterator[Json]:
    """What can be pressed in a message, as it was sent."""
    for block in message["blocks"]:
        if block["type"] == "actions":
            yield from block["elements"]


def _ticked(body: Json) -> Iterator[Json]:
    for block in body["state"]["values"].values():
        for element in block.values():
            yield from element.get("selected_options") or ()
