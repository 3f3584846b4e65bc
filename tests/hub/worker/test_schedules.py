"""The schedules: every slot once, however many plan; shops spread over time; sweeps in the shop's own night."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from hub.db.engine import Database
from hub.queue import enqueue
from hub.worker.schedules import FULL_SCAN, Shop, due, plan, plan_chores, slot, sweep_night

NOON = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)


@dataclass
class Vendor:
    """A connector, as far as planning looks at one."""

    resources: Sequence[Any]
    webhooks: object | None = None


def vendor(webhooks: bool = False) -> Any:
    return Vendor(
        [SimpleNamespace(name="products", incremental=True), SimpleNamespace(name="customers", incremental=False)],
        object() if webhooks else None,
    )


def shop(zone: str | None = None) -> Shop:
    return Shop(uuid4(), uuid4(), "woocommerce", zone)


async def test_a_connected_shop_is_synced_at_once_and_planned_once(db: Database, installation: UUID) -> None:
    assert await plan(db, {"woocommerce": vendor()}, NOON) == 2
    assert await plan(db, {"woocommerce": vendor()}, NOON) == 0
    async with db.system() as unit:
        rows = [json.loads(row[0]) for row in await unit.fetch("select payload from job where kind = 'sync.run'")]
    assert {row["resource"] for row in rows} == {"products", "customers"}
    assert {row["installation"] for row in rows} == {str(installation)}


async def test_many_workers_planning_at_once_write_each_job_once(db: Database, installation: UUID) -> None:
    written = await asyncio.gather(*(plan(db, {"woocommerce": vendor(webhooks=True)}, NOON) for _ in range(8)))
    assert sum(written) == 3


async def test_a_finished_slot_is_not_begun_again_but_the_next_one_is(db: Database, installation: UUID) -> None:
    hour = slot(installation, FULL_SCAN, NOON)
    began = next(at for at in map(after_noon, range(61)) if slot(installation, FULL_SCAN, at) == hour + 1)
    await plan(db, {"woocommerce": vendor()}, began)
    await all_done(db)
    assert await plan(db, {"woocommerce": vendor()}, began) == 0
    assert await plan(db, {"woocommerce": vendor()}, began + timedelta(minutes=5)) == 1  # products; customers wait for the hour
    await all_done(db)
    assert await plan(db, {"woocommerce": vendor()}, began + timedelta(minutes=60)) == 2


def after_noon(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


async def test_a_sync_that_somebody_asked_for_is_not_doubled_by_the_schedule(db: Database, org: UUID, installation: UUID) -> None:
    async with db.org(org) as unit:
        asked = {"installation": str(installation), "resource": "products", "mode": None, "cause": "api"}
        await enqueue(unit, "sync.run", asked, key=f"{installation}:products")
    assert await plan(db, {"woocommerce": vendor()}, NOON) == 1  # customers
    await all_done(db)
    assert await plan(db, {"woocommerce": vendor()}, NOON) == 1  # now products, whose slot is still open


async def all_done(db: Database) -> None:
    async with db.system() as unit:
        await unit.execute("update job set status = 'done', finished_at = now()")


@pytest.mark.parametrize("status", ["reconnect", "disconnected"])
async def test_a_shop_that_cannot_be_asked_is_left_alone(db: Database, org: UUID, installation: UUID, status: str) -> None:
    async with db.org(org) as unit:
        await unit.execute("update installation set status = $1", status)
    assert await plan(db, {"woocommerce": vendor()}, NOON) == 0


async def test_a_shop_whose_connector_is_gone_is_left_alone(db: Database, installation: UUID) -> None:
    assert await plan(db, {}, NOON) == 0


def test_webhooks_are_watched_hourly_where_there_are_any() -> None:
    assert {job.kind for job in due(shop(), vendor(webhooks=True), NOON)} == {"sync.run", "inbox.watchdog"}


def test_shops_do_not_all_wake_in_the_same_second() -> None:
    shops = [shop() for _ in range(60)]
    turned = {
        second
        for second in range(300)
        for one in shops
        if {j.id for j in due(one, vendor(), NOON + timedelta(seconds=second))}
        != {j.id for j in due(one, vendor(), NOON + timedelta(seconds=second + 1))}
    }
    assert len(turned) > 40


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Asia/Tokyo", None])
def test_a_sweep_falls_into_the_shops_own_night_once(zone: str | None) -> None:
    one = shop(zone)
    midnight = datetime(2026, 7, 14, tzinfo=ZoneInfo(zone or "UTC"))  # at the shop
    minutes = [midnight + timedelta(minutes=minute) for minute in range(24 * 60)]
    night = [minute for minute in minutes if sweep_night(one, minute.astimezone(UTC)) is not None]
    assert all(1 <= minute.hour < 6 for minute in night)
    assert 60 <= len(night) <= 300
    assert {sweep_night(one, minute) for minute in night} == {"2026-07-14"}


def test_a_night_with_a_change_of_clocks_has_its_sweep() -> None:
    one = shop("Europe/Paris")
    changes = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # midnight before clocks go forward in Paris
    assert any(sweep_night(one, changes + timedelta(minutes=minute)) == "2026-03-29" for minute in range(6 * 60))


def test_a_time_zone_that_is_none_means_utc() -> None:
    assert sweep_night(shop("Mars/Olympus"), NOON) is None


async def test_a_chore_of_the_house_is_written_once_for_its_slot(db: Database) -> None:
    chores = {"webhooks.retention": timedelta(hours=1)}
    now = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
    assert [await plan_chores(db, chores, now) for _ in range(3)] == [1, 0, 0]
    async with db.system() as unit:
        await unit.execute("update job set status = 'done'")
    assert await plan_chores(db, chores, now) == 0, "the slot was done"
    assert await plan_chores(db, chores, now + timedelta(hours=1)) == 1
