from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from connectors.shopify.settings import app_settings
from hub.db.engine import Database
from tests.hub.inbox.conftest import Rows
from tests.hub.inbox.mall import SECRET, Mall, Sender

Work = Callable[[], Awaitable[None]]
PRODUCT = "gid://shopify/Product/788032119674292922"
BODY = {"id": 788032119674292922, "title": "Example T-Shirt"}
RECEIPTS = "select topic, status, reason, body, headers from receipt order by received_at"


async def test_a_message_finds_its_shop_by_the_name_it_carries(
    mall: Mall, sent: Sender, db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]], rows: Rows, work: Work
) -> None:
    other = await new_org("other")
    first, second = mall.add("first"), mall.add("second")
    for shop, owner in ((first, org), (second, other)):
        await mall.connect(db, owner, shop)
        shop.put(PRODUCT, title=shop.domain)
    assert (await sent(second, "products/update", BODY)).status_code == 200
    await work()
    assert await rows(RECEIPTS) == []
    (record,) = await rows("select doc ->> 'title' as title from record", of=other)
    assert record["title"] == "second.myshopify.com"
    assert first.fetched == []


async def test_a_signed_message_of_an_unknown_shop_is_answered_and_forgotten(sent: Sender, rows: Rows, app_secret: None) -> None:
    assert (await sent("nobody.myshopify.com", "products/update", BODY)).status_code == 200
    assert await rows("select 1 from receipt") == []
    assert (await sent("nobody.myshopify.com", "products/update", BODY, secret="wrong")).status_code == 401


@pytest.fixture
def app_secret(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", SECRET)
    app_settings.cache_clear()
    yield
    monkeypatch.undo()
    app_settings.cache_clear()


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"hmac_sha256": None}, 400, "unsigned"),
        ({"topic": None}, 400, "unsigned"),
        ({"webhook_id": None}, 400, "unsigned"),
        ({"shop_domain": None}, 400, "unsigned"),
        ({"hmac_sha256": "AAAA"}, 401, "bad_signature"),
        ({"hmac_sha256": "é" * 44}, 401, "bad_signature"),
        ({"shop_domain": "evil.com/first.myshopify.com"}, 401, "bad_signature"),
        ({"shop_domain": "first.myshopify.com.evil.com"}, 401, "bad_signature"),
        ({"shop_domain": "second.myshopify.com"}, 401, "bad_signature"),  # signed with a secret that is no secret there
    ],
)
@pytest.mark.parametrize("address", ["app", "shop"])
async def test_what_vouches_for_nobody_is_refused_and_not_kept(
    mall: Mall,
    sent: Sender,
    db: Database,
    org: UUID,
    rows: Rows,
    changed: dict[str, str | None],
    status: int,
    code: str,
    address: str,
) -> None:
    known = await mall.connect(db, org, mall.add("first"))
    await mall.connect(db, org, mall.add("second"), app_secret="another app's")
    to = "/in/shopify" if address == "app" else f"/in/shopify/{known.id}"
    answer = await sent("first.myshopify.com", "products/update", BODY, to=to, **changed)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "Traceback" not in answer.text
    assert SECRET not in answer.text
    assert await rows("select 1 from receipt") == []


async def test_a_shops_own_address_takes_no_message_of_another_shop_of_the_same_app(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows
) -> None:
    known = await mall.connect(db, org, mall.add("first"))
    await mall.connect(db, org, mall.add("second"))
    answer = await sent("second.myshopify.com", "products/update", BODY, to=f"/in/shopify/{known.id}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_signature")
    assert await rows("select 1 from receipt") == []


