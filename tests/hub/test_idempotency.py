from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from hub import idempotency
from hub.db.engine import Database
from hub.errors import Conflict, Unprocessable
from hub.idempotency import Replay
from hub.outbox import EventDraft, head, record

HASH = b"a" * 32


async def do(db: Database, org: UUID, key: str = "k", request: bytes = HASH) -> Replay | None:
    """One request: its effect is an event, its answer is kept."""
    async with db.org(org) as unit:
        replay = await idempotency.begin(unit, key, request)
        if replay is None:
            await record(unit, [EventDraft("thing.made", "api")])
            await asyncio.sleep(0.05)
            await idempotency.finish(unit, key, 201, '{"x": "y"}', b"made")
        return replay


async def effects(db: Database, org: UUID) -> int:
    async with db.org(org) as unit:
        return await head(unit)


async def test_the_second_request_gets_the_first_ones_answer_and_does_nothing(db: Database, org: UUID) -> None:
    assert await do(db, org) is None
    assert await do(db, org) == Replay(201, '{"x": "y"}', b"made")
    assert await effects(db, org) == 1


async def test_the_same_key_fifty_times_at_once_acts_once(db: Database, org: UUID) -> None:
    answers = await asyncio.gather(*(do(db, org) for _ in range(50)), return_exceptions=True)
    assert await effects(db, org) == 1
    assert answers.count(None) == 1
    assert all(answer is None or isinstance(answer, Replay | Conflict) for answer in answers)


async def test_a_twin_in_flight_is_told_at_once(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        assert await idempotency.begin(unit, "k", HASH) is None
        with pytest.raises(Conflict, match="still at work"):
            async with asyncio.timeout(1):
                await do(db, org)


async def test_the_same_key_with_another_body_is_refused(db: Database, org: UUID) -> None:
    await do(db, org)
    with pytest.raises(Unprocessable, match="another request"):
        await do(db, org, request=b"b" * 32)
    assert await effects(db, org) == 1


async def test_a_request_that_failed_may_be_tried_again(db: Database, org: UUID) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.org(org) as unit:
            await idempotency.begin(unit, "k", HASH)
            raise ZeroDivisionError
    assert await do(db, org) is None


async def test_an_entry_whose_worker_died_between_its_units_is_taken_over(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await idempotency.begin(unit, "k", HASH)
    with pytest.raises(Conflict):
        await do(db, org)
    async with db.org(org) as unit:
        await unit.execute("update idempotency set created_at = now() - interval '2 minutes'")
    assert await do(db, org) is None


async def test_an_expired_key_is_new_and_old_entries_go_away(db: Database, org: UUID) -> None:
    for key in ("k", "other"):
        await do(db, org, key)
    async with db.org(org) as unit:
        await unit.execute("update idempotency set expires_at = now() - interval '1 second'")
    assert await do(db, org, "k", request=b"b" * 32) is None
    async with db.org(org) as unit:
        assert await unit.fetchval("select array_agg(key) from idempotency") == ["k"]


async def test_organisations_do_not_share_keys(db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]]) -> None:
    await do(db, org)
    assert await do(db, await new_org("other")) is None


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "é"])
async def test_a_key_that_is_no_key_is_refused(db: Database, org: UUID, key: str) -> None:
    with pytest.raises(Unprocessable, match="255"):
        await do(db, org, key)
