"""Whole objects: every list in them drained, nothing half old and half new, nothing that is missing passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.errors import RetryableError
from hub.ports import BadRow, Listing
from tests.connectors.shopify.client.stock import (
    CUSTOMERS,
    ORDERS,
    PRODUCTS,
    App,
    Opened,
    customer,
    filled,
    metafields,
    opened,
    order,
    product,
    tree,
)


async def test_a_page_holds_whole_products_in_the_order_of_the_ids() -> None:
    async with opened() as shop:
        made = [product(shop.state, number % 4 + 1, fields=number % 3, levels=2) for number in range(20)]
        page = await shop.store.page(PRODUCTS, Listing(limit=50))
    assert [row.id for row in page.rows] == made
    assert page.total == 20 and page.next is None
    for number, row in enumerate(page.rows):
        found = json.loads(row.body)
        assert row.incomplete is None and row.modified is not None
        assert len(found["variants"]["nodes"]) == number % 4 + 1
        for variant in found["variants"]["nodes"]:
            assert len(variant["metafields"]["nodes"]) == number % 3
            assert len(variant["inventoryItem"]["inventoryLevels"]["nodes"]) == 2
    assert b"pageInfo" not in b"".join(row.body for row in page.rows)
    assert list(found)[-4:] == ["media", "collections", "metafields", "variants"]


async def test_a_product_with_2048_variants_of_three_metafields_each_is_drained() -> None:
    async with opened() as shop:
        gid = product(shop.state, 2048, fields=3)
        page = await shop.store.fetch(PRODUCTS, [gid])
    variants = tree(page)["variants"]["nodes"]
    assert [variant["position"] for variant in variants] == list(range(1, 2049))
    assert {len(variant["metafields"]["nodes"]) for variant in variants} == {3}
    assert page.rows[0].incomplete is None
    assert len(shop.asked) < 150, "longer lists are asked for at once as soon as they are seen to be usual"


async def test_an_order_with_400_lines_is_drained() -> None:
    async with opened() as shop:
        gid = order(shop.state, 400)
        page = await shop.store.fetch(ORDERS, [gid])
    assert [line["title"] for line in tree(page)["lineItems"]["nodes"]] == [f"Line {n}" for n in range(400)]
    assert page.rows[0].incomplete is None
    assert "parts" not in tree(page)


async def test_every_other_list_is_drained_too() -> None:
    async with opened() as shop:
        gid = product(shop.state, 3, levels=300, fields=260)
        own = shop.state.of("Product")[gid]
        own["collections"] = [shop.state.put("Collection", filled("Collection", metafields=[]))["id"] for _ in range(260)]
        own["media"] = [shop.state.put("MediaImage", filled("MediaImage", image=None))["id"] for _ in range(255)]
        whose = customer(shop.state, 260)
        found = tree(await shop.store.fetch(PRODUCTS, [gid]))
        people = tree(await shop.store.fetch(CUSTOMERS, [whose]))
    assert [len(found[name]["nodes"]) for name in ("media", "collections", "metafields", "variants")] == [255, 260, 260, 3]
    for variant in found["variants"]["nodes"]:
        assert len(variant["metafields"]["nodes"]) == 260
        assert len(variant["inventoryItem"]["inventoryLevels"]["nodes"]) == 300
    assert len(people["addressesV2"]["nodes"]) == 260


async def test_no_request_is_dearer_than_the_shop_allows() -> None:
    async with opened(bucket=400, restore=1e6) as shop:
        for number in range(30):
            product(shop.state, number % 7 + 1, fields=4)
            order(shop.state, number % 9 + 1)
        await shop.store.page(PRODUCTS, Listing(limit=25))
        await shop.store.page(ORDERS, Listing(limit=25))
    told = shop.account.tariffs[1:]
    assert max(tariff.asked for tariff in told) <= 900
    assert shop.account.in_flight == 0
    assert shop.sandbox.throttled == 0 or max(tariff.asked for tariff in told[3:]) <= 400


async def test_what_a_shop_finds_too_dear_is_asked_for_in_smaller_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.shopify.sandbox.cost.MOST", 120)
    async with opened() as shop:
        made = [product(shop.state, 3, fields=2) for _ in range(9)]
        page = await shop.store.page(PRODUCTS, Listing(limit=9))
    assert [row.id for row in page.rows] == made
    assert {len(json.loads(row.body)["variants"]["nodes"]) for row in page.rows} == {3}


def changing(times: int, operation: bytes) -> Any:
    """Saves the product anew before each of the first `times` answers to an operation."""
    shop: list[Opened] = []

    def wrap(app: App) -> App:
        left = [times]

        async def changed(scope: Any, receive: Any, send: Any) -> None:
            async def listen() -> Any:
                message = await receive()
                if operation in message.get("body", b"") and left[0] > 0:
                    left[0] -= 1
                    state = shop[0].state
                    for number, gid in enumerate(state.of("Product")):
                        state.of("Product")[gid]["updatedAt"] = f"2026-11-21T08:00:{left[0] + number:02d}Z"
                return message

            await app(scope, listen if scope["type"] == "http" else receive, send)

        return changed

    return wrap, shop


async def test_a_product_that_changes_while_it_is_read_is_read_again() -> None:
    wrap, shops = changing(1, b"query ProductVariants")
    async with opened(wrap) as shop:
        shops.append(shop)
        gid = product(shop.state, 100)
        page = await shop.store.fetch(PRODUCTS, [gid])
    assert page.rows[0].incomplete is None
    assert tree(page)["updatedAt"] == "2026-11-21T08:00:00Z"
    assert len(tree(page)["variants"]["nodes"]) == 100


async def test_a_product_that_changes_all_the_time_says_so() -> None:
    wrap, shops = changing(50, b"query ProductVariants")
    async with opened(wrap) as shop:
        shops.append(shop)
        gid = product(shop.state, 100)
        page = await shop.store.fetch(PRODUCTS, [gid])
    assert page.rows[0].incomplete == "It changed while variants were read."


async def test_a_row_that_is_left_out_once_is_asked_for_again() -> None:
    async with opened(_spoiling(1)) as shop:
        made = [product(shop.state) for _ in range(5)]
        page = await shop.store.page(PRODUCTS, Listing())
    assert [row.id for row in page.rows] == made


async def test_a_row_with_another_id_than_asked_for_is_kept_as_bad() -> None:
    async with opened(_spoiling(99)) as shop:
        made = [product(shop.state) for _ in range(5)]
        page = await shop.store.page(PRODUCTS, Listing())
        with pytest.raises(RetryableError, match=made[2]):
            await shop.store._details.rows(PRODUCTS, made)
    assert [row.id for row in page.rows] == [*made[:2], *made[3:]]
    assert [(bad.id, bad.field) for bad in page.bad] == [(made[2], "/id")]
    assert isinstance(page.bad[0], BadRow) and b'"id":{"id":' in page.bad[0].body


def _spoiling(times: int) -> Any:
    """Makes the id of the third product an object in the first `times` answers that hold it."""

    def wrap(app: App) -> App:
        left = [times]

        async def spoiled(scope: Any, receive: Any, send: Any) -> None:
            body, start = b"", {}

            async def take(message: Any) -> None:
                nonlocal body, start
                if message["type"] == "http.response.start":
                    start = message
                    return
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                marker = b'{"id":"gid://shopify/Product/9100000000000005","legacy'
                if marker in body and left[0] > 0:
                    left[0] -= 1
                    body = body.replace(marker, b'{"id":{"id":"x"},"legacy')
                kept = [pair for pair in start["headers"] if pair[0] != b"content-length"]
                await send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
                await send({"type": "http.response.body", "body": body})

            await app(scope, receive, take if scope["type"] == "http" else send)

        return spoiled

    return wrap


async def test_metafields_of_an_order_and_of_a_customer_are_in_their_trees() -> None:
    async with opened() as shop:
        bought, whose = order(shop.state), customer(shop.state)
        shop.state.of("Order")[bought]["metafields"] = metafields(shop.state, 4)
        shop.state.of("Customer")[whose]["metafields"] = metafields(shop.state, 4)
        found = [tree(await shop.store.fetch(ORDERS, [bought])), tree(await shop.store.fetch(CUSTOMERS, [whose]))]
    assert [len(one["metafields"]["nodes"]) for one in found] == [4, 4]
