"""A raw HTTP receiver: each request is answered by whatever coroutine the test gives, down to the byte."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from types import TracebackType

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Call:
    """One request on one connection. `nth` counts requests over all connections, from 1; `connection` counts those."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        self.reader, self.writer, self.connection = reader, writer, connection
        self.head = b""
        self.body = b""
        self.nth = 0

    async def send(self, some: bytes) -> None:
        self.writer.write(some)
        await self.writer.drain()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """RST, not FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Call], Awaitable[None]]


async def polite(call: Call) -> None:
    await call.send(OK)


class Receiver:
    """Listens on a port of its own. `behaviour` answers whole requests; `greet`, if given, gets the bare connection."""

    def __init__(self, behaviour: Behaviour = polite, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.greet: Behaviour | None = None
        self.calls: list[Call] = []
        self.connections = 0
        self._host, self._tls = host, tls
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pair(self) -> str:
        """What LUNEO_EGRESS_ALLOW takes."""
        return f"[{self._host}]:{self.port}" if ":" in self._host else f"{self._host}:{self.port}"

    def url(self, path: str = "/hook") -> str:
        return f"http{'s' if self._tls else ''}://{self.pair}{path}"

    async def __aenter__(self) -> Receiver:
        self._server = await asyncio.start_server(self._serve, self._host, 0, ssl=self._tls, backlog=1024)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        number = self.connections
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                if self.greet is not None:
                    await self.greet(Call(reader, writer, number))
                    return
                while not writer.is_closing():
                    call = await self._read(reader, writer, number)
                    await self.behaviour(call)
        except asyncio.CancelledError:
            pass
        finally:
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> Call:
        call = Call(reader, writer, number)
        call.head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in call.head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        call.body = await reader.readexactly(int(length.split(b":")[1]))
        self.calls.append(call)
        call.nth = len(self.calls)
        return call
