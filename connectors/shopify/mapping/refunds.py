"""Refunds: the order names them, its parts say what came back. Amounts and quantities are positive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from connectors.shopify.mapping.bags import bag, negated
from connectors.shopify.mapping.discounts import quantity_text
from connectors.shopify.mapping.reading import (
    VENDOR,
    beside_nodes,
    gid_text,
    listed,
    nodes,
    own_ref,
    ref_in,
    reference,
    remaining,
)
from connectors.shopify.mapping.values import moment
from connectors.shopify.mapping.words import keys
from hub.mapping import WrongValue, flag, text, wrong
from hub.ports import Json

_KNOWN: Final = keys(
    "id legacyResourceId createdAt note totalRefundedSet staffMember refundLineItems refundShippingLines orderAdjustments",
)
_LINE: Final = keys("id quantity restocked lineItem subtotalSet totalTaxSet")
_SHIPPING: Final = keys("id shippingLine subtotalAmountSet taxAmountSet")
_ADJUSTMENT: Final = keys("id reason amountSet taxAmountSet")


def refunds(raw: Json, parts: Json, rest: Json) -> tuple[list[Json], bool]:
    """The order's refunds in its order, and whether one is known by its summary only."""
    shown = listed(raw, "refunds")
    whole: dict[str, tuple[int, Json]] = {}
    for index, entry in enumerate(_parts(parts)):
        try:
            whole[own_ref(entry, "Refund")["gid"]] = (index, entry)
        except WrongValue as error:
            raise error.under("parts", "refunds", index) from None
    found, beside, incomplete = [], [], False
    for index, summary in enumerate(shown):
        given = whole.pop(summary.get("id", ""), None) if type(summary.get("id")) is str else None
        if given is None:
            found.append(_refund(summary, "refunds", index))
            incomplete = True
            continue
        found.append(_refund(given[1], "parts", "refunds", given[0]))
        if any(value != given[1].get(key) for key, value in summary.items() if value is not None):
            beside.append(summary)
    if beside:
        rest["refunds"] = beside
    found += [_refund(entry, "parts", "refunds", index) for index, entry in whole.values()]
    return found, incomplete


def _parts(parts: Json) -> Sequence[Json]:
    try:
        return listed(parts, "refunds")
    except WrongValue as error:
        raise error.under("parts") from None


def _refund(raw: Json, *place: object) -> Json:
    try:
        return refund_doc(raw)
    except WrongValue as error:
        raise error.under(*place) from None


def refund_doc(raw: Json) -> Json:
    """A decoded refund. Raises WrongValue."""
    ref = own_ref(raw, "Refund")
    doc: Json = {"ref": ref}
    rest = remaining(raw, _KNOWN)
    legacy = raw.get("legacyResourceId")
    if legacy is not None and legacy != ref["id"]:
        rest["legacyResourceId"] = legacy
    staff, more = ref_in(raw, "staffMember")
    if more:
        rest["staffMember"] = more
    for name, value in (
        ("amount", bag(raw, "totalRefundedSet", rest)),
        ("reason", text(raw, "note")),
        ("refunded_by", None if staff is None else staff["gid"]),
        ("created_at", moment(raw, "createdAt")),
    ):
        if value is not None:
            doc[name] = value
    lines: list[Json] = []
    for key, read in (("refundLineItems", _goods), ("refundShippingLines", _shipping), ("orderAdjustments", _adjustment)):
        lines += _read(raw, key, read)
        beside_nodes(raw, key, rest)
    if lines:
        doc["lines"] = lines
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def _read(raw: Json, key: str, read: Callable[[Json, Json], Json]) -> list[Json]:
    found = []
    for index, entry in enumerate(nodes(raw, key)):
        rest: Json = {}
        try:
            doc = read(entry, rest)
        except WrongValue as error:
            raise error.under(key, "nodes", index) from None
        if rest:
            doc["ext"] = {VENDOR: rest}
        found.append(doc)
    return found


def _begun(raw: Json, kind: str, rest: Json, known: frozenset[str]) -> Json:
    rest.update(remaining(raw, known))
    doc: Json = {"kind": kind}
    own = gid_text(raw)
    ref = reference(own) if own is not None else None
    if ref is not None:
        doc["ref"] = ref
    elif own is not None:
        raise wrong("id", own, "a gid")
    return doc


def _of(raw: Json, key: str, doc: Json, rest: Json) -> None:
    """The line of the order that is taken back."""
    line, more = ref_in(raw, key)
    if line is not None:
        doc["line"] = line["id"]
    if more:
        rest[key] = more


def _goods(raw: Json, rest: Json) -> Json:
    doc = _begun(raw, "product", rest, _LINE)
    _of(raw, "lineItem", doc, rest)
    quantity, restocked = quantity_text(raw, "quantity"), flag(raw, "restocked")
    back, tax = bag(raw, "subtotalSet", rest), bag(raw, "totalTaxSet", rest)
    for name, value in (("quantity", quantity), ("restocked", restocked), ("total", back), ("total_tax", tax)):
        if value is not None:
            doc[name] = value
    return doc


def _shipping(raw: Json, rest: Json) -> Json:
    doc = _begun(raw, "shipping", rest, _SHIPPING)
    _of(raw, "shippingLine", doc, rest)
    for key, name in (("subtotalAmountSet", "total"), ("taxAmountSet", "total_tax")):
        value = bag(raw, key, rest)
        if value is not None:
            doc[name] = value
    return doc


def _adjustment(raw: Json, rest: Json) -> Json:
    """What the refund differs from its lines by. Shopify writes what was given back more as a negative amount."""
    doc = _begun(raw, "fee", rest, _ADJUSTMENT)
    reason = text(raw, "reason")
    if reason is not None:
        doc["title"] = reason
    for key, name in (("amountSet", "total"), ("taxAmountSet", "total_tax")):
        value = bag(raw, key, rest)
        if value is not None:
            doc[name] = negated(value)
    return doc


def returned(found: Sequence[Json], incomplete: bool) -> dict[str, int] | None:
    """Line id → how many came back, None when not every refund was read whole."""
    if incomplete:
        return None
    counts: dict[str, int] = {}
    for refund in found:
        for line in refund.get("lines", ()):
            if line["kind"] == "product" and "line" in line and "quantity" in line:
                counts[line["line"]] = counts.get(line["line"], 0) + int(line["quantity"])
    return counts
