"""L15: the shop's clock is not ours. Only its own times count, and a row dated in its future moves nothing."""

from __future__ import annotations

from hub.testing.hostile import Mode
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.ties import moved_on
from hub.testing.laws.trial import trial
from hub.testing.laws.truth import same

MOST = 11  # pages: all rows are on seven, which the overlap may bring once more
ROWS = 120  # enough for the sandbox to hold a row that is scheduled for later, where the vendor has such rows


@law("L15", "a shop's clock that is ten minutes ahead or behind loses no change")
async def skewed_clocks(ground: Ground) -> str:
    """Full sync, changes, incremental sync, twice, in both directions."""
    seen = []
    names = [resource.name for resource in ground.connector.resources if resource.incremental]
    for mode in (Mode.CLOCK_AHEAD, Mode.CLOCK_BEHIND):
        async with trial(ground, ground.sandbox(ground.rows(ROWS))) as shop:
            with shop.trouble(mode, resource=ground.first) as hostile:
                for name in names:
                    await shop.complete(name)
                    await same(shop, name)
                    ids = shop.sandbox.ids(name)
                    for some_ids in (ids[:3], ids[-3:]):
                        await moved_on(shop, name, some_ids)
                        asked = len(shop.tape.listings(name))
                        must(
                            asked <= MOST, f"{name}: 3 changes took {asked} pages: the watermark did not move", shop.tape.culprit
                        )
            seen.append(hostile.did[0].partition("to ")[2])
    return f"{', '.join(names)} at {' and '.join(seen)}: every change came, few pages"
