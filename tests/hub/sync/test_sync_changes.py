"""Reading only what changed: the keyset, its ties, its clock, and the watermark that a run leaves."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from hub.db.engine import Database
from hub.sync.paging import Pull
from hub.sync.reading import Reading, read_changes
from hub.sync.retry import Asker
from hub.sync.run import sync
from tests.hub.sync.shelf import DAWN, QUICK, THINGS, Shelf, ShelfEngine

SINCE = DAWN + timedelta(hours=10)


def changes(shelf: Shelf, since: datetime = SINCE) -> Reading:
    return read_changes(Pull(shelf, THINGS, Asker(QUICK, (10, 5, 2))), since, lambda: shelf.now)


async def ids(reading: Reading) -> list[int]:
    return [int(row.id) for part in [part async for part in reading.slices()] for row in part.rows]


def changed(shelf: Shelf, first: int, last: int, every: timedelta) -> None:
    """Rows `first`..`last` changed one after the other."""
    for nth, id in enumerate(range(first, last + 1)):
        shelf.put(id, at=SINCE + timedelta(minutes=1) + nth * every)


async def test_changes_over_several_pages_all_come_once_and_are_proved() -> None:
    shelf = Shelf()
    shelf.put(*range(1, 200))
    changed(shelf, 1, 45, timedelta(minutes=2))
    read = changes(shelf)
    assert await ids(read) == list(range(1, 46))
    assert read.proven and read.proof.rounds == 0


async def test_a_store_that_takes_the_bound_and_ignores_the_order_loses_nothing() -> None:
    shelf = Shelf(ignores=("order",))
    shelf.put(*range(1, 200))
    for nth in range(45):  # the latest change is on page one
        shelf.put(45 - nth, at=SINCE + timedelta(minutes=1 + 3 * nth))
    read = changes(shelf)
    assert sorted(await ids(read)) == list(range(1, 46))
    assert read.proven


async def test_a_page_that_is_in_order_by_chance_does_not_hide_the_rest() -> None:
    shelf = Shelf(ignores=("order",))
    for nth, id in enumerate([*range(11, 46), *range(1, 11)]):  # ids 1 to 10 rise in time, and are the last to have changed
        shelf.put(id, at=SINCE + timedelta(minutes=1 + 3 * nth))
    read = changes(shelf)
    assert sorted(await ids(read)) == list(range(1, 46))
    assert read.proven


@pytest.mark.parametrize("ignores_offset", [False, True])
@pytest.mark.parametrize("ignores", [("since",), ("since", "order"), ()])
async def test_a_store_that_cannot_tell_what_changed_is_read_whole(ignores: tuple[str, ...], ignores_offset: bool) -> None:
    shelf = Shelf(ignores=ignores, ignores_offset=ignores_offset)
    shelf.put(*range(1, 36), at=DAWN)
    shelf.put(*range(36, 70), at=SINCE + timedelta(hours=1))
    read = changes(shelf)
    whole = bool(ignores or ignores_offset)
    assert set(await ids(read)) == set(range(1 if whole else 36, 70))
    assert read.proven and read.changes is not whole
    assert shelf.pages < 60


async def test_nothing_changed_costs_one_request() -> None:
    shelf = Shelf()
    shelf.put(*range(1, 50))
    read = changes(shelf)
    assert await ids(read) == []
    assert read.proven and shelf.pages == 1


@pytest.mark.parametrize("ties", [10, 11, 25, 60])
async def test_more_rows_in_one_second_than_a_page_holds_all_come(ties: int) -> None:
    shelf = Shelf()
    changed(shelf, 1, 15, timedelta(minutes=1))
    shelf.put(*range(100, 100 + ties), at=SINCE + timedelta(hours=1))
    changed(shelf, 300, 315, timedelta(minutes=9))
    read = changes(shelf)
    assert sorted(await ids(read)) == sorted(shelf.rows)
    assert read.proven


async def test_a_burst_of_changes_within_the_overlap_is_paged_on_and_all_comes() -> None:
    shelf = Shelf()
    changed(shelf, 1, 80, timedelta(milliseconds=200))
    read = changes(shelf)
    assert sorted(await ids(read)) == list(range(1, 81))
    assert read.proven and shelf.pages < 30


async def test_a_row_changed_while_ties_are_paged_does_not_make_us_skip_another() -> None:
    shelf = Shelf()
    shelf.put(*range(1, 41), at=SINCE + timedelta(hours=1))
    shelf.hooks[3] = lambda: shelf.put(2, at=SINCE + timedelta(hours=2))
    read = changes(shelf)
    assert sorted(await ids(read)) == sorted([*range(1, 41), 2])  # row 2 came twice, for it changed twice
    assert read.proven


async def test_a_row_changed_between_two_pages_is_not_skipped() -> None:
    shelf = Shelf()
    changed(shelf, 1, 45, timedelta(minutes=2))
    shelf.hooks[3] = lambda: shelf.put(4, 30, at=SINCE + timedelta(hours=5))
    read = changes(shelf)
    assert set(await ids(read)) == set(range(1, 46))
    assert read.proven


async def test_a_short_page_of_changes_is_made_good_by_a_sweep_of_the_window() -> None:
    shelf = Shelf()
    shelf.put(*range(500, 600))
    changed(shelf, 1, 45, timedelta(minutes=2))
    shelf.drops_once[2] = 12
    read = changes(shelf)
    assert set(await ids(read)) == set(range(1, 46))
    assert read.proven and read.proof.found == 1
    assert all(listing.since is not None for listing in shelf.asked)  # only the window was swept


async def test_a_row_with_a_time_in_the_stores_future_does_not_move_the_bound() -> None:
    shelf = Shelf(now=SINCE + timedelta(hours=3))
    shelf.put(1, at=shelf.now + timedelta(days=60))  # a scheduled product
    changed(shelf, 2, 30, timedelta(minutes=1))
    read = changes(shelf)
    assert set(await ids(read)) == set(range(1, 31))
    assert read.newest is not None and read.newest < shelf.now
    assert read.proven


async def test_the_watermark_is_the_stores_time_and_never_ours(db: Database, org: UUID, installation: UUID) -> None:
    shelf = Shelf(now=DAWN + timedelta(days=2))
    shelf.put(*range(1, 20))
    engine = ShelfEngine(db, shelf)

    async def mark() -> str:
        async with db.org(org) as unit:
            kept = msgspec.json.decode(await unit.fetchval("select watermark from resource_state"))
        return str(kept["modified"])

    await sync(engine, org, installation, "things")
    assert await mark() == "2026-11-01T00:19:00Z"  # the newest row's time, days before the store's own
    shelf.put(5, at=shelf.now - timedelta(seconds=1))
    await sync(engine, org, installation, "things")
    assert await mark() == "2026-11-02T23:59:58Z"  # the store's time less the overlap: earlier than the newest row
    shelf.put(6, at=shelf.now + timedelta(days=90))
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "COMPLETE" and result.counts["updated"] == 0
    assert await mark() == "2026-11-02T23:59:58Z"


async def test_a_change_in_the_very_second_of_the_last_run_is_not_missed(db: Database, org: UUID, installation: UUID) -> None:
    shelf = Shelf(now=DAWN + timedelta(days=2))
    shelf.put(*range(1, 20))
    shelf.put(5, title="First", at=shelf.now)
    engine = ShelfEngine(db, shelf)
    await sync(engine, org, installation, "things")
    shelf.put(6, title="Same second", at=shelf.now)
    result = await sync(engine, org, installation, "things")
    assert result.counts["updated"] == 1


async def test_changes_that_were_interrupted_go_on_from_their_bound(db: Database, org: UUID, installation: UUID) -> None:
    from hub.errors import RetryableError

    shelf = Shelf()
    shelf.put(*range(1, 100))
    engine = ShelfEngine(db, shelf, commit_rows=5)
    await sync(engine, org, installation, "things")
    for id in range(1, 100):
        shelf.put(id, title="New", at=DAWN + timedelta(days=1, minutes=id))
    first = shelf.pages

    def fail() -> None:
        raise RetryableError("gone", status=503)

    shelf.hooks = dict.fromkeys(range(first + 5, first + 9), fail)
    stopped = await sync(engine, org, installation, "things")
    assert stopped.verdict == "PARTIAL" and 0 < stopped.counts["updated"] < 99
    done = await sync(engine, org, installation, "things")
    assert done.verdict == "COMPLETE" and done.counts["updated"] == 99  # of both together
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from event where type = 'product.updated'") == 99


async def test_a_change_that_the_store_hides_is_asked_for_until_it_is_shown(db: Database, org: UUID, installation: UUID) -> None:
    shelf = Shelf(now=DAWN + timedelta(days=2))
    shelf.put(*range(1, 100))
    engine = ShelfEngine(db, shelf)
    await sync(engine, org, installation, "things")
    for id in range(1, 31):
        shelf.put(id, title="New", at=SINCE + timedelta(seconds=id))
    shelf.hidden = {7}
    result = await sync(engine, org, installation, "things")
    assert result.counts["updated"] == 29 and result.evidence["hidden_by_store"] == 1
    shelf.hidden = set()
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "COMPLETE" and result.counts["updated"] == 1
