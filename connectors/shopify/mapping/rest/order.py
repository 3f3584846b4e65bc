"""orders/* bodies as the tree of documents/orders.graphql."""

from __future__ import annotations

from types import NoneType
from typing import Any, Final

from connectors.shopify.mapping.rest.body import Body, bag, connected, each, gid_of, metafield_trees, split, times, word
from connectors.shopify.mapping.rest.customer import address_tree
from connectors.shopify.mapping.rest.parts import fulfilment_tree, refund_tree
from connectors.shopify.mapping.rest.prices import Applications, tax_tree
from hub.mapping import wrong
from hub.ports import Json

_ORDER: Final = (
    ("confirmation_number", "confirmationNumber"),
    ("po_number", "poNumber"),
    ("created_at", "createdAt"),
    ("updated_at", "updatedAt"),
    ("processed_at", "processedAt"),
    ("cancelled_at", "cancelledAt"),
    ("closed_at", "closedAt"),
    ("taxes_included", "taxesIncluded"),
    ("duties_included", "dutiesIncluded"),
    ("estimated_taxes", "estimatedTaxes"),
    ("tax_exempt", "taxExempt"),
    ("source_name", "sourceName"),
    ("source_identifier", "sourceIdentifier"),
    ("customer_locale", "customerLocale"),
    ("payment_gateway_names", "paymentGatewayNames"),
    ("currency", "currencyCode"),
    ("presentment_currency", "presentmentCurrencyCode"),
    ("order_status_url", "statusPageUrl"),
)
_MONEY: Final = (
    ("total_price", "totalPriceSet"),
    ("current_total_price", "currentTotalPriceSet"),
    ("subtotal_price", "subtotalPriceSet"),
    ("current_subtotal_price", "currentSubtotalPriceSet"),
    ("total_tax", "totalTaxSet"),
    ("current_total_tax", "currentTotalTaxSet"),
    ("total_discounts", "totalDiscountsSet"),
    ("current_total_discounts", "currentTotalDiscountsSet"),
    ("total_shipping_price", "totalShippingPriceSet"),
    ("total_tip_received", "totalTipReceivedSet"),
    ("total_outstanding", "totalOutstandingSet"),
    ("original_total_duties", "originalTotalDutiesSet"),
    ("original_total_additional_fees", "originalTotalAdditionalFeesSet"),
)
_LINE: Final = (
    ("variant_title", "variantTitle"),
    ("current_quantity", "currentQuantity"),
    ("fulfillable_quantity", "unfulfilledQuantity"),
    ("requires_shipping", "requiresShipping"),
    ("gift_card", "isGiftCard"),
)
_SHIPPING: Final = (
    ("carrier_identifier", "carrierIdentifier"),
    ("delivery_category", "deliveryCategory"),
    ("is_removed", "isRemoved"),
)
_FULFILMENT: Final = {None: "UNFULFILLED", "partial": "PARTIALLY_FULFILLED"}


def order_tree(raw: Json) -> Json:
    """An order body as a tree; its refunds, parcels and shipping lines are whole, as "parts" of GraphQL's are."""
    body = Body(raw, "Order")
    currency = raw.get("currency")
    body.move(_ORDER)
    for key, name in _MONEY:
        body.money(key, name, currency)
    body.move((("financial_status", "displayFinancialStatus"), ("cancel_reason", "cancelReason")), word)
    body.move((("fulfillment_status", "displayFulfillmentStatus"),), _fulfilment)
    body.move((("tags", "tags"),), split)
    body.move((("note_attributes", "customAttributes"),), lambda value: each(value, _pair))
    body.move((("customer", "customer"),), _customer)
    for key, name in (("billing_address", "billingAddress"), ("shipping_address", "shippingAddress")):
        body.move(((key, name),), lambda value: address_tree(value, "Address"))
    body.move((("tax_lines", "taxLines"),), lambda value: each(value, lambda one: tax_tree(one, currency)))
    if type(raw.get("discount_applications")) not in (list, NoneType):
        raise wrong("discount_applications", raw["discount_applications"], "a list")
    applications = Applications(raw.get("discount_applications"))
    body.move((("line_items", "lineItems"),), lambda value: connected(value, lambda one: line_tree(one, currency, applications)))
    body.move((("metafields", "metafields"),), metafield_trees)
    _parts(body, currency, applications)
    if applications.all_used:
        body.left.pop("discount_applications", None)
    return body.done()


