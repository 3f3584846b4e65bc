"""What is charged beside the goods: shipping, duties, additional fees, tips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.shopify.mapping.bags import added, bag, is_zero, same
from connectors.shopify.mapping.discounts import Discounts
from connectors.shopify.mapping.reading import VENDOR, beside_nodes, gid_text, listed, nested, nodes, reference, remaining
from connectors.shopify.mapping.taxes import tax_lines
from connectors.shopify.mapping.words import keys
from hub.mapping import WrongValue, text, texts, wrong
from hub.ports import Json

_SHIPPING: Final = keys(
    "id title code originalPriceSet discountedPriceSet currentDiscountedPriceSet taxLines discountAllocations",
)
_PRICED: Final = keys("id name price taxLines")


def shipping(raw: Json, parts: Json, discounts: Discounts, rest: Json) -> list[Json]:
    """The shipping lines: all of them where they were read whole, else the one that the order shows."""
    shown = nested(raw, "shippingLine")
    given: Sequence[tuple[tuple[object, ...], Json]]
    if parts.get("shippingLines") is not None:
        try:
            whole = nodes(parts, "shippingLines")
        except WrongValue as error:
            raise error.under("parts") from None
        given = [(("parts", "shippingLines", "nodes", index), line) for index, line in enumerate(whole)]
        beside: Json = {}
        beside_nodes(parts, "shippingLines", beside)
        if beside:
            rest.setdefault("parts", {}).update(beside)
        if shown is not None and shown not in whole:
            rest["shippingLine"] = shown
    else:
        given = [] if shown is None else [(("shippingLine",), shown)]
    found = []
    for place, line in given:
        try:
            found.append(_shipping(line, discounts))
        except WrongValue as error:
            raise error.under(*place) from None
    return found


def _ref(raw: Json, doc: Json) -> None:
    own = gid_text(raw)
    ref = reference(own) if own is not None else None
    if ref is not None:
        doc["ref"] = ref
    elif own is not None:
        raise wrong("id", own, "a gid")


def _shipping(raw: Json, discounts: Discounts) -> Json:
    doc: Json = {"kind": "shipping"}
    rest = remaining(raw, _SHIPPING)
    _ref(raw, doc)
    texts(raw, doc, (("title", "title"), ("code", "method_native")))
    original, asked = bag(raw, "originalPriceSet", rest), bag(raw, "discountedPriceSet", rest)
    now = bag(raw, "currentDiscountedPriceSet", rest)
    if original is not None:
        doc["subtotal"] = original
    if asked is not None:
        doc["total"] = asked
    if now is not None and now != asked:
        rest["currentDiscountedPriceSet"] = raw["currentDiscountedPriceSet"]
    discounts.allocations(raw, doc, rest)
    tax_lines(raw, doc, "total_tax")
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def duties_and_fees(raw: Json) -> list[Json]:
    """Duties stand on the lines, additional fees on the order."""
    found = []
    for index, line in enumerate(nodes(raw, "lineItems")):
        for at, duty in enumerate(listed_under(line, "duties", "lineItems", "nodes", index)):
            try:
                found.append(_priced(duty, "duty", line.get("id")))
            except WrongValue as error:
                raise error.under("lineItems", "nodes", index, "duties", at) from None
    for index, fee in enumerate(listed(raw, "additionalFees")):
        try:
            found.append(_priced(fee, "fee", None))
        except WrongValue as error:
            raise error.under("additionalFees", index) from None
    return found


def listed_under(raw: Json, key: str, *place: object) -> Sequence[Json]:
    """A list of objects inside another."""
    try:
        return listed(raw, key)
    except WrongValue as error:
        raise error.under(*place) from None


def _priced(raw: Json, kind: str, line: object) -> Json:
    doc: Json = {"kind": kind}
    rest = remaining(raw, _PRICED)
    _ref(raw, doc)
    title = text(raw, "name")
    if title is not None:
        doc["title"] = title
    total = bag(raw, "price", rest)
    if total is not None:
        doc["total"] = total
    tax_lines(raw, doc, "total_tax")
    if line is not None:
        rest["lineItem"] = line
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def tip(raw: Json, lines: Sequence[Json], rest: Json) -> list[Json]:
    """The tip as a charge, unless it is one of the lines already (some channels sell it as an item)."""
    received, subtotal = bag(raw, "totalTipReceivedSet", rest), bag(raw, "subtotalPriceSet", {})
    if received is None:
        return []
    if is_zero(received):
        rest["totalTipReceivedSet"] = raw["totalTipReceivedSet"]
        return []
    sold = added(line["total"] for line in lines if "total" in line)
    if sold is not None and subtotal is not None and same(sold, added([subtotal, received])):
        rest["totalTipReceivedSet"] = raw["totalTipReceivedSet"]
        return []
    return [{"kind": "tip", "total": received}]
