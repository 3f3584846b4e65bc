"""A real shop for the engine's tests: WooCommerce's sandbox over real HTTP, connected the real way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.sandbox import Sandbox
from hub.db.engine import Database
from hub.http import guarded_client
from hub.installations.connect import connect
from hub.ports import Limits
from hub.registry import Registry
from hub.sync.engine import Engine
from hub.sync.outcome import RunResult
from hub.sync.retry import Patience
from hub.sync.run import Mode, sync
from hub.testing.hostile import Hostile
from hub.testing.serving import serve

HURRY = Patience(tries=5, first=0.02, longest=0.2, total=20.0)


class Quick(WooCommerce):
    """The connector with small pages and no rate to wait for."""

    def __init__(self, sizes: tuple[int, ...] = (20, 10, 5)) -> None:
        limits = Limits(per_second=10_000.0, burst=1_000_000, page_sizes=sizes)
        self.manifest = type(WooCommerce.manifest)(
            **{name: getattr(WooCommerce.manifest, name) for name in WooCommerce.manifest.__slots__} | {"limits": limits}
        )


class Switch:
    """An ASGI application that can be exchanged while it is served."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@dataclass
class Street:
    """One connected shop."""

    sandbox: Sandbox
    switch: Switch
    engine: Engine
    org: UUID
    installation: UUID
    url: str

    def trouble(self, mode: str, at: int = 3, resource: str = "products", **more: Any) -> Hostile:
        """The shop is hostile from the `at`-th page that it is asked for from now on."""
        self.switch.app = hostile = Hostile(cast("Any", self.sandbox.app), self.sandbox, mode, at, resource, **more)
        return hostile

    async def sync(self, resource: str = "products", mode: Mode = "incremental") -> RunResult:
        return await sync(self.engine, self.org, self.installation, resource, mode, "test")

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        async with self.engine.db.org(self.org) as unit:
            return await unit.fetch(sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        async with self.engine.db.org(self.org) as unit:
            return await unit.fetchval(sql, *args)

    async def live(self, kind: str) -> set[str]:
        """Vendor ids of the live records of a kind."""
        found = await self.rows("select vendor_id from record where kind = $1 and deleted_at is null", kind)
        return {row["vendor_id"] for row in found}


@asynccontextmanager
async def street(db: Database, org: UUID, sandbox: Sandbox, sizes: tuple[int, ...] = (20, 10, 5)) -> AsyncIterator[Street]:
    """The sandbox, served and connected to `org`."""
    switch = Switch(sandbox.app)
    registry = Registry({"woocommerce": Quick(sizes)})
    async with serve(switch) as url:
        http = guarded_client([url.removeprefix("http://")])
        try:
            known = await connect(
                db, registry, http, org=org, connector="woocommerce", url=url, credentials=sandbox.credentials(), allow_http=True
            )
            yield Street(sandbox, switch, Engine(db, registry, http, None, HURRY), org, known.id, url)
        finally:
            await http.close()
