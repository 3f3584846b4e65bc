"""Reading one WooCommerce object, where other vendors differ (`hub.mapping` says how): what PHP writes for ids and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import filterfalse
from typing import Any, Final

from hub import mapping
from hub.mapping import LONGEST, WrongValue, text, wrong
from hub.ports import Json
from schemas.money import is_decimal, money

VENDOR: Final = "woocommerce"
opened: Final = partial(mapping.opened, VENDOR)
skipped: Final = partial(mapping.skipped, VENDOR)


def own_id(raw: Mapping[str, Any]) -> str:
    """The object's own id as text."""
    value = raw.get("id")
    text = str(value) if type(value) is int else value
    if type(text) is str and text.isascii() and text.isdigit() and text.strip("0"):
        return text
    raise wrong("id", value, "a positive integer")


def ident(raw: Mapping[str, Any], key: str) -> str | None:
    """An id of something else as text; 0, "0", "" and null mean none. WooCommerce sends the same id as 12 and as "12"."""
    value = raw.get(key)
    if type(value) is int:
        return str(value) if value else None
    if type(value) is str:
        return value if value and value != "0" else None
    if value is None:
        return None
    raise wrong(key, value, "an id")


def label(raw: Mapping[str, Any], key: str) -> str | None:
    """A text that some plugins make a whole number: an order's number, a payment's id."""
    value = raw.get(key)
    return str(value) if type(value) is int else text(raw, key)


def objects(raw: Mapping[str, Any], key: str) -> Sequence[Json]:
    """A list of objects; PHP writes an empty one for null too."""
    value = raw.get(key)
    if type(value) is list:
        for index, item in enumerate(value):
            if type(item) is not dict:
                raise WrongValue(f"/{key}/{index}", item, "an object")
        return value
    if value is None or value == "":
        return ()
    raise wrong(key, value, "a list")


def nested(raw: Mapping[str, Any], key: str) -> Json | None:
    """An object; PHP writes an empty one as []."""
    value = raw.get(key)
    if type(value) is dict:
        return value
    if value is None or value == [] or value == "":
        return None
    raise wrong(key, value, "an object")


def number_text(raw: Mapping[str, Any], key: str) -> str | None:
    """A quantity as exact decimal text, from a JSON number or a numeric text."""
    value = raw.get(key)
    if value is None or value == "":
        return None
    found = decimal_text(value)
    if found is None:
        raise wrong(key, value, "a decimal number")
    return found


def decimal_text(value: Any) -> str | None:
    """The exact decimal text of a JSON number or numeric text, PHP's own too; None when it is neither."""
    found = mapping.decimal_text(value)
    return completed(value) if found is None and type(value) is str and len(value) <= LONGEST else found


def completed(value: str) -> str | None:
    """PHP also writes ".5" and "5.": the same number with its zero, else None."""
    sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value)
    whole, point, fraction = digits.partition(".")
    candidate = f"{sign}{whole or '0'}.{fraction or '0'}"
    return candidate if point and (whole or fraction) and is_decimal(candidate) else None


@lru_cache(maxsize=8192)
def _priced(value: str, currency: str | None) -> Json | None:
    found = decimal_text(value)
    return None if found is None else money(found, currency)


def amount(raw: Mapping[str, Any], key: str, currency: str | None) -> Json | None:
    """Money at a key, exact as received; "" is no price, "0" is free. Shared between documents: do not change it."""
    value = raw.get(key)
    if value is None or value == "":
        return None
    if type(value) is not str:  # numbers go by their text: 1 == True == Decimal("1.0") would share a cache entry
        value = decimal_text(value)
    found = _priced(value, currency) if value is not None else None
    if found is None:
        raise wrong(key, raw[key], "a decimal amount")
    return found


def amounts(raw: Mapping[str, Any], doc: Json, currency: str | None, table: Iterable[tuple[str, str]]) -> None:
    """Carry several amounts over under their canonical names."""
    for key, name in table:
        value = amount(raw, key, currency)
        if value is not None:
            doc[name] = value


#: The dates that every object has.
STAMPS: Final = (("date_created_gmt", "created_at"), ("date_modified_gmt", "modified_at"))
#: What MySQL and WordPress write for "no date".
ZERO_DATES: Final = ("0000-00-00", "-0001-11-30")


def moment(raw: Mapping[str, Any], key: str, rest: Json) -> str | None:
    """A `*_gmt` date: naive in the vendor's form, UTC by definition, so Z is added. A zero date stays in `rest`."""
    value = raw.get(key)
    if value is None or value == "":
        return None
    if type(value) is str:
        naive = value[:-1] if value.endswith("Z") else value
        try:
            seconds, tail = naive[:19], naive[19:]
            if datetime.fromisoformat(seconds) and seconds[7] + seconds[10] + seconds[16] == "-T:" and _fraction(tail):
                return f"{naive}Z"
        except (ValueError, IndexError):
            if value.startswith(ZERO_DATES):
                rest[key] = value
                return None
    raise wrong(key, value, "a date like 2026-11-22T07:07:21")


def moments(raw: Mapping[str, Any], doc: Json, rest: Json, table: Iterable[tuple[str, str]] = STAMPS) -> None:
    """Carry several dates over under their canonical names."""
    for key, name in table:
        date = moment(raw, key, rest)
        if date is not None:
            doc[name] = date


def _fraction(tail: str) -> bool:
    return not tail or (tail[0] == "." and tail[1:].isdecimal() and tail.isascii() and len(tail) <= 10)


def remaining(raw: Mapping[str, Any], known: frozenset[str]) -> Json:
    """What no canonical field takes, verbatim."""
    return {key: raw[key] for key in filterfalse(known.__contains__, raw)}


def keep(doc: Json, rest: Json) -> None:
    """Put the rest of an object under its canonical form's ext."""
    if rest:
        doc["ext"] = {VENDOR: rest}
