"""One run of a scenario: plays the people, lets things befall the replicas, and counts."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from bot.pace import Pace
from bot.store import open_database
from dialogs.content import load
from tests.chaos.fault import Cause, Fault, causes
from tests.chaos.fleet import Fleet, until
from tests.chaos.platform import Platform
from tests.chaos.records import Records
from tests.chaos.replica import Orders
from tests.chaos.scenario import Scenario
from tests.chaos.scripts import Script, Step, mark_of, write
from tests.chaos.server import Proxy, Server
from tests.chaos.tally import Tally, tally, too_fast

AGAIN = 0.1
"""The share of updates that come once more after they were accepted."""

TWICE = 0.03
"""The share of updates that come to two replicas at the same time."""

PATIENCE = 3.0
"""Seconds that the platform waits for an answer before it sends an update again."""

GIVE_UP = 60.0
"""Seconds without anything happening after which what is missing counts as lost."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run.

    `again` counts the updates sent more than once, `causes` the messages that were, by why.
    """

    scenario: Scenario
    tally: Tally
    updates: int
    again: int
    kills: int
    causes: Counter[Cause]
    complaints: Sequence[str]
    seconds: float
    log: Path

    @property
    def repeated(self) -> int:
        """The messages that came again other than where the platform withheld its answer on purpose."""
        return self.causes.total() - self.causes["reset"]

    @property
    def good(self) -> bool:
        """Whether all is as promised."""
        return not self.tally.faults and not self.complaints


class Run:
    """A run under way. Takes its parts, which `run` makes."""

    def __init__(
        self,
        scenario: Scenario,
        scripts: Sequence[Script],
        platform: Platform,
        fleet: Fleet,
        records: Records,
        random: Random,
        proxy: Proxy | None,
    ) -> None:
        self.scenario = scenario
        self.scripts = scripts
        self.platform = platform
        self.fleet = fleet
        self.records = records
        self.random = random
        self.proxy = proxy
        self.updates = 0
        self.again = 0
        self.faults: list[Fault] = []
        self._total = sum(not step.reminds for script in scripts for step in script.steps)
        self._client: aiohttp.ClientSession | None = None
        self._redelivering: set[asyncio.Task[None]] = set()

    async def play(self) -> None:
        """Plays all conversations, while things happen, and waits until nothing is left to be done."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as self._client:
            faults = asyncio.create_task(self._befall())
            try:
                await asyncio.gather(*(self._converse(script) for script in self.scripts))
                await faults
                await asyncio.gather(*self._redelivering)
            finally:
                faults.cancel()
                await asyncio.gather(faults, return_exceptions=True)
            await self._settle()

    async def _settle(self) -> None:
        before, since = (-1, -1), time.monotonic()
        while time.monotonic() - since < GIVE_UP:
            waiting = await self.records.waiting()
            if not waiting:
                return
            now = (waiting, sum(map(len, self.platform.taken.values())))
            if now != before:
                before, since = now, time.monotonic()
            await asyncio.sleep(0.2)

    # The people.

    async def _converse(self, script: Script) -> None:
        share = self.scenario.spread / max(len(script.steps), 1)
        # They come in bursts, many conversations in the same moment.
        await asyncio.sleep(self.random.randrange(4) * share)
        for step in script.steps:
            if step.reminds:
                await self._reminded(script, step)
                continue
            await self._deliver(script, step)
            self.updates += 1
            await asyncio.sleep(self.random.uniform(0, 1.6 * share))

    async def _deliver(self, script: Script, step: Step) -> None:
        """Sends an update to any replica until one says that it has it."""
        if self.random.random() < TWICE:
            self._redeliver(script, step, "", 0.0)
        began = time.monotonic()
        while time.monotonic() - began < GIVE_UP:
            urls = self.fleet.urls()
            url = self.random.choice(urls) if urls else ""
            if url and await self._post(url, script, step):
                if self.random.random() < AGAIN:
                    self._redeliver(script, step, url, self.random.uniform(0, 1.0))
                return
            await asyncio.sleep(0.05)

    def _redeliver(self, script: Script, step: Step, beside: str, after: float) -> None:
        async def redeliver() -> None:
            await asyncio.sleep(after)
            if urls := self.fleet.urls(beside):
                self.again += 1
                await self._post(self.random.choice(urls), script, step)

        task = asyncio.create_task(redeliver())
        self._redelivering.add(task)
        task.add_done_callback(self._redelivering.discard)

    async def _post(self, url: str, script: Script, step: Step) -> bool:
        assert self._client
        body = {"conversation": script.conversation, "id": step.id, "event": step.body}
        try:
            async with self._client.post(f"{url}/loopback", json=body) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def _reminded(self, script: Script, step: Step) -> None:
        """Waits for a reminder; no longer than anything is left to be done for the conversation."""
        idle = 0
        while not self.platform.has(script.conversation, mark_of(step.messages[0])):
            idle = 0 if await self.records.waiting(script.conversation) else idle + 1
            if idle > 4:
                return
            await asyncio.sleep(0.3)

    # What befalls them.

    async def _befall(self) -> None:
        faults: list[Callable[[], Awaitable[None]]] = [self._kill] * self.scenario.kills
        faults += [self._stop] * self.scenario.stops
        faults += [self._freeze] * self.scenario.freezes
        faults += [lambda seconds=seconds: self._cut(seconds) for seconds in self.scenario.outages]  # type: ignore[misc]
        self.random.shuffle(faults)
        under_way: list[asyncio.Task[None]] = []
        for number, fault in enumerate(faults):
            # One somewhere in each of as many parts of the run.
            due = (number + self.random.random()) / len(faults) * 0.9
            await until(lambda due=due: self.updates >= due * self._total)  # type: ignore[misc]
            # Not only while a crowd comes back at once from the fault before.
            await asyncio.sleep(self.random.uniform(0.2, 2.0))
            if fault in (self._kill, self._stop):
                await fault()
            else:
                under_way.append(asyncio.create_task(fault()))  # type: ignore[arg-type]
        await asyncio.gather(*under_way)

    async def _kill(self) -> None:
        self.faults.append(await self.fleet.kill_one())

    async def _stop(self) -> None:
        self.faults.append(await self.fleet.stop_one())

    async def _freeze(self) -> None:
        self.faults.append(await self.fleet.freeze_one(1.5 * self.scenario.stalled))

    async def _cut(self, seconds: float) -> None:
        assert self.proxy
        began = time.time()
        self.proxy.cut()
        try:
            await asyncio.sleep(seconds)
        finally:
            await self.proxy.open()
        self.faults.append(Fault("cut", 0, began, time.time()))


