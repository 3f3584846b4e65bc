"""Webhooks that the shop really sends, taken by a small receiver on a socket."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from asking import Shop, opened

from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.delivery import FAILURES, signature
from connectors.shopify.sandbox.tokens import SECRET
from hub.testing.serving import serve, serving

CREATE = """mutation Create($topic: WebhookSubscriptionTopic!, $given: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $given) {
    webhookSubscription { id legacyResourceId topic uri filter includeFields format name apiVersion { handle } }
    userErrors { field message }
  }
}"""
LIST = """query List($topics: [WebhookSubscriptionTopic!]) {
  webhookSubscriptions(first: 100, topics: $topics) { nodes { id topic uri } pageInfo { hasNextPage endCursor } }
}"""
UPDATE = """mutation Update($id: ID!, $given: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $given) {
    webhookSubscription { id topic uri filter includeFields } userErrors { field message }
  }
}"""
DELETE = """mutation Delete($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
}"""


@dataclass
class Delivery:
    headers: dict[str, str]
    raw: bytes

    @property
    def topic(self) -> str:
        return self.headers["X-Shopify-Topic"]

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Receiver:
    """Answers `status` to everything; `statuses` first, one each. None: never answers."""

    url: str = ""
    status: int | None = 200
    statuses: list[int | None] = field(default_factory=list)
    got: list[Delivery] = field(default_factory=list)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        self.got.append(Delivery(headers, await reader.readexactly(int(headers["Content-Length"]))))
        status = self.statuses.pop(0) if self.statuses else self.status
        if status is None:
            await reader.read()
        else:
            writer.write(f"HTTP/1.1 {status} X\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in/shopify"
    async with server:
        yield receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as found:
        yield found


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with opened() as found:
        yield found


async def subscribe(shop: Shop, topic: str, uri: str, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.ask(CREATE, topic=topic, given={"uri": uri, **given}))["webhookSubscriptionCreate"]
    return found


async def settled(shop: Shop, receiver: Receiver) -> list[Delivery]:
    async with asyncio.timeout(5):
        await shop.sandbox.webhooks.settled()
    return receiver.got


def touched(shop: Shop, product: dict[str, Any]) -> None:
    shop.sandbox.state.touch(product["id"], "products/update")


async def test_a_subscription_is_made_listed_changed_and_taken_away(shop: Shop) -> None:
    made = await subscribe(shop, "PRODUCTS_UPDATE", "https://hub.example/in", includeFields=["id", "updated_at"])
    assert made["userErrors"] == []
    told = made["webhookSubscription"]
    assert (told["topic"], told["format"], told["apiVersion"]["handle"]) == ("PRODUCTS_UPDATE", "JSON", "2026-10")
    assert told["id"].endswith(told["legacyResourceId"])
    await subscribe(shop, "ORDERS_CREATE", "pubsub://project:topic")
    assert len((await shop.ask(LIST))["webhookSubscriptions"]["nodes"]) == 2
    [one] = (await shop.ask(LIST, topics=["ORDERS_CREATE"]))["webhookSubscriptions"]["nodes"]
    assert one["uri"] == "pubsub://project:topic"
    given = {"uri": "https://hub.example/elsewhere", "filter": "status:active"}
    changed = (await shop.ask(UPDATE, id=told["id"], given=given))["webhookSubscriptionUpdate"]["webhookSubscription"]
    assert changed == {
        "id": told["id"],
        "topic": "PRODUCTS_UPDATE",
        "uri": given["uri"],
        "filter": "status:active",
        "includeFields": ["id", "updated_at"],
    }
    gone = (await shop.ask(DELETE, id=told["id"]))["webhookSubscriptionDelete"]
    assert gone["deletedWebhookSubscriptionId"] == told["id"]
    [error] = (await shop.ask(DELETE, id=told["id"]))["webhookSubscriptionDelete"]["userErrors"]
    assert error == {"field": ["id"], "message": "Webhook subscription does not exist"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"uri": "https://hub.example/in"}, "Address for this topic has already been taken"),
        ({"uri": "http://hub.example/in"}, "Address protocol http:// is not supported"),
        ({"uri": "https://other.myshopify.com/in"}, "Address cannot be a Shopify or an internal domain"),
        ({"uri": "ftp://hub.example"}, "Address is invalid"),
        ({"uri": ""}, "Address can't be blank"),
        ({"uri": "https://hub.example/x", "filter": "(a:1 OR b:2"}, "The specified filter is invalid"),
        ({"uri": "https://hub.example/x", "format": "XML"}, "Format is not included in the list"),
    ],
)
async def test_a_subscription_is_refused(shop: Shop, given: dict[str, Any], message: str) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", "https://hub.example/in")
    made = await subscribe(shop, "PRODUCTS_UPDATE", **given)
    assert made["webhookSubscription"] is None
    assert made["userErrors"][0]["message"] == message


async def test_the_same_address_may_have_another_filter_or_topic(shop: Shop) -> None:
    for topic, given in (("PRODUCTS_UPDATE", {}), ("PRODUCTS_CREATE", {}), ("PRODUCTS_UPDATE", {"filter": "vendor:Acme"})):
        assert (await subscribe(shop, topic, "https://hub.example/in", **given))["userErrors"] == []


async def test_a_topic_needs_its_scope(shop: Shop) -> None:
    shop.sandbox.credentials()
    for token in shop.sandbox.tokens.access.values():
        token.scopes = ("write_products",)
    assert (await subscribe(shop, "PRODUCTS_UPDATE", "https://hub.example/in"))["userErrors"] == []
    [error] = (await subscribe(shop, "ORDERS_CREATE", "https://hub.example/in"))["userErrors"]
    assert error["message"] == "You cannot create a webhook subscription with the specified topic"


async def test_a_delivery_is_signed_over_its_bytes_and_has_every_header(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url, name="catalog")
    product = shop.product("Bague ♥", tags=["or", "neuf"], vendor="Acme", status="ACTIVE")
    touched(shop, product)
    [delivery] = await settled(shop, receiver)
    wanted = base64.b64encode(hmac.new(SECRET.encode(), delivery.raw, hashlib.sha256).digest()).decode()
    headers = delivery.headers
    assert headers["X-Shopify-Hmac-Sha256"] == wanted
    assert headers["X-Shopify-Topic"] == "products/update"
    assert headers["X-Shopify-Shop-Domain"] == "luneo-sandbox.myshopify.com"
    assert headers["X-Shopify-API-Version"] == "2026-10"
    assert headers["X-Shopify-Name"] == "catalog"
    assert len(headers["X-Shopify-Triggered-At"]) == len("2026-11-20T10:11:12.123456789Z")
    assert headers["X-Shopify-Webhook-Id"] != headers["X-Shopify-Event-Id"]
    assert headers["Content-Type"] == "application/json"
    assert "♥".encode() in delivery.raw


def test_the_signature_agrees_with_the_published_vector() -> None:
    body = '{"id":820982911946154508,"note":"Pour toujours ♥"}'.encode()
    assert signature(body, SECRET) == "+yDWCXYTV3REUl+IHL16Pj9b8wvjAPYzfVvkIuEpd1U="


async def test_a_product_comes_in_the_rest_shape(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    product = shop.product("Bague", tags=["or", "neuf"], status="ACTIVE", descriptionHtml="<p>é</p>", handle="bague")
    touched(shop, product)
    [delivery] = await settled(shop, receiver)
    body = delivery.body
    number = int(product["id"].rpartition("/")[2])
    assert (body["id"], body["admin_graphql_api_id"]) == (number, product["id"])
    assert (body["tags"], body["status"], body["body_html"]) == ("or, neuf", "active", "<p>é</p>")
    assert body["updated_at"].endswith(("+01:00", "+02:00"))  # the shop's zone
    assert [one["product_id"] for one in body["variants"]] == [number, number]
    assert body["variants"][0]["price"] == "12.50"
    assert isinstance(body["variants"][0]["inventory_item_id"], int)


async def test_a_deletion_carries_an_id_alone(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_DELETE", receiver.url)
    product = shop.product()
    shop.sandbox.state.remove(product["id"], "products/delete")
    [delivery] = await settled(shop, receiver)
    assert delivery.body == {"id": int(product["id"].rpartition("/")[2])}


async def test_stock_tells_of_the_level_and_of_the_product_under_one_event(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    await subscribe(shop, "INVENTORY_LEVELS_UPDATE", receiver.url)
    product = shop.product(variants=1)
    state = shop.sandbox.state
    item = next(iter(state.of("InventoryItem").values()))
    place = state.put("Location", {"name": "Lyon"})
    amounts = [{"name": "on_hand", "quantity": 9}, {"name": "available", "quantity": 7}]
    gid = f"gid://shopify/InventoryLevel/5?inventory_item_id={item['id'].rpartition('/')[2]}"
    level = {"id": gid, "item": item["id"], "location": place["id"], "quantities": amounts, "updatedAt": state.now()}
    state.put("InventoryLevel", level, "inventory_levels/update")
    touched(shop, product)
    first, second = sorted(await settled(shop, receiver), key=lambda one: one.topic)
    assert (first.topic, second.topic) == ("inventory_levels/update", "products/update")
    assert first.body["available"] == 7
    assert first.body["admin_graphql_api_id"] == gid
    assert second.body["admin_graphql_api_id"] == product["id"]
    assert first.headers["X-Shopify-Event-Id"] == second.headers["X-Shopify-Event-Id"]
    assert first.headers["X-Shopify-Webhook-Id"] != second.headers["X-Shopify-Webhook-Id"]


async def test_only_wanted_fields_and_matching_objects_are_sent(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url, includeFields=["id", "updated_at"])
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url, filter="variants.price:>=10.00 AND -vendor:Acme")
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url, filter="variants.price:>20")
    touched(shop, shop.product(vendor="Maison"))
    got = await settled(shop, receiver)
    assert sorted(len(one.body) for one in got)[0] == 2
    assert len(got) == 2


async def test_metafields_come_for_the_namespaces_that_were_asked_for(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url, metafieldNamespaces=["luneo"])
    state = shop.sandbox.state
    product = shop.product()
    for space in ("luneo", "other"):
        made = state.put("Metafield", {"namespace": space, "key": "k", "type": "json", "value": "{}", "updatedAt": state.now()})
        product["metafields"].append(made["id"])
    touched(shop, product)
    [delivery] = await settled(shop, receiver)
    [found] = delivery.body["metafields"]
    assert (found["namespace"], found["key"], found["value"], found["owner_resource"]) == ("luneo", "k", "{}", "product")


async def test_a_failed_delivery_comes_again_with_the_same_id_and_body(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    receiver.statuses = [500, 302]
    product = shop.product()
    touched(shop, product)
    await asyncio.sleep(0.02)
    product["title"] = "meanwhile"
    got = await settled(shop, receiver)
    assert len(got) == 3
    assert len({one.headers["X-Shopify-Webhook-Id"] for one in got}) == len({one.raw for one in got}) == 1
    assert shop.sandbox.webhooks.sent[0].statuses == [500, 302, 200]


async def test_silence_is_a_failure(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    shop.sandbox.webhooks.courier.limit = 0.05
    receiver.statuses = [None]
    touched(shop, shop.product())
    await settled(shop, receiver)
    assert shop.sandbox.webhooks.sent[0].statuses == [None, 200]


async def test_eight_failures_end_a_subscription_but_not_one_of_the_configuration(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    shop.sandbox.webhooks.configure(receiver.url, "products/update")
    shop.sandbox.webhooks.courier.waits = (0.001,) * (FAILURES - 1)
    receiver.status = 500
    touched(shop, shop.product())
    assert len(await settled(shop, receiver)) == 2 * FAILURES
    assert (await shop.ask(LIST))["webhookSubscriptions"]["nodes"] == []
    receiver.status = 200
    touched(shop, shop.product())
    assert len(await settled(shop, receiver)) == 2 * FAILURES + 1


async def test_deliveries_can_be_held_and_come_in_another_order(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    webhooks = shop.sandbox.webhooks
    webhooks.hold()
    products = [shop.product(f"P{number}", variants=0) for number in range(5)]
    for product in products:
        touched(shop, product)
    assert await settled(shop, receiver) == []
    assert webhooks.release(order="reversed") == 5
    await settled(shop, receiver)
    assert [one.body.split(b'"title":"')[1][:2] for one in webhooks.sent] == [b"P4", b"P3", b"P2", b"P1", b"P0"]
    with pytest.raises(ValueError, match="order 'up' is unknown"):
        webhooks.release(order="up")


async def test_deliveries_can_come_twice_and_late(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    shop.sandbox.webhooks.repeat(3)
    shop.sandbox.webhooks.delay(0.05)
    touched(shop, shop.product())
    await asyncio.sleep(0.01)
    assert receiver.got == []
    got = await settled(shop, receiver)
    assert len(got) == 3
    assert len({one.headers["X-Shopify-Webhook-Id"] for one in got}) == 1


async def test_a_share_of_the_deliveries_is_lost_and_counted(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    shop.sandbox.webhooks.drop(0.1, seed=3)
    product = shop.product(variants=0)
    for _ in range(200):
        touched(shop, product)
    got = await settled(shop, receiver)
    dropped = shop.sandbox.webhooks.dropped
    assert 5 < len(dropped) < 40
    assert len(got) + len(dropped) == 200


async def test_the_newer_family_has_other_headers_and_its_own_body(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    shop.sandbox.webhooks.family = "events"
    product = shop.product("Bague")
    touched(shop, product)
    [delivery] = await settled(shop, receiver)
    headers, body = delivery.headers, delivery.body
    assert not [name for name in headers if name.startswith("X-")]
    assert headers["shopify-hmac-sha256"] == signature(delivery.raw, SECRET)
    assert (headers["shopify-topic"], headers["shopify-action"]) == ("Product", "update")
    assert headers["shopify-handle"] == body["handle"] == "hub-product-update"
    assert set(body) == {"topic", "action", "handle", "fields_changed", "query_variables", "data"}
    assert set(body["fields_changed"]) == {"added", "updated", "removed"}
    assert body["query_variables"] == {"productId": product["id"]}
    assert body["data"]["product"]["title"] == "Bague"


async def test_both_secrets_can_sign_while_one_is_rotated(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    app, new = shop.sandbox.tokens.app, "hush_hush_hush_hush_hush_hush_hush_2"
    app.old_secret, app.secret = app.secret, new
    shop.sandbox.webhooks.sign_with_old = True
    touched(shop, shop.product())
    await settled(shop, receiver)
    shop.sandbox.webhooks.sign_with_old = False
    touched(shop, shop.product())
    first, second = await settled(shop, receiver)
    assert first.headers["X-Shopify-Hmac-Sha256"] == signature(first.raw, SECRET)
    assert second.headers["X-Shopify-Hmac-Sha256"] == signature(second.raw, new)


async def test_an_uninstalled_app_hears_of_it_and_of_nothing_else(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "APP_UNINSTALLED", receiver.url)
    await subscribe(shop, "PRODUCTS_UPDATE", receiver.url)
    shop.sandbox.webhooks.configure(receiver.url, "shop/redact")
    shop.sandbox.uninstall()
    [delivery] = await settled(shop, receiver)
    assert (delivery.topic, delivery.body["myshopify_domain"]) == ("app/uninstalled", "luneo-sandbox.myshopify.com")
    touched(shop, shop.product())
    shop.sandbox.webhooks.compliance("shop/redact")
    got = await settled(shop, receiver)
    assert [one.topic for one in got] == ["app/uninstalled", "shop/redact"]
    assert got[1].body == {"shop_id": 9100000000000777, "shop_domain": "luneo-sandbox.myshopify.com"}


async def test_privacy_topics_name_the_customer_and_the_orders(shop: Shop, receiver: Receiver) -> None:
    webhooks = shop.sandbox.webhooks
    webhooks.configure(receiver.url, "customers/data_request", "customers/redact")
    customer = {"id": "gid://shopify/Customer/191167", "defaultEmailAddress": {"emailAddress": "john@example.com"}}
    webhooks.compliance("customers/data_request", customer, ("gid://shopify/Order/299938",))
    webhooks.compliance("customers/redact", customer, ("gid://shopify/Order/299938",))
    asked, redact = sorted(await settled(shop, receiver), key=lambda one: one.topic)
    assert asked.body["orders_requested"] == redact.body["orders_to_redact"] == [299938]
    assert asked.body["customer"] == {"id": 191167, "email": "john@example.com", "phone": None}
    assert set(asked.body) == {"shop_id", "shop_domain", "orders_requested", "customer", "data_request"}


async def test_a_change_of_scopes_is_told(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "APP_SCOPES_UPDATE", receiver.url)
    shop.sandbox.webhooks.scopes_changed(("read_products",), ("read_products", "read_orders"))
    [delivery] = await settled(shop, receiver)
    assert (delivery.body["previous"], delivery.body["current"]) == (["read_products"], ["read_products", "read_orders"])


async def test_a_finished_bulk_operation_is_told_in_lower_case_unless_it_is_lost(shop: Shop, receiver: Receiver) -> None:
    await subscribe(shop, "BULK_OPERATIONS_FINISH", receiver.url)
    shop.product()
    shop.sandbox.bulk.lose_finish()
    await shop.done(await shop.begun())
    shop.sandbox.bulk.fail(code="TIMEOUT")
    failed = await shop.done(await shop.begun())
    done = await shop.done(await shop.begun())
    got = await settled(shop, receiver)
    told = {one.body["admin_graphql_api_id"]: (one.body["status"], one.body["error_code"], one.body["type"]) for one in got}
    assert told == {failed["id"]: ("failed", "timeout", "query"), done["id"]: ("completed", None, "query")}
    assert set(got[0].body) == {"admin_graphql_api_id", "completed_at", "created_at", "error_code", "status", "type"}


async def test_a_shop_that_is_served_by_another_thread_delivers_too(receiver: Receiver) -> None:
    sandbox = Sandbox()
    sandbox.webhooks.configure(receiver.url, "products/update")
    with serving(sandbox.app):
        product = sandbox.state.put("Product", {"title": "Bague"})
        sandbox.state.touch(product["id"], "products/update")
        async with asyncio.timeout(5):
            await sandbox.webhooks.settled()
    assert [one.topic for one in receiver.got] == ["products/update"]


async def test_what_happened_before_the_shop_was_served_is_told_then(receiver: Receiver) -> None:
    sandbox = Sandbox()
    sandbox.webhooks.configure(receiver.url, "products/update")
    product = sandbox.state.put("Product", {"title": "Bague"})
    sandbox.state.touch(product["id"], "products/update")
    async with serve(sandbox.app), asyncio.timeout(5):
        await sandbox.webhooks.settled()
    assert len(receiver.got) == 1


async def test_the_merchant_s_hand_is_heard(receiver: Receiver) -> None:
    async with opened(products=3, orders=3, customers=3) as shop:
        resources = ("products", "orders", "customers")
        verbs = {"products": ("create", "update", "delete"), "orders": ("create", "updated", "delete")}
        for resource in resources:
            for verb in verbs.get(resource, ("create", "update", "delete")):
                await subscribe(shop, f"{resource}_{verb}".upper(), receiver.url)
        sandbox = shop.sandbox
        for resource in resources:
            [new] = sandbox.add(resource)
            sandbox.change(resource, [new])
            sandbox.trash(resource, [new])
        sandbox.change("inventory_levels", sandbox.ids("inventory_levels")[:1])
        topics = sorted(one.topic for one in await settled(shop, receiver))
        wanted = (
            ["create", "update", "delete"],
            ["create", "updated", "updated", "delete"],
            ["create", "update", "update", "delete"],
        )
        # a product's bin is the archive: it is updated, not deleted; stock is another update
        wanted[0][2:] = ["update", "update"]
        pairs = zip(resources, wanted, strict=True)
        assert topics == sorted(f"{resource}/{verb}" for resource, found in pairs for verb in found)
