"""The body of a message: the bytes that are signed and sent, the same on every attempt, retry and replay."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import msgspec

from schemas.base import utc_text

_text = msgspec.json.Encoder().encode


@lru_cache(maxsize=512)
def _head(type: str, at: datetime) -> bytes:
    return b'{"type":%b,"timestamp":"%b","data":' % (_text(type), utc_text(at).encode())


def body_of(type: str, at: datetime, data: bytes) -> bytes:
    """`data` is JSON as its author wrote it and goes in as it is; `at` is the event's `created_at`.

    >>> from datetime import UTC
    >>> body_of("stock.low", datetime(2026, 11, 22, 8, 0, 0, 250, tzinfo=UTC), b'{"sku":"LAMP-1"}')
    b'{"type":"stock.low","timestamp":"2026-11-22T08:00:00.000250Z","data":{"sku":"LAMP-1"}}'
    """
    return b"%b%b}" % (_head(type, at), data)
