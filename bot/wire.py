"""Events and messages as JSON, the way they are stored until they are done or sent."""

from __future__ import annotations

import json
from typing import Any

from dialogs.events import Attachment, Choice, Chose, Command, Due, Event, Message, Picked, Said, Started
from dialogs.session import NewerError

_EVENTS: dict[str, type[Event]] = {
    "started": Started,
    "said": Said,
    "chose": Chose,
    "picked": Picked,
    "command": Command,
    "due": Due,
}
_KINDS = {kind: name for name, kind in _EVENTS.items()}

VERSION = 1
"""The version of what is written here. A newer one is left to a newer program: it stands beside this one
while replicas are replaced one by one."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(separators=(",", ":")).encode


def event_out(event: Event, locale: str) -> str:
    """An event as JSON, with the locale that a conversation begun by it is in."""
    fields = [getattr(event, name) for name in type(event).__dataclass_fields__]
    # In ASCII: platforms send JSON, that may hold half a character, and no database takes one as it is.
    return _encode_ascii([VERSION, _KINDS[type(event)], locale, *fields])


def event_in(text: str) -> tuple[Event, str]:
    """An event and a locale from their JSON.

    Raises ValueError where it isn't one, `NewerError` where a newer program has written it.
    """
    match json.loads(text):
        case [int(version), *_] if version > VERSION:
            raise NewerError(f"an event of version {version}, and this program reads {VERSION}")
        case [int(), "picked", str(locale), str(token), list(options)]:
            return Picked(token, tuple(map(str, options))), locale
        case [int(), "chose", str(locale), str(token), list() | None as ticked]:
            return Chose(token, None if ticked is None else tuple(map(str, ticked))), locale
        case [int(), str(kind), str(locale), *fields] if (
            kind in _EVENTS and kind != "picked" and all(isinstance(field, str) for field in fields)
        ):
            return _EVENTS[kind](*fields), locale
        case _:
            raise ValueError("this is no event")


def message_out(message: Message) -> str:
    """A message as JSON, without what is as it usually is, and without what is counted: that isn't kept."""
    out: dict[str, object] = {"version": VERSION, "state": message.state, "text": message.text}
    for name, field in Message.__dataclass_fields__.items():
        value = getattr(message, name)
        if name in ("choices", "controls"):
            value = [(choice.token, choice.label, choice.picked, choice.ticks) for choice in value]
            if value:
                out[name] = value
        elif name == "attachments":
            if value:
                out[name] = [(each.kind, each.name, each.data) for each in value]
        elif name not in out and name != "counts" and value != field.default:
            out[name] = value
    return _encode(out)


def message_in(text: str) -> Message:
    """A message from its JSON.

    Raises ValueError, KeyError or TypeError where it isn't one, `NewerError` where a newer program has
    written it.
    """
    rest: dict[str, Any] = dict(json.loads(text))
    if (version := rest.pop("version")) > VERSION:
        raise NewerError(f"a message of version {version}, and this program reads {VERSION}")
    for name in ("choices", "controls"):
        rest[name] = tuple([Choice(*choice) for choice in rest.get(name, ())])
    rest["attachments"] = tuple([Attachment(*each) for each in rest.get("attachments", ())])
    if rest.get("progress"):
        rest["progress"] = tuple(rest["progress"])
    return Message(**rest)
