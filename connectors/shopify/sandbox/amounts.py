"""Money of the seeded shop: whole minor units in the shop's currency and in the buyer's, added side by side.

Both columns are computed from their own parts, so that sums are exact in either currency; only unit prices and rates are
converted. Shopify writes the amounts of MoneyV2 with at least one decimal ("64.0"), prices of variants with the currency's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from connectors.shopify.sandbox.shop import places
from connectors.shopify.sandbox.state import Json

#: What one euro is worth.
RATES = {"EUR": "1", "USD": "1.0843", "GBP": "0.8412", "JPY": "163.27", "KWD": "0.3327", "KRW": "1590.5", "BHD": "0.4087"}


class Amount(NamedTuple):
    """Minor units: the shop's, and those that the buyer saw."""

    shop: int = 0
    shown: int = 0

    def __add__(self, other: object) -> Amount:
        assert isinstance(other, Amount)  # noqa: S101  # for the type checker
        return Amount(self.shop + other.shop, self.shown + other.shown)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.shop - other.shop, self.shown - other.shown)

    def times(self, count: int) -> Amount:
        return Amount(self.shop * count, self.shown * count)

    def share(self, part: int, whole: int) -> Amount:
        """part/whole of it, each column rounded by itself."""
        return Amount(_rounded(self.shop * part, whole), _rounded(self.shown * part, whole))


NOTHING = Amount()


def total(amounts: list[Amount]) -> Amount:
    """The sum; nothing for no amounts."""
    return Amount(sum(one.shop for one in amounts), sum(one.shown for one in amounts))


def _rounded(number: int, by: int) -> int:
    return (2 * number + by) // (2 * by)


@dataclass(frozen=True, slots=True)
class Till:
    """The two currencies of an order."""

    currency: str
    shown: str

    def price(self, euros: int) -> Amount:
        """A price that was thought of in cents of a euro."""
        return Amount(converted(euros, self.currency), converted(euros, self.shown))

    def of(self, minor: int) -> Amount:
        """A price in the shop's minor units, as the buyer sees it."""
        if self.shown == self.currency:
            return Amount(minor, minor)
        euros = Decimal(minor).scaleb(2 - places(self.currency)) / Decimal(RATES.get(self.currency, "1"))
        return Amount(minor, converted(euros, self.shown))

    def bag(self, amount: Amount) -> Json:
        """A MoneyBag."""
        return {"shopMoney": money(amount.shop, self.currency), "presentmentMoney": money(amount.shown, self.shown)}


def converted(euros: int | Decimal, currency: str) -> int:
    """Cents of a euro in the minor units of a currency."""
    value = Decimal(euros) * Decimal(RATES.get(currency, "1"))
    return int(value.scaleb(places(currency) - 2).quantize(Decimal(1), ROUND_HALF_UP))


def money(minor: int, currency: str) -> Json:
    """A MoneyV2.

    >>> money(6400, "EUR")["amount"], money(1290, "JPY")["amount"], money(12345, "KWD")["amount"]
    ('64.0', '1290.0', '12.345')
    """
    text = format(Decimal(minor).scaleb(-places(currency)), "f")
    whole, _, rest = text.partition(".")
    return {"__typename": "MoneyV2", "amount": f"{whole}.{rest.rstrip('0') or '0'}", "currencyCode": currency}


def price(minor: int, currency: str) -> str:
    """A price as variants have it, with the currency's own decimals."""
    return format(Decimal(minor).scaleb(-places(currency)), "f")


def minor_of(text: str, currency: str) -> int:
    """The other way."""
    return int(Decimal(text).scaleb(places(currency)))