def _parts(body: Body, currency: Any, applications: Applications) -> None:
    parts: Json = {}
    if "shipping_lines" in body.left:
        parts["shippingLines"] = connected(body.left.pop("shipping_lines"), lambda one: _shipping(one, currency, applications))
    if "refunds" in body.left:
        parts["refunds"] = each(body.left.pop("refunds"), lambda one: refund_tree(one, currency))
    if "fulfillments" in body.left:
        given = each(body.left.pop("fulfillments"), fulfilment_tree)
        body.tree["fulfillments"] = each(given, lambda one: {key: one[key] for key in one if key != "fulfillmentLineItems"})
        lines = [one for one in given if type(one) is dict and "fulfillmentLineItems" in one] if type(given) is list else []
        parts["fulfillments"] = [{key: one[key] for key in ("id", "fulfillmentLineItems")} for one in lines]
    if parts:
        body.tree["parts"] = parts


def _fulfilment(value: Any) -> Any:
    return _FULFILMENT.get(value, word(value)) if value is None or type(value) is str else value


def _pair(raw: Json) -> Json:
    return {"key" if key == "name" else key: value for key, value in raw.items()}


def _customer(raw: Any) -> Any:
    return Body(raw, "Customer").done() if type(raw) is dict else raw


def line_tree(raw: Json, currency: Any, applications: Applications) -> Json:
    """A line item. Its total before discounts is price times quantity; the price is that of one."""
    body = Body(raw, "LineItem")
    body.move(_LINE)
    body.point("product_id", "product", "Product")
    body.point("variant_id", "variant", "ProductVariant")
    body.move((("properties", "customAttributes"),), lambda value: each(value, _pair))
    body.money("price", "originalUnitPriceSet", currency)
    total = times(body.tree.get("originalUnitPriceSet"), raw.get("quantity"))
    if total is not None:
        body.tree["originalTotalSet"] = total
    body.money("total_discount", "totalDiscountSet", currency)
    body.move((("tax_lines", "taxLines"),), lambda value: each(value, lambda one: tax_tree(one, currency)))
    body.move((("discount_allocations", "discountAllocations"),), lambda value: each(value, applications.allocation_tree))
    body.move((("duties", "duties"),), lambda value: each(value, lambda one: _duty(one, currency)))
    return body.done()


def _duty(raw: Json, currency: Any) -> Json:
    body = Body(raw, "Duty")
    body.move((("harmonized_system_code", "harmonizedSystemCode"), ("country_code_of_origin", "countryCodeOfOrigin")))
    both = {key: body.left.pop(key) for key in ("shop_money", "presentment_money") if key in body.left}
    if both:
        body.tree["price"] = bag(both)
    body.move((("tax_lines", "taxLines"),), lambda value: each(value, lambda one: tax_tree(one, currency)))
    return body.done()


def _shipping(raw: Json, currency: Any, applications: Applications) -> Json:
    body = Body(raw)
    gid, own = body.left.pop("admin_graphql_api_id", None), body.left.pop("id", None)
    body.tree["id"] = gid if gid is not None else gid_of("ShippingLine", own)
    body.move(_SHIPPING)
    body.money("price", "originalPriceSet", currency)
    body.money("discounted_price", "discountedPriceSet", currency)
    body.money("current_discounted_price", "currentDiscountedPriceSet", currency)
    body.move((("tax_lines", "taxLines"),), lambda value: each(value, lambda one: tax_tree(one, currency)))
    body.move((("discount_allocations", "discountAllocations"),), lambda value: each(value, applications.allocation_tree))
    return body.done()
