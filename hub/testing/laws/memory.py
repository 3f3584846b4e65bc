"""L26: memory does not grow with the shop: rows are streamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.ports import Limits
from hub.testing.laws import apart
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.trial import trial
from hub.testing.laws.truth import missing

FEW, MANY = 2_000, 20_000
GROWTH = 25.0  # MB
WIDE = Limits(per_second=1_000.0, burst=1_000_000)


async def _peak(ground: Ground, rows: int, make: Mapping[str, Any]) -> tuple[float, float]:
    """Peak size in MB, and seconds, of a process that reads so many rows."""
    async with trial(ground, ground.sandbox({ground.first: rows}, make)) as shop:
        child = await apart.start(shop, ground.first, limits=WIDE, lease=30.0, commit_rows=500)
        answer, said = await child.end()
        must(answer.get("verdict") == "COMPLETE", f"{rows:,} rows: {answer.get('reason', 'no answer')}", said[-300:])
        must(not await missing(shop, ground.first), f"{rows:,} rows: some are missing")
        return answer["peak_mb"], answer["seconds"]


@law("L26", f"memory stays flat from {FEW:,} to {MANY:,} rows")
async def flat_memory(ground: Ground) -> str:
    """Each in a process of its own."""
    seen = []
    for make in ground.makes("L26", usual=False):
        small, _ = await _peak(ground, FEW, make)
        large, seconds = await _peak(ground, MANY, make)
        more = large - small
        must(more <= GROWTH, f"{more:.0f} MB more for {MANY:,} rows than for {FEW:,}; allowed are {GROWTH:.0f}")
        seen.append(f"{small:.0f} MB and {large:.0f} MB; {MANY:,} rows in {seconds:.1f} s")
    return "; ".join(seen)
