"""The dispatcher of many processes: its jobs, and processes and connections that go away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.dispatch.distributed import Distributed
from bot.store import StoreError, Transaction, Wake
from bot.store.postgres import Postgres
from dialogs.events import Said, Started
from tests.bot.conftest import Server
from tests.bot.played import PATIENCE, Phone, idle, process, until

ME, YOU = "tg:bot:1", "tg:bot:2"

Work = Callable[[str], Awaitable[None]]


async def nothing(_: str) -> None:
    """Does nothing."""


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@asynccontextmanager
async def dispatcher(
    url: str, turn: Work = nothing, heartbeat: float = 0.2, stalled: float = 1.5, timer: Work = nothing
) -> AsyncIterator[Distributed]:
    database = Postgres(url)
    made = Distributed(database, ["tg"], heartbeat=heartbeat, stalled=stalled)
    await made.start({"turn": turn, "out": nothing, "timer": timer})
    try:
        yield made
    finally:
        await made.stop(0)
        await database.close()


async def accept(on: Distributed, event_id: str, conversation: str = ME) -> bool:
    return await on.transact(lambda there: there.accept(conversation, event_id, "", time.time()))


async def test_a_job_stands_in_its_events_own_transaction(postgres_url: str, server: Server) -> None:
    database = Postgres(postgres_url)
    unstarted = Distributed(database, ["tg"])

    def jobs() -> list[tuple[str, str, str | None]]:
        asked = "SELECT task_name, queue_name, lock FROM procrastinate_jobs ORDER BY id"
        return [tuple(row) for row in server.run(asked, on=name_of(postgres_url))]

    def fails(on: Transaction) -> None:
        on.accept(ME, "1", "", 1.0)
        raise LookupError("of its own")

    def seen_from_elsewhere(on: Transaction) -> bool:
        return on.accept(ME, "1", "", 1.0)

    try:
        with pytest.raises(LookupError):
            await unstarted.transact(fails)
        assert jobs() == []
        assert await unstarted.transact(seen_from_elsewhere)
        assert not await unstarted.transact(seen_from_elsewhere)
        assert jobs() == [("turn", "tg", ME)]

        def more(on: Transaction) -> None:
            on.wakes += [Wake("out", ME), Wake("timer", ME, time.time() + 3600)]

        await unstarted.transact(more)
        # A timer that held its conversation's lock would hold up every turn until it fires.
        assert jobs()[1:] == [("out", "tg", f"out:{ME}"), ("timer", "tg", None)]
    finally:
        await database.close()


async def test_a_job_that_cant_be_handed_over_is_a_store_that_fails(
    postgres_url: str, server: Server
) -> None:
    async with dispatcher(postgres_url) as here:

        def cut(on: Transaction) -> None:
            # The work is done, and its connection gone before its job is stored.
            own = on.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            on.accept(ME, "1", "", 1.0)
            server.run(f"SELECT pg_terminate_backend({own})")

        with pytest.raises(StoreError):
            await here.transact(cut)

        async def again() -> bool:
            try:
                return await accept(here, "1")
            except StoreError:
                return False

        await until(again)


async def test_a_server_that_isnt_there_is_said() -> None:
    database = Postgres("postgresql://me:secret@127.0.0.1:1/whatif?connect_timeout=1")
    here = Distributed(database, ["tg"])
    starting = asyncio.create_task(here.start({"turn": nothing, "out": nothing, "timer": nothing}))
    with pytest.raises(StoreError) as error:
        await starting
    assert "secret" not in str(error.value)
    await here.stop(0)
    await database.close()


@pytest.mark.parametrize("silent", [0, 3600])
async def test_what_a_process_that_is_gone_held_is_taken_over(
    postgres_url: str, server: Server, silent: int
) -> None:
    done: list[str] = []

    async def turn(conversation: str) -> None:
        done.append(conversation)

    database = Postgres(postgres_url)
    await accept(Distributed(database, ["tg"]), "1")
    await database.close()
    # A worker takes the job, and gives no sign of life since: it was killed just now, or an hour ago.
    name = name_of(postgres_url)
    ((worker,),) = server.run("SELECT * FROM procrastinate_register_worker_v1()", on=name)
    ((job,),) = server.run(f"SELECT id FROM procrastinate_fetch_job_v2(NULL, {worker})", on=name)
    assert job
    aged = f"UPDATE procrastinate_workers SET last_heartbeat = now() - interval '{silent} s'"
    server.run(aged, on=name)
    async with dispatcher(postgres_url, turn) as here:
        await until(lambda: done == [ME])
        # Its conversation isn't locked any more, either.
        await accept(here, "2")
        await until(lambda: done == [ME, ME])


async def test_what_somebody_works_on_is_left_to_them(postgres_url: str) -> None:
    begun: list[str] = []
    go = asyncio.Event()

    async def slow(conversation: str) -> None:
        begun.append(conversation)
        await go.wait()

    async with (
        dispatcher(postgres_url, slow, stalled=1.0) as here,
        dispatcher(postgres_url, slow, stalled=1.0),
    ):
        await accept(here, "1")
        await until(lambda: begun == [ME])
        await accept(here, "1", YOU)
        await asyncio.sleep(2.5)  # longer than until it would count as gone
        assert begun == [ME, YOU]
        go.set()


async def test_two_share_the_work_and_nothing_is_done_twice(postgres_url: str) -> None:
    done: list[str] = []

    async def turn(conversation: str) -> None:
        done.append(conversation)

    people = [f"tg:bot:{number}" for number in range(40)]
    async with dispatcher(postgres_url, turn) as one, dispatcher(postgres_url, turn) as two:
        await asyncio.gather(*(accept((one, two)[n % 2], "1", each) for n, each in enumerate(people)))
        await until(lambda: len(done) >= len(people))
    assert sorted(done) == sorted(people)


async def test_a_timer_is_looked_at_once_whoever_does(postgres_url: str) -> None:
    looked: list[str] = []

    async def timer(conversation: str) -> None:
        looked.append(conversation)

    def wake(on: Transaction) -> None:
        on.wakes += [Wake("timer", ME, time.time() + 0.5), Wake("timer", YOU, time.time() - 60)]

    async with dispatcher(postgres_url, timer=timer) as here, dispatcher(postgres_url, timer=timer):
        await here.transact(wake)
        await until(lambda: {ME, YOU} <= set(looked))
    assert sorted(looked) == [ME, YOU]


async def test_a_waiting_timer_holds_up_no_turn(postgres_url: str) -> None:
    done: list[str] = []

    async def turn(conversation: str) -> None:
        done.append(conversation)

    async with dispatcher(postgres_url, turn) as here:
        await here.transact(lambda on: on.accept(ME, "due", "", 1.0, time.time() + 86_400))
        await accept(here, "1")
        await until(lambda: done == [ME])


async def test_connections_that_are_lost_lose_nothing(postgres_url: str, server: Server) -> None:
    phone = Phone()
    async with process(postgres_url, phone) as turns:
        await turns.accept(ME, "1", Started())
        database: Postgres = turns.dispatcher.database  # type: ignore[attr-defined]
        await idle(database)
        for number in range(2, 5):
            server.cut(name_of(postgres_url))

            async def accepted(number: int = number) -> bool:
                try:
                    await turns.accept(ME, str(number), Said("why"))
                except StoreError:
                    return False
                return True

            await until(accepted)

            # A connection lost after sending and before noting it repeats a message: at least once.
            await until(lambda number=number: len(phone.got[ME]) >= 1 + number)  # type: ignore[misc]
        await until(lambda: turns.dispatcher.alive)


async def test_a_turn_cut_off_in_its_middle_is_taken_again(postgres_url: str, server: Server) -> None:
    tries: list[str] = []

    async def turn(conversation: str) -> None:
        tries.append(conversation)
        if len(tries) == 1:
            # Also the connection by which it would say that it failed.
            server.cut(name_of(postgres_url))
            raise LookupError

    async with dispatcher(postgres_url, turn) as here:
        await accept(here, "1")
        await until(lambda: len(tries) >= 2)
        await until(lambda: here.alive)


async def test_stopping_ends_also_where_nobody_hears_it_leave(postgres_url: str, server: Server) -> None:
    async with dispatcher(postgres_url) as here:
        await until(lambda: here.alive)
        # A connection that is lost at this very moment would do the same, and not each time.
        farewell = "ALTER FUNCTION procrastinate_unregister_worker_v1(bigint) RENAME TO gone"
        server.run(farewell, on=name_of(postgres_url))
        async with asyncio.timeout(PATIENCE):
            await here.stop(1)
