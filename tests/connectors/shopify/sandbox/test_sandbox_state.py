"""What the shop holds, and how plans read it: references, things that are gone, null that climbs."""

from __future__ import annotations

from reached import post, reached

from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.state import number_of, type_of


def test_ids_ascend_and_are_never_given_twice() -> None:
    state = Sandbox().state
    first = state.put("Product", {"title": "A"})
    state.remove(first["id"])
    second = state.put("Product", {"title": "B"})
    assert number_of(second["id"]) > number_of(first["id"])
    assert (type_of(first["id"]), state.get(first["id"])) == ("Product", None)


def test_listeners_hear_in_order_and_only_what_was_announced() -> None:
    sandbox, heard = Sandbox(), list[tuple[str, str]]()
    sandbox.state.on_change(lambda topic, obj: heard.append((topic, obj["title"])))
    made = sandbox.state.put("Product", {"title": "A"}, "products/create")
    made["title"] = "B"
    sandbox.state.touch(made["id"])
    sandbox.state.touch(made["id"], "products/update")
    sandbox.state.remove(made["id"], "products/delete")
    assert heard == [("products/create", "A"), ("products/update", "B"), ("products/delete", "B")]


def test_the_clock_stamps_what_is_touched() -> None:
    sandbox = Sandbox(1)
    (gid,) = sandbox.ids("products")
    sandbox.clock = 86_400
    assert sandbox.state.touch(gid)["updatedAt"] == sandbox.state.now()


async def test_what_is_gone_is_left_out_of_lists_and_null_elsewhere() -> None:
    sandbox = Sandbox(3, 6)
    order = next(one for one in sandbox.state.of("Order").values() if one["lineItems"])
    line = sandbox.state.of("LineItem")[order["lineItems"][0]]
    product = sandbox.state.of("Product")[sandbox.ids("products")[0]]
    line["product"] = product["id"]
    sandbox.state.remove(product["id"])
    async with reached(sandbox) as shop:
        text = "query Q($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes { title product { id } } } } }"
        said = (await post(shop, {"query": text, "variables": {"id": order["id"]}})).json()
        assert said["data"]["order"]["lineItems"]["nodes"][0] == {"title": line["title"], "product": None}


async def test_null_climbs_to_the_next_field_that_may_be_null() -> None:
    """A variant whose product is gone cannot be shown; the list of nodes can."""
    sandbox = Sandbox(2)
    one, two = (sandbox.state.of("Product")[gid]["variants"][0] for gid in sandbox.ids("products"))
    sandbox.state.remove(sandbox.ids("products")[0])
    async with reached(sandbox) as shop:
        text = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id ... on ProductVariant { product { id } } } }"
        said = (await post(shop, {"query": text, "variables": {"ids": [one, two]}})).json()
        assert said["data"]["nodes"] == [None, {"id": two, "product": {"id": sandbox.ids("products")[0]}}]
        assert said["errors"][0]["path"] == ["nodes", 0, "product"]


async def test_two_shops_never_share_anything() -> None:
    one, two = Sandbox(2, shop="one.myshopify.com"), Sandbox(5, shop="two.myshopify.com")
    async with reached(one) as here, reached(two) as there:
        text = {"query": "{ shop { myshopifyDomain } productsCount { count } }"}
        assert (await post(here, text)).json()["data"] == {
            "shop": {"myshopifyDomain": "one.myshopify.com"},
            "productsCount": {"count": 2},
        }
        assert (await post(there, text)).json()["data"]["productsCount"] == {"count": 5}
        assert (await post(here, text, token=two.credentials()["token"])).status_code == 401
