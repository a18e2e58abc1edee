"""What Slack posts to a bot, and its signature: bodies as its documentation has them."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.bot.adapters.slack.rules import Json, escaped
from tests.bot.adapters.slack.shown import Channel, Opened, Shown, Team, identity

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

Forge = Callable[[Json], None]
"""Changes a body before it is signed."""


@dataclass(frozen=True, slots=True)
class App:
    """The app that the bot is, and what it shares with Slack."""

    id: str
    client_id: str
    client_secret: str
    signing_secret: str
    verification: str
    app_token: str


def signature(secret: str, body: bytes, at: float | None = None) -> dict[str, str]:
    """The headers that say a request is Slack's."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def encoded(kind: str, body: Json) -> tuple[bytes, str]:
    """A body as it goes over HTTP, and its content type."""
    if kind == "events_api":
        return json.dumps(body).encode(), JSON
    if kind == "slash_commands":
        return urlencode({key: value for key, value in body.items() if value is not None}).encode(), FORM
    return urlencode({"payload": json.dumps(body)}).encode(), FORM


def stamp() -> str:
    """A timestamp as Slack's ids of messages: unlike any before."""
    global _last
    _last = max(_last + 1, int(time.time() * 1_000_000))
    return f"{_last // 1_000_000}.{_last % 1_000_000:06}"


_last = 0


# --- what people write ---

_URL = re.compile(r"(https?://[^\s<>]+)|(\b[\w.+-]+@[\w-]+\.[\w.-]+\b)")


def typed(text: str) -> tuple[str, list[Json]]:
    """What somebody typed, as the event's text and as its blocks."""

    def linked(found: re.Match[str]) -> str:
        return f"<{found[1]}>" if found[1] else f"<mailto:{found[2]}|{found[2]}>"

    rich: Json = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    blocks = [{"type": "rich_text", "block_id": identity("b"), "elements": [rich]}] if text else []
    return _URL.sub(linked, escaped(text)), blocks


# --- bodies ---


def event(app: App, team: Team, inner: Json, *, org: bool, context: bool = True) -> Json:
    """An event with its envelope."""
    body = {
        "token": app.verification,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": team.enterprise,
        "api_app_id": app.id,
        "event": inner,
        "type": "event_callback",
        "event_id": identity("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": team.enterprise,
                "team_id": None if org else team.id,
                "user_id": team.bot_user,
                "is_bot": True,
                "is_enterprise_install": org,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{identity('e')}",
    }
    if team.enterprise:
        body["enterprise_id"] = team.enterprise
    if not context:
        # With the app gone there is nothing left that was authorized.
        for key in ("authorizations", "event_context", "context_team_id", "context_enterprise_id"):
            del body[key]
    return body


def message(shown: Shown, channel: Channel) -> Json:
    """The event of a new message."""
    inner = {
        **shown.json(),
        "channel": shown.channel,
        "event_ts": shown.ts,
        "channel_type": "im" if channel.user else "channel",
    }
    if shown.files:
        inner["subtype"] = "file_share"
    return inner


def changed(shown: Shown, before: Json, channel: Channel) -> Json:
    """The event of an edit."""
    now = stamp()
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": shown.json(),
        "previous_message": before,
        "channel": shown.channel,
        "hidden": True,
        "ts": now,
        "event_ts": now,
        "channel_type": "im" if channel.user else "channel",
    }


def deleted(shown: Shown, channel: Channel) -> Json:
    """The event of a message taken away."""
    now = stamp()
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": shown.json(),
        "deleted_ts": shown.ts,
        "channel": shown.channel,
        "hidden": True,
        "ts": now,
        "event_ts": now,
        "channel_type": "im" if channel.user else "channel",
    }


def interaction(
    app: App, team: Team, user: str, name: str, kind: str, trigger: str, *, org: bool, by_view: bool = False
) -> Json:
    """What all that people do with controls, shortcuts and modals has in common."""
    there = {"id": team.id, "domain": team.domain}
    if team.enterprise:
        there |= {"enterprise_id": team.enterprise, "enterprise_name": f"Organisation {team.enterprise}"}
    return {
        "type": kind,
        # In an organisation-wide install nothing but the user says where a view was touched.
        "team": None if org and by_view else there,
        "user": {"id": user, "username": name, "name": name, "team_id": team.id},
        "api_app_id": app.id,
        "token": app.verification,
        "trigger_id": trigger,
        "enterprise": (
            {"id": team.enterprise, "name": f"Organisation {team.enterprise}"} if team.enterprise else None
        ),
        "is_enterprise_install": org,
    }


def on_message(shown: Shown, channel: Channel, user: str, response_url: str, version: int = -1) -> Json:
    """Where a control was touched that stands in a message, now or as it once was."""
    body: Json = {
        "container": {
            "type": "message",
            "message_ts": shown.ts,
            "channel_id": shown.channel,
            "is_ephemeral": shown.ephemeral,
        },
        "channel": {"id": shown.channel, "name": "directmessage" if channel.user else channel.name},
        "state": {"values": copy.deepcopy(shown.state(user))},
        "response_url": response_url,
    }
    if not shown.ephemeral:
        body["message"] = shown.json(version)
    return body


def on_view(opened: Opened) -> Json:
    """Where a control was touched that stands in a view."""
    return {"container": {"type": "view", "view_id": opened.id}, "view": opened.json()}


def action(block: Json, element: Json, **given: Any) -> Json:
    """One thing touched."""
    body: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    for key in ("text", "value", "style", "url", "placeholder", "confirm"):
        if key in element:
            body[key] = copy.deepcopy(element[key])
    return {**body, **given, "action_ts": stamp()}


# --- forgeries ---


def as_user(user: str) -> Forge:
    """As if somebody else had done it."""

    def forge(body: Json) -> None:
        if "user" in body:
            body["user"]["id"] = user
        elif "event" in body:
            body["event"]["user"] = user
        else:
            body["user_id"] = user

    return forge


def as_team(team: str) -> Forge:
    """As if it had been done in another workspace."""

    def forge(body: Json) -> None:
        if "user" in body:
            body["team"] = {"id": team, "domain": "elsewhere"}
            body["user"]["team_id"] = team
        else:
            body["team_id"] = team
            for each in body.get("authorizations", []):
                each["team_id"] = team

    return forge


def with_state(values: Json) -> Forge:
    """With another `state.values`."""

    def forge(body: Json) -> None:
        holder = body.get("view", body)
        holder["state"] = {"values": copy.deepcopy(values)}

    return forge


def with_value(value: str) -> Forge:
    """With another value on the button."""

    def forge(body: Json) -> None:
        body["actions"][0]["value"] = value

    return forge


def with_action(**changes: Any) -> Forge:
    """With the action changed: its `action_id`, `selected_options` and so on."""

    def forge(body: Json) -> None:
        body["actions"][0].update(copy.deepcopy(changes))

    return forge


def with_hash(wrong: str) -> Forge:
    """With another view's hash."""

    def forge(body: Json) -> None:
        body["view"]["hash"] = wrong

    return forge


def with_view(**changes: Any) -> Forge:
    """With the view changed: its `private_metadata`, `callback_id` and so on."""

    def forge(body: Json) -> None:
        body["view"].update(copy.deepcopy(changes))

    return forge


def on_ts(ts: str, channel: str | None = None) -> Forge:
    """As if it stood in another message."""

    def forge(body: Json) -> None:
        body["container"]["message_ts"] = ts
        if "message" in body:
            body["message"]["ts"] = ts
        if channel is not None:
            body["container"]["channel_id"] = channel
            body["channel"]["id"] = channel

    return forge
