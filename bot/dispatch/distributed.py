"""The dispatcher of many processes: Procrastinate's jobs, in the same PostgreSQL as all else.

A job stands in the transaction of the event or message that it is about. Turns hold their conversation's
lock, and sending holds one of its own; a timer holds none, since one that waits would hold up its
conversation until it fires.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from procrastinate.tasks import Task
from procrastinate.worker import Worker

from bot.dispatch import Handlers
from bot.dispatch.local import RETRY_MOST, clean, tell
from bot.store import StoreError, Transaction, UnopenedError, Wake
from bot.store.postgres import Postgres
from bot.watch import UNWATCHED, Watch

T = TypeVar("T")

log = logging.getLogger(__name__)

CONCURRENCY = 16
"""Jobs under way at once in one process."""

HEARTBEAT = 2.0
"""Seconds between two signs of life of a process."""

STALLED = 6.0
"""Seconds without a sign of life after which others take over a process's jobs."""

FORGOTTEN = 3600.0
"""Seconds without a sign of life after which a process is no longer listed. Its jobs are taken over long
before; one that lives and only couldn't be heard for a while must not lose those that it works on."""

FAREWELL = 1.0
"""Seconds that a worker has to say that it leaves, once it stopped."""

PURGE = 10.0
"""Seconds between two rounds of forgetting old events, a thousand at a time."""

POLL = 1.0
"""Seconds between two looks for jobs whose notice went missing, or whose time has come."""


