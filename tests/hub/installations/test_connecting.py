from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from hub.app import create_app
from hub.db.engine import Database
from hub.errors import Conflict, HubError, NotFound, ReauthorizationError, RetryableError, Unprocessable
from hub.http import guarded_client
from hub.installations.connect import connect
from hub.installations.disconnect import disconnect
from hub.installations.installation import Installation
from hub.installations.listing import get, listing, named
from hub.installations.opening import opening
from hub.installations.reconnect import mark_reconnect, reconnect
from hub.outbox import after
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House
from tests.hub.served import Woo, open_woo

Make = Callable[..., Awaitable[Installation]]


async def nobody_waits() -> None:
    """A budget without end."""


@pytest.fixture
def join(house: House, org: UUID, woo: Woo) -> Make:
    async def make(**other: object) -> Installation:
        asked = {"org": org, "connector": "woocommerce", "url": woo.url, "credentials": woo.credentials, "allow_http": True}
        return await connect(house.db, house.registry, house.http, **(asked | other))  # type: ignore[arg-type]

    return make


async def shops(db: Database, org: UUID) -> list[Installation]:
    async with db.org(org) as unit:
        return await listing(unit, disconnected=True)


async def test_a_connected_shop_holds_what_the_shop_said_of_itself(join: Make, db: Database, org: UUID) -> None:
    known = await join(name="Atelier")
    assert (known.name, known.status, known.settings.currency, known.settings.timezone) == (
        "Atelier",
        "active",
        "EUR",
        "Europe/Paris",
    )
    assert known.inbound == {"mode": "polling", "reason": "LUNEO_PUBLIC_URL is not set"}
    async with db.org(org) as unit:
        assert [event.type for event in await after(unit, 0)] == ["installation.connected"]


async def test_the_credentials_are_nowhere_in_the_database_in_clear(join: Make, db: Database, org: UUID, woo: Woo) -> None:
    known = await join()
    async with db.org(org) as unit:
        row = str(await unit.fetchrow("select * from installation where id = $1", known.id))
    assert not any(secret in row for secret in woo.credentials.values())


async def test_an_opening_holds_the_credentials_again(join: Make, house: House, org: UUID, woo: Woo) -> None:
    known = await join()
    _, opened = await opening(house.db, house.http, nobody_waits, org, known.id)
    assert opened.credentials == woo.credentials
    assert opened.allow_http
    assert opened.installation == known.id


async def test_credentials_moved_to_another_row_do_not_open(join: Make, house: House, org: UUID) -> None:
    first = await join()
    async with open_woo() as other, reaching(house, other):
        second = await join(url=other.url, credentials=other.credentials)
    async with house.db.org(org) as unit:
        await unit.execute(
            "update installation set credentials = (select credentials from installation where id = $1) where id = $2",
            first.id, second.id,
        )  # fmt: skip
    with pytest.raises(HubError, match=r"cannot be opened|opened"):
        await opening(house.db, house.http, nobody_waits, org, second.id)


@asynccontextmanager
async def reaching(house: House, other: Woo) -> AsyncIterator[None]:
    """The house reaches this shop too."""
    before, wide = house.http, guarded_client([*house.settings.egress_allow, other.authority])
    house.http = wide
    try:
        yield
    finally:
        house.http = before
        await wide.close()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"credentials": {"key": "ck_" + "0" * 40, "secret": "cs_" + "0" * 40}}, ReauthorizationError),
        ({"credentials": {"key": "", "secret": "cs_1"}}, Unprocessable),
        ({"connector": "magento"}, NotFound),
        ({"url": "http://127.0.0.1:9"}, HubError),
        ({"allow_http": False}, HubError),
    ],
)
async def test_a_refused_shop_leaves_nothing_behind(
    join: Make, db: Database, org: UUID, wrong: dict[str, object], error: type[HubError]
) -> None:
    with pytest.raises(error) as told:
        await join(**wrong)
    assert "\n" not in str(told.value)
    assert "cs_" not in str(told.value)
    assert await shops(db, org) == []


async def test_a_shop_that_is_connected_elsewhere_is_a_conflict_that_names_nobody(
    join: Make, db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]]
) -> None:
    await join()
    rival = await new_org("rival")
    with pytest.raises(Conflict) as told:
        await join(org=rival)
    assert "acme" not in str(told.value).lower()
    assert str(org) not in str(told.value)
    assert await shops(db, rival) == []
    with pytest.raises(Conflict):
        await join()


async def test_disconnecting_frees_the_shop_for_another_organisation(
    join: Make, house: House, org: UUID, new_org: Callable[[str], Awaitable[UUID]]
) -> None:
    known = await join()
    report = await disconnect(house.db, house.registry, house.http, org=org, installation=known.id)
    assert report.left == ()
    rival = await new_org("rival")
    assert (await join(org=rival)).shop == known.shop
    with pytest.raises(Conflict, match="disconnected"):
        await opening(house.db, house.http, nobody_waits, org, known.id)


async def test_with_a_public_address_the_shop_is_told_to_send_its_webhooks(join: Make, house: House, org: UUID, woo: Woo) -> None:
    async with serve(create_app(house=house)) as public_url:
        known = await join(public_url=public_url)
        assert known.inbound == {"mode": "webhooks"}
        assert len(woo.sandbox.webhooks.table) >= 10
        report = await disconnect(house.db, house.registry, house.http, org=org, installation=known.id, public_url=public_url)
    assert report.webhooks_removed >= 10
    assert woo.sandbox.webhooks.table == {}


