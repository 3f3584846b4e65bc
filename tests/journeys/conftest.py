"""What the walks need: the whole hub on a socket, its worker beside it, and a shop on another socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from connectors.woocommerce.sandbox import Sandbox
from connectors.woocommerce.sandbox.serve import serving
from hub import access, registry, tenancy
from hub.cli.demo.caller import Caller
from hub.cli.house import House
from hub.cli.hub_process import hub_running
from hub.cli.listen import address_of, bind
from hub.db.engine import Database
from hub.http import guarded_client
from hub.installations.connect import connect
from hub.installations.installation import Installation
from hub.settings import Settings


@dataclass(frozen=True)
class Walk:
    """A shop connected to a hub that runs: both over real HTTP, on a real PostgreSQL."""

    shop: Sandbox
    house: House
    installation: Installation
    partner: Caller  # a program that holds an API key


@pytest.fixture
def shop() -> Iterator[tuple[Sandbox, str]]:
    """A jeweller's shop with a few products."""
    sandbox = Sandbox(products=20, orders=3, customers=3)
    with serving(sandbox.app) as url:
        yield sandbox, url


@pytest.fixture
async def walk(db: Database, shop: tuple[Sandbox, str]) -> AsyncIterator[Walk]:
    """Everything up, the shop connected, nothing read yet."""
    sandbox, shop_url = shop
    with bind("127.0.0.1", 0) as sock:
        url = address_of(sock)
        settings = Settings(public_url=url, egress_allow=[each.partition("://")[2] for each in (shop_url, url)])
        async with guarded_client(settings.egress_allow) as http:
            house = House(settings, db, registry.load(), http)
            async with hub_running(house, sock):
                async with db.system() as unit:
                    organisation = await tenancy.create_organisation(unit, "Maison")
                async with db.org(organisation.id) as unit:
                    _, key = await access.issue_key(unit, "partner", access.ALL_SCOPES)
                installation = await connect(
                    db, house.registry, http, org=organisation.id, connector="woocommerce", url=shop_url,
                    credentials=sandbox.credentials(), allow_http=True, public_url=url,
                )  # fmt: skip
                yield Walk(sandbox, house, installation, Caller(http, url, key.reveal()))
