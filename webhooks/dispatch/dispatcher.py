"""The dispatcher: from its queues to the sender, from the answers to the outcomes. Callbacks only, no task per message."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from webhooks.book import Book
from webhooks.card import Card
from webhooks.dispatch.holding import Holding
from webhooks.dispatch.lease import Lease
from webhooks.dispatch.line import PROBES, Line
from webhooks.dispatch.outcomes import TOO_MANY, Outcomes
from webhooks.dispatch.schedule import Fate, Verdict, judge
from webhooks.dispatch.wording import Clock, custom, signed
from webhooks.ready import Ready
from webhooks.states import State

BURST = 64  # requests begun without letting the loop do something else
PARKED = 5.0  # seconds until it is looked at again, unless its card changes
HANDING_BACK = 5.0  # a pause that is longer sends what is held back to the table


class Sends(Protocol):
    """What is needed of `webhooks.send.sender.Sender`."""

    def start(self, url: str, headers: list[str | bytes], body: bytes, done: Callable[[Any], None]) -> None: ...


class Dispatcher(Holding):
    """Sends what it holds. `cap`: requests in flight.

    `due_in` is told of retries, `died` of messages that were given up (with the answer), `gone` of those answered with 410.
    """

    def __init__(self, book: Book, sender: Sends, outcomes: Outcomes, lease: Lease, *, cap: int) -> None:
        super().__init__(outcomes, lease, cap=cap)
        self.due_in: Callable[[float], None] = lambda _: None
        self.died: Callable[[Ready, Any], None] = lambda *_: None
        self.gone: Callable[[Ready], None] = lambda _: None
        self._book = book
        self._sender = sender
        self._clock = Clock(lambda: lease.offset)
        self._cards: dict[UUID, tuple[Card, list[bytes]]] = {}
        self._parked: set[UUID] = set()  # disabled while something was held of them
        self._pumping = False

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
            self.outcomes.give_back([ready], self.me())
            if ready.order_key is not None:
                self.drop(line.followers(ready.order_key))
            self.hand_back(line, 0)
            line.breaker.trip(time.monotonic(), PARKED)  # else the loader would bring the same ones at once
            self._parked.add(line.endpoint)
            return
        known = self._cards.get(ready.endpoint)
        if known is None or known[0] is not card:
            known = self._cards[ready.endpoint] = (card, custom(card))
            self._throttle(line, card)
        headers = signed(card, known[1], ready, self._clock.stamp(time.time()))
        self.flying.add(ready)
        self._sender.start(card.url, headers, ready.body, partial(self._done, line, ready, card, self.me()))

    def _throttle(self, line: Line, card: Card) -> None:
        """Its limit, in this dispatcher's share."""
        line.throttle.limit(card.rate_limit / self.lease.live if card.rate_limit else None, time.monotonic())

    def _done(self, line: Line, ready: Ready, card: Card, owner: int, answer: Any) -> None:
        self.flying.discard(ready)
        self.queues.ended(line, ready)
        if answer.error == "stopped":  # by ourselves
            line.breaker.probing = False  # if it was the probe, it has said nothing
            self.outcomes.give_back([ready], owner)
            return
        verdict = judge(answer, ready.step, card.retry, random.random())  # noqa: S311 (no secret)
        n, at = ready.attempts + 1, answer.began + self.lease.offset
        fate = verdict.fate
        if fate is Fate.DELIVERED:
            state, step = State.DELIVERED, ready.step
            self._fared_well(line, at)
        else:
            state, step = (State.WAITING if fate is Fate.RETRY else State.DEAD), ready.step + 1
            self._fared_badly(line, at, answer, verdict)
        self.outcomes.add((
            ready.org, ready.endpoint, ready.event, owner, at, n, ready.cause, answer.ms,
            answer.status, answer.error, answer.address, answer.headers or None, answer.body or None, answer.size,
            int(state), min(step, 32_000), verdict.delay,
        ))  # fmt: skip
        if owner == self.lease.id:
            self._after(line, ready, answer, verdict)
        if line.hungry and line.queued <= line.window.size:
            self.call_loader()
        self.pump_soon()

    def _fared_well(self, line: Line, at: float) -> None:
        line.window.success()
        line.slow = False
        if line.breaker.success(time.monotonic()):
            line.window.ramp()
            self.call_loader()
        self.outcomes.healths.of(line.endpoint).succeeded(at)

    def _fared_badly(self, line: Line, at: float, answer: Any, verdict: Verdict) -> None:
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
            self.hand_back(line, PROBES if line.breaker.until - now <= HANDING_BACK * 2 else 0)
        word = f"status {answer.status}" if answer.status else answer.error
        self.outcomes.healths.of(line.endpoint).failed(at, word)

    def _after(self, line: Line, ready: Ready, answer: Any, verdict: Verdict) -> None:
        """What a message's end, or its wait, means for those behind it."""
        key, fate = ready.order_key, verdict.fate
        if fate is Fate.RETRY:
            self.due_in(verdict.delay)
            if key is not None:
                self.drop(line.followers(key))
            return
        if fate is Fate.DELIVERED:
            if key is not None and line.keys.get(key):
                self.go_on(line, key)
            elif key is not None:  # what follows is in the table, and may be claimed once this one's end stands there
                self.dying[(ready.endpoint, ready.event)] = ready
            return
        if key is not None:
            self.dying[(ready.endpoint, ready.event)] = ready
        if fate is Fate.GONE:
            self.gone(ready)
        self.died(ready, answer)

    def cards_changed(self, orgs: set[UUID]) -> None:
        """The book was loaded anew for these organisations, or the number of dispatchers has changed."""
        for line in self.queues.lines.values():
            if line.org not in orgs:
                continue
            card = self._book.card(line.endpoint)
            if card is None or not card.enabled:
                self.hand_back(line, 0)
                self._parked.add(line.endpoint)
                continue
            self._throttle(line, card)
            known = self._cards.get(line.endpoint)
            if line.endpoint in self._parked or (known is not None and known[0].url != card.url):
                self._parked.discard(line.endpoint)
                line.breaker.reset()
                line.window.ramp()
            self.queues.enlist(line)
        self.pump_soon()
        self.call_loader()
