"""What a shop that counts points may be asked, by all workers together: its bucket, kept in a PostgreSQL row.

Such a shop (Shopify's GraphQL) says with every answer how much is in its bucket and how fast it fills. A request is let
through when its cost is there; the cost is then set aside until the answer tells what it really was. Answers are worth seconds
of a bucket, so a statement for each is nothing, and nobody needs a lease.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID

from hub.ports import Limits, Tariff

if TYPE_CHECKING:
    from hub.db.engine import Database

LONGEST: Final = 2.0  # seconds between two looks: workers of other processes may have given points back
UNDER_WAY: Final = 2.0  # seconds that a request takes to the shop, or an answer to us, at the most

MAKE = """
insert into shop_budget (installation, org, tokens, refilled_at, rate, burst)
values ($1, $2, $4::float8, clock_timestamp(), $3::float8, $4::float8) on conflict (installation) do nothing
"""
# What is there now, and whether the cost was taken. A cost beyond the whole bucket waits for a full one. What is in flight may
# not have arrived yet, and a full bucket does not fill meanwhile: so all that is there and in flight is never more than it holds.
# What was sent two seconds ago has arrived, or its worker died.
TAKE = """
with a as (
    select *, case when refilled_at < clock_timestamp() - make_interval(secs => $3::float8) then 0 else in_flight end as flying
    from shop_budget where installation = $1 for update
), b as (
    select least(burst - flying, tokens + greatest(0, extract(epoch from clock_timestamp() - refilled_at)) * rate) as there,
           least($2::float8, burst) as wanted, rate, burst, flying,
           greatest(0, extract(epoch from blocked_until - clock_timestamp()))::float8 as blocked
    from a
), taken as (
    update shop_budget s set
        tokens = b.there - $2::float8, refilled_at = clock_timestamp(), in_flight = b.flying + $2::float8
    from b where s.installation = $1 and b.there >= b.wanted and coalesce(b.blocked, 0) = 0 returning true as taken
)
select coalesce((select taken from taken), false) as taken,
       greatest(coalesce(b.blocked, 0), (b.wanted - b.there) / nullif(b.rate, 0))::float8 as wait from b
"""
# $2 set aside, $3 spent, $4 available, $5 size, $6 per second. Our own account is exact as long as no worker dies; the shop's
# figure lacks what is under way to it, so it is an upper bound, and less all that is in flight a lower one. The lower one is
# believed only when no other answer came just before: that one may be the later one, of which this figure knows nothing.
TELL = """
update shop_budget s set
    rate = $6::float8, burst = $5::float8, refilled_at = clock_timestamp(), told_at = clock_timestamp(),
    in_flight = greatest(0, s.in_flight - $2::float8),
    tokens = greatest(
        case when s.told_at is null or s.told_at < clock_timestamp() - make_interval(secs => $7::float8)
            then $4::float8 - greatest(0, s.in_flight - $2::float8) end,
        least(
            $4::float8,
            least(
                $5::float8 - case when s.refilled_at < clock_timestamp() - make_interval(secs => $7::float8) then 0
                    else s.in_flight end,
                s.tokens + greatest(0, extract(epoch from clock_timestamp() - s.refilled_at)) * $6::float8
            ) + $2::float8 - $3::float8
        )
    )
where installation = $1
"""
BACK = "update shop_budget set in_flight = greatest(0, in_flight - $2::float8) where installation = $1"
BLOCK = """
update shop_budget set tokens = least(tokens, 0), refilled_at = clock_timestamp(),
    blocked_until = greatest(blocked_until, clock_timestamp() + make_interval(secs => $2::float8))
where installation = $1
"""


class CostBudget:
    """`hub.ports.Budget` of one shop that counts points."""

    def __init__(self, db: Database, org: UUID, installation: UUID, limits: Limits) -> None:
        self._db = db
        self._org = org
        self._installation = installation
        self._limits = limits
        self._made = False
        self._turn = asyncio.Lock()
        self._returned = asyncio.Event()  # an answer of ours gave points back: most requests cost far less than they set aside

    async def __call__(self, cost: float = 1.0) -> None:
        """Waits until the shop's bucket holds this many points, and sets them aside. First come, first served."""
        async with self._turn:
            while True:
                self._returned.clear()
                async with self._db.org(self._org) as unit:
                    if not self._made:
                        guess = self._limits
                        await unit.execute(MAKE, self._installation, self._org, guess.per_second, float(guess.burst))
                        self._made = True
                    row = await unit.fetchrow(TAKE, self._installation, float(cost), UNDER_WAY)
                if row is None:  # the shop was disconnected and forgotten meanwhile
                    self._made = False
                    continue
                if row["taken"]:
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(max(row["wait"] or 0.0, 0.01), LONGEST)):
                        await self._returned.wait()

    async def told(self, tariff: Tariff) -> None:
        """An answer came, with what the shop says of its bucket."""
        spent = 0.0 if tariff.actual is None else tariff.actual
        async with self._db.org(self._org) as unit:
            await unit.execute(
                TELL, self._installation, tariff.asked, spent, tariff.available, tariff.maximum, tariff.restore, UNDER_WAY
            )  # fmt: skip
        self._returned.set()

    async def back(self, cost: float) -> None:
        """No answer came. The shop may have counted it all the same, so the points are not given back, only not awaited."""
        async with self._db.org(self._org) as unit:
            await unit.execute(BACK, self._installation, float(cost))

    async def block(self, seconds: float) -> None:
        """The shop wants to be left alone: nobody asks it for so long."""
        async with self._db.org(self._org) as unit:
            await unit.execute(BLOCK, self._installation, seconds)
