"""Bulk operations over real HTTP: what may run, how it ends, and what its file holds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from asking import TREE, Shop, opened

from connectors.shopify.sandbox.bulk import KEPT
from connectors.shopify.sandbox.bulk_check import checked
from connectors.shopify.sandbox.execute import schema

Json = dict[str, Any]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with opened() as found:
        yield found


async def fetched(shop: Shop, url: str, **headers: str) -> httpx.Response:
    return await shop.client.get(url, headers=headers)


def lines_of(raw: bytes) -> list[Json]:
    assert raw.endswith(b"\n")
    return [json.loads(line) for line in raw[:-1].split(b"\n")]


def kinds(rows: list[Json]) -> list[str]:
    return [row["id"].split("/")[3] for row in rows]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "Syntax Error"),
        ("{ shop { name } }", "at least one connection"),
        ("{ shop { metafields { nodes { id } } } }", "at the top level"),
        ("{ products { edges { node { id nope } } } }", "Cannot query field 'nope'"),
        ('{ node(id: "gid://shopify/Product/1") { id } }', "top level `node`"),
        ("{ products { nodes { id } } orders { nodes { id } } }", "exactly one top level field"),
        ("query Q($q: String) { products(query: $q) { nodes { id } } }", "variables are not supported"),
        ("{ products { nodes { title variants { nodes { id } } } } }", "must select the 'id' field without an alias"),
        ("{ products { nodes { id: title variants { nodes { id } } } } }", "must select the 'id' field without an alias"),
        ("{ orders { nodes { id refunds { id refundLineItems { nodes { id } } } } } }", "within a list field"),
        (
            "{ products { nodes { id a: media { nodes { id } } b: media { nodes { id } } metafields { nodes { id } }"
            " collections { nodes { id } } variants { nodes { id } } } } }",
            "more than 5 connections",
        ),
        (
            "{ collections { nodes { id products { nodes { id variants { nodes { id metafields { nodes { id } } } } } } } } }",
            "nesting depth greater than 2",
        ),
        ('mutation { bulkOperationCancel(id: "gid://shopify/BulkOperation/1") { bulkOperation { id } } }', "exactly one query"),
    ],
)
async def test_what_shopify_does_not_run_is_a_user_error(shop: Shop, document: str, message: str) -> None:
    payload = await shop.run(document)
    [error] = payload["userErrors"]
    assert payload["bulkOperation"] is None
    assert (error["code"], error["field"]) == ("INVALID", ["query"])
    assert message in error["message"]
    assert not shop.sandbox.state.of("BulkOperation")


@pytest.mark.parametrize("name", ["bulk_products", "bulk_products_places", "bulk_orders", "bulk_customers"])
def test_the_connector_s_own_documents_may_run(name: str) -> None:
    text = files("connectors.shopify.documents").joinpath(f"{name}.graphql").read_text(encoding="utf-8")
    assert checked(schema(), text)[0].operation.value == "query"


async def test_children_stand_apart_from_their_parents_and_name_them_last(shop: Shop) -> None:
    made = [shop.product(f"P{number}") for number in range(3)]
    found = await shop.done(await shop.begun())
    raw = (await fetched(shop, found["url"])).content
    rows = lines_of(raw)
    assert kinds(rows) == ["Product"] * 3 + ["ProductVariant"] * 6 + ["Metafield"] * 6
    assert (found["objectCount"], found["rootObjectCount"], found["fileSize"]) == ("15", "3", str(len(raw)))
    assert [row["id"] for row in rows[:3]] == [one["id"] for one in made]
    assert all(list(row)[-1] == "__parentId" for row in rows[3:])
    assert rows[3]["__parentId"] != rows[4]["__parentId"]  # not behind one another
    parents = {row["id"] for row in rows}
    assert {row["__parentId"] for row in rows[3:]} <= parents
    assert set(rows[0]) == {"id", "title"}


async def test_grouped_children_stand_directly_behind_their_parents(shop: Shop) -> None:
    for number in range(2):
        shop.product(f"P{number}")
    found = await shop.done(await shop.begun(grouped=True))
    rows = lines_of((await fetched(shop, found["url"])).content)
    assert kinds(rows) == ["Product", "ProductVariant", "Metafield", "ProductVariant", "Metafield"] * 2
    for above, row in pairwise(rows):
        assert row.get("__parentId") in {None, above["id"], rows[0]["id"], rows[5]["id"]}


async def test_stock_inside_a_single_object_belongs_to_the_variant(shop: Shop) -> None:
    product = shop.product(variants=1, metafields=0)
    state = shop.sandbox.state
    variant = state.get(product["variants"][0])
    assert variant
    level = state.put("InventoryLevel", {"item": variant["inventoryItem"], "isActive": True, "quantities": []})
    item = state.get(variant["inventoryItem"])
    assert item
    item["inventoryLevels"].append(level["id"])
    document = "{ productVariants { nodes { id inventoryItem { id inventoryLevels(includeInactive: true) { nodes { id } } } } } }"
    found = await shop.done(await shop.begun(document))
    rows = lines_of((await fetched(shop, found["url"])).content)
    assert rows == [
        {"id": variant["id"], "inventoryItem": {"id": item["id"]}},
        {"id": level["id"], "__parentId": variant["id"]},
    ]


async def test_line_separators_stand_raw_and_slashes_escaped(shop: Shop) -> None:
    title = "a\u2028b\u0085c\u2029d\fé♥/e"
    shop.product(title, variants=0)
    found = await shop.done(await shop.begun())
    raw = (await fetched(shop, found["url"])).content
    assert raw.count(b"\n") == 1
    for piece in ("\u2028", "\u0085", "\u2029", "♥"):
        assert piece.encode() in raw
    assert b"gid:\\/\\/shopify\\/Product" in raw
    assert len(raw.decode().splitlines()) > 1  # what a careless reader does
    assert lines_of(raw)[0]["title"] == title


async def test_pages_and_their_limits_do_not_count(shop: Shop) -> None:
    shop.product(variants=300, metafields=0)
    document = (
        "{ products(first: 1) { edges { cursor node { id "
        "variants(first: 2) { edges { node { id } } pageInfo { hasNextPage } } } } } }"
    )
    found = await shop.done(await shop.begun(document))
    assert found["objectCount"] == "301"


async def test_a_filter_at_the_root_holds(shop: Shop) -> None:
    shop.product("old", variants=0, updatedAt="2020-01-01T00:00:00Z")
    shop.product("new", variants=0)
    document = """{ products(query: "updated_at:>='2026-01-01T00:00:00Z'") { edges { node { id title } } } }"""
    found = await shop.done(await shop.begun(document))
    assert [row["title"] for row in lines_of((await fetched(shop, found["url"])).content)] == ["new"]


async def test_nothing_found_has_no_address(shop: Shop) -> None:
    found = await shop.done(await shop.begun())
    assert (found["status"], found["url"], found["objectCount"], found["fileSize"]) == ("COMPLETED", None, "0", None)


async def test_an_operation_goes_through_its_states_and_five_run_at_once() -> None:
    async with opened(bulk_seconds=0.2) as shop:
        shop.product()
        shop.sandbox.bulk.stall()
        begun = [await shop.begun() for _ in range(5)]
        [error] = (await shop.run())["userErrors"]
        assert (error["code"], error["field"]) == ("LIMIT_REACHED", None)
        while (await shop.poll(begun[0]))["status"] == "CREATED":
            pass
        assert (await shop.poll(begun[0]))["status"] == "RUNNING"
        query = '{ bulkOperations(first: 10, query: "status:running operation_type:query") { nodes { id } } }'
        assert {one["id"] for one in (await shop.ask(query))["bulkOperations"]["nodes"]} <= set(begun)
        shop.sandbox.bulk.stall(False)
        assert {(await shop.done(one))["status"] for one in begun} == {"COMPLETED"}
        assert (await shop.ask(query))["bulkOperations"]["nodes"] == []
        assert (await shop.run())["userErrors"] == []


async def test_a_cancelled_operation_leaves_nothing(shop: Shop) -> None:
    shop.product()
    shop.sandbox.bulk.stall()
    operation = await shop.begun()
    cancel = "mutation C($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { id status } userErrors { field message } } }"
    assert (await shop.ask(cancel, id=operation))["bulkOperationCancel"]["bulkOperation"]["status"] == "CANCELING"
    found = await shop.done(operation)
    assert (found["status"], found["url"]) == ("CANCELED", None)
    assert (await shop.ask(cancel, id=operation))["bulkOperationCancel"]["userErrors"]
    assert (await shop.ask(cancel, id=operation + "9"))["bulkOperationCancel"]["userErrors"][0]["field"] == ["id"]


async def test_a_failed_operation_may_leave_a_part(shop: Shop) -> None:
    for number in range(4):
        shop.product(f"P{number}", variants=0)
    shop.sandbox.bulk.fail(at=3, partial=True, code="TIMEOUT")
    found = await shop.done(await shop.begun())
    assert (found["status"], found["errorCode"], found["url"]) == ("FAILED", "TIMEOUT", None)
    assert len(lines_of((await fetched(shop, found["partialDataUrl"])).content)) == 3
    shop.sandbox.bulk.fail()
    found = await shop.done(await shop.begun())
    assert (found["errorCode"], found["partialDataUrl"]) == ("INTERNAL_SERVER_ERROR", None)
    assert (await shop.done(await shop.begun()))["status"] == "COMPLETED"


async def test_a_missing_scope_fails_the_operation(shop: Shop) -> None:
    shop.product()
    shop.sandbox.credentials()
    for token in shop.sandbox.tokens.access.values():
        token.scopes = ("read_orders",)
    found = await shop.done(await shop.begun())
    assert (found["status"], found["errorCode"]) == ("FAILED", "ACCESS_DENIED")


async def test_an_expired_address_is_refused_until_the_operation_is_asked_again(shop: Shop) -> None:
    shop.product()
    operation = await shop.begun()
    old = (await shop.done(operation))["url"]
    assert (await fetched(shop, old)).status_code == 200
    shop.sandbox.bulk.expire_urls()
    refused = await fetched(shop, old)
    assert (refused.status_code, refused.headers["content-type"][:15]) == (403, "application/xml")
    assert (await fetched(shop, (await shop.poll(operation))["url"])).status_code == 200
    assert (await fetched(shop, old.replace("expires=1", "expires=2"))).status_code == 403
    shop.sandbox.clock = KEPT + 60
    assert (await fetched(shop, old)).status_code == 403
    found = await shop.poll(operation)
    assert (found["status"], found["url"]) == ("EXPIRED", None)


async def test_a_download_needs_no_token_and_tells_when_it_got_one(shop: Shop) -> None:
    shop.product()
    url = (await shop.done(await shop.begun()))["url"]
    whole = await fetched(shop, url)
    assert (whole.headers["content-length"], shop.sandbox.bulk.token_seen) == (str(len(whole.content)), 0)
    await fetched(shop, url, **{"X-Shopify-Access-Token": "shpat_x"})
    assert (shop.sandbox.bulk.token_seen, shop.sandbox.bulk.downloads) == (1, 2)


async def test_a_download_that_broke_off_can_be_taken_up(shop: Shop) -> None:
    shop.product(variants=20)
    found = await shop.done(await shop.begun())
    shop.sandbox.bulk.cut(100)
    taken = b""
    with pytest.raises(httpx.RemoteProtocolError):
        async with shop.client.stream("GET", found["url"]) as answer:
            assert answer.headers["content-length"] == found["fileSize"]
            async for piece in answer.aiter_bytes():
                taken += piece
    assert len(taken) <= 100
    rest = await fetched(shop, found["url"], Range=f"bytes={len(taken)}-")
    assert rest.status_code == 206
    assert rest.headers["content-range"] == f"bytes {len(taken)}-{int(found['fileSize']) - 1}/{found['fileSize']}"
    assert len(taken + rest.content) == int(found["fileSize"])
    lines_of(taken + rest.content)
    assert (await fetched(shop, found["url"], Range=f"bytes={found['fileSize']}-")).status_code == 416
    assert len((await fetched(shop, found["url"], Range="bytes=5-14")).content) == 10


async def test_files_can_be_cut_or_hold_a_line_that_is_no_json(shop: Shop) -> None:
    shop.product(variants=3)
    shop.sandbox.bulk.malform(2)
    found = await shop.done(await shop.begun())
    broken = (await fetched(shop, found["url"])).content.split(b"\n")[1]
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        json.loads(broken)
    shop.sandbox.bulk.truncate(50)
    found = await shop.done(await shop.begun())
    short = await fetched(shop, found["url"])
    assert (len(short.content), short.headers["content-length"]) == (50, "50")
    assert int(found["fileSize"]) > 50


async def test_an_operation_can_expire(shop: Shop) -> None:
    shop.product()
    shop.sandbox.bulk.expire_next()
    found = await shop.done(await shop.begun())
    assert (found["status"], found["url"]) == ("EXPIRED", None)


async def test_a_prepared_file_can_be_handed_in(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "million.jsonl"
    path.write_bytes(b'{"id":"gid:\\/\\/shopify\\/Product\\/1"}\n' * 1000)
    shop.sandbox.bulk.serve_file(path, root_count=1000, object_count=1000)
    found = await shop.done(await shop.begun())
    assert (found["rootObjectCount"], found["fileSize"]) == ("1000", str(path.stat().st_size))
    assert (await fetched(shop, found["url"])).content == path.read_bytes()


async def test_the_current_operation_is_the_newest(shop: Shop) -> None:
    await shop.done(await shop.begun(TREE))
    newest = await shop.begun(TREE)
    query = "{ currentBulkOperation { id type query } }"
    assert (await shop.ask(query))["currentBulkOperation"] == {"id": newest, "type": "QUERY", "query": TREE}
    await shop.done(newest)


@pytest.mark.parametrize(
    ("name", "root", "kinds_below"),
    [
        ("bulk_products", "Product", {"ProductVariant"}),
        ("bulk_products_places", "Product", {"ProductVariant", "InventoryLevel"}),
        ("bulk_orders", "Order", {"LineItem"}),
        ("bulk_customers", "Customer", set()),
    ],
)
async def test_the_connector_s_documents_bring_everything_that_the_shop_holds(
    name: str, root: str, kinds_below: set[str]
) -> None:
    async with opened(products=60, orders=50, customers=30) as shop:
        text = files("connectors.shopify.documents").joinpath(f"{name}.graphql").read_text(encoding="utf-8")
        found = await shop.done(await shop.begun(text))
        assert (found["status"], found["errorCode"]) == ("COMPLETED", None)
        rows = lines_of((await fetched(shop, found["url"])).content)
        seen = [row["id"] for row in rows]
        state = shop.sandbox.state
        assert [row["id"] for row in rows if "__parentId" not in row] == list(state.of(root))
        for kind in kinds_below:
            assert {one for one in seen if f"/{kind}/" in one} == set(state.of(kind))
        assert (found["objectCount"], found["rootObjectCount"]) == (str(len(rows)), str(len(state.of(root))))
        assert {row["__parentId"] for row in rows if "__parentId" in row} <= set(seen)
