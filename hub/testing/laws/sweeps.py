"""L24: only a sweep that is COMPLETE may delete, and never a mass of records without somebody's word."""

from __future__ import annotations

from hub.testing.hostile import Mode
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must, some
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import live

ROWS = 200
FEW, MANY = 3, 12  # 1.5 % and 6 %
DELETED = "select vendor_id from event where installation = $1 and type like '%.deleted'"


async def _unchanged(shop: Trial, before: set[str], why: str) -> None:
    lost = before - await live(shop, shop.ground.first)
    must(not lost, f"{why}: {len(lost)} records were deleted: {some(lost)}", shop.tape.culprit)


@law("L24", "deletes only after a COMPLETE sweep, with a brake above 2 % or 100")
async def delete_sweep(ground: Ground) -> str:
    """A sweep that cannot be proved deletes nothing; a whole one deletes what is gone; a mass is held."""
    name = ground.first
    async with trial(ground, ground.sandbox({name: ROWS})) as shop:
        await shop.complete(name)
        before = await live(shop, name)
        gone = set(shop.sandbox.ids(name)[50 : 50 + FEW])
        shop.sandbox.delete(name, sorted(gone))
        for mode in (Mode.HTML_200, Mode.SHORT_PAGE, Mode.LYING_TOTAL):
            with shop.trouble(mode, at=2, times=10**6):
                result = await shop.sync(name, "sweep")
            must(result.verdict != "COMPLETE", f"a sweep under {mode} is COMPLETE: {result.reason}", shop.tape.culprit)
            await _unchanged(shop, before, f"a sweep that ended {result.verdict} under {mode}")
        await shop.complete(name)
        await _unchanged(shop, before, "an incremental run")
        await shop.complete(name, "backfill")
        await _unchanged(shop, before, "a full run that is no sweep")
        result = await shop.complete(name, "sweep")
        left = gone & await live(shop, name)
        must(not left, f"{some(left)} are gone from the shop and still there after a COMPLETE sweep", shop.tape.culprit)
        await _unchanged(shop, before - gone, "a COMPLETE sweep")
        told = sorted(row[0] for row in await shop.fetch(DELETED, shop.installation))
        must(told == sorted(gone), f"deleted events tell of {some(told)}, gone are {some(gone)}")
        shop.sandbox.delete(name, shop.sandbox.ids(name)[20 : 20 + MANY])
        held = await shop.sync(name, "sweep")
        must(held.verdict != "COMPLETE", f"{MANY} of {ROWS} vanish, and the sweep is {held.verdict}", shop.tape.culprit)
        await _unchanged(shop, before - gone, "a sweep with a mass of deletions")
        return f"3 sweeps without proof deleted nothing; a whole one {result.evidence['deleted']}; {held.reason}"
