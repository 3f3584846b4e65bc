"""L9, L10: a shop that asks to slow down is given the time it asks for; one that breaks down is given some."""

from __future__ import annotations

import asyncio

from hub.sync.retry import Patience
from hub.testing.hostile import Mode
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.paging import ROWS
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import same

RETRY_AFTER = 1  # seconds
BUSY = 0.1  # seconds: asking again sooner than this is a busy loop


def pauses(shop: Trial, resource: str) -> list[float]:
    """Seconds between each refused listing and the next request of any kind."""
    asked = shop.tape.asked
    refused = [i for i, one in enumerate(asked) if one.status >= 400 and one in shop.tape.listings(resource)]
    return [asked[i + 1].at - asked[i].at for i in refused if i + 1 < len(asked)]


async def _refused(ground: Ground, mode: Mode, least: float, times: int | None = None) -> str:
    async with trial(ground, ground.sandbox({ground.first: ROWS}), patience=Patience()) as shop:
        with shop.trouble(mode, times=times, retry_after=RETRY_AFTER) as hostile:
            await shop.complete(ground.first)
        await same(shop, ground.first)
        waited = pauses(shop, ground.first)
        must(len(waited) == len(hostile.did), f"{len(hostile.did)} refusals, {len(waited)} further requests", shop.tape.culprit)
        must(
            all(one >= least for one in waited),
            f"asked again after {min(waited):.2f} s; the least is {least} s", shop.tape.culprit,
        )  # fmt: skip
        return f"{mode.value}: waited {', '.join(f'{one:.1f}' for one in waited)} s"


@law("L9", "429 is obeyed: as long as Retry-After says, and never in a busy loop")
async def too_many_requests(ground: Ground) -> str:
    """With Retry-After, and without."""
    return "; ".join(
        await asyncio.gather(
            _refused(ground, Mode.RATE_LIMITED, RETRY_AFTER - 0.01), _refused(ground, Mode.RATE_LIMITED_BARE, BUSY, times=1)
        )
    )


@law("L10", "a burst of 500 is waited out")
async def burst_of_500(ground: Ground) -> str:
    """Three in a row, in HTML; and a firewall's 403."""
    return "; ".join(await asyncio.gather(_refused(ground, Mode.SERVER_ERRORS, BUSY), _refused(ground, Mode.FORBIDDEN, BUSY)))
