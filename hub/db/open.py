"""Open the hub's database: the one that is configured, or the private server's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hub.db.databases import create_database
from hub.db.engine import Database
from hub.db.upgrade import check_schema, upgrade

if TYPE_CHECKING:
    from hub.settings import Settings


async def open_database(settings: Settings, *, name: str | None = None, fresh: bool = False, pool_size: int = 10) -> Database:
    """The database, ready for work: closing it also lets go of the private server.

    With LUNEO_DATABASE_URL its schema is checked, never changed (`luneo db upgrade` does that). Without, the private server is
    started and its schema brought up to date. `name`: another database on the private server than the usual one; `fresh`
    makes it anew. Raises ConfigurationError, DatabaseUnreachable, SchemaOutdated.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        await check_schema(url)
        return Database(url, pool_size=pool_size)
    from hub.db.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(settings.data_dir)
    url = await asyncio.to_thread(server.start)
    try:
        if name is not None:
            url = await create_database(url, name, fresh=fresh)
        await upgrade(url)
    except BaseException:
        await asyncio.to_thread(server.stop)
        raise
    return Database(url, pool_size=pool_size, revive=server.ensure, release=server.stop)
