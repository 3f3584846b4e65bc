"""Who is to be fanned out, and when: organisations are told on the channel `luneo_event`, and looked for now and then.

Events that the API published for one partner move the log's head too; so before anything is locked it is asked, for all
organisations at once and without writing, whether there is an event for whoever subscribes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from hub.db.engine import GONE, Database
from hub.errors import DatabaseUnreachable, HubError
from webhooks.desk import Desk
from webhooks.fanout.round import Rounds

log = structlog.get_logger("webhooks")

CHANNEL: Final = "luneo_event"
PACE: Final = 0.05  # seconds between two looks at the same organisations
LOOK: Final = 5.0  # seconds between two looks at all of them
TROUBLE: Final = 1.0  # seconds until an organisation is tried again
AT_ONCE: Final = 4  # organisations

BEHIND: Final = """
select h.org, h.position as head, coalesce(c.position, 0) as position
from event_head h left join event_cursor c on c.org = h.org and c.subscriber = 'webhooks'
where h.position > coalesce(c.position, 0)
"""
PEEK: Final = """
select u.org, h.position as head,
    exists (select from event e where e.org = u.org and e.position > u.position and e.audience is null) as open
from unnest($1::uuid[], $2::bigint[]) as u(org, position) join event_head h on h.org = u.org
"""


class Fanout:
    """Runs beside a dispatcher: `await Fanout(db, desk).run()`, until it is cancelled."""

    def __init__(self, db: Database, desk: Desk) -> None:
        self._db = db
        self._rounds = Rounds(db, desk)
        self._seen: dict[UUID, int] = {}  # up to where there is nothing open any more
        self._told: set[UUID] = set()
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Listen, look, and go round."""
        listening = asyncio.create_task(self._listen(), name="webhooks: fan-out bell")
        looking = asyncio.create_task(self._look_around(), name="webhooks: fan-out look")
        try:
            while True:
                await self._woken.wait()
                self._woken.clear()
                try:
                    await self._start_rounds()
                except (HubError, asyncpg.PostgresError, *GONE) as error:
                    log.warning("fanout_away", reason=str(error))
                    self._woken.set()
                    await asyncio.sleep(TROUBLE)
                await asyncio.sleep(PACE)
        finally:
            tasks = [listening, looking, *self._running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._rounds.close()

    def wake(self, org: UUID) -> None:
        """Something happened in an organisation."""
        self._told.add(org)
        self._woken.set()

    async def _start_rounds(self) -> None:
        orgs = [org for org in self._told if org not in self._running]
        if not orgs:
            return
        self._told.difference_update(orgs)  # before we look: who is told meanwhile is looked at again
        try:
            async with self._db.system() as unit:
                rows = await unit.fetch(PEEK, orgs, [self._seen.get(org, 0) for org in orgs])
        except BaseException:
            self._told.update(orgs)
            raise
        for row in rows:
            if row["open"]:
                self._begin(row["org"])
            else:
                self._reached(row["org"], row["head"])

    def _begin(self, org: UUID) -> None:
        task = self._running[org] = asyncio.create_task(self._go(org), name="webhooks: fan-out")
        task.add_done_callback(lambda _: self._ended(org))

    def _ended(self, org: UUID) -> None:
        self._running.pop(org, None)
        if org in self._told:
            self._woken.set()

    def _reached(self, org: UUID, position: int) -> None:
        self._seen[org] = max(self._seen.get(org, 0), position)

    async def _go(self, org: UUID) -> None:
        """Rounds of one organisation until nothing is left. Its trouble is its own."""
        more = True
        while more:
            try:
                async with self._places:
                    position, more = await self._rounds.go(org)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                away = isinstance(error, (HubError, *GONE))
                log.log(30 if away else 40, "fanout_failed", org=str(org), reason=f"{type(error).__name__}: {error}")
                await asyncio.sleep(TROUBLE)
                self._told.add(org)
                return
            self._reached(org, position)

    async def _look_around(self) -> None:
        """Whoever is behind, whatever was not heard."""
        while True:
            with suppress(asyncpg.PostgresError, HubError, *GONE):
                async with self._db.system() as unit:
                    rows = await unit.fetch(BEHIND)
                for row in rows:
                    self._reached(row["org"], row["position"])
                    if self._seen[row["org"]] < row["head"]:
                        self.wake(row["org"])
            await asyncio.sleep(LOOK)

    async def _listen(self) -> None:
        while True:
            with suppress(DatabaseUnreachable):
                connection = await self._db.listener()
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                try:
                    await connection.add_listener(CHANNEL, self._heard)
                    await lost.wait()
                except (asyncpg.PostgresError, *GONE):
                    pass  # listened for again
                finally:
                    connection.terminate()
            await asyncio.sleep(TROUBLE)

    def _heard(self, _connection: asyncpg.Connection[Any] | object, _pid: int, _channel: str, payload: object) -> None:
        with suppress(ValueError):
            self.wake(UUID(str(payload)))


@asynccontextmanager
async def fanning(db: Database, desk: Desk) -> AsyncIterator[Fanout]:
    """Fan out while the block runs."""
    fanout = Fanout(db, desk)
    task = asyncio.create_task(fanout.run(), name="webhooks: fan-out")
    try:
        yield fanout
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
