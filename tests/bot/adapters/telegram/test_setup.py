"""`whatif setup telegram`: done once, said once."""

from __future__ import annotations

from pathlib import Path

from telegram import Bot, BotCommandScopeAllPrivateChats

from bot.adapters.telegram import set_up
from bot.adapters.telegram.incoming import COMMANDS
from bot.doctor import examine
from tests.bot.adapters.telegram.conftest import own
from tests.bot.adapters.telegram.server import BotApi


async def changes(api: BotApi, public: str = "") -> list[str]:
    async with Bot(api.token, base_url=api.base_url) as bot:
        return [line async for line in set_up(bot, own, ["en"], public, "s3cret" if public else "")]


async def test_the_second_time_there_is_nothing_to_do(api: BotApi) -> None:
    first = await changes(api)
    assert any(line.startswith("commands") for line in first)
    assert any(line.startswith("description") for line in first)
    asked = len([made for made in api.requests if made.method.startswith("set")])
    assert await changes(api) == []
    assert len([made for made in api.requests if made.method.startswith("set")]) == asked
    assert not api.refusals()


async def test_every_command_is_described_in_private_chats(api: BotApi) -> None:
    await changes(api)
    async with Bot(api.token, base_url=api.base_url) as bot:
        commands = await bot.get_my_commands(BotCommandScopeAllPrivateChats())
        assert tuple(command.command for command in commands) == COMMANDS
        assert await bot.get_my_commands() == (), "groups see none"


async def test_the_webhook_is_set_and_taken_away(api: BotApi) -> None:
    assert "webhook: https://bot.example.org/telegram/webhook" in await changes(
        api, "https://bot.example.org"
    )
    assert await changes(api, "https://bot.example.org") == []
    assert await changes(api) == ["webhook: none, so that the bot can poll"]


async def test_the_doctor_says_who_the_bot_is_and_whether_it_can_poll(api: BotApi, tmp_path: Path) -> None:
    environment = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'whatif.db'}", "PORT": "0",
        "TELEGRAM_BOT_TOKEN": api.token, "TELEGRAM_API_URL": api.url,
    }  # fmt: skip

    async def told(**more: str) -> list[str]:
        findings = await examine({**environment, **more})
        return [f"{found.mark}: {found.text}" for found in findings if found.about == "Telegram"]

    assert f"ok: the bot is @{api.username}" in await told()
    await changes(api, "https://bot.example.org")
    assert any(line.startswith("wrong: a webhook keeps it") for line in await told())
    unknown = await told(TELEGRAM_BOT_TOKEN="7000000001:" + "x" * 35)
    assert any("doesn't know this TELEGRAM_BOT_TOKEN" in line for line in unknown)
    assert not any("xxx" in line for line in unknown)
    nobody = await told(TELEGRAM_API_URL="http://127.0.0.1:1")
    assert any(line.startswith("wrong: 127.0.0.1 can't be reached") for line in nobody)
