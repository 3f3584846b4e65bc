"""Every room's jobs in one table: what a worker knows how to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.inbox.jobs import handlers as of_the_inbox
from hub.installations.keep_alive import handlers as of_installations
from hub.queue import Handlers
from hub.sync.engine import Engine
from hub.sync.jobs import handlers as of_sync
from hub.web.house import House

if TYPE_CHECKING:
    from hub.db.engine import Database
    from hub.ports import HttpClient
    from hub.registry import Registry
    from hub.settings import Settings


def handlers(db: Database, registry: Registry, http: HttpClient, settings: Settings) -> Handlers:
    """Job kind → what runs it."""
    engine = Engine(db, registry, http, settings)
    table = {**of_sync(engine), **of_the_inbox(engine), **of_installations(db, registry, http)}
    house = House(settings, db, registry, http)
    for plugin in registry.plugins.values():
        table.update(plugin.jobs(house))
    return table
