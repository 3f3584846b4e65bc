"""Two shops of two organisations, synced at the same moment in one process, with tokens that end meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest

from connectors.shopify.connector import Shopify
from connectors.shopify.sandbox import Sandbox
from connectors.shopify.settings import app_settings
from hub.db.engine import Database
from hub.http import guarded_client
from hub.installations import secrets
from hub.installations.connect import connect
from hub.installations.installation import Installation
from hub.registry import Registry
from hub.sync.engine import Engine
from hub.sync.run import sync
from hub.testing.serving import serve

SHOPS = ("atelier.myshopify.com", "brocante.myshopify.com")


class Watching:
    """The shop's own app, with every token that it was shown."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.shown: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.shown |= {value.decode() for name, value in scope["headers"] if name == b"x-shopify-access-token"}
        await self.sandbox.app(scope, receive, send)


@pytest.fixture(autouse=True)
def our_app(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    app = Sandbox().tokens.app
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_ID", app.client_id)
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", app.secret)
    app_settings.cache_clear()
    yield
    app_settings.cache_clear()


@pytest.fixture
async def shops() -> AsyncIterator[list[tuple[Watching, str]]]:
    async with AsyncExitStack() as stack:
        made = []
        for seed, name in enumerate(SHOPS):
            watching = Watching(
                Sandbox(products=40, customers=10, seed=seed, shop=name, token_kind="offline", bucket=20_000, restore=1_000)
            )
            made.append((watching, await stack.enter_async_context(serve(watching))))
        yield made


async def test_two_shops_synced_at_once_never_see_each_others_tokens_or_rows(
    db: Database, new_org: Callable[[str], Awaitable[UUID]], shops: list[tuple[Watching, str]]
) -> None:
    registry = Registry({"shopify": Shopify()})
    async with guarded_client([url.removeprefix("http://") for _, url in shops]) as http:
        engine = Engine(db, registry, http)
        known: list[Installation] = []
        for (shop, url), slug in zip(shops, ("atelier", "brocante"), strict=True):
            credentials = shop.sandbox.credentials()
            org = await new_org(slug)
            known.append(
                await connect(db, registry, http, org=org, connector="shopify", url=url, credentials=credentials, allow_http=True)
            )
            shop.sandbox.expire()  # every run finds its token dead, and renews it while the other one does the same
        runs = [
            sync(engine, one.org, one.id, resource, "backfill", "test") for one in known for resource in ("products", "customers")
        ]
        results = await asyncio.gather(*runs)
    assert [result.verdict for result in results] == ["COMPLETE"] * 4, [result.reason for result in results]
    left, right = (shop for shop, _ in shops)
    assert left.shown and right.shown
    assert not left.shown & right.shown
    for shop, one in zip((left, right), known, strict=True):
        async with db.org(one.org) as unit:
            rows = await unit.fetch("select installation, vendor_id from record where kind = 'product'")
            kept = await secrets.credentials_of(unit, one.org, one.id)
        assert {row["installation"] for row in rows} == {one.id}
        assert {row["vendor_id"] for row in rows} == set(shop.sandbox.ids("products"))
        assert shop.sandbox.tokens.valid(kept["token"])
        assert len([token for token in shop.shown if shop.sandbox.tokens.valid(token)]) == 1

    import shopify

    assert shopify.ShopifyResource.site is None
    assert shopify.ShopifyResource.get_headers().get("X-Shopify-Access-Token") is None