async def test_what_cannot_be_removed_from_a_shop_that_is_gone_is_said(join: Make, house: House, org: UUID) -> None:
    async with open_woo() as leaving, reaching(house, leaving), serve(create_app(house=house)) as public_url:
        known = await join(url=leaving.url, credentials=leaving.credentials, public_url=public_url)
    report = await disconnect(house.db, house.registry, house.http, org=org, installation=known.id, public_url=public_url)
    assert report.webhooks_removed == 0
    assert leaving.url in report.left[0]


async def test_a_failure_after_the_row_was_written_takes_the_row_away(
    join: Make, db: Database, org: UUID, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RetryableError("The shop fell asleep.")

    monkeypatch.setattr(house.registry.get("woocommerce").webhooks, "ensure", fail)
    with pytest.raises(RetryableError):
        await join(public_url="https://hub.example")
    assert await shops(db, org) == []


async def test_purging_forgets_the_shop_in_every_table(join: Make, house: House, org: UUID) -> None:
    known = await join()
    async with house.db.org(org) as unit:
        await fill(unit, org, known.id)
    report = await disconnect(house.db, house.registry, house.http, org=org, installation=known.id, purge=True)
    assert all(report.purged[table] >= 1 for table in ("record", "raw_object", "quarantine", "receipt", "run", "event", "job"))
    async with house.db.org(org) as unit:
        for table in await tables_with_an_installation(unit):
            rows = await unit.fetch(f"select * from {table} where installation = $1", known.id)
            assert table == "event" or rows == []
            assert "marie@example.com" not in str(rows)
        assert "marie@example.com" not in str(await unit.fetch("select * from job"))
        with pytest.raises(NotFound):
            await get(unit, known.id)


async def tables_with_an_installation(unit: object) -> list[str]:
    rows = await unit.fetch(  # type: ignore[attr-defined]
        "select table_name from information_schema.columns where column_name = 'installation' and table_schema = current_schema()"
    )
    return [row["table_name"] for row in rows]


async def fill(unit: object, org: UUID, shop: UUID) -> None:
    """One row in every table, each with somebody's address in it."""
    who = "marie@example.com"
    for sql in (
        "insert into record (org, id, installation, kind, vendor_id, doc, content_hash, mapping_version) values "
        f"($1, gen_random_uuid(), $2, 'customer', '1', '{{\"email\": \"{who}\"}}', '', 1)",
        "insert into raw_object (org, installation, kind, vendor_id, body, encoding, size, fingerprint, fetched_at) values "
        f"($1, $2, 'customer', '1', '{who}', 0, 1, '', now())",
        "insert into quarantine (org, id, installation, resource, raw, reason) values "
        f"($1, gen_random_uuid(), $2, 'customers', '{who}', 'x')",
        "insert into receipt (org, id, installation, topic, dedupe, body) values "
        f"($1, gen_random_uuid(), $2, 'customer.updated', 'x', '{who}')",
        "insert into run (org, id, installation, resource, mode, cause) values "
        "($1, gen_random_uuid(), $2, 'customers', 'backfill', 'api')",
        "insert into event (org, id, position, type, installation, cause, data) values "
        f"($1, gen_random_uuid(), 1000, 'customer.created', $2, 'sync', '{{\"email\": \"{who}\"}}')",
        "insert into job (org, id, kind, payload) values "
        f"($1, gen_random_uuid(), 'sync.refetch', jsonb_build_object('installation', $2::uuid, 'who', '{who}'))",
    ):
        await unit.execute(sql, org, shop)  # type: ignore[attr-defined]


async def test_a_shop_that_refuses_us_waits_for_new_credentials(join: Make, house: House, org: UUID, woo: Woo) -> None:
    known = await join()
    await mark_reconnect(house.db, org, known.id, "The key was revoked.")
    with pytest.raises(ReauthorizationError, match="The key was revoked"):
        await opening(house.db, house.http, nobody_waits, org, known.id)
    parts = (house.db, house.registry, house.http)
    with pytest.raises(ReauthorizationError):
        await reconnect(*parts, org=org, installation=known.id, credentials={"key": "ck_" + "0" * 40, "secret": "cs_" + "0" * 40})
    again = await reconnect(*parts, org=org, installation=known.id, credentials=woo.credentials)
    assert (again.status, again.reconnect_reason) == ("active", None)


async def test_a_shop_is_found_by_what_people_call_it(join: Make, db: Database, org: UUID, woo: Woo) -> None:
    known = await join(name="Atelier Lumière")
    async with db.org(org) as unit:
        for word in ("atelier lumière", woo.url, str(known.id), str(known.id)[:18]):
            assert (await named(unit, word)).id == known.id
        with pytest.raises(NotFound, match="Atelier Lumière"):
            await named(unit, "elsewhere")


def test_settings_that_a_newer_hub_wrote_are_left_aside() -> None:
    from hub.installations.installation import settings_json, shop_settings

    assert shop_settings('{"currency": "EUR", "mood": "calm"}').currency == "EUR"
    assert replace(shop_settings("{}"), currency="JPY") == shop_settings(settings_json(shop_settings('{"currency": "JPY"}')))
    assert Settings(public_url=None).public_url is None
