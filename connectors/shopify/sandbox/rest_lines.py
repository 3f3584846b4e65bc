"""Lines of orders in the REST shape: goods, shipping, their taxes and their shares of discounts."""

from __future__ import annotations

from connectors.shopify.sandbox.rest_shapes import (
    attributes,
    flat,
    grams,
    ident,
    money_set,
    number,
    one_of,
    weight_of,
)
from connectors.shopify.sandbox.state import Json, State


def line_item(state: State, obj: Json) -> Json:
    """A line as orders, refunds and fulfillments show it."""
    product, variant = one_of(state, obj.get("product")), one_of(state, obj.get("variant"))
    item = one_of(state, variant.get("inventoryItem"))
    discount = obj.get("totalDiscountSet")
    return {
        **ident(obj),
        "fulfillable_quantity": obj.get("unfulfilledQuantity"),
        "fulfillment_service": "manual",
        "fulfillment_status": None if obj.get("unfulfilledQuantity") else "fulfilled",
        "gift_card": obj.get("isGiftCard"),
        "grams": grams(weight_of(item)),
        "attributed_staffs": [],
        "name": obj.get("name"),
        "price": flat(obj.get("originalUnitPriceSet"), state),
        "price_set": money_set(obj.get("originalUnitPriceSet")),
        "product_exists": bool(product),
        "product_id": number(product.get("id")),
        "properties": attributes(obj.get("customAttributes")),
        "quantity": obj.get("quantity"),
        "current_quantity": obj.get("currentQuantity"),
        "requires_shipping": obj.get("requiresShipping"),
        "sku": obj.get("sku"),
        "taxable": obj.get("taxable"),
        "title": obj.get("title"),
        "total_discount": flat(discount, state),
        "total_discount_set": money_set(discount),
        "variant_id": number(variant.get("id")),
        "variant_inventory_management": "shopify",
        "variant_title": obj.get("variantTitle"),
        "vendor": obj.get("vendor"),
        "tax_lines": [tax_line(one, state) for one in obj.get("taxLines") or ()],
        "duties": [],
        "discount_allocations": [_allocation(one, state) for one in obj.get("discountAllocations") or ()],
    }


def shipping_line(state: State, obj: Json) -> Json:
    """A shipping line of an order."""
    return {
        "id": number(obj.get("id")),
        "carrier_identifier": obj.get("carrierIdentifier"),
        "code": obj.get("code"),
        "discounted_price": flat(obj.get("discountedPriceSet"), state),
        "discounted_price_set": money_set(obj.get("discountedPriceSet")),
        "phone": obj.get("phone"),
        "price": flat(obj.get("originalPriceSet"), state),
        "price_set": money_set(obj.get("originalPriceSet")),
        "requested_fulfillment_service_id": None,
        "source": obj.get("source"),
        "title": obj.get("title"),
        "tax_lines": [tax_line(one, state) for one in obj.get("taxLines") or ()],
        "discount_allocations": [_allocation(one, state) for one in obj.get("discountAllocations") or ()],
    }


def tax_line(obj: Json, state: State) -> Json:
    """A tax line of anything."""
    named = {"channel_liable": obj.get("channelLiable"), "title": obj.get("title")}
    return {
        **named,
        "rate": obj.get("rate"),
        "price": flat(obj.get("priceSet"), state),
        "price_set": money_set(obj.get("priceSet")),
    }


def _allocation(obj: Json, state: State) -> Json:
    bag = obj.get("allocatedAmountSet")
    index = (obj.get("discountApplication") or {}).get("index", 0)
    return {"amount": flat(bag, state), "amount_set": money_set(bag), "discount_application_index": index}
