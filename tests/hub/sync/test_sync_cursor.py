"""Reading a store that pages by its own cursor: what a cursor may do, and what is believed afterwards."""

from __future__ import annotations

from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import PermanentError
from hub.ports import BadRow, Listing, Page, Row
from hub.sync.cursor import Walk
from hub.sync.ids import IdSet
from hub.sync.paging import Pull
from hub.sync.reading import Reading, read_changes, read_whole
from hub.sync.retry import Asker
from tests.hub.sync.reel import FILMS, Reel, reel_of
from tests.hub.sync.shelf import DAWN, QUICK

SINCE = DAWN + timedelta(hours=10)


def pull(reel: Reel) -> Pull:
    return Pull(reel, FILMS, Asker(QUICK, (10, 5, 2)))


async def ids(reading: Reading) -> list[int]:
    return [int(row.id) for part in [part async for part in reading.slices()] for row in part.rows]


def changed(reel: Reel, first: int, last: int) -> None:
    for nth, id in enumerate(range(first, last + 1)):
        reel.put(id, at=SINCE + timedelta(minutes=1 + nth))


async def test_an_honest_store_is_read_once_page_after_page_without_asking_any_row_again() -> None:
    reel = reel_of(95)
    read = read_whole(pull(reel))
    assert await ids(read) == list(range(1, 96))
    assert read.proven and read.proof.rounds == 0 and reel.pages == 10
    assert read.evidence()["terminal"] == "last page"


@pytest.mark.parametrize("count", [0, 1, 10, 20])
async def test_the_last_page_ends_the_listing_however_many_rows_there_are(count: int) -> None:
    read = read_whole(pull(reel_of(count)))
    assert await ids(read) == list(range(1, count + 1))
    assert read.proven and read.proof.rounds == 0


async def test_a_page_that_comes_empty_in_the_middle_does_not_end_the_listing() -> None:
    reel = reel_of(60, empty_at={1, 3, 4})
    read = read_whole(pull(reel))
    assert await ids(read) == list(range(1, 61))
    assert read.proven and read.proof.rounds == 0


async def test_a_last_page_that_comes_too_early_is_not_believed() -> None:
    reel = reel_of(60, ends_at={3})
    read = read_whole(pull(reel))
    assert sorted(await ids(read)) == list(range(1, 61))
    assert read.proven and read.proof.found == 30


@pytest.mark.parametrize("cap", [20, 33])
async def test_a_store_whose_every_listing_ends_early_is_not_taken_to_hide_the_rest(cap: int) -> None:
    read = read_whole(pull(reel_of(95, caps=cap)))
    assert len(await ids(read)) == cap
    assert not read.proven and read.proof.trouble == "cut_short"


async def test_rows_that_are_counted_and_left_out_of_their_pages_close_as_hidden_by_the_store() -> None:
    reel = reel_of(95)
    reel.hidden = {7, 8, 75}
    read = read_whole(pull(reel))
    assert len(await ids(read)) == 92
    assert read.proven and read.proof.hidden == 3


async def test_rows_that_are_missing_at_the_end_are_not_taken_for_hidden_ones() -> None:
    reel = reel_of(95)
    reel.hidden = {95}
    read = read_whole(pull(reel))
    await ids(read)
    assert not read.proven and read.proof.trouble == "cut_short"


async def test_a_cursor_that_comes_twice_ends_the_listing_and_the_sweep_finds_the_rest() -> None:
    reel = reel_of(60, repeats_at={3})
    read = read_whole(pull(reel))
    assert sorted(await ids(read)) == list(range(1, 61))
    assert read.cursor.drift and read.proven


@pytest.mark.parametrize("counts", [True, False])
async def test_a_cursor_that_never_ends_is_left_and_never_believed(counts: bool) -> None:
    reel = reel_of(60, endless=True, counts=counts)
    read = read_whole(pull(reel))
    assert sorted(set(await ids(read))) == list(range(1, 61))
    assert not read.proven and reel.pages < 500


async def test_a_page_that_shows_the_rows_before_it_costs_a_sweep_and_no_row() -> None:
    reel = reel_of(60, twice_at={4})
    read = read_whole(pull(reel))
    assert sorted(await ids(read)) == list(range(1, 61))
    assert read.cursor.drift and read.proven and read.proof.found == 10


async def test_a_row_that_a_page_drops_is_found_by_the_sweep() -> None:
    reel = reel_of(60)
    reel.drops_once = {2: 15}
    read = read_whole(pull(reel))
    assert sorted(await ids(read)) == list(range(1, 61))
    assert read.proven and read.proof.found == 1


