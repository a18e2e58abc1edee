"""The Web API's methods: what each takes, what it does, and what it refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.bot.adapters.slack.payloads import changed, deleted, message, stamp
from tests.bot.adapters.slack.rules import (
    MOST_MODALS,
    Json,
    RefusedError,
    check_message,
    check_view,
)
from tests.bot.adapters.slack.shown import Channel, Opened, Shown, Team, identity, kept_blocks
from tests.bot.adapters.slack.tokens import Token

if TYPE_CHECKING:
    from tests.bot.adapters.slack.server import SlackApi

_EVERYWHERE = {"token", "team_id"}
_POSTED = ("text", "blocks", "thread_ts", "link_names", "parse")


@dataclass(frozen=True, slots=True)
class Method:
    """What a method takes: required, optional; and the scope that it needs."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    scope: str | None = None


METHODS = {
    "auth.test": Method(),
    "auth.revoke": Method(optional=("test",)),
    "chat.postMessage": Method(
        ("channel",),
        (*_POSTED, "mrkdwn", "unfurl_links", "unfurl_media", "metadata", "reply_broadcast"),
        "chat:write",
    ),
    "chat.postEphemeral": Method(("channel", "user"), _POSTED, "chat:write"),
    "chat.update": Method(
        ("channel", "ts"), ("text", "blocks", "link_names", "parse", "metadata", "as_user"), "chat:write"
    ),
    "chat.delete": Method(("channel", "ts"), ("as_user",), "chat:write"),
    "conversations.open": Method((), ("users", "channel", "return_im"), "im:write"),
    "files.getUploadURLExternal": Method(("filename", "length"), ("alt_txt", "snippet_type"), "files:write"),
    "files.completeUploadExternal": Method(
        ("files",), ("channel_id", "initial_comment", "thread_ts"), "files:write"
    ),
    "users.info": Method(("user",), ("include_locale",), "users:read"),
    "views.open": Method(("trigger_id", "view")),
    "views.push": Method(("trigger_id", "view")),
    "views.update": Method(("view",), ("view_id", "external_id", "hash")),
    "views.publish": Method(("user_id", "view"), ("hash",)),
}


