"""The store's clock: UTC seconds inside, and the pairs of naive dates that WooCommerce writes.

Every date leaves the store twice: `date_x` in the store's zone and `date_x_gmt` in UTC, both without an offset.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate
from zoneinfo import ZoneInfo

Pair = tuple[str, str]


class Clock:
    """The time as the store sees it. `offset` (seconds) sets it ahead of or behind the true time."""

    def __init__(self, zone: str, offset: float = 0.0) -> None:
        self.name = zone
        self.zone = ZoneInfo(zone)
        self.offset = offset
        self._shifts: dict[int, int] = {}

    def now(self) -> int:
        return int(time.time() + self.offset)

    def http_date(self) -> bytes:
        """The `Date` header of an answer given now."""
        return formatdate(self.now(), usegmt=True).encode()

    def shift(self, stamp: int) -> int:
        """Seconds between UTC and the store's zone at that moment. Zones change on the quarter hour, so cache by it."""
        quarter = stamp // 900
        found = self._shifts.get(quarter)
        if found is None:
            offset = datetime.fromtimestamp(stamp, UTC).astimezone(self.zone).utcoffset()
            found = self._shifts[quarter] = int(offset.total_seconds()) if offset else 0
        return found

    def pair(self, stamp: int | None) -> tuple[str | None, str | None]:
        """(local, gmt) of a moment that may not have come yet, such as `date_paid`."""
        return (None, None) if stamp is None else self.dates(stamp)

    def dates(self, stamp: int) -> Pair:
        """(local, gmt) as `2026-11-22T08:07:21`, `2026-11-22T07:07:21`."""
        return naive(stamp + self.shift(stamp)), naive(stamp)

    def image_dates(self, stamp: int) -> Pair:
        """Attachments are shifted twice: 09:07 local when gmt says 07:07 and the zone is +1."""
        return naive(stamp + 2 * self.shift(stamp)), naive(stamp)


def naive(stamp: int) -> str:
    """Seconds as a date without an offset."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(stamp))


def seconds(text: str) -> int:
    """A date without an offset as seconds, read as if it were UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
