"""``whatif setup telegram``: what Telegram shows of the bot, made what it should be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, MenuButtonCommands

from bot.adapters.telegram.adapter import Own
from bot.adapters.telegram.incoming import ALLOWED, COMMANDS

CONNECTIONS = 40
"""Connections that Telegram may open to a webhook at once."""


async def set_up(
    bot: Bot, own: Own, locales: Collection[str], public: str = "", secret: str = ""
) -> AsyncIterator[str]:
    """Makes commands, names, descriptions, menu button and webhook what they should be.

    Takes the bot, its words, the locales it has (the first is for everybody else, too), and the
    address and the secret of its webhook, "" for none. Yields a line for each thing that it changed,
    so nothing the second time. Raises telegram's `TelegramError`.
    """
    scope = BotCommandScopeAllPrivateChats()
    fallback = next(iter(locales))
    for language in ("", *locales):
        locale, of = language or fallback, f" ({language})" if language else ""
        wanted = tuple([BotCommand(name, own(locale, name)) for name in COMMANDS])
        if await bot.get_my_commands(scope, language) != wanted:
            await bot.set_my_commands(wanted, scope, language)
            yield f"commands{of}: {', '.join(COMMANDS)}"
        name = own(locale, "name")
        if (await bot.get_my_name(language)).name != name:
            await bot.set_my_name(name, language)
            yield f"name{of}: {name}"
        short = own(locale, "short_description")
        if (await bot.get_my_short_description(language)).short_description != short:
            await bot.set_my_short_description(short, language)
            yield f"short description{of}: {short}"
        about = own(locale, "description")
        if (await bot.get_my_description(language)).description != about:
            await bot.set_my_description(about, language)
            yield f"description{of}: {about}"
    if (await bot.get_chat_menu_button()).type != MenuButtonCommands().type:
        await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
        yield "menu button: the commands"
    async for change in _webhook(bot, f"{public}/telegram/webhook" if public else "", secret):
        yield change


async def _webhook(bot: Bot, url: str, secret: str) -> AsyncIterator[str]:
    now = await bot.get_webhook_info()
    if not url:
        if now.url:
            await bot.delete_webhook()
            yield "webhook: none, so that the bot can poll"
        return
    same = (now.url, set(now.allowed_updates or ()), now.max_connections) == (url, set(ALLOWED), CONNECTIONS)
    # Telegram tells nobody the secret it has; a webhook with another one shows by what it complains of.
    if not same or now.last_error_message:
        await bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED, max_connections=CONNECTIONS)
        yield f"webhook: {url}"
