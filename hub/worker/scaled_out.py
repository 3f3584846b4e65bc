"""A worker among many, woken through Redis: arq carries wake-ups and nothing else.

The jobs, their leases and their outcomes are rows in PostgreSQL, exactly as for the local worker. A wake-up that Redis forgets
costs a few seconds: every worker also looks by itself. So Redis may be flushed or away at any moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog

from hub.db.engine import Database
from hub.errors import DatabaseUnreachable
from hub.ports import Connector
from hub.queue import Handlers, claim, execute, new_owner
from hub.worker.bell import Bell, keep_ringing
from hub.worker.lanes import Lane, lanes
from hub.worker.schedules import NOTHING, Chores, keep_planning
from hub.worker.wakes import keep_listening

log = structlog.get_logger()

LOOK = 3.0  # seconds between two looks that nobody asked for
GONE = (DatabaseUnreachable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Places:
    """The places at which this process works, at most `count`. A woken place takes jobs until it finds none."""

    def __init__(self, db: Database, lane: Lane, bell: Bell, *, count: int = 4) -> None:
        self._db = db
        self._lane = lane
        self._bell = bell
        self._count = count
        self._owner = new_owner()
        self._stopping = False
        self.busy: set[asyncio.Task[None]] = set()

    @property
    def free(self) -> bool:
        """Whether a wake-up is of any use here."""
        return len(self.busy) < self._count and not self._stopping

    def wake(self) -> None:
        """Put one more place to work, if there is one."""
        if self.free:
            task = asyncio.create_task(self._work())
            self.busy.add(task)
            task.add_done_callback(self.busy.discard)

    async def close(self) -> None:
        """Take nothing more; what is not done within the lane's grace is handed back."""
        self._stopping = True
        if self.busy:
            await asyncio.wait(self.busy, timeout=self._lane.grace)
        for task in self.busy:
            task.cancel()
        await asyncio.gather(*self.busy, return_exceptions=True)

    async def _work(self) -> None:
        first = True
        try:
            while not self._stopping and (jobs := await claim(self._db, self._owner, 1, kinds=list(self._lane.handlers))):
                if first:  # there may be more: one wakes the next, until every place of every worker is busy or nothing is left
                    await self._bell.ring()
                    first = False
                await execute(self._db, jobs[0], self._lane.handlers)
        except GONE as error:
            log.error("worker.unreachable", error=str(error))


class Desk:
    """The places of every lane, woken and closed together."""

    def __init__(self, lanes: Sequence[Places]) -> None:
        self._lanes = lanes

    @property
    def free(self) -> bool:
        """Whether a wake-up is of any use here."""
        return any(lane.free for lane in self._lanes)

    def wake(self) -> None:
        """Put one more place of each lane to work."""
        for lane in self._lanes:
            lane.wake()

    async def close(self) -> None:
        await asyncio.gather(*(lane.close() for lane in self._lanes))


@asynccontextmanager
async def working_with_redis(
    db: Database,
    handlers: Handlers,
    connectors: Iterable[Connector],
    redis_url: str,
    *,
    chores: Chores = NOTHING,
    places: int = 4,
) -> AsyncIterator[asyncio.Task[None]]:
    """Work while the block runs, at `places` places in each lane. The task given ends early only when it fails."""
    bell = Bell(redis_url)
    desk = Desk([Places(db, lane, bell, count=places) for lane in lanes(handlers)])
    work = asyncio.create_task(_all(db, desk, bell, connectors, chores, redis_url))
    try:
        yield work
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await desk.close()
        await bell.close()


async def _all(db: Database, desk: Desk, bell: Bell, connectors: Iterable[Connector], chores: Chores, redis_url: str) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_planning(db, list(connectors), chores))
        group.create_task(keep_ringing(db, bell))
        group.create_task(keep_listening(redis_url, desk))
        while True:
            desk.wake()
            await asyncio.sleep(LOOK)
