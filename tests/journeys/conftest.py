"""What the walks need: the whole hub on a socket, its worker beside it, and a shop on another socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.shopify.sandbox import Sandbox as Shopify
from connectors.woocommerce.sandbox import Sandbox
from hub import access, registry, tenancy
from hub.cli.demo.caller import Caller
from hub.cli.demo.partner import Partner, open_partner
from hub.cli.house import House
from hub.cli.hub_process import hub_running
from hub.cli.listen import address_of, bind
from hub.db.engine import Database
from hub.http import guarded_client
from hub.installations.connect import connect
from hub.installations.installation import Installation
from hub.settings import Settings
from hub.testing.serving import serving


@dataclass(frozen=True)
class Walk:
    """A shop connected to a hub that runs: both over real HTTP, on a real PostgreSQL."""

    shop: Any  # hub.ports.Sandbox, with what its vendor's has besides
    house: House
    installation: Installation
    partner: Caller  # a program that holds an API key
    receiver: Partner  # and one that takes webhooks


@pytest.fixture
def shop() -> Iterator[tuple[Sandbox, str]]:
    """A jeweller's shop with a few products."""
    sandbox = Sandbox(products=20, orders=3, customers=3)
    with serving(sandbox.app) as url:
        yield sandbox, url


@pytest.fixture
def shopify() -> Iterator[tuple[Shopify, str]]:
    """The same jeweller's shop on Shopify, with the points of a large one."""
    sandbox = Shopify(products=8, orders=2, customers=2, variants=3, bucket=20_000, restore=1_000)
    with serving(sandbox.app) as url:
        yield sandbox, url


@pytest.fixture
async def walk(db: Database, shop: tuple[Sandbox, str]) -> AsyncIterator[Walk]:
    """Everything up, the shop connected, nothing read yet."""
    async with walking(db, "woocommerce", *shop) as ready:
        yield ready


@pytest.fixture
async def shopify_walk(db: Database, shopify: tuple[Shopify, str]) -> AsyncIterator[Walk]:
    """The same with the shop on Shopify."""
    async with walking(db, "shopify", *shopify) as ready:
        yield ready


@asynccontextmanager
async def walking(db: Database, connector: str, sandbox: Any, shop_url: str) -> AsyncIterator[Walk]:
    """The hub on a socket of its own, one organisation, one key, and the shop joined to it."""
    with bind("127.0.0.1", 0) as sock:
        url = address_of(sock)
        async with AsyncExitStack() as stack:
            receiver = await stack.enter_async_context(open_partner())
            settings = Settings(public_url=url, egress_allow=[each.partition("://")[2] for each in (shop_url, url, receiver.url)])
            http = await stack.enter_async_context(guarded_client(settings.egress_allow))
            house = House(settings, db, registry.load(), http)
            async with hub_running(house, sock):
                async with db.system() as unit:
                    organisation = await tenancy.create_organisation(unit, "Maison")
                async with db.org(organisation.id) as unit:
                    _, key = await access.issue_key(unit, "partner", access.ALL_SCOPES)
                installation = await connect(
                    db, house.registry, http, org=organisation.id, connector=connector, url=shop_url,
                    credentials=sandbox.credentials(), allow_http=True, public_url=url,
                )  # fmt: skip
                yield Walk(sandbox, house, installation, Caller(http, url, key.reveal()), receiver)
