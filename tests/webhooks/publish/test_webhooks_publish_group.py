"""Group commit: many requests in one transaction, and none of them pays for another."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from hub.db.engine import LOST_IN_COMMIT, Database, UnitOfWork
from hub.db.ids import uuid7
from hub.errors import DatabaseUnreachable, HubError, NotFound, Unavailable, Unprocessable
from tests.webhooks.conftest import MakeApplication, MakeEndpoint, MakeKind, Put, put_endpoint
from tests.webhooks.taking import Taking
from webhooks.desk import Desk
from webhooks.publish import commit as committing
from webhooks.publish import group as grouping
from webhooks.publish.item import Done, Item
from webhooks.publish.once import key_of
from webhooks.publish.read import batch, single

pytestmark = pytest.mark.usefixtures("application", "kind")


def body(data: Any = 1, **change: Any) -> bytes:
    return json.dumps({"type": "parcel.lost", "application": "partner", "data": data} | change).encode()


class Publisher:
    """Publishes by a desk as the route does."""

    def __init__(self, db: Database, org: UUID) -> None:
        self.desk = Desk(db)
        self.org = org

    async def item(self, content: bytes, key: str | None = None, many: bool = False) -> Item:
        partners = await self.desk.book.partners(self.org)
        once = None if key is None else key_of(key.encode(), "/v1/events", content)
        return Item((batch if many else single)(content), partners, batch=many, size=len(content), key=once)

    async def __call__(self, content: bytes, key: str | None = None, many: bool = False) -> dict[str, Any]:
        done = await self.desk.committer.publish(self.org, await self.item(content, key, many))
        told: dict[str, Any] = json.loads(done.body)
        return told


@pytest.fixture
def publish(db: Database, org: UUID) -> Publisher:
    return Publisher(db, org)


async def counted(db: Database, org: UUID, what: str = "count(*) from event") -> Any:
    async with db.org(org) as unit:
        return await unit.fetchval(f"select {what}")


async def transactions(db: Database, org: UUID) -> int:
    found: int = await counted(db, org, "count(distinct created_at) from event")
    return found


async def test_two_hundred_publishers_share_transactions_and_leave_no_gap(
    api: httpx.AsyncClient, db: Database, org: UUID, endpoint: Put, make_endpoint: MakeEndpoint
) -> None:
    """Exactly one message for every event and endpoint that wants it."""
    evens = await make_endpoint(filter={"even": True})

    async def publisher(nth: int) -> list[dict[str, Any]]:
        told = []
        for at in range(5):
            answer = await api.post("/v1/events", content=body({"n": [nth, at], "even": at % 2 == 0}),
                headers={"content-type": "application/json", "idempotency-key": f"{nth}-{at}"})  # fmt: skip
            assert answer.status_code == 202
            told.append(answer.json())
        return told

    told = [one for some in await asyncio.gather(*(publisher(nth) for nth in range(200))) for one in some]
    assert sorted(one["position"] for one in told) == list(range(1, 1001))
    async with db.org(org) as unit:
        rows = await unit.fetch("select e.id, e.position, e.data, m.endpoint from event e join message m on m.event = e.id")
    wanted = Counter((one["id"], one["position"], endpoint.id) for one in told)
    found = Counter((str(row["id"]), row["position"], row["endpoint"]) for row in rows if row["endpoint"] == endpoint.id)
    assert found == wanted
    assert all(json.loads(row["data"])["even"] for row in rows if row["endpoint"] == evens.id)
    assert len(rows) == 1000 + 600
    assert sum(one["messages"] for one in told) == 1600
    assert await transactions(db, org) < 200


async def test_who_comes_alone_waits_for_nobody(publish: Publisher, db: Database, org: UUID) -> None:
    for nth in range(3):
        assert (await publish(body()))["position"] == nth + 1
    assert await transactions(db, org) == 3


async def test_a_group_has_a_limit_and_a_batch_is_never_split(
    publish: Publisher, db: Database, org: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "GROUP_EVENTS", 10)
    whole = [json.loads(body(nth)) for nth in range(25)]
    answers = await asyncio.gather(publish(json.dumps(whole).encode(), many=True), *(publish(body()) for _ in range(30)))
    assert [one["position"] for one in answers[0]["events"]] == list(range(1, 26))
    assert await transactions(db, org) == 4
    assert await counted(db, org) == 55


async def test_one_bad_request_in_a_group_does_not_take_the_others_along(
    publish: Publisher, db: Database, org: UUID, endpoint: Put
) -> None:
    """Bad in a way that only the database tells: here a constraint of somebody's own."""
    async with await superuser(db) as connection:
        await connection.execute("alter table event add constraint own check (data::text <> '13')")
        try:
            results = await asyncio.gather(*(publish(body(nth)) for nth in range(40)), return_exceptions=True)
        finally:
            await connection.execute("alter table event drop constraint own")
    bad = [nth for nth, one in enumerate(results) if isinstance(one, BaseException)]
    assert bad == [13]
    assert isinstance(results[13], asyncpg.CheckViolationError)
    positions = sorted(one["position"] for one in results if isinstance(one, dict))
    assert positions == list(range(1, 40))
    assert await counted(db, org, "count(*) from message") == 39


