"""The lines of an order: products, shipping, fees and taxes. Amounts are excluding tax, as WooCommerce states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation
from functools import lru_cache
from typing import Final

from connectors.woocommerce.mapping.metafields import metafields
from connectors.woocommerce.mapping.reading import (
    VENDOR,
    amount,
    amounts,
    decimal_text,
    ident,
    keep,
    nested,
    number_text,
    objects,
    remaining,
)
from connectors.woocommerce.mapping.sellable import check_digit_holds
from connectors.woocommerce.mapping.words import keys
from hub.mapping import WrongValue, flag, text, texts
from hub.ports import Json
from schemas.money import money

EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=28, traps=[Inexact, InvalidOperation, DivisionByZero])

_LINE: Final = keys(
    "id name sku global_unique_id product_id variation_id quantity subtotal subtotal_tax total total_tax",
    "tax_class taxes meta_data image",
)
_LINE_TEXTS: Final = (("name", "title"), ("sku", "sku"), ("tax_class", "tax_class"))
_LINE_MONEY: Final = ("subtotal", "subtotal_tax", "total", "total_tax")
_TAX: Final = keys("id rate_code rate_id label compound tax_total shipping_tax_total rate_percent meta_data")
_SHARE: Final = frozenset({"id", "total", "subtotal"})
_SHIPPING: Final = keys("id method_title method_id total total_tax taxes meta_data")
_FEE: Final = keys("id name amount total total_tax tax_class taxes meta_data")


def line_ref(raw: Json) -> Json:
    """`ref` of a line, if it has an id. Lines of every sort share one space of ids (order items)."""
    own = ident(raw, "id")
    return {} if own is None else {"ref": {"connector": VENDOR, "kind": "line_item", "id": own}}


def order_lines(raw: Json, currency: str | None, rates: Mapping[str, Json], back: Sequence[Json]) -> list[Json]:
    """The product lines, each with what was refunded of it."""
    returned = _returned(back)
    found = []
    for index, line in enumerate(objects(raw, "line_items")):
        try:
            found.append(_line(line, currency, rates, returned))
        except WrongValue as error:
            raise error.under("line_items", index) from None
    return found


def _returned(back: Sequence[Json]) -> dict[str, Decimal]:
    counted: dict[str, Decimal] = {}
    for refund in back:
        for line in refund.get("lines", ()):
            if line.get("kind", "product") == "product" and "line" in line and "quantity" in line:
                counted[line["line"]] = EXACT.add(counted.get(line["line"], Decimal(0)), Decimal(line["quantity"]))
    return counted


def _line(raw: Json, currency: str | None, rates: Mapping[str, Json], returned: Mapping[str, Decimal]) -> Json:
    doc: Json = line_ref(raw)
    rest = remaining(raw, _LINE)
    texts(raw, doc, _LINE_TEXTS)
    gtin = text(raw, "global_unique_id")
    if gtin is not None:
        doc["identifiers"] = [{"scheme": "gtin", "value": gtin, "valid": check_digit_holds(gtin)}]
    for key, name, kind in (("product_id", "product", "product"), ("variation_id", "variant", "variation")):
        id = ident(raw, key)
        if id is not None:
            doc[name] = {"connector": VENDOR, "kind": kind, "id": id}
    ordered = number_text(raw, "quantity")
    if ordered is not None:
        doc["quantity"] = _quantity(ordered, returned.get(doc["ref"]["id"]) if "ref" in doc else None)
    for key in _LINE_MONEY:
        value = amount(raw, key, currency)
        if value is not None:
            doc[key] = value
    _derive(doc, currency)
    cost = nested(raw, "cost_of_goods_sold")
    if cost is not None and cost.get("value") is not None:
        doc["cost"] = amount(cost, "value", currency)
    _variant_title(raw, doc)
    shares = tax_shares(raw, currency, rates)
    if shares:
        doc["tax_lines"] = shares
    _image(raw, doc, rest)
    if raw.get("meta_data"):
        doc["metafields"] = metafields(raw)
    keep(doc, rest)
    return doc


def _quantity(ordered: str, refunded: Decimal | None) -> Json:
    if not refunded:
        return {"original": ordered, "current": ordered}
    current = EXACT.subtract(Decimal(ordered), refunded)
    return {"original": ordered, "current": format(current, "f"), "refunded": format(refunded, "f")}


def _derive(doc: Json, currency: str | None) -> None:
    """Discount and unit price (left out where it is not exact). WooCommerce's own `price` is a binary float, never used."""
    if "subtotal" in doc and "total" in doc:
        off = less(doc["subtotal"]["amount"], doc["total"]["amount"])
        if off.strip("-0."):
            doc["discount"] = money(off, currency)
    if "total" in doc and "quantity" in doc:
        price = _unit(doc["total"]["amount"], doc["quantity"]["original"])
        if price is not None:
            doc["unit_price"] = money(price, currency)


