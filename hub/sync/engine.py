"""The engine and the shop it opens: what every run needs, put together once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from hub.errors import NotFound
from hub.ports import Connector, HttpClient, Resource, ShopSettings, Store
from hub.sync.retry import Asker, Patience

if TYPE_CHECKING:
    from hub.budget import Budgets
    from hub.db.engine import Database
    from hub.registry import Registry
    from hub.settings import Settings


@dataclass(frozen=True, slots=True)
class Shop:
    """A connected shop, opened. Its store is closed when the block that opened it ends."""

    org: UUID
    id: UUID
    connector: Connector
    store: Store
    settings: ShopSettings
    api_version: str | None

    def resource(self, name: str) -> Resource:
        """The resource of that name. Raises NotFound that names the known ones."""
        for resource in self.connector.resources:
            if resource.name == name:
                return resource
        known = ", ".join(resource.name for resource in self.connector.resources)
        raise NotFound(f"{self.connector.manifest.title} has no resource {name!r}:", hint=f"choose of {known}.")


@dataclass
class Engine:
    """What syncs are made with.

    lease_seconds: a run that gives no sign of life for so long may be taken over; commit_rows: rows of one transaction, more
    or less.
    """

    db: Database
    registry: Registry
    http: HttpClient
    settings: Settings | None = None
    patience: Patience = field(default_factory=Patience)
    lease_seconds: float = 15.0
    commit_rows: int = 500
    _connectors: dict[UUID, str] = field(default_factory=dict)  # an installation's never changes

    def asker(self, connector: Connector) -> Asker:
        """Patience and page sizes for one run against this vendor."""
        return Asker(self.patience, connector.manifest.limits.page_sizes)

    @asynccontextmanager
    async def shop(self, org: UUID, installation: UUID) -> AsyncIterator[Shop]:
        """A shop, opened. Raises NotFound, Conflict (disconnected), ReauthorizationError."""
        from hub.budget import Watched
        from hub.installations.listing import get
        from hub.installations.opening import opening

        if installation not in self._connectors:
            async with self.db.org(org) as unit:
                self._connectors[installation] = (await get(unit, installation)).connector
        connector = self.registry.get(self._connectors[installation])
        budget = self.budgets.for_installation(org, installation, connector.manifest.limits)
        known, open_to = await opening(self.db, Watched(self.http, budget), budget, org, installation)
        store = connector.open(open_to)
        try:
            yield Shop(org, installation, connector, store, known.settings, known.api_version)
        finally:
            await store.close()

    @cached_property
    def budgets(self) -> Budgets:
        """The rate budgets of all shops."""
        from hub.budget import Budgets

        return Budgets(self.db)