class Superuser:
    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self.connection = connection

    async def __aenter__(self) -> asyncpg.Connection[Any]:
        return self.connection

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()


async def superuser(db: Database) -> Superuser:
    """The tables' owner."""
    return Superuser(await db.listener())


async def test_what_changed_since_the_request_was_read_is_looked_at_again(
    publish: Publisher, db: Database, org: UUID, application: UUID, make_kind: MakeKind, make_application: MakeApplication
) -> None:
    """Endpoints that came meanwhile are matched; what is gone meanwhile is refused, alone."""
    await make_kind("parcel.found")
    going = await make_application("going")
    items = [
        await publish.item(body(1)),
        await publish.item(body(2, application="going")),
        await publish.item(body(3, type="parcel.found")),
        await publish.item(body(4), "key"),
    ]
    made = await put_endpoint(db, org, application)
    async with db.org(org) as unit:
        await unit.execute("delete from application where id = $1", going)
        await unit.execute("update event_type set archived_at = now() where name = 'parcel.found'")
    results = await asyncio.gather(*(publish.desk.committer.publish(org, item) for item in items), return_exceptions=True)
    assert isinstance(results[1], NotFound)
    assert isinstance(results[2], Unprocessable)
    good = [json.loads(one.body) for one in results if isinstance(one, Done)]
    assert [(one["position"], one["messages"]) for one in good] == [(1, 1), (2, 1)]
    assert await counted(db, org, "count(*) from message") == 2
    assert await counted(db, org, "min(endpoint::text) from message") == str(made.id)


@pytest.fixture
async def second(clean_database_url: str) -> AsyncIterator[Database]:
    """Another process's pool."""
    database = Database(clean_database_url)
    yield database
    await database.close()


async def test_an_endpoint_made_before_the_request_is_always_matched(
    publish: Publisher, db: Database, second: Database, org: UUID, application: UUID
) -> None:
    """Made by one process, while another publishes without a pause; nothing tells the publisher but the version."""
    stop = asyncio.Event()

    async def traffic() -> None:
        while not stop.is_set():
            await publish(body())

    busy = [asyncio.create_task(traffic()) for _ in range(8)]
    await asyncio.sleep(0.05)
    made: list[UUID] = []
    for nth in range(25):
        made.append((await put_endpoint(second, org, application)).id)
        told = await publish(body(nth))
        assert told["messages"] == len(made)
        async with second.org(org) as unit:
            rows = await unit.fetch("select endpoint from message where event = $1", UUID(told["id"]))
        assert {row[0] for row in rows} == set(made)
    stop.set()
    await asyncio.gather(*busy)
    assert await counted(db, org) == await counted(db, org, "position from event_head")


