"""Many workers on one Redis: Redis carries wake-ups, and nothing that cannot be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import redis

from hub.db.connect import connect
from hub.db.engine import Database
from hub.worker.bell import Bell
from hub.worker.wire import QUEUE, from_wire, to_wire
from tests.hub.worker.conftest import Start, put_jobs, until

Effects = Callable[[], Awaitable[list[int]]]


@pytest.mark.slow
async def test_two_workers_do_every_job_once_though_redis_is_flushed_in_the_middle(
    db: Database, start: Start, effects: Effects, redis_url: str
) -> None:
    await start(redis_url)
    await start(redis_url)
    await put_jobs(db, range(200), takes=0.02)
    await until(lambda: _at_least(effects, 40), 20)
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    await put_jobs(db, range(200, 300), takes=0.02)
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    await until(lambda: _at_least(effects, 300), 40)
    assert await effects() == list(range(300))
    assert await _workers(db) == 2


@pytest.mark.slow
async def test_a_worker_killed_with_jobs_in_hand_leaves_them_to_the_other(
    db: Database, start: Start, effects: Effects, redis_url: str
) -> None:
    doomed = await start(redis_url)
    await put_jobs(db, range(4), takes=30)
    await until(lambda: _running(db, 4), 10)
    doomed.kill()
    await _shorten_leases(db)
    await start(redis_url)
    await until(lambda: _at_least(effects, 4), 20)
    assert await effects() == [0, 1, 2, 3]


async def test_a_wake_up_arrives_long_before_anybody_looks_by_himself(
    db: Database, start: Start, effects: Effects, redis_url: str
) -> None:
    await start(redis_url)
    await put_jobs(db, range(1))  # the ringer has its place when this is done
    await until(lambda: _at_least(effects, 1), 10)
    waits = []
    for number in (1, 2, 3):
        await asyncio.sleep(0.3)
        before = asyncio.get_running_loop().time()
        await put_jobs(db, range(number, number + 1))
        await until(lambda wanted=number + 1: _at_least(effects, wanted), 10)
        waits.append(asyncio.get_running_loop().time() - before)
    assert sorted(waits)[1] < 1.5, waits


async def test_workers_go_on_without_redis(db: Database, start: Start, effects: Effects) -> None:
    await start("redis://127.0.0.1:1/0")
    await put_jobs(db, range(5))
    await until(lambda: _at_least(effects, 5), 20)
    assert await effects() == [0, 1, 2, 3, 4]


async def test_a_webhook_does_not_stand_behind_backfills_here_either(
    db: Database, start: Start, effects: Effects, redis_url: str
) -> None:
    await start(redis_url)
    await put_jobs(db, range(8), takes=60, kind="sync.run")
    await until(lambda: _running(db, 4), 10)
    await put_jobs(db, range(100, 102))
    await until(lambda: _at_least(effects, 2), 10)
    assert await effects() == [100, 101]


async def test_a_flood_of_jobs_does_not_flood_redis(redis_url: str) -> None:
    bell = Bell(redis_url)
    for _ in range(500):
        await bell.ring()
    await bell.close()
    with redis.Redis.from_url(redis_url) as client:
        assert 1 < client.zcard(QUEUE) <= 64


def test_what_goes_over_redis_is_json() -> None:
    assert from_wire(to_wire({"t": 1, "f": "wake", "a": (), "k": {}})) == {"t": 1, "f": "wake", "a": [], "k": {}}


async def _at_least(effects: Effects, count: int) -> bool:
    return len(await effects()) >= count


async def _running(db: Database, count: int) -> bool:
    async with db.system() as unit:
        return await unit.fetchval("select count(*) from job where status = 'running'") == count


async def _shorten_leases(db: Database) -> None:
    """As if the lease of the dead worker had run out; waiting for it would take half a minute."""
    async with db.system() as unit:
        await unit.execute("update job set lease_until = now() + interval '1 second', payload = payload || '{\"takes\": 0}'")


async def _workers(db: Database) -> int:
    connection = await connect(db.url)
    try:
        return await connection.fetchval("select count(distinct split_part(worker, '/', 1)) from effect")
    finally:
        await connection.close()
