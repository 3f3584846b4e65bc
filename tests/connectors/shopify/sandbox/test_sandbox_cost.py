"""Points: what a query is said to cost, what is taken, what is given back, and who has to wait."""

from __future__ import annotations

import pytest
from reached import post, reached

from connectors.shopify.documents import load
from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.cost import Bucket

PRICES = {
    "{ shop { name } }": 1,
    "{ shop { name primaryDomain { host } } }": 2,
    "{ products(first: 10) { nodes { id title } pageInfo { hasNextPage } } }": 10,
    "{ products(first: 10) { edges { cursor node { id seo { title } } } } }": 20,
    "{ products(last: 4) { nodes { variants(first: 5) { nodes { id } } } } }": 24,
    "{ a: shop { name } b: shop { name } }": 2,
    "{ products(first: 2) { nodes { media(first: 3) { nodes { id ... on MediaImage { image { url } } } } } } }": 14,
    '{ nodes(ids: ["gid://shopify/Product/1", "gid://shopify/Product/2"]) { id ... on Product { seo { title } } } }': 4,
}


@pytest.mark.parametrize("text", PRICES)
async def test_objects_cost_one_and_connections_their_size(text: str) -> None:
    async with reached(Sandbox(1)) as shop:
        cost = (await post(shop, {"query": text})).json()["extensions"]["cost"]
        assert cost["requestedQueryCost"] == PRICES[text]
        assert 0 <= cost["actualQueryCost"] <= PRICES[text]


async def test_only_what_was_there_is_paid_for() -> None:
    sandbox = Sandbox(3, restore=0)
    async with reached(sandbox) as shop:
        cost = (await post(shop, {"query": "{ products(first: 100) { nodes { id } } }"})).json()["extensions"]["cost"]
        assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (100, 3)
        assert cost["throttleStatus"] == {"maximumAvailable": 2000.0, "currentlyAvailable": 1997, "restoreRate": 0.0}
        assert (sandbox.spent, sandbox.throttled) == (3, 0)


async def test_an_empty_bucket_throttles_with_status_200() -> None:
    sandbox = Sandbox(60, bucket=100, restore=0)
    async with reached(sandbox) as shop:
        text = {"query": "{ products(first: 60) { nodes { id } } }"}
        assert "data" in (await post(shop, text)).json()
        answer = await post(shop, text)
        said = answer.json()
        assert answer.status_code == 200
        assert "data" not in said
        assert (said["errors"][0]["message"], said["errors"][0]["extensions"]["code"]) == ("Throttled", "THROTTLED")
        cost = said["extensions"]["cost"]
        assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (60, None)
        assert cost["throttleStatus"]["currentlyAvailable"] == 40
        assert (sandbox.spent, sandbox.throttled) == (60, 1)


async def test_a_query_above_a_thousand_is_never_run() -> None:
    sandbox = Sandbox(1)
    async with reached(sandbox) as shop:
        said = (await post(shop, {"query": "{ products(first: 250) { nodes { variants(first: 4) { nodes { id } } } } }"})).json()
        assert said["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
        assert (said["errors"][0]["extensions"]["cost"], said["errors"][0]["extensions"]["maxCost"]) == (1250, 1000)
        assert "extensions" not in said
        assert sandbox.spent == 0


def test_the_bucket_fills_at_its_rate_and_no_further() -> None:
    now = [0.0]
    bucket = Bucket(100, 10, lambda: now[0])
    assert bucket.take(100)
    assert not bucket.take(1)
    now[0] = 2.5
    assert bucket.available() == 25
    bucket.give(500)
    assert bucket.available() == 100


async def test_a_single_product_order_and_customer_can_be_read_within_the_limit() -> None:
    """With the sizes that the connector steps down to, a document never costs more than one query may."""
    sandbox = Sandbox(5, 5, 5)
    sizes = {"variants": 10, "levels": 5, "media": 5, "collections": 5, "metafields": 10, "lines": 10, "addresses": 10}
    async with reached(sandbox) as shop:
        for name in ("products", "orders", "customers"):
            body = {"query": load(name), "variables": {**sizes, "ids": sandbox.ids(name)[:1]}}
            said = (await post(shop, body)).json()
            assert "errors" not in said, said["errors"]
            assert said["extensions"]["cost"]["requestedQueryCost"] <= 1000
