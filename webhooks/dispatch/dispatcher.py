"""The dispatcher: from its queues to the sender, from the answers to the outcomes. Callbacks only, no task per message."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from webhooks.book import Book
from webhooks.card import Card
from webhooks.dispatch.lease import Lease
from webhooks.dispatch.line import PROBES, Line
from webhooks.dispatch.order import Shards, shard_of
from webhooks.dispatch.outcomes import TOO_MANY, Outcomes
from webhooks.dispatch.queues import MOST_HELD, Queues
from webhooks.dispatch.ready import Ready
from webhooks.dispatch.schedule import Fate, Verdict, judge
from webhooks.dispatch.wording import Clock, custom, signed
from webhooks.states import State

BURST = 64  # requests begun without letting the loop do something else
HANDING_BACK = 5.0  # a pause that is longer sends what is held back to the table


class Sends(Protocol):
    """What is needed of `webhooks.send.sender.Sender`."""

    def start(self, url: str, headers: list[str | bytes], body: bytes, done: Callable[[Any], None]) -> None: ...


class Dispatcher:
    """`webhooks.desk.Intake`, and what the loader fills.

    `cap`: requests in flight. `ended`: told of each message that died (with its answer) and of each endpoint that is gone.
    """

    def __init__(self, book: Book, sender: Sends, outcomes: Outcomes, lease: Lease, *, cap: int) -> None:
        self.lease = lease
        self.shards = Shards()
        self.outcomes = outcomes
        self.flying: set[Ready] = set()
        self.stopping = False
        self.queues = Queues(cap, asyncio.get_running_loop(), self.pump_soon)
        self.call_loader: Callable[[], None] = lambda: None
        self.due_in: Callable[[float], None] = lambda _: None
        self.died: Callable[[Ready, Any], None] = lambda *_: None
        self.gone: Callable[[Ready], None] = lambda _: None
        self._book = book
        self._sender = sender
        self._clock = Clock(lambda: lease.offset)
        self._cards: dict[UUID, tuple[Card, list[bytes]]] = {}
        self._parked: set[UUID] = set()  # disabled while something was held of them
        self._pumping = False
        self._dying: dict[tuple[UUID, UUID], Ready] = {}  # ordered messages whose end must be written before the next goes

    # What publishers call

    @property
    def owner(self) -> int | None:
        """The dispatcher's id, while it takes messages."""
        return self.lease.id if self.lease.holds and not self.stopping and self.outcomes.backlog < TOO_MANY else None

    def admit(self, card: Card, order_key: str | None) -> bool:
        """Ordered messages go through the table, which alone knows their order."""
        queues = self.queues
        if order_key is not None or not card.enabled or queues.full or self.owner is None:
            return False
        line = queues.lines.get(card.id) or queues.line(card.org, card.id)
        if line.room() <= 0:
            return False
        line.reserved += 1
        return True

    def take(self, ready: list[Ready]) -> None:
        for one in ready:
            line = self.queues.lines[one.endpoint]
            line.reserved = max(0, line.reserved - 1)
            self.queues.add(one)
        self.pump_soon()

    def give_back(self, admitted: Mapping[UUID, int]) -> None:
        for endpoint, count in admitted.items():
            line = self.queues.lines[endpoint]
            line.reserved = max(0, line.reserved - count)

    def wake(self) -> None:
        self.call_loader()

    # What the loader calls

    def space(self) -> int:
        """How many messages may still be held."""
        return 0 if self.queues.full or self.owner is None else MOST_HELD - self.queues.held

    def rooms(self, most: int) -> dict[UUID, int]:
        """Endpoint → how many of its messages may be claimed, where it is not `most`."""
        return {id: room for id, line in self.queues.lines.items() if (room := line.room()) < most}

    def ordered_room(self, endpoint: UUID) -> int:
        line = self.queues.lines.get(endpoint)
        return MOST_HELD if line is None else line.room()

    def hungry(self, came: Mapping[UUID, int], rooms: Mapping[UUID, int], most: int) -> bool:
        """Remember which endpoints gave as many as were asked for: more of them waits. True when there is room for it now."""
        at_once = False
        for endpoint, count in came.items():
            if count >= rooms.get(endpoint, most) and (line := self.queues.lines.get(endpoint)) is not None:
                line.hungry = True
                at_once = at_once or line.room() >= most
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

    # Sending

    def pump_soon(self) -> None:
        """Begin what may be begun, after whatever the loop is at now."""
        if not self._pumping:
            self._pumping = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._pumping = False
        if self.stopping or self.outcomes.backlog >= TOO_MANY:
            return
        lease, queues = self.lease, self.queues
        for _ in range(BURST):
            now = time.monotonic()
            if not lease.holds:
                return
            found = queues.next(now)
            if found is None:
                return
            self._send(*found)
        self.pump_soon()

    def _send(self, line: Line, ready: Ready) -> None:
        card = self._book.card(ready.endpoint)
        if card is None or not card.enabled:
            self.queues.ended(line, ready)
            self.outcomes.give_back([ready], self._me())
            if ready.order_key is not None:
                self._drop(line.followers(ready.order_key))
            self._hand_back(line, 0)
            self._parked.add(line.endpoint)
            return
        known = self._cards.get(ready.endpoint)
        if known is None or known[0] is not card:
            known = self._cards[ready.endpoint] = (card, custom(card))
            line.throttle.rate = card.rate_limit / self.lease.live if card.rate_limit else None
        headers = signed(card, known[1], ready, self._clock.stamp(time.time()))
        self.flying.add(ready)
        self._sender.start(card.url, headers, ready.body, partial(self._done, line, ready, card, self._me()))

    def _me(self) -> int:
        assert self.lease.id is not None  # noqa: S101 (nothing is sent before it has registered)
        return self.lease.id

    def _done(self, line: Line, ready: Ready, card: Card, owner: int, answer: Any) -> None:
        self.flying.discard(ready)
        self.queues.ended(line, ready)
        if answer.error == "stopped":  # by ourselves
            self.outcomes.give_back([ready], owner)
            return
        verdict = judge(answer, ready.step, card.retry, random.random())  # noqa: S311 (no secret)
        n = ready.attempts + 1
        fate = verdict.fate
        if fate is Fate.DELIVERED:
            state, step = State.DELIVERED, ready.step
            self._fared_well(line, answer)
        else:
            state, step = (State.WAITING if fate is Fate.RETRY else State.DEAD), ready.step + 1
            self._fared_badly(line, answer, verdict)
        self.outcomes.add((
            ready.org, ready.endpoint, ready.event, owner, answer.began + self.lease.offset, n, ready.cause, answer.ms,
            answer.status, answer.error, answer.address, answer.headers or None, answer.body or None, answer.size,
            int(state), min(step, 32_000), verdict.delay,
        ))  # fmt: skip
        if owner == self.lease.id:
            self._after(line, ready, answer, verdict)
        if line.hungry and line.queued <= line.window.size:
            line.hungry = False
            self.call_loader()
        self.pump_soon()

    def _fared_well(self, line: Line, answer: Any) -> None:
        line.window.success()
        if line.breaker.success(time.monotonic()):
            line.window.ramp()
            self.call_loader()
        self.outcomes.healths.of(line.endpoint).succeeded(answer.began)

    def _fared_badly(self, line: Line, answer: Any, verdict: Verdict) -> None:
        now = time.monotonic()
        opened = False
        if verdict.blames:
            line.window.failure()
            opened = line.breaker.failure(now)
        elif line.breaker.open and line.breaker.success(now):
            line.window.ramp()  # it answers again, if only to refuse
        if verdict.quiet >= 1.0:
            opened = line.breaker.trip(now, verdict.quiet) or opened
        if opened:
            self._hand_back(line, PROBES if line.breaker.until - now <= HANDING_BACK * 2 else 0)
        word = f"status {answer.status}" if answer.status else answer.error
        self.outcomes.healths.of(line.endpoint).failed(answer.began, word)

    def _after(self, line: Line, ready: Ready, answer: Any, verdict: Verdict) -> None:
        """What a message's end, or its wait, means for those behind it."""
        key, fate = ready.order_key, verdict.fate
        if fate is Fate.RETRY:
            self.due_in(verdict.delay)
            if key is not None:
                self._drop(line.followers(key))
            return
        if fate is Fate.DELIVERED:
            if key is not None:
                self._go_on(line, key)
            return
        if key is not None:
            self._dying[(ready.endpoint, ready.event)] = ready
        if fate is Fate.GONE:
            self.gone(ready)
        self.died(ready, answer)

    def _go_on(self, line: Line, key: str) -> None:
        if shard_of(line.endpoint, key) not in self.shards.mine:
            self._drop(line.followers(key))
        elif line.next_of(key):
            self.queues.list(line)
        else:
            self.call_loader()  # more of it may wait in the table

    def written(self, batch: Sequence[Any]) -> None:
        """These outcomes stand in the table."""
        if self._dying:
            for row in batch:
                ready = self._dying.pop((row[1], row[2]), None)
                if ready is not None:
                    self._go_on(self.queues.lines[ready.endpoint], ready.order_key or "")
        if self.outcomes.backlog < TOO_MANY:
            self.pump_soon()

    # Giving back

    def _drop(self, messages: list[Ready]) -> None:
        if messages:
            self.queues.forget(messages)
            self.outcomes.give_back(messages, self._me())

    def _hand_back(self, line: Line, keep: int) -> None:
        self._drop(line.drain(keep))

    def cards_changed(self, orgs: set[UUID]) -> None:
        """The book was loaded anew for these organisations, or the number of dispatchers has changed."""
        for line in self.queues.lines.values():
            if line.org not in orgs:
                continue
            card = self._book.card(line.endpoint)
            if card is None or not card.enabled:
                self._hand_back(line, 0)
                self._parked.add(line.endpoint)
                continue
            line.throttle.rate = card.rate_limit / self.lease.live if card.rate_limit else None
            known = self._cards.get(line.endpoint)
            if line.endpoint in self._parked or (known is not None and known[0].url != card.url):
                self._parked.discard(line.endpoint)
                line.breaker.reset()
                line.window.ramp()
            self.queues.list(line)
        self.pump_soon()
        self.call_loader()

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
            self._drop(list(followers))
            followers.clear()
            return False
        (line.retry if first in line.retry else line.fresh).remove(first)
        self._drop([first, *line.followers(key)])
        return True

    def lose(self) -> None:
        """Somebody took this process for dead: nothing that it holds is its own any more."""
        self.shards.lose()
        self._dying.clear()
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
            self._drop(gone)

    def held(self) -> Counter[tuple[UUID, UUID]]:
        """All that this process knows to be its own, unwritten outcomes too."""
        known = Counter((one.endpoint, one.event) for one in self.flying)
        for line in self.queues.lines.values():
            known.update((line.endpoint, one.event) for one in (*line.fresh, *line.retry))
            for followers in line.keys.values():
                known.update((line.endpoint, one.event) for one in followers)
        known.update(self.outcomes.unwritten())
        return known
