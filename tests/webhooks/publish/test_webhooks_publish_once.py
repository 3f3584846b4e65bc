"""Idempotency-Key on published events: the event is there once, and everybody hears what the first one heard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub import registry
from hub.app import create_app
from hub.db.engine import Database
from hub.http import guarded_client
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House
from tests.webhooks.conftest import MakeApplication, MakeKey, MakeKind, Put

EVENT: dict[str, Any] = {"type": "parcel.lost", "application": "partner", "data": {"parcel": "LP-1"}}

pytestmark = pytest.mark.usefixtures("application", "kind")


async def publish(
    api: httpx.AsyncClient, key: str, change: dict[str, Any] | None = None, path: str = "/v1/events"
) -> httpx.Response:
    return await api.post(path, json=EVENT | (change or {}), headers={"idempotency-key": key})


async def events(db: Database, org: UUID) -> int:
    async with db.org(org) as unit:
        found: int = await unit.fetchval("select count(*) from event")
        assert found == (await unit.fetchval("select position from event_head") or 0)
    return found


@pytest.fixture
async def other_hub(clean_database_url: str, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The same caller at another process of the hub: a pool and a desk of its own."""
    db, http = Database(clean_database_url), guarded_client([])
    async with serve(create_app(house=House(Settings(), db, registry.load(strict=True), http))) as url:
        headers = {"authorization": api.headers["authorization"]}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
            yield client
    await http.close()
    await db.close()


async def test_the_second_time_the_first_answer_is_given_again(
    api: httpx.AsyncClient, other_hub: httpx.AsyncClient, db: Database, org: UUID, endpoint: Put
) -> None:
    first = await publish(api, "key-1")
    assert (first.status_code, first.headers.get("idempotent-replayed")) == (202, None)
    for again in (await publish(api, "key-1"), await publish(other_hub, "key-1")):
        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["content-type"] == "application/json"
    assert await events(db, org) == 1


async def test_a_batch_is_replayed_whole(api: httpx.AsyncClient, db: Database, org: UUID) -> None:
    answers = [await api.post("/v1/events:batch", json=[EVENT] * 3, headers={"idempotency-key": "batch"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert await events(db, org) == 3


async def test_another_request_under_the_same_key_is_refused(api: httpx.AsyncClient, db: Database, org: UUID) -> None:
    await publish(api, "key-1")
    for answer in (
        await publish(api, "key-1", {"data": {"parcel": "LP-2"}}),
        await api.post("/v1/events:batch", json=[EVENT], headers={"idempotency-key": "key-1"}),
    ):
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "Idempotency-Key")
    assert await events(db, org) == 1


async def test_a_key_belongs_to_its_organisation(
    api: httpx.AsyncClient,
    new_org: Callable[[str], Awaitable[UUID]],
    make_application: MakeApplication,
    make_kind: MakeKind,
    make_key: MakeKey,
) -> None:
    other = await new_org("other")
    await make_application("partner", of=other)
    await make_kind("parcel.lost", of=other)
    first = await publish(api, "key-1")
    key = await make_key(of=other)
    answer = await api.post("/v1/events", json=EVENT, headers={"idempotency-key": "key-1", "authorization": f"Bearer {key}"})
    assert answer.status_code == 202
    assert answer.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é"])
async def test_what_is_no_key_is_refused(api: httpx.AsyncClient, db: Database, org: UUID, key: str) -> None:
    headers = {b"idempotency-key": key.encode("latin-1")}
    answer = await api.post("/v1/events", json=EVENT, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "Idempotency-Key")
    assert await events(db, org) == 0


async def test_a_refusal_does_not_use_up_the_key(api: httpx.AsyncClient, make_kind: MakeKind) -> None:
    assert (await publish(api, "key-1", {"type": "parcel.found"})).status_code == 422
    await make_kind("parcel.found")
    answer = await publish(api, "key-1", {"type": "parcel.found"})
    assert (answer.status_code, answer.headers.get("idempotent-replayed")) == (202, None)


async def test_twins_at_the_same_moment_make_one_event(
    api: httpx.AsyncClient, other_hub: httpx.AsyncClient, db: Database, org: UUID
) -> None:
    for round in range(8):
        answers = await asyncio.gather(*(publish(one, f"key-{round}") for one in (api, other_hub) * 4))
        accepted = {answer.content for answer in answers if answer.status_code == 202}
        assert len(accepted) == 1
        assert {answer.status_code for answer in answers} <= {202, 409}
        assert await events(db, org) == round + 1
        assert (await publish(api, f"key-{round}")).content in accepted


async def test_replays_and_new_ones_in_one_group_do_not_disturb_each_other(
    api: httpx.AsyncClient, db: Database, org: UUID
) -> None:
    first = {nth: (await publish(api, f"old-{nth}")).json() for nth in range(5)}
    wanted = [f"old-{nth % 5}" for nth in range(5)] + [f"new-{nth}" for nth in range(20)]
    answers = await asyncio.gather(
        *(publish(api, key) for key in wanted), publish(api, "old-1x"), *(api.post("/v1/events", json=EVENT) for _ in range(10))
    )
    assert [answer.status_code for answer in answers] == [202] * 36
    assert [answers[nth].json() for nth in range(5)] == list(first.values())
    bad = await asyncio.gather(publish(api, "old-0", {"data": 1}), *(publish(api, f"later-{nth}") for nth in range(10)))
    assert [answer.status_code for answer in bad] == [422] + [202] * 10
    positions = {answer.json()["position"] for answer in answers[5:]} | {answer.json()["position"] for answer in bad[1:]}
    assert positions == set(range(6, 47))
    assert await events(db, org) == 46


async def test_a_key_that_has_expired_is_free(api: httpx.AsyncClient, db: Database, org: UUID) -> None:
    await publish(api, "key-1")
    async with db.org(org) as unit:
        await unit.execute("update idempotency set expires_at = now() - interval '1 second'")
    assert (await publish(api, "key-1", {"data": 2})).status_code == 202
    assert await events(db, org) == 2


async def test_a_key_that_another_route_holds_is_in_flight_until_it_is_abandoned(
    api: httpx.AsyncClient, db: Database, org: UUID
) -> None:
    """The hub's other routes write a key before its answer."""
    import hashlib

    body = json.dumps(EVENT, separators=(",", ":")).encode()
    mark = hashlib.sha256(b"POST /v1/events?\n" + body).digest()
    async with db.org(org) as unit:
        await unit.execute(
            "insert into idempotency (org, key, request_hash, expires_at) values ($1, 'key-1', $2, now() + interval '1 day')",
            org, mark,
        )  # fmt: skip

    async def again() -> httpx.Response:
        headers = {"idempotency-key": "key-1", "content-type": "application/json"}
        return await api.post("/v1/events", content=body, headers=headers)

    assert (await again()).status_code == 409
    async with db.org(org) as unit:
        await unit.execute("update idempotency set created_at = now() - interval '2 minutes'")
    assert (await again()).status_code == 202
    assert (await again()).headers["idempotent-replayed"] == "true"
    assert await events(db, org) == 1


async def test_expired_keys_are_cleared_away(
    api: httpx.AsyncClient, db: Database, org: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.publish.commit.CLEAN_EVERY", 3)
    await publish(api, "old")
    async with db.org(org) as unit:
        await unit.execute("update idempotency set expires_at = now() - interval '1 second'")
    for nth in range(3):
        await publish(api, f"new-{nth}")
    async with db.org(org) as unit:
        assert [row[0] for row in await unit.fetch("select key from idempotency order by key")] == ["new-0", "new-1", "new-2"]
