"""The budget of requests: with the clock on the wall, on a real PostgreSQL, across processes."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from hub.budget import Budgets, Watched
from hub.db.engine import Database
from hub.http import guarded_client
from hub.ports import Limits
from tests.hub.http.servers import always, plain, serving

pytestmark = pytest.mark.clock

WORKER = Path(__file__).with_name("budget_process.py")


async def other_worker(url: str, org: UUID, installation: UUID, count: int, rate: float, burst: int) -> list[float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(WORKER), url, str(org), str(installation), str(count), str(rate), str(burst),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return [float(line) for line in out.split()]


async def test_two_processes_share_one_rate(db: Database, clean_database_url: str, org: UUID, installation: UUID) -> None:
    rate, burst, count = 20.0, 10, 35
    workers = [other_worker(clean_database_url, org, installation, count, rate, burst) for _ in range(2)]
    times = sorted(time for seen in await asyncio.gather(*workers) for time in seen)
    assert len(times) == 2 * count
    for start, first in enumerate(times):
        for end in range(start, len(times)):
            assert end - start + 1 <= burst + rate * (times[end] - first + 0.25) + 1
    assert times[-1] - times[0] < 2 * (2 * count / rate)


async def test_a_burst_is_not_held_back(db: Database, org: UUID, installation: UUID) -> None:
    budget = Budgets(db).for_installation(org, installation, Limits(per_second=10, burst=30))
    started = time.monotonic()
    for _ in range(30):
        await budget()
    assert time.monotonic() - started < 2  # at ten a second: three
    await budget()
    await budget()
    assert time.monotonic() - started > 0.1


async def test_errands_one_after_another_share_what_was_leased(db: Database, org: UUID, installation: UUID) -> None:
    budgets = Budgets(db)
    started = time.monotonic()
    for _ in range(25):  # as many webhooks, each opening the shop anew
        await budgets.for_installation(org, installation, Limits(per_second=10, burst=20))()
    assert time.monotonic() - started < 2


async def test_a_statement_serves_many_requests(
    db: Database, org: UUID, installation: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = 0
    inner = Database.org

    def counted(self: Database, org: UUID) -> object:
        nonlocal units
        units += 1
        return inner(self, org)

    monkeypatch.setattr(Database, "org", counted)
    budget = Budgets(db).for_installation(org, installation, Limits(per_second=100, burst=500))
    for _ in range(300):
        await budget()
    assert units == 3


async def test_when_the_shop_says_slow_down_every_worker_waits(db: Database, org: UUID, installation: UUID) -> None:
    limits = Limits(per_second=50, burst=100)
    mine, other = (Budgets(db).for_installation(org, installation, limits) for _ in range(2))
    async with (
        serving(always(plain(b"{}", "429 Too Many Requests", "Retry-After: 1"))) as served,
        guarded_client([f"127.0.0.1:{served.port}"]) as http,
    ):
        await mine()
        answer = await Watched(http, mine).request("GET", f"http://127.0.0.1:{served.port}/")
    started = time.monotonic()
    assert answer.status == 429
    await asyncio.gather(mine(), other())
    assert 0.8 < time.monotonic() - started < 6


async def test_a_503_without_a_time_holds_nobody_back(db: Database, org: UUID, installation: UUID) -> None:
    budget = Budgets(db).for_installation(org, installation, Limits())
    async with (
        serving(always(plain(b"{}", "503 Service Unavailable"))) as served,
        guarded_client([f"127.0.0.1:{served.port}"]) as http,
    ):
        await Watched(http, budget).request("GET", f"http://127.0.0.1:{served.port}/")
    started = time.monotonic()
    await budget()
    assert time.monotonic() - started < 0.5
