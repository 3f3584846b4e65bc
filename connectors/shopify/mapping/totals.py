"""The sums of an order as the shop states them, those that we derive, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from connectors.shopify.mapping.bags import EXACT, added, bag, bags
from hub.ports import Json

_STATED: Final = (
    ("totalDiscountsSet", "discount"),
    ("totalShippingPriceSet", "shipping"),
    ("totalTaxSet", "tax"),
    ("originalTotalAdditionalFeesSet", "fees"),
    ("totalPriceSet", "total"),
    ("totalRefundedSet", "refunded"),
    ("currentTotalPriceSet", "current"),
)
STATED_KEYS: Final = frozenset(key for key, _ in _STATED)


def totals(raw: Json, doc: Json, rest: Json) -> Json:
    """Stated: all but the subtotal, which is the sum of the lines before discounts."""
    found: Json = {}
    subtotal = added(line["subtotal"] for line in doc.get("lines", ()) if "subtotal" in line)
    if subtotal is not None:
        found["subtotal"] = subtotal
    bags(raw, found, _STATED, rest)
    return found


def check(raw: Json, doc: Json) -> Json | None:
    """Lines, charges and tax against the total, in the shop's money. Up to 0.01 a part is rounding; nothing is "fixed".

    An order that was edited keeps its removed lines: where it does not agree, that says nothing.
    """
    stated = doc.get("totals", {})
    if "total" not in stated:
        return None
    charges = [charge for charge in doc.get("charges", ()) if not _left_out(raw, charge)]
    parts = [part.get("total") for part in (*doc.get("lines", ()), *charges)]
    taxed = raw.get("taxesIncluded")
    if raw.get("lineItems") is None or None in parts or (taxed is not True and "tax" not in stated):
        return {"verdict": "unchecked"}
    expected = Decimal(0) if taxed is True else Decimal(stated["tax"]["amount"])
    for part in (*parts, *_unlisted(raw, charges)):
        expected = EXACT.add(expected, Decimal(part["amount"])) if part else expected
    difference = EXACT.subtract(Decimal(stated["total"]["amount"]), expected)
    if not difference:
        return {"verdict": "ok"}
    if raw.get("edited") is True:
        return {"verdict": "unchecked"}
    tolerated = Decimal("0.01") * max(1, len(parts))
    return {"verdict": "rounding" if difference.copy_abs() <= tolerated else "mismatch", "difference": format(difference, "f")}


def _unlisted(raw: Json, charges: list[Json]) -> Iterator[Json]:
    """Duties and fees that are told by their sum alone, as webhooks do."""
    for kind, key in (("duty", "originalTotalDutiesSet"), ("fee", "originalTotalAdditionalFeesSet")):
        total = bag(raw, key, {})
        inside = kind == "duty" and raw.get("dutiesIncluded") is True
        if total is not None and not inside and not any(charge["kind"] == kind for charge in charges):
            yield total


def _left_out(raw: Json, charge: Json) -> bool:
    """A shipping line that was taken off, and duties that are inside the prices."""
    if charge["kind"] == "duty":
        return raw.get("dutiesIncluded") is True
    return bool(charge.get("ext", {}).get("shopify", {}).get("isRemoved") is True)
