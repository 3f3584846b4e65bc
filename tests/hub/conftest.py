"""A shop, a hub, and a caller with a key, each over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from hub import registry
from hub.access import ALL_SCOPES, issue_key
from hub.app import create_app
from hub.db.engine import Database
from hub.http import guarded_client
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House
from tests.hub.served import KeyMaker, Woo, open_woo


@pytest.fixture
async def woo() -> AsyncIterator[Woo]:
    async with open_woo() as shop:
        yield shop


@pytest.fixture
async def house(db: Database, woo: Woo) -> AsyncIterator[House]:
    """A hub that may reach exactly that shop."""
    http = guarded_client([woo.authority])
    yield House(Settings(egress_allow=[woo.authority]), db, registry.load(strict=True), http)
    await http.close()


@pytest.fixture
async def hub_url(house: House) -> AsyncIterator[str]:
    """The hub's address."""
    async with serve(create_app(house=house)) as url:
        yield url


@pytest.fixture
def make_key(db: Database, org: UUID) -> KeyMaker:
    """Makes keys: `await make_key("products:read")`; without scopes one that may do everything."""

    async def make(*scopes: str, of: UUID | None = None) -> str:
        async with db.org(of or org) as unit:
            _, key = await issue_key(unit, "test", scopes or ALL_SCOPES)
        return key.reveal()

    return make


@pytest.fixture
async def api(hub_url: str, make_key: KeyMaker) -> AsyncIterator[httpx.AsyncClient]:
    """A caller who may do everything in `org`."""
    headers = {"authorization": f"Bearer {await make_key()}"}
    async with httpx.AsyncClient(base_url=hub_url, headers=headers, timeout=30, trust_env=False) as client:
        yield client
