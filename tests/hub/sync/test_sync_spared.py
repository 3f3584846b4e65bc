"""Changes that the catalog has already are not fetched again: how it is known, and when it is not believed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.catalog.known import mark_dirty
from hub.db.engine import Database
from hub.ports import Page, Resource
from hub.sync.refetch import refetch
from hub.sync.run import sync
from tests.hub.sync.reel import Reel, ReelEngine

NOW = datetime.now(UTC)


@pytest.fixture
def reel() -> Reel:
    reel = Reel(now=NOW)
    for id in range(1, 41):
        reel.put(id, at=NOW - timedelta(hours=2) + timedelta(seconds=id))
    return reel


@pytest.fixture
async def engine(db: Database, org: UUID, installation: UUID, reel: Reel) -> ReelEngine:
    engine = ReelEngine(db, reel)
    await sync(engine, org, installation, "films")
    return engine


async def test_rows_of_the_overlap_are_listed_and_not_fetched(
    org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    asked = len(reel.asked)
    result = await sync(engine, org, installation, "films")
    assert (result.verdict, result.counts["unchanged"], result.evidence["distinct"]) == ("COMPLETE", 40, 40)
    assert not reel.fetched and all(listing.ids_only for listing in reel.asked[asked:])


async def test_only_what_changed_is_fetched_and_the_watermark_moves_all_the_same(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.put(7, 8, title="New", at=NOW - timedelta(minutes=30))
    result = await sync(engine, org, installation, "films")
    assert reel.fetched == [["7", "8"]] and result.counts["updated"] == 2 and result.evidence["sweeps"] == 0
    again = await sync(engine, org, installation, "films")
    assert again.evidence["distinct"] == 2 and again.counts["unchanged"] == 2 and len(reel.fetched) == 1


async def test_what_a_webhook_has_brought_is_not_fetched_again(
    org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.put(7, title="New", at=NOW - timedelta(minutes=30))
    await refetch(engine, org, installation, "films", ["7"])
    result = await sync(engine, org, installation, "films")
    assert reel.fetched == [["7"]] and result.counts["unchanged"] == 40


async def test_a_row_that_was_fetched_in_the_second_it_changed_in_is_fetched_again(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    at = reel.now = datetime.now(UTC).replace(microsecond=0)
    reel.put(7, title="First", at=at)
    await refetch(engine, org, installation, "films", ["7"])
    reel.put(7, title="Second", at=at)
    result = await sync(engine, org, installation, "films")
    assert reel.fetched == [["7"], ["7"]] and result.counts["updated"] == 1


async def test_a_store_whose_clock_is_behind_ours_is_not_trusted_with_seconds(
    org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    behind = timedelta(minutes=10)
    reel.now = NOW - behind
    reel.put(7, title="First", at=NOW - behind)  # just now, by the store's clock
    await refetch(engine, org, installation, "films", ["7"])
    reel.put(7, title="Second", at=NOW - behind)
    assert (await sync(engine, org, installation, "films")).counts["updated"] == 1


async def test_a_record_that_must_be_fetched_again_is(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    async with db.org(org) as unit:
        await mark_dirty(unit, installation, "product", ["40"])
    await sync(engine, org, installation, "films")
    assert reel.fetched == [["40"]]


async def test_everything_is_read_again_when_everything_is_asked_for(
    org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    asked = len(reel.asked)
    result = await sync(engine, org, installation, "films", "backfill")
    assert result.counts["unchanged"] == 40 and not any(listing.ids_only for listing in reel.asked[asked:])


async def test_a_listed_row_that_is_not_given_is_asked_for_again_and_then_looked_for(
    org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.put(7, 8, title="New", at=NOW - timedelta(minutes=30))
    give, forgets = reel.fetch, [True, True]

    async def forgetful(resource: Resource, ids: Sequence[str]) -> Page:
        return await give(resource, [id for id in ids if id != "7"] if forgets and forgets.pop() else ids)

    reel.fetch = forgetful  # type: ignore[method-assign]
    result = await sync(engine, org, installation, "films")
    assert result.verdict == "COMPLETE" and result.counts["updated"] == 2 and result.evidence["found_by_sweep"] == 1
