"""The unit of work: one transaction, one role, one organisation; everything commits together or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    import asyncpg


class Unit:
    """What `Database.org()` and `Database.system()` hand out. Commits when its block ends, rolls back when it raises.

    `org` is the organisation that row-level security shows (None in a system unit). Parameters are `$1, $2 …`; jsonb
    goes in as JSON text (str or bytes) and comes out as str, so that hot paths never decode what they only carry.
    """

    __slots__ = ("_driver", "org")

    def __init__(self, driver: asyncpg.Connection[Any], org: UUID | None) -> None:
        self.org = org
        self._driver = driver

    async def execute(self, sql: str, *args: Any) -> str:
        """Run one statement; answers PostgreSQL's tag, such as `INSERT 0 3`."""
        return await self._driver.execute(sql, *args)

    async def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row. `INSERT … SELECT FROM unnest(…)` is cheaper for many rows."""
        await self._driver.executemany(sql, rows)

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows."""
        return await self._driver.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        return await self._driver.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        return await self._driver.fetchval(sql, *args)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A block whose failure undoes only itself; the exception still comes through. They may be nested."""
        await self._driver.execute("savepoint part")
        try:
            yield
        except Exception:  # a cancellation undoes the whole unit anyway
            await self._driver.execute("rollback to savepoint part; release savepoint part")
            raise
        await self._driver.execute("release savepoint part")
