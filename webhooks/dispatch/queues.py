"""Who is next: deficit round robin over organisations, then over their endpoints; only who may send stands in a ring."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable, Iterable
from uuid import UUID

from webhooks.dispatch.line import NEVER, SLOW, House, Line
from webhooks.dispatch.window import START
from webhooks.ready import Ready

MOST_HELD = 20_000  # messages
MOST_BYTES = 256 << 20  # of their bodies
QUANTUM = 8  # of credit for each turn
COST_BYTES = 16_384  # a message costs one, and one more for every such piece of its body
RETRY_SHARE = 0.3  # of the slots
HOUSE_SHARE = 0.5  # of the slots that one organisation can have in flight


class Queues:
    """Everything that this process holds. `cap`: requests in flight; `pump` is called when a pause of a line is over."""

    def __init__(self, cap: int, loop: AbstractEventLoop, pump: Callable[[], None]) -> None:
        self.cap = cap
        self.lines: dict[UUID, Line] = {}
        self.in_flight = 0
        self.retries = 0  # of them
        self.held = 0  # messages in memory, in flight or not
        self.bytes = 0
        self._houses: dict[UUID, House] = {}
        self._ring: deque[House] = deque()
        self._kept_back: set[Line] = set()  # only retries wait there, and enough of them are in flight
        self._loop = loop
        self._pump = pump

    def line(self, org: UUID, endpoint: UUID) -> Line:
        line = self.lines.get(endpoint)
        if line is None:
            house = self._houses.get(org)
            if house is None:
                house = self._houses[org] = House()
            line = self.lines[endpoint] = Line(org, endpoint, house)
        return line

    @property
    def free(self) -> int:
        """How many more messages there is memory for."""
        return max(0, MOST_HELD - self.held) if self.bytes < MOST_BYTES else 0

    def add(self, ready: Ready) -> None:
        """Put it into its line. Call the pump afterwards."""
        line = self.lines.get(ready.endpoint) or self.line(ready.org, ready.endpoint)
        line.add(ready)
        self.held += 1
        self.bytes += len(ready.body)
        if not line.listed:
            self.enlist(line)

    def enlist(self, line: Line) -> None:
        """Give the line its turn, if anything waits there."""
        if line.listed or not (line.fresh or line.retry):
            return
        line.listed = True
        house = line.house
        house.ring.append(line)
        if not house.listed:
            house.listed = True
            self._ring.append(house)

    def next(self, now: float) -> tuple[Line, Ready] | None:
        """The next message that may be sent at this instant, already counted as in flight."""
        ring = self._ring
        while ring and self.in_flight < self.cap:
            house = ring[0]
            if not house.ring or house.in_flight >= self.cap * HOUSE_SHARE:
                ring.popleft()
                house.listed = False
                continue
            if house.credit <= 0:
                house.credit += QUANTUM
                ring.rotate(-1)
                continue
            line = house.ring[0]
            if line.credit <= 0:
                line.credit += QUANTUM // 2
                house.ring.rotate(-1)
                continue
            if not (line.fresh or line.retry) or (wait := line.wait(now)):
                house.ring.popleft()
                line.listed = False
                if line.fresh or line.retry:
                    self._wake_after(line, wait)
                continue
            ready = line.pop(self.retries < self.cap * RETRY_SHARE or self.in_flight < self.cap // 2)
            if ready is None:
                house.ring.popleft()
                line.listed = False
                self._kept_back.add(line)
                continue
            cost = 1 + len(ready.body) // COST_BYTES
            line.credit -= cost
            house.credit -= cost
            self._begin(line, ready, now)
            return line, ready
        return None

    def _begin(self, line: Line, ready: Ready, now: float) -> None:
        self.in_flight += 1
        line.in_flight += 1
        line.house.in_flight += 1
        if ready.step:
            self.retries += 1
        if line.breaker.open:
            line.breaker.probing = True
        line.throttle.count(now)

    def ended(self, line: Line, ready: Ready) -> None:
        """It is no longer in flight; what it left behind in its line may go."""
        self.in_flight -= 1
        line.in_flight -= 1
        house = line.house
        house.in_flight -= 1
        self.held -= 1
        self.bytes -= len(ready.body)
        if ready.step:
            self.retries -= 1
            while self._kept_back:
                self.enlist(self._kept_back.pop())
        if not line.listed:
            self.enlist(line)
        if not house.listed and house.ring:
            house.listed = True
            self._ring.append(house)

    def forget(self, gone: Iterable[Ready]) -> None:
        """They were taken out of their lines and are no longer held."""
        for ready in gone:
            self.held -= 1
            self.bytes -= len(ready.body)

    def thin_out(self) -> list[Ready]:
        """When memory runs short: what waits before endpoints that let nothing through, all but a few. No longer held."""
        if self.free > MOST_HELD // 4:
            return []
        gone: list[Ready] = []
        for line in self.lines.values():
            if line.queued > SLOW and line.in_flight >= line.window.size and line.window.size <= START:
                line.slow = True
                gone += line.drain(SLOW)
        self.forget(gone)
        return gone

    def _wake_after(self, line: Line, wait: float) -> None:
        if wait != NEVER and not line.waking:
            line.waking = True
            self._loop.call_later(max(wait, 0.005), self._awake, line)

    def _awake(self, line: Line) -> None:
        line.waking = False
        self.enlist(line)
        self._pump()
