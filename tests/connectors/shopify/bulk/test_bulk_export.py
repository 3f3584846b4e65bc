"""Whole resources exported over real HTTP from the sandbox: complete, resumable, and plain about what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.shopify.bulk import export as room
from connectors.shopify.bulk import operation
from connectors.shopify.bulk.operation import BulkDenied, Operations, text_of
from hub.errors import PermanentError, RetryableError
from hub.ports import Page, Resource, Row
from hub.settings import get_settings
from tests.connectors.shopify.client import stock
from tests.connectors.shopify.client.stock import CUSTOMERS, ORDERS, PRODUCTS, Opened

SHIPPING = [  # the second asks for the parts of its order
    {name: {"amount": amount, "currencyCode": "EUR"} for name in ("shopMoney", "presentmentMoney")} for amount in ("0.0", "4.90")
]
RESOURCES = {one.name: one for one in (PRODUCTS, ORDERS, CUSTOMERS)}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Looks every few hundredths of a second; nothing is left on disk when a test is over."""
    monkeypatch.setattr(operation, "FIRST", 0.02)
    monkeypatch.setattr(operation, "LONGEST", 0.1)
    monkeypatch.setattr(room, "PAGE", 7)
    yield
    assert not list(get_settings().data_dir.glob("luneo-export-*"))


@asynccontextmanager
async def opened(products: int = 0, orders: int = 0, customers: int = 0) -> AsyncIterator[Opened]:
    async with stock.opened(bulk_seconds=0.05) as shop:
        for n in range(products):
            gid = stock.product(shop.state, n % 4, fields=n % 3, levels=n % 3, title=f'« {n} »\u2028\x85\x0c\t"/\\/')
            kinds = [("MediaImage", "media"), ("MediaImage", "media"), ("Collection", "collections")][: n % 4]
            for kind, key in kinds:
                shop.state.of("Product")[gid][key].append(shop.state.put(kind, stock.filled(kind))["id"])
        for n in range(orders):
            stock.order(shop.state, lines=n % 3, name=f"#{n}", note='a\\/b \\u0041 "c"', totalShippingPriceSet=SHIPPING[n % 2])
        for n in range(customers):
            stock.customer(shop.state, addresses=n % 3, lastName=f"O'Hara \u00e9 {n}")
        yield shop


def ids(shop: Opened, resource: Resource) -> list[str]:
    return list(shop.state.of(resource.raw_kind.capitalize()))


async def ended(shop: Opened) -> None:
    """Nothing runs any more."""
    while shop.sandbox.bulk.running():  # noqa: ASYNC110 (the sandbox rings no bell)
        await asyncio.sleep(0.01)


async def pages_of(
    shop: Opened, resource: Resource = PRODUCTS, since: datetime | None = None, after: str | None = None
) -> list[Page]:
    async with aclosing(shop.store.export(resource, since, after)) as pages:
        return [page async for page in pages]


def rows_of(pages: list[Page]) -> dict[str, Row]:
    rows = [row for page in pages for row in page.rows]
    found = {row.id: row for row in rows}
    assert len(found) == len(rows)
    return found


async def fetched(shop: Opened, resource: Resource) -> dict[str, Row]:
    """Every row as pages give it."""
    return {row.id: row for row in (await shop.store.fetch(resource, ids(shop, resource))).rows}


@pytest.mark.parametrize("name", ["products", "orders", "customers"])
async def test_an_export_holds_the_very_rows_that_pages_hold(name: str) -> None:
    async with opened(products=40, orders=40, customers=40) as shop:
        pages = await pages_of(shop, RESOURCES[name])
        assert rows_of(pages) == await fetched(shop, RESOURCES[name])
        assert not [bad for page in pages for bad in page.bad]
        assert not pages[0].rows
        assert pages[0].next
        assert [page.total for page in pages[1:]] == [len(ids(shop, RESOURCES[name]))] * (len(pages) - 1)
        assert pages[-1].next is None
        assert max(len(page.rows) for page in pages) == 7


