"""Refetching by the ids of objects that stand inside rows: the store answers the rows that they are in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.ports import Page, Resource
from hub.sync.refetch import refetch
from hub.sync.run import sync
from tests.hub.sync.reel import Reel, ReelEngine
from tests.hub.sync.shelf import DAWN

LATER = DAWN + timedelta(days=3)


class Stocked(Reel):
    """Answers `stock/7` and `part/7` with row 7."""

    async def fetch(self, resource: Resource, ids: Sequence[str]) -> Page:
        page = await super().fetch(resource, list(dict.fromkeys(id.rpartition("/")[2] for id in ids)))
        self.fetched[-1] = list(ids)
        return page


@pytest.fixture
def reel() -> Reel:
    reel = Stocked()
    reel.put(*range(1, 21))
    return reel


@pytest.fixture
async def engine(db: Database, org: UUID, installation: UUID, reel: Reel) -> ReelEngine:
    engine = ReelEngine(db, reel)
    await sync(engine, org, installation, "films")
    return engine


async def test_rows_are_brought_up_to_date_by_what_stands_inside_them(
    org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.put(7, title="Seven", at=LATER)
    done = await refetch(engine, org, installation, "films", ["stock/7", "part/7", "stock/99"])
    assert (done.changed, done.absent, done.deleted) == (["7"], [], [])
    assert reel.fetched == [["stock/7", "part/7", "stock/99"]]


async def test_a_part_that_is_gone_does_not_bury_the_row_that_it_was_in(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.remove(9)
    done = await refetch(engine, org, installation, "films", ["stock/7", "stock/99", "9"], deleted=True)
    assert done.deleted == ["9"] and done.counts.unchanged == 1
    alone = await refetch(engine, org, installation, "films", ["stock/99"], deleted=True)
    assert alone.deleted == []
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from record where deleted_at is not null") == 1


async def test_a_write_of_ours_to_the_answered_row_is_waited_for_and_the_row_is_read_once_more(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    write = uuid7()
    async with db.org(org) as unit:
        await unit.execute(
            "insert into write_back (org, id, installation, kind, vendor_id, metafields, idempotency_key) "
            "values ($1, $2, $3, 'product', '7', '[]', 'one')",
            org, write, installation,
        )  # fmt: skip
    errand = asyncio.create_task(refetch(engine, org, installation, "films", ["stock/7"]))
    while not reel.fetched:  # noqa: ASYNC110 (a list says nothing)
        await asyncio.sleep(0.01)
    reel.put(7, title="As we wrote it", at=LATER)
    async with db.org(org) as unit:
        await unit.execute("update write_back set status = 'written', written_at = now() where id = $1", write)
    done = await errand
    assert reel.fetched == [["stock/7"], ["7"]] and done.changed == ["7"]
    async with db.org(org) as unit:
        assert await unit.fetchval("select doc ->> 'title' from record where vendor_id = '7'") == "As we wrote it"
