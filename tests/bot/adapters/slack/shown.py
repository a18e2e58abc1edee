"""What people see in Slack: workspaces, channels, messages, the Home tab, modals."""

from __future__ import annotations

import copy
import itertools
import time
from dataclasses import dataclass, field

from tests.bot.adapters.slack.rules import (
    Json,
    automatic,
    controls,
    initial_state,
    marked,
    marks,
    plain,
    read,
    readable,
    stored,
    texts,
)

_ids = itertools.count(1)


def identity(prefix: str) -> str:
    """An id as Slack writes them."""
    return f"{prefix}0{next(_ids):08X}"


@dataclass(eq=False, slots=True)
class Channel:
    """A channel, or somebody's direct messages with the bot (`user` is set)."""

    id: str
    team: str
    name: str
    members: set[str] = field(default_factory=set)
    has_bot: bool = False
    user: str | None = None


@dataclass(eq=False, slots=True)
class Team:
    """A workspace; `enterprise` is the organisation that it belongs to."""

    id: str
    name: str
    enterprise: str | None
    bot_user: str
    bot_id: str
    users: set[str] = field(default_factory=set)

    @property
    def domain(self) -> str:
        """Its part of the address."""
        return self.name.lower().replace(" ", "-")


def kept_blocks(blocks: list[Json]) -> list[Json]:
    """Blocks as Slack keeps them: with ids where none were given, plain texts escaped."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", identity("b"))
    for _, element in controls(blocks):
        element.setdefault("action_id", identity("a"))
    for each in texts(blocks):
        if each["type"] == "plain_text":
            each["text"] = stored(each["text"])
            each.setdefault("emoji", True)
        else:
            each.setdefault("verbatim", False)
    return blocks


class Surface:
    """Something with blocks on it: a message, a Home tab, a modal."""

    blocks: list[Json]

    @property
    def says(self) -> str:
        """What its blocks say, controls left out."""
        return readable(self.blocks)

    @property
    def controls(self) -> list[Json]:
        """Its buttons, checkboxes, date pickers and so on, in order."""
        return [element for _, element in controls(self.blocks)]

    @property
    def buttons(self) -> list[Json]:
        """Its buttons."""
        return [element for element in self.controls if element["type"] == "button"]

    @property
    def labels(self) -> list[str]:
        """The labels of its buttons, as they are read."""
        return [read(button["text"]) for button in self.buttons]

    @property
    def options(self) -> list[str]:
        """The labels of all that can be ticked or picked in it."""
        return [read(option["text"]) for each in self.controls for option in each.get("options", [])]

    @property
    def live(self) -> bool:
        """Whether anything on it reaches the bot."""
        return any("url" not in element for element in self.controls)

    @property
    def marks(self) -> list[str]:
        """The mentions, links and channel alerts on it, as they stand in the text."""
        return marked(self.blocks)

    @property
    def automatic(self) -> list[str]:
        """What Slack makes a link or an alert on it by itself."""
        return [
            found
            for each in texts(self.blocks)
            if each["type"] == "mrkdwn" and not each.get("verbatim")
            for found in automatic(each["text"])
        ]

    def control(self, action_id: str) -> tuple[Json, Json]:
        """A block and its element."""
        for block, element in controls(self.blocks):
            if element["action_id"] == action_id:
                return block, element
        raise AssertionError(f"no {action_id!r} among {[e['action_id'] for e in self.controls]}")


@dataclass(frozen=True)
class Version(Surface):
    """A message or a view as it once stood."""

    text: str
    blocks: list[Json]
    verbatim: bool = True

    @property
    def plain(self) -> str:
        """Its top-level text as somebody reads it."""
        return plain(self.text)

    @property
    def marks(self) -> list[str]:
        """The mentions, links and channel alerts in it, its top-level text's first."""
        return [*marks(self.text), *super().marks]

    @property
    def automatic(self) -> list[str]:
        """What Slack makes a link or an alert in it by itself."""
        return [*automatic(self.text, alerts=not self.verbatim), *super().automatic]


