"""A pool of driver connections: the last one used is the first one taken, so that the others may rest.

It is ours because a unit of work should cost its two round trips and nothing else: an ORM's pool and its adapter around the
driver cost more processor time for a unit than the unit itself, and a fifth of a second whenever a command starts.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import asyncpg

from hub.db.connect import connect, set_codecs
from hub.errors import Unavailable

PATIENCE: Final = 30.0  # seconds to wait for a connection when all are at work


class Pool:
    """At most `size` connections to one database, made when they are needed."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._idle: list[asyncpg.Connection[Any]] = []
        self._places = asyncio.Semaphore(size)
        self._closed = False

    async def take(self) -> asyncpg.Connection[Any]:
        """A connection for one unit; give it back or drop it. Raises DatabaseUnreachable, Unavailable when all stay busy."""
        if self._places.locked():
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._places.acquire()
            except TimeoutError:
                raise Unavailable(f"All {self._size} database connections are busy.", hint="Try again.") from None
        else:
            await self._places.acquire()
        try:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
            connection = await connect(self._url)
            try:
                await set_codecs(connection)
            except BaseException:
                connection.terminate()
                raise
            return connection
        except BaseException:
            self._places.release()
            raise

    def give(self, connection: asyncpg.Connection[Any]) -> None:
        """Put a connection back that is outside of any transaction."""
        self._places.release()
        if self._closed:
            connection.terminate()
        elif not connection.is_closed():
            self._idle.append(connection)

    def drop(self, connection: asyncpg.Connection[Any]) -> None:
        """Cut a connection whose state is unknown: the server rolls back what was open on it."""
        self._places.release()
        connection.terminate()

    async def close(self) -> None:
        """Close the idle ones now, those at work when they come back."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            try:
                await connection.close(timeout=2.0)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection.terminate()
