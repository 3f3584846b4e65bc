"""Partners that leave: their endpoints stop at once, and whatever lies in the log goes in batches."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from tests.webhooks.conftest import MakeApplication, Put, put_endpoint
from tests.webhooks.log.conftest import Fill
from webhooks import keys, retention
from webhooks.book import Book
from webhooks.portal.passes import issue
from webhooks.settings import WebhookSettings

TABLES = ("message", "attempt", "endpoint", "endpoint_secret", "application", "replay", "portal_pass")


async def counts(db: Database, org: UUID) -> dict[str, int]:
    async with db.org(org) as unit:
        return {table: await unit.fetchval(f"select count(*) from {table}") for table in TABLES}


async def furnish(db: Database, org: UUID, endpoint: Put, events: list[UUID]) -> None:
    async with db.org(org) as unit:
        await unit.execute(
            "insert into attempt (org, endpoint, event, at, n, cause, ms) "
            "select $1, $2, u.e, now() + n * interval '1 second', n, 0, 5 from unnest($3::uuid[]) u(e), generate_series(1, 3) n",
            org, endpoint.id, events,
        )  # fmt: skip
        await unit.execute(
            "insert into replay (org, id, endpoint, since, until, scope, rate) values ($1, $2, $3, now(), now(), 'all', 1)",
            org, uuid7(), endpoint.id,
        )  # fmt: skip
        await issue(unit, endpoint.application)


async def test_an_application_that_is_deleted_stops_at_once_and_its_rows_go_in_batches(
    api: httpx.AsyncClient, db: Database, org: UUID, endpoint: Put, fill: Fill, make_application: MakeApplication,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await furnish(db, org, endpoint, [*await fill(9, 2), *await fill(3, 0)])
    other = await put_endpoint(db, org, await make_application("other"))
    await fill(4, 2, to=other.id)

    assert (await api.delete("/v1/applications/partner")).status_code == 204
    assert (await counts(db, org))["message"] == 16, "no message is touched while the caller waits"
    for path in ("applications/partner", f"endpoints/{endpoint.id}", f"applications/{endpoint.application}/endpoints"):
        assert (await api.get(f"/v1/{path}")).status_code == 404, path
    assert [one["uid"] for one in (await api.get("/v1/applications")).json()["data"]] == ["other"]
    partners = await Book(db).partners(org)
    assert not partners.cards[endpoint.id].enabled
    assert set(partners.names) == {"other", str(other.application)}
    assert (await api.post("/v1/applications", json={"name": "Anew", "uid": "partner"})).status_code == 201, "its uid is free"

    monkeypatch.setattr(retention, "BATCH", 5)
    told = await retention.retain(db, WebhookSettings())
    assert told["deleted"] == 0, "what is on its way comes to its end first"
    async with db.org(org) as unit:
        status = await unit.fetchval("select status from replay")
        await unit.execute("update endpoint set deleted_at = deleted_at - interval '11 minutes'")
        await unit.execute("update application set deleted_at = deleted_at - interval '11 minutes'")
    assert status == "cancelled"
    told = await retention.retain(db, WebhookSettings())
    assert (told["deleted"], told["endpoints"], told["applications"]) == (12, 1, 1)
    assert await counts(db, org) == {
        "message": 4, "attempt": 0, "endpoint": 1, "endpoint_secret": 1, "application": 2, "replay": 0, "portal_pass": 0,
    }  # fmt: skip
    assert not any((await retention.retain(db, WebhookSettings())).values())


async def test_an_endpoint_that_is_deleted_takes_its_log_along_in_batches(
    api: httpx.AsyncClient, db: Database, org: UUID, endpoint: Put, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnish(db, org, endpoint, await fill(12, 2))
    assert (await api.delete(f"/v1/endpoints/{endpoint.id}")).status_code == 204
    monkeypatch.setattr(retention, "BATCH", 5)
    async with db.org(org) as unit:
        await unit.execute("update endpoint set deleted_at = deleted_at - interval '11 minutes'")
    told = await retention.retain(db, WebhookSettings())
    assert (told["deleted"], told["endpoints"], told["applications"]) == (12, 1, 0)
    assert (await counts(db, org))["attempt"] == 0


async def test_passes_and_signing_keys_that_are_over_leave(db: Database, org: UUID, application: UUID) -> None:
    async with db.org(org) as unit:
        for _ in range(2):
            await issue(unit, application)
        await unit.execute(
            "update portal_pass set expires_at = now() where digest = (select digest from portal_pass order by digest limit 1)"
        )
        await keys.ensure(unit)
        for _ in range(2):
            await keys.rotate(unit)
        await unit.execute(
            "update signing_key set expires_at = now() - interval '11 minutes' "
            "where id = (select id from signing_key order by id limit 1)"
        )
    told = await retention.retain(db, WebhookSettings())
    assert (told["passes"], told["keys"]) == (1, 1)
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from portal_pass") == 1
        assert await unit.fetchval("select count(*) from signing_key") == 2
