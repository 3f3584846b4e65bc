"""What an app is not shown: scopes that are missing, protected customer data, orders of long ago."""

from __future__ import annotations

from reached import post, reached

from connectors.shopify.documents import load
from connectors.shopify.sandbox import Sandbox

SIZES = {"lines": 5, "metafields": 5, "addresses": 5}


async def test_a_missing_scope_takes_the_field_and_leaves_the_rest() -> None:
    sandbox = Sandbox(2, 1, 1)
    access = sandbox.tokens.find(sandbox.credentials()["token"])
    assert access is not None
    access.scopes = ("read_products",)
    async with reached(sandbox) as shop:
        text = '{ shop { name } product(id: "%s") { id } customer(id: "%s") { id } }'
        said = (await post(shop, {"query": text % (sandbox.ids("products")[0], sandbox.ids("customers")[0])})).json()
        assert said["data"]["product"] is not None
        assert said["data"]["customer"] is None
        (error,) = said["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["customer"], "ACCESS_DENIED")
        assert error["message"] == "Access denied for customer field. Required access: `read_customers` access scope."


async def test_a_denied_connection_that_may_not_be_null_takes_everything() -> None:
    sandbox = Sandbox(1)
    access = sandbox.tokens.find(sandbox.credentials()["token"])
    assert access is not None
    access.scopes = ("read_products",)
    async with reached(sandbox) as shop:
        said = (await post(shop, {"query": "{ shop { name } orders(first: 1) { nodes { id } } }"})).json()
        assert said["data"] is None
        assert said["errors"][0]["path"] == ["orders"]


async def test_nodes_that_may_not_be_seen_are_null_with_their_path() -> None:
    sandbox = Sandbox(1, 1)
    access = sandbox.tokens.find(sandbox.credentials()["token"])
    assert access is not None
    access.scopes = ("write_products", "read_all_orders")
    async with reached(sandbox) as shop:
        ids = [*sandbox.ids("products"), *sandbox.ids("orders")]
        said = (
            await post(shop, {"query": "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", "variables": {"ids": ids}})
        ).json()
        assert said["data"]["nodes"] == [{"id": ids[0]}, None]
        assert said["errors"][0]["path"] == ["nodes", 1]


async def test_protected_data_is_null_and_said_field_by_field() -> None:
    sandbox = Sandbox(2, 3, 3, protected_data=False)
    async with reached(sandbox) as shop:
        body = {"query": load("customers"), "variables": {**SIZES, "ids": sandbox.ids("customers")}}
        said = (await post(shop, body)).json()
        for place, one in enumerate(said["data"]["nodes"]):
            assert one["firstName"] is one["defaultEmailAddress"] is None
            assert one["addressesV2"]["nodes"] == []
            assert one["state"]
            paths = {tuple(error["path"]) for error in said["errors"]}
            assert {("nodes", place, "firstName"), ("nodes", place, "defaultEmailAddress")} <= paths
        assert {error["extensions"]["code"] for error in said["errors"]} == {"ACCESS_DENIED"}
        orders = (await post(shop, {"query": load("orders"), "variables": {**SIZES, "ids": sandbox.ids("orders")[:1]}})).json()
        assert orders["data"]["nodes"][0]["email"] is orders["data"]["nodes"][0]["shippingAddress"] is None
        assert orders["data"]["nodes"][0]["totalPriceSet"]["shopMoney"]["amount"]


async def test_any_field_can_be_kept_from_us() -> None:
    sandbox = Sandbox(1)
    sandbox.deny("Product.vendor", "Product.category")
    async with reached(sandbox) as shop:
        said = (await post(shop, {"query": "{ products(first: 1) { nodes { id title category { id } } } }"})).json()
        assert said["data"]["products"]["nodes"][0]["category"] is None
        assert said["errors"][0]["path"] == ["products", "nodes", 0, "category"]


async def test_orders_of_long_ago_are_as_if_they_were_not() -> None:
    sandbox = Sandbox(5, 60, 5, all_orders=False)
    async with reached(sandbox) as shop:
        scan = {"query": load("scan_orders"), "variables": {"first": 250, "sort": "ID"}}
        said = (await post(shop, scan)).json()["data"]
        seen = [one["id"] for one in said["orders"]["nodes"]]
        hidden = sorted(set(sandbox.ids("orders")) - set(seen))
        assert seen
        assert hidden
        assert said["ordersCount"]["count"] == len(seen)
        text = {"query": "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", "variables": {"ids": [hidden[0], seen[0]]}}
        assert (await post(shop, text)).json()["data"]["nodes"] == [None, {"id": seen[0]}]
