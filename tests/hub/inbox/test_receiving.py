from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from hub.app import create_app
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.inbox.jobs import handlers
from hub.inbox.receipts import KEEP, forget_old
from hub.installations.connect import connect
from hub.installations.installation import Installation
from hub.outbox import after
from hub.queue import LocalRunner
from hub.settings import Settings
from hub.sync.engine import Engine
from hub.sync.run import sync
from hub.testing.serving import serve
from hub.web.house import House
from tests.hub.served import Woo

CAPTURES = Path(__file__).parents[3] / "connectors" / "woocommerce" / "captures"


@pytest.fixture
async def shop(house: House, org: UUID, woo: Woo, hub_url: str) -> Installation:
    """A shop that sends us its webhooks."""
    return await connect(
        house.db, house.registry, house.http, org=org, connector="woocommerce", url=woo.url,
        credentials=woo.credentials, allow_http=True, public_url=hub_url,
    )  # fmt: skip


@pytest.fixture
def engine(house: House, hub_url: str) -> Engine:
    settings = Settings(public_url=hub_url, egress_allow=house.settings.egress_allow)
    return Engine(house.db, house.registry, house.http, settings)


@pytest.fixture
async def sender(hub_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=hub_url, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def secret(woo: Woo, shop: Installation) -> str:
    """What the shop signs with."""
    return str(next(iter(woo.sandbox.webhooks.table.values())).secret)


def signed(body: bytes, secret: str, topic: str = "product.updated") -> dict[str, str]:
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return {
        "x-wc-webhook-topic": topic, "x-wc-webhook-signature": signature, "x-wc-webhook-id": "1",
        "x-wc-webhook-delivery-id": "d", "content-type": "application/json",
    }  # fmt: skip


def address(shop: Installation) -> str:
    return f"/in/woocommerce/{shop.id}"


async def rows(db: Database, org: UUID, sql: str) -> list[asyncpg.Record]:
    async with db.org(org) as unit:
        return await unit.fetch(sql)


PRODUCT = json.dumps({"id": 12, "type": "simple", "date_modified_gmt": "2026-11-22T07:00:00"}).encode()


async def test_a_signed_message_is_kept_as_it_came_with_its_job(
    sender: httpx.AsyncClient, house: House, org: UUID, shop: Installation, secret: str
) -> None:
    answer = await sender.post(address(shop), content=PRODUCT, headers=signed(PRODUCT, secret))
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    (receipt,) = await rows(house.db, org, "select * from receipt")
    assert (receipt["body"], receipt["topic"], receipt["status"]) == (PRODUCT, "product.updated", "new")
    (job,) = await rows(house.db, org, "select * from job where kind = 'inbox.process'")
    assert json.loads(job["payload"])["receipt"] == str(receipt["id"])


async def test_fifty_repetitions_make_one_receipt_and_one_job(
    sender: httpx.AsyncClient, house: House, org: UUID, shop: Installation, secret: str
) -> None:
    headers = signed(PRODUCT, secret)
    answers = await asyncio.gather(*(sender.post(address(shop), content=PRODUCT, headers=headers) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await rows(house.db, org, "select 1 from receipt")) == 1
    assert len(await rows(house.db, org, "select 1 from job where kind = 'inbox.process'")) == 1


async def test_five_products_with_one_delivery_id_are_five_messages(
    sender: httpx.AsyncClient, house: House, org: UUID, shop: Installation, secret: str
) -> None:
    for id in range(5):
        body = json.dumps({"id": id + 1}).encode()
        assert (await sender.post(address(shop), content=body, headers=signed(body, secret))).status_code == 200
    assert len(await rows(house.db, org, "select 1 from receipt")) == 5


@pytest.mark.parametrize("flaw", ["none", "wrong", "other body", "empty", "other secret"])
async def test_without_a_valid_signature_nothing_is_kept(
    sender: httpx.AsyncClient, house: House, org: UUID, shop: Installation, secret: str, flaw: str
) -> None:
    headers = signed(PRODUCT if flaw != "other body" else b'{"id": 13}', secret if flaw != "other secret" else "x" * 43)
    if flaw == "none":
        del headers["x-wc-webhook-signature"]
    elif flaw in ("wrong", "empty"):
        headers["x-wc-webhook-signature"] = "AAAA" if flaw == "wrong" else ""
    answer = await sender.post(address(shop), content=PRODUCT, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_signature")
    assert await rows(house.db, org, "select 1 from receipt") == []


async def test_woocommerces_ping_is_answered_and_not_kept(
    sender: httpx.AsyncClient, house: House, org: UUID, shop: Installation
) -> None:
    ping = json.loads((CAPTURES / "40-hook-ping.json").read_text())["deliveries"][0]
    headers = {name: value for name, value in ping["headers"].items() if name not in ("Host", "Content-Length")}
    answer = await sender.post(address(shop), content=ping["raw_body"], headers=headers)
    assert answer.status_code == 200
    assert await rows(house.db, org, "select 1 from receipt") == []


async def test_an_error_object_in_place_of_the_resource_is_kept_as_failed(
    sender: httpx.AsyncClient, house: House, org: UUID, shop: Installation, secret: str
) -> None:
    body = b'{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":401}}'
    assert (await sender.post(address(shop), content=body, headers=signed(body, secret))).status_code == 200
    (receipt,) = await rows(house.db, org, "select * from receipt")
    assert (receipt["status"], receipt["body"]) == ("failed", body)
    assert "woocommerce_rest_cannot_view" in receipt["reason"]


async def test_addresses_of_nobody_are_not_found(sender: httpx.AsyncClient, shop: Installation, secret: str) -> None:
    headers = signed(PRODUCT, secret)
    for path in (f"/in/woocommerce/{uuid7()}", f"/in/magento/{shop.id}", "/in/woocommerce/x"):
        assert (await sender.post(path, content=PRODUCT, headers=headers)).status_code in (404, 422)


async def test_a_body_beyond_the_limit_is_refused(sender: httpx.AsyncClient, shop: Installation, secret: str) -> None:
    large = b'{"id":1,"x":"' + b"x" * (2 << 20) + b'"}'
    assert (await sender.post(address(shop), content=large, headers=signed(large, secret))).status_code == 200
    too_large = b"x" * (9 << 20)
    answer = await sender.post(address(shop), content=too_large, headers=signed(too_large, secret))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_while_the_database_is_away_the_shop_is_asked_to_come_again(house: House, shop: Installation, secret: str) -> None:
    nowhere = House(house.settings, Database("postgresql://nobody@127.0.0.1:9/none"), house.registry, house.http)
    async with serve(create_app(house=nowhere)) as url, httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
        answer = await client.post(address(shop), content=PRODUCT, headers=signed(PRODUCT, secret))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert "127.0.0.1" not in answer.text
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503
    await nowhere.db.close()


async def test_a_message_is_answered_within_milliseconds(sender: httpx.AsyncClient, shop: Installation, secret: str) -> None:
    took = []
    for id in range(40):
        body = json.dumps({"id": id + 1}).encode()
        began = time.perf_counter()
        await sender.post(address(shop), content=body, headers=signed(body, secret))
        took.append(time.perf_counter() - began)
    assert sorted(took)[20] < 0.1, took


async def work(engine: Engine) -> None:
    await LocalRunner(engine.db, handlers(engine)).run_until_idle()


async def heard(woo: Woo, count: int) -> None:
    """Wait until the shop has sent so many webhooks."""
    async with asyncio.timeout(10):
        while len(woo.sandbox.courier.sent) < count:  # noqa: ASYNC110 (the shop has no bell)
            await asyncio.sleep(0.02)


async def test_a_change_in_the_shop_becomes_an_event(
    house: House, org: UUID, shop: Installation, woo: Woo, engine: Engine
) -> None:
    assert (await sync(engine, org, shop.id, "products", "backfill")).verdict == "COMPLETE"
    async with house.db.org(org) as unit:
        before = len(await after(unit, 0, 1000))
    (id,) = woo.sandbox.ids("products")[:1]
    woo.sandbox.change("products", [id])
    await heard(woo, 1)
    await work(engine)
    async with house.db.org(org) as unit:
        (event,) = (await after(unit, 0, 1000))[before:]
    assert (event.type, event.cause, event.vendor_id) == ("product.updated", "webhook", id)
    assert {row["status"] for row in await rows(house.db, org, "select status from receipt")} == {"done"}


async def test_what_the_shop_bins_is_deleted_and_what_it_did_not_bin_is_not(
    house: House, org: UUID, shop: Installation, woo: Woo, engine: Engine, sender: httpx.AsyncClient, secret: str
) -> None:
    await sync(engine, org, shop.id, "products", "backfill")
    binned, kept = woo.sandbox.ids("products")[:2]
    woo.sandbox.trash("products", [binned])
    await heard(woo, 1)
    lie = json.dumps({"id": int(kept)}).encode()  # overtaken: the product was brought back before we look
    await sender.post(address(shop), content=lie, headers=signed(lie, secret, "product.deleted"))
    await work(engine)
    gone = await rows(house.db, org, "select vendor_id from record where kind = 'product' and deleted_at is not null")
    assert [row["vendor_id"] for row in gone] == [binned]


async def test_the_same_few_bytes_are_news_again_after_a_while(
    sender: httpx.AsyncClient, house: House, org: UUID, shop: Installation, secret: str, engine: Engine
) -> None:
    body = b'{"id":12}'
    await sender.post(address(shop), content=body, headers=signed(body, secret, "product.deleted"))
    await work(engine)
    async with house.db.org(org) as unit:
        await unit.execute("update receipt set received_at = now() - interval '11 minutes'")
    await sender.post(address(shop), content=body, headers=signed(body, secret, "product.deleted"))
    (receipt,) = await rows(house.db, org, "select status from receipt")
    assert receipt["status"] == "new"


async def test_receipts_are_forgotten_in_time_and_never_before_they_were_processed(
    sender: httpx.AsyncClient, house: House, org: UUID, shop: Installation, secret: str
) -> None:
    for id in (1, 2):
        body = json.dumps({"id": id}).encode()
        await sender.post(address(shop), content=body, headers=signed(body, secret))
    async with house.db.org(org) as unit:
        await unit.execute("update receipt set received_at = now() - $1::interval * 2", KEEP)
        await unit.execute("update receipt set status = 'done' where convert_from(body, 'UTF8') like '%1%'")
        assert await forget_old(unit) == 1
        assert await unit.fetchval("select status from receipt") == "new"


async def test_the_watchdog_wakes_what_the_shop_put_to_sleep_and_reads_what_was_missed(
    house: House, org: UUID, shop: Installation, woo: Woo, engine: Engine
) -> None:
    from hub.queue import enqueue

    for hook in woo.sandbox.webhooks.table.values():
        hook.status = "disabled"
    async with house.db.org(org) as unit:
        await enqueue(unit, "inbox.watchdog", {"installation": str(shop.id)})
    await LocalRunner(house.db, handlers(engine)).run_until_idle()
    assert {hook.status for hook in woo.sandbox.webhooks.table.values()} == {"active"}
    asked = await rows(house.db, org, "select payload ->> 'resource' as resource from job where kind = 'sync.run'")
    assert sorted(row["resource"] for row in asked) == ["customers", "orders", "products"]
    async with house.db.org(org) as unit:
        await enqueue(unit, "inbox.watchdog", {"installation": str(shop.id)})
    await LocalRunner(house.db, handlers(engine)).run_until_idle()
    assert len(await rows(house.db, org, "select 1 from job where kind = 'sync.run'")) == 3  # all is well: nothing more asked
