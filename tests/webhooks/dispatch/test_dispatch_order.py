"""Messages of one order key reach the endpoint one after the other, whatever fails meanwhile and whoever dies."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections import defaultdict
from uuid import UUID

from hub.db.engine import Database
from hub.db.ids import uuid7
from tests.webhooks.dispatch.partner import Partner, a_dispatcher, until
from tests.webhooks.dispatch.processes import Processes
from tests.webhooks.sink import Exchange, Sink, answering, in_turn
from webhooks.shard import SHARDS, shard_of
from webhooks.states import State


def first_receipts(sink: Sink) -> dict[str, list[int]]:
    """Order key → the numbers of its events, in the order in which each came for the first time."""
    seen: set[str] = set()
    found: dict[str, list[int]] = defaultdict(list)
    for receipt in sink.receipts:
        if receipt.id not in seen:
            seen.add(receipt.id)
            data = json.loads(receipt.body)["data"]
            found[data["key"]].append(data["n"])
    return found


def test_a_shard_depends_on_endpoint_and_key_alone() -> None:
    endpoint = UUID("01a203e1-6e03-7cbf-b0b7-16eff298edc3")
    assert shard_of(endpoint, "order-1") == shard_of(UUID(str(endpoint)), "order-1")
    used = {shard_of(uuid7(), f"key {n}") for n in range(2000)}
    assert used == set(range(SHARDS))


async def test_a_key_s_messages_come_one_after_the_other_in_the_order_of_their_events(
    db: Database, partner: Partner, sink: Sink
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), ordered=True)
    flying: dict[str, int] = defaultdict(int)
    most = 0

    async def counted(exchange: Exchange) -> None:
        nonlocal most
        key = json.loads(exchange.receipt.body)["data"]["key"]
        flying[key] += 1
        most = max(most, flying[key])
        await asyncio.sleep(0.002)
        flying[key] -= 1
        await exchange.answer(204)

    sink.on("/hook", counted)
    keys = [f"k{n % 10}" for n in range(400)]
    await partner.publish(endpoint, keys=keys)
    async with a_dispatcher(db, sink):
        await until(lambda: len(sink.receipts) >= 400, 20)

        async def delivered() -> bool:
            return await partner.states(endpoint) == {State.DELIVERED: 400}

        await until(delivered)
    assert most == 1
    assert len(sink.receipts) == 400
    for numbers in first_receipts(sink).values():
        assert numbers == sorted(numbers)


async def test_a_key_that_waits_for_a_retry_holds_up_itself_and_nobody_else(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), ordered=True, retry=[4, 4])
    failed_at = 0.0

    async def first_of_a_fails(exchange: Exchange) -> None:
        nonlocal failed_at
        data = json.loads(exchange.receipt.body)["data"]
        if data["n"] == 0 and not failed_at:
            failed_at = time.monotonic()
            await exchange.answer(500)
        else:
            await exchange.answer(204)

    sink.on("/hook", first_of_a_fails)
    await partner.publish(endpoint, keys=["a", "a", "a", *["b"] * 50, *[f"c{n}" for n in range(50)]])
    async with a_dispatcher(db, sink):
        await until(lambda: len(sink.receipts) >= 101)
        assert time.monotonic() - failed_at < 3, "the others did not wait"
        more = await partner.publish(endpoint, keys=["a", "b"])
        await until(lambda: len(sink.receipts) >= 106)
        assert more
    found = first_receipts(sink)
    assert found["a"] == [0, 1, 2, 0]
    a = [json.loads(receipt.body)["data"] for receipt in sink.receipts]
    assert [one["n"] for one in a if one["key"] == "a"] == [0, 0, 1, 2, 0]


async def test_the_next_goes_once_the_one_before_is_dead(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), ordered=True, retry=[1])
    sink.on("/hook", in_turn(answering(500), answering(500), answering(204)))
    events = await partner.publish(endpoint, keys=["a", "a"])
    async with a_dispatcher(db, sink):
        await sink.wait(3)

        async def ended() -> bool:
            return await partner.states(endpoint) == {State.DEAD: 1, State.DELIVERED: 1}

        await until(ended)
    assert [receipt.id for receipt in sink.receipts] == [f"msg_{events[n].hex}" for n in (0, 0, 1)]


async def test_an_endpoint_with_many_waiting_keys_goes_on_behind_blocked_ones(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), ordered=True, retry=[3600])

    async def refused(exchange: Exchange) -> None:
        key = json.loads(exchange.receipt.body)["data"]["key"]
        await exchange.answer(204 if key.startswith("z") else 404)

    sink.on("/hook", refused)
    await partner.publish(endpoint, keys=[f"bad{n:04}" for n in range(900) for _ in range(2)])
    async with a_dispatcher(db, sink):
        await until(lambda: len(sink.receipts) >= 900, 30)
        await partner.publish(endpoint, keys=[f"z{n}" for n in range(20)])
        began = time.monotonic()
        await until(lambda: len(sink.receipts) >= 920)
        assert time.monotonic() - began < 3


async def test_order_holds_while_answers_fail_at_random_and_dispatchers_come_freeze_and_die(
    db: Database, partner: Partner, sink: Sink, processes: Processes
) -> None:
    chance = random.Random(7)
    endpoints = [await partner.endpoint(sink.url(f"/{n}"), ordered=True, retry=[1] * 12) for n in range(2)]

    async def moody(exchange: Exchange) -> None:
        await asyncio.sleep(chance.random() * 0.01)
        mood = chance.random()
        if mood < 0.06:
            await exchange.answer(500)
        elif mood < 0.10:
            exchange.reset()
        else:
            await exchange.answer(204)

    running = [await processes.start(), await processes.start()]
    total = 0
    number = 0
    for endpoint in endpoints:
        sink.on(f"/{endpoints.index(endpoint)}", moody)
    for round in range(12):
        for endpoint in endpoints:
            keys = [f"{endpoint.id.hex[-4:]}-{chance.randrange(12)}" for _ in range(25)]
            await partner.publish(endpoint, keys=keys, start=number)
            number += len(keys)
            total += len(keys)
        await asyncio.sleep(0.3)
        if round == 2:
            running[0].kill()
            running[0] = await processes.start()
        if round == 5:
            os.kill(running[1].pid, signal.SIGSTOP)
        if round == 8:
            running.append(await processes.start())
    await asyncio.sleep(11)
    os.kill(running[1].pid, signal.SIGCONT)

    async def delivered() -> bool:
        states = [await partner.states(endpoint) for endpoint in endpoints]
        return sum(one.get(State.DELIVERED, 0) for one in states) == total

    await until(delivered, 60)
    for key, numbers in first_receipts(sink).items():
        assert numbers == sorted(numbers), f"{key} was inverted"
