"""Numbers, money and dates of a vendor object, exact as received; dates in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from connectors.shopify.mapping.reading import nested
from hub.mapping import WrongValue, decimal_text, wrong
from hub.ports import Json
from schemas.money import money


def number_text(raw: Mapping[str, Any], key: str) -> str | None:
    """A quantity as exact decimal text, from a JSON number or a numeric text."""
    value = raw.get(key)
    if value is None or value == "":
        return None
    found = decimal_text(value)
    if found is None:
        raise wrong(key, value, "a decimal number")
    return found


def currency_in(raw: Mapping[str, Any], key: str) -> str | None:
    """An ISO 4217 code."""
    code = raw.get(key)
    if code is None or (type(code) is str and len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        return code
    raise wrong(key, code, "a currency code like EUR")


def priced(raw: Mapping[str, Any], key: str) -> Json | None:
    """Money at a key that names its own currency: {"amount": "19.90", "currencyCode": "EUR"}. Do not change it."""
    value = nested(raw, key)
    if value is None:
        return None
    try:
        amount, currency = number_text(value, "amount"), currency_in(value, "currencyCode")
    except WrongValue as error:
        raise error.under(key) from None
    if amount is None:
        raise wrong(key, value, 'money like {"amount": "19.90", "currencyCode": "EUR"}')
    return money(amount, currency)


@lru_cache(maxsize=16384)
def utc(value: str) -> str | None:
    """A date of the vendor's in UTC with the precision received, None when it is no date with an offset.

    >>> utc("2021-12-31T19:00:00-05:00"), utc("2026-11-20T10:11:11Z"), utc("2026-11-20")
    ('2022-01-01T00:00:00Z', '2026-11-20T10:11:11Z', None)
    """
    found = _DATE.match(value)
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(f"{found[1]}{'+00:00' if found[3] == 'Z' else found[3]}")
        return f"{at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S').rjust(19, '0')}{found[2] or ''}Z"
    except (ValueError, OverflowError):
        return None


_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})\Z")


def moment(raw: Mapping[str, Any], key: str) -> str | None:
    """A date in UTC; null and "" are none."""
    value = raw.get(key)
    if value is None or value == "":
        return None
    found = utc(value) if type(value) is str else None
    if found is None:
        raise wrong(key, value, "a date like 2026-11-22T07:07:21Z")
    return found


def moments(raw: Mapping[str, Any], doc: Json, table: Iterable[tuple[str, str]]) -> None:
    """Carry several dates over under their canonical names."""
    for key, name in table:
        if raw.get(key) is not None:
            found = moment(raw, key)
            if found is not None:
                doc[name] = found
