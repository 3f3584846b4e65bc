"""Group commit: while one transaction of an organisation runs, the requests that come meanwhile gather for the next one.

Events of one organisation are written one transaction after the other anyway (the log's head is locked), so nothing is lost by
waiting, and a transaction of a hundred requests costs little more than one of a single request. Who comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final
from uuid import UUID

import asyncpg

from hub.db.engine import GONE, Database
from hub.errors import DatabaseUnreachable, Unavailable
from webhooks.desk import Desk, desk_of
from webhooks.publish.commit import Committing
from webhooks.publish.item import Done, Item
from webhooks.publish.once import in_flight

MOST_WAITING = 20_000  # events of a process
MOST_BYTES = 64 << 20  # of them
GROUP_EVENTS = 500
GROUP_MESSAGES = 5000
BUSY = 4  # requests in a group: then the next one waits a moment, to become as large
GATHER = 0.002  # seconds
PATIENCE = 3.0  # seconds until a request is answered 503
ABANDON = 30.0  # seconds until a transaction that does not end is left to itself
RETRY_AFTER = 5  # seconds
#: Classes of SQLSTATE that another try may cure: resources, locks, the operator, the system, a lost race, a read-only server.
PASSING = ("53", "55", "57", "58", "25", "XX")
RACE = ("40",)

_PLACE: Final = "webhooks.committer"


class Group:
    """What waits of one organisation."""

    __slots__ = ("items", "task")

    def __init__(self) -> None:
        self.items: deque[Item] = deque()
        self.task: asyncio.Task[None] | None = None


class GroupCommitter:
    """Publishes requests: `await publish(org, item)`. One transaction of an organisation runs at a time."""

    def __init__(self, db: Database, desk: Desk) -> None:
        self._committing = Committing(db, desk)
        self._groups: dict[UUID, Group] = {}
        self._keys: set[tuple[UUID, str]] = set()
        self._left: set[asyncio.Task[None]] = set()  # transactions that were left to themselves
        self._events = self._bytes = 0

    async def publish(self, org: UUID, item: Item) -> Done:
        """The answer, once everything is durable. Raises what the request is to be refused with."""
        if self._events + len(item.read) > MOST_WAITING or self._bytes + item.size > MOST_BYTES:
            raise Unavailable("Too many events are waiting to be written.", hint="Try again.", retry_after=1)
        if item.key is not None:
            if (org, item.key.text) in self._keys:
                raise in_flight()
            self._keys.add((org, item.key.text))
        loop = asyncio.get_running_loop()
        self._events += len(item.read)
        self._bytes += item.size
        item.since, item.future = loop.time(), loop.create_future()
        group = self._groups.get(org)
        if group is None:
            group = self._groups[org] = Group()
        group.items.append(item)
        if group.task is None:
            group.task = loop.create_task(self._run(org, group), name="webhooks: group commit")
        outcome = await item.future
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _run(self, org: UUID, group: Group) -> None:
        """Commit until nothing waits: the next group at once, unless traffic is high and it is smaller than the last one."""
        try:
            while group.items:
                items = self._next(group)
                task = asyncio.create_task(self._settled(org, items), name="webhooks: commit")
                await self._watched(task, items, group, org)
                if BUSY <= len(items) > len(group.items) > 0:
                    await asyncio.sleep(GATHER)
        finally:
            self._groups.pop(org, None)
            for item in group.items:  # only when the process ends
                self._refused(item)
                self._forget(org, item)

    def _next(self, group: Group) -> list[Item]:
        waiting = group.items
        items = [waiting.popleft()]
        events, messages = len(items[0].drafts), items[0].messages
        while waiting:
            events += len(waiting[0].drafts)
            messages += waiting[0].messages
            if events > GROUP_EVENTS or messages > GROUP_MESSAGES:
                break
            items.append(waiting.popleft())
        return items

    async def _watched(self, task: asyncio.Task[None], items: list[Item], group: Group, org: UUID) -> None:
        """Wait for a transaction, but let nobody wait for it longer than he should."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        timeout = PATIENCE - (began - items[0].since)
        while not (await asyncio.wait({task}, timeout=max(timeout, 0.05)))[0]:
            now, timeout = loop.time(), 0.25
            for item in items:
                self._refused(item)
            while group.items and now - group.items[0].since > PATIENCE:
                item = group.items.popleft()
                self._refused(item)
                self._forget(org, item)
            if now - began > ABANDON:
                self._left.add(task)
                task.add_done_callback(self._left.discard)
                return

    def _refused(self, item: Item) -> None:
        """The outcome is not known; whoever asks again with the same key will learn it."""
        if item.future is not None and not item.future.done():
            item.future.set_result(away())

    async def _settled(self, org: UUID, items: list[Item]) -> None:
        """A group's transaction and its answers. Whatever happens, everybody gets one."""
        try:
            await self._tried(org, items)
        finally:
            for item in items:
                if item.outcome is None:
                    item.outcome = away()
                item.resolve_future()
                self._forget(org, item)

    async def _tried(self, org: UUID, items: list[Item], tries: int = 3) -> None:
        try:
            await self._committing.commit(org, items)
        except (DatabaseUnreachable, Unavailable, *GONE):
            return  # the outcome of all that have none: away
        except asyncpg.PostgresError as error:
            state = error.sqlstate or ""
            if state[:2] in RACE and tries > 1:
                await self._tried(org, items, tries - 1)
            elif state[:2] not in (*PASSING, *RACE):
                await self._apart(org, items, error)
        except Exception as error:  # a mistake of ours in one request must not take the others along
            await self._apart(org, items, error)

    async def _apart(self, org: UUID, items: list[Item], error: Exception) -> None:
        """Something in the group is bad in a way that only the database tells: halve it until that is alone."""
        open_ones = [item for item in items if item.outcome is None]
        if len(open_ones) == 1:
            open_ones[0].outcome = error
            return
        half = len(open_ones) // 2
        for part in (open_ones[:half], open_ones[half:]):
            if part:
                await self._tried(org, part)

    def _forget(self, org: UUID, item: Item) -> None:
        self._events -= len(item.read)
        self._bytes -= item.size
        if item.key is not None:
            self._keys.discard((org, item.key.text))


def committer_of(db: Database) -> GroupCommitter:
    """The committer of this process and database, which works at its desk. It stands at the database, whose end is its own."""
    committer: GroupCommitter | None = vars(db).get(_PLACE)
    if committer is None:
        committer = vars(db)[_PLACE] = GroupCommitter(db, desk_of(db))
    return committer


def away() -> Unavailable:
    """What is answered when it is not certain that everything is durable."""
    return Unavailable("The hub's database is away.", hint="Try again.", retry_after=RETRY_AFTER)
