"""The store's socket: HTTP/1.1 with keep-alive, as little of it as the clients need.

`python -m benchmarks.serve [--port 0]` prints the port on its first line.
"""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import parse_qsl, unquote, urlsplit

from benchmarks.store import Store, head


class Connection(asyncio.Protocol):
    """One client's connection; requests are answered in the order they come."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            lines = self._buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            whole = end + 4 + int(headers.get("content-length", "0"))
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            self._answer(lines[0], body, close=headers.get("connection", "").lower() == "close")

    def _answer(self, line: str, body: bytes, *, close: bool) -> None:
        assert self._transport is not None
        method, target, _ = line.split(" ", 2)
        url = urlsplit(target)
        answer = self._store.handle(method, unquote(url.path), dict(parse_qsl(url.query)), body)
        sent = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
        self._transport.write(head(answer) + (b"" if method == "HEAD" else sent))
        if close or answer.cut:
            self._transport.close()


async def serve(port: int) -> None:
    """Listens on the loopback; port 0 lets the system choose. Prints the port and serves until cancelled."""
    store = Store()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(store), "127.0.0.1", port)
    port = server.sockets[0].getsockname()[1]
    store.base = f"http://127.0.0.1:{port}"
    print(port, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[sys.argv.index("--port") + 1]) if "--port" in sys.argv else 0))
