"""Reading the sandbox over HTTP: pages, search, errors, as Shopify gives them."""

from __future__ import annotations

from typing import Any

import pytest
from asking import Shop
from reached import post, reached

from connectors.shopify.documents import load
from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.connections import cursor_of

SCAN = load("scan_products")


async def _walk(shop: Shop, size: int, **more: Any) -> list[str]:
    """All ids of a scan, page by page."""
    found: list[str] = []
    after = None
    while True:
        said = (await shop.say(SCAN, first=size, after=after, sort="ID", **more))["data"]["products"]
        found += [one["id"] for one in said["nodes"]]
        if not said["pageInfo"]["hasNextPage"]:
            return found
        after = said["pageInfo"]["endCursor"]


async def test_pages_together_are_the_whole_list_in_order() -> None:
    async with reached(Sandbox(57)) as shop:
        assert await _walk(shop, 10) == shop.sandbox.ids("products")


async def test_a_cursor_names_a_place_and_no_row() -> None:
    """Rows before and at the cursor go away; the next page begins where it would have."""
    async with reached(Sandbox(20)) as shop:
        ids = shop.sandbox.ids("products")
        first = (await shop.say(SCAN, first=5, sort="ID"))["data"]["products"]
        shop.sandbox.delete("products", ids[:5])
        second = (await shop.say(SCAN, first=5, sort="ID", after=first["pageInfo"]["endCursor"]))["data"]["products"]
        assert [one["id"] for one in second["nodes"]] == ids[5:10]


async def test_a_row_that_changes_moves_behind_in_a_list_by_update() -> None:
    async with reached(Sandbox(20)) as shop:
        first = (await shop.say(SCAN, first=5, sort="UPDATED_AT"))["data"]["products"]
        shop.sandbox.change("products", [first["nodes"][0]["id"]])
        last = (await shop.say(SCAN, first=250, sort="UPDATED_AT"))["data"]["products"]["nodes"][-1]
        assert last["id"] == first["nodes"][0]["id"]


async def test_backwards_is_the_same_list_backwards() -> None:
    text = """query Q($after: String) {
      products(first: 4, after: $after, reverse: true, sortKey: TITLE) { edges { cursor node { id } } } }"""
    back = """query Q($before: String) {
      products(last: 3, before: $before, reverse: true, sortKey: TITLE) { nodes { id } } }"""
    async with reached(Sandbox(9)) as shop:
        first = (await shop.say(text))["data"]["products"]["edges"]
        second = (await shop.say(text, after=first[-1]["cursor"]))["data"]["products"]["edges"]
        before = (await shop.say(back, before=second[0]["cursor"]))["data"]["products"]["nodes"]
        assert [one["node"]["id"] for one in first[1:]] == [one["id"] for one in before]
        assert len({one["node"]["id"] for one in first + second}) == 8


REFUSED = {
    "{ products { nodes { id } } }": "BAD_REQUEST",
    "{ products(first: 251) { nodes { id } } }": "BAD_REQUEST",
    "{ products(first: 1, last: 1) { nodes { id } } }": "BAD_REQUEST",
    '{ products(first: 1, after: "nonsense") { nodes { id } } }': "BAD_REQUEST",
    '{ nodes(ids: ["7"]) { id } }': "RESOURCE_NOT_FOUND",
    '{ product(id: "gid://shopify/Order/1") { id } }': "RESOURCE_NOT_FOUND",
}


@pytest.mark.parametrize("text", REFUSED)
async def test_what_shopify_refuses_is_refused(text: str) -> None:
    async with reached(Sandbox(3)) as shop:
        assert (await shop.say(text))["errors"][0]["extensions"]["code"] == REFUSED[text]


