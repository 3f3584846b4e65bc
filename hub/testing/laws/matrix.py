"""The hostile matrix: every resource in every hostile mode, and what became of the good rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from hub.testing.hostile import Mode
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import some
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import missing

ROWS = 130
AT_ONCE = 4  # shops at a time: most of it is waiting
RETRY_AFTER = 1


@dataclass(frozen=True, slots=True)
class Cell:
    """One resource in one mode. good: no good row is missing, or the verdict is not COMPLETE.

    missing: rows of the shop that the catalog lacks; told: of these, how many the run's own evidence names as quarantined or as
    hidden by the shop, which are no rows that anybody could have read.
    """

    mode: str
    what: str
    resource: str
    verdict: str
    missing: int
    told: int
    reason: str
    request: str
    seconds: float

    @property
    def good(self) -> bool:
        """Whether the law holds here."""
        return self.missing <= self.told or self.verdict != "COMPLETE"

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {"good": self.good, "seconds": round(self.seconds, 2)}


async def matrix(ground: Ground, progress: Callable[[Cell], object] | None = None) -> list[Cell]:
    """All cells, some shops at a time. `progress` is told of each in order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(mode: Mode, resource: str) -> Cell:
        async with gate:
            return await cell(ground, mode, resource)

    work = [asyncio.create_task(one(mode, resource.name)) for resource in ground.connector.resources for mode in Mode]
    cells: list[Cell] = []
    try:
        for task in work:
            cells.append(await task)
            if progress is not None:
                progress(cells[-1])
    finally:
        for task in work:
            task.cancel()
    return cells


async def cell(ground: Ground, mode: Mode, resource: str) -> Cell:
    """A full sync of this resource while the shop is hostile in this way."""
    began = time.monotonic()
    async with trial(ground, ground.sandbox({resource: ROWS})) as shop:
        with shop.trouble(mode, resource=resource, seconds=1.0, retry_after=RETRY_AFTER) as hostile:
            result = await shop.sync(resource)
            lost = await missing(shop, resource)
        told = await _told(shop, resource, result.evidence)
        reason = result.reason if not lost else f"{result.reason} Missing: {some(lost)}"
        what = hostile.did[0] if hostile.did else "nothing: the list was never read so far"
        spent = time.monotonic() - began
        return Cell(mode.value, what, resource, result.verdict, len(lost), told, reason, shop.tape.culprit, spent)


async def _told(shop: Trial, resource: str, evidence: Any) -> int:
    held = "select count(*) from quarantine where installation = $1 and resource = $2 and resolved_at is null"
    rows = await shop.fetch(held, shop.installation, resource)
    return int(rows[0][0]) + int(evidence.get("hidden_by_store") or 0)
