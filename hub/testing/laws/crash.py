"""L13: killed without warning at any page, a sync goes on where it stopped: everything comes, nothing comes twice.

Where a shop exports (`makes` names a shop that is large enough), the export that was begun is the one that is read to its end.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

from hub.testing.laws import apart
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.tape import Asked
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import live, same

PAGES_EACH = 3  # pages that a child may read, at most, before it dies
LOOK = 0.02  # seconds between two looks at how far a child has come
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
        seen = f"killed {len(deaths)} times (last at {deaths[-1]}){resumed}: {count} rows once each, in {pages} pages"
    return "; ".join([seen, *[await _exported(ground, make) for make in ground.makes("L13")[1:]]])


async def _exported(ground: Ground, make: Mapping[str, Any]) -> str:
    """An export killed while it is begun, when its first rows are in the catalog, and when half of them are."""
    name = ground.first
    async with trial(ground, ground.sandbox({}, make)) as shop:
        rows = len(shop.sandbox.ids(name))
        for requests, least in ((3, 0), (0, 1), (0, rows // 2)):
            await _killed_late(shop, name, requests, least)
        had = len(await live(shop, name))
        result = await shop.complete(name, "backfill")
        count = await same(shop, name)
        begun = [one.digest for one in shop.tape.asked if one.writes]
        must(result.evidence["reading"] == "export", f"{rows} rows were not exported: {result.evidence.get('export_failed')}")
        must(begun and len(begun) == len(set(begun)), f"an export was begun again: {len(begun)} for {len(set(begun))} questions")
        must(0 < had < rows, f"the last child had written {had} of {rows} rows when it was killed")
        return f"an export killed 3 times, last at row {had}: {count} rows out of the one that was begun"


async def _killed_late(shop: Trial, resource: str, requests: int, rows: int) -> None:
    """Start a child and kill it once it has sent so many requests and so many rows are in the catalog."""
    already = len(shop.tape.asked)
    child = await apart.start(shop, resource)
    ended = asyncio.create_task(child.end())
    while not ended.done():
        if len(shop.tape.asked) - already > requests and len(await live(shop, resource)) >= rows:
            child.kill()
            break
        await asyncio.sleep(LOOK)
    answer, said = await ended
    must(child.killed, f"a child ended by itself: {answer}", said[-300:])
