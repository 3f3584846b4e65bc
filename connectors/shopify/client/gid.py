"""Shopify's ids: `gid://shopify/Product/123`, and `gid://shopify/InventoryLevel/1?inventory_item_id=2`."""

from __future__ import annotations

import re

GID = re.compile(r"gid://shopify/(?P<type>[A-Za-z]\w*)/(?P<number>[0-9]+)(?:\?(?P<query>[\w=&%-]*))?", re.ASCII)
LEVEL_ITEM = re.compile(r"inventory_item_id=([0-9]+)", re.ASCII)


def type_of(gid: str) -> str:
    """The type that a gid names; "" for what is no gid."""
    found = GID.fullmatch(gid)
    return found["type"] if found else ""


def number_of(gid: str) -> int:
    """The number in a gid, 0 for what is no gid. May be greater than 2^53."""
    found = GID.fullmatch(gid)
    return int(found["number"]) if found else 0


def item_of_level(gid: str) -> str | None:
    """The inventory item of an inventory level, which its gid names."""
    found = LEVEL_ITEM.search(gid)
    return f"gid://shopify/InventoryItem/{found[1]}" if found else None
