"""Messages: found by state, type and time, shown whole, sent again when that is possible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.errors import Conflict, NotFound, Unprocessable
from tests.webhooks.conftest import MakeEndpoint, MakeKind, Put
from tests.webhooks.log.conftest import Fill
from webhooks import expunge
from webhooks.log import health, messages, resend
from webhooks.log.bounds import event_of, message_id
from webhooks.partners import endpoints, testing, types
from webhooks.states import Cause, State

DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_pages_go_backwards_in_time_and_miss_nothing(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    made = await fill(7)
    async with db.org(org) as unit:
        seen, cursor = [], None
        while found := await messages.page(unit, endpoint.id, cursor=cursor, limit=3):
            seen += [one.event for one in found]
            cursor = (found[-1].event, found[-1].endpoint)
    assert seen == made[::-1]


async def test_messages_of_several_endpoints_are_one_list(
    db: Database, org: UUID, endpoint: Put, fill: Fill, make_endpoint: MakeEndpoint
) -> None:
    other = await make_endpoint()
    made = await fill(4)
    async with db.org(org) as unit:
        await unit.execute("insert into message select org, $1, event, position, type, state from message", other.id)
        seen, cursor = [], None
        while found := await messages.page(unit, [endpoint.id, other.id], cursor=cursor, limit=3):
            seen += [(one.event, one.endpoint) for one in found]
            cursor = seen[-1]
    assert seen == sorted([(event, one) for event in made for one in (endpoint.id, other.id)], reverse=True)


async def test_a_page_can_be_narrowed(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    early = await fill(2, 3, at=DAY, type="parcel.late")
    late = await fill(2, 2, at=DAY + timedelta(hours=1))
    async with db.org(org) as unit:

        async def found(**narrowed: object) -> set[UUID]:
            return {one.event for one in await messages.page(unit, endpoint.id, **narrowed)}  # type: ignore[arg-type]

        assert await found(states=[State.DEAD]) == set(early)
        assert await found(states=[State.DEAD, State.DELIVERED]) == {*early, *late}
        assert await found(types=["parcel.late"]) == set(early)
        assert await found(since=DAY + timedelta(minutes=1)) == set(late)
        assert await found(until=DAY + timedelta(hours=1)) == set(early)
        assert await found(since=DAY, until=DAY) == set()


async def test_a_message_is_shown_with_its_payload_and_its_attempts(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    (event,) = await fill(1, 3)
    async with db.org(org) as unit:
        for n, (status, error) in enumerate([(None, "timeout"), (500, "status")], 1):
            await unit.execute(
                "insert into attempt (org, endpoint, event, at, n, cause, ms, status, error, headers, body, size) "
                "values ($1, $2, $3, now() + make_interval(secs => $4), $4::int, 0, 12, $5, $6, $7, $8, 3)",
                org, endpoint.id, event, n, status, error, b"HTTP/1.1 500 No\r\nServer: x\r\n\r\n", b"n\xff<",
            )  # fmt: skip
        shown = await messages.show(unit, endpoint.id, event_of(message_id(event)))
    assert (shown.message.id, shown.message.state, shown.payload) == (message_id(event), State.DEAD, '{"parcel":"LP-1"}')
    assert [(one.n, one.status, one.error) for one in shown.attempts] == [(1, None, "timeout"), (2, 500, "status")]
    assert (shown.attempts[0].headers, shown.attempts[0].body) == ([("Server", "x")], "n\ufffd<")


def test_what_is_no_message_is_not_found() -> None:
    for text in ("msg_", "msg_xyz", "", "evt_0198b2c47e3f7d218c5a1b3d5f7a9c0e"):
        with pytest.raises(NotFound):
            event_of(text)


@pytest.mark.parametrize("state", [State.DELIVERED, State.DEAD, State.WAITING, State.EXPIRED])
async def test_a_message_that_is_sent_again_begins_its_schedule_anew(
    db: Database, org: UUID, endpoint: Put, fill: Fill, state: State
) -> None:
    (event,) = await fill(1, state)
    async with db.org(org) as unit:
        await unit.execute("update message set attempts = 4, step = 4, due_at = now() + interval '1 day'")
        sent = await resend.one(unit, endpoint.id, event)
        step = await unit.fetchval("select step from message")
    assert (sent.state, sent.cause, sent.attempts, step, sent.ended_at) == (State.WAITING, Cause.RESEND, 4, 0, None)
    assert sent.due_at < datetime.now(UTC) + timedelta(seconds=5)


async def test_what_is_on_its_way_or_has_no_payload_is_not_sent_again(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    (held,) = await fill(1, State.HELD)
    (gone,) = await fill(1, State.DELIVERED)
    async with db.org(org) as unit:
        with pytest.raises(Conflict, match="on its way"):
            await resend.one(unit, endpoint.id, held)
        await expunge.event(unit, gone)
        with pytest.raises(Conflict, match=r"payload of .* is gone"):
            await resend.one(unit, endpoint.id, gone)
        with pytest.raises(NotFound):
            await resend.one(unit, endpoint.id, UUID(int=7))


async def test_an_empty_object_is_not_taken_for_something_forgotten(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    (event,) = await fill(1, State.DEAD, data="{}")
    async with db.org(org) as unit:
        assert (await resend.one(unit, endpoint.id, event)).state is State.WAITING


async def test_a_test_message_goes_to_one_endpoint_whatever_it_subscribes_to(
    db: Database, org: UUID, endpoint: Put, make_endpoint: MakeEndpoint
) -> None:
    other = await make_endpoint(types=["order.created"])
    async with db.org(org) as unit:
        event = await testing.send(unit, other.id, "product.updated")
        shown = await messages.show(unit, other.id, event)
        rows = await unit.fetch("select endpoint from message")
    assert [row[0] for row in rows] == [other.id]
    assert (shown.message.cause, shown.message.state, shown.message.type) == (Cause.TEST, State.WAITING, "product.updated")
    assert '"object"' in (shown.payload or "")


async def test_a_test_needs_a_type_with_an_example_and_an_endpoint_that_is_sent_to(
    db: Database, org: UUID, endpoint: Put, make_kind: MakeKind
) -> None:
    await make_kind("parcel.bare")
    async with db.org(org) as unit:
        for name, reason in (("parcel.none", "no such event type"), ("parcel.bare", "has no example")):
            with pytest.raises(Unprocessable, match=reason) as refusal:
                await testing.send(unit, endpoint.id, name)
            assert refusal.value.field == "/type"
        await types.update(unit, "parcel.bare", {"example": {"a": 1}})
        await testing.send(unit, endpoint.id, "parcel.bare")
        await endpoints.disable(unit, endpoint.id)
        with pytest.raises(Conflict, match="is disabled"):
            await testing.send(unit, endpoint.id, "parcel.bare")


async def test_health_counts_what_waits_and_what_was_given_up(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    async with db.org(org) as unit:
        assert (await health.health_of(unit, endpoint.id)).standing == "new"
    await fill(2, State.WAITING)
    await fill(3, State.DEAD)
    async with db.org(org) as unit:
        await unit.execute(
            "insert into endpoint_health (org, endpoint, failures, failing_since, last_error) values ($1, $2, 4, now(), 'reset')",
            org, endpoint.id,
        )  # fmt: skip
        known = await health.health_of(unit, endpoint.id)
        assert (known.standing, known.failures, known.last_error, known.waiting, known.dead) == ("failing", 4, "reset", 2, 3)
        assert known.next_due_at is not None
        await unit.execute("update endpoint_health set failing_since = null, last_success_at = now()")
        assert (await health.health_of(unit, endpoint.id)).standing == "ok"
        await endpoints.disable(unit, endpoint.id)
        assert (await health.health_of(unit, endpoint.id)).standing == "disabled"
