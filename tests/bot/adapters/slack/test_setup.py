"""The manifest: that it says what the program handles, no more and no less."""

from __future__ import annotations

from collections.abc import Mapping

import yaml
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.adapters.slack import Slack, SlackSettings, as_yaml, manifest
from bot.adapters.slack.incoming import COMMAND, SHORTCUT
from bot.adapters.slack.setup import EVENTS, SCOPES
from tests.bot.adapters.slack.conftest import own

PUBLIC = "https://bot.example.org"


async def handled(slack: Slack, body: Mapping[str, object]) -> bool:
    """Whether a listener is registered for this."""
    request = AsyncBoltRequest(body=dict(body), mode="socket_mode")
    for listener in slack.app._async_listeners:
        if await listener.async_matches(req=request, resp=BoltResponse(status=200)):
            return True
    return False


async def test_the_manifest_names_what_is_handled_and_nothing_else() -> None:
    slack = Slack(SlackSettings(bot_token="xoxb-1"), own, "sqlite:////nowhere/at.all")
    told = manifest(own)
    events = told["settings"]["event_subscriptions"]["bot_events"]
    for event in events:
        kind, _, where = event.partition(".")
        body = {"type": "event_callback", "event": {"type": kind, "channel_type": where or None}}
        assert await handled(slack, body), event
    for command in told["features"]["slash_commands"]:
        assert await handled(slack, {"command": command["command"], "trigger_id": "1"})
    for shortcut in told["features"]["shortcuts"]:
        kind = {"message": "message_action", "global": "shortcut"}[shortcut["type"]]
        body = {"type": kind, "callback_id": shortcut["callback_id"], "trigger_id": "1", "message": {}}
        assert await handled(slack, body)
    assert told["settings"]["interactivity"]["is_enabled"]
    assert [c["command"] for c in told["features"]["slash_commands"]] == [COMMAND]
    assert [s["callback_id"] for s in told["features"]["shortcuts"]] == [SHORTCUT]
    # What is listened to: three kinds of controls that need no entry, and all that has one.
    assert len(slack.app._async_listeners) == len(events) + 1 + 1 + 2
    assert not await handled(slack, {"type": "event_callback", "event": {"type": "app_mention"}})
    await slack.close()


def test_every_scope_is_needed_by_something_that_is_handled() -> None:
    told = manifest(own)
    assert told["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert ("im:history" in SCOPES) == ("message.im" in EVENTS)
    assert ("commands" in SCOPES) == bool(told["features"]["slash_commands"])
    assert set(SCOPES) == {"chat:write", "commands", "files:write", "im:history"}
    assert told["features"]["app_home"]["home_tab_enabled"] == ("app_home_opened" in EVENTS)


def test_without_an_address_it_is_socket_mode() -> None:
    told = manifest(own)
    assert told["settings"]["socket_mode_enabled"]
    assert "http" not in str(told)


def test_with_an_address_slack_calls_it() -> None:
    told = manifest(own, PUBLIC)
    assert not told["settings"]["socket_mode_enabled"]
    assert told["settings"]["event_subscriptions"]["request_url"] == f"{PUBLIC}/slack/events"
    assert told["settings"]["interactivity"]["request_url"] == f"{PUBLIC}/slack/events"
    assert told["features"]["slash_commands"][0]["url"] == f"{PUBLIC}/slack/events"
    assert "redirect_urls" not in told["oauth_config"]
    assert not told["settings"]["token_rotation_enabled"]


def test_what_any_workspace_may_install_says_so() -> None:
    told = manifest(own, PUBLIC, distributed=True)
    assert told["oauth_config"]["redirect_urls"] == [f"{PUBLIC}/slack/oauth_redirect"]
    assert told["settings"]["token_rotation_enabled"]
    assert told["settings"]["org_deploy_enabled"]


def test_its_words_fit() -> None:
    told = manifest(own)
    shown, shortcut = told["display_information"], told["features"]["shortcuts"][0]
    command = told["features"]["slash_commands"][0]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150
    assert len(command["description"]) <= 2000


def test_the_yaml_is_the_manifest_with_reasons() -> None:
    told = manifest(own, PUBLIC, distributed=True)
    text = as_yaml(told)
    assert yaml.safe_load(text) == told
    for name, why in (
        SCOPES | EVENTS if isinstance(SCOPES, dict) and isinstance(EVENTS, dict) else {}
    ).items():
        assert f"- {name}  # {why}" in text


def test_settings_that_cannot_work_are_named() -> None:
    assert not SlackSettings().wanted()
    single = SlackSettings(bot_token="xoxb-1", app_token="xapp-1")
    assert single.wanted()
    assert single.faults("", "") == []
    (fault,) = single.faults(PUBLIC, "")
    assert fault.startswith("SLACK_SIGNING_SECRET")
    many = SlackSettings(client_id="1", client_secret="2", signing_secret="3")
    assert many.faults(PUBLIC, "key") == []
    assert [fault.split()[0] for fault in many.faults("", "")] == [
        "SECRET_KEY",
        "PUBLIC_URL",
        "SLACK_APP_TOKEN",
    ]
    assert [f.split()[0] for f in SlackSettings(app_token="1").faults("", "")] == ["SLACK_BOT_TOKEN"]
    both = SlackSettings(bot_token="1", app_token="1", client_id="2", client_secret="3")
    assert any("take one of them away" in fault for fault in both.faults(PUBLIC, "key"))
