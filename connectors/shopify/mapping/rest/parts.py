"""refunds/* and fulfillments/* bodies as the trees of documents/order_parts.graphql."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from connectors.shopify.mapping.rest.body import Body, bag, connected, gid_of, word
from hub.mapping import decimal_text
from hub.ports import Json

_REFUND: Final = (("created_at", "createdAt"), ("processed_at", "processedAt"))
_FULFILMENT: Final = (("created_at", "createdAt"), ("updated_at", "updatedAt"))
_TRACKING: Final = (("tracking_numbers", "tracking_number", "number"), ("tracking_urls", "tracking_url", "url"))


def refund_tree(raw: Json, currency: Any = None) -> Json:
    """A refund. The sum that was paid back is not said: it is that of the refund's own transactions."""
    body = Body(raw, "Refund")
    body.move(_REFUND)
    body.point("user_id", "staffMember", "StaffMember")
    for key, name, change in (
        ("refund_line_items", "refundLineItems", _goods),
        ("refund_shipping_lines", "refundShippingLines", _shipping),
        ("order_adjustments", "orderAdjustments", _adjustment),
    ):
        if key in body.left:
            body.tree[name] = connected(body.left.pop(key), change)
    total = _paid(raw.get("transactions"), currency)
    if total is not None:
        body.tree["totalRefundedSet"] = total
    return body.done()


def _paid(transactions: Any, currency: Any) -> Json | None:
    """The sum of the successful refunds, when all are of one currency; nothing for a refund without any."""
    total, codes = Decimal(0), set()
    if type(transactions) is not list:
        return None
    for one in transactions:
        if type(one) is dict and one.get("kind") == "refund" and one.get("status") == "success":
            amount = decimal_text(one.get("amount"))
            if amount is None:
                return None
            total += Decimal(amount)
            codes.add(str(one.get("currency") or currency))
    code = codes.pop() if len(codes) == 1 else None
    if code is None or not (len(code) == 3 and code.isascii() and code.isupper()):
        return None
    return {"shopMoney": {"amount": format(total, "f"), "currencyCode": code}}


def _goods(raw: Json) -> Json:
    body = Body(raw, "RefundLineItem")
    line = body.left.pop("line_item_id", None)
    inner = body.left.pop("line_item", None)
    if inner is not None and type(inner) is not dict:
        body.tree["lineItem"] = inner  # for the mapping to refuse
    elif line is not None:
        more = {key: value for key, value in inner.items() if key != "id"} if type(inner) is dict else {}
        if type(inner) is dict and inner.get("id") not in (None, line):
            more["legacyResourceId"] = inner["id"]
        body.tree["lineItem"] = {"id": gid_of("LineItem", line), **more}
    elif inner is not None:
        body.tree["lineItem"] = Body(inner, "LineItem").done()
    body.point("location_id", "location", "Location")
    kind = raw.get("restock_type")
    body.move((("restock_type", "restockType"),), word)
    if type(kind) is str:
        body.tree["restocked"] = kind != "no_restock"
    body.money("subtotal", "subtotalSet", None)
    body.money("total_tax", "totalTaxSet", None)
    return body.done()


def _shipping(raw: Json) -> Json:
    body = Body(raw, "RefundShippingLine")
    body.point("shipping_line_id", "shippingLine", "ShippingLine")
    body.move((("subtotal_amount_set", "subtotalAmountSet"), ("tax_amount_set", "taxAmountSet")), bag)
    return body.done()


def _adjustment(raw: Json) -> Json:
    body = Body(raw, "OrderAdjustment")
    body.money("amount", "amountSet", None)
    body.money("tax_amount", "taxAmountSet", None)
    return body.done()


def fulfilment_tree(raw: Json) -> Json:
    """A parcel with its lines."""
    body = Body(raw, "Fulfillment")
    body.move(_FULFILMENT)
    body.move((("status", "status"),), word)
    body.point("location_id", "location", "Location")
    _tracking(body)
    if type(body.left.get("line_items")) is list:
        body.tree["fulfillmentLineItems"] = connected(body.left.pop("line_items"), _carried)
    return body.done()


def _tracking(body: Body) -> None:
    """Numbers and addresses stand in two lists side by side, the first of each once more by itself, the carrier once for all."""
    found: list[Json] = []
    for many, one, name in _TRACKING:
        values = body.left.get(many)
        if type(values) is list:
            for index, value in enumerate(values):
                while len(found) <= index:
                    found.append({})
                found[index][name] = value
            del body.left[many]
            if values and body.left.get(one) == values[0]:
                del body.left[one]
        elif body.left.get(one) is not None:
            found = found or [{}]
            found[0][name] = body.left.pop(one)
    company = body.left.pop("tracking_company", None)
    if company is not None:
        found = found or [{}]
        for entry in found:
            entry["company"] = company
    if found:
        body.tree["trackingInfo"] = found


def _carried(raw: Json) -> Json:
    """A line in a parcel is the order's line with the parcel's quantity."""
    line = dict(raw)
    quantity = line.pop("quantity", None)
    gid = line.pop("admin_graphql_api_id", None)
    own = line.pop("id", None)
    return {"quantity": quantity, "lineItem": {"id": gid if gid is not None else gid_of("LineItem", own), **line}}
