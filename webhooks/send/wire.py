"""libcurl's multi interface on the event loop: its sockets are watched by a selector of their own, its timer is the loop's.

A connection that goes idle stays registered with the selector, since it will be wanted again in a moment: that saves two
system calls a request. libcurl may close it meanwhile without a word, and the system may give its number to another socket:
so each new socket is announced by `forget` (a handle's SOCKOPTFUNCTION).

An idle connection has nothing to say but that it ends. What else comes (`408`, an answer too many) would be taken for the answer
to the next request, since libcurl looks at a connection again only when it has lain for a while: such a one is spoiled, and the
handle that is given it must refuse it.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import time
from collections.abc import Callable

import pycurl

IDLE = 8  # beside selectors.EVENT_READ = POLL_IN = CSELECT_IN = 1, and 2 for writing
EARLY = 0.001  # seconds; the loop counts in whole milliseconds

#: Told of each transfer that is over: the handle, libcurl's error code (0: none) and its line.
Over = Callable[[pycurl.Curl, int, str], None]

#: One connection: its peer's address and port, and our port.
Peer = tuple[str, int, int]


class Wire:
    """A multi handle that lives on the running loop."""

    def __init__(self, over: Over, *, connections: int) -> None:
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._selector = selectors.DefaultSelector()
        self._watched: dict[int, int] = {}
        self._peers: dict[int, Peer] = {}
        self.spoiled: set[Peer] = set()
        self._soon: asyncio.Handle | None = None
        self._later: asyncio.Handle | None = None
        self._wakes = self._due = math.inf  # when the loop wakes us, and when libcurl wants to be woken
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._loop.add_reader(self._selector, self._ready)

    def add(self, handle: pycurl.Curl) -> None:
        """Begin a transfer."""
        self._multi.add_handle(handle)

    def remove(self, handle: pycurl.Curl) -> None:
        """Take a handle back; a transfer that is not over is cut, and its connection closed."""
        self._multi.remove_handle(handle)

    def forget(self, fd: int) -> None:
        """`fd` is a new socket: whatever had this number is closed."""
        self._unwatch(fd)
        peer = self._peers.pop(fd, None)
        if peer is not None:
            self.spoiled.discard(peer)

    def know(self, fd: int, peer: Peer) -> None:
        """The connection of a socket stands."""
        self._peers[fd] = peer
        self.spoiled.discard(peer)  # an older one had the same ports

    def close(self) -> None:
        """Close every connection. All handles must have been removed."""
        self._loop.remove_reader(self._selector)
        for timer in (self._soon, self._later):
            if timer is not None:
                timer.cancel()
        self._multi.close()
        self._selector.close()

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        before = self._watched.get(fd)
        if not what & 3:  # POLL_REMOVE, POLL_NONE
            if before is not None:
                self._watched[fd] = before | IDLE
            return
        if before is None:
            self._selector.register(fd, what)
        elif before & 3 != what:
            self._selector.modify(fd, what)
        self._watched[fd] = what

    def _unwatch(self, fd: int) -> None:
        if self._watched.pop(fd, None) is not None:
            self._selector.unregister(fd)

    def _ready(self) -> None:
        watched, act = self._watched, self._multi.socket_action
        for key, events in self._selector.select(0):
            fd = key.fd
            if watched.get(fd, IDLE) & IDLE:
                self._unwatch(fd)
                if events & selectors.EVENT_READ and fd in self._peers:
                    self.spoiled.add(self._peers[fd])
            else:
                act(fd, events)
        self._collect()

    def _set_timer(self, milliseconds: int) -> None:
        """libcurl moves its one timer two or three times a request, mostly away again: only nearer times move the loop's."""
        if milliseconds == 0:
            if self._soon is None:
                self._soon = self._loop.call_soon(self._timed)
        elif milliseconds < 0:
            self._due = math.inf
        else:
            self._due = time.monotonic() + milliseconds / 1000
            if self._due < self._wakes:
                self._wake_at(self._due)

    def _wake_at(self, when: float) -> None:
        if self._later is not None:
            self._later.cancel()
        self._wakes = when
        self._later = self._loop.call_later(when - time.monotonic(), self._wake)

    def _wake(self) -> None:
        self._later, self._wakes = None, math.inf
        if self._due > time.monotonic() + EARLY:
            if self._due < math.inf:
                self._wake_at(self._due)
            return
        self._due = math.inf
        self._act()
        # A timer that rang a little early has done nothing, and libcurl would not set it again.
        if self._due == math.inf and not self._multi.closed and (left := self._multi.timeout()) >= 0:
            self._set_timer(max(1, left))

    def _timed(self) -> None:
        self._soon = None
        self._act()

    def _act(self) -> None:
        self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()

    def _collect(self) -> None:
        left = 1
        while left and not self._multi.closed:
            left, well, badly = self._multi.info_read()
            for handle in well:
                self._over(handle, 0, "")
            for handle, code, line in badly:
                self._over(handle, code, line)
