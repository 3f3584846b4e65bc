"""Tax lines, wherever they stand: on lines, shipping, duties, fees and the order."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from connectors.shopify.mapping.bags import EXACT, added, bag
from connectors.shopify.mapping.reading import VENDOR, listed, remaining
from connectors.shopify.mapping.values import number_text
from connectors.shopify.mapping.words import keys
from hub.mapping import WrongValue, text
from hub.ports import Json

_KNOWN: Final = keys("title rate ratePercentage priceSet")


def tax_lines(raw: Json, doc: Json, total: str | None = None) -> None:
    """Fill `tax_lines`, and their sum under the name of `total`."""
    found = []
    for index, tax in enumerate(listed(raw, "taxLines")):
        try:
            found.append(_tax(tax))
        except WrongValue as error:
            raise error.under("taxLines", index) from None
    if not found:
        return
    doc["tax_lines"] = found
    if total is not None:
        amount = added(line["amount"] for line in found if "amount" in line)
        if amount is not None:
            doc[total] = amount


def _tax(raw: Json) -> Json:
    doc: Json = {}
    rest = remaining(raw, _KNOWN)
    title, rate, percent = text(raw, "title"), number_text(raw, "rate"), number_text(raw, "ratePercentage")
    amount = bag(raw, "priceSet", rest)
    for name, value in (("amount", amount), ("title", title), ("rate", rate)):
        if value is not None:
            doc[name] = value
    if percent is not None and (rate is None or Decimal(percent) != Decimal(rate).scaleb(2, EXACT)):
        rest["ratePercentage"] = raw["ratePercentage"]
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc
