"""Three derived status axes. The shop's own words are kept: the financial one as `status_native`, the others in ext."""

from __future__ import annotations

from decimal import Decimal

from connectors.shopify.mapping.words import FINANCIAL_STATUS, FULFILMENT_STATUS, RETURN_STATUS
from hub.mapping import text
from hub.ports import Json


def set_statuses(raw: Json, doc: Json) -> None:
    """Fill financial, fulfilment and return status as far as the order tells."""
    for name, value in (
        ("financial_status", FINANCIAL_STATUS.get(doc.get("status_native", ""))),
        ("fulfilment_status", FULFILMENT_STATUS.get(text(raw, "displayFulfillmentStatus") or "")),
        ("return_status", _returns(raw, doc)),
    ):
        if value is not None:
            doc[name] = value


def _returns(raw: Json, doc: Json) -> str | None:
    """What came back of the goods: all of it when no line has anything left."""
    word = RETURN_STATUS.get(text(raw, "returnStatus") or "")
    left = [line["quantity"]["current"] for line in doc.get("lines", ()) if "quantity" in line]
    return "partially_returned" if word == "returned" and any(Decimal(current) > 0 for current in left) else word
