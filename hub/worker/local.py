"""A worker in this process: jobs and schedules, woken by PostgreSQL, stopped without dropping anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from hub.db.engine import Database
from hub.ports import Connector
from hub.queue import Handlers, LocalRunner
from hub.worker.schedules import keep_planning

GRACE = 15.0  # seconds that jobs in hand get when we are asked to stop; a supervisor kills after 20 or more


@asynccontextmanager
async def working(db: Database, handlers: Handlers, connectors: Iterable[Connector] = ()) -> AsyncIterator[asyncio.Task[None]]:
    """Work while the block runs; plan for the shops of these connectors. The task given ends early only when it fails.

    At the end nothing new is begun; jobs that do not finish in time are handed back and resumed by whoever works next.
    """
    runner = LocalRunner(db, handlers)
    work = asyncio.create_task(runner.run())
    plan = asyncio.create_task(keep_planning(db, list(connectors)))
    try:
        yield work
    finally:
        plan.cancel()
        runner.stop()
        await asyncio.wait({work, plan}, timeout=GRACE)
        work.cancel()
        await asyncio.gather(work, plan, return_exceptions=True)
