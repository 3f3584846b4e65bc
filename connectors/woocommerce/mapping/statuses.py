"""Three derived status axes. The shop's own word is always kept beside them; plugins add words that tell us nothing."""

from __future__ import annotations

from decimal import Decimal

from connectors.woocommerce.mapping.words import FINANCIAL_STATUS, FULFILMENT_STATUS
from hub.ports import Json


def set_statuses(raw: Json, doc: Json) -> None:
    """Fill financial, fulfilment and return status as far as the order tells."""
    native = doc.get("status_native")
    for name, value in (
        ("financial_status", _financial(raw, doc, native)),
        ("fulfilment_status", _fulfilment(raw, native)),
        ("return_status", _returns(raw, doc)),
    ):
        if value is not None:
            doc[name] = value
    if native == "cancelled":
        doc["cancelled"] = True


def _financial(raw: Json, doc: Json, native: str | None) -> str | None:
    """Money given back says more than the date of payment, which says more than the status word."""
    sums = doc.get("totals", {})
    if "refunded" in sums and "total" in sums:
        refunded, total = Decimal(sums["refunded"]["amount"]), Decimal(sums["total"]["amount"])
        if refunded > 0:
            return "refunded" if refunded >= total else "partially_refunded"
    word = FINANCIAL_STATUS.get(native) if native is not None else None
    if word == "refunded":
        return word
    if "paid_at" in doc:
        return "paid"
    if word is not None:
        return word if word != "pending" or "date_paid_gmt" in raw else None
    return "pending" if native is not None and "date_paid_gmt" in raw else None


def _fulfilment(raw: Json, native: str | None) -> str | None:
    word = FULFILMENT_STATUS.get(native) if native is not None else None
    if word in ("unfulfilled", "fulfilled") and raw.get("needs_processing") is False and raw.get("line_items"):
        return "not_required"  # nothing but virtual, downloadable goods
    return word


def _returns(raw: Json, doc: Json) -> str | None:
    """Goods, not money: a refund without lines returned nothing."""
    if "refunds" not in raw or doc.get("incomplete_children"):
        return None
    quantities = [line["quantity"] for line in doc.get("lines", ()) if "quantity" in line]
    if not any("refunded" in quantity for quantity in quantities):
        return "none"
    return "returned" if all(Decimal(quantity["current"]) <= 0 for quantity in quantities) else "partially_returned"
