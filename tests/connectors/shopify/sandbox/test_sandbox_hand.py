"""The merchant's hand, and those who look on: what they see is what the API answers."""

from __future__ import annotations

import json

import pytest
from reached import post, reached

from connectors.shopify.documents import load
from connectors.shopify.sandbox import Sandbox

SCAN = {"query": load("scan_products"), "operationName": "ScanProducts", "variables": {"first": 250, "sort": "ID"}}


async def test_a_record_is_what_the_documents_select_drained() -> None:
    sandbox = Sandbox(8, 12, 6)
    sizes = dict.fromkeys(("variants", "levels", "media", "collections", "metafields"), 5)
    async with reached(sandbox) as shop:
        gid = sandbox.ids("products")[0]
        said = (await post(shop, {"query": load("products"), "variables": {**sizes, "ids": [gid]}})).json()["data"]["nodes"][0]
        record = sandbox.record("products", gid)
        assert list(said) == list(record)
        assert list(record)[-4:] == ["media", "collections", "metafields", "variants"]
        assert said["media"]["nodes"] == record["media"]["nodes"]
        assert {key: one for key, one in said.items() if not isinstance(one, dict)} == {
            key: one for key, one in record.items() if not isinstance(one, dict)
        }
        assert "pageInfo" not in json.dumps(record)


def test_parts_are_in_the_record_where_the_rule_asks_for_them() -> None:
    sandbox = Sandbox(20, 60, 10)
    for gid in sandbox.ids("orders"):
        order = sandbox.record("orders", gid)
        shown = order["shippingLine"]
        asked = bool(order["refunds"]) or len(order["fulfillments"]) > 1
        asked = asked or (
            shown is not None and shown["discountedPriceSet"]["shopMoney"] != order["totalShippingPriceSet"]["shopMoney"]
        )
        assert ("parts" in order) == asked, order["name"]


@pytest.mark.parametrize("count", [120, 2_040])
async def test_a_product_can_have_very_many_variants(count: int) -> None:
    sandbox = Sandbox(1, bucket=100_000)
    first = sandbox.ids("products")[0]
    before = len(sandbox.ids("variants"))
    added = sandbox.add("variants", count)
    async with reached(sandbox) as shop:
        found: list[str] = []
        after = None
        text = """query Q($id: ID!, $after: String) { product(id: $id) {
          variants(first: 250, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }"""
        while True:
            variables = {"id": first, "after": after}
            page = (await post(shop, {"query": text, "variables": variables})).json()["data"]["product"]["variants"]
            found += [one["id"] for one in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
    assert found == sandbox.ids("variants")
    assert found[before:] == added
    with pytest.raises(ValueError, match="at most 2048"):
        sandbox.add("variants", 2_048)


def test_an_order_can_have_very_many_lines_and_still_sums_up() -> None:
    sandbox = Sandbox(3, 2)
    first = sandbox.ids("orders")[0]
    before = sandbox.record("orders", first)
    sandbox.add("line_items", 400)
    after = sandbox.record("orders", first)
    assert len(after["lineItems"]["nodes"]) == len(before["lineItems"]["nodes"]) + 400
    assert after["totalPriceSet"] == before["totalPriceSet"]


@pytest.mark.parametrize("resource", ["products", "orders", "customers", "variants", "inventory_levels"])
def test_a_change_changes_the_record_and_is_told(resource: str) -> None:
    sandbox, heard = Sandbox(3, 3, 3), list[str]()
    sandbox.state.on_change(lambda topic, _obj: heard.append(topic))
    owner = resource if resource in {"orders", "customers"} else "products"
    before = sandbox.record(owner, sandbox.ids(owner)[0])
    sandbox.clock = 60
    sandbox.change(resource, sandbox.ids(resource)[:1])
    once = sandbox.record(owner, sandbox.ids(owner)[0])
    sandbox.change(resource, sandbox.ids(resource)[:1])
    assert before != once != sandbox.record(owner, sandbox.ids(owner)[0])
    assert once["updatedAt"] > before["updatedAt"]
    told = {"products": "products/update", "orders": "orders/updated", "customers": "customers/update"}[owner]
    assert heard.count(told) == 2


def test_deleting_is_silent_and_takes_everything_along() -> None:
    sandbox, heard = Sandbox(2, 2, 2), list[str]()
    sandbox.state.on_change(lambda topic, _obj: heard.append(topic))
    for resource in ("products", "orders", "customers"):
        sandbox.delete(resource, sandbox.ids(resource))
        assert sandbox.ids(resource) == []
    assert heard == []
    for type in (
        "ProductVariant",
        "InventoryItem",
        "InventoryLevel",
        "Metafield",
        "LineItem",
        "Refund",
        "MailingAddress",
        "Model3d",
    ):
        assert not sandbox.state.of(type), type


def test_trash_archives_products_and_deletes_the_rest_aloud() -> None:
    sandbox, heard = Sandbox(1, 1, 1), list[str]()
    sandbox.state.on_change(lambda topic, _obj: heard.append(topic))
    for resource in ("products", "orders", "customers"):
        sandbox.trash(resource, sandbox.ids(resource))
    assert sandbox.record("products", sandbox.ids("products")[0])["status"] == "ARCHIVED"
    assert sandbox.ids("orders") == sandbox.ids("customers") == []
    assert heard == ["products/update", "orders/delete", "customers/update", "customers/delete"]


def test_a_new_order_is_told_as_created_and_updated() -> None:
    sandbox, heard = Sandbox(1), list[str]()
    sandbox.state.on_change(lambda topic, _obj: heard.append(topic))
    (gid,) = sandbox.add("orders")
    assert heard == ["orders/create", "orders/updated"]  # and the buyer, where there is one
    assert sandbox.record("orders", gid)["id"] == gid


@pytest.mark.parametrize("how", ["delete", "trash"])
def test_a_buyer_changes_with_the_orders(how: str) -> None:
    """What a customer says of orders never changes behind `updatedAt`."""
    sandbox = Sandbox(1, 0, 1)
    (buyer,) = sandbox.ids("customers")
    first, second = sandbox.add("orders", 2)
    before = sandbox.record("customers", buyer)
    assert (before["lastOrder"]["id"], before["numberOfOrders"]) == (second, "2")
    sandbox.clock = 60
    getattr(sandbox, how)("orders", [second])
    after = sandbox.record("customers", buyer)
    assert after["lastOrder"]["id"] == first
    assert after["updatedAt"] > before["updatedAt"]


async def test_a_scan_page_is_known_by_its_operation_and_can_be_lied_about() -> None:
    sandbox = Sandbox(3)
    body = json.dumps(SCAN).encode()
    scope = {"path": "/admin/api/2026-10/graphql.json", "method": "POST"}
    assert sandbox.listing("products", scope, body)
    assert not sandbox.listing("orders", scope, body)
    assert not sandbox.listing("products", scope, json.dumps({"query": load("products")}).encode())
    assert not sandbox.listing("products", {"path": "/bulk/1.jsonl"}, body)
    async with reached(sandbox) as shop:
        said = (await post(shop, SCAN)).json()
        rows = sandbox.rows(said)
        assert [one["id"] for one in rows or [] if isinstance(one, dict)] == sandbox.ids("products")
        assert rows is said["data"]["products"]["nodes"]
        assert sandbox.lie(said, 7)
        assert said["data"]["productsCount"]["count"] == 10
        assert sandbox.rows({"data": {"shop": {}}}) is None
        assert not sandbox.lie({"data": {"shop": {}}}, 7)
