"""Canonical events reach their endpoints once, whoever fans them out, however many do, and whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.outbox import EventDraft
from tests.webhooks.conftest import MakeApplication, MakeEndpoint, Put, put_endpoint
from tests.webhooks.fanned import changed, cursor, fanned, messages, put_record, record, until
from tests.webhooks.taking import Taking
from webhooks.desk import Desk
from webhooks.fanout import Fanout, fanning
from webhooks.publish.draft import Draft
from webhooks.publish.store import put


async def test_messages_go_straight_to_the_dispatcher_of_this_process(
    db: Database, org: UUID, installation: UUID, endpoint: Put
) -> None:
    desk = Desk(db)
    desk.intake = taking = Taking()
    [event] = await record(db, org, changed(installation))
    await fanned(db, org, desk)
    [ready] = taking.taken
    assert (ready.endpoint, ready.event, ready.id) == (endpoint.id, event, b"msg_" + event.hex.encode())
    sent = json.loads(ready.body)
    assert (sent["type"], sent["data"]["event"]) == ("product.updated", str(event))
    async with db.org(org) as unit:
        assert tuple(await unit.fetchrow("select state, owner from message") or ()) == (1, taking.owner)


async def test_two_processes_together_put_each_message_once(
    db: Database, second: Database, org: UUID, installation: UUID, make_endpoint: MakeEndpoint
) -> None:
    endpoints = [await make_endpoint(), await make_endpoint()]
    async with fanning(db, Desk(db)), fanning(second, Desk(second)):
        events: list[UUID] = []
        for nth in range(60):
            events += await record(db, org, *(changed(installation, f"{nth}-{at}") for at in range(5)))

        async def arrived() -> bool:
            return len(await messages(db, org)) >= 600

        await until(arrived)
    assert sorted(await messages(db, org)) == sorted((endpoint.id, event) for endpoint in endpoints for event in events)
    assert await cursor(db, org) == 300


async def test_an_endpoint_that_another_process_made_just_now_hears_of_the_next_change(
    db: Database, second: Database, org: UUID, installation: UUID, application: UUID, endpoint: Put
) -> None:
    async with fanning(db, Desk(db)):
        for nth in range(20):
            made = await put_endpoint(second, org, application)
            [event] = await record(second, org, changed(installation, str(nth)))

            async def told(pair: tuple[UUID, UUID] = (made.id, event)) -> bool:
                return pair in await messages(db, org)

            await until(told)


async def test_who_is_told_of_during_a_look_is_looked_at_again(db: Database, org: UUID) -> None:
    fanout = Fanout(db, Desk(db))
    fanout.wake(org)
    look = asyncio.create_task(fanout._start_rounds())
    await asyncio.sleep(0)  # it asks the database now
    fanout.wake(org)
    await look
    assert fanout._told == {org}
    await fanout._start_rounds()
    assert not fanout._told


async def test_events_of_the_api_alone_move_nothing(
    db: Database, org: UUID, application: UUID, installation: UUID, endpoint: Put
) -> None:
    """The log's head moves with every group commit; fanning out then must cost a look and no write."""
    desk = Desk(db)
    partners = await desk.book.partners(org)
    async with fanning(db, desk) as fanout:
        for _ in range(3):
            async with db.org(org) as unit:
                await put(unit, partners, [Draft("parcel.lost", b"{}", application)])

        async def seen() -> bool:
            return fanout._seen.get(org) == 3

        await until(seen)
        assert await cursor(db, org) is None
        [event] = await record(db, org, changed(installation))

        async def told() -> bool:
            return (endpoint.id, event) in await messages(db, org)

        await until(told)
        assert await cursor(db, org) == 4


@asynccontextmanager
async def a_process(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another fan-out, in a process of its own; killed at the end, if it lives so long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.webhooks.fanning_process", url, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.crash
async def test_a_fan_out_that_is_killed_anywhere_loses_and_doubles_nothing(
    db: Database, clean_database_url: str, org: UUID, installation: UUID, make_endpoint: MakeEndpoint
) -> None:
    endpoints = [await make_endpoint() for _ in range(20)]
    await put_record(db, org, installation, "7")
    events: list[UUID] = []

    async def writing() -> None:
        for _ in range(150):
            events.extend(await record(db, org, *(changed(installation) for _ in range(4))))
            await asyncio.sleep(0.01)

    writer = asyncio.create_task(writing())
    chance = random.Random(4)
    for _ in range(4):
        async with a_process(clean_database_url), a_process(clean_database_url):
            await asyncio.sleep(chance.uniform(0.05, 0.5))
    await writer
    async with a_process(clean_database_url):

        async def all_there() -> bool:
            return await cursor(db, org) == len(events)

        await until(all_there, 30)
    wanted = sorted((endpoint.id, event) for endpoint in endpoints for event in events)
    assert sorted(await messages(db, org)) == wanted
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from payload") == len(events) == 600


async def test_a_lost_connection_is_listened_on_again(
    db: Database, org: UUID, installation: UUID, endpoint: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.fanout.fanout.TROUBLE", 0.05)
    monkeypatch.setattr("webhooks.fanout.fanout.LOOK", 60.0)
    async with fanning(db, Desk(db)):
        for nth in range(3):
            [event] = await record(db, org, changed(installation, str(nth)))

            async def told(pair: tuple[UUID, UUID] = (endpoint.id, event)) -> bool:
                return pair in await messages(db, org)

            await until(told)
            connection = await db.listener()
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and query ilike 'listen%'"
            )
            await connection.close()
            await asyncio.sleep(0.5)


async def test_one_organisations_trouble_is_its_own(
    db: Database,
    org: UUID,
    installation: UUID,
    endpoint: Put,
    new_org: Callable[[str], Awaitable[UUID]],
    make_application: MakeApplication,
    make_endpoint: MakeEndpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("webhooks.fanout.fanout.TROUBLE", 0.05)
    other = await new_org("other")
    theirs = await make_endpoint(org=other, application=await make_application("theirs", of=other))
    owner = await db.listener()
    await owner.execute(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$; "
        f"create trigger refuse before insert on payload for each row when (new.org = '{org}') execute function refuse()"
    )
    async with fanning(db, Desk(db)):
        [event] = await record(db, org, changed(installation))
        [told] = await record(db, other, EventDraft("run.finished", "sync"))

        async def heard() -> bool:
            return await messages(db, other) == [(theirs.id, told)]

        await until(heard)
        assert await messages(db, org) == []
        await owner.execute("drop function refuse cascade")
        await owner.close()

        async def cured() -> bool:
            return await messages(db, org) == [(endpoint.id, event)]

        await until(cured)
