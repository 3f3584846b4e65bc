"""A shop's rate budget within one process: for reading without a database."""

from __future__ import annotations

import asyncio
import time

from hub.ports import Limits, Tariff


class Pace:
    """`hub.ports.Budget`: a bucket of `burst` requests (or points) that refills at `per_second`, or as the shop tells."""

    def __init__(self, limits: Limits) -> None:
        self._costs = limits.costs
        self._burst = float(limits.burst)
        self._rate = limits.per_second
        self._tokens = self._burst
        self._at = time.monotonic()
        self._turn = asyncio.Lock()

    async def __call__(self, cost: float = 1.0) -> None:
        async with self._turn:
            lacking = min(cost, self._burst) - self._now()
            if lacking > 0:
                await asyncio.sleep(lacking / self._rate)
            self._tokens = self._now() - cost

    async def told(self, tariff: Tariff) -> None:
        """An answer came, with what the shop says of its bucket."""
        if self._costs:
            self._burst, self._rate = tariff.maximum, max(tariff.restore, 0.001)
            self._tokens = min(tariff.available, self._now() + tariff.asked - (tariff.actual or 0.0))

    async def back(self, cost: float) -> None:
        """Nothing: the shop may have counted it all the same."""

    def _now(self) -> float:
        now = time.monotonic()
        self._tokens, self._at = min(self._burst, self._tokens + (now - self._at) * self._rate), now
        return self._tokens
