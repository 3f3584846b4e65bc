"""Shards: messages of one endpoint and order key share one, and at any time one dispatcher alone sends those of a shard."""

from __future__ import annotations

from uuid import UUID
from zlib import crc32

SHARDS = 64


def shard_of(endpoint: UUID, order_key: str) -> int:
    """`message.shard`, for whoever inserts a message with an order key."""
    return crc32(order_key.encode(), crc32(endpoint.bytes)) % SHARDS
