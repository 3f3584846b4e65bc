"""Money: exact decimal text as received, its currency, and minor units where they are exact. No float anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from functools import lru_cache
from typing import Any, Final, Self

from pydantic import model_validator

from schemas.base import Canonical, CurrencyCode, DecimalText

#: ISO 4217 currencies whose minor unit is not 2 digits (list one, 2026). Everything else has 2.
EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_WIDE: Final = Context(prec=500)
_DECIMAL: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z")


def exponent(currency: str) -> int:
    """Digits of the minor unit of an ISO 4217 currency."""
    return EXPONENTS.get(currency, 2)


def is_decimal(text: str) -> bool:
    """Whether a text is an exact decimal as the canonical form takes it."""
    return len(text) <= 160 and _DECIMAL.match(text) is not None


@lru_cache(maxsize=8192)
def minor_units(amount: str, currency: str | None) -> int | None:
    """The amount as an integer of minor units, or None when the currency is unknown or the amount has finer digits.

    >>> minor_units("19.9", "EUR"), minor_units("19.999", "EUR"), minor_units("1805.00", "JPY"), minor_units("1.234", "KWD")
    (1990, None, 1805, 1234)
    """
    if currency is None:
        return None
    whole, _, fraction = amount.partition(".")
    digits = exponent(currency)
    kept, rest = fraction[:digits], fraction[digits:]
    if rest.strip("0"):
        return None
    return int(whole + kept.ljust(digits, "0"))


@lru_cache(maxsize=8192)
def money(amount: str, currency: str | None) -> dict[str, Any]:
    """The JSON-ready form of an amount, as mappings write it. Raises ValueError when the text is no exact decimal.

    All three keys are always there: an unknown currency and a minor amount that would not be exact are null.
    Equal amounts share one dict: it goes into documents, which nobody changes.
    """
    if not is_decimal(amount):
        raise ValueError(f"{amount!r} is not an exact decimal amount")
    return {"amount": amount, "currency": currency, "minor": minor_units(amount, currency)}


class Money(Canonical):
    """An exact amount. `amount` is the decimal text as received; `minor` an integer of minor units, only where that is exact.

    `currency` is None when the shop's currency is not known (a mapping without settings).
    """

    amount: DecimalText
    currency: CurrencyCode | None = None
    minor: int | None = None

    @model_validator(mode="after")
    def _minor_agrees(self) -> Self:
        if self.minor is not None and self.minor != minor_units(self.amount, self.currency):
            raise ValueError(f"minor {self.minor} does not equal {self.amount} {self.currency}")
        return self

    @property
    def decimal(self) -> Decimal:
        """The amount as an exact Decimal."""
        return Decimal(self.amount)


class Amount(Money):
    """Money of the shop, and what the customer was shown and paid when that was another currency."""

    presentment: Money | None = None


def allocate(total: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Share `total` by weights so that the parts sum to it exactly (largest remainder at 10**-digits, ties to the first).

    Finer digits of `total` than 10**-digits stay on the largest part. All weights zero: equal weights. Weights are not negative.

    >>> [str(part) for part in allocate(Decimal("10.00"), [Decimal(1)] * 3, 2)]
    ['3.34', '3.33', '3.33']
    """
    if not weights:
        return []
    if not any(weights):
        weights = [Decimal(1)] * len(weights)
    with localcontext(_WIDE):
        return _allocated(total, weights, Decimal(1).scaleb(-digits))


def _allocated(total: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    sign = -1 if total < 0 else 1
    goal, whole = abs(total), sum(weights, Decimal(0))
    exact = [goal * weight / whole for weight in weights]
    parts = [share.quantize(unit, rounding=ROUND_FLOOR) for share in exact]
    left = goal - sum(parts, Decimal(0))
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: int(left / unit)]:
        parts[i] += unit
    largest = max(range(len(parts)), key=lambda i: (exact[i], -i))
    parts[largest] += goal - sum(parts, Decimal(0))
    return [part * sign for part in parts]
