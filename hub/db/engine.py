"""The engine: a pool of connections, and the two ways into it: as one organisation, or across them by name.

A unit costs two round trips of its own: `BEGIN` together with role and organisation, and `COMMIT`. SQLAlchemy's
connection runs in its autocommit mode for that reason: the transaction is ours, and both its Core and driver-level
statements stand in it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.db.connect import connect, set_codecs
from hub.db.unit import Unit
from hub.errors import DatabaseUnreachable, HubError

if TYPE_CHECKING:
    pass

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
        self.engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: connect(url),
            isolation_level="AUTOCOMMIT",
            pool_size=pool_size,
            max_overflow=0,
            pool_use_lifo=True,
            pool_timeout=30,
            json_deserializer=str,
        )
        event.listen(self.engine.sync_engine, "connect", _prepare)

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
        await self.engine.dispose()
        if self._release is not None:
            release, self._release = self._release, None
            await asyncio.to_thread(release)

    async def begin(self, sql: str) -> tuple[AsyncConnection, asyncpg.Connection[Any]]:
        """A connection on which `BEGIN` and `sql` have run. Nothing has been done yet, so a dead one is replaced."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                connection = await self.engine.connect()
            except DatabaseUnreachable:
                if time.monotonic() > deadline:
                    raise
                if self._revive is not None:
                    await asyncio.to_thread(self._revive)
                await asyncio.sleep(0.05)
                continue
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None  # noqa: S101 (connected just now)
            try:
                await driver.execute("begin;" + sql)
            except BaseException as error:
                await discard(connection, driver)
                if not isinstance(error, GONE) or time.monotonic() > deadline:
                    raise
            else:
                return connection, driver


def _prepare(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.run_async(set_codecs)


async def discard(connection: AsyncConnection, driver: asyncpg.Connection[Any]) -> None:
    """Drop a connection whose state is unknown: the server rolls back what was open on it."""
    driver.terminate()
    await connection.invalidate()
    await connection.close()


class UnitOfWork:
    """The block of one unit: `async with database.org(org) as unit`. A lost connection raises DatabaseUnreachable."""

    __slots__ = ("_connection", "_database", "_driver", "_org", "_sql")

    def __init__(self, database: Database, sql: str, org: UUID | None) -> None:
        self._database = database
        self._sql = sql
        self._org = org

    async def __aenter__(self) -> Unit:
        self._connection, self._driver = await self._database.begin(self._sql)
        return Unit(self._connection, self._driver, self._org)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            tag = await self._driver.execute("commit" if error is None else "rollback")
        except BaseException as lost:
            await asyncio.shield(discard(self._connection, self._driver))
            if error is None and not isinstance(lost, GONE):
                raise
            if error is None:
                raise DatabaseUnreachable(LOST_IN_COMMIT) from lost
            if isinstance(error, GONE):
                raise DatabaseUnreachable(LOST_AT_WORK) from error
            return
        await self._connection.close()
        if error is None and tag != "COMMIT":
            raise HubError("The unit of work was rolled back: a statement in it failed and its error was swallowed.")
