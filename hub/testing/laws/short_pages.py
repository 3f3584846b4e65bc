"""L4: a page that is short does not end a listing, whether the row comes back or never does."""

from __future__ import annotations

from hub.testing.hostile import Mode
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must, some
from hub.testing.laws.paging import ROWS
from hub.testing.laws.trial import trial
from hub.testing.laws.truth import missing


@law("L4", "a short page does not end the listing")
async def short_page(ground: Ground) -> str:
    """One row is missing from one page; then one row is missing for good while the total counts it."""
    async with trial(ground, ground.sandbox({ground.first: ROWS})) as shop:
        with shop.trouble(Mode.SHORT_PAGE_ONCE) as hostile:
            result = await shop.complete(ground.first)
        lost = await missing(shop, ground.first)
        must(hostile.did and not lost, f"{len(lost)} rows lost after one short page: {some(lost)}", shop.tape.culprit)
    async with trial(ground, ground.sandbox({ground.first: ROWS})) as shop:
        with shop.trouble(Mode.SHORT_PAGE) as hostile:
            result = await shop.sync(ground.first)
        lost = await missing(shop, ground.first)
        hidden = hostile.did[0].rpartition(" ")[2]
        must(lost <= {hidden}, f"rows were lost besides the hidden one: {some(lost - {hidden})}", shop.tape.culprit)
        told = result.evidence.get("hidden_by_store") or result.evidence.get("withheld")
        must(
            not lost or result.verdict != "COMPLETE" or told,
            f"row {hidden} is missing, and a COMPLETE run does not say that the shop hides one", shop.tape.culprit,
        )  # fmt: skip
    return f"once: all {ROWS} rows; for good: {result.verdict}, {result.reason}"
