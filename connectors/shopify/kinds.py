"""Which kind of Shopify's an object is of: by the gid that it carries, else by keys that only one kind has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hub.ports import Json

#: Type in a gid → raw kind.
TYPES: Final = {
    "Product": "product",
    "ProductVariant": "variant",
    "Order": "order",
    "Customer": "customer",
    "Refund": "refund",
    "Fulfillment": "fulfillment",
    "InventoryLevel": "inventory_level",
    "InventoryItem": "inventory_item",
    "BulkOperation": "bulk_operations_finish",
}
#: Keys that tell a body without gid, the most telling first.
MARKS: Final = (
    (frozenset({"date_created_gmt"}), "other"),  # WooCommerce's, whose ids are plain numbers too
    (frozenset({"app_subscription"}), "app_subscriptions_update"),
    (frozenset({"fields_changed"}), "events_product_update"),
    (frozenset({"orders_to_redact"}), "customers_redact"),
    (frozenset({"data_request"}), "customers_data_request"),
    (frozenset({"shop_id", "shop_domain"}), "shop_redact"),
    (frozenset({"myshopify_domain"}), "app_uninstalled"),
    (frozenset({"line_items", "financial_status"}), "order"),
    (frozenset({"refund_line_items"}), "refund"),
    (frozenset({"tracking_numbers"}), "fulfillment"),
    (frozenset({"inventory_item_id", "location_id"}), "inventory_level"),
    (frozenset({"body_html"}), "product"),
    (frozenset({"inventory_policy"}), "variant"),
    (frozenset({"orders_count"}), "customer"),
    (frozenset({"harmonized_system_code"}), "inventory_item"),
)
#: Names under which REST wraps one object and a list of them.
PLURALS: Final = {
    f"{kind}s": kind
    for kind in ("product", "variant", "order", "customer", "refund", "fulfillment", "inventory_level", "inventory_item")
}


def kind_of(row: Json) -> str | None:
    """The raw kind of an object; None when nothing tells."""
    for key in ("id", "admin_graphql_api_id"):
        if type := type_in(row.get(key)):
            return TYPES.get(type, "other")
    for marks, kind in MARKS:
        if marks <= row.keys():
            return kind
    return "products_delete" if row.keys() == {"id"} else None


def type_in(gid: object) -> str:
    """The type that a gid names, "" for what is none.

    >>> type_in("gid://shopify/InventoryLevel/1?inventory_item_id=2"), type_in(12)
    ('InventoryLevel', '')
    """
    return gid[14:].partition("/")[0] if isinstance(gid, str) and gid.startswith("gid://shopify/") else ""


def nested_in(wanted: str, kind: str | None, row: Json) -> Sequence[Any]:
    """The parts of a record that are themselves of the wanted kind: variants of products, refunds and parcels of orders."""
    if (kind, wanted) == ("product", "variant"):
        return _list(row.get("variants"))
    if kind == "order" and wanted in ("refund", "fulfillment"):
        parts = row.get("parts")
        whole = _list(parts.get("refunds")) if wanted == "refund" and isinstance(parts, dict) else ()
        return whole or _list(row.get(f"{wanted}s"))
    return ()


def _list(value: Any) -> Sequence[Any]:
    found = value.get("nodes") if isinstance(value, dict) else value
    return found if isinstance(found, list) else ()
