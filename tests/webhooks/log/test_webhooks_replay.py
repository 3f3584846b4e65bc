"""Replays: a span of the past is put into line once, at its rate, and goes on where a dead worker left it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.errors import Conflict, NotFound, Unprocessable
from hub.queue import LocalRunner
from tests.webhooks.conftest import MakeEndpoint, Put
from tests.webhooks.log.conftest import Fill
from webhooks import expunge, replay
from webhooks.partners import endpoints, testing
from webhooks.replay import Replay, work
from webhooks.replay.verbs import JOB

PROCESS = Path(__file__).parent / "replay_process.py"


def past(hours: float = 0) -> datetime:
    """A time of yesterday, whole to the second so that ids and times agree."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(days=1) + timedelta(hours=hours)


async def begun(db: Database, org: UUID, endpoint: UUID, **asked: Any) -> Replay:
    async with db.org(org) as unit:
        return await replay.begin(unit, endpoint, **({"since": past(-1), "until": past(1), "rate": 1000} | asked))


async def worked(db: Database, org: UUID, begun: Replay) -> Replay:
    """The replay after a worker has had its way."""
    await LocalRunner(db, {JOB: work.worker(db)}).run_until_idle()
    async with db.org(org) as unit:
        return await replay.get(unit, begun.id)


async def in_line(db: Database, org: UUID) -> set[UUID]:
    async with db.org(org) as unit:
        rows = await unit.fetch("select event from message where state = 0 and cause = 2 and step = 0")
    return {row["event"] for row in rows}


async def test_dead_letters_of_a_span_are_put_into_line_and_nothing_else(
    db: Database, org: UUID, endpoint: Put, fill: Fill
) -> None:
    dead = await fill(3, 3, at=past())
    await fill(2, 2, at=past(0.1))
    await fill(1, 3, at=past(-2))
    await fill(1, 3, at=past(2))
    done = await worked(db, org, await begun(db, org, endpoint.id))
    assert await in_line(db, org) == set(dead)
    assert (done.status, done.total, done.done, done.skipped) == ("done", 3, 3, 0)
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from message where replay = $1", done.id) == 3


async def test_everything_means_what_was_delivered_too_and_not_what_is_on_its_way(
    db: Database, org: UUID, endpoint: Put, fill: Fill
) -> None:
    made = [(await fill(1, state, at=past(state / 10)))[0] for state in range(6)]
    done = await worked(db, org, await begun(db, org, endpoint.id, scope="all"))
    assert await in_line(db, org) == {made[2], made[3]}
    assert (done.total, done.done) == (2, 2)


