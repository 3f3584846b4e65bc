"""libcurl's multi interface on the event loop: its sockets are watched by a selector of their own, its timer is the loop's.

A connection that goes idle stays registered with the selector, since it will be wanted again in a moment: that saves two
system calls a request. libcurl may close it meanwhile without a word, and the system may give its number to another socket:
so each new socket is announced by `forget` (a handle's SOCKOPTFUNCTION), and what an idle one has to say ends its registration.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable

import pycurl

IDLE = 8  # beside selectors.EVENT_READ = POLL_IN = CSELECT_IN = 1, and 2 for writing

#: Told of each transfer that is over: the handle, libcurl's error code (0: none) and its line.
Over = Callable[[pycurl.Curl, int, str], None]


class Wire:
    """A multi handle that lives on the running loop."""

    def __init__(self, over: Over, *, connections: int) -> None:
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._selector = selectors.DefaultSelector()
        self._watched: dict[int, int] = {}
        self._timer: asyncio.Handle | None = None
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
        if self._watched.pop(fd, None) is not None:
            self._selector.unregister(fd)

    def close(self) -> None:
        """Close every connection. All handles must have been removed."""
        self._loop.remove_reader(self._selector)
        if self._timer is not None:
            self._timer.cancel()
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

    def _ready(self) -> None:
        watched, act = self._watched, self._multi.socket_action
        for key, events in self._selector.select(0):
            fd = key.fd
            if watched.get(fd, IDLE) & IDLE:
                self.forget(fd)  # its peer hung up; libcurl finds out when it wants the connection again
            else:
                act(fd, events)
        self._collect()

    def _set_timer(self, milliseconds: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if milliseconds == 0:
            self._timer = self._loop.call_soon(self._timed)
        elif milliseconds > 0:
            self._timer = self._loop.call_later(milliseconds / 1000, self._timed)

    def _timed(self) -> None:
        self._timer = None
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
