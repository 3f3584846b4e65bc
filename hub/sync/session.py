"""One run at work: slices in, transactions out. Every transaction carries its rows, its checkpoint and the lease's fence."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Final

import asyncpg

from hub.db.engine import GONE
from hub.db.unit import Unit
from hub.errors import ConnectorError
from hub.ports import BadRow
from hub.sync.checkpoint import Run, save
from hub.sync.counts import Counts, Outcome
from hub.sync.engine import Engine, Shop
from hub.sync.lease import Lease
from hub.sync.page import Target, work
from hub.sync.paging import Pull, Slice
from hub.sync.reading import Reading

Progress = Callable[[str, int, int | None], object]  # resource, rows so far, rows in all if the store says

AGAIN: Final = (*GONE, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
REFUSED: Final = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)  # a value that it cannot hold; one too long for an index
TRIES: Final = 4
PATIENCE: Final = 2.0  # seconds after which what has come is committed, however little it is
LARGE: Final = 16 << 20  # bytes of rows after which they are committed, however few: what is made of them is in memory too
IDLE: Final = 4  # times as many rows in one transaction after one that had nothing to write
MOST_STALE: Final = 10_000  # ids remembered for asking twice


@dataclass(slots=True)
class Session:
    """What a run carries along."""

    engine: Engine
    shop: Shop
    lease: Lease
    target: Target
    pull: Pull
    run: Run
    progress: Progress | None = None
    reading: Reading | None = None
    counts: Counts = field(default_factory=Counts)
    stale: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)  # evidence beyond the counts
    stood: dict[str, Any] | None = None  # where the reading was when the last slice came

    async def take_all(self, parts: AsyncGenerator[Slice], *, confirmed: bool = False) -> None:
        """Commit everything that comes, several slices at a time. When the store fails, what had come is kept all the same."""
        waiting: list[Slice] = []
        try:
            await self._take(parts, waiting, confirmed)
        except ConnectorError:
            if waiting:
                await self.commit(waiting, confirmed=confirmed)
            raise
        if waiting:
            await self.commit(waiting, confirmed=confirmed)

    async def _take(self, parts: AsyncGenerator[Slice], waiting: list[Slice], confirmed: bool) -> None:
        rows, size, since, enough = 0, 0, time.monotonic(), self.engine.commit_rows
        async with aclosing(parts) as open_parts:
            async for part in open_parts:
                waiting.append(part)
                self.stood = None if self.reading is None else self.reading.state()
                rows += len(part.rows) + sum(map(len, part.children.rows.values()))
                size += part.size
                if part.keep or rows >= enough or size >= LARGE or time.monotonic() - since > PATIENCE:
                    written = self.counts.written
                    await self.commit(waiting, confirmed=confirmed)
                    # where nothing changes a checkpoint is all that a transaction writes: fewer of them will do
                    enough = self.engine.commit_rows * (IDLE if rows and self.counts.written == written else 1)
                    waiting.clear()
                    rows, size, since = 0, 0, time.monotonic()
        self.stood = None  # the reading has ended: its own word about where it stands counts again

    async def commit(self, parts: Sequence[Slice], *, confirmed: bool = False) -> None:
        """Write these slices. A row that PostgreSQL cannot take goes to quarantine alone."""
        try:
            await self._transaction(parts, confirmed)
        except REFUSED:
            for part in [one for many in parts for one in _singles(many)]:
                try:
                    await self._transaction([part], confirmed)
                except REFUSED as error:
                    bad = [BadRow(row.body, f"PostgreSQL cannot keep it: {error}", row.id) for row in part.rows]
                    await self._transaction([Slice([], bad, part.at)], confirmed)
        self.tell()

    async def _transaction(self, parts: Sequence[Slice], confirmed: bool) -> None:
        for nth in range(1, TRIES + 1):
            try:
                async with self.engine.db.org(self.shop.org) as unit:
                    outcome, counts = await self._write(unit, parts, confirmed)
            except AGAIN:
                if nth == TRIES:
                    raise
            else:
                self.counts = counts
                self.run.pages += 1
                if not confirmed:
                    self.stale += outcome.stale[: MOST_STALE - len(self.stale)]
                return

    async def _write(self, unit: Unit, parts: Sequence[Slice], confirmed: bool) -> tuple[Outcome, Counts]:
        await self.lease.hold(unit)
        outcome = await work(unit, self.target, parts, confirmed=confirmed)
        counts = copy(self.counts)
        counts.add(outcome.counts)
        ids = [id for part in parts for id in part.ids]
        await save(unit, self.run, ids, self.checkpoint(counts), {"done": self.done, "total": self.total})
        return outcome, counts

    def checkpoint(self, counts: Counts) -> dict[str, Any]:
        """Where a later run goes on: after the last slice that came, not after a page whose nested lists failed."""
        reading = self.stood or (None if self.reading is None else self.reading.state())
        return {"reading": reading, "counts": counts.state()}

    @property
    def done(self) -> int:
        return 0 if self.reading is None else len(self.reading.seen)

    @property
    def total(self) -> int | None:
        return None if self.reading is None or self.reading.changes else self.reading.total

    def tell(self) -> None:
        """Tell whoever watches."""
        if self.progress is not None:
            self.progress(self.target.resource.name, self.done, self.total)


def _singles(part: Slice) -> list[Slice]:
    """One slice for each row, and one for the unreadable ones."""
    rest = [Slice([], [*part.bad], part.at, replace(part.children, rows={}, incomplete={}))]
    return [Slice([row], [], part.at, replace(part.children, bad=())) for row in part.rows] + rest
