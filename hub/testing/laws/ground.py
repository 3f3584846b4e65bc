"""What the laws stand on: a PostgreSQL database of their own, made for the occasion and dropped afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hub.db.databases import create_database, drop_database
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.db.upgrade import upgrade
from hub.ports import Connector, Sandbox
from hub.settings import Settings, get_settings


@dataclass(frozen=True, slots=True)
class Ground:
    """A connector and a database to try it on. cycles: how often the law of crashes kills."""

    connector: Connector
    db: Database
    cycles: int = 4

    def sandbox(self, rows: Mapping[str, int], make: Mapping[str, Any] | None = None) -> Sandbox:
        """A shop of the connector's own with so many rows of each resource (0 of those that are not named)."""
        scale: dict[str, Any] = {resource.name: rows.get(resource.name, 0) for resource in self.connector.resources}
        shop_on_trial = getattr(self.connector, "shop_on_trial", None)
        if shop_on_trial is not None:
            scale |= shop_on_trial(f"laws-{uuid7().hex[-12:]}")
        return self.connector.sandbox(**scale | dict(make or {}))

    def makes(self, law: str, *, usual: bool = True) -> list[dict[str, Any]]:
        """The kinds of shop under which a law must hold: the usual one, and those that the connector names for this law; not
        `usual`: those that it names, if it names any.

        A connector may say so with `makes = {"L19": [{"currency": "JPY"}]}`: further arguments of its `sandbox`.
        """
        declared = [dict(make) for make in getattr(self.connector, "makes", {}).get(law, ())]
        return [{}, *declared] if usual or not declared else declared

    @property
    def first(self) -> str:
        """The name of the connector's first resource."""
        return self.connector.resources[0].name

    def rows(self, count: int) -> dict[str, int]:
        """So many rows of every resource."""
        return {resource.name: count for resource in self.connector.resources}


@asynccontextmanager
async def ground(
    connector: Connector, settings: Settings | None = None, *, server_url: str | None = None, cycles: int = 4
) -> AsyncIterator[Ground]:
    """Make the database on `server_url`'s server, on the configured one, or on the private one. Raises ConfigurationError."""
    settings = settings or get_settings()
    if server_url is None and settings.database_url is not None:
        server_url = settings.database_url.get_secret_value()
    if server_url is not None:
        async with _database(connector, server_url, cycles) as made:
            yield made
        return
    from hub.db.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(settings.data_dir)
    url = await asyncio.to_thread(server.start)
    try:
        async with _database(connector, url, cycles) as made:
            yield made
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def _database(connector: Connector, server_url: str, cycles: int) -> AsyncIterator[Ground]:
    name = f"luneo_laws_{uuid7().hex[-12:]}"
    url = await create_database(server_url, name)
    try:
        await upgrade(url)
        db = Database(url, pool_size=20)
        try:
            yield Ground(connector, db, cycles)
        finally:
            await db.close()
    finally:
        await drop_database(server_url, name)
