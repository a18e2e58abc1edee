"""A bot on a Slack of our own, through the very wiring of `whatif run`."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from bot.adapters.slack import Slack, SlackSettings
from bot.dispatch import Dispatcher
from bot.dispatch.local import Local
from bot.metrics import Metrics
from bot.pace import Pace
from bot.serve import serve
from bot.settings import Settings
from bot.store import Sqlite, Waiting
from bot.turn import Sender, Turns
from bot.watch import Watch
from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.words import Words, templates_folder
from tests.bot.adapters.slack.server import SlackApi

DIALOG = load()
WORDS = Words(templates_folder(), "en", "slack")
UNHURRIED = Pace(chat=0, bot=0)
SECRET_KEY = "a key of the tests, long enough to be one"
PUBLIC = "https://bot.example.org"


def own(locale: str, block: str) -> str:
    """The adapter's own words."""
    return str(WORDS.block("chat", block).unescape()).strip()


@dataclass
class Bot:
    """A bot that runs: its adapter, its turns, where it listens, and what it counted."""

    adapter: Slack
    metrics: Metrics
    port: int
    path: Path
    turns: Turns | None = None

    def counted(self, name: str, **labels: str) -> float:
        """A counter's value."""
        lines = self.metrics.text(Waiting(0, 0)).decode().splitlines()
        shown = ",".join(f'{key}="{value}"' for key, value in labels.items())
        wanted = f"{name}{{{shown}}} " if shown else f"{name} "
        return next((float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted)), 0.0)

    def refused(self, why: str) -> float:
        """How often something was refused for a reason."""
        return self.counted("whatif_refused_total", why=why)

    @property
    def turned(self) -> float:
        """How many turns were taken."""
        return self.counted("whatif_turn_seconds_count")

    def busy(self) -> bool:
        """Whether turns or messages are under way."""
        dispatcher = self.turns and self.turns.dispatcher
        return isinstance(dispatcher, Local) and bool(dispatcher._tasks)

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What stands in its database, where that is a file."""
        database = Sqlite(self.path)
        try:
            found = await database.run(lambda on: on.connection.exec_driver_sql(statement).all())
        finally:
            await database.close()
        return [tuple(row) for row in found[0]]


Running = Callable[..., AbstractAsyncContextManager[Bot]]


@pytest.fixture
async def api() -> AsyncIterator[SlackApi]:
    """The server."""
    async with SlackApi() as server:
        yield server


@pytest.fixture
def running(api: SlackApi, tmp_path: Path) -> Running:
    """Runs the bot while a block lasts; once more on the same database when entered again."""
    return runs(api, tmp_path)


def runs(api: SlackApi, folder: Path) -> Running:
    """What runs a bot on a server, with its database in a folder."""
    folder.mkdir(exist_ok=True)

    @asynccontextmanager
    async def run(
        *,
        way: str = "http",
        many: bool = False,
        pace: Pace = UNHURRIED,
        secret: str = SECRET_KEY,
        patience: float = 10.0,
        now: Callable[[], float] | None = None,
        database: str = "",
    ) -> AsyncIterator[Bot]:
        metrics, path = Metrics(), folder / "whatif.db"
        database = database or f"sqlite:///{path}"
        adapter = Slack(
            SlackSettings(
                bot_token="" if many else api.token,
                app_token=api.app.app_token,
                signing_secret=api.app.signing_secret,
                client_id=api.app.client_id if many else "",
                client_secret=api.app.client_secret if many else "",
                api=api.url,
            ),
            own,
            database,
            public=PUBLIC if way == "http" else "",
            secret=secret,
            refused=metrics.refused,
            pace=pace,
            patience=patience,
        )
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        bot = Bot(adapter, metrics, port, path)

        def wire(dialog: Dialog, by: Dispatcher, to: Mapping[str, Sender], watch: Watch) -> Turns:
            bot.turns = Turns(dialog, by, to, watch, now or time.time)
            return bot.turns

        stopping = asyncio.Event()
        settings = Settings(database, port=port, secret=secret)
        quiet = api.quiet
        # On a machine with much to do, a moment without a request says nothing.
        api.quiet = partial(quiet, busy=bot.busy)  # type: ignore[method-assign]
        task = asyncio.create_task(serve(settings, DIALOG, [adapter], metrics, wire, stopping))
        try:
            await asyncio.sleep(0)
            await _listens(port, task)
            if way == "http":
                api.deliver_over("http", f"http://127.0.0.1:{port}")
            else:
                api.deliver_over("socket")
                await api.until(lambda: api.sockets.links)
            yield bot
        finally:
            api.quiet = quiet  # type: ignore[method-assign]
            stopping.set()
            await task
            await adapter.close()

    return run


async def _listens(port: int, task: asyncio.Task[None]) -> None:
    while not task.done():
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return
    await task
