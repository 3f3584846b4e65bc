"""Pages of ids: complete in any order, whatever shifts, however deep, however many rows share a second."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.shopify.client import scan
from connectors.shopify.client.place import Place, place_of
from connectors.shopify.times import stamp
from hub.errors import PermanentError, RetryableError
from hub.ports import Listing, Page, Resource
from tests.connectors.shopify.client.scripted import answering, cost, said
from tests.connectors.shopify.client.stock import CUSTOMERS, ORDERS, PRODUCTS, Opened, customer, opened, order, product

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def walked(shop: Opened, resource: Resource, listing: Listing) -> list[Page]:
    pages = [await shop.store.page(resource, listing)]
    while pages[-1].next is not None:
        pages.append(await shop.store.page(resource, replace(listing, after=pages[-1].next)))
        assert len(pages) < 200
    return pages


def ids(pages: list[Page]) -> list[str]:
    return [row.id for page in pages for row in page.rows]


def stamped(minutes: int) -> str:
    return stamp(NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize(("resource", "make"), [(PRODUCTS, product), (ORDERS, order), (CUSTOMERS, customer)])
async def test_every_id_comes_once_in_ascending_order_and_the_total_is_that_of_the_whole_listing(
    resource: Resource, make: Any
) -> None:
    async with opened() as shop:
        made = [make(shop.state) for _ in range(23)]
        pages = await walked(shop, resource, Listing(limit=5, ids_only=True))
    assert ids(pages) == made
    assert [page.total for page in pages] == [23] * 5
    assert [len(page.rows) for page in pages] == [5, 5, 5, 5, 3]
    assert all(row.body == b"" and row.modified is not None for page in pages for row in page.rows)
    assert all(page.at is not None for page in pages)


async def test_by_id_no_page_is_deep_and_rows_that_vanish_shift_nothing() -> None:
    async with opened() as shop:
        made = [product(shop.state) for _ in range(12)]
        first = await shop.store.page(PRODUCTS, Listing(limit=4, ids_only=True))
        for gone in made[:4]:
            shop.state.remove(gone)
        rest = await walked(shop, PRODUCTS, Listing(limit=4, ids_only=True, after=first.next))
    assert ids([first, *rest]) == made
    assert all(asked["after"] is None for asked in shop.named("ScanProducts"))


async def test_changes_come_by_their_time_within_the_window() -> None:
    async with opened() as shop:
        made = [product(shop.state, updated=stamped(minute)) for minute in (9, 3, 7, 1, 5)]
        window = Listing(order="modified", since=NOON + timedelta(minutes=3), until=NOON + timedelta(minutes=7), limit=2)
        pages = await walked(shop, PRODUCTS, replace(window, ids_only=True))
    assert ids(pages) == [made[1], made[4], made[2]]
    assert [page.total for page in pages] == [3, 3]
    assert shop.named("ScanProducts")[0]["query"] == "updated_at:>='2026-11-20T12:03:00Z' AND updated_at:<='2026-11-20T12:07:00Z'"


async def test_a_shop_that_matches_whole_days_is_not_believed() -> None:
    async with opened() as shop:
        made = [customer(shop.state, updated=stamped(minute)) for minute in range(400)]
        pages = await walked(
            shop, CUSTOMERS, Listing(order="modified", since=NOON + timedelta(minutes=370), limit=7, ids_only=True)
        )
    assert ids(pages) == made[370:]
    assert [len(page.rows) for page in pages] == [7, 7, 7, 7, 2], "full pages, but for the last one"
    assert {page.total for page in pages} == {None}, "the shop counts the whole day"


async def test_more_rows_of_one_second_than_a_page_holds_all_come() -> None:
    async with opened() as shop:
        made = [product(shop.state, updated=stamped(0)) for _ in range(23)]
        pages = await walked(shop, PRODUCTS, Listing(order="modified", since=NOON, limit=5, ids_only=True))
    assert ids(pages) == made


async def test_beyond_what_a_cursor_reaches_the_bound_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "REACH", 10)
    monkeypatch.setattr("connectors.shopify.sandbox.connections.DEEPEST", 15)
    async with opened() as shop:
        made = [product(shop.state, updated=stamped(minute)) for minute in range(60)]
        pages = await walked(shop, PRODUCTS, Listing(order="modified", since=NOON, limit=5, ids_only=True))
    assert list(dict.fromkeys(ids(pages))) == made
    assert len(ids(pages)) < 70, "only the rows at a bound come twice"


async def test_more_rows_of_one_second_than_a_cursor_reaches_all_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "REACH", 10)
    monkeypatch.setattr("connectors.shopify.sandbox.connections.DEEPEST", 15)
    async with opened() as shop:
        early = [product(shop.state, updated=stamped(-1)) for _ in range(3)]
        same = [product(shop.state, updated=stamped(0)) for _ in range(40)]
        late = [product(shop.state, updated=stamped(minute)) for minute in range(1, 5)]
        pages = await walked(shop, PRODUCTS, Listing(order="modified", since=NOON - timedelta(minutes=1), limit=5, ids_only=True))
    assert set(ids(pages)) == {*early, *same, *late}


async def test_no_row_at_all_is_an_end() -> None:
    async with opened() as shop:
        page = await shop.store.page(PRODUCTS, Listing(limit=5))
    assert (list(page.rows), page.total, page.next) == ([], 0, None)


def nodes(*found: Any, count: Any = None, **info: Any) -> bytes:
    answer = {"nodes": list(found), "pageInfo": {"hasNextPage": False, "endCursor": None, **info}}
    return said({"data": {"products": answer, "productsCount": count}, "extensions": cost()})


GOOD = {"id": "gid://shopify/Product/7", "updatedAt": "2026-11-20T08:00:00Z"}


async def test_a_row_without_a_name_is_kept_and_the_shops_own_cursor_leads_past_it() -> None:
    broken: list[Any] = [None, {"id": {"id": 8}}, {"id": "gid://shopify/Order/9"}]
    async with answering([nodes(GOOD, *broken, hasNextPage=True, endCursor="c"), nodes(GOOD)]) as shop:
        reader = scan.Scan(shop.graph)
        page = await reader.page(PRODUCTS, Listing(limit=4))
        await reader.page(PRODUCTS, Listing(limit=4, after=page.next))
    assert [row.id for row in page.rows] == [GOOD["id"]]
    assert [bad.body for bad in page.bad] == [b"null", b'{"id":{"id":8}}', b'{"id":"gid://shopify/Order/9"}']
    assert all(bad.reason for bad in page.bad)
    assert shop.sent()["variables"]["after"] == "c"


@pytest.mark.parametrize(
    ("count", "total"),
    [
        ({"count": 7, "precision": "EXACT"}, 7),
        ({"count": 10000, "precision": "AT_LEAST"}, None),
        ({"count": 25001, "precision": "EXACT"}, None),
        (None, None),
        ({"count": "7", "precision": "EXACT"}, None),
    ],
)
async def test_only_an_exact_count_is_a_total(count: Any, total: int | None) -> None:
    async with answering([nodes(GOOD, count=count)]) as shop:
        assert (await scan.Scan(shop.graph).page(PRODUCTS, Listing())).total == total


@pytest.mark.parametrize(
    "answer",
    [
        nodes(GOOD, hasNextPage=True),
        nodes(hasNextPage=True, endCursor="c"),
        said({"data": {"products": None}, "extensions": cost()}),
        said({"data": {"products": {"nodes": None, "pageInfo": {}}}, "extensions": cost()}),
    ],
)
async def test_an_answer_that_leads_nowhere_is_asked_for_again(answer: bytes) -> None:
    async with answering([answer]) as shop:
        with pytest.raises(RetryableError):
            await scan.Scan(shop.graph).page(PRODUCTS, Listing())


def test_a_place_survives_a_restart() -> None:
    place = Place(way="modified", bound="2026-11-20T12:00:00Z", after="c", seen=250)
    assert place_of(Listing(order="modified", after=place.text())) == place
    assert json.loads(place.text())[0] == 1, "its version stands first"


@pytest.mark.parametrize("text", ["", "x", "[2]", "[0]", '{"a":1}', Place(way="modified").text(), "\ud800"])
def test_what_is_no_place_in_this_listing_is_refused(text: str) -> None:
    with pytest.raises(PermanentError, match="is no place in this listing"):
        place_of(Listing(order="id", after=text))
