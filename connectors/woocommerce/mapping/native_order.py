"""Orders, refunds and customers in WooCommerce's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from connectors.woocommerce.mapping.address import native_state
from connectors.woocommerce.mapping.native_parts import (
    carried,
    native_id,
    native_number,
    put,
    put_amounts,
    put_id,
    put_meta,
    put_texts,
)
from connectors.woocommerce.mapping.words import ADDRESS, CUSTOMER_TEXTS, ORDER_TEXTS
from hub.ports import Json

_TITLES: Final = {
    "shipping": (("method_title", "title"), ("method_id", "method_native")),
    "fee": (("name", "title"), ("tax_class", "tax_class")),
}
_LINE_TEXTS: Final = (("name", "title"), ("tax_class", "tax_class"))
_LINE_MONEY: Final = (("subtotal", "subtotal"), ("total", "total"))


def native_order(doc: Json) -> Json:
    """An order with its lines, charges and coupons."""
    raw = carried(doc)
    put_id(raw, {"ref": doc["refs"][0]})
    put(raw, "currency", doc.get("currency"))
    put_texts(raw, doc, ORDER_TEXTS)
    buyer = doc.get("buyer", {})
    put_id(raw, buyer, "customer", "customer_id")
    if buyer.get("guest"):
        raw["customer_id"] = 0
    _addresses(doc, raw)
    for payment in doc.get("transactions", ()):
        if payment["kind"] == "sale":
            put_texts(
                raw, payment, (("payment_method", "gateway"), ("payment_method_title", "gateway_title"), ("transaction_id", "id"))
            )
    _lists(doc, raw)
    put_meta(raw, doc)
    return raw


def _lists(doc: Json, raw: Json) -> None:
    put(raw, "line_items", [_line(line) for line in doc.get("lines", ())] or None)
    for kind, key in (("shipping", "shipping_lines"), ("fee", "fee_lines")):
        put(raw, key, [_charge(charge, kind) for charge in doc.get("charges", ()) if charge["kind"] == kind] or None)
    put(raw, "coupon_lines", [_coupon(coupon) for coupon in doc.get("discounts", ()) if coupon["kind"] == "code"] or None)


def _line(doc: Json) -> Json:
    raw = carried(doc)
    for name, key in (("ref", "id"), ("product", "product_id"), ("variant", "variation_id")):
        put_id(raw, doc, name, key)
    put_texts(raw, doc, _LINE_TEXTS)
    put_amounts(raw, doc, _LINE_MONEY)
    if "quantity" in doc:
        raw["quantity"] = native_number(doc["quantity"]["original"])
    put_meta(raw, doc)
    return raw


def _charge(doc: Json, kind: str) -> Json:
    raw = carried(doc)
    put_id(raw, doc)
    put_texts(raw, doc, _TITLES[kind])
    put_amounts(raw, doc, (("total", "total"),))
    put_meta(raw, doc)
    return raw


def _coupon(doc: Json) -> Json:
    raw = carried(doc)
    put_id(raw, doc)
    put(raw, "code", doc.get("code"))
    put_meta(raw, doc)
    return raw


def native_refund(doc: Json) -> Json:
    """A refund: what one may send when it is made; WooCommerce never changes one afterwards."""
    raw = carried(doc)
    put_id(raw, doc)
    put_amounts(raw, doc, (("amount", "amount"),))
    put(raw, "reason", doc.get("reason"))
    if "refunded_by" in doc:
        raw["refunded_by"] = native_id(doc["refunded_by"])
    put_meta(raw, doc)
    return raw


def native_customer(doc: Json) -> Json:
    """A registered customer."""
    raw = carried(doc)
    put_id(raw, {"ref": doc["refs"][0]})
    put_texts(raw, doc, CUSTOMER_TEXTS)
    _addresses(doc, raw)
    put_meta(raw, doc)
    return raw


def _addresses(doc: Json, raw: Json) -> None:
    addresses: Iterable[Json] = doc.get("addresses", ())
    for address in addresses:
        for role in address.get("roles", ()):
            if role != "default":
                raw[role] = _address(address)


def _address(doc: Json) -> Json:
    raw = carried(doc)
    put_texts(raw, doc, ADDRESS)
    lines = doc.get("lines", ())
    for key, index in (("address_1", 0), ("address_2", 1)):
        if len(lines) > index:
            raw[key] = lines[index]
    country = doc.get("country", doc.get("country_native"))
    put(raw, "country", country)
    if "subdivision" in doc:
        raw.setdefault("state", native_state(country, doc["subdivision"]))
    return raw
