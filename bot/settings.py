"""What the environment says, read once and checked together."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import platformdirs

from dialogs.settings import KEEP_DAYS

PORT = 8080
"""The port where nothing else is said."""

KEEP_DAYS_MOST = 3650

SLACK_API = "https://slack.com/api/"

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

PLATFORMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"Telegram": ("TELEGRAM_BOT_TOKEN",), "Slack": ("SLACK_BOT_TOKEN",)}
)
"""The variables that a platform needs to be configured, by its name."""


class SettingsError(ValueError):
    """Settings that can't be used; its text names every fault and what to do, a line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """A bot on Telegram: its token, the address of the Bot API, and the secret of its webhook, "" to poll."""

    token: str
    api: str
    secret: str


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """The variables of an app on Slack, "" for each that isn't set.

    `bot_token` serves a single workspace; `client_id` and `client_secret` any that installs the app.
    `app_token` is for Socket Mode, `signing_secret` for HTTP. `api` is the address of the Web API.
    """

    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = ""
    client_id: str = ""
    client_secret: str = ""
    api: str = SLACK_API

    def wanted(self) -> bool:
        """Whether anything of it is set."""
        return any((self.bot_token, self.app_token, self.signing_secret, self.client_id, self.client_secret))

    def faults(self, public: str, secret: str) -> list[str]:
        """What keeps it from running, a line each, with its cure.

        Takes `PUBLIC_URL` and `SECRET_KEY`, "" for none.
        """
        faults = []
        if not self.bot_token and not (self.client_id and self.client_secret):
            faults.append(
                "SLACK_BOT_TOKEN is missing (xoxb-…, under “OAuth & Permissions”);"
                " for several workspaces, set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET instead"
            )
        if self.bot_token and self.client_id:
            faults.append(
                "SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID for any: take one of them away"
            )
        if self.client_id and not secret:
            faults.append(
                "SECRET_KEY is missing: without it no workspace's tokens can be kept;"
                " make one with: openssl rand -base64 32"
            )
        if self.client_id and not public:
            faults.append("PUBLIC_URL is missing: Slack sends whoever installs the app back to it")
        if public and not self.signing_secret:
            faults.append("SLACK_SIGNING_SECRET is missing (under “Basic Information”): with it Slack signs")
        if not public and not self.app_token:
            faults.append(
                "SLACK_APP_TOKEN is missing (xapp-…, with connections:write): it opens Socket Mode;"
                " for HTTP, set PUBLIC_URL"
            )
        return faults


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    `database` is the address of the database, ``sqlite:///`` and a path or ``postgresql://…``;
    `public` is the address that the world reaches this program under, "" where it doesn't;
    `host` and `port` are what it listens on, the port None for `PORT` or, where that is taken, any;
    `secret` holds the keys, divided by commas, "" for none (see `bot.keyfile`); `keep_days` are the days
    that a conversation is kept;
    `telegram` and `slack` are None where none of their variables is set; `practice` is the operator's own
    file of places to practise, None for none.
    """

    database: str
    public: str = ""
    host: str = "127.0.0.1"
    port: int | None = None
    secret: str = ""
    log_level: str = "INFO"
    telegram: TelegramSettings | None = None
    slack: SlackSettings | None = None
    keep_days: int = KEEP_DAYS
    practice: Path | None = None


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from environment variables (`README.md` lists them).

    Raises `SettingsError` naming every one that can't be used; none of them is repeated, since it may
    hold a password.
    """
    faults: list[str] = []

    def value(name: str) -> str:
        return environment.get(name, "").strip()

    database = value("DATABASE_URL") or f"sqlite:///{platformdirs.user_data_path('whatif') / 'whatif.db'}"
    if database.startswith("postgres://"):
        database = f"postgresql{database.removeprefix('postgres')}"
    scheme, _, path = database.partition("://")
    if not (scheme == "sqlite" and path[:1] == "/" and path[1:]) and not (scheme == "postgresql" and path):
        faults.append(
            "DATABASE_URL is neither an SQLite nor a PostgreSQL address;"
            " write sqlite:///whatif.db or postgresql://user@host/name"
        )
    elif scheme == "postgresql" and not _SERVER.fullmatch(path):
        faults.append(
            "DATABASE_URL is no PostgreSQL address; write postgresql://user:password@host:5432/name,"
            " with %40 for an @ in the password, %3A for a colon and %2F for a slash"
        )
    public = value("PUBLIC_URL").rstrip("/")
    if public and not _is_https(public):
        faults.append("PUBLIC_URL is no https address; write https://bot.example.org")
    port = value("PORT")
    if port and not (port.isascii() and port.isdecimal() and 0 <= int(port) <= 65535):
        faults.append(f"PORT is no port; write a number up to 65535, such as {PORT}")
    level = value("LOG_LEVEL").upper() or "INFO"
    if level not in LEVELS:
        faults.append(f"LOG_LEVEL is none of {', '.join(LEVELS)}")
    host, secret = value("HOST") or "127.0.0.1", environment.get("SECRET_KEY", "")
    if not any(map(str.strip, secret.split(","))):
        secret = ""
    days = value("KEEP_DAYS") or str(KEEP_DAYS)
    if not (days.isascii() and days.isdecimal() and len(days) < 9 and 1 <= int(days) <= KEEP_DAYS_MOST):
        faults.append(f"KEEP_DAYS is no number of days from 1 to {KEEP_DAYS_MOST}; {KEEP_DAYS} is usual")
    telegram, slack = _telegram(value, public, faults), _slack(value, public, secret, faults)
    if scheme == "postgresql" and not secret and not any(fault.startswith("SECRET_KEY") for fault in faults):
        faults.append(
            "SECRET_KEY is missing: all that is kept on a server is sealed with it, by every process with the"
            " same; make one with: openssl rand -base64 32"
        )
    if faults:
        raise SettingsError(faults)
    number = int(port) if port else None
    practice = Path(value("PRACTICE_FILE")) if value("PRACTICE_FILE") else None
    return Settings(database, public, host, number, secret, level, telegram, slack, int(days), practice)


