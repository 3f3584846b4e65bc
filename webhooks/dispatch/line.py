"""The line before one endpoint: what waits for it in memory, and how it fares."""

from __future__ import annotations

import random
import time
from collections import deque
from uuid import UUID

from webhooks.dispatch.window import Breaker, Throttle, Window
from webhooks.ready import Ready

PLENTY = 32  # messages of one endpoint in memory for every place in its window: 128 at first, 2,048 when it answers well
FREE_SHARE = 8  # of the memory that is still free one endpoint gets an eighth: however many hang, the others find room
SLOW = 8  # of one that let nothing through while memory ran short
PROBES = 4  # while its breaker is open
NEVER = float("inf")


class Line:
    """Two lanes, fresh and retry. `keys`: order keys of which a message is on its way, and those that follow it."""

    __slots__ = (
        "breaker", "credit", "endpoint", "fresh", "house", "hungry", "in_flight", "keys", "listed", "org", "reserved", "retry",
        "slow", "throttle", "turn", "waking", "window",
    )  # fmt: skip

    def __init__(self, org: UUID, endpoint: UUID, house: House) -> None:
        self.org = org
        self.endpoint = endpoint
        self.house = house
        self.fresh: deque[Ready] = deque()
        self.retry: deque[Ready] = deque()
        self.keys: dict[str, deque[Ready]] = {}
        self.window = Window()
        self.breaker = Breaker(random.random)
        self.throttle = Throttle()
        self.in_flight = 0
        self.reserved = 0  # admitted, not yet committed
        self.credit = 0
        self.turn = 0
        self.hungry = False  # more of it waits in the table
        self.slow = False  # until its next success
        self.listed = False  # in its house's ring
        self.waking = False  # a timer will list it

    @property
    def queued(self) -> int:
        return len(self.fresh) + len(self.retry)

    @property
    def held(self) -> int:
        """Messages of this endpoint that this process owns or has promised to take."""
        following = sum(map(len, self.keys.values())) if self.keys else 0
        return len(self.fresh) + len(self.retry) + self.in_flight + self.reserved + following

    def room(self, free: int) -> int:
        """How many more it may hold, of `free` that the process has left.

        Before an open breaker none, but for the probes once their time has come.
        """
        if self.breaker.open:
            return max(0, PROBES - self.held) if time.monotonic() >= self.breaker.until else 0
        most = SLOW if self.slow else int(self.window.size) * PLENTY
        return max(0, min(most, free // FREE_SHARE) - self.held)

    def add(self, ready: Ready) -> None:
        """Behind the others of its lane; behind the one of its order key that is on its way."""
        if ready.order_key is not None:
            if ready.order_key in self.keys:
                self.keys[ready.order_key].append(ready)
                return
            self.keys[ready.order_key] = deque()
        (self.retry if ready.step else self.fresh).append(ready)

    def wait(self, now: float) -> float:
        """0: the next attempt may begin. Else seconds until it may; NEVER: not before an answer comes."""
        if self.breaker.open:
            if self.breaker.probing:
                return NEVER
            return max(0.0, self.breaker.until - now)
        if self.in_flight >= self.window.size:
            return NEVER
        return self.throttle.wait(now)

    def pop(self, retries: bool) -> Ready | None:
        """The next one: three of ten from the retry lane when both wait; none of it when the process has enough in flight."""
        if self.retry and retries:
            if not self.fresh:
                return self.retry.popleft()
            self.turn = (self.turn + 3) % 10
            return self.retry.popleft() if self.turn < 3 else self.fresh.popleft()
        return self.fresh.popleft() if self.fresh else None

    def next_of(self, order_key: str) -> bool:
        """Its key's message has ended: the one behind it may go. False when there is none."""
        followers = self.keys.get(order_key)
        if followers:
            self.fresh.append(followers.popleft())
            return True
        self.keys.pop(order_key, None)
        return False

    def drain(self, keep: int = 0) -> list[Ready]:
        """Take out what waits, but for the first `keep` and what follows them in order."""
        lanes = [*self.retry, *self.fresh]
        self.retry.clear()
        self.fresh.clear()
        staying, going = lanes[:keep], lanes[keep:]
        for ready in staying:
            (self.retry if ready.step else self.fresh).append(ready)
        for ready in list(going):
            if ready.order_key is not None:
                going.extend(self.keys.pop(ready.order_key, ()))
        return going

    def followers(self, order_key: str) -> list[Ready]:
        """Take out what waits behind a message of that key, and forget the key."""
        return list(self.keys.pop(order_key, ()))


class House:
    """An organisation's lines, and its turn among the others."""

    __slots__ = ("credit", "in_flight", "listed", "ring")

    def __init__(self) -> None:
        self.ring: deque[Line] = deque()
        self.credit = 0
        self.in_flight = 0
        self.listed = False
