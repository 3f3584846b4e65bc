"""Brings what waits in the table into memory: when told, when something falls due, and every second all the same."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from hub.db.engine import Database
from webhooks.body import body_of
from webhooks.book import Book
from webhooks.dispatch.claims import CLAIM_DUE, CLAIM_KEYS, EXPIRE, ORDERED_ENDPOINTS
from webhooks.dispatch.dispatcher import Dispatcher
from webhooks.dispatch.holding import NEW
from webhooks.dispatch.outcomes import AWAY
from webhooks.ready import Ready

if TYPE_CHECKING:
    import asyncpg

AT_ONCE = 1_000  # messages of one claim
KEYS = 256  # order keys looked at in one claim
RUN = 16  # messages of one order key in one claim
LOOK = 1.0  # seconds between two looks when nothing is heard
BREATH = 0.01  # seconds between two claims: what is told meanwhile comes with the next
RETRY = 1.0  # seconds before listening again

log = structlog.get_logger("webhooks.dispatch")


class Loader:
    """One per dispatcher."""

    def __init__(self, db: Database, book: Book, dispatcher: Dispatcher) -> None:
        self._db = db
        self._partners = book
        self._yard = dispatcher
        self._wake = asyncio.Event()
        self._book = True
        self._ears: asyncpg.Connection[Any] | None = None
        self._listen_after = 0.0
        self._due = float("inf")  # the next retry, monotonic
        self._ordered_after = 0.0
        self._reached: dict[UUID, str] = {}  # ordered endpoint → the key to go on from, where there was no more room

    def wake(self) -> None:
        """Something waits in the table, or there is room again."""
        self._wake.set()

    def due_in(self, seconds: float) -> None:
        """A message will be due then."""
        self._due = min(self._due, time.monotonic() + seconds)

    async def run(self) -> None:
        """For as long as the dispatcher works."""
        try:
            while True:
                self._wake.clear()
                try:
                    more = await self._look()
                except AWAY as error:
                    log.error("dispatch.database_away", reason=str(error) or type(error).__name__)
                    more, self._yard.doubtful = False, True  # a claim may stand
                    await asyncio.sleep(LOOK / 2)
                await asyncio.sleep(BREATH)
                if not more:
                    await self._pause()
        finally:
            if self._ears is not None:
                self._ears.terminate()

    async def _pause(self) -> None:
        now = time.monotonic()
        wait = min(LOOK, max(0.0, self._due - now))
        if now < self._ordered_after:
            wait = min(wait, self._ordered_after - now)
        try:
            async with asyncio.timeout(wait):
                await self._wake.wait()
        except TimeoutError:
            self._book = True

    async def _look(self) -> bool:
        """Claim what there is room for. True when more waits."""
        await self._listen()
        if self._book:
            self._book = False
            changed = await self._partners.refresh()
            if changed:
                self._yard.cards_changed(set(changed))
        owner, space = self._yard.owner, self._yard.space()
        if owner is None or space <= 0:
            return False
        now = time.monotonic()
        if now >= self._due:
            self._due = float("inf")
        most = min(AT_ONCE, space)
        rooms = self._yard.rooms(AT_ONCE)
        async with self._db.system() as unit:
            rows = await unit.fetch(CLAIM_DUE, owner, list(rooms), list(rooms.values()), NEW, most)
        await self._take(rows, owner)
        more = self._yard.hungry(Counter(row["endpoint"] for row in rows), rooms) or len(rows) == most
        if now >= self._ordered_after:
            await self._ordered(owner)
            took = time.monotonic() - now
            self._ordered_after = now + took + min(LOOK, 3 * took)  # keys that wait for long cost a look each: not too often
        return more

    async def _ordered(self, owner: int) -> None:
        shards = sorted(self._yard.shards.mine)
        if not shards:
            return
        async with self._db.system() as unit:
            endpoints = [row[0] for row in await unit.fetch(ORDERED_ENDPOINTS)]
        for endpoint in endpoints:
            start = self._reached.pop(endpoint, "")
            while (room := min(self._yard.ordered_room(endpoint), self._yard.space())) > 0:
                async with self._db.system() as unit:
                    rows = await unit.fetch(CLAIM_KEYS, owner, endpoint, start, KEYS, shards, RUN, room)
                await self._take([row for row in rows if row["event"] is not None], owner)
                if rows[0]["upto"] is None:
                    break
                if len(rows) == room:  # the rest of these keys is for the next look
                    self._reached[endpoint] = start
                    self._wake.set()
                    break
                start = rows[0]["upto"]
            else:
                self._reached[endpoint] = start

    async def _take(self, rows: Sequence[Any], owner: int) -> None:
        if not rows:
            return
        for org in {row[0] for row in rows}:
            await self._partners.partners(org)
        ready, expired = [], []
        for org, endpoint, event, position, attempts, step, cause, key, type, at, data, _ in rows:
            if data is None:
                expired.append((endpoint, event))
                continue
            body = body_of(type, at, data)
            ready.append(Ready(endpoint, org, event, position, body, attempts=attempts, step=step, cause=cause, order_key=key))
        self._yard.take_claimed(ready, owner)
        if expired:
            async with self._db.system() as unit:
                await unit.execute(EXPIRE, *zip(*expired, strict=True), owner)

    async def _listen(self) -> None:
        """Before the look at the table, so that nothing falls between the two."""
        if self._ears is not None and not self._ears.is_closed():
            return
        if time.monotonic() < self._listen_after:
            return
        self._listen_after = time.monotonic() + RETRY
        self._ears = await self._db.listener()
        await self._ears.add_listener("luneo_message", lambda *_: self._wake.set())
        await self._ears.add_listener("luneo_book", self._heard)
        self._ears.add_termination_listener(lambda *_: self._wake.set())

    def _heard(self, *_: object) -> None:
        self._book = True
        self._wake.set()