@dataclass(eq=False)
class Shown(Surface):
    """A message as it stands now; `versions` holds each text and its blocks that it ever had."""

    team: str
    channel: str
    ts: str
    user: str
    by_bot: bool
    text: str
    blocks: list[Json]
    only_for: str | None = None
    files: list[Json] = field(default_factory=list)
    verbatim: bool = True
    at: float = field(default_factory=time.time)
    client_msg_id: str | None = None
    thread: str | None = None
    metadata: Json | None = None
    deleted: bool = False
    too_old: bool = False
    edited: str | None = None
    versions: list[Version] = field(default_factory=list)
    states: dict[str, Json] = field(default_factory=dict)
    bot_id: str = ""
    app_id: str = ""

    def __post_init__(self) -> None:
        self.versions.append(Version(self.text, self.blocks, self.verbatim))

    @property
    def plain(self) -> str:
        """Its top-level text as somebody reads it."""
        return plain(self.text)

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.only_for is not None

    @property
    def marks(self) -> list[str]:
        """The mentions, links and channel alerts in it, its top-level text's first."""
        return self.versions[-1].marks

    @property
    def automatic(self) -> list[str]:
        """What Slack makes a link or an alert in it by itself."""
        return self.versions[-1].automatic

    def change(self, text: str, blocks: list[Json], edited: str) -> None:
        """Takes an edit; what was ticked stays where the control is the same."""
        before = {element["action_id"]: element for element in self.controls}
        self.text, self.blocks, self.edited = text, blocks, edited
        self.versions.append(Version(text, blocks, self.verbatim))
        fresh = initial_state(blocks)
        for user, state in self.states.items():
            self.states[user] = {
                block: {
                    action: state.get(block, {}).get(action, value)
                    if before.get(action) == self.control(action)[1]
                    else value
                    for action, value in actions.items()
                }
                for block, actions in copy.deepcopy(fresh).items()
            }

    def state(self, user: str) -> Json:
        """What somebody has put into it: `state.values`."""
        return self.states.setdefault(user, initial_state(self.blocks))

    def json(self, version: int = -1) -> Json:
        """The message as Slack tells it, or as it once was."""
        then = self.versions[version]
        body: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": then.text}
        if self.by_bot:
            body |= {"bot_id": self.bot_id, "app_id": self.app_id}
        body["team"] = self.team
        if then.blocks:
            body["blocks"] = copy.deepcopy(then.blocks)
        if self.client_msg_id:
            body["client_msg_id"] = self.client_msg_id
        if self.files:
            body["files"] = copy.deepcopy(self.files)
        if self.thread:
            body["thread_ts"] = self.thread
        if self.edited and version == -1:
            body["edited"] = {"user": self.user, "ts": self.edited}
        return body


@dataclass(eq=False)
class Opened(Surface):
    """A Home tab, or a modal that stands open."""

    team: str
    user: str
    view: Json
    blocks: list[Json]
    id: str
    root: str
    previous: str | None
    hash: str
    bot_id: str
    app_id: str
    state: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.take(self.view, self.hash)

    def take(self, view: Json, new_hash: str) -> None:
        """Shows another view here; what was put in stays where block and control keep their ids."""
        self.view = {**view, "blocks": kept_blocks(view["blocks"])}
        self.blocks = self.view["blocks"]
        self.hash = new_hash
        self.errors = {}
        fresh = initial_state(self.blocks)
        for block, actions in fresh.items():
            for action, value in actions.items():
                before = self.state.get(block, {}).get(action)
                if before is not None and before["type"] == value["type"]:
                    actions[action] = before
        self.state = fresh
        self.versions.append(Version("", self.blocks))

    @property
    def title(self) -> str:
        """A modal's title."""
        return read(self.view.get("title"))

    @property
    def submit(self) -> str | None:
        """The label of a modal's submit button."""
        return read(self.view["submit"]) if "submit" in self.view else None

    def json(self) -> Json:
        """The view as Slack tells it."""
        view = self.view
        return {
            "id": self.id,
            "team_id": self.team,
            "type": view["type"],
            "blocks": copy.deepcopy(self.blocks),
            "private_metadata": view.get("private_metadata", ""),
            "callback_id": view.get("callback_id", ""),
            "state": {"values": copy.deepcopy(self.state)},
            "hash": self.hash,
            "title": view.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
            "clear_on_close": view.get("clear_on_close", False),
            "notify_on_close": view.get("notify_on_close", False),
            "close": view.get("close"),
            "submit": view.get("submit"),
            "previous_view_id": self.previous,
            "root_view_id": self.root,
            "app_id": self.app_id,
            "external_id": view.get("external_id", ""),
            "app_installed_team_id": self.team,
            "bot_id": self.bot_id,
        }


def unmeant(said: list[tuple[str, Surface]], meant: set[str]) -> list[tuple[str, str]]:
    """The marks and automatic links on these that nobody meant, each with where it stands."""
    found = [
        (where, mark)
        for where, surface in said
        for mark in [*surface.marks, *surface.automatic]
        if mark not in meant
    ]
    return list(dict.fromkeys(found))
