"""A worker in this process: jobs and schedules, woken by PostgreSQL, stopped without dropping anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from hub.db.engine import Database
from hub.ports import Connector
from hub.queue import Handlers, LocalRunner
from hub.worker.lanes import Lane, lanes
from hub.worker.schedules import NOTHING, Chores, keep_planning

INSIST = 2.0  # seconds between two cancellations: Python 3.11's wait_for may swallow one that comes with what it waits for


@asynccontextmanager
async def working(
    db: Database, handlers: Handlers, connectors: Iterable[Connector] = (), chores: Chores = NOTHING
) -> AsyncIterator[asyncio.Task[None]]:
    """Work while the block runs; plan for the shops of these connectors. The task given ends early only when it fails.

    At the end nothing new is begun; jobs that do not finish in time are handed back and resumed by whoever works next.
    """
    runners = [(lane, LocalRunner(db, lane.handlers)) for lane in lanes(handlers)]
    tasks = [asyncio.create_task(runner.run()) for _, runner in runners]
    plan = asyncio.create_task(keep_planning(db, list(connectors), chores))
    watch = asyncio.create_task(_until_one_fails([*tasks, plan]))
    try:
        yield watch
    finally:
        plan.cancel()
        watch.cancel()
        ends = [_end(lane, runner, task) for (lane, runner), task in zip(runners, tasks, strict=True)]
        await asyncio.gather(*ends, plan, watch, return_exceptions=True)


async def _end(lane: Lane, runner: LocalRunner, task: asyncio.Task[None]) -> None:
    if lane.grace:
        runner.stop()
        await asyncio.wait({task}, timeout=lane.grace)
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=INSIST)
        runner.stop()
    await asyncio.gather(task, return_exceptions=True)


async def _until_one_fails(tasks: Iterable[asyncio.Task[None]]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