class _Persistent(BaseRetryStrategy):
    """Tries again for as long as it takes, ever more slowly."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:  # noqa: ARG002
        return RetryDecision(retry_in={"seconds": int(min(2**job.attempts, RETRY_MOST))})


class Distributed:
    """Turns taken by whichever process comes first.

    Takes the database and the platforms whose jobs this process takes, the time in seconds since
    1970, the seconds between signs of life and until a silent process counts as gone, and a watch that
    counts what expires.
    """

    def __init__(
        self,
        database: Postgres,
        platforms: Sequence[str],
        clock: Callable[[], float] = time.time,
        heartbeat: float = HEARTBEAT,
        stalled: float = STALLED,
        watch: Watch = UNWATCHED,
    ) -> None:
        self.watch = watch
        self.database = database
        self.platforms = platforms
        self.clock = clock
        self.heartbeat = heartbeat
        self.stalled = stalled
        self._handlers: Handlers = {}
        conninfo = database.conninfo
        self._app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=2, max_size=8))
        self._jobs = {lane: self._task(lane) for lane in ("turn", "out", "timer")}
        self._running: set[int] = set()
        self._worker: Worker | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    def _task(self, lane: str) -> Task[Any, Any, Any]:
        async def job(conversation: str) -> None:
            try:
                await self._handlers[lane](conversation)
            except UnopenedError as error:
                # Procrastinate tells nobody what its job's error says.
                log.error("tried again later: %s", error, extra={"conversation": conversation})
                raise

        return self._app.task(name=lane, retry=_Persistent())(job)

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Does a piece of work, its jobs in the same transaction (see `Dispatcher`)."""
        result, _ = await self.database.run(work, self._hand_over)
        return result

    async def _hand_over(self, connection: Any, wakes: list[Wake]) -> None:
        for wake in wakes:
            conversation = wake.conversation
            locks = {"turn": conversation, "out": f"out:{conversation}", "timer": None}
            job = self._jobs[wake.lane].configure(
                queue=conversation.partition(":")[0],
                lock=locks[wake.lane],
                schedule_at=datetime.fromtimestamp(wake.at, UTC) if wake.at else None,
                connection=connection,
            )
            try:
                await job.defer_async(conversation=conversation)
            except ConnectorException as error:
                raise StoreError(f"a job can't be handed over ({error}); nothing was changed") from None

    async def start(self, handlers: Handlers) -> None:
        """Begins (see `Dispatcher`). Raises `StoreError` where the server can't be reached."""
        self._handlers = handlers
        # The pool below would try for half a minute before it says the same.
        await self.database.run(lambda _: None)
        try:
            await self._app.open_async()
        except (ConnectorException, psycopg.Error) as error:
            raise StoreError(f"the dispatcher can't reach its database: {error}") from None
        self._tasks = [
            asyncio.create_task(self._work(), name="worker"),
            asyncio.create_task(self._rescue(), name="rescue"),
            asyncio.create_task(self._purge(), name="purge"),
        ]

    async def stop(self, patience: float) -> None:
        """Ends (see `Dispatcher`)."""
        self._stopping = True
        if self._worker:
            self._worker.shutdown_graceful_timeout = min(patience, self._grace)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            # A worker also says that it leaves, which takes long where its database is away.
            _, late = await asyncio.wait(self._tasks, timeout=patience + FAREWELL)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(ConnectorException):
            await self._app.close_async()

    @property
    def alive(self) -> bool:
        """Whether a worker is registered with the server."""
        return self._worker is not None and self._worker.worker_id is not None

    @property
    def _grace(self) -> float:
        """Seconds that jobs under way have when their worker ends.

        It gives no sign of life from then on, so after more than that others would take them over.
        """
        return self.stalled - self.heartbeat

    async def _work(self) -> None:
        """Runs a worker, and another one whenever it ends: it does where it lost its connection."""
        # One that is told to end while it loses its connection raises that, and not that it was cancelled.
        while not self._stopping:
            self._running.clear()
            self._worker = Worker(
                self._app,
                queues=self.platforms,
                concurrency=CONCURRENCY,
                install_signal_handlers=False,
                delete_jobs="successful",
                fetch_job_polling_interval=POLL,
                update_heartbeat_interval=self.heartbeat,
                stalled_worker_timeout=max(FORGOTTEN, self.stalled),
                shutdown_graceful_timeout=self._grace,
                worker_middleware=[self._watched],
            )
            try:
                await self._worker.run()  # type: ignore[no-untyped-call]
            except Exception as error:
                log.error("the worker lost its database: %s", type(error).__name__)
            await asyncio.sleep(POLL)

    async def _watched(self, run: Callable[[], Awaitable[Any]], context: JobContext, _worker: Worker) -> Any:
        """Knows which jobs are under way here."""
        job = context.job.id or 0
        self._running.add(job)
        try:
            return await run()
        finally:
            self._running.discard(job)

    async def _rescue(self) -> None:
        """Gives back the jobs of processes that are gone, and our own that nobody works on.

        The second kind is left where a job was done, or failed, while the connection to say so was
        lost: its worker lives, so it would keep its conversation locked for good.
        """
        manager = self._app.job_manager
        loop = asyncio.get_running_loop()
        before: set[int] = set()
        looked = since = loop.time()
        while True:
            await asyncio.sleep(self.heartbeat)
            try:
                stalled = await manager.get_stalled_jobs(seconds_since_heartbeat=self.stalled)
                now = loop.time()
                if now - looked > 2 * self.heartbeat:
                    since = now
                looked = now
                # Where the database was away for all, all are silent, and soon heard again.
                for job in stalled if now - since >= self.stalled else ():
                    if job.id not in self._running:
                        await self._retry(job)
                own = self._worker.worker_id if self._worker else None
                left = []
                if own is not None:
                    doing = await manager.list_jobs_async(status="doing", worker_id=own)
                    left = [job for job in doing if job.id not in self._running]
                for job in left:
                    if job.id in before:
                        await self._retry(job)
                before = {job.id for job in left if job.id}
            except Exception as error:
                # The connection may be what is lost: it is tried again, however long that takes.
                log.warning("can't look for jobs that were left: %s", type(error).__name__)

    async def _retry(self, job: Job) -> None:
        try:
            await self._app.job_manager.retry_job(job)
        except ConnectorException:
            log.debug("somebody else was faster")
        else:
            log.warning("took over what another process left")

    async def _purge(self) -> None:
        while True:
            try:
                erased, _ = await self.database.run(lambda on: clean(on, self.clock()))
                tell(erased, self.watch)
            except StoreError as error:
                log.warning("%s", error)
            await asyncio.sleep(PURGE)
