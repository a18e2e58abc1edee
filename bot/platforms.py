"""The platforms that are configured, made of the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from bot.metrics import Metrics
from bot.settings import Settings
from dialogs.engine import Dialog
from dialogs.words import Words, templates_folder

if TYPE_CHECKING:
    from bot.serve import Adapter


def configured(settings: Settings, dialog: Dialog, metrics: Metrics) -> list[Adapter]:
    """An adapter for each platform whose variables are set; what they refuse is counted."""
    adapters: list[Adapter] = []
    if settings.telegram:
        from bot.adapters.telegram import Telegram

        adapters.append(
            Telegram(
                settings.telegram.token,
                own_words(dialog, "telegram"),
                api=settings.telegram.api,
                secret=settings.telegram.secret,
                refused=metrics.refused,
            )
        )
    if settings.slack:
        from bot.adapters.slack import Slack

        adapters.append(
            Slack(
                settings.slack,
                own_words(dialog, "slack"),
                settings.database,
                public=settings.public,
                secret=settings.secret,
                refused=metrics.refused,
            )
        )
    return adapters


async def set_up_telegram(settings: Settings, dialog: Dialog) -> AsyncIterator[str]:
    """Sets the bot up at Telegram; yields a line for each change.

    Raises telegram's `TelegramError`; there must be settings for it.
    """
    from bot.adapters.telegram import Telegram, set_up

    assert settings.telegram  # noqa: S101 - whoever calls has looked
    own = own_words(dialog, "telegram")
    telegram = Telegram(settings.telegram.token, own, api=settings.telegram.api)
    async with telegram.bot as bot:
        async for line in set_up(bot, own, tuple(dialog.words), settings.public, settings.telegram.secret):
            yield line


def slack_manifest(public: str, dialog: Dialog, distributed: bool) -> str:
    """The manifest of an app on Slack, as YAML.

    Takes `PUBLIC_URL`, "" for Socket Mode, the dialog, and whether any workspace may install the app.
    """
    from bot.adapters.slack.setup import as_yaml, manifest

    return as_yaml(manifest(own_words(dialog, "slack"), public, distributed))


def own_words(dialog: Dialog, platform: str) -> Callable[[str, str], str]:
    """What a platform's adapter says of itself, by locale and block; the first locale's where it has none."""
    words = {locale: Words(templates_folder(), locale, platform) for locale in dialog.words}
    fallback = next(iter(words.values()))

    def own(locale: str, block: str) -> str:
        return str(words.get(locale, fallback).block("chat", block).unescape()).strip()

    return own
