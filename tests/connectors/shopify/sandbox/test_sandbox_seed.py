"""The seeded shop: repeatable, full of what real shops have, and right to the last minor unit."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest

from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.shop import places

Json = dict[str, Any]
CURRENCIES = ["EUR", "USD", "JPY", "KWD"]
BAGS = ("shopMoney", "presentmentMoney")


def _money(bag: Json | None, side: str) -> Decimal:
    return Decimal(bag[side]["amount"]) if bag else Decimal(0)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_sums_of_every_order_are_right_in_both_currencies(currency: str) -> None:
    sandbox = Sandbox(30, 130, 20, currency=currency)
    for gid in sandbox.ids("orders"):
        order = sandbox.record("orders", gid)
        for side in BAGS:
            _check(order, side)


def _check(order: Json, side: str) -> None:
    def of(bag: Json | None) -> Decimal:
        return _money(bag, side)

    lines, shipping = order["lineItems"]["nodes"], order["shippingLine"]
    after = Decimal(0)
    for line in lines:
        before = of(line["originalUnitPriceSet"]) * line["quantity"]
        assert of(line["originalTotalSet"]) == before
        off = sum(of(one["allocatedAmountSet"]) for one in line["discountAllocations"])
        assert 0 <= off <= before
        after += before - off
    assert of(order["subtotalPriceSet"]) == after
    ways = order["parts"]["shippingLines"]["nodes"] if "parts" in order else [shipping] if shipping else []
    assert shipping == (ways[0] if ways else None)
    sent = sum((of(one["discountedPriceSet"]) for one in ways), Decimal(0))
    assert of(order["totalShippingPriceSet"]) == sent
    every = [*lines, *ways]
    taxes = sum((of(tax["priceSet"]) for one in every for tax in one["taxLines"]), Decimal(0))
    assert of(order["totalTaxSet"]) == taxes == sum((of(tax["priceSet"]) for tax in order["taxLines"]), Decimal(0))
    allocated = [one for line in every for one in line["discountAllocations"]]
    assert of(order["totalDiscountsSet"]) == sum((of(one["allocatedAmountSet"]) for one in allocated), Decimal(0))
    duties = sum((of(duty["price"]) for line in lines for duty in line["duties"]), Decimal(0))
    fees = sum((of(fee["price"]) for fee in order["additionalFees"]), Decimal(0))
    assert of(order["originalTotalDutiesSet"]) == duties
    on_top = Decimal(0) if order["taxesIncluded"] else taxes
    total = after + sent + on_top + duties + fees + of(order["totalTipReceivedSet"])
    assert of(order["totalPriceSet"]) == total
    _check_money_back(order, of, total)


def _check_money_back(order: Json, of: Any, total: Decimal) -> None:
    refunded = sum((of(one["totalRefundedSet"]) for one in order["refunds"]), Decimal(0))
    assert of(order["totalRefundedSet"]) == refunded
    assert of(order["currentTotalPriceSet"]) == total - refunded
    paid = [one for one in order["transactions"] if one["kind"] in {"SALE", "CAPTURE"}]
    assert of(order["totalReceivedSet"]) == sum((of(one["amountSet"]) for one in paid), Decimal(0))
    assert of(order["netPaymentSet"]) == of(order["totalReceivedSet"]) - refunded
    for refund in order.get("parts", {}).get("refunds", ()):
        back = sum((of(one["subtotalSet"]) for one in refund["refundLineItems"]["nodes"]), Decimal(0))
        tax = sum((of(one["totalTaxSet"]) for one in refund["refundLineItems"]["nodes"]), Decimal(0))
        ship = refund["refundShippingLines"]["nodes"]
        back += sum((of(one["subtotalAmountSet"]) for one in ship), Decimal(0))
        tax += sum((of(one["taxAmountSet"]) for one in ship), Decimal(0))
        back -= sum((of(one["amountSet"]) for one in refund["orderAdjustments"]["nodes"]), Decimal(0))
        assert of(refund["totalRefundedSet"]) == back + (0 if order["taxesIncluded"] else tax)


def test_the_seed_has_what_real_shops_have() -> None:
    sandbox = Sandbox(120, 150, 60)
    orders = [sandbox.record("orders", gid) for gid in sandbox.ids("orders")]
    lines = [line for order in orders for line in order["lineItems"]["nodes"]]
    assert any(order["customer"] is None for order in orders)
    assert any(line["product"] is None and line["title"] for line in lines)
    assert any(order["presentmentCurrencyCode"] != order["currencyCode"] for order in orders)
    for name in ("totalTipReceivedSet", "originalTotalDutiesSet", "originalTotalAdditionalFeesSet", "totalRefundedShippingSet"):
        assert any(_money(order[name], "shopMoney") for order in orders), name
    assert {one["status"] for one in sandbox.state.of("Product").values()} == {"ACTIVE", "DRAFT", "ARCHIVED"}
    used = {allocation["discountApplication"]["__typename"] for line in lines for allocation in line["discountAllocations"]}
    assert used == {"DiscountCodeApplication", "AutomaticDiscountApplication", "ManualDiscountApplication"}
    assert any("PORTOFFERT" in order["discountCodes"] for order in orders)
    assert any("NOËL10" in order["discountCodes"] for order in orders)
    assert any(len(order["fulfillments"]) > 1 for order in orders)
    assert any(order["cancelledAt"] for order in orders)
    assert any(len(order["parts"]["shippingLines"]["nodes"]) > 1 for order in orders if "parts" in order)
    assert {"key": "_luneo_design_id", "value": "d-0-0"} in [one for line in lines for one in line["customAttributes"]]
    for type in ("Model3d", "Video", "ExternalVideo", "Collection"):
        assert sandbox.state.of(type), type
    text = json.dumps([sandbox.record("products", gid) for gid in sandbox.ids("products")], ensure_ascii=False)
    assert all(sign in text for sign in ("É", "👜", "قلادة", "שרשרת", "日本語", "\u2028"))


def test_the_same_seed_makes_the_same_shop() -> None:
    one, two, other = Sandbox(20, 10, 10, seed=3), Sandbox(20, 10, 10, seed=3), Sandbox(20, 10, 10, seed=4)
    for resource in ("products", "orders", "customers"):
        assert one.ids(resource) == two.ids(resource)

    def all_of(sandbox: Sandbox) -> list[Json]:
        return [sandbox.record(resource, gid) for resource in ("products", "customers") for gid in sandbox.ids(resource)]

    assert all_of(one) == all_of(two)
    assert all_of(one) != all_of(other)


def test_ids_are_more_than_a_float_can_hold() -> None:
    number = int(Sandbox(1).ids("products")[0].rpartition("/")[2])
    assert number > 2**53
    assert int(float(number)) != number


@pytest.mark.parametrize("currency", CURRENCIES)
def test_prices_have_the_decimals_of_their_currency(currency: str) -> None:
    for variant in Sandbox(20, currency=currency).state.of("ProductVariant").values():
        assert -int(Decimal(variant["price"]).as_tuple().exponent) == places(currency)


def test_stock_agrees_from_level_to_product() -> None:
    sandbox = Sandbox(30)
    for gid in sandbox.ids("products"):
        product = sandbox.record("products", gid)
        variants = product["variants"]["nodes"]
        assert product["totalInventory"] == sum(one["inventoryQuantity"] for one in variants)
        for one in variants:
            levels = [level for level in one["inventoryItem"]["inventoryLevels"]["nodes"] if level["isActive"]]
            assert one["inventoryQuantity"] == sum(level["quantities"][0]["quantity"] for level in levels)
        assert product["variantsCount"]["count"] == len(variants)


def test_a_shop_to_measure_has_exactly_what_was_asked() -> None:
    sandbox = Sandbox(6, each=(5, 3, 2))
    for gid in sandbox.ids("products"):
        product = sandbox.record("products", gid)
        assert len(product["metafields"]["nodes"]) == 3
        assert [len(one["metafields"]["nodes"]) for one in product["variants"]["nodes"]] == [2] * 5


def test_two_thousand_products_are_there_in_about_a_second() -> None:
    began = time.process_time()
    Sandbox(2000)
    assert time.process_time() - began < 5
