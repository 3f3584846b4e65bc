"""Which objects a webhook or an event speaks of: the vendor's topics in a table. Pure.

Bodies of webhooks are REST-shaped: numeric ids beyond 2^53, which stay whole numbers here and become gids. Some bodies speak of a
thing that belongs to a product or an order; then that one is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

from hub.errors import PermanentError
from hub.ports import Change, Notice

Body = dict[str, Any]

#: What a body speaks of: (actions) → resource, type of the gid, where the body holds its number.
SAID: Final[dict[str, tuple[tuple[str, ...], str, str, str]]] = {
    "products": (("create", "update", "delete"), "products", "Product", "id"),
    "variants": (("in_stock", "out_of_stock"), "products", "ProductVariant", "id"),
    "inventory_items": (("create", "update", "delete"), "products", "InventoryItem", "id"),
    "inventory_levels": (("connect", "update", "disconnect"), "products", "InventoryItem", "inventory_item_id"),
    "orders": (
        ("create", "updated", "delete", "cancelled", "fulfilled", "partially_fulfilled", "paid"), "orders", "Order", "id",
    ),
    "refunds": (("create",), "orders", "Order", "order_id"),
    "fulfillments": (("create", "update"), "orders", "Order", "order_id"),
    "order_transactions": (("create",), "orders", "Order", "order_id"),
    "customers": (("create", "update", "delete", "enable", "disable"), "customers", "Customer", "id"),
}  # fmt: skip
OBJECTS: Final = {f"{group}/{action}": entry[1:] for group, entry in SAID.items() for action in entry[0]} | {
    # since 2025-01 customers/update says nothing of these (Shopify's changelog); some name gids, some are spelled with a dot
    "customers/purchasing_summary": ("customers", "Customer", "customerId"),
    "customer.tags_added": ("customers", "Customer", "customerId"),
    "customer.tags_removed": ("customers", "Customer", "customerId"),
    "customers_email_marketing_consent/update": ("customers", "Customer", "customer_id"),
    "customers_marketing_consent/update": ("customers", "Customer", "customer_id"),
}
#: Topics after which the object itself is gone.
GONE: Final = frozenset({"products/delete", "orders/delete", "customers/delete"})
#: Topic of an event → (resource, whether its deletion is the deletion of the record).
EVENTS: Final[dict[str, tuple[str, bool]]] = {
    "Product": ("products", True),
    "ProductVariant": ("products", False),
    "InventoryItem": ("products", False),
    "Order": ("orders", True),
    "Customer": ("customers", True),
}
Kind = Literal["uninstalled", "scopes", "forget_shop", "forget_customer", "customer_data"]
NOTICES: Final[dict[str, Kind]] = {
    "app/uninstalled": "uninstalled",
    "app/scopes_update": "scopes",
    "shop/redact": "forget_shop",
    "customers/redact": "forget_customer",
    "customers/data_request": "customer_data",
}


def changes_in(topic: str, body: Body) -> tuple[Change, ...]:
    """What to look at; empty for topics that nothing of ours hangs on. Raises PermanentError for a body without its id."""
    if topic == "customers/merge":
        return tuple(_merged(body))
    if topic == "orders/edited":
        edit = body.get("order_edit")
        return (Change("orders", (_gid(topic, "Order", edit.get("order_id") if isinstance(edit, dict) else None),)),)
    group, _, action = topic.partition("/")
    if group in EVENTS:
        return tuple(_event(group, action, body))
    if topic not in OBJECTS:
        return ()
    resource, type, key = OBJECTS[topic]
    return (Change(resource, (_gid(topic, type, body.get(key)),), deleted=topic in GONE),)


def notice_in(topic: str, body: Body) -> Notice:
    """What a message says of the connection, or of people. Raises PermanentError for a body without the ids it must have."""
    kind = NOTICES[topic]
    if kind not in ("forget_customer", "customer_data"):
        return Notice(kind)
    ids: dict[str, tuple[str, ...]] = {}
    customer = body.get("customer")
    if isinstance(customer, dict) and customer.get("id") is not None:  # a guest's request names only orders
        ids["customers"] = (_gid(topic, "Customer", customer["id"]),)
    named = body.get("orders_to_redact" if kind == "forget_customer" else "orders_requested") or []
    if not isinstance(named, list):
        raise PermanentError(f"The body of {topic} names its orders as {named!r:.80}, not in a list.")
    if named:
        ids["orders"] = tuple(_gid(topic, "Order", one) for one in named)
    return Notice(kind, ids)


def _merged(body: Body) -> Iterator[Change]:
    """Two customers have become one: the one is looked at, the other is gone if the shop no longer has it."""
    kept, gone = body.get("admin_graphql_api_customer_kept_id"), body.get("admin_graphql_api_customer_deleted_id")
    if not _is_gid(kept, "Customer") or not _is_gid(gone, "Customer"):
        raise PermanentError("The body of customers/merge does not name the two customers.")
    yield Change("customers", (str(kept),))
    yield Change("customers", (str(gone),), deleted=True)


def _event(group: str, action: str, body: Body) -> Iterator[Change]:
    """An event's own query tells its ids as variables; without a query its data does."""
    resource, whole = EVENTS[group]
    found = [value for value in _texts(body.get("query_variables")) if _is_gid(value, group)]
    found = found or [value for value in _texts(body.get("data")) if _is_gid(value, group)][:1]
    if not found:
        raise PermanentError(f"The body of the event {group}/{action} names no {group}.")
    yield Change(resource, tuple(dict.fromkeys(found)), deleted=whole and action == "delete")


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON value, from the outside in the order of the body."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _gid(topic: str, type: str, number: object) -> str:
    if isinstance(number, str) and _is_gid(number, type):
        return number
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        raise PermanentError(f"The body of {topic} names the {type} {number!r:.80}, not a positive number.")
    return f"gid://shopify/{type}/{number}"


def _is_gid(value: object, type: str) -> bool:
    return isinstance(value, str) and re.fullmatch(rf"gid://shopify/{type}/[1-9][0-9]{{0,29}}", value) is not None
