"""Syncing from the command line: the resources of a shop side by side, their progress told, their verdicts gathered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hub.errors import Conflict, HubError, LeaseLost, NotFound, ReauthorizationError

if TYPE_CHECKING:
    from hub.cli.house import House
    from hub.cli.progress import Progress
    from hub.installations.installation import Installation
    from hub.sync.outcome import RunResult
    from hub.sync.run import Mode


async def sync_shop(
    house: House, shop: Installation, resource: str | None, mode: Mode, bars: Progress, *, prefix: str = ""
) -> list[dict[str, Any]]:
    """Sync one resource of a shop, or all of them; one result for each. Raises NotFound for a resource it does not have."""
    from hub.sync.engine import Engine
    from hub.sync.run import sync

    names = [each.name for each in house.registry.get(shop.connector).resources]
    if resource is not None and resource not in names:
        raise NotFound(f"{shop.name} has no {resource!r}.", hint=f"It has: {', '.join(names)}.")
    engine = Engine(house.db, house.registry, house.http, house.settings)

    async def one(name: str) -> dict[str, Any]:
        try:
            return as_data(shop, await sync(engine, shop.org, shop.id, name, mode, "command", told))
        except (ReauthorizationError, Conflict, LeaseLost) as error:  # this shop cannot be read now; others may
            return failed(shop, name, mode, error)

    def told(name: str, done: int, total: int | None) -> None:
        bars.update(prefix + name, done, total)

    return list(await asyncio.gather(*(one(name) for name in ([resource] if resource else names))))


def as_data(shop: Installation, result: RunResult) -> dict[str, Any]:
    """A run's result as plain data."""
    return {
        "shop": shop.name,
        "resource": result.resource,
        "mode": result.mode,
        "verdict": result.verdict,
        "reason": result.reason,
        "rows": result.evidence.get("distinct", 0),
        "seconds": round(result.seconds, 2),
        "evidence": result.evidence,
        "counts": result.counts,
        "run": result.run,
    }


def failed(shop: Installation, resource: str, mode: Mode, error: HubError) -> dict[str, Any]:
    """A run that could not even begin, in the same form."""
    return {
        "shop": shop.name,
        "resource": resource,
        "mode": mode,
        "verdict": "FAILED",
        "reason": str(error),
        "rows": 0,
        "seconds": 0.0,
        "evidence": {},
        "counts": {},
        "run": None,
    }
