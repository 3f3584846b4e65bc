"""What is forgotten is gone from payloads, from what waits and from what was answered; retention does so by itself in time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub import registry
from hub.catalog.expunge import expunge as forget_customer
from hub.db.engine import Database
from hub.db.ids import record_id, uuid7
from hub.errors import ConfigurationError, NotFound
from hub.installations.disconnect import forget as forget_shop
from hub.installations.listing import get as get_shop
from hub.ports import Forgets
from tests.webhooks.conftest import Put
from tests.webhooks.log.conftest import Fill
from webhooks import expunge, retention
from webhooks.log.bounds import floor_of
from webhooks.log.payloads import EXPUNGED, data_of
from webhooks.settings import WebhookSettings, load_webhook_settings

CUSTOMER = {"connector": "woocommerce", "id": "7", "kind": "customer"}


async def attempted(db: Database, org: UUID, endpoint: UUID, event: UUID, at: datetime | None = None) -> None:
    async with db.org(org) as unit:
        await unit.execute(
            "insert into attempt (org, endpoint, event, at, n, cause, ms, status, headers, body) "
            "values ($1, $2, $3, coalesce($4, now()), 1, 0, 5, 200, 'H: 1', 'thanks, Anna')",
            org, endpoint, event, at,
        )  # fmt: skip


async def paid(db: Database, org: UUID, event: UUID, data: dict[str, Any]) -> None:
    """A payload of a canonical event."""
    async with db.org(org) as unit:
        text = json.dumps(data, separators=(",", ":"), sort_keys=True).encode()
        await unit.execute("insert into payload (org, event, data) values ($1, $2, $3)", org, event, text)


async def state_of(db: Database, org: UUID, event: UUID) -> tuple[int, bool, bool]:
    """Its message's state, whether there is a payload, whether an attempt still shows an answer."""
    async with db.org(org) as unit:
        state = await unit.fetchval("select state from message where event = $1", event)
        answered = await unit.fetchval(
            "select coalesce(bool_or(body is not null or headers is not null), false) from attempt where event = $1", event
        )
        return state, await data_of(unit, event) is not None, answered


async def test_an_expunged_event_is_gone_everywhere_but_from_its_place(
    db: Database, org: UUID, endpoint: Put, fill: Fill
) -> None:
    (waiting,), (held,), (sent,), (other,) = [await fill(1, state) for state in (0, 1, 2, 0)]
    for event in (waiting, held, sent, other):
        await attempted(db, org, endpoint.id, event)
    async with db.org(org) as unit:
        for event in (waiting, held, sent):
            await expunge.event(unit, event)
        with pytest.raises(NotFound):
            await expunge.event(unit, uuid7())
        assert await unit.fetchval("select count(*) from event") == 4
    assert await state_of(db, org, waiting) == (4, False, False)
    assert await state_of(db, org, held) == (4, False, False)
    assert await state_of(db, org, sent) == (2, False, False)
    assert await state_of(db, org, other) == (0, True, True)


async def test_a_customer_is_forgotten_in_whatever_names_him(
    db: Database, org: UUID, application: UUID, installation: UUID, endpoint: Put, fill: Fill
) -> None:
    customer = record_id(installation, "customer", "7")
    about = {"audience": None, "installation": installation, "cause": "sync"}
    (his,) = await fill(1, 0, type="customer.updated", kind="customer", record=customer, vendor_id="7", **about)
    (order,) = await fill(1, 2, type="order.updated", kind="order", record=uuid7(), vendor_id="50", **about)
    (others,) = await fill(1, 0, type="order.updated", kind="order", record=uuid7(), vendor_id="77", **about)
    (published,) = await fill(1, 0, data=json.dumps({"customer": str(customer)}))
    await paid(db, org, his, {"object": {"email": "anna@example.test"}})
    await paid(db, org, order, {"object": {"buyer": {"customer": CUSTOMER}}})
    await paid(
        db, org, others, {"object": {"buyer": {"customer": {**CUSTOMER, "id": "77"}}, "lines": [{**CUSTOMER, "kind": "line"}]}}
    )
    for event in (his, order, others, published):
        await attempted(db, org, endpoint.id, event)
    (plugin,) = [one for one in registry.load(strict=True).plugins.values() if isinstance(one, Forgets)]
    async with db.org(org) as unit:
        assert await plugin.forget(unit, installation, {"customer": ["7"], "order": []}) == 2
        await forget_customer(unit, installation, {"customer": ["7"]}, {"customer": ("customers", "customer")}, uuid7())
    assert await state_of(db, org, his) == (4, False, False)
    assert await state_of(db, org, order) == (2, False, False)
    assert await state_of(db, org, published) == (4, False, False)
    assert await state_of(db, org, others) == (0, True, True)


async def test_a_shop_that_is_purged_takes_what_waits_of_it_along(
    db: Database, org: UUID, installation: UUID, endpoint: Put, fill: Fill
) -> None:
    (event,) = await fill(1, 0, type="product.updated", audience=None, installation=installation, kind="product", record=uuid7())
    (published,) = await fill(1, 0, installation=installation)
    await paid(db, org, event, {"object": {"title": "Ring"}})
    async with db.org(org) as unit:
        await forget_shop(unit, await get_shop(unit, installation))
    assert (await state_of(db, org, event))[:2] == (4, False)
    assert (await state_of(db, org, published))[0] == 4


