"""The budget of an errand of a few requests, which waits for nobody: a probe, a look around."""

from __future__ import annotations

from hub.ports import Tariff


class Unhurried:
    """`hub.ports.Budget` that allows everything."""

    async def __call__(self, cost: float = 1.0) -> None: ...

    async def told(self, tariff: Tariff) -> None: ...

    async def back(self, cost: float) -> None: ...
