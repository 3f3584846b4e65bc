"""A WooCommerce order with its refunds → canonical order. Pure; shapes: WooCommerce REST API v3, /orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.woocommerce.mapping.address import address
from connectors.woocommerce.mapping.discounts import allocate_to_lines, discounts
from connectors.woocommerce.mapping.lines import charges, order_lines, tax_rates
from connectors.woocommerce.mapping.metafields import metafields
from connectors.woocommerce.mapping.reading import (
    VENDOR,
    amount,
    ident,
    keep,
    label,
    moments,
    opened,
    own_id,
    remaining,
    skipped,
)
from connectors.woocommerce.mapping.refund import refunds
from connectors.woocommerce.mapping.statuses import set_statuses
from connectors.woocommerce.mapping.totals import check, totals
from connectors.woocommerce.mapping.words import ORDER_DATES, ORDER_TEXTS, VOLATILE, keys
from hub.mapping import WrongValue, flag, instant, text, texts
from hub.ports import Json, Mapped, ShopSettings

_KNOWN: Final = VOLATILE | keys(
    "id number status currency prices_include_tax customer_id billing shipping customer_note created_via",
    "payment_method payment_method_title transaction_id line_items shipping_lines fee_lines coupon_lines",
    "tax_lines refunds discount_total discount_tax shipping_total shipping_tax cart_tax total total_tax",
    "date_created_gmt date_modified_gmt date_paid_gmt date_completed_gmt meta_data",
)


def map_order(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:  # noqa: ARG001 (the port's form)
    """The order in `body` with its refunds; it carries its own currency. Raises SkippedRecordError with field and value."""
    raw = opened(body, "order")
    doc = order_doc(raw, [opened(child, "refund") for child in children])
    return Mapped("order", doc["refs"][0]["id"], doc, instant(doc, "modified_at"))


def order_doc(raw: Json, given: Sequence[Json]) -> Json:
    """The canonical document of decoded objects. Raises SkippedRecordError."""
    try:
        return _order(raw, given)
    except WrongValue as error:
        raise skipped("order", raw, error) from None


def _order(raw: Json, given: Sequence[Json]) -> Json:
    doc: Json = {"refs": [{"connector": VENDOR, "kind": "order", "id": own_id(raw)}]}
    rest = remaining(raw, _KNOWN)
    currency = _currency(raw, rest)
    if currency is not None:
        doc["currency"] = currency
    number = label(raw, "number")
    if number is not None:
        doc["number"] = number
    texts(raw, doc, ORDER_TEXTS)
    moments(raw, doc, rest, ORDER_DATES)
    taxed = flag(raw, "prices_include_tax")
    if taxed is not None:
        doc["prices_include_tax"] = taxed
    _people(raw, doc)
    _money(raw, doc, given, currency)
    set_statuses(raw, doc)
    if raw.get("meta_data"):
        doc["metafields"] = metafields(raw)
    keep(doc, rest)
    return doc


def _currency(raw: Json, rest: Json) -> str | None:
    """The order's own currency; a code that is not of ISO's form (a plugin's points) stays native."""
    code = text(raw, "currency")
    if code is None or (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        return code
    rest["currency"] = code
    return None


def _people(raw: Json, doc: Json) -> None:
    found = [entry for role in ("billing", "shipping") if (entry := address(raw, role))]
    if found:
        doc["addresses"] = found
    customer = ident(raw, "customer_id")
    billing = found[0] if found and found[0]["roles"] == ["billing"] else {}
    buyer: Json = {name: billing[name] for name in ("email", "phone") if name in billing}
    if customer is not None:
        buyer["customer"] = {"connector": VENDOR, "kind": "customer", "id": customer}
    elif raw.get("customer_id") is not None:
        buyer["guest"] = True
    if buyer:
        doc["buyer"] = buyer


def _money(raw: Json, doc: Json, given: Sequence[Json], currency: str | None) -> None:
    """Lines, charges, discounts, refunds and sums: what is derived is computed from the exact texts."""
    rates = tax_rates(raw, currency)
    if rates:
        doc["tax_lines"] = list(rates.values())
    coupons = discounts(raw, currency)
    if coupons:
        doc["discounts"] = coupons
    back, incomplete = refunds(raw, given, currency)
    if back:
        doc["refunds"] = back
    if incomplete:
        doc["incomplete_children"] = True
    lines = order_lines(raw, currency, rates, back)
    if lines:
        allocate_to_lines(lines, coupons, currency)
        doc["lines"] = lines
    charged = charges(raw, currency, rates)
    if charged:
        doc["charges"] = charged
    sums = totals(raw, doc, currency)
    if sums:
        doc["totals"] = sums
    verdict = check(raw, doc)
    if verdict:
        doc["arithmetic"] = verdict
    _payments(raw, doc, currency)


def _payments(raw: Json, doc: Json, currency: str | None) -> None:
    """WooCommerce tells one payment (method, id, date) and, per refund, whether it was paid back through the gateway."""
    gateway, title, id = text(raw, "payment_method"), text(raw, "payment_method_title"), label(raw, "transaction_id")
    paid = doc.get("paid_at")
    if gateway is None and title is None and id is None and paid is None:
        return
    payment: Json = {"kind": "sale", "status": "success" if paid else "pending"}
    for name, value in (("gateway", gateway), ("gateway_title", title), ("id", id), ("created_at", paid)):
        if value is not None:
            payment[name] = value
    total = amount(raw, "total", currency)
    if total is not None:
        payment["amount"] = total
    doc["transactions"] = [payment]
    for refund in doc.get("refunds", ()):
        if refund.get("paid_back"):
            doc["transactions"].append(_paid_back(refund, id, gateway))


def _paid_back(refund: Json, parent: str | None, gateway: str | None) -> Json:
    payment: Json = {"kind": "refund", "status": "success"}
    for name, value in (
        ("gateway", gateway),
        ("parent", parent),
        ("amount", refund.get("amount")),
        ("created_at", refund.get("created_at")),
    ):
        if value is not None:
            payment[name] = value
    return payment
