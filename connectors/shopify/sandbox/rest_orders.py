"""Orders in the REST shape of classic webhooks."""

from __future__ import annotations

from decimal import Decimal

from connectors.shopify.sandbox import rest_discounts, rest_people
from connectors.shopify.sandbox.rest_aftermath import fulfillment, refund
from connectors.shopify.sandbox.rest_lines import line_item, shipping_line, tax_line
from connectors.shopify.sandbox.rest_shapes import (
    address,
    attributes,
    flat,
    ident,
    money_set,
    objects,
    one_of,
    when,
    word,
)
from connectors.shopify.sandbox.state import Json, State

# prices that come twice, bare and as a set: REST's name → GraphQL's field
_PRICES = {
    "current_subtotal_price": "currentSubtotalPriceSet",
    "current_total_discounts": "currentTotalDiscountsSet",
    "current_total_price": "currentTotalPriceSet",
    "current_total_tax": "currentTotalTaxSet",
    "subtotal_price": "subtotalPriceSet",
    "total_discounts": "totalDiscountsSet",
    "total_price": "totalPriceSet",
    "total_tax": "totalTaxSet",
}
_NOTHING = (  # what an order made by a seed never had
    "browser_ip", "cart_token", "checkout_id", "checkout_token", "client_details", "device_id", "landing_site",
    "landing_site_ref", "location_id", "merchant_of_record_app_id", "reference", "referring_site", "source_url", "token",
)  # fmt: skip
_FULFILLMENT = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "RESTOCKED": "restocked"}


def order(state: State, obj: Json) -> Json:
    """`orders/…`, whole: lines, refunds, fulfillments and shipping stand inside."""
    lines = objects(state, obj.get("lineItems"))
    shown = [line_item(state, one) for one in lines]
    customer = one_of(state, obj.get("customer"))
    prices: Json = {}
    for name, field in _PRICES.items():
        prices |= {name: flat(obj.get(field), state), f"{name}_set": money_set(obj.get(field))}
    return {
        **ident(obj),
        "app_id": None,
        "cancel_reason": word(obj.get("cancelReason")),
        "cancelled_at": when(state, obj.get("cancelledAt")),
        "closed_at": when(state, obj.get("closedAt")),
        "confirmation_number": obj.get("confirmationNumber"),
        "confirmed": obj.get("confirmed"),
        "contact_email": obj.get("email"),
        "created_at": when(state, obj.get("createdAt")),
        "currency": obj.get("currencyCode"),
        "customer_locale": obj.get("customerLocale"),
        "discount_codes": rest_discounts.codes(state, obj),
        "email": obj.get("email") or "",
        "estimated_taxes": obj.get("estimatedTaxes"),
        "financial_status": word(obj.get("displayFinancialStatus")),
        "fulfillment_status": _FULFILLMENT.get(obj.get("displayFulfillmentStatus", "")),
        "name": obj.get("name"),
        "note": obj.get("note"),
        "note_attributes": attributes(obj.get("customAttributes")),
        "number": obj.get("number"),
        "order_number": (obj.get("number") or 0) + 1000,
        "order_status_url": obj.get("statusPageUrl"),
        "original_total_additional_fees_set": money_set(obj.get("originalTotalAdditionalFeesSet")),
        "original_total_duties_set": money_set(obj.get("originalTotalDutiesSet")),
        "payment_gateway_names": obj.get("paymentGatewayNames") or [],
        "phone": obj.get("phone"),
        "po_number": obj.get("poNumber"),
        "presentment_currency": obj.get("presentmentCurrencyCode"),
        "processed_at": when(state, obj.get("processedAt")),
        "source_identifier": obj.get("sourceIdentifier"),
        "source_name": obj.get("sourceName"),
        "tags": ", ".join(obj.get("tags") or ()),
        "tax_exempt": obj.get("taxExempt"),
        "tax_lines": [tax_line(one, state) for one in obj.get("taxLines") or ()],
        "taxes_included": obj.get("taxesIncluded"),
        "test": obj.get("test"),
        **prices,
        **_goods(state, obj, lines),
        **dict.fromkeys(_NOTHING),
        "buyer_accepts_marketing": False,
        "total_weight": sum((one["grams"] or 0) * (one["quantity"] or 0) for one in shown),
        "current_total_additional_fees_set": money_set(obj.get("originalTotalAdditionalFeesSet")),
        "current_total_duties_set": money_set(obj.get("originalTotalDutiesSet")),
        "total_outstanding": flat(obj.get("totalOutstandingSet"), state),
        "total_shipping_price_set": money_set(obj.get("totalShippingPriceSet")),
        "total_tip_received": flat(obj.get("totalTipReceivedSet"), state),
        "updated_at": when(state, obj.get("updatedAt")),
        "user_id": None,
        "billing_address": address(one_of(state, obj.get("billingAddress"))),
        "customer": rest_people.buyer(state, customer) if customer else None,
        "discount_applications": rest_discounts.applications(state, obj),
        "fulfillments": [fulfillment(state, one) for one in objects(state, obj.get("fulfillments"))],
        "line_items": shown,
        "payment_terms": None,
        "refunds": [refund(state, one) for one in objects(state, obj.get("refunds"))],
        "shipping_address": address(one_of(state, obj.get("shippingAddress"))),
        "shipping_lines": [shipping_line(state, one) for one in objects(state, obj.get("shippingLines"))],
    }


def _goods(state: State, obj: Json, lines: list[Json]) -> Json:
    """What the lines cost before any discount."""
    bags = [one["originalTotalSet"] for one in lines if one.get("originalTotalSet")]
    sums: Json = {}
    for place, currency in (("shopMoney", obj.get("currencyCode")), ("presentmentMoney", obj.get("presentmentCurrencyCode"))):
        whole = sum((Decimal(str(bag[place]["amount"])) for bag in bags), Decimal(0))
        sums[place] = {"amount": whole, "currencyCode": currency or state.shop["currencyCode"]}
    return {"total_line_items_price": flat(sums, state), "total_line_items_price_set": money_set(sums)}
