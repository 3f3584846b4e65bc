"""A ProductVariant with its inventory item → canonical variant. Shapes: documents/products.graphql."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from connectors.shopify.mapping.inventory import inventory
from connectors.shopify.mapping.metafields import metafields
from connectors.shopify.mapping.options import selected
from connectors.shopify.mapping.reading import VENDOR, begun, nested, remaining, whole
from connectors.shopify.mapping.values import moments, priced
from connectors.shopify.mapping.words import SAVED, VARIANT_TEXTS, WEIGHT_UNIT, keys
from hub.mapping import WrongValue, decimal_text, flag, text, texts, wrong
from hub.ports import Json, ShopSettings
from schemas.money import money

_KNOWN: Final = keys(
    "id legacyResourceId title sku barcode price compareAtPrice position createdAt updatedAt inventoryQuantity inventoryPolicy",
    "availableForSale taxable selectedOptions inventoryItem metafields",
)
_ITEM: Final = keys("legacyResourceId tracked requiresShipping unitCost measurement inventoryLevels")
_WEIGHT: Final = keys("value unit")
_PRICES: Final = (("price", "current"), ("compareAtPrice", "compare_at"))
_TAXED: Final = {True: {"taxable": True}, False: {"taxable": False}}


def variant_doc(raw: Json, settings: ShopSettings, *, default: bool = False) -> Json:
    """A decoded variant; `default`: the one of a product without options. Raises WrongValue."""
    ref, rest = begun(raw, "ProductVariant", _KNOWN)
    doc: Json = {"ref": ref}
    texts(raw, doc, VARIANT_TEXTS)
    position = whole(raw, "position")
    if position is not None:
        doc["position"] = position
    _choice(raw, doc, rest, default)
    barcode = text(raw, "barcode")
    if barcode is not None:
        doc["identifiers"] = [identifier(barcode)]
    item = nested(raw, "inventoryItem") or {}
    kept = remaining(item, _ITEM)
    found = _prices(raw, item, settings)
    if found:
        doc["prices"] = found
    stock = inventory(raw, item, kept)
    if stock:
        doc["inventory"] = stock
    if item:
        _item(item, doc, kept)
    taxable = flag(raw, "taxable")
    if taxable is not None:
        doc["tax"] = _TAXED[taxable]
    moments(raw, doc, SAVED)
    if raw.get("metafields") is not None:
        fields = metafields(raw, rest)
        if fields:
            doc["metafields"] = fields
    if kept:
        rest["inventoryItem"] = kept
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def _choice(raw: Json, doc: Json, rest: Json, default: bool) -> None:
    """The chosen options; the default variant's "Title: Default Title" is no choice and stays native."""
    chosen = selected(raw)
    if not default:
        if chosen:
            doc["options"] = chosen
        return
    doc["default"] = True
    if chosen:
        rest["selectedOptions"] = raw["selectedOptions"]
    if "title" in doc:
        rest["title"] = doc.pop("title")


def _prices(raw: Json, item: Json, settings: ShopSettings) -> list[Json]:
    found = []
    for key, kind in _PRICES:
        value = raw.get(key)
        if value is None or value == "":
            continue
        if type(value) is not str:
            value = decimal_text(value)
        price = _price(kind, value, settings.currency, settings.prices_include_tax) if value is not None else None
        if price is None:
            raise wrong(key, raw[key], "a decimal amount")
        found.append(price)
    try:
        cost = priced(item, "unitCost")
    except WrongValue as error:
        raise error.under("inventoryItem") from None
    if cost is not None:
        found.append({"kind": "cost", "money": cost})
    return found


@lru_cache(maxsize=16384)
def _price(kind: str, value: str, currency: str | None, taxed: bool | None) -> Json | None:
    amount = decimal_text(value)
    if amount is None:
        return None
    price: Json = {"kind": kind, "money": money(amount, currency)}
    if taxed is not None:
        price["tax_included"] = taxed
    return price


def _item(item: Json, doc: Json, kept: Json) -> None:
    """What the inventory item says of the goods; its id stays in ext, for whoever writes stock needs it."""
    try:
        legacy = item.get("legacyResourceId")
        if legacy is not None and not _ends(item.get("id"), legacy):
            kept["legacyResourceId"] = legacy
        shipped = flag(item, "requiresShipping")
        if shipped is not None:
            doc["requires_shipping"] = shipped
        cost = item.get("unitCost")
        if cost is not None and len(cost) > 2:
            more = remaining(cost, _COST)
            if more:
                kept["unitCost"] = more
        measure(item, doc, kept)
    except WrongValue as error:
        raise error.under("inventoryItem") from None


_COST: Final = keys("amount currencyCode")


def _ends(gid: Any, legacy: Any) -> bool:
    return type(gid) is str and type(legacy) in (str, int) and gid.endswith(f"/{legacy}")


def measure(item: Json, doc: Json, kept: Json) -> None:
    """The weight of an inventory item; what else its measurement says goes to `kept`."""
    measurement = nested(item, "measurement")
    if measurement is None:
        return
    more = remaining(measurement, _WEIGHED)
    try:
        weight = nested(measurement, "weight")
        if weight is not None:
            value = weight.get("value")
            try:
                unit = text(weight, "unit")
            except WrongValue as error:
                raise error.under("weight") from None
            exact = decimal_text(value)
            if exact is not None:
                doc["weight"] = {"value": exact, "unit": WEIGHT_UNIT.get(unit, unit) if unit else None}
            elif value is not None:
                raise wrong("value", value, "a decimal number").under("weight")
            rest = remaining(weight, _WEIGHT)
            if exact is None and unit is not None:
                rest["unit"] = unit
            if rest:
                more["weight"] = rest
    except WrongValue as error:
        raise error.under("measurement") from None
    if more:
        kept["measurement"] = more


_WEIGHED: Final = frozenset({"weight"})


@lru_cache(maxsize=8192)
def identifier(code: str) -> Json:
    """A barcode: a GTIN when it has the length of one and nothing but digits, else a code of the shop's own.

    >>> identifier("4006381333931")["valid"], identifier("4006381333932")["valid"], identifier("RING-1")["scheme"]
    (True, False, 'barcode')
    """
    if len(code) not in (8, 12, 13, 14) or not (code.isascii() and code.isdigit()):
        return {"scheme": "barcode", "value": code}
    digits = [ord(digit) - 48 for digit in reversed(code)]
    return {"scheme": "gtin", "value": code, "valid": (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0}
