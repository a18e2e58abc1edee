"""The dispatcher of one process: tasks of this program, and a sweep for whatever they missed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bot.dispatch import Handlers
from bot.logs import place
from bot.store import Database, StoreError, Transaction, Wake
from bot.watch import UNWATCHED, Watch
from dialogs.settings import KEEP_DAYS

T = TypeVar("T")

log = logging.getLogger(__name__)

SWEEP = 1.0
"""Seconds between two looks at what has fallen due, or was left by a process before this one."""

RETRY_MOST = 10.0
"""Seconds between two tries of something that failed, at most."""

KEPT = 48 * 3600.0
"""Seconds that an event's id is remembered (Telegram sends an update again for 24 hours)."""

_Key = tuple[str, str]


def clean(on: Transaction, now: float) -> int:
    """Erases what is kept no longer; returns how many conversations were part of it."""
    on.purge(now - KEPT, now)
    return on.expire(now + KEEP_DAYS * 86_400.0, now)


def tell(erased: int, watch: Watch) -> None:
    """Counts and logs conversations that have expired: how many, and nothing else."""
    if erased:
        watch.erased("expired", erased)
        log.info("%d conversations have expired and are erased", erased)


class Local:
    """Turns taken by tasks of this process.

    Takes the database and the platforms whose conversations it sweeps for (none: only what is handed
    over here is done), the time in seconds since 1970, and a watch that counts what expires.
    """

    def __init__(
        self,
        database: Database,
        platforms: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
        watch: Watch = UNWATCHED,
    ) -> None:
        self.database = database
        self.watch = watch
        self.platforms = platforms
        self.clock = clock
        self._handlers: Handlers = {}
        self._tasks: dict[_Key, asyncio.Task[None]] = {}
        self._again: set[_Key] = set()
        self._failed: dict[_Key, Exception] = {}
        self._sweeping: asyncio.Task[None] | None = None
        self._swept = 0.0
        self._stopping = False

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Does a piece of work, then what it woke (see `Dispatcher`)."""
        result, wakes = await self.database.run(work)
        self._wake(wakes)
        return result

    async def start(self, handlers: Handlers) -> None:
        """Begins (see `Dispatcher`)."""
        self._handlers = handlers
        if self.platforms:
            self._swept = asyncio.get_running_loop().time()
            self._sweeping = asyncio.create_task(self._sweep(), name="sweep")

    async def stop(self, patience: float) -> None:
        """Ends (see `Dispatcher`)."""
        self._stopping = True
        tasks = [*self._tasks.values(), *filter(None, [self._sweeping])]
        if self._sweeping:
            self._sweeping.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def alive(self) -> bool:
        """Whether the sweep goes round; there is none where no platform has conversations here."""
        late = asyncio.get_running_loop().time() - self._swept
        return not self._stopping and (not self.platforms or late < 10 * SWEEP)

    async def settle(self, conversation: str) -> None:
        """Waits until nothing is under way for a conversation. Raises what its last try failed with."""
        while tasks := [task for (_, conv), task in self._tasks.items() if conv == conversation]:
            for (_, conv), error in self._failed.items():
                if conv == conversation:
                    raise error
            await asyncio.wait(tasks, timeout=0.05)

    def _wake(self, wakes: Iterable[Wake]) -> None:
        for wake in wakes:
            wait = wake.at - self.clock() if wake.at else 0.0
            key = ("turn" if wake.lane == "timer" else wake.lane, wake.conversation)
            if wait <= 0:
                self._begin(key)
            elif wait <= SWEEP or not self.platforms:
                # A timer may go off a hair early, and what is not due yet would not be found.
                asyncio.get_running_loop().call_later(wait + 0.005, self._begin, key)

    def _begin(self, key: _Key) -> None:
        if self._stopping:
            return
        if key in self._tasks:
            self._again.add(key)
        else:
            self._tasks[key] = asyncio.create_task(self._serve(key))

    async def _serve(self, key: _Key) -> None:
        lane, conversation = key
        failures = 0
        try:
            while True:
                self._again.discard(key)
                try:
                    await self._handlers[lane](conversation)
                    self._failed.pop(key, None)
                except Exception as error:
                    self._failed[key] = error
                    failures += 1
                    wait = min(2.0 ** min(failures, 16) / 4, RETRY_MOST)
                    why = (
                        error
                        if isinstance(error, StoreError)
                        else f"{type(error).__name__} at {place(error)}"
                    )
                    log.error("tried again in %.1f s: %s", wait, why, extra={"conversation": conversation})
                    await asyncio.sleep(wait)
                    self._again.add(key)
                if self._stopping or key not in self._again:
                    return
        finally:
            self._tasks.pop(key, None)
            self._again.discard(key)
            self._failed.pop(key, None)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                wakes, _ = await self.database.run(lambda on: on.waiting(self.platforms, self.clock()))
                self._wake(wakes)
                erased, _ = await self.database.run(lambda on: clean(on, self.clock()))
                tell(erased, self.watch)
                self._swept = loop.time()
            except StoreError as error:
                log.error("%s", error)
            await asyncio.sleep(SWEEP)
