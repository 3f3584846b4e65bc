"""Canonical events reach every endpoint that subscribes, and no other."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.db.engine import Database
from hub.db.ids import record_id, uuid7
from hub.outbox import EventDraft
from tests.webhooks.conftest import MakeApplication, MakeEndpoint, Put, put_endpoint
from tests.webhooks.fanned import PRODUCT, changed, cursor, fanned, messages, put_record, record
from tests.webhooks.taking import Taking
from webhooks.desk import Desk
from webhooks.fanout.round import Rounds
from webhooks.publish.draft import Draft
from webhooks.publish.store import put


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
