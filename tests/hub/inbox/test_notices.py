from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hub.db.engine import Database
from hub.db.ids import record_id, uuid7
from hub.errors import Conflict, NotFound, RetryableError, Unprocessable
from hub.inbox.customer_data import customer_data
from hub.inbox.notices import heed
from hub.inbox.receipts import load
from hub.installations.connect import connect
from hub.installations.disconnect import disconnect
from hub.installations.installation import Installation
from hub.installations.listing import get
from hub.outbox import EventDraft, record
from hub.ports import MetafieldWrite, Notice
from hub.queue import enqueue
from hub.registry import load as load_registry
from hub.sync.engine import Engine
from hub.sync.quarantine import Put, put_aside
from hub.sync.wishes import queue_write
from tests.hub.inbox.conftest import Rows
from tests.hub.inbox.mall import SECRET, Mall, Sender, Shop

Work = Callable[[], Awaitable[None]]
CUSTOMER, ORDER, OTHER = "gid://shopify/Customer/191167", "gid://shopify/Order/299938", "gid://shopify/Customer/1911670"
LAST = "select topic, status, reason, body from receipt order by received_at desc, id desc limit 1"


def gone(shop: Shop) -> dict[str, Any]:
    return {"id": 548380009, "name": "Super Toys", "myshopify_domain": shop.domain, "email": "super@supertoys.com"}


def redact(shop: Shop) -> dict[str, Any]:
    return {
        "shop_id": 954889, "shop_domain": shop.domain, "orders_to_redact": [299938, 280263],
        "customer": {"id": 191167, "email": "john@example.com", "phone": "555-625-1199"},
    }  # fmt: skip


@pytest.fixture
def shop(mall: Mall) -> Shop:
    return mall.add("super-toys")


@pytest.fixture
async def known(mall: Mall, db: Database, org: UUID, shop: Shop) -> Installation:
    """The shop, connected."""
    return await mall.connect(db, org, shop)


async def now(db: Database, org: UUID, known: Installation) -> Installation:
    async with db.org(org) as unit:
        return await get(unit, known.id)


async def read_some(sent: Sender, shop: Shop, work: Work) -> None:
    """A customer with an order, read from the shop as their webhooks say."""
    shop.put(
        CUSTOMER, email="john@example.com", first_name="John", tags=["VIP"],
        ext={"shopify": {"tags": ["VIP John"]}},
    )  # fmt: skip
    shop.put(OTHER, email="jane@example.com")
    shop.put(
        ORDER, number="1001", currency="EUR", note="For John", buyer={"email": "john@example.com", "phone": "555-625-1199"},
        addresses=[{"roles": ["shipping"], "last_name": "Smith", "city": "Houston"}], ext={"shopify": {"ip": "203.0.113.7"}},
        lines=[
            {"title": "Ring", "sku": "R-1", "product": {"connector": "shopify", "kind": "Product", "id": "1"}, "ext": {}},
            {"title": "Engraving: John Smith", "sku": None, "ext": {"shopify": {"text": "John Smith"}}},
        ],
    )  # fmt: skip
    for topic, body in (
        ("customers/create", {"id": 191167, "email": "john@example.com"}),
        ("customers/create", {"id": 1911670, "email": "jane@example.com"}),
        ("orders/create", {"id": 299938, "email": "john@example.com", "customer": {"id": 191167}}),
    ):
        assert (await sent(shop, topic, body)).status_code == 200
    await work()