async def test_too_many_ids_are_refused() -> None:
    async with reached(Sandbox(1)) as shop:
        ids = [f"gid://shopify/Product/{number}" for number in range(251)]
        said = await shop.say("query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
        assert said["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"


async def test_unknown_ids_are_null_in_their_places() -> None:
    async with reached(Sandbox(2)) as shop:
        one, two = shop.sandbox.ids("products")
        said = await shop.say("query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[one, "gid://shopify/Product/1", two])
        assert said["data"]["nodes"] == [{"id": one}, None, {"id": two}]


async def test_aliases_fragments_and_conditions_are_understood() -> None:
    text = """query Q($id: ID!, $yes: Boolean!) {
      mine: product(id: $id) { ...One handle @include(if: $yes) vendor @skip(if: $yes) }
      again: product(id: $id) { name: title } }
    fragment One on Product { id __typename title }"""
    async with reached(Sandbox(1)) as shop:
        (gid,) = shop.sandbox.ids("products")
        data = (await shop.say(text, id=gid, yes=True))["data"]
        assert list(data["mine"]) == ["id", "__typename", "title", "handle"]
        assert data["again"] == {"name": data["mine"]["title"]}


async def test_an_unknown_field_is_told_by_its_code() -> None:
    async with reached(Sandbox(1)) as shop:
        said = await shop.say("{ shop { sparkle } }")
        assert said["errors"][0]["extensions"]["code"] == "undefinedField"
        assert "data" not in said


async def test_a_search_narrows_the_list_and_its_count_alike() -> None:
    async with reached(Sandbox(40)) as shop:
        ids = shop.sandbox.ids("products")
        number = ids[24].rpartition("/")[2]
        said = (await shop.say(SCAN, first=250, sort="ID", query=f"id:>{number}", counted=f"id:>{number}"))["data"]
        assert [one["id"] for one in said["products"]["nodes"]] == ids[25:]
        assert said["productsCount"] == {"count": 15, "precision": "EXACT"}


async def test_a_search_by_update_finds_what_changed() -> None:
    async with reached(Sandbox(10)) as shop:
        shop.sandbox.clock = 3600
        since = shop.sandbox.state.now()
        changed = shop.sandbox.ids("products")[3:6]
        shop.sandbox.change("products", changed)
        said = (await shop.say(SCAN, first=250, sort="UPDATED_AT", query=f"updated_at:>='{since}'"))["data"]
        assert [one["id"] for one in said["products"]["nodes"]] == changed


SEARCHES = {
    "status:active": lambda one: one["status"] == "ACTIVE",
    "status:active,draft": lambda one: one["status"] != "ARCHIVED",
    "-status:active": lambda one: one["status"] != "ACTIVE",
    "NOT status:active": lambda one: one["status"] != "ACTIVE",
    "vendor:'Maison Luneo' AND status:DRAFT": lambda one: one["vendor"] == "Maison Luneo" and one["status"] == "DRAFT",
    "status:draft OR status:archived": lambda one: one["status"] != "ACTIVE",
    '(status:draft OR status:archived) product_type:"Bijoux"': lambda one: (
        one["status"] != "ACTIVE" and one["productType"] == "Bijoux"
    ),
    "tag:*": lambda one: bool(one["tags"]),
    "émeraude": lambda one: "émeraude" in f"{one['title']}{one['handle']}".casefold(),
}


@pytest.mark.parametrize("query", SEARCHES)
async def test_the_search_language(query: str) -> None:
    async with reached(Sandbox(80)) as shop:
        said = (await shop.say(SCAN, first=250, sort="ID", query=query))["data"]
        wanted = [one["id"] for one in shop.sandbox.state.of("Product").values() if SEARCHES[query](one)]
        assert [one["id"] for one in said["products"]["nodes"]] == wanted
        assert 0 < len(wanted) < 80


async def test_an_unknown_filter_is_ignored_and_only_told_to_those_who_ask() -> None:
    async with reached(Sandbox(4)) as shop:
        body = {"query": SCAN, "variables": {"first": 9, "sort": "ID", "query": "sparkle:yes"}}
        quiet = (await post(shop, body)).json()
        loud = (await post(shop, body, **{"Shopify-Search-Query-Debug": "1"})).json()
        assert len(quiet["data"]["products"]["nodes"]) == 4
        assert "search" not in quiet["extensions"]
        warning = loud["extensions"]["search"][0]["warnings"][0]
        assert (warning["field"], loud["extensions"]["search"][0]["path"]) == ("sparkle", ["products"])


async def test_customers_are_found_by_whole_days() -> None:
    async with reached(Sandbox(customers=3)) as shop:
        gid = shop.sandbox.ids("customers")[0]
        shop.sandbox.change("customers", [gid])
        late = f"{shop.sandbox.state.now()[:10]}T23:59:59Z"
        said = await shop.say(load("scan_customers"), first=9, sort="UPDATED_AT", query=f"updated_at:>='{late}'")
        assert gid in [one["id"] for one in said["data"]["customers"]["nodes"]]


async def test_counts_stop_where_no_limit_was_lifted() -> None:
    async with reached(Sandbox(7)) as shop:
        said = (
            await shop.say(
                "{ all: productsCount(limit: null) { count precision } few: productsCount(limit: 5) { count precision } }"
            )
        )["data"]
        assert said == {"all": {"count": 7, "precision": "EXACT"}, "few": {"count": 5, "precision": "AT_LEAST"}}


async def test_a_listing_cannot_be_paged_beyond_25_000_rows() -> None:
    sandbox = Sandbox()
    stamp = sandbox.state.now()
    for number in range(25_010):
        sandbox.state.put("Product", {"title": f"P {number}", "createdAt": stamp, "updatedAt": stamp})
    ids = sandbox.ids("products")
    async with reached(sandbox) as shop:
        deep = ids[24_900].rpartition("/")[2]
        cursor_text = """query Q($after: String, $query: String) {
          products(first: 250, after: $after, query: $query) { nodes { id } } }"""
        found = (await shop.say(cursor_text, query=f"id:<={deep}"))["data"]["products"]
        assert len(found["nodes"]) == 250
        said = await shop.say(cursor_text, after=cursor_of((0, int(deep))))
        assert said["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
        narrowed = (await shop.say(cursor_text, query=f"id:>{deep}"))["data"]["products"]
        assert [one["id"] for one in narrowed["nodes"]] == ids[24_901:]
