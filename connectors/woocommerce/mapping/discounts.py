"""Coupons of an order, and how each line's discount is shared among them so that the parts sum exactly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from connectors.woocommerce.mapping.lines import line_ref
from connectors.woocommerce.mapping.metafields import metafields
from connectors.woocommerce.mapping.reading import amounts, keep, objects, remaining
from connectors.woocommerce.mapping.words import keys
from hub.mapping import WrongValue, texts
from hub.ports import Json
from schemas.money import allocate, money

_KNOWN: Final = keys("id code discount discount_tax discount_type meta_data")


def discounts(raw: Json, currency: str | None) -> list[Json]:
    """The coupons, with the vendor's own figures: they may differ from the lines' sum by rounding, and are not "fixed"."""
    found = []
    for index, coupon in enumerate(objects(raw, "coupon_lines")):
        try:
            found.append(_coupon(coupon, currency))
        except WrongValue as error:
            raise error.under("coupon_lines", index) from None
    return found


def _coupon(raw: Json, currency: str | None) -> Json:
    doc: Json = {"kind": "code", **line_ref(raw)}
    rest = remaining(raw, _KNOWN)
    texts(raw, doc, (("code", "code"), ("discount_type", "type_native")))
    amounts(raw, doc, currency, (("discount", "amount"), ("discount_tax", "tax")))
    if raw.get("meta_data"):
        doc["metafields"] = metafields(raw)
    keep(doc, rest)
    return doc


def allocate_to_lines(lines: Sequence[Json], coupons: Sequence[Json], currency: str | None) -> None:
    """Share each line's discount (subtotal less total) among the coupons by their size, largest remainder first.

    WooCommerce does not say which coupon fell on which line. Without a coupon (a price changed by hand) there is no application.
    """
    weights = [Decimal(coupon["amount"]["amount"]).copy_abs() if "amount" in coupon else Decimal(0) for coupon in coupons]
    for line in lines:
        if "discount" not in line:
            continue
        off = line["discount"]["amount"]
        if len(coupons) <= 1:
            line["allocations"] = [{"application": 0, "amount": line["discount"]} if coupons else {"amount": line["discount"]}]
            continue
        parts = allocate(Decimal(off), weights, len(off.partition(".")[2]))
        line["allocations"] = [
            {"application": index, "amount": money(format(part, "f"), currency)} for index, part in enumerate(parts) if part
        ]
