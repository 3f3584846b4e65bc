"""Reading a store whole: what may happen between two pages, and what is believed afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.errors import RetryableError
from hub.sync.paging import Pull
from hub.sync.reading import Reading, read_whole
from hub.sync.retry import Asker, GaveUp
from tests.hub.sync.shelf import QUICK, THINGS, Shelf


def reading(shelf: Shelf, sizes: tuple[int, ...] = (10, 5, 2)) -> Reading:
    return read_whole(Pull(shelf, THINGS, Asker(QUICK, sizes)))


async def ids(reading: Reading) -> list[str]:
    return [row.id for part in [part async for part in reading.slices()] for row in part.rows]


def shelf_of(count: int) -> Shelf:
    shelf = Shelf()
    shelf.put(*range(1, count + 1))
    return shelf


async def test_an_honest_store_is_read_once_and_proved_without_a_sweep() -> None:
    shelf = shelf_of(95)
    read = reading(shelf)
    assert await ids(read) == [str(n) for n in range(1, 96)]
    assert read.proven
    assert read.proof.rounds == 0
    assert shelf.pages == 11  # nine new rows a page after the first, for each is asked one row early
    assert read.cursor.done == "total reached"


@pytest.mark.parametrize("ignores_offset", [False, True])
@pytest.mark.parametrize("place", [4, 9])
async def test_a_store_that_drops_a_row_of_every_page_is_not_believed(place: int, ignores_offset: bool) -> None:
    shelf = shelf_of(95)
    shelf.drops_at, shelf.ignores_offset = place, ignores_offset
    read = reading(shelf)
    found = await ids(read)
    assert not read.proven or set(map(int, found)) == set(range(1, 96))


@pytest.mark.parametrize("first", [1, 21, 33])
@pytest.mark.parametrize("last", [54, 60, 95])
async def test_whole_pages_of_unreadable_rows_do_not_hide_what_comes_after_them(first: int, last: int) -> None:
    shelf = shelf_of(95)
    shelf.nulls = set(range(first, last + 1)) - {40}  # one readable row among them
    read = reading(shelf)
    parts = [part async for part in read.slices()]
    assert {int(row.id) for part in parts for row in part.rows} == set(range(1, 96)) - shelf.nulls
    assert sum(len(part.bad) for part in parts) == len(shelf.nulls)
    assert read.proven


async def test_an_empty_store_is_complete() -> None:
    read = reading(Shelf())
    assert await ids(read) == []
    assert read.proven


async def test_rows_deleted_behind_us_do_not_make_us_skip_any() -> None:
    shelf = shelf_of(100)
    shelf.hooks[4] = lambda: shelf.remove(1, 2, 3, 4, 5)
    read = reading(shelf)
    assert sorted(map(int, await ids(read))) == list(range(1, 101))
    assert read.cursor.drift and read.proven and read.proof.rounds == 1
    assert read.proof.found == 0


async def test_more_rows_deleted_than_a_page_holds_make_us_step_back_further() -> None:
    shelf = shelf_of(100)
    shelf.hooks[6] = lambda: shelf.remove(*range(1, 36))
    read = reading(shelf)
    assert set(map(int, await ids(read))) == set(range(1, 101))
    assert read.proven


async def test_rows_inserted_before_us_are_found_by_the_sweep() -> None:
    shelf = Shelf()
    shelf.put(*range(101, 201))
    shelf.hooks[5] = lambda: shelf.put(1, 2, 3)
    read = reading(shelf)
    assert set(map(int, await ids(read))) == {1, 2, 3, *range(101, 201)}
    assert read.proven and read.proof.found == 3


async def test_rows_added_at_the_end_are_read_too() -> None:
    shelf = shelf_of(50)
    shelf.hooks[3] = lambda: shelf.put(51, 52, 53)
    read = reading(shelf)
    assert len(await ids(read)) == 53
    assert read.proven


async def test_a_page_that_is_one_row_short_does_not_end_the_listing() -> None:
    shelf = shelf_of(100)
    shelf.drops_once[4] = 33
    read = reading(shelf)
    found = await ids(read)
    assert set(map(int, found)) == set(range(1, 101))
    assert read.cursor.short and read.proven


async def test_rows_that_are_counted_and_never_shown_close_as_hidden_by_the_store() -> None:
    shelf = shelf_of(100)
    shelf.hidden = {33, 34, 99, 100}
    read = reading(shelf)
    assert len(await ids(read)) == 96
    assert read.proven and read.proof.hidden == 4 and read.proof.rounds == 2


async def test_a_hole_wider_than_a_page_is_jumped() -> None:
    shelf = shelf_of(100)
    shelf.hidden = set(range(20, 61))
    read = reading(shelf)
    assert len(await ids(read)) == 59
    assert read.proven and read.proof.hidden == 41


async def test_a_store_that_counts_nothing_is_read_to_where_nothing_comes() -> None:
    shelf = shelf_of(95)
    shelf.counts = False
    read = reading(shelf)
    assert len(await ids(read)) == 95
    assert read.proven and read.cursor.done == "nothing after the last row"


async def test_a_store_that_ignores_offsets_is_read_by_whole_pages_and_proved_by_a_sweep() -> None:
    shelf = shelf_of(95)
    shelf.ignores_offset = True
    read = reading(shelf)
    assert set(map(int, await ids(read))) == set(range(1, 96))
    assert read.aligned and read.proven and read.proof.rounds >= 1


async def test_unreadable_rows_are_put_aside_once_and_counted() -> None:
    shelf = shelf_of(60)
    shelf.nulls = {9, 10, 11, 30}
    read = reading(shelf)
    parts = [part async for part in read.slices()]
    assert sum(len(part.rows) for part in parts) == 56
    assert sum(len(part.bad) for part in parts) == 4
    assert read.proven and read.cursor.drift == 0
    assert read.proof.rounds == 2, "nobody asked whether the unreadable rows can be read after all"


async def test_a_store_that_never_rests_is_not_believed() -> None:
    shelf = shelf_of(60)

    def stir() -> None:
        shelf.remove(min(shelf.rows))
        shelf.put(max(shelf.rows) + 1)

    shelf.hooks = dict.fromkeys(range(2, 20_000), stir)
    read = reading(shelf)
    await ids(read)
    assert not read.proven and read.proof.trouble == "restless"


async def test_a_struggling_store_gets_smaller_pages_and_larger_ones_again() -> None:
    shelf = shelf_of(300)

    def fail() -> None:
        raise RetryableError("500", status=500)

    shelf.hooks = {3: fail, 4: fail}
    read = reading(shelf)
    assert len(await ids(read)) == 300
    limits = [listing.limit for listing in shelf.asked]
    assert limits[:6] == [10, 10, 10, 5, 2, 2] and limits[-1] == 10
    assert read.proven and read.pull.asker.retried == 2


async def test_a_store_that_stays_away_is_given_up_with_what_it_said() -> None:
    shelf = shelf_of(60)

    def fail() -> None:
        raise RetryableError("The shop answered 503.", status=503)

    shelf.hooks = dict.fromkeys(range(3, 50), fail)
    with pytest.raises(GaveUp, match="503") as caught:
        await ids(reading(shelf))
    assert caught.value.tries == QUICK.tries


async def test_too_fast_does_not_make_the_pages_smaller() -> None:
    shelf = shelf_of(60)

    def refuse() -> None:
        raise RetryableError("429", status=429, after=0.001)

    shelf.hooks = {2: refuse}
    await ids(read := reading(shelf))
    assert read.pull.asker.size.smallest == 10


async def test_a_checkpoint_is_enough_to_go_on() -> None:
    shelf = shelf_of(95)
    read = reading(shelf)
    before: list[str] = []
    async for part in read.slices():
        before += [row.id for row in part.rows]
        if len(before) > 40:
            break
    state, seen = read.state(), read.seen
    shelf.remove(1, 2, 3)
    again = reading(shelf)
    for id in seen:
        again.seen.add(id)
    again.restore(state)
    after = await ids(again)
    assert not set(before) & set(after)
    assert set(map(int, before + after)) == set(range(1, 96))
    assert again.proven


async def test_a_store_that_asks_for_a_long_wait_is_not_waited_for() -> None:
    shelf = shelf_of(60)

    def refuse() -> None:
        raise RetryableError("429", status=429, after=3600)

    shelf.hooks = {2: refuse}
    pull = Pull(shelf, THINGS, Asker(replace(QUICK, total=5), (10,)))
    with pytest.raises(GaveUp):
        await ids(read_whole(pull))
