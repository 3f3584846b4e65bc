"""L5, L6, L7: a body that is not what it says is never taken for rows, nor for the end of them."""

from __future__ import annotations

from hub.testing.hostile import Mode
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.paging import ROWS
from hub.testing.laws.trial import trial
from hub.testing.laws.truth import missing, same


async def _dirty(ground: Ground, *modes: Mode) -> str:
    """Each mode once, passing: all rows and COMPLETE. All of them for good: not COMPLETE, and nothing made up."""
    seen = []
    for mode in modes:
        async with trial(ground, ground.sandbox({ground.first: ROWS})) as shop:
            with shop.trouble(mode) as hostile:
                result = await shop.complete(ground.first)
            must(hostile.did, f"{mode}: the list was never read so far")
            await same(shop, ground.first)
            seen.append(f"{hostile.did[0].partition(': ')[2]}: all {ROWS} rows, {result.evidence.get('retried', 0)} asked again")
    return "; ".join(seen)


async def _for_good(ground: Ground, mode: Mode) -> str:
    async with trial(ground, ground.sandbox({ground.first: ROWS})) as shop:
        with shop.trouble(mode, times=10**6):
            result = await shop.sync(ground.first)
        lost = await missing(shop, ground.first)
        must(not lost or result.verdict != "COMPLETE", f"{len(lost)} rows lost and the verdict is COMPLETE", shop.tape.culprit)
        result = await shop.complete(ground.first)
        await same(shop, ground.first)
        return f"for good: PARTIAL; healed: {result.verdict} with all rows"


@law("L5", "an HTML page with status 200 is not the end of the list")
async def html_with_200(ground: Ground) -> str:
    """A maintenance page, once and for good."""
    return f"{await _dirty(ground, Mode.HTML_200)}; {await _for_good(ground, Mode.HTML_200)}"


@law("L6", "noise around the JSON (notice, comment, byte order mark) loses no row")
async def noise(ground: Ground) -> str:
    """What plugins print before and after."""
    return await _dirty(ground, Mode.PHP_NOTICE, Mode.PHP_TAIL, Mode.BOM)


@law("L7", "a truncated body is asked for again")
async def truncated(ground: Ground) -> str:
    """Cut with a matching length, and cut by a broken connection."""
    return f"{await _dirty(ground, Mode.CUT_BODY, Mode.CUT_CONNECTION)}; {await _for_good(ground, Mode.CUT_BODY)}"
