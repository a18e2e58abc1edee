"""What both dispatchers promise: what was woken is done, one thing at a time, whoever fails or ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.dispatch import Dispatcher
from bot.store import StoreError, Transaction, Wake, open_database, tables
from tests.bot.played import dispatcher_of, rows, run, until

ME, YOU = "tg:bot:1", "tg:bot:2"

Work = Callable[[str], Awaitable[None]]


async def nothing(_: str) -> None:
    """Does nothing."""


@asynccontextmanager
async def dispatcher(
    url: str, turn: Work | None = None, out: Work = nothing, timer: Work = nothing, stalled: float = 1.5
) -> AsyncIterator[Dispatcher]:
    """A dispatcher that does such work; without any it isn't started."""
    database = open_database(url)
    made = dispatcher_of(database, stalled=stalled)
    try:
        if turn:
            await made.start({"turn": turn, "out": out, "timer": timer})
        else:
            await made.stop(0)
        yield made
    finally:
        await made.stop(60)
        await database.close()


async def wake(on: Dispatcher, *wakes: Wake) -> None:
    """Wakes conversations, in a transaction of its own."""

    def work(transaction: Transaction) -> None:
        transaction.wakes += wakes

    await on.transact(work)


async def accept(on: Dispatcher, event_id: str, conversation: str = ME) -> None:
    await on.transact(lambda transaction: transaction.accept(conversation, event_id, "", time.time()))


async def test_what_is_woken_is_done_each_in_its_lane(url: str) -> None:
    done: list[tuple[str, str]] = []

    def lane(name: str) -> Work:
        async def work(conversation: str) -> None:
            done.append((name, conversation))

        return work

    async with dispatcher(url, lane("turn"), lane("out"), lane("timer")) as here:
        await wake(here, Wake("turn", ME), Wake("out", ME), Wake("turn", YOU))
        await until(lambda: {("turn", ME), ("out", ME), ("turn", YOU)} <= set(done))


async def test_what_is_woken_for_later_is_done_later(url: str) -> None:
    done: list[float] = []

    async def turn(_: str) -> None:
        done.append(time.time())

    at = time.time() + 0.7
    async with dispatcher(url, turn, out=turn) as here:
        await wake(here, Wake("out", ME, at))
        await until(lambda: done)
    assert done[0] >= at


async def test_one_conversation_takes_one_turn_at_a_time_and_many_take_theirs_at_once(url: str) -> None:
    busy: dict[str, int] = {ME: 0, YOU: 0}
    most: dict[str, int] = {ME: 0, YOU: 0}
    together = asyncio.Event()

    async def turn(conversation: str) -> None:
        busy[conversation] += 1
        most[conversation] = max(most[conversation], busy[conversation])
        if all(busy.values()):
            together.set()
        # Whoever takes the first turn waits for the other conversation's.
        await asyncio.wait_for(together.wait(), 60)
        busy[conversation] -= 1

    async with dispatcher(url, turn) as here:
        for _ in range(3):
            await wake(here, Wake("turn", ME), Wake("turn", YOU))
        await until(together.is_set)
        await until(lambda: not any(busy.values()))
    assert most == {ME: 1, YOU: 1}


async def test_what_comes_while_a_turn_is_taken_is_not_forgotten(url: str) -> None:
    begun: list[str] = []
    go = asyncio.Event()

    async def turn(conversation: str) -> None:
        begun.append(conversation)
        await go.wait()

    async with dispatcher(url, turn) as here:
        await wake(here, Wake("turn", ME))
        await until(lambda: len(begun) == 1)
        await wake(here, Wake("turn", ME))
        go.set()
        await until(lambda: len(begun) == 2)


async def test_what_fails_is_tried_again_until_it_works(url: str, caplog: pytest.LogCaptureFixture) -> None:
    tries: list[str] = []

    async def turn(conversation: str) -> None:
        tries.append(conversation)
        if len(tries) < 3:
            raise LookupError("what somebody said")

    async with dispatcher(url, turn) as here:
        await wake(here, Wake("turn", ME))
        await until(lambda: len(tries) == 3)
    assert all("what somebody said" not in line.getMessage() for line in caplog.records)


