"""Nested lists: whole by either road, and never taken for whole when they are not."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from hub.errors import RetryableError
from hub.ports import Children, Listing, Resource, Row
from tests.connectors.woocommerce.woo_shop import CUSTOMERS, ORDERS, PRODUCTS, Opened, facing, opened
from tests.hub.http.servers import plain


async def drained(shop: Opened, resource: Resource = PRODUCTS) -> tuple[list[Row], Children]:
    parents = list((await shop.store.page(resource, Listing())).rows)
    shop.asked.clear()
    return parents, await shop.store.children(resource, parents)


def ids(children: Children) -> dict[str, list[str]]:
    return {parent: [row.id for row in rows] for parent, rows in children.rows.items()}


async def test_variations_of_a_page_come_in_few_requests_and_in_the_parents_order() -> None:
    async with opened(products=60, most_variations=120) as shop:
        parents, children = await drained(shop)
        assert ids(children) == {parent.id: list(parent.children or ()) for parent in parents}
        assert all(row.parent == parent for parent, rows in children.rows.items() for row in rows)
        wanted = sum(len(parent.children or ()) for parent in parents)
        assert wanted > 100
        assert len(shop.asked) == -(-wanted // 100)
        assert all("/wc/v3/variations?include=" in asked for asked in shop.asked)
        assert not children.incomplete


@pytest.mark.parametrize("known", [True, False])
async def test_an_older_shop_is_asked_parent_by_parent_with_the_same_result(known: bool) -> None:
    async with opened(products=60, most_variations=120) as shop:
        _, expected = await drained(shop)
    capabilities = {"variations": False} if known else {}
    async with opened(products=60, most_variations=120, global_variations=False, capabilities=capabilities) as shop:
        parents, children = await drained(shop)
        assert ids(children) == ids(expected)
        assert not children.incomplete
        with_children = [parent for parent in parents if parent.children]
        assert any(len(parent.children or ()) > 100 for parent in with_children)  # a list of two pages
        shop.asked.clear()
        await shop.store.children(PRODUCTS, parents)
        assert not any("/wc/v3/variations" in asked for asked in shop.asked)  # the 404 is remembered


async def test_refunds_come_with_their_orders() -> None:
    async with opened(orders=60) as shop:
        parents, children = await drained(shop, ORDERS)
        assert ids(children) == {parent.id: list(parent.children or ()) for parent in parents}
        assert any(children.rows.values())


async def test_parents_without_children_cost_no_request() -> None:
    async with opened() as shop:
        parents = [row for row in (await shop.store.page(PRODUCTS, Listing())).rows if row.children == ()]
        shop.asked.clear()
        children = await shop.store.children(PRODUCTS, parents)
        assert parents
        assert shop.asked == []
        assert set(children.rows) == {parent.id for parent in parents}
        assert (await shop.store.children(CUSTOMERS, [Row("1", b"{}")])).rows == {"1": ()}


Respond = Callable[[str, dict[str, str]], bytes]


def shop_of(respond: Respond) -> Any:
    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        path, _, query = request.split(b" ", 2)[1].decode().partition("?")
        params = dict(pair.split("=", 1) for pair in query.replace("%2C", ",").split("&"))
        writer.write(respond(path.partition("/wc/v3")[2], params))

    return answer


def rows(*ids: int, total: int | None) -> bytes:
    headers = [] if total is None else [f"X-WP-Total: {total}"]
    return plain(json.dumps([{"id": id, "parent_id": 1} for id in ids]).encode(), "200 OK", *headers)


async def test_what_the_shared_list_lacks_is_asked_for_below_its_parent() -> None:
    def respond(path: str, params: dict[str, str]) -> bytes:
        return rows(11, total=1) if path == "/variations" else rows(11, 12, 13, total=3)

    async with facing(shop_of(respond)) as (store, served):
        children = await store.children(PRODUCTS, [Row("1", b"{}", children=("12", "11"))])
    assert ids(children) == {"1": ["12", "11", "13"]}
    assert not children.incomplete
    assert len(served.requests) == 2


async def test_a_child_that_is_gone_meanwhile_leaves_the_list_whole() -> None:
    def respond(path: str, params: dict[str, str]) -> bytes:
        return rows(11, total=1)

    async with facing(shop_of(respond)) as (store, _):
        children = await store.children(PRODUCTS, [Row("1", b"{}", children=("12", "11"))])
    assert (ids(children), children.incomplete) == ({"1": ["11"]}, {})


async def test_a_page_that_is_one_row_short_does_not_end_the_list() -> None:
    def respond(path: str, params: dict[str, str]) -> bytes:
        offset = int(params.get("offset", 0))
        return rows(*range(11 + offset, min(11 + offset + 99, 261)), total=250)

    async with facing(shop_of(respond), variations=False) as (store, _):
        children = await store.children(PRODUCTS, [Row("1", b"{}", children=("11",))])
    assert [row.id for row in children.rows["1"]] == [str(id) for id in range(11, 261)]
    assert not children.incomplete


@pytest.mark.parametrize(
    ("respond", "reason"),
    [
        (lambda path, params: rows(*([] if "offset" in params else [11]), total=3), "counts 3 variations and sent 1"),
        (lambda path, params: rows(11, total=3), "counts 3 variations and sent 1"),  # the same page for ever
        (lambda path, params: rows(11, 12, total=1), "counts 1 variations and sent 2"),
        (lambda path, params: rows(*([] if "offset" in params else [12]), total=None), "does not count its variations"),
        (
            lambda path, params: plain(
                b'{"code":"woocommerce_rest_product_invalid_id","message":"Invalid ID."}', "404 Not Found"
            ),
            "could not be read",
        ),
    ],
)
async def test_a_list_that_is_not_whole_is_named_with_its_reason(respond: Respond, reason: str) -> None:
    async with facing(shop_of(respond), variations=False) as (store, served):
        children = await store.children(PRODUCTS, [Row("1", b"{}", children=("11",)), Row("2", b"{}", children=())])
    assert set(children.incomplete) == {"1"}
    assert reason in children.incomplete["1"]
    assert len(served.requests) <= 6


async def test_bad_children_are_handed_over_and_count() -> None:
    def respond(path: str, params: dict[str, str]) -> bytes:
        return plain(b'[{"id":11},null]', "200 OK", "X-WP-Total: 2")

    async with facing(shop_of(respond)) as (store, _):
        children = await store.children(PRODUCTS, [Row("1", b"{}", children=("11", "12"))])
    assert (ids(children), [bad.body for bad in children.bad], children.incomplete) == ({"1": ["11"]}, [b"null"], {})


async def test_a_second_attempt_goes_on_where_the_first_broke_off() -> None:
    asked: list[str] = []

    def respond(path: str, params: dict[str, str]) -> bytes:
        parent = int(re.findall(r"/products/(\d+)/", path)[0])
        asked.append(str(parent))
        if parent == 5 and asked.count("5") == 1:
            return plain(b"slow down", "429 Too Many Requests", "Retry-After: 1")
        return rows(parent * 10, total=1)

    parents = [Row(str(id), b"{}", children=(str(id * 10),)) for id in range(1, 9)]
    async with facing(shop_of(respond), variations=False) as (store, _):
        with pytest.raises(RetryableError) as caught:
            await store.children(PRODUCTS, parents)
        assert caught.value.after == 1.0
        children = await store.children(PRODUCTS, parents)
    assert ids(children) == {str(id): [str(id * 10)] for id in range(1, 9)}
    assert len(asked) == 9


async def test_no_more_than_two_parents_are_asked_at_once() -> None:
    running = most = 0

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        writer.write(rows(1, total=1))

    async with facing(answer, variations=False) as (store, _):
        await store.children(PRODUCTS, [Row(str(id), b"{}", children=("1",)) for id in range(1, 9)])
    assert most == 2
