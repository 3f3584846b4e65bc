"""What of an order is asked for only when there is more to it, and then whole."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connectors.shopify.client.parts import needs_parts
from connectors.shopify.sandbox.state import State
from hub.ports import Listing
from tests.connectors.shopify.client.stock import ORDERS, Opened, filled, opened, order, tree


def money(amount: str) -> dict[str, Any]:
    one = {"amount": amount, "currencyCode": "EUR"}
    return {"shopMoney": one, "presentmentMoney": one}


PLAIN: dict[str, Any] = {
    "refunds": [],
    "fulfillments": [],
    "transactions": [],
    "shippingLine": {"discountedPriceSet": money("4.90")},
    "totalShippingPriceSet": money("4.9"),
}


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({}, False),
        ({"fulfillments": [{}]}, False),
        ({"fulfillments": [{}, {}]}, True),
        ({"refunds": [{}]}, True),
        ({"transactions": [{}] * 49}, False),
        ({"transactions": [{}] * 50}, True),
        ({"shippingLine": None}, True),
        ({"shippingLine": None, "totalShippingPriceSet": money("0.0")}, False),
        ({"shippingLine": {"discountedPriceSet": money("2.00")}}, True),
        ({"shippingLine": None, "totalShippingPriceSet": None}, False),
    ],
)
def test_parts_are_needed_where_the_orders_own_fields_do_not_say_all(changes: dict[str, Any], more: bool) -> None:
    assert needs_parts({**PLAIN, **changes}) is more


def refund(state: State, bought: str, lines: int, few: int = 1) -> str:
    """A refund of so many lines, with as many shipping lines, adjustments and transactions as `few`."""
    made = state.put("Refund", filled("Refund", order=bought, updatedAt=state.now(), totalRefundedSet=money("9.00")))
    line = state.of("Order")[bought]["lineItems"][0]
    made["refundLineItems"] = [
        state.put("RefundLineItem", filled("RefundLineItem", lineItem=line, quantity=n))["id"] for n in range(lines)
    ]
    made["refundShippingLines"] = [
        state.put("RefundShippingLine", filled("RefundShippingLine", shippingLine=filled("ShippingLine")))["id"]
        for _ in range(few)
    ]
    made["orderAdjustments"] = [state.put("OrderAdjustment", filled("OrderAdjustment"))["id"] for _ in range(few)]
    made["transactions"] = [state.put("OrderTransaction", filled("OrderTransaction"))["id"] for _ in range(few)]
    state.of("Order")[bought].setdefault("refunds", []).append(made["id"])
    return str(made["id"])


def parcel(state: State, bought: str, lines: int) -> None:
    line = state.of("Order")[bought]["lineItems"][0]
    made = state.put("Fulfillment", filled("Fulfillment", order=bought))
    made["fulfillmentLineItems"] = [
        state.put("FulfillmentLineItem", filled("FulfillmentLineItem", lineItem=line, quantity=n))["id"] for n in range(lines)
    ]
    state.of("Order")[bought].setdefault("fulfillments", []).append(made["id"])


def busy(shop: Opened, lines: int, few: int = 1) -> str:
    bought = order(shop.state, 3)
    for _ in range(2):
        parcel(shop.state, bought, lines)
        refund(shop.state, bought, lines, few)
    return bought


@pytest.mark.parametrize(("lines", "few"), [(1, 1), (60, 1), (300, 12), (3, 18)])
async def test_every_list_of_the_parts_is_drained(lines: int, few: int) -> None:
    async with opened() as shop:
        bought = busy(shop, lines, few)
        page = await shop.store.fetch(ORDERS, [bought])
    parts = tree(page)["parts"]
    assert page.rows[0].incomplete is None
    assert [len(one["fulfillmentLineItems"]["nodes"]) for one in parts["fulfillments"]] == [lines, lines]
    for one in parts["refunds"]:
        assert [line["quantity"] for line in one["refundLineItems"]["nodes"]] == list(range(lines))
        assert [len(one[name]["nodes"]) for name in ("refundShippingLines", "orderAdjustments", "transactions")] == [few] * 3
    assert "id" not in parts and "updatedAt" not in parts
    assert b"pageInfo" not in page.rows[0].body
    assert shop.account.in_flight == 0


async def test_what_cannot_be_asked_for_makes_the_order_incomplete() -> None:
    async with opened() as shop:
        bought = busy(shop, 1, 45)
        page = await shop.store.fetch(ORDERS, [bought])
    assert page.rows[0].incomplete == "It has more shipping lines or adjustments than can be asked for."
    assert len(tree(page)["parts"]["refunds"]) == 2


async def test_only_the_orders_that_have_parts_are_asked_about() -> None:
    async with opened() as shop:
        plain, bought = order(shop.state), busy(shop, 1)
        page = await shop.store.page(ORDERS, Listing())
        assert [one["id"] for one in shop.named("OrderParts")] == [bought]
    assert [("parts" in tree(page, place)) for place in range(2)] == [False, True]
    assert [row.id for row in page.rows] == [plain, bought]


async def test_trees_of_an_export_are_completed_in_place_and_read_anew_when_they_are_old() -> None:
    async with opened() as shop:
        first, second = busy(shop, 2), busy(shop, 70)
        pages = await asyncio.gather(*(shop.store.fetch(ORDERS, [gid]) for gid in (first, second)))
        trees = [tree(page) for page in pages]
        for one in trees:
            del one["parts"]
        shop.state.of("Order")[second] |= {"note": "changed since", "updatedAt": "2026-11-21T09:00:00Z"}
        reasons = await shop.store._details.complete_orders(trees)
    assert reasons == {}
    assert [len(one["parts"]["refunds"][0]["refundLineItems"]["nodes"]) for one in trees] == [2, 70]
    assert (trees[1]["note"], trees[1]["updatedAt"]) == ("changed since", "2026-11-21T09:00:00Z")