async def test_what_fails_holds_up_nobody_else(url: str) -> None:
    done: list[str] = []

    async def turn(conversation: str) -> None:
        if conversation == ME:
            raise LookupError
        done.append(conversation)

    async with dispatcher(url, turn) as here:
        await wake(here, Wake("turn", ME), Wake("turn", YOU))
        await until(lambda: done == [YOU])


async def test_stopping_waits_for_what_is_under_way_and_begins_nothing_new(url: str) -> None:
    begun: list[str] = []
    done: list[str] = []
    go = asyncio.Event()

    async def turn(conversation: str) -> None:
        begun.append(conversation)
        await go.wait()
        done.append(conversation)

    async with dispatcher(url) as beside:
        # Others would take over what it works on: it gives no sign of life while it stops.
        async with dispatcher(url, turn, stalled=60) as here:
            await wake(here, Wake("turn", ME))
            await until(lambda: begun == [ME])
            stopping = asyncio.create_task(here.stop(60))
            await asyncio.sleep(0.5)  # a look for work that was under way by then may still find some
            await accept(beside, "1", YOU)
            await accept(here, "2", YOU)
            await asyncio.sleep(1.5)  # longer than it takes to look for what was left
            assert not stopping.done()
            go.set()
            await stopping
            assert (begun, done) == ([ME], [ME])
        # And what wasn't begun is there for the next.
        async with dispatcher(url, turn):
            await until(lambda: YOU in done)


async def test_stopping_doesnt_wait_for_ever_and_loses_nothing(url: str) -> None:
    begun: list[str] = []

    async def hangs(conversation: str) -> None:
        begun.append(conversation)
        await asyncio.Event().wait()

    async with dispatcher(url, hangs) as here:
        await accept(here, "1")
        await until(lambda: begun == [ME])
        await here.stop(0.1)

    async def turn(conversation: str) -> None:
        begun.append(conversation)

    async with dispatcher(url, turn):
        await until(lambda: begun == [ME, ME])


async def test_what_a_process_before_it_left_is_done(url: str) -> None:
    done: list[str] = []

    async def turn(conversation: str) -> None:
        done.append(conversation)

    async with dispatcher(url) as before:
        await accept(before, "1")
        await accept(before, "1", YOU)
    async with dispatcher(url, turn):
        await until(lambda: {ME, YOU} <= set(done))


async def test_what_is_rolled_back_wakes_nobody(url: str) -> None:
    done: list[str] = []

    async def turn(conversation: str) -> None:
        done.append(conversation)

    def fails(on: Transaction) -> None:
        on.accept(ME, "1", "", time.time())
        raise LookupError("of its own")

    async with dispatcher(url, turn) as here:
        with pytest.raises(LookupError, match="of its own"):
            await here.transact(fails)
        await accept(here, "2", YOU)
        await until(lambda: YOU in done)
        assert done.count(ME) == 0
        database = open_database(url)
        assert [row["conv"] for row in await rows(database, tables.event)] == [YOU]
        await database.close()


async def test_it_is_alive_while_it_works(url: str) -> None:
    async with dispatcher(url, nothing) as here:
        await until(lambda: here.alive)


async def test_a_table_that_is_away_for_a_while_is_survived(url: str) -> None:
    done: list[str] = []

    async def turn(conversation: str) -> None:
        done.append(conversation)

    database = open_database(url)

    try:
        async with dispatcher(url, turn) as here:
            await run(database, "ALTER TABLE event RENAME TO elsewhere")
            with pytest.raises(StoreError):
                await accept(here, "1")
            await asyncio.sleep(1.5)  # so that whoever looks for what was left finds no table
            await run(database, "ALTER TABLE elsewhere RENAME TO event")
            await accept(here, "1")
            await until(lambda: done)
            await until(lambda: here.alive)
    finally:
        await database.close()
