"""As fast as the shop allows, and never faster: our requests against the sandbox's bucket, with the hub's own budget."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from uuid import UUID

import pytest

from connectors.shopify.client.gid import number_of
from connectors.shopify.client.place import Place
from connectors.shopify.client.store import ShopifyStore
from connectors.shopify.connector import Shopify
from hub.budget import CostBudget
from hub.db.engine import Database
from hub.ports import Listing
from tests.connectors.shopify.client.stock import PRODUCTS, opened, product

pytestmark = pytest.mark.clock

BUCKET, RESTORE = 1000.0, 1000.0


async def test_two_workers_use_the_points_and_are_never_throttled(db: Database, org: UUID, installation: UUID) -> None:
    async with opened(bucket=BUCKET, restore=RESTORE) as shop:
        made = [product(shop.state, number % 6 + 1, fields=3) for number in range(160)]
        limits = replace(Shopify.manifest.limits, per_second=RESTORE, burst=int(BUCKET))
        stores = [ShopifyStore(replace(shop.opening, budget=CostBudget(db, org, installation, limits))) for _ in range(2)]
        halves = [Listing(limit=80), Listing(limit=80, after=Place(last=number_of(made[79])).text())]
        began = time.monotonic()
        pages = await asyncio.gather(*(store.page(PRODUCTS, half) for store, half in zip(stores, halves, strict=True)))
        seconds = time.monotonic() - began
        used = shop.sandbox.spent / (BUCKET + RESTORE * seconds)
    assert [row.id for page in pages for row in page.rows] == made
    assert shop.sandbox.throttled == 0
    assert seconds > 3 and used > 0.8, f"{shop.sandbox.spent} points in {seconds:.1f} s: {used:.0%}"