async def test_an_export_goes_on_behind_any_page_and_gives_exactly_the_rest() -> None:
    async with opened(products=30) as shop:
        pages = await pages_of(shop)
        for number, page in enumerate(pages[:-1]):
            again = await pages_of(shop, after=page.next)
            assert [again_page.rows for again_page in again] == [later.rows for later in pages[number + 1 :]]
            assert again[-1].total == pages[-1].total
        assert len(shop.state.of("BulkOperation")) == 2


async def test_large_records_make_short_pages_and_whoever_goes_on_finds_the_same_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(products=30) as shop:
        everything = rows_of(await pages_of(shop))
        monkeypatch.setattr(room, "HEAVY", 2 * max(len(row.body) for row in everything.values()))
        pages = await pages_of(shop)
        assert rows_of(pages) == everything
        assert 2 <= max(len(page.rows) for page in pages[1:]) <= 7
        assert len(pages) > 6
        for number, page in enumerate(pages[:-1]):
            again = await pages_of(shop, after=page.next)
            assert [again_page.rows for again_page in again] == [later.rows for later in pages[number + 1 :]]


async def test_a_record_larger_than_a_page_should_be_is_a_page_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(products=4) as shop:
        monkeypatch.setattr(room, "HEAVY", 1)
        assert [len(page.rows) for page in await pages_of(shop)] == [0, 1, 1, 1, 1]


async def test_an_empty_shop_exports_nothing() -> None:
    async with opened() as shop:
        first, last = await pages_of(shop)
        assert (first.rows, last.rows, last.next, last.total) == ((), [], None, 0)


async def test_only_what_was_modified_since_is_exported() -> None:
    async with opened() as shop:
        stock.product(shop.state, updated="2026-10-01T00:00:00Z")
        young = stock.product(shop.state, updated="2026-10-03T00:00:00Z")
        assert list(rows_of(await pages_of(shop, since=datetime(2026, 10, 2, tzinfo=UTC)))) == [young]
        texts = [one["query"] for one in shop.state.of("BulkOperation").values()]
        assert all("products(query: \"updated_at:>='2026-10-02T00:00:00Z'\") {" in text for text in texts)


async def test_no_token_goes_to_the_storage() -> None:
    async with opened(products=3) as shop:
        await pages_of(shop)
        assert shop.sandbox.bulk.downloads == 2
        assert shop.sandbox.bulk.token_seen == 0


async def test_an_operation_of_ours_that_runs_already_is_adopted() -> None:
    async with opened(products=3) as shop:
        shop.sandbox.bulk.stall()
        async with aclosing(shop.store.export(PRODUCTS, None, None)) as pages:
            first = await anext(pages)
        async with aclosing(shop.store.export(PRODUCTS, None, None)) as pages:
            assert (await anext(pages)).next == first.next
            shop.sandbox.bulk.stall(False)
            assert len(rows_of([page async for page in pages])) == 3
        assert len(shop.state.of("BulkOperation")) == 2


async def test_an_operation_that_has_ended_says_how_the_shop_was_and_is_begun_anew() -> None:
    async with opened(products=3) as shop:
        first = (await pages_of(shop))[0]
        assert first.at == datetime.fromisoformat(next(iter(shop.state.of("BulkOperation").values()))["createdAt"])
        gone = shop.sandbox.ids("products")[0]
        shop.sandbox.delete("products", [gone])
        assert gone not in rows_of(await pages_of(shop))
        assert len(shop.state.of("BulkOperation")) == 4


async def test_another_operation_waits_until_there_is_room_for_it() -> None:
    async with opened(products=3) as shop:
        shop.sandbox.bulk.stall()
        for number in range(5):
            await Operations(shop.store.graph).begin(f"query Other{number} {{ orders {{ nodes {{ id }} }} }}")
        waiting = asyncio.create_task(pages_of(shop))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        shop.sandbox.bulk.stall(False)
        assert len(rows_of(await waiting)) == 3


async def test_room_that_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "PATIENCE", 0.1)
    async with opened() as shop:
        shop.sandbox.bulk.stall()
        shop.sandbox.bulk.limit = 1
        await Operations(shop.store.graph).begin("query Other { orders { nodes { id } } }")
        with pytest.raises(RetryableError, match="no room for another bulk operation"):
            await pages_of(shop)


