from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.outbox import EventDraft, advance, after, cursor, head, record


def drafts(count: int) -> list[EventDraft]:
    return [EventDraft(f"thing.{n}", "sync", data=f'{{"n": {n}}}') for n in range(count)]


async def test_events_come_back_as_they_were_recorded_in_order(db: Database, org: UUID, installation: UUID) -> None:
    thing = uuid7()
    async with db.org(org) as unit:
        draft = EventDraft("product.updated", "webhook", "product", thing, "17", installation, b'{"price": 1.10}')
        ids = await record(unit, [draft, *drafts(2)])
        assert await record(unit, []) == []
        first, second, third = await after(unit, 0)
    assert [event.position for event in (first, second, third)] == [1, 2, 3]
    assert [event.id for event in (first, second, third)] == ids
    assert (first.type, first.cause, first.kind, first.record) == ("product.updated", "webhook", "product", thing)
    assert (first.vendor_id, first.installation, first.data) == ("17", installation, '{"price": 1.10}')
    async with db.org(org) as unit:
        assert [event.type for event in await after(unit, 1, limit=1)] == ["thing.0"]


async def test_a_rolled_back_transaction_leaves_no_event_and_no_gap(db: Database, org: UUID) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.org(org) as unit:
            await record(unit, drafts(5))
            raise ZeroDivisionError
    async with db.org(org) as unit:
        await record(unit, drafts(1))
        assert [event.position for event in await after(unit, 0)] == [1]


async def test_twenty_writers_with_rollbacks_leave_no_gap_and_a_reader_misses_nothing(
    clean_database_url: str, new_org: Callable[[str], Awaitable[UUID]]
) -> None:
    org, database = await new_org("busy"), Database(clean_database_url, pool_size=22)
    chance, kept, writing = random.Random(7), 0, True

    async def write() -> None:
        nonlocal kept
        for _ in range(15):
            size, fails = chance.randint(1, 4), chance.random() < 0.3
            try:
                async with database.org(org) as unit:
                    await record(unit, drafts(size))
                    await asyncio.sleep(chance.random() / 200)
                    if fails:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                continue
            kept += size

    async def read() -> list[int]:
        seen: list[int] = []
        while True:
            last = not writing
            async with database.org(org) as unit:
                seen += [event.position for event in await after(unit, seen[-1] if seen else 0, limit=7)]
            if last and len(seen) >= kept:
                return seen
            await asyncio.sleep(0.001)

    reader = asyncio.ensure_future(read())
    await asyncio.gather(*(write() for _ in range(20)))
    writing = False
    async with asyncio.timeout(20):
        seen = await reader
    await database.close()
    assert kept > 300
    assert seen == list(range(1, kept + 1))


async def test_each_organisation_counts_for_itself(db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]]) -> None:
    other = await new_org("other")
    for tenant, count in ((org, 3), (other, 1)):
        async with db.org(tenant) as unit:
            await record(unit, drafts(count))
    async with db.org(other) as unit:
        assert await head(unit) == 1
        assert len(await after(unit, 0)) == 1


async def test_a_cursor_moves_with_its_effects_and_never_back(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        assert await cursor(unit, "webhooks") == 0
        await advance(unit, "webhooks", 5)
    with pytest.raises(ZeroDivisionError):
        async with db.org(org) as unit:
            await advance(unit, "webhooks", 9)
            raise ZeroDivisionError
    async with db.org(org) as unit:
        await advance(unit, "webhooks", 3)
        assert await cursor(unit, "webhooks") == 5
        assert await cursor(unit, "another") == 0


async def test_two_workers_of_one_subscriber_take_turns(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await record(unit, drafts(40))
    handled: list[int] = []

    async def work() -> None:
        while True:
            async with db.org(org) as unit:
                position = await cursor(unit, "plugin")
                events = await after(unit, position, limit=5)
                if not events:
                    return
                await asyncio.sleep(0.002)
                handled.extend(event.position for event in events)
                await advance(unit, "plugin", events[-1].position)

    await asyncio.gather(work(), work(), work())
    assert handled == list(range(1, 41))


async def test_listeners_are_woken_by_the_commit_and_not_by_a_rollback(db: Database, org: UUID) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    ears = await db.listener()
    await ears.add_listener("luneo_event", lambda *said: heard.put_nowait(str(said[3])))
    with pytest.raises(ZeroDivisionError):
        async with db.org(org) as unit:
            await record(unit, drafts(1))
            raise ZeroDivisionError
    async with db.org(org) as unit:
        await record(unit, drafts(3))
        await asyncio.sleep(0.05)
        assert heard.empty()
    async with asyncio.timeout(2):
        assert await heard.get() == str(org)
    await asyncio.sleep(0.05)
    assert heard.empty()
    await ears.close()
