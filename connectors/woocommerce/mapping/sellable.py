"""What can be put into a cart: SKU, identifiers, prices, stock, measures and tax of a simple product or a variation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from connectors.woocommerce.mapping.reading import amount, decimal_text, moment, nested, number_text, remaining
from connectors.woocommerce.mapping.words import BACKORDERS, PRICES, STOCK_STATUS, keys
from hub.mapping import WrongValue, text, wrong
from hub.ports import Json, ShopSettings
from schemas.money import money

#: The keys read here; on a variable parent they stay in ext, for its variations answer for them.
KEYS: Final = keys(
    "sku global_unique_id price regular_price sale_price date_on_sale_from_gmt date_on_sale_to_gmt manage_stock",
    "stock_quantity stock_status backorders low_stock_amount weight dimensions tax_status tax_class",
)
_SIDES: Final = ("length", "width", "height")
_SIDE_KEYS: Final = frozenset(_SIDES)


def sell(raw: Mapping[str, Any], variant: Json, rest: Json, settings: ShopSettings) -> None:
    """Fill a variant from the keys that products and variations share. What does not fit goes to `rest` verbatim."""
    gtin = text(raw, "global_unique_id")
    if gtin is not None:
        variant["identifiers"] = [{"scheme": "gtin", "value": gtin, "valid": check_digit_holds(gtin)}]
    found = prices(raw, rest, settings)
    if found:
        variant["prices"] = found
    stock = inventory(raw)
    if stock:
        variant["inventory"] = stock
    measure(raw, variant, rest, settings)
    taxed = _tax(text(raw, "tax_status"), text(raw, "tax_class"))
    if taxed:
        variant["tax"] = taxed


def check_digit_holds(gtin: str) -> bool:
    """Whether the text is a GTIN-8, -12, -13 or -14 with a correct check digit (GS1).

    >>> check_digit_holds("3760000000017"), check_digit_holds("4006381333931"), check_digit_holds("4006381333932")
    (True, True, False)
    """
    if len(gtin) not in (8, 12, 13, 14) or not (gtin.isascii() and gtin.isdigit()):
        return False
    digits = [ord(digit) - 48 for digit in reversed(gtin)]
    return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


def prices(raw: Mapping[str, Any], rest: Json, settings: ShopSettings) -> list[Json]:
    """Prices as entered in the shop: "" is no price, "0" is free. Sale dates belong to the sale price."""
    currency, taxed = settings.currency, settings.prices_include_tax
    found = []
    for key, kind in PRICES:
        price = amount(raw, key, currency)
        if price is not None:
            found.append(_price(kind, price["amount"], currency, taxed))
    _sale_dates(raw, found, rest)
    cost = _cost(raw, currency)
    if cost:
        found.append(cost)
    return found


@lru_cache(maxsize=8192)
def _price(kind: str, value: str, currency: str | None, taxed: bool | None) -> Json:
    price: Json = {"kind": kind, "money": money(value, currency)}
    if taxed is not None:
        price["tax_included"] = taxed
    return price


def _sale_dates(raw: Mapping[str, Any], found: list[Json], rest: Json) -> None:
    for key, name in (("date_on_sale_from_gmt", "valid_from"), ("date_on_sale_to_gmt", "valid_to")):
        date = moment(raw, key, rest)
        if date is None:
            continue
        if found and found[-1]["kind"] == "sale":
            found[-1] = {**found[-1], name: date}
        else:  # dates without a sale price hold for nothing
            rest[key] = raw[key]


def _cost(raw: Mapping[str, Any], currency: str | None) -> Json | None:
    """Cost of goods: 0 with no value defined means that the shop never said. The whole object stays in ext: it is writable."""
    goods = nested(raw, "cost_of_goods_sold")
    if goods is None:
        return None
    total = goods.get("total_value")
    if total is None or (type(total) is int and total == 0 and not _defined(goods)):
        return None
    try:
        money = amount(goods, "total_value", currency)
    except WrongValue as error:
        raise error.under("cost_of_goods_sold") from None
    return None if money is None else {"kind": "cost", "money": money}


def _defined(goods: Json) -> bool:
    values = goods.get("values")
    return type(values) is list and any(type(value) is dict and value.get("defined_value") is not None for value in values)


def inventory(raw: Mapping[str, Any]) -> Json:
    """Stock. A variation says "parent" where its parent's stock is its own; `tracked` is then left out."""
    managed, status, backorders = raw.get("manage_stock"), text(raw, "stock_status"), text(raw, "backorders")
    if not (managed is None or managed is True or managed is False or type(managed) is str):
        raise wrong("manage_stock", managed, 'true, false or "parent"')
    shared = _stock(str(managed), type(managed) is bool, status, backorders)
    quantity, low = number_text(raw, "stock_quantity"), number_text(raw, "low_stock_amount")
    if quantity is None and low is None:
        return shared
    doc = dict(shared)
    if quantity is not None:
        doc["levels"] = [{"name": "available", "quantity": quantity}]
    if low is not None:
        doc["low_stock_at"] = low
    return doc


@lru_cache(maxsize=1024)
def _stock(managed: str, known: bool, status: str | None, backorders: str | None) -> Json:
    doc: Json = {}
    if known:
        doc["tracked"] = managed == "True"
    elif managed not in ("None", ""):
        doc["tracked_native"] = managed
    if backorders is not None:
        policy = BACKORDERS.get(backorders)
        doc.update({"policy": policy} if policy else {"policy_native": backorders})
    if status is not None:
        if status in STOCK_STATUS:
            doc["availability"] = STOCK_STATUS[status]
        doc["availability_native"] = status
    return doc


def measure(raw: Mapping[str, Any], variant: Json, rest: Json, settings: ShopSettings) -> None:
    """Weight and dimensions in the shop's units; a text that is no number ("approx. 2") stays in `rest`."""
    weight = _quantity(raw.get("weight"), settings.weight_unit)
    if weight:
        variant["weight"] = weight
    elif raw.get("weight") not in (None, ""):
        rest["weight"] = text(raw, "weight")
    box = nested(raw, "dimensions")
    if not box:
        return
    kept = {} if box.keys() <= _SIDE_KEYS else remaining(box, _SIDE_KEYS)
    sides = {}
    for side in _SIDES:
        value = box.get(side)
        if value is None or value == "":
            continue
        found = _quantity(value, settings.dimension_unit)
        if found:
            sides[side] = found
        elif type(value) is str:
            kept[side] = value
        else:
            raise wrong(side, value, "a decimal number").under("dimensions")
    if sides:
        variant["dimensions"] = sides
    if kept:
        rest["dimensions"] = kept


def _quantity(value: Any, unit: str | None) -> Json | None:
    if value is None or value == "":
        return None
    exact = decimal_text(value)
    if exact is None:
        return None
    return {"value": exact, "unit": unit}


@lru_cache(maxsize=1024)
def _tax(status: str | None, tax_class: str | None) -> Json:
    doc: Json = {}
    if status is not None:
        doc["taxable"] = status == "taxable"
        doc["status_native"] = status
    if tax_class is not None:
        doc["tax_class"] = tax_class
    return doc
