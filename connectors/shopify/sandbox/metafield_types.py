"""Which texts are values of which metafield type, as the shop checks them (shopify.dev, Metafields: list of data types)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

LONGEST: Final = {"json": 128 << 10, "url": 2048, "id": 2048}
USUAL: Final = 64 << 10
MOST_IN_LIST: Final = 128
MEASURES: Final = ("dimension", "volume", "weight")
REFERENCES: Final = {
    "product_reference": "Product", "variant_reference": "ProductVariant", "collection_reference": "Collection",
    "file_reference": "", "page_reference": "Page", "metaobject_reference": "Metaobject", "customer_reference": "Customer",
}  # fmt: skip


def _integer(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,16}", text)) and abs(int(text)) <= 9_007_199_254_740_991


def _decimal(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and "e" not in text.lower()
    except InvalidOperation:
        return False


def _json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _object(*names: str) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            value = json.loads(text)
        except ValueError:
            return False
        return isinstance(value, dict) and set(names) <= set(value)

    return check


def _moment(read: Callable[[str], Any]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return check


CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "single_line_text_field": lambda text: bool(text) and "\n" not in text,
    "multi_line_text_field": bool,
    "rich_text_field": _object("type", "children"),
    "number_integer": _integer,
    "number_decimal": _decimal,
    "boolean": lambda text: text in ("true", "false"),
    "date": _moment(date.fromisoformat),
    "date_time": _moment(datetime.fromisoformat),
    "json": _json,
    "color": lambda text: bool(re.fullmatch(r"#[0-9A-Fa-f]{6}", text)),
    "url": lambda text: bool(re.match(r"(https?|mailto|sms|tel):", text)),
    "link": _object("text", "url"),
    "money": _object("amount", "currency_code"),
    "rating": _object("value", "scale_min", "scale_max"),
    "id": bool,
    **{name: _object("value", "unit") for name in MEASURES},
    **{name: lambda text, kind=kind: text.startswith(f"gid://shopify/{kind}") for name, kind in REFERENCES.items()},  # type: ignore[misc]
}


def known(type: str) -> bool:
    """Whether there is such a type."""
    return type.removeprefix("list.") in CHECKS


def fits(type: str, text: str) -> str | None:
    """What is wrong with a value, in the shop's words; None when nothing is."""
    if len(text.encode()) > LONGEST.get(type, USUAL):
        return "TOO_LONG"
    if type.startswith("list."):
        try:
            values = json.loads(text)
        except ValueError:
            return "INVALID_VALUE"
        if not isinstance(values, list) or len(values) > MOST_IN_LIST:
            return "INVALID_VALUE"
        check = CHECKS[type[5:]]
        fine = all(check(one if isinstance(one, str) else json.dumps(one)) for one in values)
        return None if fine else "INVALID_VALUE"
    return None if CHECKS[type](text) else "INVALID_VALUE"
