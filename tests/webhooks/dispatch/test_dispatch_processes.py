"""Several dispatchers, some of which die, freeze or leave. Real processes, real signals."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter

from hub.db.engine import Database
from tests.webhooks.dispatch.partner import Partner, a_dispatcher, until
from tests.webhooks.dispatch.processes import Processes
from tests.webhooks.sink import Exchange, Sink, answering, hanging
from webhooks.states import State


async def alive(db: Database) -> int:
    async with db.system() as unit:
        count: int = await unit.fetchval("select count(*) from dispatcher")
    return count


async def test_what_a_killed_dispatcher_held_is_taken_over_within_14_seconds(
    db: Database, partner: Partner, sink: Sink, processes: Processes
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    sink.on("/hook", hanging(30))
    dead = await processes.start()
    events = await partner.publish(endpoint, 100)
    await sink.wait(4, "/hook")
    await until(lambda: _held(partner, endpoint, 50))
    async with a_dispatcher(db, sink):
        dead.kill()
        killed = time.monotonic()
        sink.on("/hook", answering(204))

        async def delivered() -> bool:
            return await partner.states(endpoint) == {State.DELIVERED: 100}

        await until(delivered, 20)
        took = time.monotonic() - killed
        assert await alive(db) == 1, "the dead one's row is gone"
    assert took < 14, took
    receipts = Counter(receipt.id for receipt in sink.receipts)
    assert set(receipts) == {f"msg_{event.hex}" for event in events}
    assert sum(receipts.values()) <= 100 + 4, "only what was in flight comes twice"
    print(f"taken over {took:.1f} s after kill -9")


async def _held(partner: Partner, endpoint: object, least: int) -> bool:
    return (await partner.states(endpoint)).get(State.HELD, 0) >= least  # type: ignore[arg-type]


async def test_a_frozen_dispatcher_sends_nothing_when_it_wakes_and_begins_anew(
    db: Database, partner: Partner, sink: Sink, processes: Processes
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    slow: list[str] = []

    async def late(exchange: Exchange) -> None:
        slow.append(exchange.receipt.id)
        await asyncio.sleep(3)
        await exchange.answer(500)

    sink.on("/hook", late)
    frozen = await processes.start()
    await partner.publish(endpoint, 60)
    await until(lambda: len(slow) >= 4)
    os.kill(frozen.pid, signal.SIGSTOP)
    sink.on("/hook", answering(204))
    async with a_dispatcher(db, sink):

        async def delivered() -> bool:
            return await partner.states(endpoint) == {State.DELIVERED: 60}

        await until(delivered, 20)
        came = len(sink.receipts)
        os.kill(frozen.pid, signal.SIGCONT)

        async def again() -> bool:
            return await alive(db) == 2

        await until(again)
        await asyncio.sleep(1)
        assert len(sink.receipts) == came, "it sent something that was no longer its own"
    assert await partner.states(endpoint) == {State.DELIVERED: 60}, "its late failures moved a message"
    attempts = await partner.attempts(endpoint)
    late_ones = [row for row in attempts if row["status"] == 500]
    assert len(late_ones) == len(slow), "but they stand in the log"
    fresh = await partner.publish(endpoint, 5)
    await sink.wait(came + len(fresh), "/hook")
    frozen.send_signal(signal.SIGTERM)
    assert await frozen.wait() == 0


async def test_two_dispatchers_share_the_work_and_send_nothing_twice(
    db: Database, partner: Partner, sink: Sink, processes: Processes
) -> None:
    endpoints = [await partner.endpoint(sink.url(f"/{n}")) for n in range(8)]
    await processes.start()
    await processes.start()
    for _ in range(10):
        for endpoint in endpoints:
            await partner.publish(endpoint, 20)
    await sink.wait(1600, timeout=30)
    await asyncio.sleep(0.5)
    assert max(Counter((receipt.path, receipt.id) for receipt in sink.receipts).values()) == 1
    async with db.system() as unit:
        shares = [row["n"] for row in await unit.fetch("select count(*) as n from attempt group by dispatcher")]
    assert len(shares) == 2, "one of them did nothing"


async def test_a_clean_stop_finishes_what_is_in_flight_and_gives_back_the_rest(
    db: Database, partner: Partner, sink: Sink, processes: Processes
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    sink.on("/hook", answering(204, after=1.0))
    leaving = await processes.start()
    await partner.publish(endpoint, 50)
    await sink.wait(4, "/hook")
    leaving.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert await leaving.wait() == 0
    assert time.monotonic() - began < 5
    states = await partner.states(endpoint)
    assert set(states) == {State.WAITING, State.DELIVERED}
    assert states[State.DELIVERED] == len(sink.receipts), "what was in flight was waited for"
    assert await alive(db) == 0


async def test_a_limit_is_shared_between_dispatchers(db: Database, partner: Partner, sink: Sink, processes: Processes) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), rate_limit=40)
    await processes.start()
    await processes.start()
    await asyncio.sleep(3.5)  # each has heard of the other
    await partner.publish(endpoint, 160)
    receipts = await sink.wait(160, timeout=15)
    seconds = receipts[-1].at - receipts[0].at
    assert seconds >= 160 / 40 - 1.0, seconds
