"""kill -9 at random points: whatever was answered 202 arrives, in order where order was asked for, and seldom twice."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from tests.webhooks.crash.reckoning import reckon
from tests.webhooks.crash.works import Partner, Publishing, Works
from tests.webhooks.sink import Sink, answering

Publish = Callable[..., Awaitable[Publishing]]
SHORT = [1] * 20  # the longest schedule of the shortest steps


async def test_every_promise_is_kept_though_processes_are_killed_at_random_points(
    works: Works, whose: Partner, sink: Sink, publishing: Publish, dice: random.Random, cycles: int
) -> None:
    """Two dispatchers (one inside `luneo up`), two APIs, PostgreSQL and Redis; killed and started again, over and over."""
    sink.on("/ordered", answering(after=0.005))
    await whose.endpoint(sink.url("/ordered"), ordered=True, retry=SHORT)
    await whose.endpoint(sink.url("/plain"), retry=SHORT)
    for name in ("up", "api", "dispatch"):
        works.start(name)
    await works.ready()
    publishers = [await publishing(4, dice) for _ in range(2)]
    for _ in range(cycles):
        await asyncio.sleep(dice.uniform(0.1, 2.0))
        works.supervise()
        match dice.choice(("up", "up", "dispatch", "dispatch", "api", "postgres", "postgres", "both", "redis")):
            case "postgres":
                works.kill_postgres()
                await asyncio.sleep(dice.uniform(0, 1.5))
                await works.revive_postgres()
            case "both":  # a dispatcher dies while the database is away
                works.kill_postgres()
                await asyncio.sleep(dice.uniform(0, 0.5))
                works.kill("dispatch")
                await works.revive_postgres()
                works.start("dispatch")
            case "redis":
                assert works.redis is not None
                async with Redis.from_url(works.redis) as client:
                    await client.flushall()
            case name:
                works.kill(name)
                await asyncio.sleep(dice.uniform(0, 0.5))
                works.start(name)
    await works.ready()
    told = [await publisher.stop() for publisher in publishers]
    assert [one["strange"] for one in told] == [[], []]
    promised = [promise for publisher in publishers for promise in publisher.promised()]
    began = time.monotonic()
    works.supervise()
    states = await whose.settled(60)
    print(
        f"{len(promised)} promises, {len(works.kills)} dispatchers killed, settled after {time.monotonic() - began:.1f} s, {told}"
    )
    assert works.ended() == []
    assert len(promised) > 20 * cycles, "too little was published for the kills to hit anything"
    for path, ordered in (("/ordered", True), ("/plain", False)):
        found = reckon(promised, sink.of(path), works.kills, ordered=ordered)
        print(f"{path}: {found}")
        assert found.sound(), str(found)
    assert states == {2: 2 * len(promised)}


async def test_a_dispatcher_that_dies_is_taken_over_within_twenty_seconds(
    works: Works, whose: Partner, sink: Sink, publishing: Publish, dice: random.Random
) -> None:
    """It never comes back: another one that was idle goes on with what it held."""
    sink.on("/", answering(after=1.5))  # so that it holds some at any time
    await whose.endpoint(sink.url("/"), retry=SHORT)
    works.start("up")
    await works.ready("up")
    publisher = await publishing(4, dice)
    await sink.wait(10, "/", 20)
    await publisher.stop()
    works.kill("up")
    dead = time.monotonic()
    works.start("dispatch")
    sink.on("/", answering())
    await whose.settled(20)
    took = time.monotonic() - dead
    found = reckon(publisher.promised(), sink.of("/"), works.kills, ordered=False)
    print(f"taken over after {took:.1f} s: {found}")
    assert not found.missing
    assert took < 20