class Methods:
    """Answers requests; the world that they change is the server's."""

    def __init__(self, api: SlackApi) -> None:
        self.api = api
        self._table: dict[str, Callable[[Token, Json], Json]] = {
            "auth.test": self._test,
            "auth.revoke": self._revoke,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._whisper,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.open": self._open_conversation,
            "files.getUploadURLExternal": self.api.uploads.given,
            "files.completeUploadExternal": self._complete,
            "users.info": self._user,
            "views.open": self._open,
            "views.push": self._push,
            "views.update": self._update_view,
            "views.publish": self._publish,
        }

    def answer(self, method: str, token: str | None, asked: Json) -> Json:
        """What Slack answers; `RefusedError` where that isn't ok."""
        known = METHODS.get(method)
        if known is None:
            raise RefusedError("unknown_method", req_method=method)
        holder = self.api.tokens.checked(token)
        if known.scope is not None and known.scope not in holder.scopes:
            raise RefusedError("missing_scope", needed=known.scope, provided=",".join(holder.scopes))
        faults = [f"missing required field: {name}" for name in known.required if not asked.get(name)]
        strange = set(asked) - {*known.required, *known.optional} - _EVERYWHERE
        faults += [f"invalid argument: {name} is not taken here" for name in sorted(strange)]
        if faults:
            raise RefusedError("invalid_arguments", *faults)
        team = self.api.teams.get(str(asked.get("team_id")))
        if asked.get("team_id") and (team is None or not holder.covers(team)):
            raise RefusedError("team_access_not_granted")
        return {"ok": True, **self._table[method](holder, asked)}

    # --- who ---

    def _team(self, token: Token) -> Team:
        if token.team is not None:
            return self.api.teams[token.team]
        return next(team for team in self.api.teams.values() if token.covers(team))

    def _test(self, token: Token, asked: Json) -> Json:
        team = self._team(token)
        there = (token.enterprise, f"Organisation {token.enterprise}") if token.org else (team.id, team.name)
        return {
            "url": f"https://{team.domain}.slack.com/",
            "team": there[1],
            "user": "whatif",
            "team_id": there[0],
            "user_id": team.bot_user,
            "bot_id": team.bot_id,
            "is_enterprise_install": token.org,
            **({"enterprise_id": team.enterprise} if team.enterprise else {}),
        }

    def _revoke(self, token: Token, asked: Json) -> Json:
        if _true(asked.get("test")):
            return {"revoked": False}
        token.revoked = True
        return {"revoked": True}

    def _user(self, token: Token, asked: Json) -> Json:
        team = self._home_of(token, str(asked["user"]))
        person = self.api.person(team.id, str(asked["user"]))
        locale = {"locale": person.locale} if _true(asked.get("include_locale")) else {}
        return {"user": {"id": person.id, "team_id": team.id, "name": person.name, "is_bot": False, **locale}}

    def _home_of(self, token: Token, user: str) -> Team:
        for team in self.api.teams.values():
            if token.covers(team) and user in team.users:
                return team
        raise RefusedError("user_not_found")

    def _open_conversation(self, token: Token, asked: Json) -> Json:
        if asked.get("channel"):
            channel = self._channel(token, str(asked["channel"]))
        else:
            users = str(asked.get("users", "")).split(",")
            if users == [""]:
                raise RefusedError("users_list_not_supplied")
            if len(users) > 1:
                raise RefusedError("missing_scope", needed="mpim:write")
            channel = self.api.direct(self._home_of(token, users[0]).id, users[0])
        return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}

    def _channel(self, token: Token, channel_id: str) -> Channel:
        channel = self.api.channels.get(channel_id)
        if channel is None and channel_id.startswith(("U", "W")):
            try:
                channel = self.api.direct(self._home_of(token, channel_id).id, channel_id)
            except RefusedError:
                channel = None
        if channel is None or not token.covers(self.api.teams[channel.team]):
            raise RefusedError("channel_not_found")
        if not channel.has_bot:
            raise RefusedError("not_in_channel")
        return channel

    def _complete(self, token: Token, asked: Json) -> Json:
        channel_id = str(asked.get("channel_id") or "")
        if channel_id.startswith(("U", "W")):
            # Other than a message, a file can't be sent to somebody: it takes the conversation with them.
            raise RefusedError("invalid_channel")
        channel = self._channel(token, channel_id) if channel_id else None
        return self.api.uploads.completed(token, asked, channel)

    # --- messages ---

    def _said(self, asked: Json) -> tuple[str, list[Json]]:
        blocks = _parsed(asked, "blocks", "invalid_blocks_format")
        check_message(asked.get("text"), blocks)
        return str(asked["text"]), kept_blocks(blocks or [])

    def _post(self, token: Token, asked: Json) -> Json:
        channel = self._channel(token, str(asked["channel"]))
        text, blocks = self._said(asked)
        thread = asked.get("thread_ts")
        if thread and thread not in self.api.messages.get(channel.id, {}):
            raise RefusedError("thread_not_found")
        metadata = _parsed(asked, "metadata", "invalid_metadata_format")
        if metadata is not None and set(metadata) != {"event_type", "event_payload"}:
            raise RefusedError("invalid_metadata_schema")
        shown = self.api.keep(channel, text, blocks, thread=thread, verbatim=not _links(asked))
        shown.metadata = metadata
        self.api.echo(channel, message(shown, channel))
        return {"channel": channel.id, "ts": shown.ts, "message": shown.json()}

    def _whisper(self, token: Token, asked: Json) -> Json:
        channel = self._channel(token, str(asked["channel"]))
        user = str(asked["user"])
        if user not in self.api.teams[channel.team].users:
            raise RefusedError("user_not_found")
        if user not in channel.members:
            raise RefusedError("user_not_in_channel")
        text, blocks = self._said(asked)
        shown = self.api.keep(channel, text, blocks, only_for=user, verbatim=not _links(asked))
        return {"message_ts": shown.ts}

    def _standing(self, channel: Channel, ts: str, refusal: str) -> Shown:
        shown = self.api.messages.get(channel.id, {}).get(ts)
        if shown is None or shown.deleted or shown.ephemeral:
            raise RefusedError("message_not_found")
        if not shown.by_bot:
            raise RefusedError(refusal)
        return shown

    def _update(self, token: Token, asked: Json) -> Json:
        channel = self._channel(token, str(asked["channel"]))
        shown = self._standing(channel, str(asked["ts"]), "cant_update_message")
        if shown.too_old:
            raise RefusedError("edit_window_closed")
        text, blocks = self._said(asked)
        if "blocks" not in asked:
            # Blocks stay until they are replaced: an empty list takes them away.
            blocks = shown.blocks
        before = shown.json()
        shown.verbatim = not _links(asked)
        shown.change(text, blocks, stamp())
        self.api.echo(channel, changed(shown, before, channel))
        return {"channel": channel.id, "ts": shown.ts, "text": text, "message": shown.json()}

    def _delete(self, token: Token, asked: Json) -> Json:
        channel = self._channel(token, str(asked["channel"]))
        shown = self._standing(channel, str(asked["ts"]), "cant_delete_message")
        shown.deleted = True
        self.api.echo(channel, deleted(shown, channel))
        return {"channel": channel.id, "ts": shown.ts}

    def respond(self, url: ResponseUrl, asked: Json) -> None:
        """What a bot posts to a response_url, or answers a command with."""
        known = {"text", "blocks", "response_type", "replace_original", "delete_original"}
        strange = set(asked) - known - {"unfurl_links", "unfurl_media"}
        if strange:
            raise RefusedError(
                "invalid_arguments", *(f"{name} is not taken here" for name in sorted(strange))
            )
        kind = asked.get("response_type", "ephemeral")
        if kind not in ("ephemeral", "in_channel"):
            raise RefusedError("invalid_arguments", "response_type is ephemeral or in_channel")
        if asked.get("delete_original"):
            if url.shown is not None:
                url.shown.deleted = True
            return
        text, blocks = self._said(asked)
        if asked.get("replace_original") and url.shown is not None and not url.shown.deleted:
            url.shown.change(text, blocks if "blocks" in asked else url.shown.blocks, stamp())
            return
        self.api.keep(url.channel, text, blocks, only_for=url.user if kind == "ephemeral" else None)

    # --- views ---

    def _view(self, asked: Json, kind: str) -> Json:
        view = _parsed(asked, "view", "invalid_arguments")
        check_view(view, kind)
        assert isinstance(view, dict)
        self.api.check_external(view)
        return copy.deepcopy(view)

    def _triggered(self, token: Token, asked: Json) -> Trigger:
        trigger = self.api.triggers.get(str(asked["trigger_id"]))
        if trigger is None or not token.covers(self.api.teams[trigger.team]):
            raise RefusedError("invalid_trigger_id")
        if trigger.used:
            raise RefusedError("exchanged_trigger_id")
        if self.api.tokens.now() - trigger.at > self.api.trigger_lasts:
            raise RefusedError("expired_trigger_id")
        return trigger

    def _open(self, token: Token, asked: Json) -> Json:
        trigger = self._triggered(token, asked)
        view = self._view(asked, "modal")
        trigger.used = True
        opened = self.api.opened(trigger.team, trigger.user, view)
        self.api.modals[(trigger.team, trigger.user)] = [opened]
        return {"view": opened.json()}

    def _push(self, token: Token, asked: Json) -> Json:
        trigger = self._triggered(token, asked)
        stack = self.api.modals.get((trigger.team, trigger.user), [])
        if not stack or not trigger.in_modal:
            raise RefusedError("not_found")
        if len(stack) >= MOST_MODALS:
            raise RefusedError("push_limit_reached")
        view = self._view(asked, "modal")
        trigger.used = True
        return {"view": self.api.push(stack, view).json()}

    def _update_view(self, token: Token, asked: Json) -> Json:
        if not asked.get("view_id") and not asked.get("external_id"):
            raise RefusedError("invalid_arguments", "missing required field: view_id")
        for opened in self.api.views():
            same = opened.id == asked.get("view_id") or (
                asked.get("external_id") and opened.view.get("external_id") == asked["external_id"]
            )
            if same and token.covers(self.api.teams[opened.team]):
                break
        else:
            raise RefusedError("not_found")
        view = _parsed(asked, "view", "invalid_arguments")
        check_view(view, str(opened.view["type"]))
        assert isinstance(view, dict)
        self.api.check_external(view, opened)
        if asked.get("hash") and asked["hash"] != opened.hash:
            raise RefusedError("hash_conflict")
        opened.take(view, self.api.new_hash())
        return {"view": opened.json()}

    def _publish(self, token: Token, asked: Json) -> Json:
        user = str(asked["user_id"])
        team = self._home_of(token, user)
        if asked.get("team_id"):
            team = self.api.teams[str(asked["team_id"])]
        view = _parsed(asked, "view", "invalid_arguments")
        check_view(view, "home")
        assert isinstance(view, dict)
        home = self.api.homes.get((team.id, user))
        if asked.get("hash") and (home is None or asked["hash"] != home.hash):
            raise RefusedError("hash_conflict")
        self.api.check_external(view, home)
        if home is None:
            home = self.api.homes[(team.id, user)] = self.api.opened(team.id, user, view)
        else:
            home.take(view, self.api.new_hash())
        return {"view": home.json()}


