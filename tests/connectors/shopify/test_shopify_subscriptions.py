from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from connectors.shopify.client.store import ShopifyStore
from connectors.shopify.connector import ShopifyWebhooks
from connectors.shopify.sandbox import Sandbox
from connectors.shopify.subscriptions import TOPICS, ensure, remove, word_of
from connectors.shopify.topics import NOTICES, OBJECTS
from hub.budget import Unhurried
from hub.errors import PermanentError
from hub.http import guarded_client
from hub.ports import Opening
from hub.testing.serving import serve

URL = f"https://hub.example.com/in/shopify/{uuid4()}"


@dataclass
class Shop:
    """A served sandbox, and a store opened on it."""

    sandbox: Sandbox
    store: ShopifyStore

    def hooks(self) -> list[dict[str, Any]]:
        return list(self.sandbox.state.of("WebhookSubscription").values())

    def hook(self, topic: str, uri: str = URL, **more: Any) -> str:
        """A subscription that is there already."""
        kept = {"topic": topic, "uri": uri, "format": "JSON", "filter": None, "includeFields": [], "metafieldNamespaces": []}
        return str(self.sandbox.state.put("WebhookSubscription", {**kept, **more})["id"])


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    sandbox = Sandbox()
    async with serve(sandbox.app) as url:
        http = guarded_client([url.removeprefix("http://")])
        yield Shop(sandbox, ShopifyStore(Opening(url, sandbox.credentials(), http, Unhurried())))
        await http.close()


async def test_each_topic_is_subscribed_once_and_a_second_look_finds_nothing_to_do(shop: Shop) -> None:
    made = await ensure(shop.store.graph, URL)
    assert [one.topic for one in made] == list(TOPICS)
    assert all(one.id and not one.reason for one in made)
    words = [one["topic"] for one in shop.hooks()]
    assert sorted(words) == sorted(word_of(topic) for topic in TOPICS)
    assert {(one["uri"], one["format"]) for one in shop.hooks()} == {(URL, "JSON")}
    assert await ensure(shop.store.graph, URL) == []


async def test_what_is_missing_narrowed_doubled_or_of_no_use_is_mended_and_others_are_left_alone(shop: Shop) -> None:
    others = [shop.hook("PRODUCTS_UPDATE", "https://other.example/in"), shop.hook("THEMES_UPDATE", "pubsub://project:topic")]
    others.append(shop.hook("THEMES_UPDATE", f"https://hub.example.com/in/shopify/{uuid4()}"))
    await ensure(shop.store.graph, URL)
    by_topic = {one["topic"]: one for one in shop.hooks() if one["uri"] == URL}
    shop.sandbox.state.remove(by_topic["ORDERS_CREATE"]["id"])
    by_topic["PRODUCTS_UPDATE"]["includeFields"] = ["id"]
    by_topic["CUSTOMERS_UPDATE"]["filter"] = "id:1"
    twin, stale = shop.hook("PRODUCTS_CREATE"), shop.hook("THEMES_PUBLISH")
    mended = await ensure(shop.store.graph, URL)
    assert sorted(one.topic for one in mended) == ["customers/update", "orders/create", "products/update"]
    left = shop.sandbox.state.of("WebhookSubscription")
    assert (twin in left, stale in left, all(one in left for one in others)) == (False, False, True)
    assert await ensure(shop.store.graph, URL) == []
    assert len(shop.hooks()) == len(TOPICS) + 3


async def test_when_the_hub_moves_its_subscriptions_move_with_it(shop: Shop) -> None:
    await ensure(shop.store.graph, URL)
    ids = {one["id"] for one in shop.hooks()}
    moved = URL.replace("hub.example.com", "new-hub.example.com")
    assert len(await ensure(shop.store.graph, moved)) == len(TOPICS)
    assert {one["uri"] for one in shop.hooks()} == {moved}
    assert {one["id"] for one in shop.hooks()} == ids


async def test_more_subscriptions_than_a_page_holds_are_all_seen(shop: Shop) -> None:
    for number in range(130):
        shop.hook("PRODUCTS_UPDATE", f"https://other.example/{number}")
    await ensure(shop.store.graph, URL)
    assert await ensure(shop.store.graph, URL) == []
    assert await remove(shop.store.graph, URL) == len(TOPICS)
    assert len(shop.hooks()) == 130


async def test_a_topic_whose_scope_is_missing_is_told_and_the_others_stand(shop: Shop) -> None:
    for grant in shop.sandbox.tokens.access.values():
        object.__setattr__(grant, "scopes", tuple(scope for scope in grant.scopes if not scope.endswith("_orders")))
    states = await ensure(shop.store.graph, URL)
    refused = {one.topic: one.reason for one in states if one.reason}
    assert set(refused) == {"orders/create", "orders/updated", "orders/delete", "refunds/create"}
    assert all("cannot create" in reason for reason in refused.values())
    assert len(shop.hooks()) == len(TOPICS) - 4


async def test_an_address_that_the_shop_refuses_is_one_clear_error(shop: Shop) -> None:
    with pytest.raises(PermanentError, match=r"http:// is not supported.*LUNEO_PUBLIC_URL") as refused:
        await ensure(shop.store.graph, URL.replace("https", "http"))
    assert "\n" not in str(refused.value)
    assert shop.hooks() == []


async def test_nothing_is_subscribed_that_could_not_be_believed(shop: Shop) -> None:
    shop.store.credentials = {"token": "shpat_alone"}
    with pytest.raises(PermanentError, match="LUNEO_SHOPIFY_CLIENT_SECRET"):
        await ShopifyWebhooks().ensure(shop.store, URL, "own")
    assert shop.hooks() == []


def test_every_topic_that_we_subscribe_to_is_understood() -> None:
    assert [topic for topic in TOPICS if topic not in OBJECTS and topic not in NOTICES] == []