@lru_cache(maxsize=8192)
def less(left: str, right: str) -> str:
    """The exact difference of two decimal texts."""
    return format(EXACT.subtract(Decimal(left), Decimal(right)), "f")


@lru_cache(maxsize=8192)
def _unit(total: str, quantity: str) -> str | None:
    if quantity == "1":
        return total
    try:
        return decimal_text(_DIVIDE.divide(Decimal(total), Decimal(quantity)))
    except (Inexact, InvalidOperation, DivisionByZero):
        return None


def _variant_title(raw: Json, doc: Json) -> None:
    """WooCommerce names a variation's line "<parent name> - <values>"."""
    parent, title = text(raw, "parent_name"), doc.get("title", "")
    if parent is not None and title.startswith(f"{parent} - "):
        doc["variant_title"] = title[len(parent) + 3 :]


def _image(raw: Json, doc: Json, rest: Json) -> None:
    image = nested(raw, "image")
    if not image:
        return
    try:
        src = text(image, "src")
    except WrongValue as error:
        raise error.under("image") from None
    if src is not None:
        doc["image_url"] = src
    kept = {key: value for key, value in image.items() if key != "src"}
    if kept:
        rest["image"] = kept


def tax_rates(raw: Json, currency: str | None) -> dict[str, Json]:
    """The order's taxes by rate id (by line id where there is none), in their order."""
    found = {}
    for index, tax in enumerate(objects(raw, "tax_lines")):
        try:
            doc = _tax(tax, currency)
        except WrongValue as error:
            raise error.under("tax_lines", index) from None
        key = doc.get("rate_id", "")
        found[key if key and key not in found else f"line {index}"] = doc
    return found


def _tax(raw: Json, currency: str | None) -> Json:
    own = ident(raw, "id")
    doc: Json = {} if own is None else {"id": own}
    rest = remaining(raw, _TAX)
    texts(raw, doc, (("label", "title"), ("rate_code", "code")))
    rate_id, compound = ident(raw, "rate_id"), flag(raw, "compound")
    if rate_id is not None:
        doc["rate_id"] = rate_id
    if compound is not None:
        doc["compound"] = compound
    percent = number_text(raw, "rate_percent")
    if percent is not None:
        doc["rate"] = format(Decimal(percent).scaleb(-2, EXACT), "f")
    amounts(raw, doc, currency, (("tax_total", "amount"), ("shipping_tax_total", "shipping")))
    if raw.get("meta_data"):
        doc["metafields"] = metafields(raw)
    keep(doc, rest)
    return doc


def tax_shares(raw: Json, currency: str | None, rates: Mapping[str, Json]) -> list[Json]:
    """The taxes of one line, with the name and the rate of the order's tax of the same rate id."""
    found = []
    for index, share in enumerate(objects(raw, "taxes")):
        try:
            doc: Json = {}
            rate_id = ident(share, "id")
            if rate_id is not None:
                doc["rate_id"] = rate_id
                rate = rates.get(rate_id, {})
                doc.update({name: rate[name] for name in ("title", "code", "rate") if name in rate})
            for key, name in (("total", "amount"), ("subtotal", "subtotal")):
                value = amount(share, key, currency)
                if value is not None:
                    doc[name] = value
        except WrongValue as error:
            raise error.under("taxes", index) from None
        keep(doc, {} if share.keys() <= _SHARE else remaining(share, _SHARE))
        found.append(doc)
    return found


def charges(raw: Json, currency: str | None, rates: Mapping[str, Json]) -> list[Json]:
    """Shipping and fees; a negative fee is how many shops write a discount, and stays a fee."""
    found = []
    for key, kind in (("shipping_lines", "shipping"), ("fee_lines", "fee")):
        for index, line in enumerate(objects(raw, key)):
            try:
                found.append(_charge(line, kind, currency, rates))
            except WrongValue as error:
                raise error.under(key, index) from None
    return found


def _charge(raw: Json, kind: str, currency: str | None, rates: Mapping[str, Json]) -> Json:
    doc: Json = {"kind": kind, **line_ref(raw)}
    shipping = kind == "shipping"
    rest = remaining(raw, _SHIPPING if shipping else _FEE)
    texts(raw, doc, _SHIPPING_TEXTS if shipping else _FEE_TEXTS)
    amounts(raw, doc, currency, _SHIPPING_MONEY if shipping else _FEE_MONEY)
    shares = tax_shares(raw, currency, rates)
    if shares:
        doc["tax_lines"] = shares
    if raw.get("meta_data"):
        doc["metafields"] = metafields(raw)
    keep(doc, rest)
    return doc


_SHIPPING_TEXTS: Final = (("method_title", "title"), ("method_id", "method_native"))
_FEE_TEXTS: Final = (("name", "title"), ("tax_class", "tax_class"))
_SHIPPING_MONEY: Final = (("total", "total"), ("total_tax", "total_tax"))
_FEE_MONEY: Final = (("amount", "subtotal"), ("total", "total"), ("total_tax", "total_tax"))
