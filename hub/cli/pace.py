"""A shop's rate budget within one process: for reading without a database."""

from __future__ import annotations

import asyncio
import time

from hub.ports import Limits


class Pace:
    """`hub.ports.Budget`: a bucket that holds `burst` requests and refills at `per_second`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._tokens = float(limits.burst)
        self._at = time.monotonic()

    async def __call__(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._limits.burst, self._tokens + (now - self._at) * self._limits.per_second) - 1
        self._at = now
        if self._tokens < 0:
            await asyncio.sleep(-self._tokens / self._limits.per_second)
