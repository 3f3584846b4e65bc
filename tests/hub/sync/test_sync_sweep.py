"""The sweep: what it buries, what it fetches, and when it holds its hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.errors import Conflict, RetryableError
from hub.sync.confirm import confirm_tombstones, discard_tombstones
from hub.sync.run import sync
from tests.hub.sync.shelf import Shelf, ShelfEngine


@pytest.fixture
async def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put(*range(1, 201))
    return shelf


@pytest.fixture
async def engine(db: Database, org: UUID, installation: UUID, shelf: Shelf) -> ShelfEngine:
    engine = ShelfEngine(db, shelf, commit_rows=50)
    await sync(engine, org, installation, "things")
    return engine


async def deleted(db: Database, org: UUID) -> list[str]:
    async with db.org(org) as unit:
        rows = await unit.fetch("select vendor_id from record where deleted_at is not null order by vendor_id::int")
        events = await unit.fetchval("select count(*) from event where type = 'product.deleted' and cause = 'sweep'")
    assert events == len(rows)
    return [row["vendor_id"] for row in rows]


async def state(db: Database, org: UUID) -> Any:
    async with db.org(org) as unit:
        return await unit.fetchrow("select tombstones_held, full_scan_at from resource_state")


async def test_rows_that_went_are_buried_and_told(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.remove(7, 8, 150)
    result = await sync(engine, org, installation, "things", "sweep")
    assert (result.verdict, result.evidence["deleted"]) == ("COMPLETE", 3)
    assert await deleted(db, org) == ["7", "8", "150"]
    assert all(listing.ids_only for listing in shelf.asked[-22:])
    again = await sync(engine, org, installation, "things", "sweep")
    assert again.evidence["deleted"] == 0 and len(await deleted(db, org)) == 3


async def test_a_row_that_comes_back_is_created_once_more(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    row = shelf.rows[7]
    shelf.remove(7)
    await sync(engine, org, installation, "things", "sweep")
    shelf.rows[7] = row
    await sync(engine, org, installation, "things", "sweep")
    assert await deleted_or_none(db, org) == []
    async with db.org(org) as unit:
        types = await unit.fetch("select type from event where vendor_id = '7' order by position")
    assert [row["type"] for row in types] == ["product.created", "product.deleted", "product.created"]


async def deleted_or_none(db: Database, org: UUID) -> list[str]:
    async with db.org(org) as unit:
        return [row[0] for row in await unit.fetch("select vendor_id from record where deleted_at is not null")]


async def test_rows_that_the_catalog_lacks_are_fetched(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(300, 301)
    result = await sync(engine, org, installation, "things", "sweep")
    assert result.verdict == "COMPLETE" and result.counts["inserted"] == 2
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from event where cause = 'sweep' and type = 'product.created'") == 2


async def test_a_mass_of_deletions_is_held_until_somebody_confirms(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.remove(*range(1, 6))  # 2.5 % of 200
    result = await sync(engine, org, installation, "things", "sweep")
    assert result.verdict == "PARTIAL" and result.reason.startswith("5 of 200 records would be deleted")
    assert "5 fiches sur 200" in result.evidence["words"]["fr"]
    assert await deleted(db, org) == []
    shelf.put(3)  # one of them is back before anybody answers
    confirmed = await confirm_tombstones(engine, org, installation, "things")
    assert confirmed == 4 and await deleted(db, org) == ["1", "2", "4", "5"]
    with pytest.raises(Conflict, match="No deletions"):
        await confirm_tombstones(engine, org, installation, "things")


async def test_held_deletions_may_be_dropped(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.remove(*range(1, 11))
    await sync(engine, org, installation, "things", "sweep")
    assert await discard_tombstones(engine, org, installation, "things") == 10
    assert (await state(db, org))["tombstones_held"] is None and await deleted(db, org) == []


async def test_a_sweep_that_was_not_proved_buries_nothing(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.remove(7)

    def fail() -> None:
        raise RetryableError("gone", status=500)

    shelf.hooks = dict.fromkeys(range(shelf.pages + 10, shelf.pages + 30), fail)
    result = await sync(engine, org, installation, "things", "sweep")
    assert result.verdict == "PARTIAL" and await deleted(db, org) == []


async def test_rows_that_the_shop_hides_are_not_taken_for_deleted(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.hidden = {7}
    result = await sync(engine, org, installation, "things", "sweep")
    assert result.verdict == "PARTIAL" and result.evidence["tombstones_held"] == 1
    assert await deleted(db, org) == []


async def test_a_row_deleted_while_the_sweep_lists_does_not_hide_a_living_one(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.hooks[shelf.pages + 6] = lambda: shelf.remove(1, 2)
    result = await sync(engine, org, installation, "things", "sweep")
    assert result.verdict == "COMPLETE" and await deleted(db, org) == ["1", "2"]


async def test_a_change_that_a_sweep_saw_in_passing_is_written(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(400, title="New", at=shelf.now - timedelta(days=1))
    await sync(engine, org, installation, "things", "sweep")
    result = await sync(engine, org, installation, "things")
    assert result.counts["unchanged"] >= 1 and result.counts["updated"] == 0
