"""Webhooks that the store really sends, taken by a small receiver on a socket."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sandbox_shop import Opener, Shop

Recorded = Callable[[str], list[dict[str, Any]]]
SECRET = 's3cr&t"x'


@dataclass
class Delivery:
    headers: dict[str, str]
    raw: bytes

    @property
    def topic(self) -> str:
        return self.headers.get("X-WC-Webhook-Topic", "ping")

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Receiver:
    """Answers `status` to everything."""

    url: str = ""
    status: int = 200
    got: list[Delivery] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        self.got.append(Delivery(headers, await reader.readexactly(int(headers["Content-Length"]))))
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        async with self.news:
            self.news.notify_all()

    async def wait(self, count: int) -> list[Delivery]:
        """The deliveries when there are that many, pings left out; fails after five seconds."""
        async with asyncio.timeout(5), self.news:
            await self.news.wait_for(lambda: len(self.signed) >= count)
        return self.signed

    async def quiet(self) -> list[Delivery]:
        await asyncio.sleep(0.2)
        return self.signed

    @property
    def signed(self) -> list[Delivery]:
        return [one for one in self.got if one.topic != "ping"]

    def forget(self) -> None:
        self.got.clear()


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in?shop=1"
    async with server:
        yield receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as found:
        yield found


async def subscribe(shop: Shop, receiver: Receiver, *topics: str) -> list[int]:
    made = []
    for topic in topics:
        answer = await shop.ask("POST", "webhooks", {"topic": topic, "delivery_url": receiver.url, "secret": SECRET})
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
    return made


async def test_creation_pings_before_it_answers_without_a_signature(shop: Shop, receiver: Receiver, recorded: Recorded) -> None:
    await subscribe(shop, receiver, "product.updated")
    [ping] = receiver.got
    theirs = recorded("40-hook-ping")[0]
    assert ping.raw == theirs["raw_body"].encode()
    assert set(ping.headers) == set(theirs["headers"]) - {"Accept-Encoding"}
    for name in ("User-Agent", "Content-Type", "Connection"):
        assert ping.headers[name] == theirs["headers"][name]


async def test_a_delivery_is_signed_and_has_every_header(shop: Shop, receiver: Receiver, recorded: Recorded) -> None:
    await subscribe(shop, receiver, "product.updated")
    one = shop.sandbox.ids("products")[0]
    shop.sandbox.change("products", [one])
    [delivery] = await receiver.wait(1)
    theirs = recorded("41-hook-product-created-updated-deleted")[1]
    assert set(delivery.headers) == set(theirs["headers"]) - {"Accept-Encoding"}
    signature = base64.b64encode(hmac.new(SECRET.encode(), delivery.raw, hashlib.sha256).digest()).decode()
    assert delivery.headers["X-WC-Webhook-Signature"] == signature
    assert delivery.headers["X-WC-Webhook-Source"] == f"{shop.url}/"
    assert (delivery.headers["X-WC-Webhook-Resource"], delivery.headers["X-WC-Webhook-Event"]) == ("product", "updated")
    assert list(delivery.body) == list(json.loads(theirs["raw_body"]))
    assert delivery.body | {"related_ids": 0} == (await shop.get(f"products/{one}")) | {"related_ids": 0}


async def test_three_quick_edits_are_one_delivery_with_the_last_body(opened: Opener, receiver: Receiver) -> None:
    async with opened(webhook_delay=0.2) as shop:
        await subscribe(shop, receiver, "product.updated")
        one = shop.sandbox.ids("products")[0]
        for price in ("1", "2", "3"):
            await shop.ask("PUT", f"products/{one}", {"regular_price": price})
        [delivery] = await receiver.wait(1)
        assert delivery.body["price"] == "3"
        assert len(await receiver.quiet()) == 1


async def test_several_products_of_one_second_share_one_delivery_id(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "product.updated")
    shop.sandbox.change("products", shop.sandbox.ids("products")[:20])
    deliveries = await receiver.wait(20)
    assert len({one.body["id"] for one in deliveries}) == 20
    assert len({one.headers["X-WC-Webhook-Delivery-ID"] for one in deliveries}) <= 2


async def test_an_order_is_created_and_updated_at_once_and_moves_its_product(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "order.created", "order.updated", "product.updated")
    simple = next(one for one in await shop.get("products?type=simple&per_page=100") if one["manage_stock"] and one["price"])
    made = await shop.ask("POST", "orders", {"line_items": [{"product_id": simple["id"], "quantity": 1}]})
    deliveries = await receiver.wait(3)
    assert [one.topic for one in deliveries] == ["order.created", "order.updated", "product.updated"]
    assert deliveries[0].raw == deliveries[1].raw
    assert (deliveries[0].body["id"], deliveries[2].body["id"]) == (made.json()["id"], simple["id"])
    assert len({one.headers["X-WC-Webhook-Delivery-ID"] for one in deliveries}) == 3


async def test_a_changed_variation_is_told_as_a_product(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "product.updated", "product.created")
    one = shop.sandbox.ids("variations")[0]
    shop.sandbox.change("variations", [one])
    [delivery] = await receiver.wait(1)
    body = delivery.body
    assert (body["id"], body["type"], body["total_sales"]) == (int(one), "variation", "0")
    assert body["parent_id"] == shop.sandbox.record("variations", one)["parent_id"]
    assert len(await receiver.quiet()) == 1, "the parent's own event is not sent"
    [made] = shop.sandbox.add("variations")
    created = (await receiver.wait(2))[1]
    assert (created.topic, created.body["id"]) == ("product.created", int(made))


async def test_trashing_tells_but_force_deleting_does_not(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "product.deleted", "order.deleted", "product.updated")
    first, second, third = shop.sandbox.ids("products")[:3]
    await shop.ask("DELETE", f"products/{first}?force=true")
    await shop.ask("POST", "products/batch", {"delete": [int(second)]})
    await shop.ask("DELETE", f"orders/{shop.sandbox.ids('orders')[0]}?force=true")
    shop.sandbox.delete("variations", shop.sandbox.ids("variations")[:1])
    assert await receiver.quiet() == []
    await shop.ask("DELETE", f"products/{third}")
    [delivery] = await receiver.wait(1)
    assert (delivery.topic, delivery.raw) == ("product.deleted", f'{{"id":{third}}}'.encode())


async def test_restoring_a_product_is_an_update_and_restoring_an_order_is_silent(shop: Shop, receiver: Receiver) -> None:
    product, order = shop.sandbox.ids("products")[0], shop.sandbox.ids("orders")[0]
    shop.sandbox.trash("products", [product])
    shop.sandbox.trash("orders", [order])
    topics = ("product.updated", "product.restored", "order.updated", "order.restored")
    await subscribe(shop, receiver, *topics)
    await shop.ask("PUT", f"orders/{order}", {"status": "processing"})
    await shop.ask("PUT", f"products/{product}", {"status": "publish"})
    await receiver.wait(1)
    assert [one.topic for one in await receiver.quiet()] == ["product.updated"]


async def test_customers_are_created_updated_and_deleted_aloud(shop: Shop, receiver: Receiver, recorded: Recorded) -> None:
    await subscribe(shop, receiver, "customer.created", "customer.updated", "customer.deleted")
    one = (await shop.ask("POST", "customers", {"email": "h@example.test", "first_name": "H"})).json()["id"]
    created, updated = await receiver.wait(2)
    assert (created.topic, updated.topic) == ("customer.created", "customer.updated")
    assert list(created.body) == list(json.loads(recorded("44-hook-customer")[0]["raw_body"]))
    await shop.ask("DELETE", f"customers/{one}?force=true")
    assert (await receiver.wait(3))[2].body == {"id": one}


async def test_an_object_gone_at_delivery_time_sends_the_refusal_in_its_place(opened: Opener, receiver: Receiver) -> None:
    async with opened(webhook_delay=0.1) as shop:
        await subscribe(shop, receiver, "product.updated")
        one = shop.sandbox.ids("products")[0]
        shop.sandbox.change("products", [one])
        shop.sandbox.delete("products", [one])
        [delivery] = await receiver.wait(1)
        assert delivery.body["code"] == "woocommerce_rest_product_invalid_id"


async def test_the_seventh_failure_in_a_row_disables_and_nothing_is_retried(shop: Shop, receiver: Receiver) -> None:
    [hook] = await subscribe(shop, receiver, "product.updated")
    receiver.status = 503
    for number in range(1, 10):
        shop.sandbox.change("products", shop.sandbox.ids("products")[:1])
        if number <= 7:
            await receiver.wait(number)
        await asyncio.sleep(0.08)
        status = (await shop.get(f"webhooks/{hook}"))["status"]
        assert status == ("active" if number < 7 else "disabled"), number
    assert len(await receiver.quiet()) == 7
    receiver.status = 200
    assert (await shop.ask("PUT", f"webhooks/{hook}", {"status": "active"})).json()["status"] == "active"
    shop.sandbox.change("products", shop.sandbox.ids("products")[:1])
    await receiver.wait(8)


async def test_a_redirect_counts_as_success_and_is_not_followed(shop: Shop, receiver: Receiver) -> None:
    [hook] = await subscribe(shop, receiver, "product.updated")
    for status, failures in ((503, 1), (302, 0)):
        receiver.status = status
        receiver.forget()
        shop.sandbox.change("products", shop.sandbox.ids("products")[:1])
        await receiver.wait(1)
        await asyncio.sleep(0.05)
        assert shop.sandbox.webhooks.table[hook].failures == failures
    assert len(await receiver.quiet()) == 1


async def test_nobody_there_is_a_failure_too(shop: Shop, receiver: Receiver) -> None:
    given = {"topic": "product.updated", "delivery_url": "http://127.0.0.1:1/x"}
    hook = (await shop.ask("POST", "webhooks", given)).json()["id"]
    shop.sandbox.change("products", shop.sandbox.ids("products")[:1])
    for _ in range(500):
        if shop.sandbox.courier.sent:
            break
        await asyncio.sleep(0.01)
    assert shop.sandbox.courier.sent[0][3] is None
    assert shop.sandbox.webhooks.table[hook].failures == 1


async def test_webhooks_are_listed_changed_and_deleted_and_offset_is_ignored(shop: Shop, receiver: Receiver) -> None:
    made = await subscribe(shop, receiver, "order.created", "order.updated", "order.deleted")
    everything = await shop.get("webhooks?orderby=id&order=asc")
    assert [one["id"] for one in everything] == made
    assert await shop.get("webhooks?orderby=id&order=asc&offset=2") == everything
    assert [one["id"] for one in await shop.get("webhooks?orderby=id&order=asc&per_page=2&page=2")] == made[2:]
    paused = (await shop.ask("PUT", f"webhooks/{made[0]}", {"status": "paused"})).json()
    assert paused["status"] == "paused"
    assert paused["date_modified_gmt"] is not None
    assert [one["id"] for one in await shop.get("webhooks?status=paused")] == made[:1]
    shop.sandbox.add("orders")
    assert {one.topic for one in await receiver.wait(1)} == {"order.updated"}
    assert (await shop.refused("DELETE", f"webhooks/{made[0]}"))[0] == 501
    assert (await shop.ask("DELETE", f"webhooks/{made[0]}?force=true")).status_code == 200
    assert (await shop.refused("GET", f"webhooks/{made[0]}"))[0] == 404


@pytest.mark.parametrize("place", [2, 3])
async def test_bad_webhooks_are_refused_as_recorded(shop: Shop, recorded: Recorded, place: int) -> None:
    exchange = recorded("30-webhooks-create-list")[place]
    theirs = exchange["response"]
    assert await shop.refused("POST", "webhooks", exchange["request"]["body"]) == (theirs["status"], theirs["body"])


async def test_a_webhook_without_a_name_or_secret_gets_both(shop: Shop, receiver: Receiver) -> None:
    made = (await shop.ask("POST", "webhooks", {"topic": "order.updated", "delivery_url": receiver.url})).json()
    assert made["name"].startswith("Webhook created on ")
    assert len(shop.sandbox.webhooks.table[made["id"]].secret) >= 49