def _slack(value: Callable[[str], str], public: str, secret: str, faults: list[str]) -> SlackSettings | None:
    slack = SlackSettings(
        value("SLACK_BOT_TOKEN"),
        value("SLACK_APP_TOKEN"),
        value("SLACK_SIGNING_SECRET"),
        value("SLACK_CLIENT_ID"),
        value("SLACK_CLIENT_SECRET"),
        (value("SLACK_API_URL") or SLACK_API).rstrip("/") + "/",
    )
    if not slack.wanted():
        return None
    if not _is_address(slack.api):
        faults.append("SLACK_API_URL is no address; write https://slack.com/api/, or leave it out")
    faults += slack.faults(public, secret)
    return slack


def _telegram(value: Callable[[str], str], public: str, faults: list[str]) -> TelegramSettings | None:
    token, secret = value("TELEGRAM_BOT_TOKEN"), value("TELEGRAM_WEBHOOK_SECRET")
    api = value("TELEGRAM_API_URL").rstrip("/") or "https://api.telegram.org"
    if not token:
        return None
    if not _TOKEN.fullmatch(token):
        faults.append("TELEGRAM_BOT_TOKEN is no token; copy it from @BotFather, digits, a colon and letters")
    if not _is_address(api):
        faults.append("TELEGRAM_API_URL is no address; write https://api.telegram.org, or leave it out")
    if public and not _SECRET.fullmatch(secret):
        what = "holds what Telegram takes for no secret" if secret else "is needed with PUBLIC_URL"
        faults.append(
            f"TELEGRAM_WEBHOOK_SECRET {what}: 1 to 256 of A-Z, a-z, 0-9, _ and -;"
            " python3 -c 'import secrets; print(secrets.token_urlsafe())' makes one"
        )
    return TelegramSettings(token, api, secret if public else "")


_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}", re.ASCII)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
"""What Telegram takes for a token and for a webhook's secret (its documentation of `setWebhook`)."""


_SERVER = re.compile(r"(?:[^/@:]+(?::[^/@]*)?@)?(?:\[[^\]/]+\]|[^/@:\[]*)(?::\d+)?(?:[/?].*)?")
"""What stands behind ``postgresql://``: user and password, host and port, name and options."""


def _is_address(address: str) -> bool:
    try:
        return urlsplit(address).scheme in ("http", "https") and bool(urlsplit(address).hostname)
    except ValueError:
        return False


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
        # Reading the port is what finds that it is none.
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
