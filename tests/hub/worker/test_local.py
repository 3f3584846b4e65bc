"""The local worker: nothing is dropped, however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from hub.db.engine import Database
from tests.hub.worker.conftest import Start, put_jobs, until

Effects = Callable[[], Awaitable[list[int]]]


async def test_asked_to_stop_it_finishes_what_it_has_in_hand_and_begins_nothing_more(
    db: Database, start: Start, effects: Effects
) -> None:
    worker = await start()
    await put_jobs(db, range(10), takes=1)
    await until(lambda: _has(db, "running", 4), 10)
    worker.terminate()
    assert await asyncio.wait_for(worker.wait(), 10) == 0
    assert len(await effects()) == 4
    assert await _has(db, "queued", 6)


async def test_a_job_too_long_for_the_grace_is_handed_back_unharmed(db: Database, start: Start, effects: Effects) -> None:
    worker = await start()
    await put_jobs(db, range(1), takes=600)
    await until(lambda: _has(db, "running", 1), 10)
    began = asyncio.get_running_loop().time()
    worker.terminate()
    assert await asyncio.wait_for(worker.wait(), 20) == 0
    assert asyncio.get_running_loop().time() - began < 20
    async with db.system() as unit:
        assert tuple(await unit.fetchrow("select status, attempts, lease_owner from job") or ()) == ("queued", 0, None)
    assert await effects() == []


async def test_after_kill_9_the_next_worker_does_what_was_in_hand(db: Database, start: Start, effects: Effects) -> None:
    worker = await start()
    await put_jobs(db, range(3), takes=30)
    await until(lambda: _has(db, "running", 3), 10)
    worker.kill()
    await worker.wait()
    async with db.system() as unit:  # as if half a minute had passed
        await unit.execute("update job set lease_until = now(), payload = payload || '{\"takes\": 0}'")
    await start()
    await until(lambda: _has(db, "done", 3), 10)
    assert await effects() == [0, 1, 2]


async def test_a_webhook_does_not_stand_behind_backfills(db: Database, start: Start, effects: Effects) -> None:
    await start()
    await put_jobs(db, range(8), takes=60, kind="sync.run")
    await until(lambda: _has(db, "running", 4), 10)
    await put_jobs(db, range(100, 102))
    await until(lambda: _has(db, "done", 2), 10)
    assert await effects() == [100, 101]


async def test_a_backfill_is_handed_back_at_once_for_it_goes_on_from_its_checkpoint(
    db: Database, start: Start, effects: Effects
) -> None:
    worker = await start()
    await put_jobs(db, range(1), takes=60, kind="sync.run")
    await until(lambda: _has(db, "running", 1), 10)
    began = asyncio.get_running_loop().time()
    worker.terminate()
    assert await asyncio.wait_for(worker.wait(), 10) == 0
    assert asyncio.get_running_loop().time() - began < 5
    assert await _has(db, "queued", 1)


async def _has(db: Database, status: str, count: int) -> bool:
    async with db.system() as unit:
        return await unit.fetchval("select count(*) from job where status = $1", status) == count
