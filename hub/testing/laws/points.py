"""Thrift where a shop counts points: what it restores is used while work waits, and nothing is refused for want of points."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol, cast

from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.trial import trial
from hub.testing.laws.truth import same

ROWS = 40
USED = 0.9  # of the points that were there, at the least
NEEDED = 1.15  # times the points that the rows need, at the most
WAITED = 3.0  # seconds of the shop's restoring: what takes no longer had nothing to wait for


class Counting(Protocol):
    """What the law asks of a sandbox that counts points. throttled: how many questions it refused."""

    throttled: int

    def points(self, resource: str) -> tuple[float, float]:
        """(spent so far, needed at least to read this resource whole)."""
        ...

    def purse(self) -> tuple[float, float]:
        """(points that are there now, points restored each second)."""
        ...


async def within_the_points(ground: Ground, make: Mapping[str, Any]) -> str:
    """One resource after the other, each whole, at the connector's own page sizes."""
    sandbox, seen, waited = ground.sandbox(ground.rows(ROWS), make), [], False
    counting = cast("Counting", sandbox)
    async with trial(ground, sandbox, limits=ground.connector.manifest.limits) as shop:
        for name in ground.rows(ROWS):
            before, needed = counting.points(name)
            (there, restore), began = counting.purse(), time.monotonic()
            await shop.complete(name)
            seconds, left = time.monotonic() - began, counting.purse()[0]
            spent = counting.points(name)[0] - before
            await same(shop, name)
            must(not counting.throttled, f"{counting.throttled} questions were refused for want of points", shop.tape.culprit)
            must(spent <= needed * NEEDED, f"{name}: {spent:.0f} points; {needed:.0f} would do", shop.tape.culprit)
            told = f"{spent:.0f} of {needed:.0f} points for {ROWS} {name}"
            if needed - there > restore * WAITED:
                waited = True
                share = min(1.0, spent / (there + restore * seconds - left))
                must(share >= USED, f"{name}: {share:.0%} of the points were used while work was waiting ({seconds:.1f} s)")
                told += f" ({share:.0%} used)"
            seen.append(told)
        must(waited, "the sandbox has so many points that nothing ever waited: name a smaller bucket in `makes`")
    return f"{', '.join(seen)}; none was refused"
