"""A dispatcher at work: its parts, and the loops beside them (heartbeat, loader, care). Stops cleanly or not at all."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import structlog

from hub.db.engine import Database
from webhooks.book import Book
from webhooks.dispatch.care import Care
from webhooks.dispatch.dispatcher import Dispatcher, Sends
from webhooks.dispatch.lease import BEAT, Lease
from webhooks.dispatch.loader import Loader
from webhooks.dispatch.outcomes import AWAY, Outcomes
from webhooks.dispatch.takeover import Missing, leave, tidy

FINISH = 10.0  # seconds that what is in flight has at a clean stop
MOST_IN_FLIGHT = 1_024
SPARED = 256  # file descriptors left to everything else
MISSING_EVERY = 30.0  # seconds between two looks for messages that only the table knows

log = structlog.get_logger("webhooks.dispatch")


class Sending(Sends, Protocol):
    """What is needed of `webhooks.send.sender.Sender` beyond `start`."""

    @property
    def in_flight(self) -> int: ...
    def abort(self) -> None: ...


def slots() -> int:
    """Requests that may be in flight at once, by the file descriptors that this process may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_IN_FLIGHT + SPARED
    if soft < wanted <= hard or hard == resource.RLIM_INFINITY:  # as much as we are allowed to ask for, and no more than we use
        soft = max(soft, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(64, min(MOST_IN_FLIGHT, (soft - SPARED) // 2))


class Work:
    """The loops of one dispatcher. `begin` registers it, `end` takes it away."""

    def __init__(self, db: Database, book: Book, sender: Sending, *, cap: int | None = None) -> None:
        self._db = db
        self._sender = sender
        self._book = book
        self.care = Care(db, book)
        self.lease = Lease(db)
        self.outcomes = Outcomes(db, lambda batch: self.dispatcher.written(batch), self.care.fared)
        self.dispatcher = Dispatcher(book, sender, self.outcomes, self.lease, cap=cap or slots())
        self.loader = Loader(db, book, self.dispatcher)
        self._missing = Missing(db)
        self._look_after = time.monotonic() + MISSING_EVERY
        self.dispatcher.call_loader = self.loader.wake
        self.dispatcher.due_in = self.loader.due_in
        self.dispatcher.died = self.care.died
        self.dispatcher.gone = self.care.gone
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        await self.lease.register()
        await self._beat()
        for name, loop in (("heartbeat", self._heart), ("loader", self.loader.run), ("care", self.care.run)):
            self._tasks.append(asyncio.create_task(_for_ever(name, loop), name=f"dispatch {name}"))

    async def _heart(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            await self._beat()

    async def _beat(self) -> None:
        """One heartbeat. While the database is away it is tried again every half second; the lease runs out by itself."""
        while True:
            try:
                if await self._beat_once():
                    return
            except AWAY as error:
                log.error("dispatch.heart", reason=str(error) or type(error).__name__)
                await asyncio.sleep(0.5)

    async def _beat_once(self) -> bool:
        lease, dispatcher = self.lease, self.dispatcher
        before = lease.live
        async with self._db.system() as unit:
            began = await lease.beat(unit)
            if began is not None and lease.id is not None:
                await dispatcher.shards.renew(unit, lease.id, lease.live, dispatcher.busy())
        if began is None:
            log.warning("dispatch.taken_for_dead", dispatcher=lease.id)
            await lease.register()
            dispatcher.lose()  # only now: until it had a new id it was still handed messages of the old one
            return False
        lease.trust(began)
        if lease.live != before:
            dispatcher.cards_changed({line.org for line in dispatcher.queues.lines.values()})
        assert lease.id is not None  # noqa: S101 (it beats)
        if await tidy(self._db, lease.id) or dispatcher.shards.leaving:
            self.loader.wake()
        if dispatcher.doubtful or time.monotonic() > self._look_after:
            dispatcher.doubtful = False
            dispatcher.doubtful = await self._missing.look(lease.id, dispatcher.held)
            self._look_after = time.monotonic() + MISSING_EVERY
            self.loader.wake()
        dispatcher.pump_soon()
        return True

    async def end(self) -> None:
        """Finish what is in flight, give back the rest at once, write everything down, leave."""
        self.dispatcher.stopping = True
        _, loader, care = self._tasks
        await _cancelled([loader, care])
        self.dispatcher.release()
        deadline = time.monotonic() + FINISH
        while self._sender.in_flight and time.monotonic() < deadline:  # noqa: ASYNC110 (once in a process's life)
            await asyncio.sleep(0.02)
        self._sender.abort()
        await asyncio.sleep(0)
        with suppress(*AWAY, TimeoutError):
            async with asyncio.timeout(FINISH):
                await self.outcomes.drain()
                await self.care.act()
                if self.lease.id is not None:
                    await leave(self._db, self.lease.id)
        await _cancelled(self._tasks)
        with suppress(*AWAY, TimeoutError):
            async with asyncio.timeout(FINISH):
                await self.lease.leave()


async def _for_ever(name: str, loop: Callable[[], Awaitable[None]]) -> None:
    """A loop must not end: what it did not expect is logged, and it begins again."""
    while True:
        try:
            await loop()
        except Exception:
            log.exception("dispatch.loop_failed", loop=name)
            await asyncio.sleep(1.0)


async def _cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=FINISH)  # a transaction on a dead server may not let go in time


@asynccontextmanager
async def working(db: Database, book: Book, sender: Sending, *, cap: int | None = None) -> AsyncIterator[Work]:
    """A dispatcher that works while the block runs."""
    work = Work(db, book, sender, cap=cap)
    try:
        await work.begin()
    except BaseException:
        sender.abort()
        raise
    try:
        yield work
    finally:
        await work.end()
