"""Workers that are killed: their jobs run again, and a job that kills workers is buried."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.outbox import head
from hub.queue import dead_letters, enqueue

WORKER = Path(__file__).with_name("worker_process.py")


async def start(db: Database, *, lease: float, hang: int = 0) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(WORKER), db.url, str(lease), str(hang), stdout=asyncio.subprocess.PIPE
    )


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def until(true: Callable[[], Awaitable[object]]) -> None:
    while not await true():  # noqa: ASYNC110 (another process makes it true)
        await asyncio.sleep(0.02)


async def is_done(db: Database) -> bool:
    return await status(db) == "done"


async def status(db: Database) -> str:
    async with db.system() as unit:
        return str(await unit.fetchval("select status from job"))


@pytest.mark.crash
async def test_the_job_of_a_killed_worker_runs_again_when_its_lease_ends(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await enqueue(unit, "work", {})
    async with asyncio.timeout(20):
        first = await start(db, lease=1.0, hang=1)
        assert await line(first) == "started 1"
        first.send_signal(signal.SIGKILL)
        await first.wait()
        assert await status(db) == "running"
        second = await start(db, lease=1.0, hang=1)
        assert await line(second) == "started 2"
        await until(lambda: is_done(db))
        second.kill()
        await second.communicate()
    async with db.org(org) as unit:
        assert await head(unit) == 1


@pytest.mark.crash
async def test_a_worker_that_was_frozen_beyond_its_lease_writes_no_outcome(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await enqueue(unit, "work", {})
    async with asyncio.timeout(20):
        frozen = await start(db, lease=0.5, hang=1)
        assert await line(frozen) == "started 1"
        os.kill(frozen.pid, signal.SIGSTOP)
        other = await start(db, lease=0.5, hang=1)
        assert await line(other) == "started 2"
        await until(lambda: is_done(db))
        os.kill(frozen.pid, signal.SIGCONT)
        await asyncio.sleep(0.6)
        assert await status(db) == "done"
        for process in (frozen, other):
            process.kill()
            await process.communicate()


@pytest.mark.crash
async def test_a_job_that_kills_every_worker_is_buried_and_the_next_one_runs(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        poison = await enqueue(unit, "poison", {}, max_attempts=2)
    async with asyncio.timeout(20):
        for attempt in (1, 2):
            worker = await start(db, lease=0.3)
            assert await line(worker) == f"started {attempt}"
            await worker.communicate()
        async with db.org(org) as unit:
            await enqueue(unit, "work", {})
        worker = await start(db, lease=0.3)
        assert await line(worker) == "started 1"
        await until(lambda: letters(db, org))
        worker.kill()
        await worker.communicate()
    ((id, why),) = await letters(db, org)
    assert id == poison
    assert "died or lost its lease" in why


async def letters(db: Database, org: UUID) -> list[tuple[UUID, str]]:
    async with db.org(org) as unit:
        return [(job.id, job.last_error or "") for job in await dead_letters(unit)]
