"""The budget of points, against a bucket that counts as Shopify's does: real PostgreSQL, real time, several workers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from hub.budget import Budgets, CostBudget
from hub.db.engine import Database
from hub.ports import Limits, Tariff

pytestmark = pytest.mark.clock

GUESS = Limits(per_second=50.0, burst=1000, costs=True)


@dataclass
class Bucket:
    """The shop's own bucket: refuses what is not there."""

    maximum: float
    restore: float
    level: float = -1.0
    at: float = field(default_factory=time.monotonic)
    refused: int = 0
    spent: float = 0.0

    def ask(self, asked: float, actual: float) -> Tariff:
        now = time.monotonic()
        level = self.maximum if self.level < 0 else min(self.maximum, self.level + (now - self.at) * self.restore)
        self.at = now
        if asked > level:
            self.refused, self.level = self.refused + 1, level
            return Tariff(asked, None, level, self.maximum, self.restore)
        self.level, self.spent = level - actual, self.spent + actual
        return Tariff(asked, actual, self.level, self.maximum, self.restore)


async def work(budget: CostBudget, bucket: Bucket, until: float, asked: float, actual: float, latency: float = 0.02) -> None:
    while time.monotonic() < until:
        await budget(asked)
        await asyncio.sleep(latency / 2)
        tariff = bucket.ask(asked, actual)
        await asyncio.sleep(latency / 2)
        await budget.told(tariff)


async def test_workers_of_several_processes_use_nearly_all_points_and_are_never_refused(
    db: Database, org: UUID, installation: UUID
) -> None:
    bucket = Bucket(1000.0, 500.0)
    workers = [CostBudget(db, org, installation, GUESS) for _ in range(3)]  # each process has one of its own
    began = time.monotonic()
    await asyncio.gather(*(work(budget, bucket, began + 4.0, 180.0, 120.0) for budget in workers for _ in range(3)))
    allowed = bucket.maximum + bucket.restore * (time.monotonic() - began)
    assert bucket.refused == 0
    assert bucket.spent >= 0.85 * (allowed - bucket.maximum)


async def test_what_a_request_did_not_cost_comes_back(db: Database, org: UUID, installation: UUID) -> None:
    budget = CostBudget(db, org, installation, GUESS)
    began = time.monotonic()
    for _ in range(20):
        await budget(900.0)
        await budget.told(Tariff(900.0, 10.0, 990.0, 1000.0, 50.0))
    assert time.monotonic() - began < 5.0  # 18,000 points were set aside: at 50 a second that would be minutes


async def test_an_older_answer_that_comes_late_gives_no_points_that_were_spent_since(
    db: Database, org: UUID, installation: UUID
) -> None:
    """Two requests of 800 are under way; the shop answers 1,200 to the first and 400 to the second, which arrives before it."""
    budget = CostBudget(db, org, installation, Limits(per_second=1.0, burst=2000, costs=True))
    await budget(0.0)
    await budget.told(Tariff(0.0, 0.0, 2000.0, 2000.0, 1.0))
    await budget(800.0)
    await budget(800.0)
    await budget.told(Tariff(800.0, 800.0, 400.0, 2000.0, 1.0))
    await budget.told(Tariff(800.0, 800.0, 1200.0, 2000.0, 1.0))
    asked = asyncio.create_task(budget(800.0))
    await asyncio.sleep(0.3)
    assert not asked.done(), "the shop has 400 points"
    asked.cancel()


async def test_who_waits_goes_on_as_soon_as_an_answer_gives_points_back(db: Database, org: UUID, installation: UUID) -> None:
    budget = CostBudget(db, org, installation, GUESS)
    await budget(900.0)
    waiting = asyncio.create_task(budget(900.0))  # at 50 a second: sixteen seconds, looked at every two
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await budget.told(Tariff(900.0, 10.0, 990.0, 1000.0, 50.0))
    await waiting
    assert time.monotonic() - began < 1.5


async def test_the_shops_own_figures_replace_the_guess(db: Database, org: UUID, installation: UUID) -> None:
    budget = CostBudget(db, org, installation, GUESS)
    await budget(10.0)
    await budget.told(Tariff(10.0, 10.0, 90.0, 100.0, 1000.0))
    began = time.monotonic()
    for _ in range(10):
        await budget(100.0)
        await budget.told(Tariff(100.0, 100.0, 0.0, 100.0, 1000.0))
    assert 0.6 < time.monotonic() - began < 8.0  # by the guess: twenty seconds


async def test_a_cost_beyond_the_whole_bucket_waits_for_a_full_one_and_not_for_ever(
    db: Database, org: UUID, installation: UUID
) -> None:
    budget = CostBudget(db, org, installation, GUESS)
    async with asyncio.timeout(5):
        await budget(5000.0)


async def test_a_shop_that_wants_to_be_left_alone_is(db: Database, org: UUID, installation: UUID) -> None:
    budgets = Budgets(db)
    budget = budgets.for_installation(org, installation, GUESS)
    await budget(1.0)
    await budget.block(0.6)
    began = time.monotonic()
    await CostBudget(db, org, installation, GUESS)(1.0)
    assert time.monotonic() - began > 0.4


async def test_a_worker_that_died_with_points_in_flight_does_not_starve_the_others(
    db: Database, org: UUID, installation: UUID
) -> None:
    budget = CostBudget(db, org, installation, GUESS)
    await budget(800.0)  # never told, never given back
    await budget(100.0)
    await budget.told(Tariff(100.0, 100.0, 900.0, 1000.0, 500.0))
    async with asyncio.timeout(4):
        await budget(900.0)