async def test_nothing_is_forgotten_for_nobody(db: Database, org: UUID, installation: UUID, endpoint: Put, fill: Fill) -> None:
    (event,) = await fill(1, 0)
    async with db.org(org) as unit:
        assert await expunge.naming(unit, installation, {"customer": ()}) == 0
    assert await state_of(db, org, event) == (0, True, False)


def ago(**span: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**span)


async def test_payloads_leave_after_thirty_days_and_what_waits_for_them_expires(
    db: Database, org: UUID, endpoint: Put, fill: Fill
) -> None:
    old, fresh = ago(days=31), ago(days=29)
    (api_old,), (api_fresh,) = await fill(1, 0, at=old), await fill(1, 0, at=fresh)
    (told_old,) = await fill(1, 2, at=old + timedelta(hours=1), type="product.updated", audience=None, cause="sync")
    (told_fresh,) = await fill(1, 2, at=fresh + timedelta(hours=1), type="product.updated", audience=None, cause="sync")
    for event in (told_old, told_fresh):
        await paid(db, org, event, {"object": {}})
    told = await retention.retain(db, WebhookSettings())
    assert (told["expired"], told["payloads"], told["messages"]) == (1, 1, 0)
    assert (await state_of(db, org, api_old))[:2] == (4, False)
    assert (await state_of(db, org, told_old))[:2] == (2, False)
    assert (await state_of(db, org, api_fresh))[:2] == (0, True)
    assert (await state_of(db, org, told_fresh))[:2] == (2, True)
    async with db.org(org) as unit:
        assert await unit.fetchval("select data::text from event where id = $1", api_old) == EXPUNGED
        assert await unit.fetchval("select data::text from event where id = $1", told_old) != EXPUNGED, (
            "the log stays as thin as it was"
        )
    assert not any((await retention.retain(db, WebhookSettings())).values()), "the second time there is nothing left"


async def test_answers_leave_after_seven_days(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    (old,), (fresh,) = await fill(1, 2, at=ago(days=20)), await fill(1, 2, at=ago(days=20, hours=1))
    await attempted(db, org, endpoint.id, old, ago(days=8))
    await attempted(db, org, endpoint.id, fresh, ago(days=6))
    assert (await retention.retain(db, WebhookSettings()))["bodies"] == 1
    assert (await state_of(db, org, old))[2] is False
    assert (await state_of(db, org, fresh))[2] is True
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from attempt where status = 200") == 2


async def test_rows_leave_after_ninety_days_when_they_have_come_to_an_end(
    db: Database, org: UUID, endpoint: Put, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    gone = await fill(5, 2, at=ago(days=91))
    dead = await fill(1, 3, at=ago(days=91, hours=1))
    for event in (*gone, *dead):
        await attempted(db, org, endpoint.id, event, ago(days=91))
    (waiting,) = await fill(1, 0, at=ago(days=91, hours=2))
    (again,) = await fill(1, 2, at=ago(days=91, hours=3))
    (fresh,) = await fill(1, 2, at=ago(days=89))
    async with db.org(org) as unit:
        await unit.execute("update message set ended_at = now() where event = $1", again)
    told = await retention.retain(db, WebhookSettings())
    assert (told["messages"], told["expired"]) == (6, 1)
    async with db.org(org) as unit:
        assert {row[0] for row in await unit.fetch("select event from message")} == {waiting, again, fresh}
        assert await unit.fetchval("select count(*) from attempt") == 0


async def test_deleted_endpoints_old_secrets_and_replays_leave_too(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    await fill(1, 2, at=ago(days=100))
    async with db.org(org) as unit:
        await unit.execute(
            "insert into replay (org, id, endpoint, since, until, scope, rate, status, finished_at) "
            "values ($1, $2, $3, now(), now(), 'all', 1, 'done', now() - interval '91 days')",
            org,
            uuid7(),
            endpoint.id,
        )
        await unit.execute("update endpoint_secret set expires_at = now() - interval '1 second'")
    told = await retention.retain(db, WebhookSettings())
    assert (told["replays"], told["secrets"], told["endpoints"]) == (1, 1, 0)
    async with db.org(org) as unit:
        await unit.execute("update endpoint set deleted_at = now() - interval '91 days', enabled = false")
    assert (await retention.retain(db, WebhookSettings()))["endpoints"] == 1


async def test_retention_goes_on_where_it_stopped(
    db: Database, org: UUID, endpoint: Put, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    events = await fill(5, 2, at=ago(days=40))
    before = floor_of(ago(days=30))
    for _ in range(2):
        async with db.system() as unit:
            assert await retention._events(unit, before) == 2
    async with db.org(org) as unit:
        emptied = await unit.fetch("select id from event where data::text = $1 order by id", EXPUNGED)
    assert [row["id"] for row in emptied] == events[:4]
    assert (await retention.retain(db, WebhookSettings()))["events"] == 1


def test_the_spans_can_be_set_and_a_bad_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_WEBHOOKS_PAYLOAD_DAYS", "14")
    assert load_webhook_settings() == WebhookSettings(payload_days=14)
    monkeypatch.setenv("LUNEO_WEBHOOKS_PAYLOAD_DAYS", "0")
    with pytest.raises(ConfigurationError, match="LUNEO_WEBHOOKS_PAYLOAD_DAYS '0'"):
        load_webhook_settings()
