"""L14: more rows share one modification time than a page holds; an incremental run finds them all, and ends."""

from __future__ import annotations

from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must, some
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import same

ROWS = 90
TIED = 70  # changed within a second: the page is 20


async def moved_on(shop: Trial, resource: str, ids: list[str]) -> int:
    """Change these rows and sync: every one arrives, as the shop holds it. Answers the number of requests."""
    shop.sandbox.change(resource, ids)
    shop.tape.clear()
    await shop.complete(resource)
    await same(shop, resource)
    return len(shop.tape.asked)


@law("L14", "a tie of modification times larger than a page loses nothing")
async def ties(ground: Ground) -> str:
    """In every resource that is listed by modification time; also in a shop that shuffles its ties."""
    names = [resource.name for resource in ground.connector.resources if resource.incremental]
    seen = []
    for make in ground.makes("L14"):
        async with trial(ground, ground.sandbox(ground.rows(ROWS), make)) as shop:
            for name in names:
                await shop.complete(name)
                tied = shop.sandbox.ids(name)[:TIED]
                must(len(tied) == TIED, f"the sandbox has only {len(tied)} {name}")
                asked = await moved_on(shop, name, tied)
                again = await moved_on(shop, name, tied[:1])
                seen.append(f"{TIED} tied {name} in {asked} requests, then 1 in {again}")
    must(names, f"no resource is listed by modification time: {some([r.name for r in ground.connector.resources])}")
    return "; ".join(dict.fromkeys(seen))
