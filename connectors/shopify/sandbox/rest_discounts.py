"""Discounts of an order in the REST shape: its applications in order, and what each code took off."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from connectors.shopify.sandbox.rest_shapes import amount, objects, word
from connectors.shopify.sandbox.state import Json, State

_TYPES = {
    "DiscountCodeApplication": "discount_code",
    "AutomaticDiscountApplication": "automatic",
    "ManualDiscountApplication": "manual",
    "ScriptDiscountApplication": "script",
}


def applications(state: State, order: Json) -> list[Json]:
    """`discount_applications`: allocations name them by their place in this list."""
    found = {one["index"]: one for one, _ in _given(state, order)}
    return [_application(found[index]) for index in sorted(found)]


def codes(state: State, order: Json) -> list[Json]:
    """`discount_codes`, with all that each took off."""
    sums: dict[str, Decimal] = dict.fromkeys(order.get("discountCodes") or (), Decimal(0))
    kinds: dict[str, str] = {}
    for one, bag in _given(state, order):
        if code := one.get("code"):
            sums[code] = sums.get(code, Decimal(0)) + Decimal(bag["shopMoney"]["amount"])
            kinds[code] = "shipping" if one["targetType"] == "SHIPPING_LINE" else _value(one["value"])[1]
    currency = order.get("currencyCode") or state.shop["currencyCode"]
    return [{"code": code, "amount": amount(sums[code], currency), "type": kinds.get(code, "fixed_amount")} for code in sums]


def _given(state: State, order: Json) -> Iterator[tuple[Json, Json]]:
    """(application, MoneyBag) of every share of a discount."""
    for line in [*objects(state, order.get("lineItems")), *objects(state, order.get("shippingLines"))]:
        for one in line.get("discountAllocations") or ():
            yield one["discountApplication"], one["allocatedAmountSet"]


def _application(one: Json) -> Json:
    value, kind = _value(one["value"])
    named: Json = {name: one[name] for name in ("code", "title", "description") if name in one}
    return {
        "target_type": word(one["targetType"]),
        "type": _TYPES[one["__typename"]],
        "value": value,
        "value_type": kind,
        "allocation_method": word(one["allocationMethod"]),
        "target_selection": word(one["targetSelection"]),
        **named,
    }


def _value(value: Json) -> tuple[str, str]:
    if "percentage" in value:
        return str(value["percentage"]), "percentage"
    return amount(value["amount"], value["currencyCode"]), "fixed_amount"
