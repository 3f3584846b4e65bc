"""Whole objects: every list in them drained, nothing half old and half new, nothing that is missing passed over."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from connectors.shopify.client.graph import AccessDenied
from connectors.shopify.client.store import ShopifyStore
from hub.errors import PermanentError, RetryableError
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


async def test_fields_that_want_an_approval_are_unseen_and_the_run_can_say_why() -> None:
    async with opened(protected_data=False) as shop:
        order(shop.state, 2)
        customer(shop.state)
        orders = await shop.store.page(ORDERS, Listing())
        customers = await shop.store.page(CUSTOMERS, Listing())
        seen, sight = shop.store.sight(ORDERS), shop.store.sight(CUSTOMERS)
        products = shop.store.sight(PRODUCTS)
    assert set(orders.rows[0].unseen) == {"/buyer/email", "/buyer/phone", "/addresses"}
    assert {"/first_name", "/last_name", "/email", "/phone", "/addresses"} <= set(customers.rows[0].unseen)
    assert tree(orders)["email"] is None and len(tree(orders)["lineItems"]["nodes"]) == 2
    assert seen is not None and set(seen.fields) == {"/buyer/email", "/buyer/phone", "/addresses"}
    assert "protected customer data" in seen.reason
    assert sight is not None and "/first_name" in sight.fields
    assert products is None


async def test_a_shop_that_shows_recent_orders_only_says_since_when() -> None:
    capabilities = {"scopes": ["read_orders"]}
    async with opened(capabilities=capabilities, all_orders=False) as shop:
        order(shop.state, updated="2026-05-01T08:00:00Z")
        recent = order(shop.state, updated=shop.state.now())
        page = await shop.store.page(ORDERS, Listing())
        sight = shop.store.sight(ORDERS)
    assert [row.id for row in page.rows] == [recent] and page.total == 1
    assert sight is not None and sight.since is not None and page.at is not None
    assert (page.at - sight.since).days == 60
    assert "read_all_orders" in sight.reason
    assert replace(sight, since=None).fields == ()


async def test_objects_that_are_denied_are_not_taken_for_gone() -> None:
    async with opened() as shop:
        gid = customer(shop.state)
        shop.sandbox.tokens.app = replace(shop.sandbox.tokens.app, scopes=("read_products",))
        opening = replace(shop.opening, credentials=shop.sandbox.renew())
        with pytest.raises(AccessDenied, match="read_customers"):
            await ShopifyStore(opening).fetch(CUSTOMERS, [gid])
        with pytest.raises(AccessDenied, match="read_customers"):
            await ShopifyStore(opening).page(CUSTOMERS, Listing())


async def test_gids_of_other_types_stand_for_the_product_or_order_behind_them() -> None:
    async with opened() as shop:
        first, second = product(shop.state, 2), product(shop.state, 1)
        variant = shop.state.of("Product")[first]["variants"][1]
        item = shop.state.of("ProductVariant")[shop.state.of("Product")[second]["variants"][0]]["inventoryItem"]
        level = f"gid://shopify/InventoryLevel/5?inventory_item_id={item.rpartition('/')[2]}"
        bought = order(shop.state)
        refund = shop.state.put("Refund", filled("Refund", order=bought))["id"]
        by_variant = await shop.store.fetch(PRODUCTS, [variant])
        by_item = await shop.store.fetch(PRODUCTS, [item, level])
        by_refund = await shop.store.fetch(ORDERS, [refund])
        strange = await shop.store.fetch(PRODUCTS, [refund, bought])
    assert [row.id for row in by_variant.rows] == [first]
    assert [row.id for row in by_item.rows] == [second]
    assert [row.id for row in by_refund.rows] == [bought]
    assert list(strange.rows) == []


async def test_ids_that_are_gone_or_none_at_all_are_absent() -> None:
    async with opened() as shop:
        kept, gone = product(shop.state), product(shop.state)
        shop.state.remove(gone)
        page = await shop.store.fetch(PRODUCTS, [gone, "7", "", "gid://shopify/Product/x", "gid://evil/Product/1", kept, kept])
    assert [row.id for row in page.rows] == [kept]


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


def _breaking(nth: int) -> Any:
    """Breaks down under the nth question for products."""

    def wrap(app: App) -> App:
        seen = [0]

        async def broken(scope: Any, receive: Any, send: Any) -> None:
            async def listen() -> Any:
                message = await receive()
                if b"query Products" in message.get("body", b""):
                    seen[0] += 1
                    if seen[0] == nth:
                        return {**message, "body": b"{"}  # a body that is no question: the shop refuses it
                return message

            await app(scope, listen if scope["type"] == "http" else receive, send)

        return broken

    return wrap


async def test_a_page_that_fails_half_way_does_not_read_again_what_it_has() -> None:
    async with opened(_breaking(6)) as shop:
        made = [product(shop.state, 9, fields=2) for _ in range(60)]
        with pytest.raises(PermanentError):
            await shop.store.page(PRODUCTS, Listing(limit=60))
        page = await shop.store.page(PRODUCTS, Listing(limit=60))
        asked = [gid for one in shop.named("Products(") for gid in one["ids"]]
    assert [row.id for row in page.rows] == made
    assert len(made) < len(asked) < 1.7 * len(made)


async def test_two_shops_at_once_never_see_each_others_data_or_token() -> None:
    async with opened(shop="one.myshopify.com", seed=1) as one, opened(shop="two.myshopify.com", seed=2) as two:
        for shop, word in ((one, "one"), (two, "two")):
            for _ in range(40):
                product(shop.state, 3, fields=1, title=word)
        pages = await asyncio.gather(*(shop.store.page(PRODUCTS, Listing(limit=40)) for shop in (one, two) for _ in range(3)))
    assert one.opening.credentials["token"] != two.opening.credentials["token"]
    assert (one.tokens, two.tokens) == ({one.opening.credentials["token"]}, {two.opening.credentials["token"]})
    titles = [{json.loads(row.body)["title"] for row in page.rows} for page in pages]
    assert titles == [{"one"}] * 3 + [{"two"}] * 3


async def test_metafields_of_an_order_and_of_a_customer_are_in_their_trees() -> None:
    async with opened() as shop:
        bought, whose = order(shop.state), customer(shop.state)
        shop.state.of("Order")[bought]["metafields"] = metafields(shop.state, 4)
        shop.state.of("Customer")[whose]["metafields"] = metafields(shop.state, 4)
        found = [tree(await shop.store.fetch(ORDERS, [bought])), tree(await shop.store.fetch(CUSTOMERS, [whose]))]
    assert [len(one["metafields"]["nodes"]) for one in found] == [4, 4]
