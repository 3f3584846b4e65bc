"""What the hub's engine makes of Shopify's exports: proof when they are whole, pages when they fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.shopify.bulk import export as room
from connectors.shopify.bulk import operation
from hub.ports import Resource
from hub.sync.paging import Pull
from hub.sync.reading import Reading, read_whole
from hub.sync.retry import Asker
from tests.connectors.shopify.bulk.test_bulk_export import fetched, ids, opened
from tests.connectors.shopify.client.stock import ORDERS, PRODUCTS, Opened
from tests.hub.sync.shelf import QUICK


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(operation, "FIRST", 0.02)
    monkeypatch.setattr(operation, "LONGEST", 0.1)
    monkeypatch.setattr(room, "WORTH", 5)
    monkeypatch.setattr(room, "PAGE", 7)
    yield


def reading(shop: Opened, resource: Resource = PRODUCTS) -> Reading:
    return read_whole(Pull(shop.store, resource, Asker(QUICK, (50, 10, 5))))


async def bodies(read: Reading) -> dict[str, bytes]:
    return {row.id: row.body for part in [part async for part in read.slices()] for row in part.rows}


async def test_an_export_is_its_own_proof() -> None:
    async with opened(products=30) as shop:
        read = reading(shop)
        found = await bodies(read)
        assert found == {id: row.body for id, row in (await fetched(shop, PRODUCTS)).items()}
        told = read.evidence()
        assert (told["reading"], told["operations"], told["store_total"], told["sweeps"]) == ("export", 1, 30, 0)
        assert read.proven


async def test_an_export_that_fails_once_is_begun_anew() -> None:
    async with opened(products=30) as shop:
        shop.sandbox.bulk.fail(10, partial=True)
        read = reading(shop)
        assert sorted(await bodies(read)) == sorted(ids(shop, PRODUCTS))
        assert read.proven
        assert read.evidence()["operations"] == 2


@pytest.mark.parametrize("partial", [False, True])
async def test_an_export_that_fails_again_leaves_everything_to_pages(partial: bool) -> None:
    async with opened(orders=30) as shop:
        for _ in range(2):
            shop.sandbox.bulk.fail(10, partial=partial)
        read = reading(shop, ORDERS)
        found = await bodies(read)
        assert found == {id: row.body for id, row in (await fetched(shop, ORDERS)).items()}
        assert read.proven
        assert "ended as FAILED" in read.evidence()["export_failed"]


async def test_an_export_that_breaks_off_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(products=30) as shop:
        read = reading(shop)
        slices = read.slices()
        first = [await anext(slices) for _ in range(3)]
        saved = read.state()
        await slices.aclose()
        again = reading(shop)
        for part in first:
            for id in part.ids:
                again.seen.add(id)
        again.restore(saved)
        found = await bodies(again)
        assert not {row.id for part in first for row in part.rows} & set(found)
        assert len(found) + sum(len(part.rows) for part in first) == 30
        assert again.proven
        assert len(shop.state.of("BulkOperation")) == 2
