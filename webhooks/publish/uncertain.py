"""A COMMIT without an answer: the connection was lost just then, so it is not known what became of the transaction."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID

import asyncpg
import structlog

from hub.db.engine import GONE, Database
from hub.errors import HubError
from webhooks.publish.lines import Line

log = structlog.get_logger("webhooks")

HELD = "select true from message where endpoint = $1 and event = $2 and owner = $3 and state = 1"
LATER = 1.0  # seconds


class Uncertain:
    """Finds out, and then sends the messages that this process holds, or forgets them. Waiting ones need nobody to ask."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._asking: set[asyncio.Task[None]] = set()

    def undone(self, org: UUID, line: Line, lock: str, whole: bool) -> None:
        """A transaction that failed on its way (not `whole`) holds nothing; one that failed in its COMMIT may hold everything.

        `lock`: the statement, with the organisation as $1, that waits for whatever of the transaction is still at work.
        """
        if whole and line.ready:
            task = asyncio.create_task(self._ask(org, line, lock), name="webhooks: an uncertain commit")
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        else:
            line.give_back()

    async def close(self) -> None:
        """Ask no more: whoever takes this dispatcher for dead takes its messages over."""
        for task in list(self._asking):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _ask(self, org: UUID, line: Line, lock: str) -> None:
        first = line.ready[0]
        while True:
            try:
                async with self._db.org(org) as unit:
                    await unit.execute(lock, org)
                    kept = await unit.fetchval(HELD, first.endpoint, first.event, line.owner)
            except (HubError, asyncpg.PostgresError, *GONE):  # its disk may be full
                await asyncio.sleep(LATER)
                continue
            log.warning("uncertain_commit", org=str(org), messages=len(line.ready), kept=bool(kept))
            if kept:
                line.hand_over()
            else:
                line.give_back()
            return
