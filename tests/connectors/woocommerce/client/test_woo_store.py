"""The store port against the sandbox over HTTP, and against servers that answer what no honest shop would."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.errors import ConnectorError, PermanentError, RetryableError
from hub.ports import Listing, Page, Resource
from tests.connectors.woocommerce.woo_shop import CUSTOMERS, ORDERS, PRODUCTS, Opened, facing, opened
from tests.hub.http.servers import always, plain


async def listed(shop: Opened, resource: Resource, limit: int = 7, **question: Any) -> list[Page]:
    pages: list[Page] = []
    offset = 0
    while not pages or pages[-1].rows:
        pages.append(await shop.store.page(resource, Listing(offset=offset, limit=limit, **question)))
        offset += limit
    return pages


@pytest.mark.parametrize("resource", [PRODUCTS, ORDERS, CUSTOMERS], ids=lambda resource: resource.name)
@pytest.mark.parametrize("ids_only", [False, True])
async def test_a_listing_by_offset_is_whole(resource: Resource, ids_only: bool) -> None:
    async with opened() as shop:
        pages = await listed(shop, resource, ids_only=ids_only)
        expected = shop.sandbox.ids(resource.name)
        ids = [row.id for page in pages for row in page.rows]
        assert sorted(ids) == sorted(expected)
        assert ids == sorted(ids, key=int)
        assert {page.total for page in pages[:-1]} == {len(expected)}
        assert all(page.at is not None for page in pages)
        assert ids_only == all(
            row.body.startswith(b'{"id":%s,"date_modified_gmt":' % row.id.encode()) and len(row.body) < 80
            for page in pages
            for row in page.rows
        )


async def test_a_row_is_byte_for_byte_what_the_shop_sent() -> None:
    body = b'[{"id":1, "price" : "1.50","x":1.0},{"id":2}]'
    async with facing(always(plain(body))) as (store, _):
        page = await store.page(PRODUCTS, Listing())
    assert [row.body for row in page.rows] == [b'{"id":1, "price" : "1.50","x":1.0}', b'{"id":2}']


async def test_orders_beyond_the_end_do_not_say_that_there_are_none() -> None:
    async with opened() as shop:
        assert (await shop.store.page(ORDERS, Listing(offset=1000))).total is None
        assert (await shop.store.page(PRODUCTS, Listing(offset=1000))).total == len(shop.sandbox.ids("products"))


async def test_an_empty_shop_is_empty_and_says_so() -> None:
    async with opened(products=0, orders=0, customers=0) as shop:
        assert await shop.store.page(ORDERS, Listing()) == Page([], [], 0, (await shop.store.page(ORDERS, Listing())).at)


@pytest.mark.parametrize("resource", [PRODUCTS, ORDERS], ids=lambda resource: resource.name)
async def test_changes_of_the_last_hours_are_seen_whatever_the_shops_zone(resource: Resource) -> None:
    async with opened(timezone="Europe/Paris") as shop:
        changed = shop.sandbox.ids(resource.name)[3]
        since = datetime.now(UTC) - timedelta(seconds=30)
        shop.sandbox.change(resource.name, [changed])
        page = await shop.store.page(resource, Listing("modified", since=since))
        assert [row.id for row in page.rows if row.modified and row.modified >= since] == [changed]
        assert "modified_after=" + since.strftime("%Y-%m-%dT%H:%M:%S") + "&dates_are_gmt=true" in shop.asked[-1].replace(
            "%3A", ":"
        )


async def test_a_window_holds_its_last_second() -> None:
    async with opened() as shop:
        shop.sandbox.change("products", shop.sandbox.ids("products")[:1])
        newest = max(row.modified for page in await listed(shop, PRODUCTS) for row in page.rows if row.modified)
        page = await shop.store.page(PRODUCTS, Listing("modified", since=newest - timedelta(seconds=1), until=newest))
        assert [row.modified for row in page.rows] == [newest]


async def test_customers_are_never_asked_by_time() -> None:
    async with opened() as shop:
        with pytest.raises(PermanentError, match="customers by modification time"):
            await shop.store.page(CUSTOMERS, Listing(since=datetime.now(UTC)))
        assert shop.asked == []


async def test_rows_are_fetched_by_id_and_what_is_gone_is_absent() -> None:
    async with opened(products=150) as shop:
        ids = shop.sandbox.ids("products")
        shop.sandbox.delete("products", ids[:1])
        shop.sandbox.trash("products", ids[1:2])
        page = await shop.store.fetch(PRODUCTS, [*ids, ids[5], "99999999", "none"])
        assert {row.id for row in page.rows} == set(ids[2:])
        assert len(shop.asked) == 2
        assert (await shop.store.fetch(ORDERS, shop.sandbox.ids("orders")[:2])).total == 2
        assert (await shop.store.fetch(PRODUCTS, [])).rows == []
        assert len(shop.asked) == 3


async def test_a_shop_that_ignores_include_is_asked_for_each_row_by_its_address() -> None:
    gone = plain(b'{"code":"woocommerce_rest_product_invalid_id","message":"Invalid ID.","data":{"status":404}}', "404 Not Found")
    singles = {b"1": plain(b'{"id":1}'), b"7": gone, b"8": plain(b'{"id":8,"status":"trash"}'), b"9": plain(b'{"id":2}')}

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        id = request.split(b" ")[1].partition(b"?")[0].rpartition(b"/")[2]
        writer.write(singles.get(id, plain(b'[{"id":1},{"id":2}]', "200 OK", "X-WP-Total: 2")))

    async with facing(answer) as (store, served):
        page = await store.fetch(PRODUCTS, ["1", "7", "8"])
        assert ([row.id for row in page.rows], page.total) == (["1"], 1)
        assert len(served.requests) == 4
        await store.fetch(PRODUCTS, ["1"])
        assert len(served.requests) == 5  # it is not asked in that way again
        with pytest.raises(PermanentError, match="another row"):
            await store.fetch(PRODUCTS, ["9"])


@pytest.mark.parametrize("body", [b"<html>Not Found</html>", b'{"code":"rest_no_route","message":"No","data":{"status":404}}'])
async def test_a_shop_without_an_address_for_each_row_is_not_taken_for_an_empty_one(body: bytes) -> None:
    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        single = request.split(b" ")[1].partition(b"?")[0].endswith(b"/7")
        writer.write(plain(body, "404 Not Found") if single else plain(b'[{"id":1},{"id":2}]'))

    async with facing(answer) as (store, _):
        with pytest.raises(PermanentError, match="404"):
            await store.fetch(PRODUCTS, ["7"])


async def test_a_fetch_that_is_one_row_short_is_not_believed() -> None:
    async with facing(always(plain(b'[{"id":1}]', "200 OK", "X-WP-Total: 2"))) as (store, _):
        with pytest.raises(RetryableError, match="counts 2 rows and sent 1"):
            await store.fetch(PRODUCTS, ["1", "2"])


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (plain(b"<html><body>maintenance mode</body></html>"), RetryableError),
        (plain(b'[{"id":1},{"id":'), RetryableError),
        (plain(b""), RetryableError),
        (plain(b'{"code":"rest_no_route","message":"No route","data":{"status":404}}'), PermanentError),
        (plain(b'{"code":"rest_no_route","message":"No route","data":{"status":404}}', "404 Not Found"), PermanentError),
        (plain(b'{"hello":"world"}'), PermanentError),
        (plain(b"", "302 Found", "Location: https://elsewhere.example/"), PermanentError),
        (plain(b"slow down", "429 Too Many Requests", "Retry-After: 3"), RetryableError),
        (plain(b"<html>oops", "500 Internal Server Error"), RetryableError),
        (plain(b"", "204 No Content"), RetryableError),
    ],
)
async def test_an_answer_is_rows_or_an_error_never_an_empty_page_by_accident(raw: bytes, error: type[ConnectorError]) -> None:
    async with facing(always(raw)) as (store, _):
        for ask in (
            store.page(PRODUCTS, Listing()),
            store.fetch(ORDERS, ["1"]),
            store.touched_parents(PRODUCTS, Listing("modified")),
        ):
            with pytest.raises(error) as caught:
                await ask
            assert "cs_" not in str(caught.value)


async def test_notices_around_a_page_cost_nothing() -> None:
    body = b"\xef\xbb\xbf<br />\n<b>Notice</b>: x[0] in y\n" + b'[{"id":1},null]' + b"<!-- cached -->"
    async with facing(always(plain(body, "200 OK", "X-WP-Total: 2"))) as (store, _):
        page = await store.page(PRODUCTS, Listing())
    assert ([row.id for row in page.rows], [bad.body for bad in page.bad], page.total) == (["1"], [b"null"], 2)


async def test_parents_of_changed_variations_are_named() -> None:
    async with opened(products=60) as shop:
        pages = await listed(shop, PRODUCTS, 100)
        parent = next(row for row in pages[0].rows if row.children)
        since = datetime.now(UTC) - timedelta(seconds=30)
        assert parent.children
        shop.sandbox.change("variations", [parent.children[0]])
        page = await shop.store.touched_parents(PRODUCTS, Listing("modified", since=since))
        assert {(row.id, row.parent) for row in page.rows} == {(parent.children[0], parent.id)}


async def test_an_older_shop_cannot_tell_whose_variations_changed() -> None:
    async with opened(capabilities={"variations": False}, global_variations=False) as shop:
        page = await shop.store.touched_parents(PRODUCTS, Listing("modified"))
        assert (page.rows, page.total, shop.asked) == ((), None, [])


async def test_every_request_waits_for_the_budget() -> None:
    waited = 0

    async def budget() -> None:
        nonlocal waited
        waited += 1
        await asyncio.sleep(0)

    async with opened() as shop:
        from connectors.woocommerce.client.store import WooStore

        store = WooStore(shop.with_(budget=budget))
        page = await store.page(PRODUCTS, Listing())
        await store.children(PRODUCTS, page.rows)
        await store.fetch(PRODUCTS, [page.rows[0].id])
        assert waited == len(shop.asked)


async def test_the_secret_is_in_no_message_even_where_it_is_in_the_url() -> None:
    body = json.dumps(
        {"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page", "data": {"status": 400}}
    ).encode()
    async with facing(always(plain(body, "400 Bad Request")), auth="query") as (store, served):
        with pytest.raises(PermanentError) as caught:
            await store.page(PRODUCTS, Listing())
        assert b"consumer_secret=cs_" in served.requests[0]
        assert "cs_" not in str(caught.value)
        assert str(served.port) in str(caught.value)