async def run(scenario: Scenario, server: Server, seed: int) -> Result:
    """Makes one run.

    Takes what befalls, where its database is to be, and the seed of its chances.
    """
    random = Random(f"{seed} {scenario.name}")
    dialog = load()
    dialog.nudge_after = scenario.nudge_after
    each = scenario.updates // scenario.conversations
    scripts = [
        write(dialog, number, each, number < scenario.reminders, random)
        for number in range(scenario.conversations)
    ]
    name = scenario.name.replace(" ", "_").replace(",", "")
    log = server.folder / f"{name}.log"
    platform = Platform(random, scenario.manners)
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(server.place(scenario.database, name))
        database = open_database(place.direct)
        await database.migrate()
        await database.close()
        send = await platform.start()
        stack.push_async_callback(platform.stop)
        orders = Orders(
            place.url, send, scenario.pace, scenario.nudge_after, scenario.heartbeat, scenario.stalled,
            os.environ.get("CHAOS_BREAK", ""),
        )  # fmt: skip
        fleet = Fleet(scenario.replicas, orders, log, random)
        stack.push_async_callback(fleet.end)
        await fleet.start()
        began = time.monotonic()
        running = Run(scenario, scripts, platform, fleet, Records(place.direct), random, place.proxy)
        await running.play()
        seconds = time.monotonic() - began
        stored = await running.records.stored()
    pace: dict[str, Any] = scenario.pace
    away = [(fault.begin, fault.end) for fault in running.faults if fault.kind in ("freeze", "cut")]
    return Result(
        scenario,
        tally(scripts, platform.taken, stored, away),
        running.updates,
        running.again,
        sum(fault.kind == "kill" for fault in running.faults),
        causes(platform.taken, running.faults),
        too_fast(platform.taken, Pace(**pace)) if scenario.paced else (),
        seconds,
        log,
    )