async def test_an_operation_that_stands_still_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "STUCK", 0.2)
    async with opened(orders=2) as shop:
        shop.sandbox.bulk.stall()
        with pytest.raises(PermanentError, match="stands still"):
            await pages_of(shop, ORDERS)
        await ended(shop)
        assert [one["status"] for one in shop.state.of("BulkOperation").values()] == ["CANCELED"]


async def test_the_end_is_seen_without_any_webhook() -> None:
    async with opened(products=3) as shop:
        shop.sandbox.bulk.lose_finish(2)
        assert len(rows_of(await pages_of(shop))) == 3


async def test_an_address_that_is_no_longer_good_is_asked_for_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    finished = Operations.finished

    async def and_then_expired(self: Operations, ids: Any) -> Any:
        done = await finished(self, ids)
        shop.sandbox.bulk.expire_urls()
        return done

    monkeypatch.setattr(Operations, "finished", and_then_expired)
    async with opened(products=3) as shop:
        assert len(rows_of(await pages_of(shop))) == 3
        assert shop.sandbox.bulk.downloads == 4


async def test_a_download_that_breaks_off_is_taken_up_again() -> None:
    async with opened(products=20) as shop:
        shop.sandbox.bulk.cut(500)
        assert len(rows_of(await pages_of(shop))) == 20
        assert shop.sandbox.bulk.downloads == 3


async def test_a_download_that_never_comes_whole_can_be_tried_later() -> None:
    async with opened(products=20) as shop:
        for _ in range(3):
            shop.sandbox.bulk.cut(500)
        with pytest.raises(RetryableError):
            await pages_of(shop)


async def test_a_stored_file_that_is_cut_is_refused_and_not_adopted_again() -> None:
    async with opened(products=5) as shop:
        shop.sandbox.bulk.truncate(1000)
        with pytest.raises(PermanentError, match=r"should have|counted"):
            await pages_of(shop)
        assert len(rows_of(await pages_of(shop))) == 5
        assert len(shop.state.of("BulkOperation")) == 4


async def test_a_record_whose_line_cannot_be_read_is_fetched_by_its_id() -> None:
    async with opened(orders=10) as shop:
        shop.sandbox.bulk.malform(1)
        assert rows_of(await pages_of(shop, ORDERS)) == await fetched(shop, ORDERS)


async def test_a_line_of_nobody_is_handed_out_raw_once() -> None:
    async with opened() as shop:
        stock.product(shop.state, variants=2, fields=1)
        for _ in range(10):
            stock.product(shop.state)
        shop.sandbox.bulk.malform(12)  # the first metafield of a product
        pages = await pages_of(shop)
        bad = [bad for page in pages for bad in page.bad]
        singles = rows_of(pages)
        assert len(singles) == 11
        assert len(bad) == 1
        assert bad[0].body.startswith(b'{"id":"gid:\\/\\/shopify\\/Metafield')
        assert pages[-1].total == 12
        assert not [bad for page in await pages_of(shop, after=pages[1].next) for bad in page.bad]


@pytest.mark.parametrize("partial", [False, True])
async def test_an_operation_that_fails_gives_no_rows_and_says_why(partial: bool) -> None:
    async with opened(products=5) as shop:
        shop.sandbox.bulk.fail(3, partial=partial, code="TIMEOUT")
        with pytest.raises(PermanentError, match="ended as FAILED \\(TIMEOUT\\)"):
            await pages_of(shop)
        assert shop.sandbox.bulk.downloads == 0


async def test_when_one_of_two_operations_fails_the_other_is_cancelled() -> None:
    async with opened(products=5) as shop:
        shop.sandbox.bulk.seconds = 0.05
        shop.sandbox.bulk.fail(1)
        async with aclosing(shop.store.export(PRODUCTS, None, None)) as pages:
            await anext(pages)
            failed, other = shop.state.of("BulkOperation").values()
            await ended(shop)
            assert failed["status"] == "FAILED"
            other["status"] = "RUNNING"
            with pytest.raises(PermanentError):
                await anext(pages)
            assert other["status"] in ("CANCELING", "CANCELED")