async def test_when_too_much_waits_the_next_one_is_refused_at_once(
    publish: Publisher, db: Database, org: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(body())
    monkeypatch.setattr(grouping, "MOST_WAITING", 10)
    async with db.org(org) as unit:
        await unit.execute("select from event_head for update")  # the log is somebody else's for a moment
        waiting = [asyncio.create_task(publish(body(nth))) for nth in range(10)]
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable, match="Too many events are waiting"):
            await asyncio.wait_for(publish(body()), 0.5)
        assert not any(one.done() for one in waiting)
    await asyncio.gather(*waiting)
    assert (await publish(body()))["position"] == 12


async def test_bytes_that_wait_are_limited_too(publish: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_BYTES", 1000)
    with pytest.raises(Unavailable):
        await publish(body("x" * 1000))
    await publish(body("x" * 500))


async def test_a_log_that_is_locked_for_long_is_a_503_and_the_key_tells_the_truth_later(
    publish: Publisher, db: Database, org: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "PATIENCE", 0.3)
    await publish(body())
    async with db.org(org) as unit:
        await unit.execute("select from event_head for update")
        began = asyncio.get_running_loop().time()
        results = await asyncio.gather(
            publish(body(2), "key-2"), *(later(publish, nth) for nth in range(3)), return_exceptions=True
        )
        assert asyncio.get_running_loop().time() - began < 2
        assert all(isinstance(one, Unavailable) for one in results), results
        with pytest.raises(HubError, match="still at work"):
            await publish(body(2), "key-2")
    await asyncio.sleep(0.3)
    monkeypatch.setattr(grouping, "PATIENCE", 3.0)
    told = await publish(body(2), "key-2")
    assert told["position"] == 2  # it was written after all, once
    assert await counted(db, org, "count(*) from event where data::text = '2'") == 1


async def later(publish: Publisher, nth: int) -> dict[str, Any]:
    await asyncio.sleep(0.1)
    return await publish(body(f"later-{nth}"))


async def test_organisations_do_not_wait_for_each_other(
    db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]], make_application: MakeApplication, make_kind: MakeKind
) -> None:
    other = await new_org("other")
    await make_application("partner", of=other)
    await make_kind("parcel.lost", of=other)
    first, second = Publisher(db, org), Publisher(db, other)
    second.desk = first.desk
    await first(body())
    async with db.org(org) as unit:
        await unit.execute("select from event_head for update")
        stuck = asyncio.create_task(first(body()))
        assert (await asyncio.wait_for(second(body()), 2))["position"] == 1
        assert not stuck.done()
    assert (await stuck)["position"] == 2


async def test_a_caller_who_leaves_does_not_take_the_others_along(publish: Publisher, db: Database, org: UUID) -> None:
    await publish(body())
    async with db.org(org) as unit:
        await unit.execute("select from event_head for update")
        tasks = [asyncio.create_task(publish(body(nth), f"key-{nth}")) for nth in range(6)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()
        tasks[3].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(one, dict) for one in results) == 4
    again = await publish(body(3), "key-3")  # it had been accepted all the same; whoever comes back hears so
    assert again["id"]
    assert await counted(db, org) == 7


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


async def test_a_lost_race_is_run_again(publish: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    times = 0
    original = committing.put

    async def unlucky(*args: Any, **named: Any) -> Any:
        nonlocal times
        times += 1
        if times < 3:
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        return await original(*args, **named)

    monkeypatch.setattr(committing, "put", unlucky)
    assert (await publish(body()))["position"] == 1
    assert times == 3


async def test_ids_are_of_the_time_they_were_made(publish: Publisher) -> None:
    before = uuid7()
    told = await publish(body())
    assert before < UUID(told["id"]) < uuid7()
