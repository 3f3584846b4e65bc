"""The sender: begins requests, holds them to their deadlines and tells what became of each."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pycurl

from hub.http.addresses import allowed_pairs
from webhooks.send.answer import NAME, PROTOCOL, STOPPED, TIMEOUT, TIMEOUT_CONNECT, TIMEOUT_FIRST_BYTE, Answer
from webhooks.send.authorities import Authorities
from webhooks.send.guard import Guard, No, Way
from webhooks.send.outcome import outcome
from webhooks.send.resolve import BUDGET, Resolver
from webhooks.send.slot import Done, Slot
from webhooks.send.wire import Wire

CONNECTIONS = 4096  # open at once, idle ones among them; but no more than half of the files that the process may open
SLOTS_KEPT = 1024
FILES = 1024  # where the system does not say how many a process may open


class Sender:
    """Sends requests from the running loop.

    allow: `host:port` pairs that may be private (LUNEO_EGRESS_ALLOW). total, connect, first_byte: deadlines of an attempt in
    seconds, all counted from its start; total covers the body. authorities: files of further certificates to trust.
    resolver: one of its own, closed with it.
    """

    def __init__(
        self,
        *,
        allow: Sequence[str],
        allow_http: bool,
        total: float = 30.0,
        connect: float = 5.0,
        first_byte: float = 15.0,
        authorities: Sequence[Path] = (),
        resolver: Resolver | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._resolver = resolver or Resolver()
        self._guard = Guard(allowed_pairs(list(allow)), allow_http, self._resolver)
        self._authorities = Authorities(authorities)
        self._total, self._connect, self._first_byte = total, connect, first_byte
        self._wire = Wire(self._over, connections=min(CONNECTIONS, _open_files() // 2))
        self._resting: list[Slot] = []
        self._flying: dict[Slot, None] = {}  # in the order of their starts
        self._asking: dict[asyncio.Task[Way], None] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._closed = self._stopped = self._freed = False

    @property
    def in_flight(self) -> int:
        """Requests begun and not over."""
        return len(self._flying) + len(self._asking)

    def start(self, url: str, headers: Sequence[str | bytes], body: bytes, done: Done) -> None:
        """POST `body` to `url`; `done` is called once, from the loop, never from here. Never waits, never raises.

        headers: whole lines, `name: value`, all of them but Host and Content-Length.
        """
        began, started = time.time(), time.monotonic()
        if self._closed:
            self._loop.call_soon(done, Answer(None, STOPPED, "The sender is closed.", began, 0))
            return
        way = self._guard.way(url)
        if way is not None:
            self._send(way, headers, body, done, began, started)
            return
        task = self._loop.create_task(self._guard.find(url))
        self._asking[task] = None
        task.add_done_callback(lambda task: self._found(task, headers, body, done, began, started))

    async def close(self) -> None:
        """Begin nothing more, wait for what is in flight (no longer than the deadlines), let go of everything."""
        self._closed = True
        while self.in_flight:
            self._idle.clear()
            await self._idle.wait()
        self._free()

    def abort(self) -> None:
        """Cut what is in flight, telling each `stopped`, and let go of everything."""
        self._closed = self._stopped = True
        for task in list(self._asking):
            task.cancel()
        for slot in list(self._flying):
            self._end(slot, self._cut(slot, STOPPED, "The sender was stopped."))
        self._free()

    def _found(
        self, task: asyncio.Task[Way], headers: Sequence[str | bytes], body: bytes, done: Done, began: float, started: float
    ) -> None:
        del self._asking[task]
        if task.cancelled() or self._stopped:
            self._loop.call_soon(done, Answer(None, STOPPED, "The sender was stopped.", began, 0))
        elif error := task.exception():
            self._loop.call_soon(done, Answer(None, NAME, f"The name could not be asked for: {error}.", began, 0))
        else:
            self._send(task.result(), headers, body, done, began, started)
        self._tell_idle()

    def _send(self, way: Way, headers: Sequence[str | bytes], body: bytes, done: Done, began: float, started: float) -> None:
        place = way.place
        if isinstance(place, No):
            ms = int((time.monotonic() - started) * 1000)
            self._loop.call_soon(done, Answer(None, place.error, place.detail, began, ms))
            return
        slot = self._resting.pop() if self._resting else Slot(self._connect, self._authorities.path, self._wire)
        slot.done, slot.began, slot.started = done, began, started
        try:
            slot.prepare(way.url, place, headers, body)
            self._wire.add(slot.handle)
        except (pycurl.error, TypeError, UnicodeError, ValueError) as error:
            slot.rest()
            slot.handle.close()
            self._loop.call_soon(done, Answer(None, PROTOCOL, f"The request cannot be written: {error}.", began, 0))
            return
        self._flying[slot] = None
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._pace(), self._look)

    def _over(self, handle: pycurl.Curl, code: int, line: str) -> None:
        slot: Slot = handle.slot
        if slot.place is not None:
            slot.place.loaded = slot.tries > 0
        if code == pycurl.E_ABORTED_BY_CALLBACK and not slot.fresh:
            self._wire.remove(handle)
            slot.again()
            self._wire.add(handle)
            return
        self._end(slot, outcome(slot, code, line))

    def _end(self, slot: Slot, answer: Answer) -> None:
        self._wire.remove(slot.handle)
        del self._flying[slot]
        done = slot.done
        slot.rest()
        if len(self._resting) < SLOTS_KEPT:
            self._resting.append(slot)
        else:
            slot.handle.close()
        if self._closed:
            self._tell_idle()
        if done is not None:
            self._tell(done, answer)

    def _tell(self, done: Done, answer: Answer) -> None:
        try:
            done(answer)
        except Exception as error:  # the other answers must be told too
            self._loop.call_exception_handler({"message": "A sender's callback failed.", "exception": error})

    def _tell_idle(self) -> None:
        if not self.in_flight:
            self._idle.set()

    def _pace(self) -> float:
        return min(0.25, self._first_byte / 4, self._total / 4)

    def _look(self) -> None:
        """Cut what is past its deadline."""
        now = time.monotonic()
        soon = min(self._first_byte, self._total)
        late = []
        for slot in self._flying:
            age = now - slot.started
            if age + BUDGET < soon:  # those behind it may have waited so long for a name
                break
            if age >= self._total or (age >= soon and not slot.heads):
                late.append((slot, age))
        for slot, age in late:
            if slot not in self._flying:
                continue
            if not slot.tries:
                self._end(slot, self._cut(slot, TIMEOUT_CONNECT, "No connection in time."))
            elif age < self._total:
                self._end(slot, self._cut(slot, TIMEOUT_FIRST_BYTE, f"No answer began within {self._first_byte:g} seconds."))
            else:
                self._end(slot, self._cut(slot, TIMEOUT, f"The answer was not whole within {self._total:g} seconds."))
        self._sweep = self._loop.call_later(self._pace(), self._look) if self._flying else None

    def _cut(self, slot: Slot, word: str, detail: str) -> Answer:
        answer = outcome(slot, 0, "")
        answer.error, answer.detail, answer.size = word, detail, None
        return answer

    def _free(self) -> None:
        if self._freed:
            return
        self._freed = True
        if self._sweep is not None:
            self._sweep.cancel()
        self._resolver.close()
        self._wire.close()
        for slot in self._resting:
            slot.handle.close()
        self._resting.clear()
        self._authorities.close()


def _open_files() -> int:
    if sys.platform == "win32":
        return FILES
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return FILES if limit == resource.RLIM_INFINITY else limit
