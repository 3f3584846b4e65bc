"""The local runner: works through the queue in this process, woken by PostgreSQL and by a poll for what is due later."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import asyncpg
import structlog

from hub.db.engine import GONE, Database
from hub.errors import DatabaseUnreachable
from hub.queue.claim import LEASE, claim, new_owner
from hub.queue.execute import Handlers, execute
from hub.queue.job import Job
from hub.queue.outcome import sweep_finished

log = structlog.get_logger()

AWAY = (DatabaseUnreachable, *GONE)
CHANNEL = "luneo_job"
KEEP_FINISHED = timedelta(days=7)
SWEEP_EVERY = 3600.0  # seconds


class LocalRunner:
    """Runs jobs of the kinds in `handlers`, at most `concurrency` at once, until cancelled or `stop()`.

    `poll`: seconds between looks at the queue when nothing wakes it (delayed jobs, leases of the dead). `lease`: how long a
    killed worker's jobs stay untouched. A database that goes away is waited for.
    """

    def __init__(
        self, db: Database, handlers: Handlers, *, concurrency: int = 4, poll: float = 1.0, lease: timedelta = LEASE
    ) -> None:
        self._db = db
        self._handlers = handlers
        self._concurrency = concurrency
        self._poll = poll
        self._lease = lease
        self._owner = new_owner()
        self._wake = asyncio.Event()
        self._stopping = False
        self._running: set[asyncio.Task[None]] = set()
        self._swept = 0.0
        self._ears: asyncpg.Connection[Any] | None = None

    async def run(self) -> None:
        """Work until `stop()`; then waits for the jobs in hand. Cancelling hands them back at once."""
        try:
            while not self._stopping:
                self._wake.clear()
                if not (await self._listen() and await self._turn()):
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), self._poll)
            if self._running:
                await asyncio.wait(self._running)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            if self._ears is not None:
                self._ears.terminate()

    async def run_until_idle(self) -> None:
        """Work until nothing is due and nothing is running: for commands that do not stay."""
        while await self._turn() or self._running:
            if self._running:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the jobs in hand have ended."""
        self._stopping = True
        self._wake.set()

    async def _turn(self) -> bool:
        """Fill the free places. True if another look is worth it at once."""
        free = self._concurrency - len(self._running)
        if free <= 0:
            return False
        try:
            jobs = await claim(self._db, self._owner, free, kinds=list(self._handlers), lease=self._lease)
            await self._sweep()
        except AWAY as error:
            log.error("queue.unreachable", error=str(error))
            return False
        for job in jobs:
            self._start(job)
        return len(jobs) == free and free < self._concurrency

    def _start(self, job: Job) -> None:
        task = asyncio.ensure_future(execute(self._db, job, self._handlers, lease=self._lease))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The outcome could not be written: the lease will run out and the job is taken again.
            log.error("job.outcome_unwritten", error=repr(error))

    async def _listen(self) -> bool:
        """Hear what is enqueued. Before the look at the queue, so that nothing falls between the two."""
        try:
            if self._ears is None or self._ears.is_closed():
                self._ears = await self._db.listener()
                await self._ears.add_listener(CHANNEL, lambda *_: self._wake.set())
        except AWAY as error:
            log.error("queue.unreachable", error=str(error))
            return False
        return True

    async def _sweep(self) -> None:
        if time.monotonic() - self._swept > SWEEP_EVERY or not self._swept:
            self._swept = time.monotonic()
            async with self._db.system() as unit:
                await sweep_finished(unit, KEEP_FINISHED)
