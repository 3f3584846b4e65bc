"""L13: killed without warning at any page, a sync goes on where it stopped: everything comes, nothing comes twice."""

from __future__ import annotations

import asyncio
import random

from hub.testing.laws import apart
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.tape import Asked
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import same

PAGES_EACH = 3  # pages that a child may read, at most, before it dies
LATEST = 0.04  # seconds after a page was asked for: in its answer, in its transaction, or just after


async def _killed(shop: Trial, resource: str, page: int, delay: float) -> str | None:
    """Start a child and kill it `delay` seconds after it asked for its n-th page; None when it was done before that."""
    child = await apart.start(shop, resource)
    already = len(shop.tape.listings(resource))
    where: list[str] = []

    def strike(one: Asked) -> None:
        if not where and len(shop.tape.listings(resource)) - already >= page:
            where.append(str(one))
            asyncio.get_running_loop().call_later(delay, child.kill)

    shop.tape.before = strike
    answer, said = await child.end()
    shop.tape.before = None
    must(child.killed or answer.get("verdict") == "COMPLETE", f"a child ended by itself: {answer}", said[-300:])
    return where[0] if child.killed else None


@law("L13", "kill -9 at any page: resumed, everything comes and nothing twice")
async def killed_and_resumed(ground: Ground) -> str:
    """A child after the other is killed a page or two further on; the last one lives. `cycles` says how many die."""
    name, chance = ground.first, random.Random()  # noqa: S311 (points in time, no secret)
    async with trial(ground, ground.sandbox({name: max(190, 40 * ground.cycles)})) as shop:
        deaths: list[str] = []
        for cycle in range(ground.cycles):
            place = await _killed(shop, name, 1 + cycle % PAGES_EACH, chance.random() * LATEST)
            if place is not None:
                deaths.append(place)
        result = await shop.complete(name, "backfill")
        count = await same(shop, name)
        must(deaths, "no child lived long enough to be killed")
        pages, fewest = len(shop.tape.listings(name)), -(-count // 19)
        most = fewest + len(deaths) * (PAGES_EACH + 2) + 2
        must(pages <= most, f"{pages} pages asked for; {most} would do if it went on where it stopped", shop.tape.culprit)
        resumed = f", resumed {result.evidence['resumed']} times" if result.evidence.get("resumed") else ""
        return f"killed {len(deaths)} times (last at {deaths[-1]}){resumed}: {count} rows once each, in {pages} pages"
