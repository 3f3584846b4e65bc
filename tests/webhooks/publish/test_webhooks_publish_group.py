"""Group commit: many requests in one transaction, and none of them pays for another."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.errors import HubError, NotFound, Unavailable, Unprocessable
from tests.webhooks.conftest import MakeApplication, MakeEndpoint, MakeKind, Put, put_endpoint
from tests.webhooks.publish.publisher import Publisher, body, counted, superuser, transactions
from webhooks.publish import commit as committing
from webhooks.publish import group as grouping
from webhooks.publish.item import Done

pytestmark = pytest.mark.usefixtures("application", "kind")


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
    results = await asyncio.gather(*(publish.committer.publish(org, item) for item in items), return_exceptions=True)
    assert isinstance(results[1], NotFound)
    assert isinstance(results[2], Unprocessable)
    good = [json.loads(one.body) for one in results if isinstance(one, Done)]
    assert [(one["position"], one["messages"]) for one in good] == [(1, 1), (2, 1)]
    assert await counted(db, org, "count(*) from message") == 2
    assert await counted(db, org, "min(endpoint::text) from message") == str(made.id)


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