async def test_an_uninstalled_shop_loses_its_credentials_and_its_jobs_and_keeps_its_data(
    sent: Sender, shop: Shop, known: Installation, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    await read_some(sent, shop, work)
    async with db.org(org) as unit:
        await enqueue(unit, "sync.run", {"installation": str(known.id), "resource": "orders"}, key=f"{known.id}:orders")
        await queue_write(unit, known.id, "customer", CUSTOMER, [MetafieldWrite("luneo", "a", "json", 1)], "w-1")
    shop.installed = False
    assert (await sent(shop, "app/uninstalled", gone(shop))).status_code == 200
    await work()
    after = await now(db, org, known)
    assert (after.status, after.disconnected_at is not None) == ("disconnected", True)
    assert await rows("select credentials from installation") == [{"credentials": None}]
    assert await rows("select kind from job where status <> 'done'") == []
    assert len(await rows("select 1 from record where deleted_at is null")) == 3
    assert (await rows(LAST))[0]["status"] == "done"
    (event,) = await rows("select cause, data from event where type = 'installation.disconnected'")
    assert (event["cause"], json.loads(event["data"])) == ("webhook", {"purged": False, "uninstalled": True})
    assert (await sent(shop, "products/update", {"id": 1})).status_code == 200  # late, and of no use any more
    assert (await rows(LAST))[0]["topic"] == "app/uninstalled"


async def test_an_uninstallation_told_after_the_app_is_back_ends_nothing(
    sent: Sender, shop: Shop, known: Installation, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    await sent(shop, "app/uninstalled", gone(shop))
    await work()
    assert (await now(db, org, known)).status == "active"
    assert "installed (again)" in (await rows(LAST))[0]["reason"]


async def test_of_a_shop_that_is_away_an_uninstallation_is_believed_in_the_end(
    sent: Sender, shop: Shop, known: Installation, mall: Mall, db: Database, org: UUID, rows: Rows
) -> None:
    shop.away = True
    await sent(shop, "app/uninstalled", gone(shop))
    (row,) = await rows("select id from receipt")
    engine = Engine(db, mall.registry(), None)  # type: ignore[arg-type]
    async with db.org(org) as unit:
        receipt = await load(unit, row["id"])
    assert receipt is not None
    with pytest.raises(RetryableError):
        await heed(engine, known, receipt, Notice("uninstalled"), SECRET, last=False)
    assert (await heed(engine, known, receipt, Notice("uninstalled"), SECRET, last=True)).status == "done"
    assert (await now(db, org, known)).status == "disconnected"


@pytest.mark.parametrize("topic", ["app/uninstalled", "shop/redact", "customers/redact"])
async def test_a_notice_whose_body_names_another_shop_is_refused(
    sent: Sender, shop: Shop, known: Installation, mall: Mall, db: Database, org: UUID, rows: Rows, work: Work, topic: str
) -> None:
    other = mall.add("other-toys")
    body = {**redact(other), "myshopify_domain": other.domain}
    shop.installed = False
    assert (await sent(shop, topic, body)).status_code == 401
    await work()
    assert (await now(db, org, known)).status == "active"
    assert await rows("select 1 from receipt") == []


async def test_after_an_uninstallation_the_shop_is_forgotten_when_it_asks_for_it(
    sent: Sender, shop: Shop, known: Installation, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    await read_some(sent, shop, work)
    shop.installed = False
    await sent(shop, "app/uninstalled", gone(shop))
    await work()
    # signed with the secret of the merchant's own app, which went with the credentials
    assert (await sent(shop, "shop/redact", {"shop_id": 1, "shop_domain": shop.domain})).status_code == 200
    await work()
    for table in ("installation", "record", "raw_object", "receipt", "quarantine", "write_back", "run"):
        assert await rows(f"select 1 from {table}") == [], table
    assert await rows("select 1 from event where data::text like '%191167%' or vendor_id is not null") == []


async def test_a_connected_shop_is_not_forgotten(
    sent: Sender, shop: Shop, known: Installation, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    await read_some(sent, shop, work)
    await sent(shop, "shop/redact", {"shop_id": 1, "shop_domain": shop.domain})
    await work()
    assert (await now(db, org, known)).status == "active"
    assert len(await rows("select 1 from record")) == 3
    assert (await rows(LAST))[0]["status"] == "ignored"


async def test_a_shop_that_comes_back_finds_its_data_and_is_not_forgotten(
    sent: Sender, shop: Shop, known: Installation, mall: Mall, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    await read_some(sent, shop, work)
    shop.installed = False
    await sent(shop, "app/uninstalled", gone(shop))
    await work()
    shop.installed, shop.token = True, "shpat_the_new_one"
    back = await mall.connect(db, org, shop)
    assert (back.id, back.status, back.disconnected_at, "uninstalled" in back.capabilities) == (known.id, "active", None, False)
    await sent(shop, "shop/redact", {"shop_id": 1, "shop_domain": shop.domain})
    shop.put(CUSTOMER, "2026-11-22T09:00:00+00:00", email="new@example.com")
    await sent(shop, "customers/update", {"id": 191167})
    await work()
    assert len(await rows("select 1 from record where deleted_at is null")) == 3
    (record,) = await rows("select doc ->> 'email' as email from record where vendor_id = $1", CUSTOMER)
    assert record["email"] == "new@example.com"


async def test_a_shop_that_could_not_come_back_whole_stays_away_with_its_data(
    sent: Sender, shop: Shop, known: Installation, mall: Mall, db: Database, org: UUID, rows: Rows, work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await read_some(sent, shop, work)
    shop.installed = False
    await sent(shop, "app/uninstalled", gone(shop))
    await work()
    shop.installed = True

    async def away(*_: object) -> None:
        raise RetryableError("The shop is away.")

    monkeypatch.setattr(type(mall.webhooks), "ensure", away)
    monkeypatch.setattr(type(mall.webhooks), "remove", away)
    with pytest.raises(RetryableError):
        await connect(
            db, mall.registry(), None, org=org, connector="shopify", url=f"https://{shop.domain}",  # type: ignore[arg-type]
            credentials={"token": shop.token}, public_url="https://hub.example.com",
        )  # fmt: skip
    after = await now(db, org, known)
    assert (after.status, after.capabilities["uninstalled"]) == ("disconnected", True)
    assert await rows("select credentials from installation") == [{"credentials": None}]
    assert len(await rows("select 1 from record")) == 3
    assert (await sent(shop, "shop/redact", {"shop_id": 1, "shop_domain": shop.domain})).status_code == 200
    await work()
    assert await rows("select 1 from installation") == []


async def test_a_shop_that_moved_to_another_organisation_is_not_given_back_to_the_first(
    sent: Sender, shop: Shop, known: Installation, mall: Mall, db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]],
    rows: Rows, work: Work,
) -> None:  # fmt: skip
    other = await new_org("other")
    await read_some(sent, shop, work)
    shop.installed = False
    await sent(shop, "app/uninstalled", gone(shop))
    await work()
    shop.installed = True
    moved = await mall.connect(db, other, shop)
    assert moved.id != known.id
    with pytest.raises(Conflict, match="connected already"):
        await mall.connect(db, org, shop)
    await sent(shop, "customers/redact", redact(shop))  # reaches both: the first still holds what it read
    await work()
    assert await rows("select 1 from record where vendor_id = $1", CUSTOMER) == []
    assert [row["topic"] for row in await rows("select topic from receipt", of=other)] == ["customers/redact"]


async def test_a_forgotten_customer_is_found_nowhere_any_more(
    sent: Sender, shop: Shop, known: Installation, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    await read_some(sent, shop, work)
    async with db.org(org) as unit:
        await queue_write(unit, known.id, "order", ORDER, [MetafieldWrite("luneo", "name", "json", "John Smith")], "w-1")
        await enqueue(unit, "sync.refetch", {"installation": str(known.id), "resource": "customers", "ids": [CUSTOMER]}, key="k")
        await put_aside(unit, known.id, "customers", None, [
            Put(CUSTOMER, [b'{"email":"john@example.com"}'], "no", None),
            Put(None, [b'{"id":191167,"x":"john@example.com"}'], "no", None),
            Put(None, [b'{"id":1911670}'], "no", None),
        ])  # fmt: skip
        await unit.execute(
            "insert into idempotency (org, key, request_hash, body, expires_at) "
            "values ($1, 'k', '', $2, now() + interval '1 day')",
            org, str(record_id(known.id, "order", ORDER)).encode(),
        )  # fmt: skip
    await sent(shop, "customers/redact", redact(shop))
    await work()
    assert await rows("select 1 from record where vendor_id = $1", CUSTOMER) == []
    (order,) = await rows("select doc, version from record where vendor_id = $1", ORDER)
    doc = json.loads(order["doc"])
    assert (doc["number"], doc["currency"], [line.get("sku") for line in doc["lines"]]) == ("1001", "EUR", ["R-1", None])
    assert doc["lines"][0]["title"] == "Ring"
    assert await rows("select vendor_id from raw_object") == [{"vendor_id": OTHER}]
    assert len(await rows("select 1 from quarantine")) == 1
    for table in ("write_back", "idempotency"):
        assert await rows(f"select 1 from {table}") == [], table
    assert await rows("select 1 from job where kind <> 'inbox.process'") == []
    kept = await rows("select r::text as text, convert_from(r.body, 'UTF8') as body from receipt r")
    assert [row["body"] for row in kept if row["body"]] == ['{"id": 1911670, "email": "jane@example.com"}']
    everything = json.dumps([await rows(f"select t::text from {table} t") for table in ("record", "event", "receipt", "job")])
    for personal in ("john@example", "John", "Smith", "555-625", "203.0.113", "Houston"):
        assert personal not in everything, personal
    told = await rows("select type, vendor_id from event where kind is not null order by position desc limit 2")
    assert sorted(row["type"] for row in told) == ["customer.deleted", "order.updated"]
    assert (await rows(LAST))[0]["reason"].startswith("Forgotten: ")


async def test_somebody_who_was_never_known_is_forgotten_without_a_word(
    sent: Sender, shop: Shop, known: Installation, rows: Rows, work: Work
) -> None:
    await sent(shop, "customers/redact", redact(shop))
    await work()
    (receipt,) = await rows(LAST)
    assert (receipt["status"], receipt["reason"], receipt["body"]) == ("done", "Forgotten: nothing was held.", b"")


async def test_a_customers_messages_that_wait_are_forgotten_before_they_are_read(
    sent: Sender, shop: Shop, known: Installation, db: Database, org: UUID, rows: Rows, mall: Mall
) -> None:
    await sent(shop, "customers/update", {"id": 191167, "email": "john@example.com"})
    await sent(shop, "customers/redact", redact(shop))
    redaction = (await rows("select id from receipt where topic = 'customers/redact'"))[0]["id"]
    async with db.org(org) as unit:
        receipt = await load(unit, redaction)
    assert receipt is not None
    notice = Notice("forget_customer", {"customers": (CUSTOMER,)})
    await heed(Engine(db, mall.registry(), None), known, receipt, notice, SECRET, last=False)  # type: ignore[arg-type]
    (waiting,) = await rows("select status, body from receipt where topic = 'customers/update'")
    assert waiting == {"status": "ignored", "body": b""}


async def test_plugins_that_keep_what_was_told_of_people_forget_them_too(
    sent: Sender, shop: Shop, known: Installation, db: Database, org: UUID, rows: Rows, mall: Mall
) -> None:
    await sent(shop, "customers/redact", redact(shop))
    redaction = (await rows("select id from receipt where topic = 'customers/redact'"))[0]["id"]
    buyer = b'{"object":{"buyer":{"connector":"shopify","gid":"%b","id":"%b","kind":"Customer"}}}'
    async with db.org(org) as unit:
        about = [EventDraft("order.updated", "sync", "order", uuid7(), gid, known.id) for gid in ("7", "8")]
        for id, number in zip(await record(unit, about), (b"191167", b"1911670"), strict=True):
            data = buyer % (b"gid://shopify/Customer/" + number, number)
            await unit.execute("insert into payload (org, event, data) values ($1, $2, $3)", org, id, data)
        receipt = await load(unit, redaction)
    assert receipt is not None
    notice = Notice("forget_customer", {"customers": (CUSTOMER,)})
    registry = replace(mall.registry(), plugins=load_registry(strict=True).plugins)
    became = await heed(Engine(db, registry, None), known, receipt, notice, SECRET, last=False)  # type: ignore[arg-type]
    (left,) = await rows("select data from payload")
    assert b'"1911670"' in left["data"]
    assert "1 webhooks" in became.reason


async def test_other_permissions_make_us_ask_again_and_read_what_was_hidden(
    sent: Sender, shop: Shop, known: Installation, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    shop.scopes = ("read_orders", "read_all_orders")
    await sent(shop, "app/scopes_update", {"id": 1, "previous": [], "current": list(shop.scopes)})
    await sent(shop, "app/scopes_update", {"id": 1, "previous": [], "current": list(shop.scopes)})
    await work()
    assert (await now(db, org, known)).capabilities["scopes"] == ["read_orders", "read_all_orders"]
    asked = [json.loads(row["payload"]) for row in await rows("select payload from job where kind = 'sync.run'")]
    assert [(one["resource"], one["mode"]) for one in asked] == [("orders", "backfill")]


async def test_a_request_for_a_customers_data_waits_for_the_merchant(
    sent: Sender, shop: Shop, known: Installation, mall: Mall, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    await read_some(sent, shop, work)
    body = {**redact(shop), "orders_requested": [299938]}
    await sent(shop, "customers/data_request", body)
    await work()
    (receipt,) = await rows("select id, status, reason from receipt where topic = 'customers/data_request'")
    assert receipt["status"] == "done"
    assert receipt["reason"].endswith(f"luneo customer-data {receipt['id']}")
    async with db.org(org) as unit:
        held = json.loads(msgspec.json.encode(await customer_data(unit, mall.registry(), receipt["id"])))
        with pytest.raises(NotFound):
            await customer_data(unit, mall.registry(), uuid7())
        with pytest.raises(Unprocessable, match="orders/create"):
            other = await unit.fetchval("select id from receipt where topic = 'orders/create'")
            await customer_data(unit, mall.registry(), other)
    assert (held["shop"], held["request"]) == (shop.domain, body)
    assert [one["canonical"]["email"] for one in held["customers"]] == ["john@example.com"]
    assert [one["raw"]["doc"]["note"] for one in held["orders"]] == ["For John"]


async def test_a_shop_that_somebody_here_disconnected_starts_anew(
    mall: Mall, db: Database, org: UUID, shop: Shop, known: Installation
) -> None:
    await disconnect(db, mall.registry(), None, org=org, installation=known.id)  # type: ignore[arg-type]
    assert (await mall.connect(db, org, shop)).id != known.id
    assert uuid7() != known.id
