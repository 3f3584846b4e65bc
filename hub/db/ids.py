"""Identifiers: time-ordered ones for what happens, derived ones for what is."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID, uuid5

_guard = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A UUIDv7 (RFC 9562): milliseconds, then 12 bits of their fraction, then 62 random bits.

    Within one process each is greater than the one before, so rows made in order sort in order.
    """
    global _last
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    ticks = (milliseconds << 12) | (rest * 4096 // 1_000_000)
    with _guard:
        _last = ticks = max(ticks, _last + 1)
    high = ((ticks >> 12) << 16) | 0x7000 | (ticks & 0xFFF)
    return UUID(int=(high << 64) | (0b10 << 62) | secrets.randbits(62))


def record_id(installation: UUID, kind: str, vendor_id: str) -> UUID:
    """The id of a canonical record: the same shop, kind and vendor id always make the same one (UUIDv5)."""
    return uuid5(installation, f"{kind}:{vendor_id}")
