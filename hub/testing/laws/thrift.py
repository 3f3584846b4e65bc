"""L27: a shop is asked no faster than it allows and hardly more often than its rows need."""

from __future__ import annotations

from math import ceil

from hub.ports import Limits
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Exempt, must
from hub.testing.laws.points import within_the_points
from hub.testing.laws.trial import trial
from hub.testing.laws.truth import same

ROWS = 190
RATE = Limits(per_second=20.0, burst=10, page_sizes=(20, 10, 5))
SLACK = 3  # requests: two clocks and a lease handed over
SPARE = 3  # requests beyond those that pages and nested lists need


@law("L27", "requests stay within the rate, and near the fewest that will do")
async def thrift(ground: Ground) -> str:
    """By requests, or where a shop counts points by these: then `makes` says how small a bucket it has."""
    if not ground.connector.manifest.limits.costs:
        return await _within_the_rate(ground)
    makes = ground.makes("L27")[1:]
    if not makes:
        raise Exempt("the shop counts points, and the connector's `makes` names no sandbox that has few of them")
    return "; ".join([await within_the_points(ground, make) for make in makes])


async def _within_the_rate(ground: Ground) -> str:
    """One resource after the other, at 20 requests a second with a burst of 10."""
    seen = []
    async with trial(ground, ground.sandbox(ground.rows(ROWS)), limits=RATE) as shop:
        for resource in ground.connector.resources:
            start = len(shop.tape.asked)
            await shop.complete(resource.name)
            count, asked = await same(shop, resource.name), len(shop.tape.asked) - start
            pages = ceil((count - 1) / (RATE.page_sizes[0] - 1))
            most = pages * (2 if resource.child_kind else 1) + SPARE
            must(asked <= most, f"{resource.name}: {asked} requests for {count} rows; {most} would do", shop.tape.culprit)
            seen.append(f"{count} {resource.name} in {asked} (of {most})")
        times = [one.at for one in shop.tape.asked]
    for i, first in enumerate(times):
        for j in range(i + RATE.burst, len(times)):
            allowed = RATE.burst + RATE.per_second * (times[j] - first) + SLACK
            must(j - i + 1 <= allowed, f"{j - i + 1} requests in {times[j] - first:.2f} s; allowed are {allowed:.0f}")
    asked, spent = len(times), times[-1] - times[0]
    return f"{', '.join(seen)}; {asked} requests in {spent:.1f} s, at {RATE.per_second:.0f} a second after the first {RATE.burst}"
