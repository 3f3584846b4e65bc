"""`python -m benchmarks.dispatching.load`: the publisher, in a process of its own that is on nobody's bill.

Reads a `Plan` as JSON from stdin. Either every connection asks again as soon as it was answered (`rate` 0), or events fall due
by the clock and their time counts from then, answered or not: a server that stalls cannot hide what waited meanwhile. Prints
what was accepted and refused; the file `out` gets two columns: marks and the times when they were sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from array import array
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.dispatching.adapters import Adapter, Target, adapter_of

PAD = b"x" * 1024


@dataclass(frozen=True)
class Plan:
    """What to publish: `batch` events in a request (0: one without the batch route), for so many seconds or so many events."""

    adapter: str
    base: str
    credentials: str
    targets: list[dict[str, object]]
    out: str
    seconds: float
    first: int = 0
    batch: int = 0
    connections: int = 32
    rate: float = 0.0  # events per second
    size: int = 1024  # bytes of data
    most: int = 1 << 40  # events


@dataclass
class Load:
    """The state of one run."""

    plan: Plan
    adapter: Adapter
    targets: list[Target]
    marks: array[int] = field(default_factory=lambda: array("Q"))
    times: array[float] = field(default_factory=lambda: array("d"))
    statuses: Counter[int] = field(default_factory=Counter)
    due: deque[float] = field(default_factory=deque)  # when the request should have left
    idle: list[Asking] = field(default_factory=list)
    next: int = 0
    busy: int = 0
    ends: float = 0.0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def request(self) -> tuple[bytes, list[int]] | None:
        """The next request and its marks; None when the time is up."""
        count = max(1, self.plan.batch)
        if time.monotonic() >= self.ends or self.next + count > self.plan.most:
            return None
        marks = range(self.plan.first + self.next, self.plan.first + self.next + count)
        events = [(self.targets[mark % len(self.targets)], self.data(mark)) for mark in marks]
        self.next += count
        made = self.adapter.publish_batch(events) if self.plan.batch else self.adapter.publish_one(*events[0])
        if made is None:
            raise SystemExit("this server takes no batches")
        return made, list(marks)

    def data(self, mark: int) -> bytes:
        """About 1 KB of JSON: `{"mark":"0000000000000001","amount":12,"note":"xxx…"}`."""
        return b'{"mark":"%016d","amount":%d,"note":"%b"}' % (mark, 1 + mark % 99, PAD[: self.plan.size - 60])

    def answered(self, status: int, marks: list[int], sent: float) -> None:
        self.statuses[status] += 1
        if self.adapter.accepted(status):
            self.marks.extend(marks)
            self.times.extend([sent] * len(marks))

    async def run(self) -> None:
        """Until the time is up and the last one was answered."""
        host, _, port = self.plan.base.removeprefix("http://").partition(":")
        loop = asyncio.get_running_loop()
        for _ in range(self.plan.connections):
            await loop.create_connection(lambda: Asking(self), host, int(port))
        self.ends = time.monotonic() + self.plan.seconds
        if self.plan.rate:
            await self._by_the_clock()
        else:
            for asking in list(self.idle):
                self.give(asking)
        while self.busy:
            await asyncio.wait_for(self.done.wait(), 60)

    async def _by_the_clock(self) -> None:
        began, step, made = time.monotonic(), max(1, self.plan.batch) / self.plan.rate, 0
        while time.monotonic() < self.ends:
            while began + made * step <= time.monotonic():
                self.due.append(began + made * step)
                made += 1
            while self.due and self.idle:
                self.give(self.idle[-1])
            await asyncio.sleep(max(0.001, began + made * step - time.monotonic()))

    def give(self, asking: Asking) -> None:
        """The next request to a connection that has nothing to do."""
        if self.plan.rate and not self.due:
            return
        made = self.request()
        if made is None:
            return
        self.idle.remove(asking)
        self.busy += 1
        asking.ask(*made, self.due.popleft() if self.plan.rate else time.monotonic())

    def write(self) -> None:
        """The two columns."""
        with Path(self.plan.out).open("wb") as file:
            self.marks.tofile(file)
            self.times.tofile(file)

    def free(self, asking: Asking) -> None:
        """A connection was answered."""
        self.busy -= 1
        self.idle.append(asking)
        self.give(asking)
        if not self.busy:
            self.done.set()


class Asking(asyncio.Protocol):
    """One connection: one request at a time. Bodies are read by their length, or as chunks."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.left = b""
        self.marks: list[int] = []
        self.sent = 0.0
        self.waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.load.idle.append(self)

    def ask(self, request: bytes, marks: list[int], sent: float) -> None:
        self.marks, self.sent, self.waits = marks, sent, True
        self.transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.left = data = self.left + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = data[:end].lower()
        if (found := head.find(b"content-length:")) >= 0:
            whole = len(data) - end - 4 >= int(head[found + 15 :].split(b"\r", 1)[0])
        else:
            whole = b"chunked" not in head or data.endswith(b"0\r\n\r\n")
        if whole:
            self.left, self.waits = b"", False
            self.load.answered(int(data[9:12]), self.marks, self.sent)
            self.load.free(self)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        if self in self.load.idle:
            self.load.idle.remove(self)
        if self.waits:
            self.waits = False
            self.load.answered(0, [], 0.0)
            self.load.busy -= 1
            if not self.load.busy:
                self.load.done.set()


async def main() -> None:
    """One plan."""
    plan = Plan(**json.loads(sys.stdin.readline()))
    adapter = adapter_of(plan.adapter, plan.base, plan.credentials)
    targets = [Target(str(one["name"]), ()) for one in plan.targets]
    load = Load(plan, adapter, targets)
    began = time.monotonic()
    await load.run()
    load.write()
    left = {str(status): count for status, count in load.statuses.items()}
    print(json.dumps({"accepted": len(load.marks), "asked": load.next, "statuses": left, "began": began}), flush=True)


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(main())
    else:
        uvloop.run(main())
