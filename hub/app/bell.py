"""The bell: one LISTEN for the whole process wakes every request that waits for its organisation's next event."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from hub.errors import DatabaseUnreachable

if TYPE_CHECKING:
    import asyncpg

    from hub.db.engine import Database

CHANNEL = "luneo_event"
RETRY = 2.0  # seconds between attempts to listen again

log = structlog.get_logger("hub.app")


class Bell(AbstractAsyncContextManager["Bell"]):
    """`async with Bell(db) as bell`. It opens its connection with the first waiter, and again when the connection is lost."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: dict[UUID, set[asyncio.Future[None]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.ring_all()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def expect(self, org: UUID) -> asyncio.Future[None]:
        """A future that the organisation's next event resolves. Take it before looking: then no event is missed."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen(), name="event bell")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[org].add(future)
        future.add_done_callback(lambda done: self._forget(org, done))
        return future

    def ring_all(self) -> None:
        """Wake everybody: they look for themselves."""
        for org in list(self._waiting):
            self._ring(org)

    def _ring(self, org: UUID) -> None:
        for future in list(self._waiting.get(org, ())):
            if not future.done():
                future.set_result(None)

    def _forget(self, org: UUID, future: asyncio.Future[None]) -> None:
        waiting = self._waiting[org]
        waiting.discard(future)
        if not waiting:
            del self._waiting[org]

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self._db.listener()
            except DatabaseUnreachable as error:
                log.warning("bell_away", reason=str(error))
                await asyncio.sleep(RETRY)
                continue
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _, lost=lost: lost.set())
            try:
                await connection.add_listener(CHANNEL, self._heard)
                self.ring_all()  # something may have happened before we listened
                await lost.wait()
            finally:
                connection.terminate()

    def _heard(self, _connection: asyncpg.Connection[Any] | object, _pid: int, _channel: str, payload: object) -> None:
        with suppress(ValueError):
            self._ring(UUID(str(payload)))