@dataclass(eq=False, slots=True)
class Trigger:
    """What lets a bot open a modal, once and for a few seconds."""

    team: str
    user: str
    at: float
    in_modal: bool
    used: bool = False


@dataclass(eq=False, slots=True)
class ResponseUrl:
    """An address that a bot may answer an interaction at: five times in half an hour."""

    channel: Channel
    user: str
    shown: Shown | None
    at: float
    uses: int = 0


def modal(api: SlackApi, team: str, user: str, view: Json, previous: Opened | None = None) -> Opened:
    """A view that opens, on top of another or by itself."""
    its_id = identity("V")
    there = api.teams[team]
    opened = Opened(
        team=team,
        user=user,
        view=view,
        blocks=[],
        id=its_id,
        root=previous.root if previous else its_id,
        previous=previous.id if previous else None,
        hash=api.new_hash(),
        bot_id=there.bot_id,
        app_id=api.app.id,
    )
    api.ever.append(opened)
    return opened


def _parsed(asked: Json, key: str, refusal: str) -> Any:
    """An argument that is JSON, and in a form stands as a string."""
    value = asked.get(key)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise RefusedError(refusal) from None


def _true(value: object) -> bool:
    return value in (True, "true", "1", 1)


def _links(asked: Json) -> bool:
    """Whether Slack is asked to look for names and channels in the text."""
    return _true(asked.get("link_names")) or asked.get("parse") == "full"
