"""Bodies of classic webhooks: the REST shape (snake_case, numeric ids, tags as one comma text) of the shop's objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.shopify.sandbox import rest_aftermath, rest_orders, rest_people
from connectors.shopify.sandbox.rest_shapes import (
    grams,
    ident,
    number,
    objects,
    one_of,
    price,
    weight_of,
    when,
    word,
)
from connectors.shopify.sandbox.state import Json, State

_UNITS = {"GRAMS": "g", "KILOGRAMS": "kg", "OUNCES": "oz", "POUNDS": "lb"}


def body(state: State, topic: str, obj: Json) -> Json:
    """What a webhook of this topic carries about an object: of a deletion only its id."""
    kind, _, action = topic.partition("/")
    if action == "delete":
        return {"id": number(obj["id"])}
    shape = _SHAPES.get(kind)
    return shape(state, obj) if shape else ident(obj)


def root_of(state: State, obj: Json) -> str:
    """The gid of the product or order that an object belongs to, or its own."""
    item = one_of(state, obj.get("item")) or (obj if obj.get("__typename") == "InventoryItem" else {})
    variant = one_of(state, item.get("variant")) or obj
    owner: Json = one_of(state, variant.get("product")) or one_of(state, obj.get("order")) or obj
    return str(owner["id"])


def product(state: State, obj: Json) -> Json:
    """`products/…`, with its variants, options and pictures."""
    images = [_image(state, obj, one, at) for at, one in enumerate(_pictures(state, obj), 1)]
    return {
        "admin_graphql_api_id": obj["id"],
        "body_html": obj.get("descriptionHtml"),
        "created_at": when(state, obj.get("createdAt")),
        "handle": obj.get("handle"),
        "id": number(obj["id"]),
        "product_type": obj.get("productType"),
        "published_at": when(state, obj.get("publishedAt")),
        "template_suffix": obj.get("templateSuffix"),
        "title": obj.get("title"),
        "updated_at": when(state, obj.get("updatedAt")),
        "vendor": obj.get("vendor"),
        "status": word(obj.get("status")),
        "published_scope": "global",
        "tags": ", ".join(obj.get("tags") or ()),
        "variants": [_variant(state, obj, one) for one in objects(state, obj.get("variants"))],
        "options": [_option(obj, one) for one in objects(state, obj.get("options"))],
        "images": images,
        "image": images[0] if images else None,
    }


def _variant(state: State, parent: Json, obj: Json) -> Json:
    item = one_of(state, obj.get("inventoryItem"))
    weight = weight_of(item)
    values = [one["value"] for one in obj.get("selectedOptions") or ()] + [None] * 3
    stock = obj.get("inventoryQuantity")
    return {
        "admin_graphql_api_id": obj["id"],
        "barcode": obj.get("barcode"),
        "compare_at_price": price(state, obj.get("compareAtPrice")),
        "created_at": when(state, obj.get("createdAt")),
        "fulfillment_service": "manual",
        "id": number(obj["id"]),
        "inventory_management": "shopify" if item.get("tracked") else None,
        "inventory_policy": word(obj.get("inventoryPolicy")),
        "position": obj.get("position"),
        "price": price(state, obj.get("price")),
        "product_id": number(parent["id"]),
        "sku": obj.get("sku"),
        "taxable": obj.get("taxable"),
        "title": obj.get("title"),
        "updated_at": when(state, obj.get("updatedAt")),
        "option1": values[0],
        "option2": values[1],
        "option3": values[2],
        "grams": grams(weight),
        "image_id": None,
        "weight": float(str(weight["value"])),
        "weight_unit": _UNITS[str(weight["unit"])],
        "inventory_item_id": number(item.get("id")),
        "inventory_quantity": stock,
        "old_inventory_quantity": stock,
        "requires_shipping": item.get("requiresShipping"),
    }


def _option(parent: Json, obj: Json) -> Json:
    values = [one["name"] for one in obj.get("optionValues") or ()]
    where = {"product_id": number(parent["id"]), "position": obj.get("position"), "values": values}
    return {"name": obj["name"], "id": number(obj["id"]), **where}


def _pictures(state: State, obj: Json) -> list[Json]:
    return [one for one in objects(state, obj.get("media")) if one.get("__typename") == "MediaImage"]


def _image(state: State, parent: Json, obj: Json, position: int) -> Json:
    picture = obj.get("image") or {}
    return {
        "id": number(picture.get("id") or obj["id"]),
        "product_id": number(parent["id"]),
        "position": position,
        "created_at": when(state, obj.get("createdAt")),
        "updated_at": when(state, obj.get("updatedAt")),
        "alt": obj.get("alt"),
        "width": picture.get("width"),
        "height": picture.get("height"),
        "src": picture.get("url"),
        "variant_ids": [],
        "admin_graphql_api_id": obj["id"],
    }


def metafields(state: State, owner: Json, namespaces: tuple[str, ...]) -> list[Json]:
    """The metafields of these namespaces, for subscriptions that asked for them."""
    return [
        {
            "id": number(one["id"]),
            "namespace": one["namespace"],
            "key": one["key"],
            "value": one["value"],
            "type": one["type"],
            "owner_id": number(owner["id"]),
            "owner_resource": owner["__typename"].lower(),
            "created_at": when(state, one.get("createdAt")),
            "updated_at": when(state, one.get("updatedAt")),
            "admin_graphql_api_id": one["id"],
        }
        for one in objects(state, owner.get("metafields"))
        if one["namespace"] in namespaces
    ]


def inventory_item(state: State, obj: Json) -> Json:
    """`inventory_items/…`: it does not name its variant."""
    cost = obj.get("unitCost")
    return {
        "id": number(obj["id"]),
        "sku": obj.get("sku"),
        "created_at": when(state, obj.get("createdAt")),
        "updated_at": when(state, obj.get("updatedAt")),
        "requires_shipping": obj.get("requiresShipping"),
        "cost": cost and price(state, cost["amount"]),
        "country_code_of_origin": obj.get("countryCodeOfOrigin"),
        "province_code_of_origin": obj.get("provinceCodeOfOrigin"),
        "harmonized_system_code": obj.get("harmonizedSystemCode"),
        "tracked": obj.get("tracked"),
        "country_harmonized_system_codes": [],
        "admin_graphql_api_id": obj["id"],
    }


def inventory_level(state: State, obj: Json) -> Json:
    """`inventory_levels/…`: it has no id of its own but a parameterised gid."""
    kept: Any = obj.get("quantities") or ()
    amounts = kept if isinstance(kept, dict) else {one["name"]: one["quantity"] for one in kept}
    return {
        "inventory_item_id": number(one_of(state, obj.get("item")).get("id")),
        "location_id": number(one_of(state, obj.get("location")).get("id")),
        "available": amounts.get("available"),
        "updated_at": when(state, obj.get("updatedAt")),
        "admin_graphql_api_id": obj["id"],
    }


def bulk_operation(state: State, obj: Json) -> Json:
    """`bulk_operations/finish`: status and error code in lower case here, and only here."""
    return {
        "admin_graphql_api_id": obj["id"],
        "completed_at": when(state, obj.get("completedAt")),
        "created_at": when(state, obj.get("createdAt")),
        "error_code": word(obj.get("errorCode")),
        "status": word(obj.get("status")),
        "type": word(obj.get("type")),
    }


def shop_body(state: State) -> Json:
    """The shop, as `app/uninstalled` carries it."""
    shop = state.shop
    return {
        "id": number(shop["id"]),
        "name": shop["name"],
        "email": shop.get("email"),
        "domain": shop["primaryDomain"]["host"],
        "myshopify_domain": shop["myshopifyDomain"],
        "currency": shop["currencyCode"],
        "iana_timezone": shop["ianaTimezone"],
        "weight_unit": _UNITS[shop["weightUnit"]],
        "taxes_included": shop["taxesIncluded"],
        "plan_display_name": shop["plan"]["publicDisplayName"],
        "enabled_presentment_currencies": shop["enabledPresentmentCurrencies"],
    }


def compliance_body(state: State, topic: str, customer: Json | None, orders: tuple[str, ...]) -> Json:
    """One of the three privacy topics."""
    said: Json = {"shop_id": number(state.shop["id"]), "shop_domain": state.shop["myshopifyDomain"]}
    if topic == "shop/redact":
        return said
    who = customer or {}
    email, phone = one_of(state, who.get("defaultEmailAddress")), one_of(state, who.get("defaultPhoneNumber"))
    person = {"id": number(who.get("id")), "email": email.get("emailAddress"), "phone": phone.get("phoneNumber")}
    ids = [number(one) for one in orders]
    if topic == "customers/redact":
        return {**said, "customer": person, "orders_to_redact": ids}
    return {**said, "orders_requested": ids, "customer": person, "data_request": {"id": 9999}}


_SHAPES: dict[str, Callable[[State, Json], Json]] = {
    "products": product,
    "customers": rest_people.customer,
    "inventory_items": inventory_item,
    "inventory_levels": inventory_level,
    "bulk_operations": bulk_operation,
    "orders": rest_orders.order,
    "refunds": rest_aftermath.refund,
    "fulfillments": rest_aftermath.fulfillment,
}
