"""Which shard an ordered message belongs to. Whoever holds a shard's lease is the only one to send its messages."""

from __future__ import annotations

from uuid import UUID
from zlib import crc32

SHARDS = 64


def shard_of(endpoint: UUID, order_key: str) -> int:
    """`message.shard`, for whoever inserts a message with an order key."""
    return crc32(order_key.encode(), crc32(endpoint.bytes)) % SHARDS
