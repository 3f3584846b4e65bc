"""The shop as the hub opens it: what it does not show, gids of other types, two shops at once, a page that fails half-way."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from connectors.shopify.client.graph import AccessDenied
from connectors.shopify.client.store import ShopifyStore
from hub.errors import PermanentError, RetryableError
from hub.ports import Listing
from tests.connectors.shopify.client.scripted import answering, data
from tests.connectors.shopify.client.stock import (
    CUSTOMERS,
    ORDERS,
    PRODUCTS,
    App,
    customer,
    filled,
    opened,
    order,
    product,
    tree,
)


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


@pytest.mark.parametrize("found", [[], {"nodes": None}, {"nodes": [], "pageInfo": 1}, "x"])
async def test_a_list_that_is_none_is_asked_for_again_and_then_only_its_own_row_is_bad(found: Any) -> None:
    node = {
        "id": "gid://shopify/Customer/7",
        "addressesV2": found,
        "metafields": {"nodes": [], "pageInfo": {"hasNextPage": False}},
    }
    good = {**node, "id": "gid://shopify/Customer/8", "updatedAt": "2026-11-22T08:00:00Z", "addressesV2": node["metafields"]}
    first, second = data(nodes=[node, good]), data(nodes=[node])
    async with answering([first, second]) as shop:
        page = await ShopifyStore(shop.opening).fetch(CUSTOMERS, ["gid://shopify/Customer/7", "gid://shopify/Customer/8"])
        asked = [shop.sent(nth)["variables"]["ids"] for nth in range(len(shop.served.requests))]
    assert [row.id for row in page.rows] == ["gid://shopify/Customer/8"]
    assert [(bad.id, bad.field) for bad in page.bad] == [("gid://shopify/Customer/7", "/addressesV2")]
    assert "holds no list of addressesV2" in page.bad[0].reason
    assert asked == [["gid://shopify/Customer/7", "gid://shopify/Customer/8"], ["gid://shopify/Customer/7"]]


@pytest.mark.parametrize("nodes", [None, [], [None, None]])
async def test_an_answer_about_other_things_than_were_asked_for_is_asked_for_again(nodes: Any) -> None:
    async with answering([data(nodes=nodes)]) as shop:
        with pytest.raises(RetryableError, match="did not answer with as many"):
            await ShopifyStore(shop.opening).fetch(CUSTOMERS, ["gid://shopify/Customer/7"])
