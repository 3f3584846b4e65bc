"""What a dispatcher holds in memory: how it takes messages in, in which order it lets them go, how it gives them back."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from webhooks.card import Card
from webhooks.dispatch.lease import Lease
from webhooks.dispatch.line import Line
from webhooks.dispatch.order import Shards
from webhooks.dispatch.outcomes import TOO_MANY, Outcomes
from webhooks.dispatch.queues import Queues
from webhooks.ready import Ready
from webhooks.shard import shard_of

NEW = 128  # messages of an endpoint that nothing is known of yet


class Holding(ABC):
    """`webhooks.intake.Intake`, and what the loader fills. `call_loader`: there is room, or more may be had."""

    def __init__(self, outcomes: Outcomes, lease: Lease, *, cap: int) -> None:
        self.lease = lease
        self.shards = Shards()
        self.outcomes = outcomes
        self.queues = Queues(cap, asyncio.get_running_loop(), self.pump_soon)
        self.flying: set[Ready] = set()
        self.dying: dict[tuple[UUID, UUID], Ready] = {}  # ordered ones whose end must be written before the next goes
        self.stopping = False
        self.doubtful = False  # something may be ours in the table that we know nothing of
        self.call_loader: Callable[[], None] = lambda: None

    @abstractmethod
    def pump_soon(self) -> None:
        """Begin what may be begun, after whatever the loop is at now."""

    @property
    def owner(self) -> int | None:
        """The dispatcher's id, while it takes messages."""
        return self.lease.id if self.lease.holds and not self.stopping and self.outcomes.backlog < TOO_MANY else None

    def admit(self, card: Card, order_key: str | None) -> bool:
        """Ordered messages go through the table, which alone knows their order."""
        queues = self.queues
        if order_key is not None or not card.enabled or self.owner is None:
            return False
        line = queues.lines.get(card.id) or queues.line(card.org, card.id)
        if line.room(queues.free) <= 0:
            return False
        line.reserved += 1
        return True

    def take(self, ready: list[Ready], owner: int) -> None:
        if owner != self.lease.id:  # taken for dead meanwhile, and begun anew
            self.give_back(Counter(one.endpoint for one in ready))
            return
        for one in ready:
            line = self.queues.lines[one.endpoint]
            line.reserved = max(0, line.reserved - 1)
            self.queues.add(one)
        self.pump_soon()

    def give_back(self, admitted: Mapping[UUID, int]) -> None:
        """They were not committed, or it is not known that they were."""
        self.doubtful = True
        for endpoint, count in admitted.items():
            line = self.queues.lines[endpoint]
            line.reserved = max(0, line.reserved - count)

    def wake(self) -> None:
        self.call_loader()

    def space(self) -> int:
        """How many messages may still be held."""
        if self.owner is None:
            return 0
        if thinned := self.queues.thin_out():
            self.outcomes.give_back(thinned, self.me())
        return self.queues.free

    def rooms(self, most: int) -> dict[UUID, int]:
        """Endpoint → how many of its messages may be claimed; of the others `NEW`."""
        free = self.queues.free
        return {id: min(room, most) for id, line in self.queues.lines.items() if (room := line.room(free)) < NEW or line.hungry}

    def ordered_room(self, endpoint: UUID) -> int:
        line = self.queues.lines.get(endpoint)
        return NEW if line is None else line.room(self.queues.free)

    def hungry(self, came: Mapping[UUID, int], rooms: Mapping[UUID, int]) -> bool:
        """Remember which endpoints gave as many as were asked for: more of them waits. True when there is room for it now."""
        at_once = False
        for endpoint, count in came.items():
            if (line := self.queues.lines.get(endpoint)) is not None:
                line.hungry = count >= rooms.get(endpoint, NEW)
                at_once = at_once or (line.hungry and line.room(self.queues.free) >= NEW)
        return at_once

    def take_claimed(self, ready: list[Ready], owner: int) -> None:
        """Messages that this process has just made its own."""
        if owner != self.lease.id:
            return  # taken for dead meanwhile: they are not ours
        mine = self.shards.mine
        back = [one for one in ready if one.order_key is not None and shard_of(one.endpoint, one.order_key) not in mine]
        for one in ready:
            if one.order_key is None or shard_of(one.endpoint, one.order_key) in mine:
                self.queues.add(one)
        if back:
            self.outcomes.give_back(back, owner)
        self.pump_soon()

    def written(self, batch: Sequence[Any]) -> None:
        """These outcomes stand in the table."""
        if self.dying:
            for row in batch:
                ready = self.dying.pop((row[1], row[2]), None)
                if ready is not None:
                    self.go_on(self.queues.lines[ready.endpoint], ready.order_key or "")
        if self.outcomes.backlog < TOO_MANY:
            self.pump_soon()

    def go_on(self, line: Line, key: str) -> None:
        if shard_of(line.endpoint, key) not in self.shards.mine:
            self.drop(line.followers(key))
        elif line.next_of(key):
            self.queues.enlist(line)
        else:
            self.call_loader()  # more of it may wait in the table

    def busy(self) -> frozenset[int]:
        """Shards that are to be left and have something in flight; what only waits of them is given back."""
        busy: set[int] = set()
        if self.shards.leaving:
            for line in self.queues.lines.values():
                for key in [key for key in line.keys if shard_of(line.endpoint, key) in self.shards.leaving]:
                    if not self._leave_key(line, key):
                        busy.add(shard_of(line.endpoint, key))
        return frozenset(busy)

    def _leave_key(self, line: Line, key: str) -> bool:
        first = next((one for lane in (line.fresh, line.retry) for one in lane if one.order_key == key), None)
        if first is None:  # in flight: its followers go, it is waited for
            followers = line.keys[key]
            self.drop(list(followers))
            followers.clear()
            return False
        (line.retry if first in line.retry else line.fresh).remove(first)
        self.drop([first, *line.followers(key)])
        return True

    def lose(self) -> None:
        """Somebody took this process for dead: nothing that it holds is its own any more."""
        self.shards.lose()
        self.dying.clear()
        for line in self.queues.lines.values():
            gone = line.drain()
            for key in list(line.keys):
                gone += line.followers(key)
            self.queues.forget(gone)

    def release(self) -> None:
        """Give back everything that is not in flight."""
        for line in self.queues.lines.values():
            gone = line.drain()
            for key in list(line.keys):
                gone += line.followers(key)
            self.drop(gone)

    def held(self) -> Counter[tuple[UUID, UUID]]:
        """All that this process knows to be its own, unwritten outcomes too."""
        known = Counter((one.endpoint, one.event) for one in self.flying)
        for line in self.queues.lines.values():
            known.update((line.endpoint, one.event) for one in (*line.fresh, *line.retry))
            for followers in line.keys.values():
                known.update((line.endpoint, one.event) for one in followers)
        known.update(self.outcomes.unwritten())
        return known

    def drop(self, messages: list[Ready]) -> None:
        if messages:
            self.queues.forget(messages)
            self.outcomes.give_back(messages, self.me())

    def hand_back(self, line: Line, keep: int) -> None:
        self.drop(line.drain(keep))

    def me(self) -> int:
        assert self.lease.id is not None  # noqa: S101 (nothing is sent before it has registered)
        return self.lease.id
