"""The house as the operator's command opens it: settings, database, connectors, outbound HTTP; no API key asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.errors import ConfigurationError, NotFound

if TYPE_CHECKING:
    from hub.db.engine import Database
    from hub.ports import HttpClient
    from hub.registry import Registry
    from hub.settings import Settings
    from hub.tenancy import Organisation


@dataclass(slots=True)
class House:
    """What commands work with."""

    settings: Settings
    db: Database
    registry: Registry
    http: HttpClient

    async def organisation(self, slug: str | None, *, make: bool = False) -> Organisation:
        """The organisation of that slug; without one the only one there is, or (`make`) the first. Raises NotFound, Conflict."""
        from hub import tenancy

        async with self.db.system() as unit:
            if slug is not None:
                return await tenancy.organisation_by_slug(unit, slug)
            found = await tenancy.only_organisation(unit)
            if found is None and make:
                return await tenancy.create_organisation(unit, "Main", slug="main")
        if found is None:
            raise NotFound("There is no organisation yet.", hint="Connect a shop, or: luneo org create NAME")
        return found


@asynccontextmanager
async def open_house(
    settings: Settings | None = None, *, database: str | None = None, fresh: bool = False, stays: bool = False
) -> AsyncIterator[House]:
    """Open everything, close everything. `database` and `fresh`: the demo has a database of its own; `stays`: log to stderr."""
    from hub import registry
    from hub.cli.logs import log_to_file, log_to_stderr
    from hub.db.open import open_database
    from hub.http import guarded_client
    from hub.settings import get_settings

    settings = settings or get_settings()
    (log_to_stderr if stays else log_to_file)(settings)
    db = await open_database(settings, name=database, fresh=fresh)
    try:
        try:
            http = guarded_client(settings.egress_allow)
        except ValueError as error:
            raise ConfigurationError(str(error), hint="It looks like 127.0.0.1:8080,shop.internal:443") from error
        try:
            yield House(settings, db, registry.load(), http)
        finally:
            await http.close()
    finally:
        await db.close()


@contextmanager
def database_url() -> Iterator[str]:
    """The database's address alone, its schema untouched; the private server runs meanwhile."""
    from hub.settings import get_settings

    settings = get_settings()
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    from hub.db.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(settings.data_dir)
    try:
        yield server.start()
    finally:
        server.stop()


def until_stopped() -> asyncio.Event:
    """An event that is set by Ctrl-C or SIGTERM: whoever waits on it stops gracefully."""
    import signal

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
