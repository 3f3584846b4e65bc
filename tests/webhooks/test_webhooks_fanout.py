"""Canonical events reach every endpoint that subscribes, once, whoever fans them out and whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub import outbox
from hub.db.engine import Database
from hub.db.ids import record_id, uuid7
from hub.outbox import EventDraft
from tests.webhooks.conftest import MakeApplication, MakeEndpoint, Put, put_endpoint
from tests.webhooks.taking import Taking
from webhooks.desk import Desk
from webhooks.fanout import Fanout, fanning
from webhooks.fanout.round import Rounds
from webhooks.publish.draft import Draft
from webhooks.publish.store import put

PRODUCT = '{"title":"Lampe","status":"active","variants":[{"sku":"LAMP-1","price":{"amount":"19.90","currency":"EUR"}}]}'


async def put_record(db: Database, org: UUID, installation: UUID, vendor_id: str, doc: str = PRODUCT) -> UUID:
    id = record_id(installation, "product", vendor_id)
    async with db.org(org) as unit:
        await unit.execute(
            "insert into record (org, id, installation, kind, vendor_id, doc, content_hash, mapping_version) "
            "values ($1, $2, $3, 'product', $4, $5, '', 1)",
            org, id, installation, vendor_id, doc,
        )  # fmt: skip
    return id


def changed(installation: UUID, vendor_id: str = "7", verb: str = "updated", cause: str = "webhook") -> EventDraft:
    id = record_id(installation, "product", vendor_id)
    data = '{"refs":{},"version":2,"changed":["title"]}'
    return EventDraft(f"product.{verb}", cause, "product", id, vendor_id, installation, data)


async def record(db: Database, org: UUID, *drafts: EventDraft) -> list[UUID]:
    async with db.org(org) as unit:
        return await outbox.record(unit, drafts)


async def messages(db: Database, org: UUID) -> list[tuple[UUID, UUID]]:
    async with db.org(org) as unit:
        rows = await unit.fetch("select endpoint, event from message order by position, endpoint")
    return [tuple(row.values()) for row in rows]


async def cursor(db: Database, org: UUID) -> int | None:
    async with db.org(org) as unit:
        position: int | None = await unit.fetchval("select position from event_cursor where subscriber = 'webhooks'")
    return position


async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 (it looks at a database)
            await asyncio.sleep(0.02)


async def fanned(db: Database, org: UUID, desk: Desk | None = None) -> Desk:
    """Everything that is open now."""
    desk = desk or Desk(db)
    rounds, more = Rounds(db, desk), True
    while more:
        _, more = await rounds.go(org)
    return desk


async def test_a_change_is_sent_with_its_record_as_it_is_now(db: Database, org: UUID, installation: UUID, endpoint: Put) -> None:
    id = await put_record(db, org, installation, "7")
    [event] = await record(db, org, changed(installation))
    await fanned(db, org)
    assert await messages(db, org) == [(endpoint.id, event)]
    async with db.org(org) as unit:
        told = json.loads(await unit.fetchval("select data from payload where event = $1", event))
    assert told == {
        "event": str(event), "kind": "product", "record": str(id), "vendor_id": "7", "installation": str(installation),
        "cause": "webhook", "position": 1, "change": {"refs": {}, "version": 2, "changed": ["title"]},
        "object": {"id": str(id), **json.loads(PRODUCT)},
    }  # fmt: skip


async def test_a_deleted_record_is_told_without_its_document(db: Database, org: UUID, installation: UUID, endpoint: Put) -> None:
    id = await put_record(db, org, installation, "7")
    async with db.org(org) as unit:
        await unit.execute("update record set deleted_at = now() where id = $1", id)
    await record(db, org, changed(installation, verb="deleted"), EventDraft("run.finished", "sync", data='{"run":1}'))
    await fanned(db, org)
    async with db.org(org) as unit:
        deleted, finished = [json.loads(row[0]) for row in await unit.fetch("select data from payload order by event")]
    assert "object" not in deleted
    assert deleted["record"] == str(id)
    assert set(finished) == {"event", "cause", "position", "change"}


async def test_types_shops_causes_and_filters_decide_who_hears_it(
    db: Database, org: UUID, installation: UUID, make_endpoint: MakeEndpoint
) -> None:
    await put_record(db, org, installation, "7")
    wanted = {
        (await make_endpoint(types=["product.*"])).id,
        (await make_endpoint(types=["order.created", "product.updated"])).id,
        (await make_endpoint(installations=[installation])).id,
        (await make_endpoint(filter={"object.variants.price.amount": {"lt": 20}})).id,
        (await make_endpoint(enabled=False)).id,  # parked until it is enabled
    }
    await make_endpoint(types=["order.*"])
    await make_endpoint(types=["product.created"])
    await make_endpoint(installations=[uuid7()])
    await make_endpoint(filter={"object.variants.price.amount": {"gt": 20}})
    await make_endpoint(deleted_at=datetime.now(UTC))
    await record(db, org, changed(installation))
    await fanned(db, org)
    assert {endpoint for endpoint, _ in await messages(db, org)} == wanted


async def test_backfill_and_remap_are_sent_only_where_they_are_asked_for(
    db: Database, org: UUID, installation: UUID, make_endpoint: MakeEndpoint
) -> None:
    plain, all_of_it = await make_endpoint(), await make_endpoint(causes=["backfill"])
    backfill, remap, sync = await record(
        db, org, *(changed(installation, vendor, cause=cause) for vendor, cause in enumerate_causes())
    )
    await fanned(db, org)
    assert sorted(await messages(db, org)) == sorted([(all_of_it.id, backfill), (plain.id, sync), (all_of_it.id, sync)])
    assert remap not in [event for _, event in await messages(db, org)]


def enumerate_causes() -> list[tuple[str, str]]:
    return [("1", "backfill"), ("2", "remap"), ("3", "sync")]


async def test_every_application_hears_it_and_no_other_organisation(
    db: Database,
    org: UUID,
    installation: UUID,
    new_org: Callable[[str], Awaitable[UUID]],
    make_application: MakeApplication,
    make_endpoint: MakeEndpoint,
) -> None:
    one, two = await make_endpoint(), await make_endpoint(application=await make_application("second"))
    other = await new_org("other")
    await make_endpoint(org=other, application=await make_application("theirs", of=other))
    [event] = await record(db, org, changed(installation))
    await fanned(db, org)
    await fanned(db, other)
    assert await messages(db, org) == sorted([(one.id, event), (two.id, event)])
    assert await messages(db, other) == []


async def test_what_has_an_audience_is_left_to_its_author(db: Database, org: UUID, application: UUID, endpoint: Put) -> None:
    desk = Desk(db)
    partners = await desk.book.partners(org)
    async with db.org(org) as unit:
        await put(unit, partners, [Draft("parcel.lost", b"{}", application)])
    await fanned(db, org, desk)
    assert len(await messages(db, org)) == 1
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from payload") == 0


async def test_an_endpoint_hears_nothing_of_what_was_before_it(
    db: Database, org: UUID, installation: UUID, make_endpoint: MakeEndpoint
) -> None:
    old, new = await make_endpoint(), await make_endpoint(created_at=datetime.now(UTC) + timedelta(minutes=1))
    [event] = await record(db, org, changed(installation))
    await fanned(db, org)
    assert await messages(db, org) == [(old.id, event)]
    assert new.id


async def test_ordered_endpoints_get_the_record_as_their_key(
    db: Database, org: UUID, installation: UUID, make_endpoint: MakeEndpoint
) -> None:
    await make_endpoint(ordered=True)
    await record(db, org, changed(installation), EventDraft("run.finished", "sync"))
    await fanned(db, org)
    async with db.org(org) as unit:
        rows = await unit.fetch("select order_key, shard is not null as sharded from message order by position")
    assert [tuple(row) for row in rows] == [(str(record_id(installation, "product", "7")), True), (None, False)]


async def test_without_endpoints_the_cursor_goes_to_the_head_at_once(db: Database, org: UUID, installation: UUID) -> None:
    await record(db, org, *(changed(installation, str(nth)) for nth in range(1200)))
    rounds = Rounds(db, Desk(db))
    assert await rounds.go(org) == (1200, False)
    assert await cursor(db, org) == 1200


async def test_one_event_for_ten_thousand_endpoints(db: Database, org: UUID, installation: UUID, application: UUID) -> None:
    await put_endpoint(db, org, application)
    async with db.org(org) as unit:
        await unit.execute(
            "insert into endpoint (org, id, application, url) "
            "select $1, gen_random_uuid(), $2, 'https://partner.example/' || n from generate_series(2, 10000) n",
            org, application,
        )  # fmt: skip
    await record(db, org, *(changed(installation, str(nth)) for nth in range(5)))
    await fanned(db, org)
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from message") == 50_000
        assert await unit.fetchval("select count(distinct (endpoint, event)) from message") == 50_000


async def test_a_message_that_a_replay_has_put_into_line_already_is_not_put_again(
    db: Database, org: UUID, installation: UUID, make_endpoint: MakeEndpoint
) -> None:
    one, two = await make_endpoint(), await make_endpoint()
    [event] = await record(db, org, changed(installation))
    async with db.org(org) as unit:
        await unit.execute(
            "insert into message (org, endpoint, event, position, type, state) values ($1, $2, $3, 1, 'product.updated', 0)",
            org, one.id, event,
        )  # fmt: skip
    desk = Desk(db)
    desk.intake = taking = Taking()
    await fanned(db, org, desk)
    assert await messages(db, org) == sorted([(one.id, event), (two.id, event)])
    async with db.org(org) as unit:
        assert [tuple(row) for row in await unit.fetch("select distinct state, owner from message")] == [(0, None)]
    assert (taking.taken, taking.reserved, taking.woken) == ([], 0, 1)


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