async def test_a_replay_can_be_narrowed_to_types_and_families(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    one = await fill(1, 3, at=past(), type="product.updated")
    two = await fill(1, 3, at=past(0.1), type="order.created")
    await fill(1, 3, at=past(0.2), type="order.updated")
    done = await worked(db, org, await begun(db, org, endpoint.id, types=["product.*", "order.created"]))
    assert await in_line(db, org) == {*one, *two}
    assert done.types == ["product.*", "order.created"]


async def test_what_was_missed_is_found_by_what_the_endpoint_wants_now(
    db: Database, org: UUID, application: UUID, fill: Fill, make_endpoint: MakeEndpoint
) -> None:
    picky = await make_endpoint(types=["parcel.lost"], filter={"parcel": "LP-1"}, ordered=True)
    missed = await fill(2, None, at=past(), order_key="LP-1")
    await fill(1, None, at=past(0.1), data='{"parcel":"LP-2"}')
    await fill(1, None, at=past(0.2), type="parcel.found")
    await fill(1, None, at=past(0.3), audience=UUID(int=9))
    await fill(1, 2, at=past(0.4), to=picky.id)
    done = await worked(db, org, await begun(db, org, picky.id, scope="missing"))
    assert await in_line(db, org) == set(missed)
    assert (done.status, done.total, done.done, done.skipped) == ("done", 5, 5, 0)
    async with db.org(org) as unit:
        rows = await unit.fetch("select order_key, shard, position from message where cause = 2 order by position")
    assert [row["order_key"] for row in rows] == ["LP-1", "LP-1"]
    assert len({row["shard"] for row in rows} - {None}) == 1


async def test_canonical_events_that_nobody_wanted_then_get_their_payload_now(
    db: Database, org: UUID, installation: UUID, fill: Fill, make_endpoint: MakeEndpoint
) -> None:
    late = await make_endpoint(types=["product.*"])
    (fresh,) = await fill(
        1, None, at=past(), type="product.deleted", audience=None, kind="product", record=UUID(int=5), installation=installation,
        data='{"refs":[]}', cause="sync",
    )  # fmt: skip
    (emptied,) = await fill(1, None, at=past(0.1), type="product.updated", audience=None, cause="sync")
    async with db.org(org) as unit:
        await expunge.event(unit, emptied)
    done = await worked(db, org, await begun(db, org, late.id, scope="missing"))
    assert (await in_line(db, org), done.skipped, done.reason) == ({fresh}, 1, "Some payloads were gone.")
    async with db.org(org) as unit:
        data = await unit.fetchval("select data from payload where event = $1", fresh)
    assert b'"change":{"refs":[]}' in data and b'"object"' not in data


async def test_a_test_message_is_nobody_elses(db: Database, org: UUID, endpoint: Put, make_endpoint: MakeEndpoint) -> None:
    other = await make_endpoint()
    async with db.org(org) as unit:
        event = await testing.send(unit, other.id, "order.created")
        since = await unit.fetchval("select created_at - interval '1 minute' from event where id = $1", event)
    await asyncio.sleep(0.05)
    done = await worked(db, org, await begun(db, org, endpoint.id, scope="missing", since=since, until=None))
    assert (done.total, await in_line(db, org)) == (1, set())


async def test_messages_without_a_payload_are_counted_and_left(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    kept, gone = await fill(2, 3, at=past())
    async with db.org(org) as unit:
        await expunge.event(unit, gone)
    done = await worked(db, org, await begun(db, org, endpoint.id))
    assert await in_line(db, org) == {kept}
    assert (done.done, done.skipped, done.reason) == (2, 1, "Some payloads were gone.")


async def test_a_replay_keeps_to_its_rate_and_gives_up_its_place_meanwhile(
    db: Database, org: UUID, endpoint: Put, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(12, 3, at=past())
    monkeypatch.setattr(work, "SLICE", 1.5)
    made = await begun(db, org, endpoint.id, rate=4)
    began = asyncio.get_running_loop().time()
    now = await worked(db, org, made)
    assert (now.status, now.total) == ("running", 12)
    assert 4 <= now.done < 12
    while now.status == "running":
        await asyncio.sleep(0.1)
        now = await worked(db, org, made)
    assert (now.done, len(await in_line(db, org))) == (12, 12)
    assert asyncio.get_running_loop().time() - began > 2


async def test_a_cancelled_replay_stops_at_once(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    await fill(5, 3, at=past())
    made = await begun(db, org, endpoint.id, rate=1)
    async with db.org(org) as unit:
        assert await work.page(unit, db, made.id) == 1.0
    async with db.org(org) as unit:
        cancelled = await replay.cancel(unit, made.id)
    assert (cancelled.status, cancelled.done) == ("cancelled", 1)
    assert (await worked(db, org, made)).done == 1
    assert len(await in_line(db, org)) == 1
    async with db.org(org) as unit:
        with pytest.raises(Conflict, match="it is cancelled"):
            await replay.cancel(unit, made.id)
    assert (await worked(db, org, await begun(db, org, endpoint.id))).done == 4


async def test_one_replay_of_an_endpoint_at_a_time(db: Database, org: UUID, endpoint: Put, make_endpoint: MakeEndpoint) -> None:
    first = await begun(db, org, endpoint.id)
    with pytest.raises(Conflict, match=str(first.id)):
        await begun(db, org, endpoint.id)
    await begun(db, org, (await make_endpoint()).id)


async def test_the_replay_of_a_deleted_endpoint_is_cancelled(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    await fill(2, 3, at=past())
    made = await begun(db, org, endpoint.id)
    async with db.org(org) as unit:
        await endpoints.delete(unit, endpoint.id)
    assert (await worked(db, org, made)).status == "cancelled"
    assert await in_line(db, org) == set()


@pytest.mark.parametrize(
    ("asked", "field", "reason"),
    [
        (lambda: {"since": datetime.now(UTC) - timedelta(days=91), "until": None}, "/since", "too long a range"),
        (lambda: {"since": past(1), "until": past(1)}, "/since", "is not before until"),
        (lambda: {"since": past(2), "until": past(1)}, "/since", "is not before until"),
        (lambda: {"until": past(48)}, "/until", "lies in the future"),
        (lambda: {"since": past(48), "until": None}, "/since", "lies in the future"),
        (lambda: {"since": past().replace(tzinfo=None)}, "/since", "no time zone"),
        (lambda: {"scope": "some"}, "/scope", "is not known"),
        (lambda: {"rate": 0}, "/rate", "out of bounds"),
        (lambda: {"rate": 1001}, "/rate", "out of bounds"),
        (lambda: {"types": []}, "/types", "cannot be"),
        (lambda: {"types": ["product.sold"]}, "/types/0", "no such event type"),
    ],
)
async def test_bad_input_is_refused_with_its_field(
    db: Database, org: UUID, endpoint: Put, asked: Callable[[], dict[str, Any]], field: str, reason: str
) -> None:
    with pytest.raises(Unprocessable, match=reason) as refusal:
        await begun(db, org, endpoint.id, **asked())
    assert refusal.value.field == field
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from replay") == 0
        assert await unit.fetchval("select count(*) from job") == 0


async def test_an_endpoint_that_is_only_pulled_from_is_not_replayed_to(
    db: Database, org: UUID, make_endpoint: MakeEndpoint
) -> None:
    pulled = await make_endpoint("", enabled=False)
    with pytest.raises(Conflict, match="has no address"):
        await begun(db, org, pulled.id)
    with pytest.raises(NotFound):
        await begun(db, org, UUID(int=7))


async def looked_at(db: Database, org: UUID, begun: Replay) -> int:
    async with db.org(org) as unit:
        return (await replay.get(unit, begun.id)).done


@pytest.mark.crash
async def test_killed_at_random_a_replay_loses_and_doubles_nothing(
    db: Database, database_url: str, org: UUID, endpoint: Put, fill: Fill
) -> None:
    made = await fill(300, 3, at=past())
    async with db.org(org) as unit:  # a trace of every time that a message is put into line
        await unit.execute("update message set attempts = 0")
    running = await begun(db, org, endpoint.id, rate=40)
    for pages in (1, 2, 1, 1):
        process = await asyncio.create_subprocess_exec(sys.executable, str(PROCESS), database_url, str(org), str(running.id))
        before = await looked_at(db, org, running)
        async with asyncio.timeout(60):
            while await looked_at(db, org, running) < before + 40 * pages:  # noqa: ASYNC110 (it looks into the database)
                await asyncio.sleep(0.02)
        process.kill()
        await process.wait()
        async with db.org(org) as unit:
            known = await replay.get(unit, running.id)
            put = await unit.fetchval("select count(*) from message where state = 0 and replay = $1", running.id)
        assert known.done == put, "the count and the messages are one"
    async with db.org(org) as unit:
        await unit.execute("update replay set rate = 1000 where id = $1", running.id)
        await unit.execute("update message set attempts = 1 where state = 0")  # what is put into line already stays untouched
        before = await unit.fetchval("select count(*) from message where state = 0")
    await work.go_on(db, org, running.id)
    async with db.org(org) as unit:
        done = await replay.get(unit, running.id)
        assert 0 < before < 300
        assert await unit.fetchval("select count(*) from message where state = 0 and attempts = 1") == before
    assert (done.status, done.done, done.total) == ("done", 300, 300)
    assert await in_line(db, org) == set(made)
