"""The shop's clock: seconds of UTC, and the two ways in which Shopify writes a moment."""

from __future__ import annotations

import time
from email.utils import formatdate

DAY = 86_400


class Clock:
    """`offset`: seconds the shop's clock is ahead of ours."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        return time.time() + self.offset

    def stamp(self) -> str:
        """Now, as `2026-11-22T07:07:21Z`."""
        return moment(self.now())

    def http_date(self) -> bytes:
        """The `Date` header of an answer given now."""
        return formatdate(int(self.now()), usegmt=True).encode()


def moment(seconds: float) -> str:
    """Seconds as a DateTime: whole seconds, UTC, with a Z.

    >>> moment(0)
    '1970-01-01T00:00:00Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
