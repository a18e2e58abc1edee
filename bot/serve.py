"""``whatif run``: every adapter whose variables are set, on one database, until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from bot import logs
from bot.dispatch import Dispatcher
from bot.dispatch.local import Local
from bot.hold import hold
from bot.http import application
from bot.metrics import Metrics
from bot.pace import Pace
from bot.settings import PLATFORMS, PORT, Settings
from bot.store import SQLITE, Database, Keys, Sqlite, StoreError, keys_of, open_database
from bot.turn import Sender, Turns
from bot.watch import UNWATCHED, Watch
from dialogs.engine import Dialog
from dialogs.events import Event

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that turns under way have to finish in once the program is told to stop."""

A_MOMENT = 0.8
"""Seconds that each other part has to end in, so that all together end within ten."""

STEADY = 60.0
"""Seconds after which an adapter that fails is no longer one that can't begin."""


class Accept(Protocol):
    """What takes events: `Turns.accept`."""

    def __call__(self, conversation: str, event_id: str, event: Event, locale: str = "en") -> Awaitable[bool]:
        """Returns once the event is on the disk. Raises `StoreError` where it is not."""


class Adapter(Sender, Protocol):
    """A platform: its events to ours, our messages to its, and how to run."""

    @property
    def platform(self) -> str:
        """What its conversations' ids begin with (``tg``)."""

    @property
    def pace(self) -> Pace:
        """How fast it may write."""

    def routes(self, accept: Accept) -> Iterable[web.RouteDef]:
        """What it listens to over HTTP; nothing where it fetches its events itself."""

    async def run(self, accept: Accept) -> None:
        """Runs until it is cancelled: fetches events, or just waits where they come by HTTP."""

    async def close(self) -> None:
        """Lets go of its connections, when there is nothing more to send."""


class UnheardError(Exception):
    """It can't listen where it was told to; its text says why, and what to do."""


def make_dispatcher(database: Database, platforms: Sequence[str], watch: Watch = UNWATCHED) -> Dispatcher:
    """The dispatcher that fits the database: this process's own on a file, a shared one on a server."""
    if isinstance(database, Sqlite):
        return Local(database, platforms, watch=watch)
    from bot.dispatch.distributed import Distributed
    from bot.store.postgres import Postgres

    assert isinstance(database, Postgres)  # noqa: S101 - there are two kinds
    return Distributed(database, platforms, watch=watch)


async def serve(
    settings: Settings,
    dialog: Dialog,
    adapters: Sequence[Adapter],
    metrics: Metrics,
    wire: Callable[..., Turns] = Turns,
    stopping: asyncio.Event | None = None,
) -> None:
    """Runs until SIGTERM or SIGINT, then finishes what is under way, within 10 seconds.

    Takes the settings, the dialog, the adapters, what counts, what makes the turns of it all, and an
    event that stops it in place of a signal. Raises `StoreError`, `HeldError` or `UnheardError` where
    it can't begin.
    """
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.of_loop)
    stop = stopping or asyncio.Event()
    if not stopping:
        # Windows has none of these; there, Ctrl-C ends the program at once, and nothing is lost either.
        with suppress(NotImplementedError):
            for each in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(each, stop.set)
    async with AsyncExitStack() as stack:
        database = await _opened(settings.database, keys_of(settings.secret), stack)
        dispatcher = make_dispatcher(database, [adapter.platform for adapter in adapters], metrics)
        turns = wire(dialog, dispatcher, {adapter.platform: adapter for adapter in adapters}, metrics)
        routes = [route for adapter in adapters for route in adapter.routes(turns.accept)]
        runner = web.AppRunner(
            application(database, dispatcher, metrics, routes), access_log=None, shutdown_timeout=A_MOMENT
        )
        for adapter in adapters:
            stack.push_async_callback(_let_go, adapter)
        stack.push_async_callback(
            lambda: _ended("the dispatcher", dispatcher.stop(PATIENCE), PATIENCE + 2 * A_MOMENT)
        )
        await turns.start()
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        port = await _listen(runner, settings)
        running = [asyncio.create_task(_kept_up(adapter, turns.accept)) for adapter in adapters]
        stack.push_async_callback(_cancelled, running)
        names = ", ".join(adapter.platform for adapter in adapters) or "no platform"
        log.info("running %s on http://%s:%d", names, settings.host, port)
        if not adapters:
            log.warning("%s", unconfigured())
        await stop.wait()
        log.info("stopping: no new events; what is under way is finished")
    log.info("stopped")


def unconfigured() -> str:
    """What to say where no platform is configured."""
    needed = "; ".join(f"{' and '.join(names)} for {platform}" for platform, names in PLATFORMS.items())
    return f"no platform is configured: set {needed}; meanwhile, there is whatif chat"


async def _opened(url: str, keys: Keys, stack: AsyncExitStack) -> Database:
    if url.startswith(SQLITE):
        held = hold(Path(url.removeprefix(SQLITE)))
        stack.callback(held.release)
    database = open_database(url, keys)
    stack.push_async_callback(lambda: _ended("the database", database.close(), A_MOMENT))
    if isinstance(database, Sqlite):
        await database.migrate()
    elif not await database.is_current():
        raise StoreError("the tables of this database are not up to date; run: whatif migrate")
    return database


async def _listen(runner: web.AppRunner, settings: Settings) -> int:
    """Listens on the port that was asked for, or on any where none was and the usual one is taken."""
    ports = [PORT, 0] if settings.port is None else [settings.port]
    for port in ports:
        try:
            await web.TCPSite(runner, settings.host, port).start()
        except OSError as error:
            if port == ports[-1] or error.errno != errno.EADDRINUSE:
                why = (error.strerror or type(error).__name__).rpartition(": ")[2]
                raise UnheardError(
                    f"can't listen on {settings.host}, port {port}: {why}; name another port with PORT"
                    " (0 takes any that is free), or an address of this machine with HOST"
                ) from None
        else:
            break
    return int(runner.addresses[0][1])


async def _kept_up(adapter: Adapter, accept: Accept) -> None:
    """Runs an adapter, and again after any failure of its own."""
    failures = 0
    clock = asyncio.get_running_loop().time
    while True:
        begun = clock()
        try:
            await adapter.run(accept)
            return
        except Exception as error:
            failures = 1 if clock() - begun > STEADY else failures + 1
            wait = min(2.0 ** min(failures, 16) / 2, 30.0)
            why = error if isinstance(error, StoreError) else f"{type(error).__name__} at {logs.place(error)}"
            log.error("%s is begun again in %.1f s: %s", adapter.platform, wait, why)
            await asyncio.sleep(wait)


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Ends the adapters; one that doesn't end is left behind, since all it might still do is done again."""
    for task in tasks:
        task.cancel()
    if tasks and (await asyncio.wait(tasks, timeout=A_MOMENT))[1]:
        log.warning("an adapter doesn't end; it is left as it is")


async def _let_go(adapter: Adapter) -> None:
    await _ended(adapter.platform, adapter.close(), A_MOMENT)


async def _ended(what: str, ending: Coroutine[Any, Any, None], seconds: float) -> None:
    """Ends a part of the program; where that fails or takes too long, the rest is ended all the same."""
    try:
        async with asyncio.timeout(seconds):
            await ending
    except Exception as error:
        log.warning("%s doesn't end well (%s at %s)", what, type(error).__name__, logs.place(error))
