"""Parts of records that Shopify also sends alone: variants, refunds, parcels, stock. Of either form, GraphQL's or a webhook's."""

from __future__ import annotations

from typing import Any, Final

from connectors.shopify.mapping.fulfilments import carried_lines, fulfilment
from connectors.shopify.mapping.inventory import inventory, level
from connectors.shopify.mapping.reading import VENDOR, own_ref, ref_in, reference, remaining, rest_shaped, whole
from connectors.shopify.mapping.refunds import refund_doc
from connectors.shopify.mapping.rest.body import Body
from connectors.shopify.mapping.rest.parts import fulfilment_tree, refund_tree
from connectors.shopify.mapping.rest.product import variant_tree
from connectors.shopify.mapping.values import moments, priced
from connectors.shopify.mapping.variant import measure, variant_doc
from connectors.shopify.mapping.words import SAVED, keys
from hub.mapping import flag, text, wrong
from hub.ports import Json, ShopSettings

_LEVEL: Final = keys("id location item quantities updatedAt")
_ITEM: Final = keys("id legacyResourceId sku tracked requiresShipping unitCost measurement inventoryLevels createdAt updatedAt")
_ITEM_BODY: Final = (
    ("created_at", "createdAt"),
    ("updated_at", "updatedAt"),
    ("requires_shipping", "requiresShipping"),
    ("country_code_of_origin", "countryCodeOfOrigin"),
    ("province_code_of_origin", "provinceCodeOfOrigin"),
    ("harmonized_system_code", "harmonizedSystemCode"),
)


def variant(raw: Json, settings: ShopSettings) -> Json:
    """A canonical variant. Raises WrongValue, as all here do."""
    return variant_doc(variant_tree(raw) if rest_shaped(raw) else raw, settings)


def refund(raw: Json, settings: ShopSettings) -> Json:
    """A canonical refund."""
    return refund_doc(refund_tree(raw, settings.currency) if rest_shaped(raw) else raw)


def parcel(raw: Json, settings: ShopSettings) -> Json:  # noqa: ARG001 (the form of all here)
    """A canonical fulfilment with its lines, and beside it the order that it is of, where the body says so."""
    tree = fulfilment_tree(raw) if rest_shaped(raw) else dict(raw)
    order = tree.pop("order_id", None)
    known = {"id": f"gid://shopify/Order/{order}"} if type(order) is int else tree.pop("order", None)
    lines, kept = carried_lines(tree)
    tree.pop("fulfillmentLineItems", None)
    doc = fulfilment(tree)
    if lines:
        doc["lines"] = lines
    if kept:
        doc.setdefault("ext", {}).setdefault(VENDOR, {})["fulfillmentLineItems"] = kept
    of, more = ref_in({"order": known}, "order")
    if more:
        doc.setdefault("ext", {}).setdefault(VENDOR, {})["order"] = more
    return doc if of is None else {"order": of, **doc}


def stock_level(raw: Json, settings: ShopSettings) -> Json:  # noqa: ARG001 (the form of all here)
    """What lies at one location: the item, and levels as a variant's inventory has them. Not known is no level."""
    if "inventory_item_id" in raw:
        return _level_body(raw)
    item, more = ref_in(raw, "item")
    doc: Json = {} if item is None else {"item": item}
    kept: Json = {}
    stock = inventory(
        {}, {"inventoryLevels": {"nodes": [{key: raw[key] for key in raw if key not in ("item", "updatedAt")}]}}, kept
    )
    if stock:
        doc["inventory"] = stock
    moments(raw, doc, (("updatedAt", "modified_at"),))
    rest = (kept.get("inventoryLevels", {}).get("nodes") or [{}])[0]
    if more:
        rest = {**rest, "item": more}
    return {**doc, "ext": {VENDOR: rest}} if rest else doc


def _level_body(raw: Json) -> Json:
    body = Body(raw)
    body.point("inventory_item_id", "item", "InventoryItem")
    body.point("location_id", "location", "Location")
    body.move((("updated_at", "updatedAt"), ("admin_graphql_api_id", "id")))
    tree = body.done()
    item, _ = ref_in(tree, "item")
    place, _ = ref_in(tree, "location")
    doc: Json = {} if item is None else {"item": item}
    available = whole(tree, "available")
    if place is not None:
        doc["location"] = place
    if available is not None:
        doc["inventory"] = {"levels": [level("available", available, None if place is None else place["gid"])]}
    moments(tree, doc, (("updatedAt", "modified_at"),))
    rest = remaining(tree, frozenset({"item", "location", "available", "updatedAt"}))
    return {**doc, "ext": {VENDOR: rest}} if rest else doc


def stock_item(raw: Json, settings: ShopSettings) -> Json:
    """What a variant takes from its inventory item: SKU, cost, weight, whether it is tracked and shipped."""
    tree = _item_tree(raw, settings) if rest_shaped(raw) else raw
    ref = own_ref(tree, "InventoryItem")
    doc: Json = {"item": ref}
    kept = remaining(tree, _ITEM)
    legacy = tree.get("legacyResourceId")
    if legacy is not None and str(legacy) != ref["id"]:
        kept["legacyResourceId"] = legacy
    sku, shipped, cost = text(tree, "sku"), flag(tree, "requiresShipping"), priced(tree, "unitCost")
    prices = None if cost is None else [{"kind": "cost", "money": cost}]
    stock = inventory({}, tree, kept)
    for name, value in (("sku", sku), ("prices", prices), ("inventory", stock or None), ("requires_shipping", shipped)):
        if value is not None:
            doc[name] = value
    measure(tree, doc, kept)
    moments(tree, doc, SAVED)
    return {**doc, "ext": {VENDOR: kept}} if kept else doc


def _item_tree(raw: Json, settings: ShopSettings) -> Json:
    body = Body(raw, "InventoryItem")
    body.move(_ITEM_BODY)
    if body.left.get("cost") is not None:
        body.tree["unitCost"] = {"amount": body.left.pop("cost"), "currencyCode": settings.currency}
    return body.done()


def bare(value: Any, kind: str) -> Json | None:
    """The reference of a bare id or a gid in a webhook; None when there is none. Raises WrongValue for what is neither."""
    if value is None:
        return None
    numeric = type(value) is int or (type(value) is str and value.isascii() and value.isdigit())
    found = reference(f"gid://shopify/{kind}/{value}" if numeric else value) if numeric or type(value) is str else None
    if found is None:
        raise wrong("", value, "an id")
    return found
