"""A seeded sandbox over real HTTP, asked as loosely as a test likes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from asking import Shop

from connectors.shopify.sandbox import Sandbox
from hub.testing.serving import serve


@asynccontextmanager
async def reached(sandbox: Sandbox) -> AsyncIterator[Shop]:
    """This very sandbox, served."""
    async with serve(sandbox.app) as url, httpx.AsyncClient() as client:
        yield Shop(sandbox, url, client)


async def post(shop: Shop, body: Any, version: str = "2026-10", token: str | None = None, **headers: str) -> httpx.Response:
    """The answer to a body that may be no question at all."""
    known = {"X-Shopify-Access-Token": shop.sandbox.credentials()["token"] if token is None else token, **headers}
    address = f"{shop.url}/admin/api/{version}/graphql.json" if version else f"{shop.url}/admin/api/graphql.json"
    if isinstance(body, bytes):
        return await shop.client.post(address, content=body, headers={"Content-Type": "application/json", **known})
    return await shop.client.post(address, json=body, headers=known)
