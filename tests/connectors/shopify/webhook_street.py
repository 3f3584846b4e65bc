"""Shopify shops over real HTTP, connected to a hub that listens: webhooks are sent, received, and worked off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connectors.shopify.connector import Shopify
from connectors.shopify.sandbox import Sandbox
from hub.app import create_app
from hub.db.engine import Database
from hub.http import guarded_client
from hub.inbox.jobs import handlers as inbox_handlers
from hub.installations.connect import connect
from hub.installations.installation import Installation
from hub.ports import HttpClient
from hub.queue import LocalRunner
from hub.registry import Registry
from hub.settings import Settings
from hub.sync.engine import Engine
from hub.sync.jobs import handlers as sync_handlers
from hub.sync.outcome import RunResult
from hub.sync.run import Mode, sync
from hub.testing.serving import serve
from hub.web.house import House

RICH = {"bucket": 10_000_000.0, "restore": 1_000_000.0}  # these tests do not measure waiting


@dataclass
class Street:
    """The hub, and what its tests ask it."""

    db: Database
    http: HttpClient
    registry: Registry
    hub_url: str
    engine: Engine
    urls: dict[str, str] = field(default_factory=dict)

    async def connect(self, org: UUID, sandbox: Sandbox) -> Installation:
        return await connect(
            self.db, self.registry, self.http, org=org, connector="shopify", url=self.urls[sandbox.tokens.shop],
            credentials=sandbox.credentials(), allow_http=True, public_url=self.hub_url,
        )  # fmt: skip

    async def work(self, *sandboxes: Sandbox) -> None:
        """Until everything that was sent has arrived and been worked off."""
        for sandbox in sandboxes:
            await sandbox.webhooks.settled()
        handlers = {**sync_handlers(self.engine), **inbox_handlers(self.engine)}
        await LocalRunner(self.db, handlers).run_until_idle()

    async def sync(self, known: Installation, resource: str, mode: Mode = "incremental") -> RunResult:
        return await sync(self.engine, known.org, known.id, resource, mode, "test")

    async def rows(self, org: UUID, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with self.db.org(org) as unit:
            return [dict(row) for row in await unit.fetch(sql, *args)]


@asynccontextmanager
async def open_street(db: Database, *sandboxes: Sandbox) -> AsyncIterator[Street]:
    """Serve the shops, and a hub that may reach exactly them."""
    async with AsyncExitStack() as stack:
        urls = {one.tokens.shop: await stack.enter_async_context(serve(one.app)) for one in sandboxes}
        allowed = [url.removeprefix("http://") for url in urls.values()]
        http = guarded_client(allowed)
        stack.push_async_callback(http.close)
        registry = Registry({"shopify": Shopify()})
        house = House(Settings(egress_allow=allowed), db, registry, http)
        hub_url = await stack.enter_async_context(serve(create_app(house=house)))
        engine = Engine(db, registry, http, Settings(egress_allow=allowed, public_url=hub_url))
        yield Street(db, http, registry, hub_url, engine, urls)
