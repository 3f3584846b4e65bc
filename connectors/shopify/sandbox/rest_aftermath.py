"""What became of an order, in the REST shape: refunds and fulfillments."""

from __future__ import annotations

from decimal import Decimal

from connectors.shopify.sandbox.rest_lines import line_item
from connectors.shopify.sandbox.rest_shapes import (
    address,
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
        "total_duties_set": money_set(_zero(state, obj)),
        "return": None,
        "admin_graphql_api_id": obj["id"],
        "refund_line_items": [_refunded(state, one) for one in lines],
        "transactions": [_transaction(state, one) for one in objects(state, obj.get("transactions"))],
        "order_adjustments": [_adjustment(state, one) for one in objects(state, obj.get("orderAdjustments"))],
    }


def fulfillment(state: State, obj: Json) -> Json:
    """`fulfillments/…`, and inside orders."""
    order = one_of(state, obj.get("order"))
    tracking = obj.get("trackingInfo") or []
    first = tracking[0] if tracking else {}
    lines = [(one, one_of(state, one.get("lineItem"))) for one in objects(state, obj.get("fulfillmentLineItems"))]
    return {
        "id": number(obj["id"]),
        "order_id": number(order.get("id")),
        "status": word(obj.get("status")),
        "created_at": when(state, obj.get("createdAt")),
        "service": (obj.get("service") or {}).get("handle"),
        "updated_at": when(state, obj.get("updatedAt")),
        "tracking_company": first.get("company"),
        "shipment_status": word(obj.get("displayStatus")),
        "location_id": number(one_of(state, obj.get("location")).get("id")),
        "email": order.get("email"),
        "origin_address": None,
        "destination": address(one_of(state, order.get("shippingAddress"))),
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
        "subtotal": _bare(obj.get("subtotalSet"), state),  # numbers among texts, as Shopify has them
        "total_tax": _bare(obj.get("totalTaxSet"), state),
        "subtotal_set": money_set(obj.get("subtotalSet")),
        "total_tax_set": money_set(obj.get("totalTaxSet")),
        "line_item": line_item(state, line) if line else None,
    }


def _bare(bag: Json | None, state: State) -> float:
    found = Decimal(flat(bag, state))
    return int(found) if found == int(found) else float(found)


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


def _zero(state: State, obj: Json) -> Json:
    """No money, in the two currencies of a refund."""
    bag = obj.get("totalRefundedSet") or {}
    own = {"currencyCode": state.shop["currencyCode"]}
    places = ("shopMoney", "presentmentMoney")
    return {place: {"amount": 0, "currencyCode": bag.get(place, own)["currencyCode"]} for place in places}
