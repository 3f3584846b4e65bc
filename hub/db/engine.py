"""The engine: a pool of connections, and the two ways into it: as one organisation, or across them by name.

A unit costs two round trips of its own: `BEGIN` together with role and organisation, and `COMMIT`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any
from uuid import UUID

import asyncpg

from hub.db.connect import connect
from hub.db.pool import Pool
from hub.db.unit import Unit
from hub.errors import DatabaseUnreachable, HubError

# What a statement raises when the server has gone or is going.
GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
PATIENCE = 3.0  # seconds to wait for a server that is restarting
LOST_AT_WORK = "The connection to PostgreSQL was lost at work; nothing of this unit was kept."
LOST_IN_COMMIT = "The connection to PostgreSQL was lost while committing; this unit may or may not have been kept."


class Database:
    """A pool of at most `pool_size` connections to one PostgreSQL database.

    `revive` is called (in a thread) when the server does not answer: the private server restarts itself there.
    `release` is called once the pool is closed.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        revive: Callable[[], object] | None = None,
        release: Callable[[], object] | None = None,
    ) -> None:
        self.url = url
        self._revive = revive
        self._release = release
        self.pool = Pool(url, pool_size)

    def org(self, org: UUID) -> UnitOfWork:
        """One transaction as role luneo_app that sees this organisation only."""
        # A UUID's text holds nothing that could end the literal; anything else fails in UUID() right here.
        return UnitOfWork(
            self, f"select set_config('role','luneo_app',true),set_config('app.org','{UUID(int=org.int)}',true)", org
        )

    def system(self) -> UnitOfWork:
        """One transaction as role luneo_system: across organisations, on the few tables that name it."""
        return UnitOfWork(self, "select set_config('role','luneo_system',true),set_config('app.org','',true)", None)

    async def listener(self) -> asyncpg.Connection[Any]:
        """A connection outside the pool, for LISTEN. The caller closes it."""
        return await connect(self.url)

    async def close(self) -> None:
        """Close every connection; the private server stops if nobody else holds it."""
        await self.pool.close()
        if self._release is not None:
            release, self._release = self._release, None
            await asyncio.to_thread(release)

    async def begin(self, sql: str) -> asyncpg.Connection[Any]:
        """A connection on which `BEGIN` and `sql` have run. Nothing has been done yet, so a dead one is replaced."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                driver = await self.pool.take()
            except DatabaseUnreachable:
                if time.monotonic() > deadline:
                    raise
                if self._revive is not None:
                    await asyncio.to_thread(self._revive)
                await asyncio.sleep(0.05)
                continue
            try:
                await driver.execute("begin;" + sql)
            except BaseException as error:
                self.pool.drop(driver)
                if not isinstance(error, GONE) or time.monotonic() > deadline:
                    raise
            else:
                return driver


class UnitOfWork:
    """The block of one unit: `async with database.org(org) as unit`. A lost connection raises DatabaseUnreachable."""

    __slots__ = ("_database", "_driver", "_org", "_sql")

    def __init__(self, database: Database, sql: str, org: UUID | None) -> None:
        self._database = database
        self._sql = sql
        self._org = org

    async def __aenter__(self) -> Unit:
        self._driver = await self._database.begin(self._sql)
        return Unit(self._driver, self._org)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            tag = await self._driver.execute("commit" if error is None else "rollback")
        except BaseException as lost:
            self._database.pool.drop(self._driver)
            if error is None and not isinstance(lost, GONE):
                raise
            if error is None:
                raise DatabaseUnreachable(LOST_IN_COMMIT) from lost
            if isinstance(error, GONE):
                raise DatabaseUnreachable(LOST_AT_WORK) from error
            return
        self._database.pool.give(self._driver)
        if error is None and tag != "COMMIT":
            raise HubError("The unit of work was rolled back: a statement in it failed and its error was swallowed.")
