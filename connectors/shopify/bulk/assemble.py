"""From the lines of one record to its tree, by joining bytes: the tree that the reading documents give, byte for byte.

Connections become {"nodes": […]} behind the record's own keys, in the order of the documents; the stock of a variant goes into
its inventoryItem, which the documents select last of a variant's own keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import msgspec

from connectors.shopify.bulk.lines import Unreadable
from schemas.exact import decode, encode_plain

Nodes = dict[str, bytes]  # id → the object's bytes without its closing brace


@dataclass(frozen=True, slots=True)
class Shape:
    """What the lines of a resource are. documents: the bulk documents, the first gives the records; root: the records' type;
    lists: their connections in order; slots: which list a type belongs to; middle: the type that has lists of its own."""

    documents: tuple[str, ...]
    root: str
    lists: tuple[str, ...]
    slots: Mapping[str, str]
    middle: str | None = None
    inner: Mapping[str, str] = field(default_factory=dict)


METAFIELDS: Final = b',"metafields":{"nodes":['
MEDIA: Final = ("MediaImage", "Video", "ExternalVideo", "Model3d")
SHAPES: Final = {
    "products": Shape(
        ("bulk_products", "bulk_products_places"),
        "Product",
        ("media", "collections", "metafields", "variants"),
        {**dict.fromkeys(MEDIA, "media"), "Collection": "collections", "Metafield": "metafields", "ProductVariant": "variants"},
        "ProductVariant",
        {"Metafield": "metafields", "InventoryLevel": "inventoryLevels"},
    ),
    "orders": Shape(("bulk_orders",), "Order", ("lineItems", "metafields"), {"LineItem": "lineItems", "Metafield": "metafields"}),
    "customers": Shape(
        ("bulk_customers",),
        "Customer",
        ("addressesV2", "metafields"),
        {"MailingAddress": "addressesV2", "CustomerAddress": "addressesV2", "Metafield": "metafields"},
    ),
}


class _Stamp(msgspec.Struct, gc=False):
    updated: datetime | None = msgspec.field(name="updatedAt", default=None)


class _Item(msgspec.Struct, gc=False):
    item: msgspec.Raw = msgspec.field(name="inventoryItem", default=msgspec.Raw(b"null"))


_stamp: Final = msgspec.json.Decoder(_Stamp).decode
_item: Final = msgspec.json.Decoder(_Item).decode


def modified(root: bytes) -> datetime | None:
    """When a record was changed, of its closed bytes; None when it does not say."""
    try:
        found = _stamp(root).updated
    except Unreadable:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def whole(root: bytes, lists: Sequence[tuple[str, Nodes | None]]) -> bytes:
    """A record's tree, of its bytes without the closing brace and its named lists."""
    pieces = [root]
    for name, nodes in lists:
        pieces += (b',"', name.encode(), b'":{"nodes":[', joined(nodes), b"]}")
    pieces.append(b"}")
    return b"".join(pieces)


def joined(nodes: Nodes | None) -> bytes:
    """The objects of a list, with commas."""
    return b"},".join(nodes.values()) + b"}" if nodes else b""


def variant(body: bytes, metafields: Nodes | None, levels: Nodes | None) -> bytes:
    """A variant with its lists, still without its closing brace. Raises ValueError when stock has nowhere to go."""
    stock, more = joined(levels), joined(metafields)
    item = bytes(_item(body + b"}").item)
    if item == b"null":
        if stock:
            raise ValueError("has stock, but no inventoryItem")
        return b"".join((body, METAFIELDS, more, b"]}"))
    if len(item) > 2 and body.endswith(item):
        return b"".join((body[:-1], b',"inventoryLevels":{"nodes":[', stock, b"]}}", METAFIELDS, more, b"]}"))
    tree = decode(body + b"}")  # keys in another order than the documents'
    tree["inventoryItem"]["inventoryLevels"] = {"nodes": decode(b"[%b]" % stock)}
    tree["metafields"] = {"nodes": decode(b"[%b]" % more)}
    return encode_plain(tree)[:-1]