async def test_both_secrets_are_believed_while_one_replaces_the_other(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", "the new one")
    monkeypatch.setenv("LUNEO_SHOPIFY_OLD_CLIENT_SECRET", "the old one")
    app_settings.cache_clear()
    try:
        shop = mall.add("first")
        await mall.connect(db, org, shop)
        shop.put(PRODUCT, title="A")
        for secret in ("the new one", "the old one", SECRET):
            assert (await sent(shop, "products/update", BODY, secret=secret)).status_code == 200
        assert (await sent(shop, "products/update", BODY, secret="older still")).status_code == 401
        await work()
        assert [row["status"] for row in await rows(RECEIPTS)] == ["done"] * 3
    finally:
        monkeypatch.undo()
        app_settings.cache_clear()


async def test_fifty_copies_at_once_are_one_receipt_one_job_and_one_change(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    shop = mall.add("first")
    await mall.connect(db, org, shop)
    shop.put(PRODUCT, title="A")
    answers = await asyncio.gather(*(sent(shop, "products/update", BODY, id="same") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await rows("select 1 from receipt")) == 1
    assert len(await rows("select 1 from job where kind = 'inbox.process'")) == 1
    await work()
    assert shop.fetched == [PRODUCT]
    assert [row["type"] for row in await rows("select type from event where kind is not null")] == ["product.created"]


async def test_a_repetition_is_one_even_hours_later(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    shop = mall.add("first")
    await mall.connect(db, org, shop)
    shop.put(PRODUCT, title="A")
    await sent(shop, "products/update", BODY, id="same")
    await work()
    async with db.org(org) as unit:
        await unit.execute("update receipt set received_at = now() - interval '20 hours'")
    await sent(shop, "products/update", BODY, id="same")
    assert [row["status"] for row in await rows(RECEIPTS)] == ["done"]


async def test_equal_bodies_of_other_deliveries_are_looked_at_again_and_change_nothing(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    shop = mall.add("first")
    await mall.connect(db, org, shop)
    shop.put(PRODUCT, title="A")
    await asyncio.gather(*(sent(shop, "products/update", BODY) for _ in range(10)))
    await work()
    assert [row["status"] for row in await rows(RECEIPTS)] == ["done"] * 10
    assert [row["type"] for row in await rows("select type from event where kind is not null")] == ["product.created"]


async def test_a_body_signed_for_one_shop_brings_nothing_into_another(
    mall: Mall, sent: Sender, db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]], rows: Rows, work: Work
) -> None:
    other = await new_org("other")
    victim, thief = mall.add("victim"), mall.add("thief")
    await mall.connect(db, org, victim)
    await mall.connect(db, other, thief)
    victim.put(PRODUCT, title="Secret design")
    thief.put("gid://shopify/Product/1", title="Own")
    for topic in ("products/update", "products/delete", "orders/create", "inventory_items/update", "customers/update"):
        assert (await sent(thief, topic, BODY)).status_code == 200  # the signature covers the body alone
    await work()
    assert await rows("select doc from record", of=other) == []
    assert await rows("select body from raw_object", of=other) == []
    assert victim.fetched == []
    kept = await rows(RECEIPTS, of=other)
    assert {(row["status"], row["body"], row["headers"]) for row in kept} == {("ignored", b"", "{}")}


async def test_a_forged_topic_cannot_delete_what_the_shop_still_has(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    shop = mall.add("first")
    await mall.connect(db, org, shop)
    shop.put(PRODUCT, title="A")
    await sent(shop, "products/create", BODY)
    await sent(shop, "products/delete", BODY)
    await work()
    assert await rows("select deleted_at from record") == [{"deleted_at": None}]


async def test_an_update_before_the_create_and_a_late_one_after_the_delete_tell_the_truth(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    shop = mall.add("first")
    await mall.connect(db, org, shop)
    shop.put(PRODUCT, title="A")
    for topic in ("products/update", "products/create"):
        await sent(shop, topic, BODY)
        await work()
    del shop.objects[PRODUCT]
    for topic in ("products/delete", "products/update", "products/create"):
        await sent(shop, topic, BODY)
        await work()
    (record,) = await rows("select deleted_at is not null as gone from record")
    assert record["gone"]
    told = [row["type"] for row in await rows("select type from event where kind is not null order by position")]
    assert told == ["product.created", "product.deleted"]


async def test_a_signed_body_that_is_not_what_its_topic_says_is_kept_as_a_reason_only(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows
) -> None:
    shop = mall.add("first")
    await mall.connect(db, org, shop)
    for body in (b"not json", b"[]", b'{"id": "x"}', b"[" * 100_000):
        assert (await sent(shop, "products/update", body)).status_code == 200
    kept = await rows(RECEIPTS)
    assert {(row["status"], row["body"]) for row in kept} == {("failed", b"")}
    assert all("products/update" in row["reason"] for row in kept)


async def test_the_apps_address_answers_within_milliseconds(mall: Mall, sent: Sender, db: Database, org: UUID) -> None:
    shop = mall.add("first")
    await mall.connect(db, org, shop)
    took = []
    for _ in range(40):
        began = time.perf_counter()
        await sent(shop, "products/update", BODY)
        took.append(time.perf_counter() - began)
    assert sorted(took)[20] < 0.1, took
    assert max(took) < 3.0, took
