"""One easy handle of libcurl, set up once and used for one attempt after another."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pycurl

from webhooks.send.answer import Answer

if TYPE_CHECKING:
    from webhooks.send.guard import Place
    from webhooks.send.wire import Peer, Wire

BODY_READ = 64 * 1024  # bytes; more of an answer is not waited for
BODY_KEPT = 16 * 1024
IDLE_SECONDS = 60  # a connection that lay longer is not used again
LIFE_SECONDS = 120  # nor one that is older: its name may have moved
LARGE = 4096  # bytes of a body that a handle at rest is not left with
FULL = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
QUIET = [b"Expect:", b"Accept:"]  # what libcurl would add by itself

Done = Callable[[Answer], None]


class Lent(socket.socket):
    """A socket for libcurl, which works on a duplicate of it: this one goes without a warning."""

    def __del__(self) -> None:
        if self.fileno() != -1:
            self.close()


class Slot:
    """A handle and what is known of the attempt that it is at.

    heads: header lines as they come, of 1xx answers too. address: who is connected. tries: how often the request was about to
    be written. opened: whether a socket was opened for it. barred: an address that none was opened to, since it was not vetted.
    sockets: new ones. full: none could be made, since no more files may be open.
    """

    __slots__ = (
        "address", "barred", "began", "body", "cut", "done", "fresh", "full", "handle", "heads", "large", "opened", "place",
        "size", "sockets", "started", "tries", "url", "wire",
    )  # fmt: skip

    def __init__(self, connect: float, authorities: str, wire: Wire) -> None:
        self.heads: list[bytes] = []
        self.place: Place | None = None
        self.url = ""
        self.fresh = self.large = False
        self.began = self.started = 0.0
        self.wire = wire
        self.sockets: list[int] = []
        self.handle = handle = pycurl.Curl()
        handle.slot = self
        set = handle.setopt
        set(pycurl.POST, 1)
        set(pycurl.NOSIGNAL, 1)
        set(pycurl.TCP_NODELAY, 1)
        set(pycurl.NOPROXY, "*")
        set(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        set(pycurl.FOLLOWLOCATION, 0)
        set(pycurl.PATH_AS_IS, 1)
        set(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        set(pycurl.HTTP09_ALLOWED, 0)
        set(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
        set(pycurl.SSL_VERIFYPEER, 1)
        set(pycurl.SSL_VERIFYHOST, 2)
        set(pycurl.CAINFO, authorities)
        set(pycurl.CONNECTTIMEOUT_MS, int(connect * 1000))
        set(pycurl.MAXAGE_CONN, IDLE_SECONDS)
        set(pycurl.MAXLIFETIME_CONN, LIFE_SECONDS)
        set(pycurl.OPENSOCKETFUNCTION, self._open)
        set(pycurl.SOCKOPTFUNCTION, self._new_socket)
        set(pycurl.PREREQFUNCTION, self._before)
        set(pycurl.HEADERFUNCTION, self.heads.append)
        set(pycurl.WRITEFUNCTION, self._wrote)
        self.rest()

    def rest(self) -> None:
        """Forget the attempt."""
        self.heads.clear()
        self.body = b""
        self.size = 0
        self.tries = 0
        self.address: str | None = None
        self.opened = self.cut = self.full = False
        self.sockets.clear()
        self.barred: str | None = None
        self.done: Done | None = None
        if self.large:
            self.handle.setopt(pycurl.POSTFIELDS, b"")
            self.large = False
        if self.fresh:
            self.handle.setopt(pycurl.FRESH_CONNECT, 0)
            self.fresh = False

    def prepare(self, url: str, place: Place, headers: Sequence[str | bytes], body: bytes) -> None:
        """Set what differs from one attempt to the next. Raises pycurl.error, TypeError, UnicodeError."""
        set = self.handle.setopt
        self.place = place
        if not place.loaded:
            set(pycurl.RESOLVE, list(place.pin))
        if self.url != url:
            set(pycurl.URL, url)
            self.url = url
        set(pycurl.HTTPHEADER, [*QUIET, *headers])
        set(pycurl.POSTFIELDS, body)
        self.large = len(body) > LARGE

    def again(self) -> None:
        """The same request once more, on a connection of its own."""
        self.handle.setopt(pycurl.FRESH_CONNECT, 1)
        self.fresh = True
        self.heads.clear()

    def _open(self, _purpose: int, address: tuple[int, int, int, tuple[str, int]]) -> Lent | int:
        family, kind, protocol, peer = address
        if self.place is None or peer[0] not in self.place.addresses:
            self.barred = peer[0]
            return -1  # CURL_SOCKET_BAD
        try:
            lent = Lent(family, kind, protocol)
        except OSError as error:
            self.full = error.errno in FULL
            return -1
        self.opened = True
        return lent

    def _new_socket(self, fd: int, _purpose: int) -> int:
        os.set_inheritable(fd, False)  # pycurl's duplicate would live on in child processes
        self.wire.forget(fd)
        self.sockets.append(fd)
        return 0  # CURL_SOCKOPT_OK

    def _before(self, address: str, _: str, port: int, local_port: int) -> int:
        """The request is about to be written. 1 stops it: it is then sent once more, on a connection of its own.

        So it is on a kept connection that is spoiled, or leads to an address that its name has left. And libcurl tries anew by
        itself when a kept connection turns out dead (to it, nothing came before a whole status line), up to five times and on
        other kept ones; once is what we want, and on a new one.
        """
        self.tries += 1
        self.address = address
        if self.opened:
            self._know((address, port, local_port))
            return 0
        left = self.place is None or address not in self.place.addresses
        return int(left or self.tries > 1 or (address, port, local_port) in self.wire.spoiled)

    def _know(self, peer: Peer) -> None:
        for fd in self.sockets:  # several, when several addresses were tried
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as one:
                if one.getsockname()[1] == peer[2]:
                    self.wire.know(fd, peer)
        self.sockets.clear()

    def _wrote(self, piece: bytes) -> int | None:
        if len(self.body) < BODY_KEPT:
            self.body = (self.body + piece)[:BODY_KEPT] if self.body else piece[:BODY_KEPT]
        self.size += len(piece)
        if self.size > BODY_READ:
            self.cut = True
            return -1
        return None
