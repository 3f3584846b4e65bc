"""Run one claimed job: keep its lease alive, and record how it ended. Shared by the local runner and arq's workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta

import structlog

from hub.db.engine import Database
from hub.errors import HubError, LeaseLost, PermanentError, ReauthorizationError, RetryableError
from hub.queue.claim import LEASE
from hub.queue.job import Job
from hub.queue.outcome import fail, finish, heartbeat, release

log = structlog.get_logger()

Handler = Callable[[Job], Awaitable[None]]
Handlers = Mapping[str, Handler]


async def execute(db: Database, job: Job, handlers: Handlers, *, lease: timedelta = LEASE) -> None:
    """Run the job's handler to its end and record the outcome; never raises because of what the handler does.

    RetryableError waits as long as it says; PermanentError and ReauthorizationError are buried at once; anything else is tried
    again after a growing pause. When the lease is lost the handler is cancelled. Cancelling this hands the job back.
    A handler that calls `finish` in its own unit of work has finished the job itself.
    """
    work = asyncio.ensure_future(handlers[job.kind](job))
    pulse = asyncio.ensure_future(_keep(db, job, lease))
    try:
        await asyncio.wait({work, pulse}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await _record(db, job, HubError("The handler cancelled itself.") if work.cancelled() else work.exception())
        else:
            log.warning("job.lease_lost", job=str(job.id), kind=job.kind)
    except asyncio.CancelledError:
        await _end(work)
        await asyncio.shield(_hand_back(db, job))
        raise
    except LeaseLost:
        log.info("job.finished_elsewhere", job=str(job.id), kind=job.kind)
    finally:
        await _end(work)
        await _end(pulse)


async def _keep(db: Database, job: Job, lease: timedelta) -> None:
    """Extend the lease until it cannot be: ends when it is lost."""
    loop = asyncio.get_running_loop()
    until = loop.time() + lease.total_seconds()
    while True:
        await asyncio.sleep(lease.total_seconds() / 3)
        try:
            async with asyncio.timeout_at(until), db.system() as unit:
                asked = loop.time()
                await heartbeat(unit, job, lease=lease)
            until = asked + lease.total_seconds()
        except LeaseLost:
            return
        except Exception as error:
            if loop.time() >= until:
                log.error("job.heartbeat_failed", job=str(job.id), error=repr(error))
                return


async def _record(db: Database, job: Job, error: BaseException | None) -> None:
    if isinstance(error, LeaseLost):
        raise error
    async with db.system() as unit:
        if error is None:
            await finish(unit, job)
            return
        final = isinstance(error, (PermanentError, ReauthorizationError))
        after = error.after if isinstance(error, RetryableError) else None
        log.warning("job.failed", job=str(job.id), kind=job.kind, attempt=job.attempts, error=_line(error))
        await fail(unit, job, _line(error), after=after, final=final)


async def _hand_back(db: Database, job: Job) -> None:
    # If even that fails, the lease runs out and the job is taken again.
    with suppress(Exception):
        async with db.system() as unit:
            await release(unit, job)


async def _end(task: asyncio.Future[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # seen


def _line(error: BaseException) -> str:
    """Our own errors are written for people; a stranger's is named too."""
    return str(error) if isinstance(error, HubError) else f"{type(error).__name__}: {error}"
