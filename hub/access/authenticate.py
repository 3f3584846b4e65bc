"""From a key in plain text to its caller: quickly, and never from a memory older than a second.

A look-up is remembered for less than a second per process, so a busy key costs the database one query a second, and a
revoked one is refused within that time without any message between processes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from hub.access.caller import Caller
from hub.access.format import well_formed
from hub.access.keys import digest
from hub.db.engine import Database
from hub.errors import Unauthorized

REMEMBER = 0.8  # seconds, counted from before the look-up; revocation must act within one
MOST = 10_000  # keys remembered by one process
TOUCH = timedelta(seconds=30)  # last_used_at is written at most this often per key
WRONG = "lun_live_… or lun_test_…, exactly as `luneo keys create` showed it."


@dataclass(frozen=True, slots=True)
class Known:
    """A remembered look-up: the caller, until when the memory holds, and when the key itself ends."""

    caller: Caller
    until: float
    expires_at: datetime | None


class Desk:
    """The memory of one Database. Twin look-ups of one key share one query."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[bytes, Known] = {}
        self._asking: dict[bytes, asyncio.Task[Known]] = {}

    async def caller(self, db: Database, key: bytes) -> Caller:
        known = self._known.get(key)
        if known is None or known.until <= self._clock():
            known = await self._ask_once(db, key)
        if known.expires_at is not None and known.expires_at <= datetime.now(UTC):
            raise Unauthorized("This API key has expired:", hint="create another with luneo keys create.")
        return known.caller

    async def _ask_once(self, db: Database, key: bytes) -> Known:
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.ensure_future(self._ask(db, key))
            task.add_done_callback(lambda done: self._asked(key, done))
        return await asyncio.shield(task)

    def _asked(self, key: bytes, task: asyncio.Task[Known]) -> None:
        self._asking.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen: whoever waited may have gone away meanwhile

    async def _ask(self, db: Database, key: bytes) -> Known:
        self._known.pop(key, None)
        until = self._clock() + REMEMBER
        async with db.system() as unit:
            row = await unit.fetchrow(
                "select org, id, scopes, expires_at, revoked_at, last_used_at from api_key where digest = $1", key
            )
            if row is None:
                raise Unauthorized("This API key is not known:", hint="check it, or create one with luneo keys create.")
            if row["revoked_at"] is not None:
                raise Unauthorized("This API key was revoked:", hint="create another with luneo keys create.")
            now = datetime.now(UTC)
            if row["last_used_at"] is None or row["last_used_at"] < now - TOUCH:
                await unit.execute("update api_key set last_used_at = $2 where id = $1", row["id"], now)
        known = Known(Caller(row["org"], row["id"], frozenset(row["scopes"])), until, row["expires_at"])
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = known
        return known


_desks: WeakKeyDictionary[Database, Desk] = WeakKeyDictionary()


async def authenticate(db: Database, plaintext: str) -> Caller:
    """The caller that this key speaks for. Raises Unauthorized: malformed, unknown, revoked or expired."""
    if not well_formed(plaintext):
        raise Unauthorized("This is not a Luneo API key:", hint=WRONG)
    desk = _desks.get(db)
    if desk is None:
        desk = _desks[db] = Desk()
    return await desk.caller(db, digest(plaintext))
