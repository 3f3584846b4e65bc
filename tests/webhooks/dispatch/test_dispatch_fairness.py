"""Whose turn it is: organisations first, then their endpoints, with retries on a lane of their own. No network, no tables."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from uuid import UUID

from hub.db.ids import uuid7
from webhooks.dispatch.queues import MOST_HELD, Queues
from webhooks.ready import Ready


def queues(cap: int = 100) -> Queues:
    return Queues(cap, asyncio.get_running_loop(), lambda: None)


def fill(made: Queues, org: UUID, endpoint: UUID, count: int, *, step: int = 0, size: int = 100) -> None:
    for n in range(count):
        made.add(Ready(endpoint, org, uuid7(), n, b"x" * size, step=step))


def wide(made: Queues) -> None:
    """Endpoints that take all there is."""
    for line in made.lines.values():
        line.window.size = 1_000_000


def taken(made: Queues, count: int, *, end: bool = True) -> list[Ready]:
    found = []
    for _ in range(count):
        next = made.next(time.monotonic())
        if next is None:
            break
        found.append(next[1])
        if end:
            made.ended(*next)
    return found


async def test_an_organisation_with_many_messages_and_one_with_few_take_turns() -> None:
    made, big, small = queues(), uuid7(), uuid7()
    fill(made, big, uuid7(), 1000)
    fill(made, small, uuid7(), 50)
    wide(made)
    first = Counter(ready.org for ready in taken(made, 100))
    assert 40 <= first[small] <= 50


async def test_an_organisation_with_many_endpoints_gets_no_more_than_one_with_one() -> None:
    made, big, small = queues(), uuid7(), uuid7()
    for _ in range(50):
        fill(made, big, uuid7(), 100)
    fill(made, small, uuid7(), 200)
    wide(made)
    first = Counter(ready.org for ready in taken(made, 200))
    assert 85 <= first[small] <= 115


async def test_endpoints_of_one_organisation_take_turns() -> None:
    made, org, endpoints = queues(), uuid7(), [uuid7() for _ in range(4)]
    for n, endpoint in enumerate(endpoints):
        fill(made, org, endpoint, 500 if n == 0 else 50)
    wide(made)
    first = Counter(ready.endpoint for ready in taken(made, 120))
    assert all(25 <= first[endpoint] <= 35 for endpoint in endpoints), first


async def test_large_messages_cost_more_of_a_turn() -> None:
    made, large, small = queues(), uuid7(), uuid7()
    fill(made, large, uuid7(), 100, size=200_000)
    fill(made, small, uuid7(), 400)
    wide(made)
    first = Counter(ready.org for ready in taken(made, 150))
    assert first[small] >= 5 * first[large]


async def test_one_organisation_fills_no_more_than_half_of_the_slots() -> None:
    made, greedy, other = queues(cap=40), uuid7(), uuid7()
    for _ in range(20):
        fill(made, greedy, uuid7(), 10)
    wide(made)
    assert len(taken(made, 100, end=False)) == 20
    fill(made, other, uuid7(), 5)
    wide(made)
    assert [ready.org for ready in taken(made, 10, end=False)] == [other] * 5


async def test_a_window_that_is_full_ends_the_endpoint_s_turn_and_an_answer_begins_it_again() -> None:
    made, org, endpoint = queues(), uuid7(), uuid7()
    fill(made, org, endpoint, 10)
    flying = [made.next(time.monotonic()) for _ in range(5)]
    assert flying[4] is None, "the window begins at four"
    assert flying[0] is not None
    made.ended(*flying[0])
    assert made.next(time.monotonic()) is not None


async def test_retries_take_three_of_ten_turns_beside_fresh_messages() -> None:
    made, org, endpoint = queues(), uuid7(), uuid7()
    fill(made, org, endpoint, 500, step=1)
    fill(made, org, endpoint, 500)
    wide(made)
    steps = Counter(ready.step for ready in taken(made, 200))
    assert 55 <= steps[1] <= 65


async def test_retries_that_hang_leave_slots_to_fresh_messages() -> None:
    made = queues(cap=100)
    for _ in range(10):
        fill(made, uuid7(), uuid7(), 50, step=1)
    wide(made)
    hanging = taken(made, 1000, end=False)
    assert len(hanging) == 50, "half of the slots when nothing else is to be done"
    fill(made, uuid7(), uuid7(), 100)
    wide(made)
    assert len(taken(made, 1000, end=False)) == 50
    assert made.in_flight == 100


async def test_retries_that_were_kept_back_go_on_when_one_of_them_ends() -> None:
    made = queues(cap=10)
    orgs = [uuid7() for _ in range(3)]
    for org in orgs:
        fill(made, org, uuid7(), 4, step=1)
    wide(made)
    flying = []
    while (found := made.next(time.monotonic())) is not None:
        flying.append(found)
    assert len(flying) < 12
    came = len(flying)
    while flying:
        made.ended(*flying.pop())
        while (found := made.next(time.monotonic())) is not None:
            flying.append(found)
            came += 1
    assert came == 12


async def test_beyond_the_cap_in_memory_nothing_is_admitted() -> None:
    made, org, endpoint = queues(), uuid7(), uuid7()
    for n in range(MOST_HELD):
        made.add(Ready(endpoint, org, endpoint, n, b""))
    assert made.free == 0
    assert made.line(org, endpoint).room(made.free) == 0


async def test_an_endpoint_holds_as_much_as_its_window_has_shown_that_it_takes() -> None:
    made, org, endpoint = queues(), uuid7(), uuid7()
    line = made.line(org, endpoint)
    rooms = [line.room(made.free)]
    for _ in range(3):
        line.window.failure()
        rooms.append(line.room(made.free))
    assert rooms == [128, 64, 32, 32]
    for _ in range(3000):
        line.window.success()
    assert line.room(made.free) == 2048
    for _ in range(10):
        line.breaker.failure(time.monotonic())
    assert line.room(made.free) == 0


async def test_however_many_endpoints_hang_another_one_finds_room() -> None:
    made = queues(cap=1_000_000)
    for _ in range(1000):
        org, endpoint = uuid7(), uuid7()
        fill(made, org, endpoint, made.line(org, endpoint).room(made.free))
    before = made.held
    flying = len(taken(made, 10_000, end=False))
    assert made.free < MOST_HELD / 20
    gone = made.thin_out()
    assert made.held == before - len(gone)
    assert made.held >= flying
    assert made.free > MOST_HELD / 2
    assert made.line(uuid7(), uuid7()).room(made.free) == 128
    hung = next(iter(made.lines.values()))
    assert hung.room(made.free) == 0, "what was given back is not claimed at once"


async def test_what_follows_in_order_waits_for_what_is_on_its_way() -> None:
    made, org, endpoint = queues(), uuid7(), uuid7()
    for n in range(3):
        made.add(Ready(endpoint, org, uuid7(), n, b"", order_key="a"))
    made.add(Ready(endpoint, org, uuid7(), 9, b"", order_key="b"))
    wide(made)
    assert [ready.position for ready in taken(made, 10, end=False)] == [0, 9]
    line = made.line(org, endpoint)
    assert line.next_of("a")
    made.enlist(line)
    assert [ready.position for ready in taken(made, 10, end=False)] == [1]
    assert [ready.position for ready in line.followers("a")] == [2]
    assert not line.next_of("b")
    assert not line.keys
