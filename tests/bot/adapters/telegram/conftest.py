"""A bot on a Bot API server of our own, through the very wiring of `whatif run`."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import telegram

from bot.adapters.telegram import Telegram
from bot.adapters.telegram.incoming import ALLOWED
from bot.dispatch import Dispatcher
from bot.metrics import Metrics
from bot.pace import Pace
from bot.platforms import own_words
from bot.serve import serve
from bot.settings import Settings
from bot.store import Waiting
from bot.turn import Sender, Turns
from bot.watch import Watch
from dialogs.content import load
from dialogs.engine import Dialog
from tests.bot.adapters.telegram.server import BotApi

DIALOG = load()
own = own_words(DIALOG, "telegram")
SECRET = "s3cret-of_the-webhook"
UNHURRIED = Pace(chat=0, bot=0)


@dataclass
class Bot:
    """A bot that runs: its turns, what it counted, and the port of its pages."""

    metrics: Metrics
    turns: Turns | None = None
    port: int = 0

    def counted(self, name: str, **labels: str) -> float:
        """A counter's value."""
        lines = self.metrics.text(Waiting(0, 0)).decode().splitlines()
        shown = ",".join(f'{key}="{value}"' for key, value in labels.items())
        wanted = f"{name}{{{shown}}} " if shown else f"{name} "
        return next((float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted)), 0.0)


Running = Callable[..., AbstractAsyncContextManager[Bot]]


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """The server."""
    async with BotApi() as server:
        yield server


@pytest.fixture
def running(api: BotApi, tmp_path: Path) -> Running:
    """Runs the bot while a block lasts; once more on the same database when entered again."""
    return runs(api, tmp_path)


def runs(api: BotApi, folder: Path) -> Running:
    """What runs a bot on a server, with its database in a folder."""
    folder.mkdir(exist_ok=True)

    @asynccontextmanager
    async def run(
        *, webhook: bool = False, pace: Pace = UNHURRIED, now: Callable[[], float] | None = None
    ) -> AsyncIterator[Bot]:
        bot = Bot(Metrics())
        secret = SECRET if webhook else ""
        refused, clock = bot.metrics.refused, now or time.time
        adapter = Telegram(
            api.token, own, api=api.url, secret=secret, refused=refused, pace=pace, clock=clock
        )

        def wire(dialog: Dialog, by: Dispatcher, to: Mapping[str, Sender], watch: Watch) -> Turns:
            bot.turns = Turns(dialog, by, to, watch, clock)
            return bot.turns

        stopping = asyncio.Event()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = bot.port = free.getsockname()[1]
        settings = Settings(f"sqlite:///{folder / 'whatif.db'}", port=port)
        task = asyncio.create_task(serve(settings, DIALOG, [adapter], bot.metrics, wire, stopping))
        try:
            await up(port)
            if webhook:
                api.reach(f"http://127.0.0.1:{port}")
                async with telegram.Bot(api.token, base_url=api.base_url) as own_bot:
                    await own_bot.set_webhook(
                        "https://bot.example.org/telegram/webhook",
                        secret_token=secret,
                        allowed_updates=ALLOWED,
                    )
            yield bot
        finally:
            stopping.set()
            await task

    return run


async def answered(api: BotApi, chat: int, step: Awaitable[object]) -> None:
    """Does something in a chat, and waits until the bot has answered it and rests."""
    before = len(api.calls(chat=chat))
    await step
    await api.until(lambda: len(api.calls(chat=chat)) > before)
    await api.quiet(0.1)


async def up(port: int) -> None:
    """Waits until somebody listens on a port."""
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return
