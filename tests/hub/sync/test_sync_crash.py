"""kill -9 at any moment: the next run goes on, and in the end everything is there exactly once."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from uuid import UUID

import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.db.engine import Database
from tests.hub.sync.street import Street, street

CYCLES = int(os.environ.get("LUNEO_CRASH_CYCLES", "10"))


async def worker(db: Database, shop: Street, resource: str, kill_after: float | None) -> str:
    """What the worker printed; it is killed after so many seconds of work unless it is done before."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hub.sync.sync_process", db.url, str(shop.org), str(shop.installation),
        shop.url.removeprefix("http://"), resource, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"begun"
    try:
        rest = await asyncio.wait_for(process.stdout.read(), kill_after)
    except TimeoutError:
        process.kill()
        rest = await process.stdout.read()
    await process.wait()
    return rest.decode()


@pytest.mark.crash
async def test_a_worker_killed_at_random_points_loses_nothing_and_doubles_nothing(db: Database, org: UUID) -> None:
    dice = random.Random(20261122)
    sandbox = Sandbox(products=400, orders=0, customers=0)
    async with street(db, org, sandbox) as shop:
        killed = resumed = 0
        changed: set[str] = set()
        for cycle in range(CYCLES):
            said = await worker(db, shop, "products", dice.uniform(0.05, 1.2))
            killed += not said
            if said:  # it got through: give the next one something to do
                resumed += int(said.split()[1])
                ids = sandbox.ids("products")
                some = dice.sample(ids, 150)
                sandbox.change("products", some)
                changed |= set(some)
                sandbox.add("products", 3)
                if cycle % 2:
                    sandbox.delete("products", ids[:1])
        for _ in range(3):
            said = await worker(db, shop, "products", None)
            assert said.startswith("COMPLETE"), said
        here = set(sandbox.ids("products"))
        assert here <= await shop.live("product")
        twice = await shop.rows(
            "select record, type, data->>'version' as v, count(*) from event where record is not null "
            "group by 1, 2, 3 having count(*) > 1"
        )
        assert not twice
        gaps = await shop.value("select max(position) - count(*) from event")
        assert gaps == 0
        left = await shop.value("select count(*) from run where verdict is null")
        assert left == 0
        stale = await shop.rows(
            "select vendor_id from record r "
            "where version <> (select count(*) from event e where e.record = r.id and e.kind = 'product')"
        )
        assert not stale  # every version was told once
        assert killed, "no worker was killed: the points lie too late"
        assert await shop.value("select count(*) from run where evidence ? 'resumed'")
