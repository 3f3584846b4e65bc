"""Orders, refunds and fulfillments in the REST shape of classic webhooks."""

from __future__ import annotations

from decimal import Decimal

from connectors.shopify.sandbox.rest_shapes import (
    address,
    attributes,
    flat,
    ident,
    money_set,
    number,
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
_FULFILLMENT = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "RESTOCKED": "restocked"}


def order(state: State, obj: Json) -> Json:
    """`orders/…`, whole: lines, refunds, fulfillments and shipping stand inside."""
    lines = objects(state, obj.get("lineItems"))
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
        "discount_codes": [{"code": code, "amount": "0.00", "type": "fixed_amount"} for code in obj.get("discountCodes") or ()],
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
        "tax_lines": [_tax(one, state) for one in obj.get("taxLines") or ()],
        "taxes_included": obj.get("taxesIncluded"),
        "test": obj.get("test"),
        **prices,
        "total_outstanding": flat(obj.get("totalOutstandingSet"), state),
        "total_shipping_price_set": money_set(obj.get("totalShippingPriceSet")),
        "total_tip_received": flat(obj.get("totalTipReceivedSet"), state),
        "updated_at": when(state, obj.get("updatedAt")),
        "user_id": None,
        "billing_address": address(one_of(state, obj.get("billingAddress"))),
        "customer": _buyer(state, customer) if customer else None,
        "discount_applications": [],
        "fulfillments": [fulfillment(state, one) for one in objects(state, obj.get("fulfillments"))],
        "line_items": [line_item(state, one) for one in lines],
        "payment_terms": None,
        "refunds": [refund(state, one) for one in objects(state, obj.get("refunds"))],
        "shipping_address": address(one_of(state, obj.get("shippingAddress"))),
        "shipping_lines": [_shipping(state, one) for one in objects(state, obj.get("shippingLines"))],
    }


def line_item(state: State, obj: Json) -> Json:
    """A line as orders, refunds and fulfillments show it."""
    product, variant = one_of(state, obj.get("product")), one_of(state, obj.get("variant"))
    discount = obj.get("totalDiscountSet")
    return {
        **ident(obj),
        "fulfillable_quantity": obj.get("unfulfilledQuantity"),
        "fulfillment_service": "manual",
        "fulfillment_status": None if obj.get("unfulfilledQuantity") else "fulfilled",
        "gift_card": obj.get("isGiftCard"),
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
        "tax_lines": [_tax(one, state) for one in obj.get("taxLines") or ()],
        "duties": [],
        "discount_allocations": [_allocation(one, state) for one in obj.get("discountAllocations") or ()],
    }


def refund(state: State, obj: Json) -> Json:
    """`refunds/create`, and inside orders."""
    lines = objects(state, obj.get("refundLineItems"))
    return {
        "id": number(obj["id"]),
        "order_id": number(one_of(state, obj.get("order")).get("id")),
        "created_at": when(state, obj.get("createdAt")),
        "note": obj.get("note"),
        "user_id": number(one_of(state, obj.get("staffMember")).get("id")),
        "processed_at": when(state, obj.get("processedAt")),
        "restock": any(one.get("restocked") for one in lines),
        "duties": [],
        "return": None,
        "admin_graphql_api_id": obj["id"],
        "refund_line_items": [_refunded(state, one) for one in lines],
        "transactions": [_transaction(state, one) for one in objects(state, obj.get("transactions"))],
        "order_adjustments": [_adjustment(state, one) for one in objects(state, obj.get("orderAdjustments"))],
    }


def fulfillment(state: State, obj: Json) -> Json:
    """`fulfillments/…`, and inside orders."""
    tracking = obj.get("trackingInfo") or []
    first = tracking[0] if tracking else {}
    lines = [(one, one_of(state, one.get("lineItem"))) for one in objects(state, obj.get("fulfillmentLineItems"))]
    return {
        "id": number(obj["id"]),
        "order_id": number(one_of(state, obj.get("order")).get("id")),
        "status": word(obj.get("status")),
        "created_at": when(state, obj.get("createdAt")),
        "service": (obj.get("service") or {}).get("handle"),
        "updated_at": when(state, obj.get("updatedAt")),
        "tracking_company": first.get("company"),
        "shipment_status": word(obj.get("displayStatus")),
        "location_id": number(one_of(state, obj.get("location")).get("id")),
        "line_items": [{**line_item(state, line), "quantity": one.get("quantity")} for one, line in lines if line],
        "tracking_number": first.get("number"),
        "tracking_numbers": [one.get("number") for one in tracking],
        "tracking_url": first.get("url"),
        "tracking_urls": [one.get("url") for one in tracking],
        "receipt": {},
        "name": obj.get("name"),
        "admin_graphql_api_id": obj["id"],
    }


def _refunded(state: State, obj: Json) -> Json:
    line = one_of(state, obj.get("lineItem"))
    return {
        "id": number(obj.get("id")),
        "quantity": obj.get("quantity"),
        "line_item_id": number(line.get("id")),
        "location_id": number(one_of(state, obj.get("location")).get("id")),
        "restock_type": word(obj.get("restockType")),
        "subtotal": float(Decimal(flat(obj.get("subtotalSet"), state))),  # the one number among texts
        "total_tax": float(Decimal(flat(obj.get("totalTaxSet"), state))),
        "subtotal_set": money_set(obj.get("subtotalSet")),
        "total_tax_set": money_set(obj.get("totalTaxSet")),
        "line_item": line_item(state, line) if line else None,
    }


def _transaction(state: State, obj: Json) -> Json:
    bag = obj.get("amountSet") or {}
    return {
        **ident(obj),
        "kind": word(obj.get("kind")),
        "status": word(obj.get("status")),
        "gateway": obj.get("gateway"),
        "amount": flat(bag, state),
        "currency": bag["shopMoney"]["currencyCode"] if bag else state.shop["currencyCode"],
        "created_at": when(state, obj.get("createdAt")),
        "processed_at": when(state, obj.get("processedAt")),
        "test": obj.get("test"),
    }


def _adjustment(state: State, obj: Json) -> Json:
    return {
        "id": number(obj.get("id")),
        "kind": word(obj.get("reason")),
        "amount": flat(obj.get("amountSet"), state),
        "amount_set": money_set(obj.get("amountSet")),
        "tax_amount": flat(obj.get("taxAmountSet"), state),
        "tax_amount_set": money_set(obj.get("taxAmountSet")),
    }


def _buyer(state: State, obj: Json) -> Json:
    email, phone = one_of(state, obj.get("defaultEmailAddress")), one_of(state, obj.get("defaultPhoneNumber"))
    return {
        "id": number(obj["id"]),
        "email": email.get("emailAddress"),
        "created_at": when(state, obj.get("createdAt")),
        "updated_at": when(state, obj.get("updatedAt")),
        "first_name": obj.get("firstName"),
        "last_name": obj.get("lastName"),
        "state": word(obj.get("state")),
        "note": obj.get("note"),
        "verified_email": obj.get("verifiedEmail"),
        "tax_exempt": obj.get("taxExempt"),
        "phone": phone.get("phoneNumber"),
        "tags": ", ".join(obj.get("tags") or ()),
        "currency": state.shop["currencyCode"],
        "admin_graphql_api_id": obj["id"],
    }


def _tax(obj: Json, state: State) -> Json:
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


def _shipping(state: State, obj: Json) -> Json:
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
        "tax_lines": [_tax(one, state) for one in obj.get("taxLines") or ()],
        "discount_allocations": [_allocation(one, state) for one in obj.get("discountAllocations") or ()],
    }
