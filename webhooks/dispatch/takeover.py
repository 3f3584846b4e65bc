"""What a dispatcher puts in order: messages of the dead, messages of deleted endpoints, and its own that it knows nothing of."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from hub.db.engine import Database
from webhooks.dispatch.claims import BURY, CANCEL, LEAVE, RETURN, TAKE_OVER
from webhooks.dispatch.lease import DEAD_AFTER

BATCH = 5_000  # messages in one transaction
SPELL = 1.0  # seconds of tidying up between two heartbeats: a dispatcher that does it for longer would be taken for dead
LOCK = 0x4C756E65_57486B73  # one dispatcher at a time tidies up

HELD = "select endpoint, event from message where state = 1 and owner = $1"


async def tidy(db: Database, me: int) -> int:
    """Put dead dispatchers' messages back into line and cancel those of deleted endpoints, for a while.

    Answers how many may be claimed. What is left over is for the next time.
    """
    freed, until = 0, time.monotonic() + SPELL
    while True:
        async with db.system() as unit:
            if not await unit.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
                return freed
            await unit.execute(BURY, DEAD_AFTER, me)
            moved = _count(await unit.execute(TAKE_OVER, BATCH))
            freed += moved
            cancelled = _count(await unit.execute(CANCEL, BATCH))
        if (moved < BATCH and cancelled < BATCH) or time.monotonic() >= until:
            return freed


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])


class Missing:
    """Messages that the table says are ours and that we know nothing of: a commit whose answer was lost.

    Those that are missing at two looks in a row go back into line. A publisher hands over what it has committed within
    moments, so nothing else stays missing that long.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._missing: set[tuple[UUID, UUID]] = set()

    async def look(self, me: int, known: Any) -> bool:
        """`known()`: what this process holds. True when something is missing, and a second look should follow."""
        async with self._db.system() as unit:
            rows = await unit.fetch(HELD, me)
        here = known()
        missing = {key for row in rows if (key := (row[0], row[1])) not in here}
        twice = sorted(missing & self._missing)
        self._missing = missing - set(twice)
        if twice:
            async with self._db.system() as unit:
                await unit.execute(RETURN, [key[0] for key in twice], [key[1] for key in twice], me)
        return bool(self._missing)


async def leave(db: Database, me: int) -> None:
    """Everything that is still ours goes back into line, and others are told."""
    async with db.system() as unit:
        if _count(await unit.execute(LEAVE, me)):
            await unit.execute("select pg_notify('luneo_message', '')")
