"""Reading single fields of a vendor object, where vendors do not differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from hub.mapping.wrong import wrong
from hub.ports import Json
from schemas.money import is_decimal

#: Digits and signs of one number; sums of many such still fit the canonical form.
LONGEST: Final = 64


def text(raw: Mapping[str, Any], key: str) -> str | None:
    """A text, None when it is empty or not there."""
    value = raw.get(key)
    if type(value) is str:
        return value or None
    if value is None:
        return None
    raise wrong(key, value, "a text")


def texts(raw: Mapping[str, Any], doc: Json, table: Iterable[tuple[str, str]]) -> None:
    """Carry several texts over under their canonical names."""
    for key, name in table:
        value = raw.get(key)
        if type(value) is str:
            if value:
                doc[name] = value
        elif value is not None:
            raise wrong(key, value, "a text")


def flag(raw: Mapping[str, Any], key: str) -> bool | None:
    """True or false, None when it is not there."""
    value = raw.get(key)
    if value is True or value is False or value is None:
        return value
    raise wrong(key, value, "true or false")


def decimal_text(value: Any) -> str | None:
    """The exact decimal text of a JSON number or numeric text, None when it is neither."""
    if type(value) is str:
        return value if len(value) <= LONGEST and is_decimal(value) else None
    if type(value) is int:
        return str(value) if -(10**60) < value < 10**60 else None
    if type(value) is Decimal and -60 < value.adjusted() < 60:
        found = format(value, "f")
        return found if is_decimal(found) else None
    return None


def instant(doc: Mapping[str, Any], name: str) -> datetime | None:
    """A canonical date of a document as an aware datetime."""
    value = doc.get(name)
    return datetime.fromisoformat(value) if value else None
