"""Receivers that are away, slow, endless or rude, a dispatcher whose clock is wrong: nothing is lost, the healthy never wait.

By hand with the real lengths: LUNEO_CRASH_REAL=1 (ten minutes away, deadlines of 15 and 30 s).
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.webhooks.crash.reckoning import reckon
from tests.webhooks.crash.works import Partner, Publishing, Works
from tests.webhooks.sink import Receipt, Sink, answering, dripping, endless, flooding, hanging, in_turn, resetting

Publish = Callable[..., Awaitable[Publishing]]
REAL = bool(os.environ.get("LUNEO_CRASH_REAL"))
DEADLINES = {} if REAL else {"total": 3.0, "first_byte": 2.0}
AWAY = 600.0 if REAL else 3.0
RETRY = [30, 120, 300, 600] if REAL else [1] * 20
SKEW = 3600.0

RUDE = {
    "/loris": dripping(0.2),
    "/loris-headers": dripping(0.2, headers=True),
    "/gigabyte": endless(),
    "/gigabyte-in-chunks": endless(chunked=True),
    "/flood": in_turn(flooding(), answering()),
    "/reset": in_turn(resetting(), resetting(), answering()),
    "/hang": hanging(),
}
NEVER = {"/loris", "/loris-headers", "/hang"}  # these never answer whole


async def test_nothing_is_lost_to_receivers_in_trouble_and_a_clock_that_is_an_hour_ahead(
    works: Works, whose: Partner, sink: Sink, publishing: Publish, dice: random.Random
) -> None:
    await whose.endpoint(sink.url("/healthy"), ordered=True, retry=RETRY)
    for path, behaviour in RUDE.items():
        sink.on(path, behaviour)
        await whose.endpoint(sink.url(path), retry=RETRY)
    works.start("up", {"skew": SKEW, **DEADLINES})
    await works.ready("up")
    publisher = await publishing(1, dice, pause=0.15)
    await asyncio.sleep(2 if not REAL else 40)
    told = await publisher.stop()
    promised = publisher.promised()
    assert told["strange"] == []
    wanted = len(promised)
    assert wanted > 5

    healthy = await _whole(sink, "/healthy", wanted)
    late = [abs(int(receipt.headers["webhook-timestamp"]) - receipt.wall) for receipt in healthy]
    assert max(late) < 5, "signature times follow this machine's wrong clock, not the database's"
    for path in ("/healthy", "/flood", "/reset"):
        await _whole(sink, path, wanted)
        found = reckon(promised, sink.of(path), [], ordered=path == "/healthy")
        assert found.sound(), f"{path}: {found}"
    assert sum(receipt.status is None for receipt in sink.of("/reset")) == 2  # two were cut, and came again
    for path in ("/gigabyte", "/gigabyte-in-chunks"):  # the head said 200: a success, though its body was cut
        await _whole(sink, path, wanted)
        assert max(Counter(receipt.id for receipt in sink.of(path)).values()) == 1, f"{path} was told again"
    for path in NEVER:
        assert sink.of(path), f"{path} was never tried"
        sink.on(path, answering())
    await whose.settled(60 if not REAL else 1200)
    for path in NEVER:
        found = reckon(promised, sink.of(path), [], ordered=False)
        assert found.sound(), f"{path}: {found}"
    assert await whose.states() == {2: wanted * (1 + len(RUDE))}
    assert works.ended() == []


async def test_a_receiver_that_was_away_gets_everything_in_order_when_it_is_back(
    works: Works, whose: Partner, sink: Sink, publishing: Publish, dice: random.Random
) -> None:
    """The receiver's whole host is away; a second one is not, and notices nothing."""
    async with Sink() as other:
        works.allow = whose.allow = [sink.host, other.host]
        await whose.endpoint(sink.url("/away"), ordered=True, retry=RETRY)
        await whose.endpoint(other.url("/there"), retry=RETRY)
        works.start("up")
        await works.ready("up")
        publisher = await publishing(2, dice, pause=0.05 if not REAL else 2.0)
        await sink.wait(10, "/away", 10)
        await sink.down()
        gone = time.monotonic()
        await asyncio.sleep(AWAY)
        promised = len(publisher.promised())
        assert len(await other.wait(promised, "/there", 10)) >= promised, "who is there waits for who is away"
        await sink.up()
        await asyncio.sleep(1)
        assert (await publisher.stop())["strange"] == []
        await whose.settled(60 if not REAL else 1200)
        print(f"away for {AWAY:.0f} s, all there {time.monotonic() - gone - AWAY:.1f} s after its return")
        found = reckon(publisher.promised(), sink.of("/away"), [], ordered=True)
        assert not found.missing
        assert not found.inverted


async def _whole(sink: Sink, path: str, wanted: int) -> list[Receipt]:
    """Until so many different messages were answered there."""
    deadline = time.monotonic() + (30 if not REAL else 900)
    while (there := len({receipt.id for receipt in sink.of(path) if receipt.status in (200, 204)})) < wanted:
        assert time.monotonic() < deadline, f"{path}: {there} of {wanted} are there, {len(sink.of(path))} requests came"
        await asyncio.sleep(0.05)
    return sink.of(path)
