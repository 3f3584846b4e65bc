"""Outcomes are written in batches: at most 500 or 20 ms of them in one transaction, kept and tried again until it commits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import structlog

from hub.db.engine import GONE, Database
from hub.errors import HubError
from webhooks.dispatch.health import WRITE, Healths, columns
from webhooks.ready import Ready

MOST = 500  # rows in one transaction
SOON = 0.02  # seconds that the first of them waits for others
TOO_MANY = 5_000  # unwritten ones: sending pauses, for each of them would be sent again if this process died

#: What a transaction may meet when the database is away, full or busy.
AWAY = (HubError, asyncpg.PostgresError, *GONE)
#: What a row is refused for, as against a database that is away or full.
REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError, TypeError, OverflowError)

# Only the owner moves a message; whoever was taken for dead meanwhile leaves an attempt in the log and no more.
# Each row is looked up by its key: joined as a set, PostgreSQL, which knows no better before it has counted a growing table,
# would read all that is held (`state = 1` offers it that index) for a few rows of it. What is no longer there, because its
# partner was deleted, leaves no attempt either.
ENDED = """
with found as materialized (
    select o.*, p.place from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::float8[], $6::smallint[],
        $7::smallint[], $8::int[], $9::smallint[], $10::text[], $11::text[], $12::bytea[], $13::bytea[], $14::bigint[],
        $15::smallint[], $16::smallint[], $17::float8[])
    as o(org, endpoint, event, owner, at, n, cause, ms, status, error, address, headers, body, size, state, step, delay)
    cross join lateral (
        select m.ctid as place from message m where m.endpoint = o.endpoint and m.event = o.event limit 1
    ) p
), logged as (
    insert into attempt (org, endpoint, event, at, n, cause, ms, status, error, address, headers, body, size, dispatcher)
    select org, endpoint, event, to_timestamp(at), n, cause, ms, status, error, address, headers, body, size, owner from found
    on conflict do nothing
)
update message m set state = o.state, owner = null, attempts = o.n, step = o.step,
    due_at = case when o.state = 0 then now() + make_interval(secs => o.delay) else m.due_at end,
    ended_at = case when o.state = 0 then null else now() end
from found o where m.ctid = o.place and m.owner = o.owner and m.state + 0 = 1
"""
RETURNED = """
with found as materialized (
    select r.owner, p.place from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as r(endpoint, event, owner) cross join lateral (
        select m.ctid as place from message m where m.endpoint = r.endpoint and m.event = r.event limit 1
    ) p
)
update message m set state = 0, owner = null from found r where m.ctid = r.place and m.owner = r.owner and m.state + 0 = 1
"""

log = structlog.get_logger("webhooks.dispatch")


class Outcome(NamedTuple):
    """One attempt and what it makes of its message, in the order of `ENDED`."""

    org: Any
    endpoint: Any
    event: Any
    owner: int
    at: float
    n: int
    cause: int
    ms: int
    status: int | None
    error: str | None
    address: str | None
    headers: bytes | None
    body: bytes | None
    size: int | None
    state: int
    step: int
    delay: float


class Outcomes:
    """The buffer. `written` is told of each batch that stands; `fared` of the rows of `endpoint_health` that were written."""

    def __init__(self, db: Database, written: Callable[[Sequence[Any]], None], fared: Callable[[Sequence[Any]], None]) -> None:
        self.healths = Healths()
        self._db = db
        self._written = written
        self._fared = fared
        self._ended: list[tuple[Any, ...]] = []
        self._returned: list[tuple[Any, ...]] = []
        self._health: list[tuple[Any, ...]] = []  # taken out to be written
        self._writing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._patient = 0.0

    @property
    def backlog(self) -> int:
        return len(self._ended)

    def unwritten(self) -> list[tuple[UUID, UUID]]:
        """Messages whose outcome, or whose return, does not stand in the table yet."""
        return [(row[1], row[2]) for row in self._ended] + [(row[0], row[1]) for row in self._returned]

    def add(self, outcome: tuple[Any, ...]) -> None:
        """An attempt has ended. The fields of `Outcome`."""
        self._ended.append(outcome)
        if self._writing is None:
            if len(self._ended) >= MOST:
                self._begin()
            elif self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(SOON, self._begin)

    def give_back(self, messages: Sequence[Ready], owner: int) -> None:
        """Messages that were not sent go back to waiting."""
        self._returned += [(ready.endpoint, ready.event, owner) for ready in messages]
        if messages and self._writing is None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON, self._begin)

    async def drain(self) -> None:
        """Until everything stands in the table."""
        while self._ended or self._returned or self._writing is not None:
            if self._writing is None:
                self._begin()
            assert self._writing is not None  # noqa: S101 (begun one line above)
            try:
                await asyncio.shield(self._writing)
            except AWAY:
                await asyncio.sleep(0.1)
        rows = self.healths.due(time.monotonic(), all=True)
        if rows:
            async with self._db.system() as unit:
                await unit.fetch(WRITE, *columns(rows))

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is None and (self._ended or self._returned):
            self._writing = asyncio.create_task(self._write(), name="outcomes")
            self._writing.add_done_callback(self._again)

    def _again(self, task: asyncio.Task[None]) -> None:
        self._writing = None
        if task.cancelled():
            return
        loop = asyncio.get_running_loop()
        if (error := task.exception()) is not None:
            log.error("dispatch.outcomes_kept", waiting=self.backlog, reason=str(error) or type(error).__name__)
            self._patient = min(2.0, self._patient * 2 or 0.1)
            self._timer = loop.call_later(self._patient, self._begin)
            return
        self._patient = 0.0
        if len(self._ended) >= MOST:
            self._begin()
        elif (self._ended or self._returned) and self._timer is None:
            self._timer = loop.call_later(SOON, self._begin)

    async def _write(self) -> None:
        ended, returned = self._ended[:MOST], self._returned[:]
        self._health = self._health or self.healths.due(time.monotonic())
        try:
            await self._together(ended, returned, self._health)
        except REFUSED as error:
            if isinstance(error, GONE) and not isinstance(error, ValueError):
                raise
            await self._apart(ended, returned)
        del self._ended[: len(ended)]
        del self._returned[: len(returned)]
        self._health = []
        self._written(ended)

    async def _together(self, ended: Sequence[Any], returned: Sequence[Any], health: Sequence[Any]) -> None:
        fared: Sequence[Any] = ()
        async with self._db.system() as unit:
            if ended:
                await unit.execute(ENDED, *zip(*ended, strict=True))
            if returned:
                await unit.execute(RETURNED, *zip(*returned, strict=True))
            if health:
                fared = await unit.fetch(WRITE, *columns(health))
        if fared:
            self._fared(fared)

    async def _apart(self, ended: Sequence[Any], returned: Sequence[Any]) -> None:
        """One row is refused: the others are written without it, and it without what could not be written."""
        if len(ended) > 1:
            half = len(ended) // 2
            for part, back in ((ended[:half], returned), (ended[half:], ())):
                try:
                    await self._together(part, back, ())
                except REFUSED:
                    await self._apart(part, back)
            return
        for row in ended:
            error = "unwritable" if row[9] else None
            plain = Outcome(*row)._replace(error=error, address=None, headers=None, body=None, size=None)
            try:
                await self._together([plain], returned, ())
            except REFUSED as error:
                log.error("dispatch.outcome_lost", endpoint=str(row[1]), event=str(row[2]), reason=str(error))
