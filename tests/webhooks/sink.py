"""A partner's receiver that misbehaves on demand: a raw HTTP server that keeps every request it got and when.

    async with Sink() as sink:
        sink.on("/slow", dripping(0.1))
        ... send to sink.url("/slow") ...
        sink.of("/slow")[0].body

A behaviour is a coroutine function of one `Exchange`; `in_turn` makes one of several. Paths without one answer 204.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(slots=True)
class Receipt:
    """One request that arrived whole. Times are `time.monotonic()`; `status` is what was answered whole, None if nothing was."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    wall: float
    connection: int
    answered: float | None = None
    status: int | None = None

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")


@dataclass(slots=True)
class Exchange:
    """A request and the connection it came by."""

    receipt: Receipt
    writer: asyncio.StreamWriter

    async def answer(self, status: int = 204, body: bytes = b"", **headers: str) -> None:
        """A whole answer; keyword `retry_after` is the header Retry-After."""
        lines = [f"HTTP/1.1 {status} -", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
        if status != 204:
            lines.append(f"content-length: {len(body)}")
        await self.raw("\r\n".join([*lines, "", ""]).encode() + body)
        self.receipt.answered, self.receipt.status = time.monotonic(), status

    async def raw(self, some: bytes) -> None:
        """Any bytes at all."""
        self.writer.write(some)
        await self.writer.drain()

    def close(self) -> None:
        """An orderly end."""
        self.writer.close()

    def reset(self) -> None:
        """RST: the peer's next read or write fails."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Exchange], Awaitable[None]]


def answering(status: int = 204, body: bytes = b"", *, after: float = 0.0, **headers: str) -> Behaviour:
    """Answers so, after so many seconds."""

    async def behave(exchange: Exchange) -> None:
        if after:
            await asyncio.sleep(after)
        await exchange.answer(status, body, **headers)

    return behave


def hanging(seconds: float = 30.0) -> Behaviour:
    """Takes the request, says nothing for so long and closes."""

    async def behave(exchange: Exchange) -> None:
        await asyncio.sleep(seconds)
        exchange.close()

    return behave


def dripping(pause: float = 0.2, *, headers: bool = False, total: int = 10_000) -> Behaviour:
    """Slow-loris: a 200 whose body (or whose headers) come one byte at a time."""

    async def behave(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 200 OK\r\n" + (b"x-slow: " if headers else b"content-length: %d\r\n\r\n" % total))
        for _ in range(total):
            await exchange.raw(b"x")
            await asyncio.sleep(pause)
        exchange.close()

    return behave


def endless(size: int = 1 << 30, status: int = 200, *, chunked: bool = False) -> Behaviour:
    """An answer of a gigabyte, as fast as it is read. A success all the same: it is counted as answered when it begins."""

    async def behave(exchange: Exchange) -> None:
        way = b"transfer-encoding: chunked" if chunked else b"content-length: %d" % size
        await exchange.raw(b"HTTP/1.1 %d OK\r\n%s\r\n\r\n" % (status, way))
        exchange.receipt.answered, exchange.receipt.status = time.monotonic(), status
        block = b"10000\r\n" + b"y" * 65_536 + b"\r\n" if chunked else b"y" * 65_536
        for _ in range(size // 65_536):
            await exchange.raw(block)
        if chunked:
            await exchange.raw(b"0\r\n\r\n")

    return behave


def flooding(count: int = 100_000) -> Behaviour:
    """Headers without end."""

    async def behave(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 200 OK\r\n")
        for n in range(count):
            await exchange.raw(b"x-header-%d: %s\r\n" % (n, b"z" * 100))
        exchange.close()

    return behave


def resetting() -> Behaviour:
    """Reads the whole request, then RST without an answer: was it processed or not?"""

    async def behave(exchange: Exchange) -> None:
        exchange.reset()

    return behave


def closing() -> Behaviour:
    """Reads the whole request, then an orderly close without an answer."""

    async def behave(exchange: Exchange) -> None:
        exchange.close()

    return behave


def saying(some: bytes) -> Behaviour:
    """Exactly these bytes, then the end: for answers that are no HTTP."""

    async def behave(exchange: Exchange) -> None:
        await exchange.raw(some)
        exchange.close()

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """The first request gets the first, and so on; the last one stays."""
    left = list(behaviours)

    async def behave(exchange: Exchange) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(exchange)

    return behave


@dataclass
class Sink:
    """The receiver, on a free port of the loopback; the same port again after `down` and `up`."""

    receipts: list[Receipt] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _behaviours: dict[str, Behaviour] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def host(self) -> str:
        """`host:port`, as LUNEO_EGRESS_ALLOW wants it."""
        return f"127.0.0.1:{self.port}"

    def on(self, path: str, behaviour: Behaviour) -> None:
        """From now on requests to that path are treated so."""
        self._behaviours[path] = behaviour

    def of(self, path: str) -> list[Receipt]:
        """What came to that path, in the order of arrival."""
        return [receipt for receipt in self.receipts if receipt.path == path]

    async def wait(self, count: int, path: str | None = None, timeout: float = 10.0) -> list[Receipt]:
        """Until so many requests have come (to that path)."""
        async with asyncio.timeout(timeout):
            while len(found := self.of(path) if path is not None else self.receipts) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return found

    async def up(self) -> None:
        """Listen (again)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 22, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections and cut those that are open, as a host that reboots does."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> Sink:
        await self.up()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.down()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        self.connections += 1
        number = self.connections
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while not writer.is_closing():
                    receipt = await self._read(reader, number)
                    self.receipts.append(receipt)
                    await self._behaviours.get(receipt.path, answering())(Exchange(receipt, writer))
        finally:
            self._tasks.discard(task)
            self._open.discard(writer)
            writer.close()

    @staticmethod
    async def _read(reader: asyncio.StreamReader, number: int) -> Receipt:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Receipt(first.split(" ")[1], headers, body, time.monotonic(), time.time(), number)
