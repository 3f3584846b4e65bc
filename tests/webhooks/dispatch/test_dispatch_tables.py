"""Outcomes, claims and takeovers against the tables: what is refused, lost or large must not hurt the rest."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from uuid import UUID

import pytest

from hub.db.connect import connect
from hub.db.engine import Database
from hub.db.ids import uuid7
from tests.webhooks.dispatch.partner import Partner, a_dispatcher, until
from tests.webhooks.sink import Sink, answering
from webhooks.dispatch import claims
from webhooks.dispatch.outcomes import ENDED, RETURNED, Outcome, Outcomes
from webhooks.dispatch.takeover import Missing, tidy
from webhooks.ready import Ready
from webhooks.shard import SHARDS
from webhooks.states import State


async def a_row(db: Database) -> int:
    """A dispatcher's row."""
    async with db.system() as unit:
        id: int = await unit.fetchval("insert into dispatcher (host, pid) values ('test', 1) returning id")
    return id


async def hold(db: Database, owner: int) -> None:
    async with db.system() as unit:
        await unit.execute("update message set state = 1, owner = $1", owner)


def an_outcome(partner: Partner, endpoint: UUID, event: UUID, owner: int, **fields: Any) -> Outcome:
    known: dict[str, Any] = {
        "at": time.time(), "n": 1, "cause": 0, "ms": 3, "status": 200, "error": None, "address": "127.0.0.1",
        "headers": b"HTTP/1.1 200 OK\r\n\r\n", "body": b"ok", "size": 2, "state": 2, "step": 0, "delay": 0.0,
    }  # fmt: skip
    return Outcome(partner.org, endpoint, event, owner, **(known | fields))


async def test_a_row_that_is_refused_takes_no_other_with_it(db: Database, partner: Partner) -> None:
    endpoint = await partner.endpoint("https://partner.example/")
    events = await partner.publish(endpoint, 20)
    owner = await a_row(db)
    await hold(db, owner)
    outcomes = Outcomes(db, lambda _: None, lambda _: None)
    for n, event in enumerate(events):
        bad = {"address": "half\x00an address"} if n == 7 else {"error": "no\x00word", "status": 500} if n == 13 else {}
        outcomes.add(an_outcome(partner, endpoint.id, event, owner, **bad))
    await outcomes.drain()
    assert await partner.states(endpoint) == {State.DELIVERED: 20}
    attempts = {row["event"]: row for row in await partner.attempts(endpoint)}
    assert len(attempts) == 20
    assert (attempts[events[7]]["address"], attempts[events[7]]["status"]) == (None, 200)
    assert attempts[events[13]]["error"] == "unwritable"
    assert attempts[events[14]]["body"] == b"ok"


async def test_an_outcome_of_one_who_was_taken_for_dead_is_logged_and_moves_nothing(db: Database, partner: Partner) -> None:
    endpoint = await partner.endpoint("https://partner.example/")
    [event] = await partner.publish(endpoint)
    old, new = await a_row(db), await a_row(db)
    await hold(db, new)
    outcomes = Outcomes(db, lambda _: None, lambda _: None)
    outcomes.add(an_outcome(partner, endpoint.id, event, old))
    await outcomes.drain()
    assert await partner.states(endpoint) == {State.HELD: 1}
    assert [row["dispatcher"] for row in await partner.attempts(endpoint)] == [old]


async def test_an_outcome_of_what_was_deleted_meanwhile_leaves_nothing(db: Database, partner: Partner) -> None:
    gone, there = await partner.endpoint("https://partner.example/"), await partner.endpoint("https://partner.example/")
    [lost], [kept] = await partner.publish(gone), await partner.publish(there)
    owner = await a_row(db)
    await hold(db, owner)
    async with db.org(partner.org) as unit:
        await unit.execute("delete from endpoint where id = $1", gone.id)
    outcomes = Outcomes(db, lambda _: None, lambda _: None)
    outcomes.add(an_outcome(partner, gone.id, lost, owner))
    outcomes.add(an_outcome(partner, there.id, kept, owner))
    await outcomes.drain()
    assert not await partner.attempts(gone)
    assert len(await partner.attempts(there)) == 1


