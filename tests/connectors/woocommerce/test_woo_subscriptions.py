"""The shop's webhooks of ours, on the sandbox."""

from __future__ import annotations

from typing import Any

from connectors.woocommerce.connector import TOPICS
from tests.connectors.woocommerce.woo_shop import WOO, Opened, opened

URL = "http://127.0.0.1:9/in/woocommerce/1"  # nobody listens there: pings fail at once
SECRET = 's3cr&t"x'


async def hooks(shop: Opened, url: str = URL) -> list[Any]:
    return [hook for hook in shop.sandbox.webhooks.table.values() if hook.delivery_url == url]


async def ensure(shop: Opened, url: str = URL) -> dict[str, str]:
    assert WOO.webhooks
    return {state.topic: state.id for state in await WOO.webhooks.ensure(shop.store, url, SECRET) if not state.active}


async def test_missing_webhooks_are_made_once_with_our_secret() -> None:
    async with opened() as shop:
        assert set(await ensure(shop)) == set(TOPICS)
        found = await hooks(shop)
        assert sorted(hook.topic for hook in found) == sorted(TOPICS)
        assert {hook.secret for hook in found} == {SECRET}
        shop.asked.clear()
        assert await ensure(shop) == {}
        assert len(shop.asked) == 1


async def test_a_sleeping_webhook_is_woken_and_told() -> None:
    async with opened() as shop:
        ids = await ensure(shop)
        for topic, status in (("order.updated", "disabled"), ("product.created", "paused")):
            shop.sandbox.webhooks.table[int(ids[topic])].status = status
        assert await ensure(shop) == {topic: ids[topic] for topic in ("order.updated", "product.created")}
        assert {hook.status for hook in await hooks(shop)} == {"active"}


async def test_doubles_of_ours_go_and_the_awake_one_stays() -> None:
    async with opened() as shop:
        first = await ensure(shop)
        for _ in range(2):
            await shop.store.calls.one(
                "POST", "webhooks", payload={"topic": "order.updated", "delivery_url": URL, "secret": SECRET, "name": "x"}
            )
        shop.sandbox.webhooks.table[int(first["order.updated"])].status = "disabled"
        assert await ensure(shop) == {}
        left = [hook for hook in await hooks(shop) if hook.topic == "order.updated"]
        assert [(hook.status, hook.id == int(first["order.updated"])) for hook in left] == [("active", False)]


async def test_webhooks_of_others_are_left_alone_on_every_page_of_the_list() -> None:
    async with opened() as shop:
        for number in range(120):
            payload = {"topic": "order.updated", "delivery_url": f"http://127.0.0.1:9/{number}", "secret": "x", "name": "x"}
            await shop.store.calls.one("POST", "webhooks", payload=payload)
        await ensure(shop)
        assert await ensure(shop) == {}
        assert WOO.webhooks
        assert await WOO.webhooks.remove(shop.store, URL) == len(TOPICS)
        assert await hooks(shop) == []
        assert len(shop.sandbox.webhooks.table) == 120
        assert await WOO.webhooks.remove(shop.store, URL) == 0
