"""The last 24 hours of an endpoint as a small picture: attempts by the hour of their event, the failed ones on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from hub.db.unit import Unit
from webhooks.log.bounds import floor_of
from webhooks.portal.speech import Said

HOURS: Final = 24
MOST: Final = 300  # attempts of an hour that are counted: a picture must not cost more the more is sent
HEIGHT: Final = 52
STEP: Final = 10  # of 240 units
LEAST: Final = 3.0  # height of a bar that is not nothing

# Event ids are UUIDv7, so an hour is a range of the primary key.
HOURLY: Final = """
select h.hour, s.good, s.bad
from unnest($2::int[], $3::uuid[], $4::uuid[]) as h (hour, first, last) cross join lateral (
    select count(*) filter (where error is null) as good, count(*) filter (where error is not null) as bad
    from (select error from attempt where endpoint = $1 and event >= h.first and event < h.last limit $5) a
) s order by h.hour
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: where it stands, and how high its two parts are."""

    x: int
    good: float
    bad: float


@dataclass(frozen=True, slots=True)
class Day:
    """The picture, and what it shows in words."""

    bars: Sequence[Bar]
    said: str
    attempts: int
    failed: int


async def day_of(unit: Unit, t: Said, endpoint: UUID) -> Day:
    """The picture of an endpoint's last 24 hours."""
    begin = t.now - timedelta(hours=HOURS)
    edges = [floor_of(begin + timedelta(hours=hour)) for hour in range(HOURS)]
    rows = await unit.fetch(HOURLY, endpoint, list(range(HOURS)), edges, [*edges[1:], floor_of(t.now + timedelta(hours=1))], MOST)
    return drawn(t, [(row["good"], row["bad"]) for row in rows])


def drawn(t: Said, hours: Sequence[tuple[int, int]]) -> Day:
    """Bars from counts. The highest hour fills the height."""
    top = max((good + bad for good, bad in hours), default=0)
    bars = []
    for hour, (good, bad) in enumerate(hours):
        parts = [max(LEAST, round(count / top * HEIGHT, 1)) if count else 0.0 for count in (good, bad)]
        if sum(parts) > HEIGHT:  # the least height of the one is taken from the other
            parts[parts.index(max(parts))] = HEIGHT - min(parts)
        bars.append(Bar(hour * STEP + 1, *parts))
    attempts, failed = sum(good + bad for good, bad in hours), sum(bad for _, bad in hours)
    if not attempts:
        said = t("day.none")
    elif any(good + bad >= MOST for good, bad in hours):
        said = t("day.many", n=attempts, failed=failed)
    else:
        said = t.count("day.some", attempts, failed=failed)
    return Day(bars, said, attempts, failed)
