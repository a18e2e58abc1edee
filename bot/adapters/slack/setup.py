"""``whatif setup slack``: the manifest, which says what this program handles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from bot.adapters.slack.incoming import COMMAND, SHORTCUT

SCOPES: Mapping[str, str] = {
    "chat:write": "to ask and answer in direct messages",
    "commands": f"for {COMMAND} and the message shortcut",
    "files:write": "to hand over the files that somebody asks for, in their direct messages with the app",
    "im:history": "to read what is typed in the direct messages with the app, and nowhere else",
}
"""What the app may do, and why it has to."""

EVENTS: Mapping[str, str] = {
    "app_home_opened": "to show the Home tab",
    "app_uninstalled": "to erase what is kept of a workspace that leaves",
    "message.im": "to hear what is typed to the app",
    "team_access_revoked": "the same, where an organisation takes a workspace out",
    "tokens_revoked": "the same, where its token is taken back",
}
"""What Slack tells the app of, and what for."""


Own = Callable[[str, str], str]
"""The adapter's own words: takes the locale and a block of ``templates/<locale>/slack/chat.j2``."""


def manifest(own: Own, public: str = "", distributed: bool = False) -> dict[str, Any]:
    """The app's manifest.

    Takes its own words, `PUBLIC_URL`, "" for Socket Mode, and whether any workspace may install it: then
    whole organisations may, too, and tokens are renewed twice a day, which one that is set can't be.
    """

    def words(block: str) -> str:
        return " ".join(own("en", block).split())

    url = {"request_url": f"{public}/slack/events"} if public else {}
    command: dict[str, Any] = {
        "command": COMMAND,
        "description": words("command"),
        "usage_hint": words("command_hint"),
        "should_escape": False,
    }
    oauth: dict[str, Any] = {"scopes": {"bot": list(SCOPES)}}
    if public:
        command["url"] = url["request_url"]
    if distributed:
        oauth = {"redirect_urls": [f"{public}/slack/oauth_redirect"], **oauth}
    return {
        "display_information": {
            "name": words("name"),
            "description": words("description"),
            "long_description": words("long_description"),
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": words("name"), "always_online": True},
            "shortcuts": [
                {
                    "name": words("shortcut"),
                    "type": "message",
                    "callback_id": SHORTCUT,
                    "description": words("shortcut_description"),
                }
            ],
            "slash_commands": [command],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {**url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **url},
            "org_deploy_enabled": distributed,
            "socket_mode_enabled": not public,
            "token_rotation_enabled": distributed,
        },
    }


def as_yaml(given: Mapping[str, Any]) -> str:
    """The manifest as YAML, with the reason beside each scope and event."""
    text = yaml.safe_dump(dict(given), sort_keys=False, allow_unicode=True, width=1000)
    reasons = {**SCOPES, **EVENTS}
    lines = []
    for line in text.splitlines():
        why = reasons.get(line.strip().removeprefix("- ")) if line.strip().startswith("- ") else None
        lines.append(f"{line}  # {why}" if why else line)
    return "\n".join(lines) + "\n"