async def test_unreadable_rows_are_put_aside_and_counted() -> None:
    reel = reel_of(60)
    reel.nulls = {9, 10, 11, 30}
    read = read_whole(pull(reel))
    parts = [part async for part in read.slices()]
    assert sum(len(part.rows) for part in parts) == 56 and sum(len(part.bad) for part in parts) == 4
    assert read.proven and read.proof.rounds == 2


async def test_rows_deleted_behind_us_do_not_make_us_skip_any() -> None:
    reel = reel_of(60)
    reel.hooks[4] = lambda: reel.remove(1, 2, 3)
    read = read_whole(pull(reel))
    assert await ids(read) == list(range(1, 61))
    assert read.proven and read.proof.rounds == 1


async def interrupted(reel: Reel, after: int) -> tuple[set[int], Reading]:
    """What came before the reading stopped, and another one that stands at its checkpoint."""
    read = read_whole(pull(reel))
    before: set[int] = set()
    async with aclosing(read.slices()) as parts:
        async for part in parts:
            before |= {int(row.id) for row in part.rows}
            if len(before) >= after:
                break
    again = read_whole(pull(reel))
    for id in read.seen:
        again.seen.add(id)
    assert again.continues(read.state())
    again.restore(read.state())
    return before, again


async def test_a_checkpoint_is_enough_to_go_on() -> None:
    reel = reel_of(95)
    before, again = await interrupted(reel, 40)
    asked = len(reel.asked)
    after = await ids(again)
    assert before | set(after) == set(range(1, 96)) and not before & set(after)
    assert reel.asked[asked].after is not None and again.proven and again.proof.rounds == 0


async def test_a_kept_cursor_that_the_store_refuses_is_walked_from_the_start_without_giving_known_rows_again() -> None:
    reel = reel_of(95)
    before, again = await interrupted(reel, 40)
    reel.refused = {again.cursor.state()["after"]}
    after = await ids(again)
    assert before | set(after) == set(range(1, 96)) and not before & set(after)
    assert again.proven and again.proof.rounds == 1, "what was listed in two parts was believed without a look at the ids"


async def test_a_store_that_refuses_more_than_a_cursor_is_not_asked_for_ever() -> None:
    reel = reel_of(60)

    def refuse() -> None:
        raise PermanentError("No permission.")

    reel.hooks = dict.fromkeys(range(3, 50), refuse)
    with pytest.raises(PermanentError):
        await ids(read_whole(pull(reel)))
    assert reel.pages == 4


async def test_changes_come_once_each_and_are_proved_by_the_stores_count() -> None:
    reel = reel_of(200)
    changed(reel, 1, 45)
    read = read_changes(pull(reel), SINCE)
    assert await ids(read) == list(range(1, 46))
    assert read.changes and read.proven and read.proof.rounds == 0 and reel.pages == 5
    assert all(listing.since == SINCE - timedelta(seconds=60) and listing.order == "modified" for listing in reel.asked)


async def test_nothing_changed_costs_one_request() -> None:
    reel = reel_of(200)
    read = read_changes(pull(reel), SINCE)
    assert await ids(read) == [] and read.proven and reel.pages == 1


async def test_a_row_that_changes_while_changes_are_read_comes_once_more() -> None:
    reel = reel_of(200)
    changed(reel, 1, 45)
    reel.hooks[3] = lambda: reel.put(2, at=SINCE + timedelta(hours=5))
    read = read_changes(pull(reel), SINCE)
    assert sorted(await ids(read)) == sorted([*range(1, 46), 2])
    assert read.proven and read.proof.rounds == 0


async def test_changes_that_a_page_dropped_are_found_in_their_window_alone() -> None:
    reel = reel_of(200)
    changed(reel, 1, 45)
    reel.drops_once = {2: 15}
    read = read_changes(pull(reel), SINCE)
    assert sorted(await ids(read)) == list(range(1, 46))
    assert read.proven and read.proof.found == 1
    assert all(listing.since is not None for listing in reel.asked)


async def test_a_store_that_ignores_the_bound_is_read_whole() -> None:
    reel = reel_of(60, ignores=("since",))
    read = read_changes(pull(reel), SINCE)
    assert sorted(await ids(read)) == list(range(1, 61))
    assert not read.changes and read.proven


PLANS = st.fixed_dictionaries(
    {
        "empty_at": st.sets(st.integers(1, 8), max_size=3),
        "repeats_at": st.sets(st.integers(1, 8), max_size=1),
        "twice_at": st.sets(st.integers(2, 8), max_size=1),
        "ends_at": st.sets(st.integers(1, 8), max_size=1),
        "counts": st.booleans(),
        "endless": st.booleans(),
        "caps": st.none() | st.integers(0, 60),
    }
)


