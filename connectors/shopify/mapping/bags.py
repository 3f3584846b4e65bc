"""Money bags: the shop's money, and what the customer saw, with exact sums of both.

A bag in the canonical form is an Amount: the shop's money, with `presentment` beside it where the customer saw another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, Final

from connectors.shopify.mapping.reading import nested, remaining
from connectors.shopify.mapping.values import currency_in
from hub.mapping import WrongValue, decimal_text, wrong
from hub.ports import Json
from schemas.money import money

EXACT: Final = Context(prec=200)
_BAG: Final = frozenset({"shopMoney", "presentmentMoney"})
_MONEY: Final = frozenset({"amount", "currencyCode"})
_EXPECTED: Final = 'a money bag like {"shopMoney": {"amount": "19.90", "currencyCode": "EUR"}}'


def bag(raw: Mapping[str, Any], key: str, rest: Json) -> Json | None:
    """The amount under a key; what a bag says beside its two moneys goes to `rest`. Shared: do not change it."""
    value = raw.get(key)
    if value is None:
        return None
    if type(value) is not dict:
        raise wrong(key, value, _EXPECTED)
    shop, shown = value.get("shopMoney"), value.get("presentmentMoney")
    if type(shop) is dict and type(shown) is dict and len(value) == 2 and len(shop) == 2 and len(shown) == 2:
        one, code, other, other_code = (
            shop.get("amount"),
            shop.get("currencyCode"),
            shown.get("amount"),
            shown.get("currencyCode"),
        )
        if type(one) is str and type(code) is str and type(other) is str and type(other_code) is str:
            found = _both(one, code, other, other_code)
            if found is not None:
                return found
    return _slowly(key, value, rest)


@lru_cache(maxsize=16384)
def _both(shop: str, currency: str, shown: str, shown_currency: str) -> Json | None:
    """None for what needs a closer look."""
    for amount, code in ((shop, currency), (shown, shown_currency)):
        if decimal_text(amount) is None or not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
            return None
    if shop == shown and currency == shown_currency:
        return money(shop, currency)
    return {**money(shop, currency), "presentment": money(shown, shown_currency)}


def _slowly(key: str, value: Json, rest: Json) -> Json:
    try:
        shop, shown = _money(value, "shopMoney"), _money(value, "presentmentMoney")
        if shop is None:
            raise wrong("shopMoney", value.get("shopMoney"), 'money like {"amount": "19.90", "currencyCode": "EUR"}')
    except WrongValue as error:
        raise error.under(key) from None
    more = remaining(value, _BAG)
    for name in _BAG:
        inner = remaining(value.get(name) or {}, _MONEY)
        if inner:
            more[name] = inner
    if more:
        rest[key] = more
    return shop if shown is None or shown == shop else {**shop, "presentment": shown}


def _money(value: Json, name: str) -> Json | None:
    inner = nested(value, name)
    if inner is None:
        return None
    try:
        amount, currency = decimal_text(inner.get("amount")), currency_in(inner, "currencyCode")
        if amount is None:
            raise wrong("amount", inner.get("amount"), "a decimal amount")
    except WrongValue as error:
        raise error.under(name) from None
    return money(amount, currency)


def bags(raw: Mapping[str, Any], doc: Json, table: Iterable[tuple[str, str]], rest: Json) -> None:
    """Carry several bags over under their canonical names."""
    for key, name in table:
        if raw.get(key) is not None:
            found = bag(raw, key, rest)
            if found is not None:
                doc[name] = found


def added(amounts: Iterable[Json]) -> Json | None:
    """The exact sum of amounts, None of none. Presentment is summed where any has one; currencies are the first's."""
    parts = list(amounts)
    if len(parts) < 2:
        return parts[0] if parts else None
    return _combined(parts, [False] * len(parts))


def less(left: Json, right: Json) -> Json:
    """The exact difference of two amounts, in both currencies."""
    return _combined([left, right], [False, True])


def negated(amount: Json) -> Json:
    """The other sign; zero has none."""
    found = money(_other_sign(amount["amount"]), amount["currency"])
    shown = amount.get("presentment")
    return {**found, "presentment": money(_other_sign(shown["amount"]), shown["currency"])} if shown else found


def _other_sign(value: str) -> str:
    return value[1:] if value.startswith("-") else f"-{value}" if value.strip("0.") else value


def _combined(parts: list[Json], minus: list[bool]) -> Json:
    found = money(_sum([part["amount"] for part in parts], minus), parts[0]["currency"])
    if not any("presentment" in part for part in parts):
        return found
    shown = [part.get("presentment", part) for part in parts]
    total = money(_sum([part["amount"] for part in shown], minus), shown[0]["currency"])
    return found if total == found else {**found, "presentment": total}


def _sum(values: list[str], minus: list[bool]) -> str:
    total = Decimal(0)
    for value, negative in zip(values, minus, strict=True):
        total = EXACT.subtract(total, Decimal(value)) if negative else EXACT.add(total, Decimal(value))
    return format(total, "f")


def is_zero(amount: Json | None) -> bool:
    """Whether an amount is nothing, in both currencies."""
    if amount is None:
        return True
    return not amount["amount"].strip("-0.") and not amount.get("presentment", amount)["amount"].strip("-0.")


def same(left: Json | None, right: Json | None) -> bool:
    """Whether two amounts are worth the same, whatever their digits ("5.0" and "5.00")."""
    if left is None or right is None:
        return left is right
    return all(
        Decimal(one["amount"]) == Decimal(other["amount"]) and one["currency"] == other["currency"]
        for one, other in ((left, right), (left.get("presentment", left), right.get("presentment", right)))
    )
