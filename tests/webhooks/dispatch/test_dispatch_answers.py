"""What the receiver's answers, and changes of the endpoint, do to messages: over real sockets, in real tables."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from uuid import UUID

from hub.db.engine import Database
from tests.webhooks.conftest import Put
from tests.webhooks.dispatch.partner import Partner, a_dispatcher, until
from tests.webhooks.sink import Exchange, Sink, answering, hanging, in_turn
from webhooks.states import State
from webhooks.verify import Verifier


async def settled(partner: Partner, endpoint: Put, states: dict[int, int], seconds: float = 10.0) -> None:
    async def are() -> bool:
        return await partner.states(endpoint) == states

    await until(are, seconds)


async def test_a_failure_waits_for_its_step_and_is_sent_again_with_the_same_id_and_a_fresh_time(
    db: Database, partner: Partner, sink: Sink
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), retry=[2, 2])
    sink.on("/hook", in_turn(answering(500, b"broken"), answering(502), answering(204)))
    [event] = await partner.publish(endpoint)

    async with a_dispatcher(db, sink):
        receipts = await sink.wait(3, "/hook")
        await settled(partner, endpoint, {State.DELIVERED: 1})

    assert len({receipt.id for receipt in receipts}) == 1
    assert len({receipt.body for receipt in receipts}) == 1
    stamps = [int(receipt.headers["webhook-timestamp"]) for receipt in receipts]
    assert stamps == sorted(set(stamps)), "fresh each time"
    assert [receipt.headers["webhook-attempt"] for receipt in receipts] == ["1", "2", "3"]
    for receipt in receipts:
        Verifier([endpoint.secret]).verify(receipt.headers, receipt.body)
    gaps = [later.at - earlier.at for earlier, later in pairwise(receipts)]
    assert all(1.5 <= gap <= 4 for gap in gaps), gaps
    attempts = await partner.attempts(endpoint)
    assert [(row["n"], row["status"], row["error"]) for row in attempts] == [
        (1, 500, "status"),
        (2, 502, "status"),
        (3, 204, None),
    ]
    assert (await partner.message(endpoint, event))["attempts"] == 3


async def test_the_last_step_makes_a_dead_letter(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), retry=[1])
    sink.on("/hook", answering(500))
    [event] = await partner.publish(endpoint)
    async with a_dispatcher(db, sink):
        await settled(partner, endpoint, {State.DEAD: 1})
    message = await partner.message(endpoint, event)
    assert (message["attempts"], message["step"]) == (2, 2)
    assert message["ended_at"] is not None


async def test_retry_after_puts_off_the_message_and_leaves_the_endpoint_alone(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), retry=[1, 1])
    sink.on("/hook", in_turn(answering(429, retry_after="3"), answering(204)))
    await partner.publish(endpoint)
    async with a_dispatcher(db, sink):
        [first] = await sink.wait(1, "/hook")
        await asyncio.sleep(0.1)
        await partner.publish(endpoint, 5)
        receipts = await sink.wait(7, "/hook")
    assert all(receipt.at - first.at >= 2.9 for receipt in receipts[1:])


async def test_410_ends_the_message_and_disables_the_endpoint_and_the_others_hear_of_it(
    db: Database, partner: Partner, sink: Sink
) -> None:
    gone = await partner.endpoint(sink.url("/gone"), types=["stock.low"])
    other = await partner.endpoint(sink.url("/other"), types=["endpoint.*"])
    sink.on("/gone", answering(410))
    await partner.publish(gone)
    async with a_dispatcher(db, sink):
        [told] = await sink.wait(1, "/other")
        await settled(partner, gone, {State.DEAD: 1})
        await partner.publish(gone, 3)
        await asyncio.sleep(1.5)
    assert await partner.states(gone) == {State.WAITING: 3, State.DEAD: 1}
    assert len(sink.of("/gone")) == 1
    async with db.org(partner.org) as unit:
        row = await unit.fetchrow("select enabled, disabled_reason from endpoint where id = $1", gone.id)
    assert tuple(row or ()) == (False, "gone")
    assert b'"type":"endpoint.disabled"' in told.body
    assert str(gone.id).encode() in told.body
    assert other.id != gone.id


async def test_a_dead_message_is_told_to_the_other_endpoints_and_a_dead_notice_to_nobody(
    db: Database, partner: Partner, sink: Sink
) -> None:
    failing = await partner.endpoint(sink.url("/failing"), types=["*"], retry=[])
    await partner.endpoint(sink.url("/listening"), types=["message.dead"], retry=[])
    sink.on("/failing", answering(500))
    sink.on("/listening", answering(500))
    [event] = await partner.publish(failing)
    async with a_dispatcher(db, sink):
        [told] = await sink.wait(1, "/listening")
        await asyncio.sleep(1.0)
    assert f'"message":"msg_{event.hex}"'.encode() in told.body
    assert len(sink.of("/listening")) == 1
    assert len(sink.of("/failing")) == 1, "the notice died too, and that is told to nobody"


async def test_what_waits_for_a_disabled_endpoint_stays_and_goes_once_it_is_enabled(
    db: Database, partner: Partner, sink: Sink
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), enabled=False)
    await partner.publish(endpoint, 20)
    async with a_dispatcher(db, sink):
        await asyncio.sleep(1.2)
        assert await partner.states(endpoint) == {State.WAITING: 20}
        await partner.set(endpoint, enabled=True)
        await sink.wait(20, "/hook")
        await settled(partner, endpoint, {State.DELIVERED: 20})


async def test_what_is_held_in_memory_goes_back_when_the_endpoint_is_disabled(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    sink.on("/hook", answering(204, after=0.5))
    await partner.publish(endpoint, 50)
    async with a_dispatcher(db, sink):
        await sink.wait(4, "/hook")
        await partner.set(endpoint, enabled=False)

        async def parked() -> bool:
            states = await partner.states(endpoint)
            return states.get(State.HELD, 0) == 0 and states.get(State.WAITING, 0) >= 30

        await until(parked)
        came = len(sink.receipts)
        await asyncio.sleep(1.0)
        assert len(sink.receipts) == came


async def test_retries_go_to_the_new_address_with_the_new_headers(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/old"), retry=[1])
    sink.on("/old", answering(500))
    await partner.publish(endpoint)
    async with a_dispatcher(db, sink):
        await sink.wait(1, "/old")
        await partner.set(endpoint, url=sink.url("/new"))
        await sink.wait(1, "/new")
        await settled(partner, endpoint, {State.DELIVERED: 1})


async def test_what_waits_for_a_deleted_endpoint_is_cancelled(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), enabled=False)
    await partner.publish(endpoint, 3)
    await partner.publish(endpoint, keys=["a", "a", "b"])
    async with db.org(partner.org) as unit:
        await unit.execute("update endpoint set deleted_at = now() where id = $1", endpoint.id)
    async with a_dispatcher(db, sink):
        await settled(partner, endpoint, {State.CANCELLED: 6}, 5)
    assert not sink.receipts


async def test_a_message_without_its_payload_expires_and_is_not_sent(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    [event] = await partner.publish(endpoint)
    async with db.org(partner.org) as unit:
        await unit.execute("update event set audience = null where id = $1", event)  # a canonical one has a row of its own
    async with a_dispatcher(db, sink):
        await settled(partner, endpoint, {State.EXPIRED: 1}, 5)
    assert not sink.receipts
    assert (await partner.message(endpoint, event))["ended_at"] is not None


async def test_a_canonical_event_is_sent_with_the_payload_of_its_fan_out(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    [event] = await partner.publish(endpoint)
    async with db.org(partner.org) as unit:
        await unit.execute("update event set audience = null where id = $1", event)
        await unit.execute("insert into payload (org, event, data) values ($1, $2, $3)", partner.org, event, b'{"told": 1}')
    async with a_dispatcher(db, sink):
        [receipt] = await sink.wait(1)
    assert receipt.body.endswith(b'"data":{"told": 1}}')


async def test_an_endpoint_gets_no_more_attempts_a_second_than_its_limit(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), rate_limit=20)
    free = await partner.endpoint(sink.url("/free"))
    await partner.publish(endpoint, 60)
    await partner.publish(free, 200)
    async with a_dispatcher(db, sink):
        await sink.wait(200, "/free", timeout=5)
        receipts = await sink.wait(60, "/hook")
    seconds = receipts[-1].at - receipts[0].at
    assert 60 / 20 - 0.5 <= seconds <= 60 / 20 + 1, seconds
    sent = [attempt["at"].timestamp() for attempt in await partner.attempts(endpoint)]
    came = [receipt.at for receipt in receipts]
    for times in (sent, came):  # one more, where a busy machine took its time over the first of them
        assert max(sum(began <= at < began + 1.0 for at in times) for began in times) <= 21, "the first second is one of them"


async def test_a_breaker_opens_gives_back_what_is_held_and_ramps_up_after_the_outage(
    db: Database, partner: Partner, sink: Sink
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), retry=[1, 1, 1, 1, 1, 1])
    sink.on("/hook", answering(503))
    await partner.publish(endpoint, 200)
    async with a_dispatcher(db, sink) as work:
        await until(lambda: _line(work, endpoint).breaker.open)
        await asyncio.sleep(0.5)
        came = len(sink.receipts)
        assert came <= 40, "it is spared"
        assert (await partner.states(endpoint))[State.WAITING] >= 150, "what is held goes back into the table"
        together: list[int] = []
        now = 0

        async def counted(exchange: Exchange) -> None:
            nonlocal now
            now += 1
            together.append(now)
            await asyncio.sleep(0.02)
            now -= 1
            await exchange.answer(204)

        sink.on("/hook", counted)
        await settled(partner, endpoint, {State.DELIVERED: 200}, 20)
    assert together[0] == 1
    assert together[1] <= 2, "one probe first"
    assert max(together[:4]) <= 3
    assert max(together) > 8, "then it grows"


def _line(work: object, endpoint: Put) -> object:
    return work.dispatcher.queues.line(endpoint.application, endpoint.id)  # type: ignore[attr-defined]


async def test_an_endpoint_that_hangs_does_not_hold_up_the_others(db: Database, partner: Partner, sink: Sink) -> None:
    hung = await partner.endpoint(sink.url("/hung"))
    healthy = [await partner.endpoint(sink.url(f"/{n}")) for n in range(10)]
    sink.on("/hung", hanging(30))
    await partner.publish(hung, 500)
    async with a_dispatcher(db, sink, cap=64, total=2.0, first_byte=2.0):
        await sink.wait(4, "/hung")
        began = time.monotonic()
        for endpoint in healthy:
            await partner.publish(endpoint, 50)
        for endpoint in healthy:
            await settled(partner, endpoint, {State.DELIVERED: 50})
        assert time.monotonic() - began < 3
    assert len(sink.of("/hung")) <= 12


async def test_success_and_failure_are_seen_in_the_endpoint_s_health(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), retry=[1, 1])
    sink.on("/hook", in_turn(answering(500), answering(204)))
    await partner.publish(endpoint)

    async def health() -> dict[str, object]:
        async with db.org(partner.org) as unit:
            row = await unit.fetchrow("select * from endpoint_health where endpoint = $1", endpoint.id)
            return dict(row) if row is not None else {}

    async with a_dispatcher(db, sink):

        async def failing() -> bool:
            found = await health()
            return found.get("failures") == 1 and found["failing_since"] is not None and found["last_error"] == "status 500"

        await until(failing)

        async def well() -> bool:
            found = await health()
            return found["failures"] == 0 and found["failing_since"] is None and found["last_success_at"] is not None

        await until(well)


async def test_five_days_of_failures_disable_an_endpoint(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), types=["stock.low"])
    await partner.endpoint(sink.url("/other"), types=["endpoint.disabled", "endpoint.failing"])
    sink.on("/hook", answering(500))
    async with db.org(partner.org) as unit:
        await unit.execute(
            "insert into endpoint_health (org, endpoint, failures, failing_since) "
            "values ($1, $2, 900, now() - interval '121 hours')",
            partner.org, endpoint.id,
        )  # fmt: skip
    await partner.publish(endpoint)
    async with a_dispatcher(db, sink):
        [told] = await sink.wait(1, "/other")
    assert b'"reason":"failing"' in told.body
    assert await _reason(db, partner.org, endpoint) == "failing"


async def test_a_day_of_failures_is_told_once(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), types=["stock.low"], retry=[1, 6])
    await partner.endpoint(sink.url("/other"), types=["endpoint.failing"])
    sink.on("/hook", answering(500))
    async with db.org(partner.org) as unit:
        await unit.execute(
            "insert into endpoint_health (org, endpoint, failures, failing_since) "
            "values ($1, $2, 90, now() - interval '25 hours')",
            partner.org, endpoint.id,
        )  # fmt: skip
    await partner.publish(endpoint)
    async with a_dispatcher(db, sink):
        await settled(partner, endpoint, {State.DEAD: 1}, 15)
        await asyncio.sleep(0.6)
    assert len(sink.of("/other")) == 1
    assert await _reason(db, partner.org, endpoint) is None


async def test_signatures_bear_the_database_s_time_whatever_this_machine_s_clock_says(
    db: Database, partner: Partner, sink: Sink
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    async with a_dispatcher(db, sink) as work:
        assert abs(work.lease.offset) < 1
        work.lease.offset = 7200.0
        await partner.publish(endpoint)
        [receipt] = await sink.wait(1)
    assert abs(int(receipt.headers["webhook-timestamp"]) - time.time() - 7200) < 5


async def _reason(db: Database, org: UUID, endpoint: Put) -> str | None:
    async with db.org(org) as unit:
        reason: str | None = await unit.fetchval("select disabled_reason from endpoint where id = $1", endpoint.id)
    return reason