@settings(max_examples=300, deadline=None)
@given(
    plan=PLANS,
    count=st.integers(0, 60),
    drops=st.dictionaries(st.integers(1, 8), st.integers(1, 60), max_size=2),
    removed=st.dictionaries(st.integers(2, 8), st.integers(1, 60), max_size=2),
    nulls=st.sets(st.integers(1, 60), max_size=3),
    changes=st.booleans(),
)
async def test_whatever_a_counting_store_does_a_proved_reading_has_every_row(
    plan: dict[str, Any], count: int, drops: dict[int, int], removed: dict[int, int], nulls: set[int], changes: bool
) -> None:
    reel = reel_of(count, **plan)
    reel.drops_once, reel.nulls = drops, nulls
    reel.hooks = {page: lambda id=id: reel.rows.pop(id, None) for page, id in removed.items()}  # type: ignore[misc]
    read = read_changes(pull(reel), DAWN) if changes else read_whole(pull(reel))
    parts = [part async for part in read.slices()]
    given_ids = {int(row.id) for part in parts for row in part.rows}
    truthful = reel.counts or not (plan["ends_at"] or drops or plan["caps"] is not None or plan["twice_at"])
    if read.proven and truthful:
        assert set(reel.rows) - nulls <= given_ids
    lying = plan["endless"] or plan["caps"] is not None or plan["ends_at"] or plan["repeats_at"] or drops or removed or nulls
    if not lying and not plan["twice_at"]:
        assert read.proven and given_ids == set(reel.rows)
    assert reel.pages < 1_000


@given(st.lists(st.tuples(st.lists(st.integers(0, 30), max_size=4), st.booleans()), min_size=1, max_size=12), st.integers(0, 40))
def test_a_walk_is_smooth_only_when_it_showed_as_many_rows_as_are_counted(
    pages: list[tuple[list[int], bool]], total: int
) -> None:
    walk, shown = Walk(IdSet()), 0
    for nth, (rows, unreadable) in enumerate(pages):
        bad = [BadRow(b"x", "no JSON")] if unreadable else []
        last = nth == len(pages) - 1
        page = Page([Row(f"gid://reel/Film/{id}", b"{}") for id in rows], bad, total, None, None if last else f"c{nth}")
        shown += len(walk.take(walk.question(5), page).rows)
    distinct = {id for rows, _ in pages for id in rows}
    assert shown == len(distinct) == walk.distinct
    if walk.smooth:
        assert total == len(distinct) and walk.done == "last page"


def test_a_walk_goes_on_exactly_where_its_checkpoint_stood() -> None:
    walk = Walk(IdSet(), Listing("modified", since=SINCE))
    walk.take(walk.question(2), Page([Row("1", b"", SINCE)], (), 5, SINCE, "two"))
    again = Walk(IdSet(["1"]), Listing("modified", since=SINCE + timedelta(days=1)))
    again.restore(walk.state())
    assert again.question(2) == Listing("modified", limit=2, since=SINCE, after="two")
    assert again.state() == walk.state() and again.distinct == 1


@settings(max_examples=100, deadline=None)
@given(
    count=st.integers(0, 60),
    stops=st.lists(st.integers(1, 4), max_size=4),
    refuse=st.booleans(),
    exports=st.sampled_from([None, 0]),
    removed=st.dictionaries(st.integers(2, 8), st.integers(1, 60), max_size=1),
)
async def test_a_reading_that_is_stopped_anywhere_goes_on_until_it_has_every_row(
    count: int, stops: list[int], refuse: bool, exports: int | None, removed: dict[int, int]
) -> None:
    reel = reel_of(count, exports=exports)
    reel.hooks = {page: lambda id=id: reel.rows.pop(id, None) for page, id in removed.items()}  # type: ignore[misc]
    kept: dict[str, Any] | None = None
    seen: set[str] = set()
    for stop in [*stops, 10_000]:
        read = read_whole(pull(reel))
        if kept is not None:
            for id in seen:
                read.seen.add(id)
            assert read.continues(kept)
            read.restore(kept)
            reel.refused = {kept["cursor"]["after"]} if refuse and kept["cursor"]["after"] else set()
        async with aclosing(read.slices()) as parts:
            nth = 0
            async for part in parts:
                seen |= set(part.ids)
                kept = read.state()
                nth += 1
                if nth == stop:
                    break
    assert read.proven and set(map(str, reel.rows)) <= seen
