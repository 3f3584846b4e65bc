"""The sandbox's own shop, read to its end: each tree is the one that the shop itself shows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hub.ports import Listing, Resource, Row
from tests.connectors.shopify.client.stock import CUSTOMERS, ORDERS, PRODUCTS, opened


@pytest.mark.parametrize("resource", [PRODUCTS, ORDERS, CUSTOMERS], ids=lambda resource: resource.name)
async def test_every_tree_is_what_the_shop_holds(resource: Resource) -> None:
    async with opened(products=60, orders=60, customers=60) as shop:
        rows: list[Row] = []
        listing = Listing(limit=25)
        while True:
            page = await shop.store.page(resource, listing)
            rows += page.rows
            assert page.total == 60 and not page.bad
            if page.next is None:
                break
            listing = replace(listing, after=page.next)
        assert [row.id for row in rows] == shop.sandbox.ids(resource.name)
        for row in rows:
            assert json.loads(row.body) == shop.sandbox.record(resource.name, row.id)
            assert row.incomplete is None and not row.unseen
    assert shop.account.in_flight == 0


async def test_a_few_changes_take_a_few_requests() -> None:
    async with opened(products=60) as shop:
        began = await shop.store.page(PRODUCTS, Listing(limit=1, ids_only=True))
        changed = shop.sandbox.ids("products")[:3]
        shop.sandbox.change("products", changed)
        shop.asked.clear()
        page = await shop.store.page(PRODUCTS, Listing(order="modified", since=began.at, limit=50))
    assert {row.id for row in page.rows} == set(changed)
    assert len(shop.asked) <= 5
