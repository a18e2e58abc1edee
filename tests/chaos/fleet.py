"""The replicas of a run: started, killed, frozen, and all ended in the end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.chaos.fault import Fault
from tests.chaos.replica import Orders

ROOT = Path(__file__).parents[2]

STOPS = 10.0
"""Seconds that a process has to end when it is told to."""


async def until(true: Callable[[], bool]) -> None:
    """Waits until something is so."""
    while not true():  # noqa: ASYNC110 - what it depends on is in many places, and other processes
        await asyncio.sleep(0.02)


class Replica:
    """One process under test, and those that follow it after a kill.

    Takes its number, its orders, and the file that its log is added to.
    """

    def __init__(self, number: int, orders: Orders, log: Path) -> None:
        self.number = number
        self.orders = orders
        self.log = log
        self.url = ""
        self.frozen = False
        self.stopping = False
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts a process; `url` is set once it listens."""
        self.url = ""
        # Whoever measures coverage isn't to measure, and slow down, processes that are killed.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.replica",
            stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            cwd=ROOT, env=environment, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin
        self._process.stdin.write(self.orders.line())
        self._reading = asyncio.create_task(self._read(self._process))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        with self.log.open("a") as log:
            while line := await process.stderr.readline():
                log.write(f"{self.number} {line.decode()}")
                log.flush()
                if b'"running ' in line and process is self._process:
                    self.url = json.loads(line)["message"].rpartition(" on ")[2]

    @property
    def process(self) -> int:
        """The id of its process, 0 while there is none."""
        return self._process.pid if self._process else 0

    async def kill(self) -> None:
        """Ends it at once, and waits until it has ended."""
        process, self._process = self._process, None
        self.url = ""
        self.frozen = False
        if process:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def stop(self) -> None:
        """Tells it to end, as a new release does, and waits until it has ended, a while at most."""
        process, self.url = self._process, ""
        self.stopping = True
        if process:
            process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOPS)
        await self.kill()
        self.stopping = False

    def freeze(self) -> None:
        """Stops it where it stands."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        self.frozen = True

    def wake(self) -> None:
        """Lets it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)
        self.frozen = False

    async def revive(self) -> None:
        """Starts it anew where it ended by itself."""
        if self._process and self._process.returncode is not None and not self.stopping:
            await self.kill()
            await self.start()

    async def end(self) -> None:
        """Ends it for good."""
        await self.kill()
        if self._reading:
            await self._reading


class Fleet:
    """All replicas of a run.

    Takes their number, their orders, the file of their log, and chance.
    """

    def __init__(self, count: int, orders: Orders, log: Path, random: Random) -> None:
        self.replicas = [Replica(number, orders, log) for number in range(count)]
        self.random = random
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts all of them, and waits until they listen."""
        for replica in self.replicas:
            await replica.start()
        self._watch = asyncio.create_task(self._revive())
        async with asyncio.timeout(60):
            await until(lambda: all(replica.url for replica in self.replicas))

    async def _revive(self) -> None:
        """What runs it in earnest starts it again when it ends by itself, and so is it here."""
        while True:
            await asyncio.sleep(0.25)
            for replica in self.replicas:
                await replica.revive()

    def urls(self, beside: str = "") -> list[str]:
        """Where the living listen, the one named left out if there are others."""
        urls = [replica.url for replica in self.replicas if replica.url]
        return [url for url in urls if url != beside] or urls

    async def kill_one(self) -> Fault:
        """Kills one that listens, and starts it again at once."""
        replica = await self._one()
        process, began = replica.process, time.time()
        await replica.kill()
        fault = Fault("kill", process, began, time.time())
        await replica.start()
        return fault

    async def stop_one(self) -> Fault:
        """Stops one that listens, the gentle way, and starts it again."""
        replica = await self._one()
        process, began = replica.process, time.time()
        await replica.stop()
        fault = Fault("stop", process, began, time.time())
        await replica.start()
        return fault

    async def freeze_one(self, seconds: float) -> Fault:
        """Freezes one that listens for some time."""
        replica = await self._one()
        process, began = replica.process, time.time()
        replica.freeze()
        try:
            await asyncio.sleep(seconds)
        finally:
            replica.wake()
        return Fault("freeze", process, began, time.time())

    async def _one(self) -> Replica:
        def awake() -> list[Replica]:
            return [replica for replica in self.replicas if replica.url and not replica.frozen]

        await until(lambda: bool(awake()))
        return self.random.choice(awake())

    async def end(self) -> None:
        """Ends all of them."""
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await asyncio.gather(*(replica.end() for replica in self.replicas))
