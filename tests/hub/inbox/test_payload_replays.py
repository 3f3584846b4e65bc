"""Every payload that we hold of Shopify's, sent fifty times at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from connectors.shopify.inbound import parse, signature
from hub.db.engine import Database
from hub.ports import InboundRequest
from tests.hub.inbox.conftest import Rows
from tests.hub.inbox.mall import SECRET, Mall, Sender

FOLDER = Path(__file__).parents[3] / "connectors" / "shopify" / "captures" / "webhooks"
CAPTURES = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.json"))}
SHOPS = {"app/uninstalled": "super-toys"}
OUTCOMES = {  # what becomes of the receipt, and how many events tell of records
    "products/update": ("done", 1),
    "products/delete": ("done", 0),  # the shop still has it: nothing is believed that it contradicts
    "orders/create": ("done", 1),
    "refunds/create": ("done", 1),
    "fulfillments/create": ("done", 1),
    "customers/update": ("done", 1),
    "inventory_items/update": ("done", 1),
    "inventory_levels/update": ("done", 1),
    "Product": ("done", 1),
    "bulk_operations/finish": ("ignored", 0),
    "app_subscriptions/update": ("ignored", 0),
    "app/uninstalled": ("done", 0),
    "customers/data_request": ("done", 0),
    "customers/redact": ("done", 0),
    "shop/redact": ("ignored", 0),
}


def headers_of(meta: dict[str, Any], topic: str, body: bytes, domain: str) -> dict[str, str]:
    """As they come over the wire."""
    signed = {"hmac-sha256": signature(body, SECRET), "shop-domain": domain, "webhook-id": "5f1c0a5e"}
    if "headers" in meta:
        return meta["headers"] | {f"shopify-{name}": value for name, value in signed.items()}
    return {f"x-shopify-{name}": value for name, value in (signed | {"topic": topic}).items()}


@pytest.mark.parametrize("capture", CAPTURES)
async def test_fifty_at_once_are_stored_once_and_change_one_record_at_most(
    capture: str, mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows, work: Callable[[], Awaitable[None]]
) -> None:
    held = json.loads(CAPTURES[capture])
    topic = held["_meta"].get("headers", {}).get("shopify-topic") or held["_meta"]["topic"]
    shop = mall.add(SHOPS.get(topic, "example-shop"))
    await mall.connect(db, org, shop)
    body = json.dumps(held["payload"], ensure_ascii=False).encode()
    headers = headers_of(held["_meta"], topic, body, shop.domain)
    delivery = parse(InboundRequest(headers, body), SECRET)
    for change in delivery.changes:
        for id in change.ids:
            if "/InventoryItem/" in id:
                shop.behind[id] = id = "gid://shopify/Product/1"
            shop.put(id)
    shop.installed = topic != "app/uninstalled"
    if topic == "products/delete":  # known already
        raw = signature(b'{"id": 788032119674292922}', SECRET)
        first = {**headers, "x-shopify-topic": "products/create", "x-shopify-hmac-sha256": raw}
        await sent.client.post("/in/shopify", content=b'{"id": 788032119674292922}', headers=first)
        await work()
    answers = await asyncio.gather(*(sent.client.post("/in/shopify", content=body, headers=headers) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    before = len(await rows("select 1 from event where kind is not null"))
    stored = await rows("select status from receipt where topic = $1", delivery.topic)
    assert [row["status"] for row in stored] == ["new"]
    assert len(await rows("select 1 from job where kind = 'inbox.process' and status = 'queued'")) == 1
    await work()
    (after,) = await rows("select status from receipt where topic = $1", delivery.topic)
    told = await rows("select 1 from event where kind is not null")
    assert (after["status"], len(told) - before) == OUTCOMES[topic]
    assert len(await rows("select 1 from job where status <> 'done'")) == 0


def test_no_payload_is_left_out() -> None:
    assert len(CAPTURES) >= 15
