"""What was committed is handed to the dispatcher of this process; what was not is not."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from hub.db.engine import LOST_IN_COMMIT, Database, UnitOfWork
from hub.errors import DatabaseUnreachable, Unavailable
from tests.webhooks.conftest import MakeEndpoint, Put
from tests.webhooks.publish.publisher import Publisher, body, counted, superuser
from tests.webhooks.taking import Taking
from webhooks.desk import Desk
from webhooks.publish.draft import Draft
from webhooks.publish.store import put
from webhooks.states import Cause, State

pytestmark = pytest.mark.usefixtures("application", "kind")


async def test_messages_are_handed_over_after_the_commit_and_never_before(
    publish: Publisher, db: Database, org: UUID, endpoint: Put, make_endpoint: MakeEndpoint
) -> None:
    ordered = await make_endpoint(ordered=True)
    publish.desk.intake = taking = Taking(owner=11, most=30)
    await asyncio.gather(*(publish(body(nth, order_key="k")) for nth in range(20)))
    assert (len(taking.taken), taking.reserved) == (30, 0)
    assert taking.woken > 0
    async with db.org(org) as unit:
        held = await unit.fetch("select endpoint, event from message where state = 1 and owner = 11")
        assert await unit.fetchval("select count(*) from message where state = 0 and owner is null") == 10
        event = await unit.fetchrow("select type, created_at, data from event where id = $1", taking.taken[0].event)
    assert event is not None
    assert {(one.endpoint, one.event) for one in taking.taken} == {tuple(row.values()) for row in held}
    assert {one.order_key for one in taking.taken if one.endpoint == ordered.id} == {"k"}
    assert {one.order_key for one in taking.taken if one.endpoint == endpoint.id} == {None}
    sent = json.loads(taking.taken[0].body)
    assert (sent["type"], sent["data"]) == (event["type"], json.loads(event["data"]))


async def test_what_did_not_commit_is_given_back(publish: Publisher, db: Database, org: UUID, endpoint: Put) -> None:
    publish.desk.intake = taking = Taking()
    async with await superuser(db) as connection:
        await connection.execute("alter table message add constraint own check (position <> 1)")
        try:
            with pytest.raises(asyncpg.CheckViolationError):
                await publish(body())
        finally:
            await connection.execute("alter table message drop constraint own")
    assert (taking.taken, taking.reserved) == ([], 0)
    assert await counted(db, org) == 0


async def test_a_dispatcher_that_was_taken_for_dead_meanwhile_gets_nothing_of_before(
    publish: Publisher, db: Database, org: UUID, endpoint: Put
) -> None:
    publish.desk.intake = taking = Taking(owner=11)
    await publish(body())
    async with db.org(org) as unit:
        await unit.execute("lock table message in share mode")
        waiting = asyncio.create_task(publish(body()))
        while not taking.reserved:  # noqa: ASYNC110 (it is on its way to the table)
            await asyncio.sleep(0.01)
        taking.owner = 12
    await waiting
    assert taking.reserved == 0
    assert [one.position for one in taking.taken] == [1]
    assert await counted(db, org, "owner from message where position = 2") == 11  # whoever took 11 for dead has it


async def test_a_dispatcher_that_stumbles_does_not_make_an_event_twice(
    publish: Publisher, db: Database, org: UUID, endpoint: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(ready: Any) -> None:
        raise KeyError("nobody knows this endpoint")

    publish.desk.intake = taking = Taking()
    monkeypatch.setattr(taking, "take", stumbles)
    assert (await publish(body()))["position"] == 1
    assert await counted(db, org) == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_a_commit_without_an_answer_is_a_503_and_its_messages_are_not_lost(
    publish: Publisher, db: Database, org: UUID, endpoint: Put, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """The connection dies in COMMIT; whether it was kept is found out afterwards, and only then are messages sent."""
    publish.desk.intake = taking = Taking()
    whole = UnitOfWork.__aexit__
    lost: list[bool] = []

    async def loses(self: UnitOfWork, kind: Any, error: Any, trace: Any) -> None:
        if error is None and not lost and self._org is not None:
            lost.append(True)
            if kept:
                await whole(self, kind, error, trace)
            else:
                self._database.pool.drop(self._driver)
            raise DatabaseUnreachable(LOST_IN_COMMIT)
        await whole(self, kind, error, trace)

    await publish.desk.book.partners(org)
    monkeypatch.setattr(UnitOfWork, "__aexit__", loses)
    with pytest.raises(Unavailable):
        await publish(body(), "key-1")
    async with asyncio.timeout(5):
        while taking.reserved:  # noqa: ASYNC110 (the desk asks the database by itself)
            await asyncio.sleep(0.02)
    assert len(taking.taken) == kept
    told = await publish(body(), "key-1")
    assert (told["position"], told["messages"]) == (1, 1)
    assert len(taking.taken) == 1
    assert await counted(db, org) == 1
    assert await counted(db, org, "count(*) from message where state = 1") == 1


async def test_many_messages_go_in_many_statements_of_one_transaction(
    publish: Publisher, db: Database, org: UUID, application: UUID
) -> None:
    async with db.org(org) as unit:
        await unit.execute(
            "insert into endpoint (org, id, application, url) "
            "select $1, gen_random_uuid(), $2, 'https://partner.example/' || n from generate_series(1, 10000) n",
            org, application,
        )  # fmt: skip
    publish.desk.intake = taking = Taking(most=500)
    assert (await publish(body()))["messages"] == 10_000
    assert await counted(db, org, "count(distinct endpoint) from message") == 10_000
    assert (len(taking.taken), taking.reserved, taking.woken) == (500, 0, 1)


async def test_a_test_goes_to_its_endpoint_alone_whatever_that_subscribes_to(
    db: Database, org: UUID, application: UUID, endpoint: Put, make_endpoint: MakeEndpoint
) -> None:
    """In a unit of the caller's own, without a dispatcher at hand: for the rooms that tell something by themselves."""
    quiet = await make_endpoint(types=["nothing"], filter={"a": 1})
    partners = await Desk(db).book.partners(org)
    async with db.org(org) as unit:
        stored = await put(
            unit,
            partners,
            [Draft("parcel.lost", b"{}", application, only=quiet.id, why=Cause.TEST), Draft("parcel.lost", b"{}", application)],
        )
    assert (stored.first, stored.counts) == (1, [1, 1])
    async with db.org(org) as unit:
        rows = await unit.fetch("select endpoint, event, state, cause from message order by position")
    assert [tuple(row) for row in rows] == [
        (quiet.id, stored.ids[0], State.WAITING, Cause.TEST),
        (endpoint.id, stored.ids[1], State.WAITING, Cause.EVENT),
    ]
