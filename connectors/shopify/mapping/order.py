"""A Shopify order → canonical order. Pure; shapes: documents/orders.graphql, drained, with order_parts.graphql under "parts"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.shopify.mapping.address import address_at
from connectors.shopify.mapping.charges import duties_and_fees, shipping, tip
from connectors.shopify.mapping.discounts import Discounts
from connectors.shopify.mapping.fulfilments import fulfilled, fulfilments
from connectors.shopify.mapping.lines import order_lines
from connectors.shopify.mapping.metafields import attributes, metafields
from connectors.shopify.mapping.reading import VENDOR, begun, nested, opened, ref_in, remaining, rest_shaped, skipped
from connectors.shopify.mapping.refunds import refunds, returned
from connectors.shopify.mapping.statuses import set_statuses
from connectors.shopify.mapping.taxes import tax_lines
from connectors.shopify.mapping.totals import STATED_KEYS, check, totals
from connectors.shopify.mapping.transactions import transactions
from connectors.shopify.mapping.values import currency_in, moments
from connectors.shopify.mapping.words import keys
from hub.mapping import WrongValue, flag, instant, text, texts
from hub.ports import Json, Mapped, ShopSettings

_KNOWN: Final = STATED_KEYS | keys(
    "id legacyResourceId name createdAt updatedAt cancelledAt closedAt currencyCode presentmentCurrencyCode taxesIncluded",
    "displayFinancialStatus email phone note sourceName customAttributes customer billingAddress shippingAddress taxLines",
    "additionalFees shippingLine fulfillments refunds transactions lineItems metafields parts totalTipReceivedSet",
)
_PARTS: Final = keys("shippingLines fulfillments refunds transactions")
_TEXTS: Final = (("name", "number"), ("note", "note"), ("sourceName", "source"), ("displayFinancialStatus", "status_native"))
_DATES: Final = (
    ("createdAt", "created_at"),
    ("updatedAt", "modified_at"),
    ("cancelledAt", "cancelled_at"),
    ("closedAt", "completed_at"),
)


def map_order(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:  # noqa: ARG001 (the port's form)
    """The order in `body`: a drained tree, or a REST-shaped webhook body. Raises SkippedRecordError with field and value."""
    raw = opened(body, "order")
    if rest_shaped(raw):
        from connectors.shopify.mapping.rest import order_doc as rest_doc

        doc = rest_doc(raw)
    else:
        doc = order_doc(raw)
    return Mapped("order", doc["refs"][0]["gid"], doc, instant(doc, "modified_at"))


def order_doc(raw: Json) -> Json:
    """The canonical document of a decoded tree. Raises SkippedRecordError."""
    try:
        return order_of(raw)
    except WrongValue as error:
        raise skipped("order", raw, error) from None


def order_of(raw: Json) -> Json:
    """The same; raises WrongValue."""
    ref, rest = begun(raw, "Order", _KNOWN)
    doc: Json = {"refs": [ref]}
    texts(raw, doc, _TEXTS)
    for key, name in (("currencyCode", "currency"), ("presentmentCurrencyCode", "presentment_currency")):
        code = currency_in(raw, key)
        if code is not None:
            doc[name] = code
    moments(raw, doc, _DATES)
    if "cancelled_at" in doc:
        doc["cancelled"] = True
    taxed = flag(raw, "taxesIncluded")
    if taxed is not None:
        doc["prices_include_tax"] = taxed
    _people(raw, doc, rest)
    _contents(raw, doc, rest)
    set_statuses(raw, doc)
    fields = attributes(raw, "customAttributes")
    if raw.get("metafields") is not None:
        fields += metafields(raw, rest)
    if fields:
        doc["metafields"] = fields
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def _people(raw: Json, doc: Json, rest: Json) -> None:
    """Who bought, and where it goes. No customer is a guest: a buyer without account, or one who was deleted."""
    addresses = [
        found
        for key, role in (("billingAddress", "billing"), ("shippingAddress", "shipping"))
        if (found := address_at(raw, key, role)) is not None
    ]
    if addresses:
        doc["addresses"] = addresses
    buyer: Json = {}
    for key in ("email", "phone"):
        value = text(raw, key)
        if value is not None:
            buyer[key] = value
    customer, more = ref_in(raw, "customer")
    if customer is not None:
        buyer["customer"] = customer
    elif "customer" in raw and not more:
        buyer["guest"] = True
    if more:
        rest["customer"] = more
    if buyer:
        doc["buyer"] = buyer


def _contents(raw: Json, doc: Json, rest: Json) -> None:
    """Lines, charges, discounts, parcels, refunds and sums."""
    parts = nested(raw, "parts") or {}
    back, incomplete = refunds(raw, parts, rest)
    parcels = fulfilments(raw, parts, rest)
    discounts = Discounts()
    lines = order_lines(raw, discounts, returned(back, incomplete), fulfilled(parcels, parts), rest)
    charges = shipping(raw, parts, discounts, rest) + duties_and_fees(raw) + tip(raw, lines, rest)
    tax_lines(raw, doc)
    for name, found in (
        ("lines", lines),
        ("charges", charges),
        ("discounts", discounts.settle()),
        ("fulfilments", parcels),
        ("refunds", back),
        ("transactions", transactions(raw, parts, rest)),
    ):
        if found:
            doc[name] = found
    if incomplete:
        doc["incomplete_children"] = True
    sums = totals(raw, doc, rest)
    if sums:
        doc["totals"] = sums
    verdict = check(raw, doc)
    if verdict:
        doc["arithmetic"] = verdict
    more = remaining(parts, _PARTS)
    if more:
        rest["parts"] = {**more, **rest.get("parts", {})}
