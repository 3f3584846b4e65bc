"""Money: exact text, minor units where exact, sums that hold to the last digit."""

from __future__ import annotations

from decimal import Context, Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.money import EXPONENTS, Amount, Money, allocate, exponent, is_decimal, minor_units, money

WIDE = Context(prec=500)
relaxed = settings(deadline=None)
texts = st.from_regex(r"-?[0-9]{1,40}(\.[0-9]{1,30})?", fullmatch=True)
currencies = st.sampled_from(["EUR", "JPY", "KWD", "CLF", "XTS", *EXPONENTS])


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("14.5", "EUR", 1450),
        ("1.2345", "EUR", None),
        ("1.2300", "EUR", 123),
        ("0", "EUR", 0),
        ("1805.88", "JPY", None),
        ("1805.00", "JPY", 1805),
        ("1805", "JPY", 1805),
        ("1.234", "KWD", 1234),
        ("1.2345", "KWD", None),
        ("0.0001", "CLF", 1),
        ("-0.07", "EUR", -7),
        ("-16.67", "USD", -1667),
    ],
)
def test_minor_units_are_there_only_where_they_are_exact(amount: str, currency: str, minor: int | None) -> None:
    assert money(amount, currency).get("minor") == minor
    assert money(amount, currency)["amount"] == amount


def test_without_a_currency_there_are_no_minor_units() -> None:
    assert money("14.5", None) == {"amount": "14.5", "currency": None, "minor": None}


@relaxed
@example("100000000000000000000000000.001", "EUR")
@given(texts, currencies)
def test_minor_units_times_their_worth_is_the_amount(amount: str, currency: str) -> None:
    minor = minor_units(amount, currency)
    worth = Decimal(amount)
    if minor is None:
        assert WIDE.remainder(worth.scaleb(exponent(currency), WIDE), Decimal(1)) != 0
    else:
        assert Decimal(minor).scaleb(-exponent(currency), WIDE) == worth
    assert Money(**money(amount, currency)).decimal == worth


@pytest.mark.parametrize(
    "text", ["", ".5", "5.", "1e3", "1,5", " 1", "1 ", "+1", "--1", "NaN", "Infinity", "١", "1_000", "0x1", "1\n"]
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    assert not is_decimal(text)
    with pytest.raises(ValueError, match="exact decimal"):
        money(text, "EUR")
    with pytest.raises(ValidationError):
        Money(amount=text)


def test_a_minor_that_does_not_agree_is_refused() -> None:
    with pytest.raises(ValidationError, match="does not equal"):
        Money(amount="19.90", currency="EUR", minor=199)
    with pytest.raises(ValidationError, match="does not equal"):
        Amount(amount="1.234", currency="EUR", minor=123)


decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=8)
weights = st.lists(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**20, places=6), min_size=1, max_size=12
)


@relaxed
@given(decimals, weights, st.integers(0, 4))
def test_shares_sum_to_the_total_exactly(total: Decimal, shares: list[Decimal], digits: int) -> None:
    parts = allocate(total, shares, digits)
    found = Decimal(0)
    for part in parts:
        found = WIDE.add(found, part)
    assert found == total
    assert len(parts) == len(shares)


@relaxed
@given(st.integers(0, 10**12), weights)
def test_no_share_is_off_by_a_whole_unit(cents: int, shares: list[Decimal]) -> None:
    total = Decimal(cents).scaleb(-2)
    parts = allocate(total, shares, 2)
    whole = sum(shares, Decimal(0))
    if whole:
        for part, share in zip(parts, shares, strict=True):
            assert WIDE.abs(WIDE.subtract(part, WIDE.divide(WIDE.multiply(total, share), whole))) < Decimal("0.01")


@relaxed
@given(st.integers(0, 10**9), st.integers(1, 9))
def test_equal_weights_share_equally_and_the_first_get_the_rest(cents: int, count: int) -> None:
    parts = allocate(Decimal(cents).scaleb(-2), [Decimal(0)] * count, 2)
    assert max(parts) - min(parts) <= Decimal("0.01")
    assert parts == sorted(parts, reverse=True)


def test_nobody_to_share_with_gets_nothing() -> None:
    assert allocate(Decimal("1.00"), [], 2) == []
