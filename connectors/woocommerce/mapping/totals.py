"""The sums of an order as the shop states them, those that we derive, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from connectors.woocommerce.mapping.lines import EXACT, less
from connectors.woocommerce.mapping.reading import amount, amounts, nested
from hub.mapping import WrongValue
from hub.ports import Json
from schemas.money import money

_STATED: Final = (
    ("discount_total", "discount"),
    ("discount_tax", "discount_tax"),
    ("shipping_total", "shipping"),
    ("shipping_tax", "shipping_tax"),
    ("cart_tax", "lines_tax"),
    ("total_tax", "tax"),
    ("total", "total"),
)


def totals(raw: Json, doc: Json, currency: str | None) -> Json:
    """Stated: discount, shipping, taxes, total, cost. Derived: subtotal, fees, refunded, current (total less refunds)."""
    found: Json = {}
    amounts(raw, found, currency, _STATED)
    _add(found, "subtotal", (line.get("subtotal") for line in doc.get("lines", ())), currency)
    _add(found, "fees", (charge.get("total") for charge in doc.get("charges", ()) if charge["kind"] == "fee"), currency)
    _add(found, "refunded", (refund.get("amount") for refund in doc.get("refunds", ())), currency)
    if "total" in found and "refunds" in raw:
        refunded = found["refunded"]["amount"] if "refunded" in found else "0"
        found["current"] = money(less(found["total"]["amount"], refunded), currency)
    cost = nested(raw, "cost_of_goods_sold")
    if cost is not None and cost.get("total_value"):
        try:
            found["cost"] = amount(cost, "total_value", currency)
        except WrongValue as error:
            raise error.under("cost_of_goods_sold") from None
    return found


def _add(found: Json, name: str, parts: Iterable[Json | None], currency: str | None) -> None:
    amounts = [part["amount"] for part in parts if part is not None]
    if amounts:
        found[name] = money(summed(amounts), currency)


def summed(amounts: Iterable[str]) -> str:
    """The exact sum of decimal texts."""
    total = Decimal(0)
    for value in amounts:
        total = EXACT.add(total, Decimal(value))
    return format(total, "f")


def check(raw: Json, doc: Json) -> Json | None:
    """Lines, shipping, fees and tax against the total. Up to 0.01 a line is rounding; a mismatch is said, never "fixed"."""
    stated = doc.get("totals", {})
    if "total" not in stated:
        return None
    if "tax" not in stated or not {"line_items", "shipping_lines", "fee_lines"} <= raw.keys():
        return {"verdict": "unchecked"}
    parts = [part.get("total") for part in (*doc.get("lines", ()), *doc.get("charges", ()))]
    if None in parts:
        return {"verdict": "unchecked"}
    expected = summed([stated["tax"]["amount"], *(part["amount"] for part in parts if part)])
    difference = less(stated["total"]["amount"], expected)
    if not difference.strip("-0."):
        return {"verdict": "ok"}
    tolerated = Decimal("0.01") * max(1, len(parts))
    return {"verdict": "rounding" if Decimal(difference).copy_abs() <= tolerated else "mismatch", "difference": difference}
