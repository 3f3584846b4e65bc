"""How often a shop may be asked, by all workers together: a token bucket in a PostgreSQL row, leased a second's worth at a time.

A lease may take the bucket below zero: its requests are then spaced out until the bucket has caught up. So each worker
makes one statement for many requests, waits its turn in order, and nobody polls. When the shop says 429, `blocked_until`
holds everybody back; leases are short, so a worker learns of it within three seconds.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from hub.ports import Limits, Tariff

if TYPE_CHECKING:
    from hub.db.engine import Database

LEASE_SECONDS = 2.0  # how long a lease may be used; what is left of it then is lost

# One statement: make the row if there is none, refill it for the time since, take $3 tokens even if they are not there yet.
LEASE = """
insert into shop_budget as b (installation, org, tokens, refilled_at, rate, burst)
values ($1, $2, $5::float8 - $3::float8, clock_timestamp(), $4::float8, $5::float8)
on conflict (installation) do update set
    tokens = least($5::float8, b.tokens + greatest(0, extract(epoch from clock_timestamp() - b.refilled_at)) * $4::float8)
        - $3::float8,
    refilled_at = clock_timestamp(), rate = $4::float8, burst = $5::float8
returning tokens, greatest(0, extract(epoch from blocked_until - clock_timestamp()))::float8 as blocked
"""
BLOCK = """
insert into shop_budget as b (installation, org, tokens, refilled_at, rate, burst, blocked_until)
values ($1, $2, 0, clock_timestamp(), $4, $5, clock_timestamp() + make_interval(secs => $3::float8))
on conflict (installation) do update set
    tokens = least(b.tokens, 0),
    blocked_until = greatest(b.blocked_until, excluded.blocked_until)
"""


@dataclass(slots=True)
class Lease:
    """Tokens in hand: the first may be used at `first` (monotonic seconds), each further one `pace` later, until `ends`."""

    left: int
    first: float
    pace: float
    ends: float


class ShopBudget:
    """`hub.ports.Budget` of one shop: await it before each request."""

    def __init__(self, db: Database, org: UUID, installation: UUID, limits: Limits) -> None:
        self._db = db
        self._org = org
        self._installation = installation
        self._limits = limits
        self._chunk = max(1, int(limits.per_second))
        self._lease: Lease | None = None
        self._held_until = 0.0
        self._turn = asyncio.Lock()

    async def told(self, tariff: Tariff) -> None:
        """Nothing: this shop counts requests."""

    async def back(self, cost: float) -> None:
        """Nothing: a request counts whether it was answered or not."""

    async def __call__(self, cost: float = 1.0) -> None:  # noqa: ARG002 (every request costs one)
        """Waits until one more request is allowed."""
        async with self._turn:
            now = time.monotonic()
            if self._lease is None or not self._lease.left or now > self._lease.ends:
                self._lease = await self._take()
            lease = self._lease
            lease.left -= 1
            at, lease.first = max(lease.first, self._held_until), lease.first + lease.pace
            wait = at - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)

    async def block(self, seconds: float) -> None:
        """The shop wants to be left alone: nobody asks it for so long."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)
        self._lease = None
        async with self._db.org(self._org) as unit:
            await unit.execute(BLOCK, self._installation, self._org, seconds, self._limits.per_second, float(self._limits.burst))

    async def _take(self) -> Lease:
        chunk, limits = self._chunk, self._limits
        async with self._db.org(self._org) as unit:
            row = await unit.fetchrow(LEASE, self._installation, self._org, float(chunk), limits.per_second, float(limits.burst))
        assert row is not None  # noqa: S101 (the statement always returns its row)
        before = row["tokens"] + chunk  # what was in the bucket for us: the k-th token is there when it holds k
        first = time.monotonic() + (row["blocked"] or 0.0) + max(0.0, (1 - before) / limits.per_second)
        pace = 0.0 if before >= chunk else 1 / limits.per_second
        return Lease(chunk, first, pace, first + pace * chunk + LEASE_SECONDS)
