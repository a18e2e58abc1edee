"""The dispatcher of one process, on SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.dispatch.local import Local
from bot.store import Sqlite, Transaction, Wake
from tests.bot.played import Clock, until

ME = "tg:bot:1"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Sqlite]:
    database = Sqlite(tmp_path / "whatif.db")
    await database.migrate()
    yield database
    await database.close()


async def nothing(_: str) -> None:
    """Does nothing."""


async def test_the_sweep_leaves_other_platforms_alone(database: Sqlite) -> None:
    done: list[str] = []

    async def turn(conversation: str) -> None:
        done.append(conversation)
        await database.run(lambda on: on.purge(0.0, 0.0))

    for conversation in ("term:me", ME):
        await database.run(lambda on, each=conversation: on.accept(each, "1", "", 1.0))  # type: ignore[misc]
    dispatcher = Local(database, ["tg"])
    await dispatcher.start({"turn": turn, "out": nothing, "timer": nothing})
    await until(lambda: done.count(ME) >= 2)
    await dispatcher.stop(60)
    assert "term:me" not in done


async def test_a_timer_is_a_turn_once_its_time_has_come(database: Sqlite) -> None:
    clock = Clock()
    done: list[float] = []

    async def turn(_: str) -> None:
        done.append(clock.now)
        kept = (await database.run(lambda on: on.load(ME, clock.now)))[0]
        if kept:
            await database.run(lambda on: on.save(ME, kept, "{}", []))

    dispatcher = Local(database, ["tg"], clock)
    await dispatcher.start({"turn": turn, "out": nothing, "timer": nothing})
    due = clock.now + 7 * 86_400
    await dispatcher.transact(lambda on: on.accept(ME, "due", "", clock.now, due))
    swept = dispatcher._swept
    await until(lambda: dispatcher._swept > swept)
    assert done == []
    clock.now = due + 1
    await until(lambda: done)
    await dispatcher.stop(60)
    assert done == [due + 1]


async def test_settling_waits_and_raises_what_failed(database: Sqlite) -> None:
    begun: list[str] = []

    async def turn(conversation: str) -> None:
        begun.append(conversation)
        await asyncio.sleep(0)
        if conversation == "term:broken":
            raise LookupError("of its own")

    dispatcher = Local(database)
    await dispatcher.start({"turn": turn, "out": nothing, "timer": nothing})

    def wake(on: Transaction) -> None:
        on.wakes += [Wake("turn", "term:me"), Wake("turn", "term:broken")]

    await dispatcher.transact(wake)
    await dispatcher.settle("term:me")
    assert "term:me" in begun
    with pytest.raises(LookupError, match="of its own"):
        await dispatcher.settle("term:broken")
    await dispatcher.settle("term:nobody")
    await dispatcher.stop(0)


async def test_ids_are_forgotten_after_two_days(database: Sqlite) -> None:
    clock = Clock()

    async def turn(_: str) -> None:
        kept = (await database.run(lambda on: on.load(ME, clock.now)))[0]
        if kept:
            await database.run(lambda on: on.save(ME, kept, "{}", []))

    for event_id, accepted in (("old", clock.now - 49 * 3600), ("young", clock.now - 47 * 3600)):
        await database.run(lambda on, e=event_id, a=accepted: on.accept(ME, e, "", a))  # type: ignore[misc]
        await turn(ME)
    dispatcher = Local(database, ["tg"], clock)
    await dispatcher.start({"turn": turn, "out": nothing, "timer": nothing})

    async def forgotten() -> bool:
        def count(on: Transaction) -> int:
            return int(on.connection.exec_driver_sql("SELECT count(*) FROM event").scalar_one())

        return (await database.run(count))[0] == 1

    await until(forgotten)
    await dispatcher.stop(60)
    known, _ = await database.run(lambda on: on.accept(ME, "young", "", clock.now))
    assert not known