async def test_an_operation_that_may_not_read_says_so() -> None:
    async with opened(customers=2) as shop:
        shop.sandbox.deny("Customer.firstName")
        with pytest.raises(BulkDenied, match="ACCESS_DENIED"):
            await pages_of(shop, CUSTOMERS)


async def test_fields_that_the_shop_hides_are_named_with_every_row() -> None:
    async with opened(customers=9) as shop:
        async with aclosing(shop.store.export(CUSTOMERS, None, None)) as pages:
            await anext(pages)
            await ended(shop)
            shop.sandbox.deny("Customer.firstName")
            rows = rows_of([page async for page in pages])
        assert {row.unseen for row in rows.values()} == {("/first_name",)}


async def test_an_expired_operation_says_so() -> None:
    async with opened(orders=2) as shop:
        shop.sandbox.bulk.expire_next()
        with pytest.raises(PermanentError, match="expired"):
            await pages_of(shop, ORDERS)


async def test_an_operation_that_the_shop_has_forgotten_says_so() -> None:
    async with opened() as shop:
        place = msgspec.json.encode({"ids": ["gid://shopify/BulkOperation/404"]}).decode()
        with pytest.raises(PermanentError, match="knows no bulk operation"):
            await pages_of(shop, ORDERS, after=place)


@pytest.mark.parametrize("after", ["", "{}", '{"ids":["a","b"]}', "x"])
async def test_a_place_that_is_none_is_refused(after: str) -> None:
    async with opened() as shop:
        with pytest.raises(PermanentError, match="no place in an export"):
            await pages_of(shop, ORDERS, after=after)


async def test_what_was_made_or_deleted_between_two_operations_comes_out_right() -> None:
    async with opened() as shop:
        for _ in range(9):
            stock.product(shop.state, variants=2, levels=2)
        await Operations(shop.store.graph).begin(text_of("bulk_products", "products", None))
        await ended(shop)
        for gone in ids(shop, PRODUCTS)[:2]:
            shop.state.remove(gone)
        made = [stock.product(shop.state) for _ in range(3)]
        pages = await pages_of(shop)
        assert rows_of(pages) == await fetched(shop, PRODUCTS)
        assert set(made) <= set(rows_of(pages))
        assert pages[-1].total == 10


async def test_a_disk_that_is_too_small_is_told_before_anything_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(products=2) as shop:
        monkeypatch.setattr("connectors.shopify.bulk.spool.ROOM", 1e15)
        with pytest.raises(PermanentError, match=r"MB are free\. Make room on that disk"):
            await pages_of(shop)
        assert shop.sandbox.bulk.downloads == 0


async def test_an_export_that_is_given_up_while_it_sorts_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(products=20) as shop:
        reached = asyncio.Event()
        loop = asyncio.get_running_loop()
        sort = room._sort

        def slowly(work: Any, paths: list[Path]) -> None:
            loop.call_soon_threadsafe(reached.set)
            while not work.stopped:
                pass
            sort(work, paths)

        monkeypatch.setattr(room, "_sort", slowly)
        task = asyncio.create_task(pages_of(shop))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_an_export_is_worth_it_from_some_hundred_rows_on() -> None:
    async with opened(products=3) as shop:
        assert not await shop.store.worth_exporting(PRODUCTS, None)
        for _ in range(248):
            stock.product(shop.state)
        assert await shop.store.worth_exporting(PRODUCTS, None)
        assert not await shop.store.worth_exporting(PRODUCTS, datetime.now(UTC) + timedelta(days=1))


@pytest.mark.parametrize(("bucket", "restore", "worth"), [(2000, 100, True), (20_000, 1000, False)], ids=["Standard", "Plus"])
async def test_where_points_are_few_fewer_rows_are_worth_an_export(bucket: float, restore: float, worth: bool) -> None:
    async with stock.opened(products=60, bucket=bucket, restore=restore) as shop:
        assert await shop.store.worth_exporting(PRODUCTS, None) is worth


async def test_an_export_is_worth_it_for_a_few_products_with_thousands_of_variants() -> None:
    async with opened(products=1) as shop:
        stock.product(shop.state, 1200)
        assert not await shop.store.worth_exporting(PRODUCTS, None)
        stock.product(shop.state, 1400)
        assert await shop.store.worth_exporting(PRODUCTS, None)