async def test_the_same_outcome_written_twice_changes_nothing(db: Database, partner: Partner) -> None:
    endpoint = await partner.endpoint("https://partner.example/")
    [event] = await partner.publish(endpoint)
    owner = await a_row(db)
    await hold(db, owner)
    outcome = an_outcome(partner, endpoint.id, event, owner, state=0, step=1, delay=60.0, status=500, error="status")
    for _ in range(2):
        outcomes = Outcomes(db, lambda _: None, lambda _: None)
        outcomes.add(outcome)
        await outcomes.drain()
    message = await partner.message(endpoint, event)
    assert (message["state"], message["step"], message["attempts"]) == (State.WAITING, 1, 1)
    assert len(await partner.attempts(endpoint)) == 1


async def test_messages_of_a_dispatcher_without_a_row_wait_again(db: Database, partner: Partner) -> None:
    endpoint = await partner.endpoint("https://partner.example/")
    await partner.publish(endpoint, 7)
    await hold(db, 4711)
    assert await tidy(db, await a_row(db)) == 7
    assert await partner.states(endpoint) == {State.WAITING: 7}


async def test_tidying_up_leaves_off_before_a_heartbeat_is_missed(
    db: Database, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = await partner.endpoint("https://partner.example/")
    await partner.publish(gone, 30)
    async with db.org(partner.org) as unit:
        await unit.execute("update endpoint set deleted_at = now() where id = $1", gone.id)
    monkeypatch.setattr("webhooks.dispatch.takeover.BATCH", 10)
    monkeypatch.setattr("webhooks.dispatch.takeover.SPELL", 0.0)
    me = await a_row(db)
    for cancelled in (10, 20, 30):
        assert await tidy(db, me) == 0
        assert (await partner.states(gone))[State.CANCELLED] == cancelled


async def test_a_dispatcher_that_lives_keeps_what_it_holds(db: Database, partner: Partner) -> None:
    endpoint = await partner.endpoint("https://partner.example/")
    await partner.publish(endpoint, 7)
    await hold(db, await a_row(db))
    assert await tidy(db, await a_row(db)) == 0
    assert await partner.states(endpoint) == {State.HELD: 7}


async def test_a_commit_whose_answer_was_lost_is_noticed_at_the_second_look(db: Database, partner: Partner) -> None:
    endpoint = await partner.endpoint("https://partner.example/")
    known, lost = await partner.publish(endpoint, 2)
    owner = await a_row(db)
    await hold(db, owner)
    missing = Missing(db)
    assert await missing.look(owner, lambda: {(endpoint.id, known)})
    assert await partner.states(endpoint) == {State.HELD: 2}
    assert not await missing.look(owner, lambda: {(endpoint.id, known)})
    assert (await partner.message(endpoint, lost))["state"] == State.WAITING
    assert (await partner.message(endpoint, known))["state"] == State.HELD


async def test_what_a_publisher_of_the_same_process_committed_is_sent_without_a_claim(
    db: Database, partner: Partner, sink: Sink
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    ordered = await partner.endpoint(sink.url("/ordered"), ordered=True)
    async with a_dispatcher(db, sink) as work:
        intake, book = work.dispatcher, work.dispatcher._book
        await book.partners(partner.org)
        card, other = book.card(endpoint.id), book.card(ordered.id)
        assert card is not None
        assert other is not None
        assert not intake.admit(other, "key"), "order comes from the table"
        assert intake.admit(card, None)
        assert intake.admit(card, None)
        event = uuid7()
        async with db.org(partner.org) as unit:
            await unit.execute(
                "insert into message (org, endpoint, event, position, type, state, owner) values ($1, $2, $3, 1, 'x', 1, $4)",
                partner.org, endpoint.id, event, intake.owner,
            )  # fmt: skip
        assert intake.owner is not None
        intake.take([Ready(endpoint.id, partner.org, event, 1, b'{"type":"x"}')], intake.owner)
        intake.give_back({endpoint.id: 1})
        [receipt] = await sink.wait(1, "/hook")
        assert receipt.body == b'{"type":"x"}'
        assert work.dispatcher.queues.lines[endpoint.id].reserved == 0

        async def delivered() -> bool:
            return await partner.states(endpoint) == {State.DELIVERED: 1}

        await until(delivered)


async def test_a_long_line_of_one_endpoint_is_sent_at_full_speed(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    await partner.publish(endpoint, 4000)
    async with a_dispatcher(db, sink):
        began = time.monotonic()
        await sink.wait(4000, timeout=20)
        took = time.monotonic() - began
    assert took < 8, f"{took:.1f} s"


async def test_sending_pauses_while_outcomes_cannot_be_written(
    db: Database, partner: Partner, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("dispatcher", "holding"):
        monkeypatch.setattr(f"webhooks.dispatch.{room}.TOO_MANY", 30)
    endpoint = await partner.endpoint(sink.url("/hook"))
    async with a_dispatcher(db, sink) as work:
        blocker = await connect(db.url)
        await partner.publish(endpoint, 300)
        await sink.wait(1)
        await blocker.execute("begin; lock table attempt in access exclusive mode")
        await asyncio.sleep(1.0)
        came = len(sink.receipts)
        await asyncio.sleep(0.5)
        assert len(sink.receipts) == came
        assert came < 300
        assert work.dispatcher.owner is None, "publishers put into the table what cannot be sent now"
        await blocker.execute("rollback")
        await blocker.close()
        await sink.wait(300)


@pytest.fixture(params=["never", "before", "now"])
async def crowd(request: pytest.FixtureRequest, db: Database, partner: Partner) -> tuple[int, list[UUID]]:
    """50 endpoints, 200,000 messages that are done, 100,000 that wait for a disabled endpoint, 20,000 behind one blocked key.

    PostgreSQL's statistics were never taken, before anything waited, or now: the plans must not depend on it.
    """
    endpoints = [await partner.endpoint(f"https://partner.example/{n}") for n in range(50)]
    ids = [endpoint.id for endpoint in endpoints]
    await partner.set(endpoints[0], enabled=False)
    async with db.org(partner.org) as unit:
        await unit.execute(
            "insert into message (org, endpoint, event, position, type, state) "
            "select $1, ($2::uuid[])[2 + n % 49], gen_random_uuid(), n, 'x', 2 from generate_series(1, 200000) n",
            partner.org, ids,
        )  # fmt: skip
    if request.param == "before":
        await analysed(db)
    async with db.org(partner.org) as unit:
        await unit.execute(
            "insert into message (org, endpoint, event, position, type, state) "
            "select $1, $2, gen_random_uuid(), n, 'x', 0 from generate_series(1, 100000) n",
            partner.org, ids[0],
        )  # fmt: skip
        await unit.execute(
            "insert into message (org, endpoint, event, position, type, state, order_key, shard, due_at) "
            "select $1, $2, gen_random_uuid(), n, 'x', 0, 'blocked', 1, now() + case n when 1 then interval '1 hour' "
            "else interval '0' end from generate_series(1, 20000) n",
            partner.org, ids[1],
        )  # fmt: skip
    for endpoint in endpoints[2:]:
        await partner.publish(endpoint, 2)
    owner = await a_row(db)
    async with db.system() as unit:
        await unit.execute("insert into order_shard (shard) select generate_series(0, 63) on conflict do nothing")
        await unit.execute("update order_shard set owner = $1, until = now() + interval '1 hour'", owner)
    if request.param == "now":
        await analysed(db)
    return owner, ids


async def analysed(db: Database) -> None:
    """PostgreSQL counts its rows, as autovacuum lets it sooner or later."""
    connection = await connect(db.url)
    await connection.execute("analyze")
    await connection.close()


async def explained(db: Database, sql: str, *args: Any) -> tuple[float, int, list[str]]:
    """Milliseconds, pages touched and the kinds of scans, of the statement as PostgreSQL runs it for any arguments."""
    async with db.system() as unit:
        await unit.execute("set local plan_cache_mode = force_generic_plan")
        text = await unit.fetchval("explain (analyze, buffers, format json) " + sql, *args)
    [found] = json.loads(text)
    scans: list[str] = []

    def walk(node: dict[str, Any]) -> None:
        if node["Node Type"].endswith("Scan"):
            scans.append(f"{node['Node Type']} {node.get('Relation Name', '')}".strip())
        for below in node.get("Plans", ()):
            walk(below)

    walk(found["Plan"])
    pages = found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"]
    return found["Execution Time"], pages, scans


async def test_a_claim_touches_what_it_takes_and_nothing_else(db: Database, crowd: tuple[int, list[UUID]]) -> None:
    owner, ids = crowd
    statements: list[tuple[str, str, tuple[Any, ...]]] = [
        ("due", claims.CLAIM_DUE, (owner, [], [], 200, 1000)),
        ("ordered", claims.CLAIM_KEYS, (owner, ids[1], "", 256, list(range(SHARDS)), 16, 100)),
        ("endpoints", claims.ORDERED_ENDPOINTS, ()),
        ("takeover", claims.TAKE_OVER, (5000,)),
        ("cancel", claims.CANCEL, (5000,)),
    ]
    for name, sql, args in statements:
        ms, pages, scans = await explained(db, sql, *args)
        print(f"{name}: {ms:.1f} ms, {pages} pages")
        assert not [scan for scan in scans if scan == "Seq Scan message"], f"{name}: {scans}"
        assert pages < 4000, f"{name}: {pages} pages"


async def test_plans_that_were_made_while_the_tables_were_empty_still_serve_when_they_are_full(
    db: Database, partner: Partner
) -> None:
    endpoints = [await partner.endpoint(f"https://partner.example/{n}") for n in range(20)]
    ids = [endpoint.id for endpoint in endpoints]
    owner = await a_row(db)
    one = Database(db.url, pool_size=1)  # a prepared statement belongs to its connection

    async def run(sql: str, *args: Any) -> float:
        async with one.system() as unit:
            began = time.monotonic()
            await unit.fetch(sql, *args)
            return time.monotonic() - began

    def write(rows: list[Any]) -> list[tuple[str, tuple[Any, ...]]]:
        ended = [tuple(an_outcome(partner, row[0], row[1], owner)) for row in rows[: len(rows) // 2]]
        returned = [(row[0], row[1], owner) for row in rows[len(rows) // 2 :]]
        return [(ENDED, tuple(zip(*ended, strict=True))), (RETURNED, tuple(zip(*returned, strict=True)))]

    claim = (owner, [], [], 128, 1000)
    for _ in range(7):  # from the sixth on PostgreSQL plans no more
        await run(claims.CLAIM_DUE, *claim)
        for sql, args in write([(ids[0], uuid7())] * 2):
            await run(sql, *args)
    async with db.org(partner.org) as unit:
        for state, whose, count in ((1, owner, 20_000), (0, None, 20_000)):
            await unit.execute(
                "insert into message (org, endpoint, event, position, type, state, owner) "
                "select $1, ($2::uuid[])[1 + n % 20], gen_random_uuid(), n, 'x', $3, $4 from generate_series(1, $5) n",
                partner.org, ids, state, whose, count,
            )  # fmt: skip
        rows = await unit.fetch("select endpoint, event from message where state = 1 limit 1000")
    took = [await run(claims.CLAIM_DUE, *claim), *[await run(sql, *args) for sql, args in write(rows)]]
    await one.close()
    assert max(took) < 1.0, took


async def test_a_dispatcher_that_was_taken_for_dead_claims_nothing(db: Database, partner: Partner) -> None:
    endpoint = await partner.endpoint("https://partner.example/")
    await partner.publish(endpoint, 3)
    async with db.system() as unit:
        assert await unit.fetch(claims.CLAIM_DUE, 4711, [], [], 200, 1000) == []
    assert await partner.states(endpoint) == {State.WAITING: 3}


async def test_a_closed_port_and_a_slow_answer_are_both_in_the_log(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/slow"), retry=[])
    sink.on("/slow", answering(204, after=5.0))
    await partner.publish(endpoint)
    async with a_dispatcher(db, sink, first_byte=0.3, total=0.5):

        async def ended() -> bool:
            return await partner.states(endpoint) == {State.DEAD: 1}

        await until(ended)
    [attempt] = await partner.attempts(endpoint)
    assert (attempt["status"], attempt["error"]) == (None, "timeout_first_byte")
    assert 250 <= attempt["ms"] <= 1500
