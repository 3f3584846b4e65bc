"""Stock is set once per key, against what it is believed to be."""

from __future__ import annotations

import pytest

from connectors.shopify.sandbox.state import Json
from connectors.shopify.sandbox.stock_writes import level, quantity
from connectors.shopify.writer import ShopifyWriter
from hub.errors import PermanentError, StockMoved
from hub.ports import StockWrite, StockWriter
from tests.connectors.shopify.client.stock import Opened, opened


def places(shop: Opened, count: int = 3) -> list[tuple[str, str, Json]]:
    """(variant, location, level) of some active levels."""
    state = shop.state
    found = []
    for variant in state.of("ProductVariant").values():
        item = state.get(variant["inventoryItem"])
        assert item is not None
        for one in state.all(item["inventoryLevels"]):
            if one["isActive"]:
                found.append((variant["id"], one["location"], one))
                break
    return found[:count]


async def test_a_quantity_is_set_and_what_is_on_hand_follows() -> None:
    async with opened(products=3) as shop:
        variant, location, there = places(shop)[0]
        was, on_hand = quantity(there, "available")["quantity"], quantity(there, "on_hand")["quantity"]
        writer = ShopifyWriter(shop.store)
        assert isinstance(writer, StockWriter)
        await writer.write_stock([StockWrite(variant, location, was + 4, was)], "key-1")
        assert (quantity(there, "available")["quantity"], quantity(there, "on_hand")["quantity"]) == (was + 4, on_hand + 4)
        (sent,) = [one for one in shop.asked if "inventorySetQuantities" in one["query"]]
    assert sent["variables"]["key"] and sent["variables"]["input"]["quantities"][0]["changeFromQuantity"] == was


async def test_the_same_key_again_changes_nothing_again() -> None:
    async with opened(products=3) as shop:
        variant, location, there = places(shop)[0]
        was = quantity(there, "available")["quantity"]
        writer = ShopifyWriter(shop.store)
        for _ in range(3):
            await writer.write_stock([StockWrite(variant, location, was + 4, was)], "key-1")  # `expected` is long outdated
        assert quantity(there, "available")["quantity"] == was + 4


async def test_stock_that_moved_is_not_overwritten_and_the_variant_is_named() -> None:
    async with opened(products=3) as shop:
        first, second = places(shop, 2)
        was = quantity(first[2], "available")["quantity"]
        with pytest.raises(StockMoved, match="not what we expected") as caught:
            await ShopifyWriter(shop.store).write_stock(
                [
                    StockWrite(first[0], first[1], 50, was),
                    StockWrite(second[0], second[1], 50, quantity(second[2], "available")["quantity"] + 1),
                ],
                "key-1",
            )
        assert caught.value.items == (second[0],)
        assert quantity(first[2], "available")["quantity"] == was


async def test_without_an_expectation_the_opt_out_is_said_in_so_many_words() -> None:
    async with opened(products=3) as shop:
        variant, location, there = places(shop)[0]
        await ShopifyWriter(shop.store).write_stock([StockWrite(variant, location, 9, None)], "k")
        (sent,) = [one for one in shop.asked if "inventorySetQuantities" in one["query"]]
        assert sent["variables"]["input"]["quantities"][0]["changeFromQuantity"] is None
        assert quantity(there, "available")["quantity"] == 9


async def test_a_location_that_does_not_carry_the_item_is_refused() -> None:
    async with opened(products=3) as shop:
        variant, _, there = places(shop)[0]
        with pytest.raises(PermanentError, match="location"):
            await ShopifyWriter(shop.store).write_stock([StockWrite(variant, "gid://shopify/Location/1", 9, None)], "k")
        assert level(shop.state, there["item"], "gid://shopify/Location/1") is None


async def test_names_that_nobody_may_set_are_refused_before_anything_is_sent() -> None:
    async with opened(products=3) as shop:
        variant, location, _ = places(shop)[0]
        with pytest.raises(PermanentError, match="committed"):
            await ShopifyWriter(shop.store).write_stock([StockWrite(variant, location, 9, None, "committed")], "k")
        assert not shop.asked


async def test_the_shop_itself_refuses_a_write_without_the_directive() -> None:
    async with opened(products=2) as shop:
        with pytest.raises(PermanentError, match="@idempotent"):
            await shop.store.graph.ask(
                "bare_stock_set",
                {"input": {"name": "available", "reason": "correction", "quantities": []}},
                text="mutation X($input: InventorySetQuantitiesInput!) {"
                " inventorySetQuantities(input: $input) { userErrors { message } } }",
            )
