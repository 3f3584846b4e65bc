"""L1, L2, L3, L17: every row once, whatever happens to the list meanwhile."""

from __future__ import annotations

from hub.testing.hostile import Mode
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import live, missing, same

PAGES = 10
ROWS = 190  # at 20 a page, one of them asked again


@law("L1", f"every row comes once, over {PAGES} pages")
async def all_rows_once(ground: Ground) -> str:
    """Each resource is read whole: all rows, each as the shop holds it, each told of once."""
    seen = []
    async with trial(ground, ground.sandbox(ground.rows(ROWS))) as shop:
        for resource in ground.connector.resources:
            shop.tape.clear()
            await shop.complete(resource.name)
            count = await same(shop, resource.name)
            pages = len(shop.tape.listings(resource.name))
            must(pages >= PAGES, f"{resource.name}: {count} rows in {pages} pages: the page size was not kept", shop.tape.culprit)
            seen.append(f"{count} {resource.name} in {pages} pages")
    return ", ".join(seen)


async def _moving(ground: Ground, mode: Mode) -> tuple[Trial, str]:
    async with trial(ground, ground.sandbox({ground.first: ROWS})) as shop:
        with shop.trouble(mode) as hostile:
            before = set(shop.sandbox.ids(ground.first))
            result = await shop.sync(ground.first)
        must(hostile.did, "the list was never read far enough to move")
        must(result.verdict == "COMPLETE", f"the run ended {result.verdict}: {result.reason}", shop.tape.culprit)
        await same(shop, ground.first, gone=before)
        return shop, f"{hostile.did[0]}; {result.reason}"


@law("L2", "a row deleted mid-sync makes no other row fall through")
async def row_deleted(ground: Ground) -> str:
    """Rows already read are deleted, so that everything behind them moves up."""
    return (await _moving(ground, Mode.ROWS_DELETED))[1]


@law("L3", "a row inserted mid-sync comes too, none comes twice")
async def row_inserted(ground: Ground) -> str:
    """New rows appear between two pages."""
    return (await _moving(ground, Mode.ROWS_INSERTED))[1]


@law("L17", "an empty shop is COMPLETE with nothing")
async def empty_store(ground: Ground) -> str:
    """No rows at all, full and again incremental; the first row that then comes is found."""
    async with trial(ground, ground.sandbox({})) as shop:
        for resource in ground.connector.resources:
            for _ in range(2):
                result = await shop.complete(resource.name)
            must(not await live(shop, resource.name), f"{resource.name}: an empty shop has rows in the catalog")
        shop.sandbox.add(ground.first)
        await shop.complete(ground.first)
        lost = await missing(shop, ground.first)
        must(not lost, f"{ground.first} {lost}: the first row of all was not found", shop.tape.culprit)
    return f"{len(ground.connector.resources)} resources, twice; then the first row. {result.reason}"
