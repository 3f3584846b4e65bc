"""Which lists stand inside which object, and which document reads the rest of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nested:
    """One list. It stands under `key` of the object at `holder` within its owner; `document` asks for more of it by the
    holder's id, and answers under `root`. `first`: the variable for how many; `size`: its name in `Sizes`; `inner`: the
    lists of each of its nodes, whose sizes the document takes too; `most`: how many are asked for at a time, so that points are
    not set aside for hundreds where a few come."""

    key: str
    document: str
    root: str
    size: str
    first: str = "first"
    holder: tuple[str, ...] = ()
    inner: tuple[Nested, ...] = ()
    most: int = 250


METAFIELDS = Nested("metafields", "metafields", "node", "metafields")
LEVELS = Nested("inventoryLevels", "inventory_levels", "inventoryItem", "levels", holder=("inventoryItem",), most=30)
VARIANTS = Nested("variants", "product_variants", "product", "variants", first="variants", inner=(METAFIELDS, LEVELS))
LISTS: Mapping[str, tuple[Nested, ...]] = {
    "products": (
        Nested("media", "product_media", "product", "media"),
        Nested("collections", "product_collections", "product", "collections"),
        METAFIELDS,
        VARIANTS,
    ),
    "orders": (Nested("lineItems", "order_lines", "order", "lines"), METAFIELDS),
    "customers": (Nested("addressesV2", "customer_addresses", "customer", "addresses"), METAFIELDS),
}
FULFILMENT_LINES = Nested("fulfillmentLineItems", "fulfillment_lines", "fulfillment", "")
REFUND_LINES = Nested("refundLineItems", "refund_lines", "refund", "")
