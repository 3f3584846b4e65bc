"""`python -m benchmarks.dispatching.sink`: the partners' receiver, in a process of its own that is on nobody's bill.

Prints its port. Every request to `/e/<number>` is answered 204 and kept as (mark, endpoint, time); the mark is what the
publisher put into the payload, so that it does not matter which server stands between. One signature in `SAMPLE` is computed
anew from the endpoint's secret. Controlled by POST `/__secrets`, `/__hang`, `/__release`, `/__count`, `/__dump`, `/__reset`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sys
import time
from array import array
from base64 import b64decode, b64encode
from pathlib import Path
from urllib.parse import parse_qsl

SAMPLE = 32
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
HALF_MINUTE = 30.0


class Records:
    """What arrived, in three columns, and what is to hang."""

    def __init__(self) -> None:
        self.secrets: dict[int, bytes] = {}
        self.hung: set[int] = set()
        self.waiting: list[tuple[Receiving, asyncio.TimerHandle]] = []
        self.clear()

    def clear(self) -> None:
        self.marks, self.endpoints, self.times = array("Q"), array("H"), array("d")
        self.verified = self.forged = self.connections = 0

    def keep(self, endpoint: int, head: bytes, body: bytes) -> None:
        """One delivery. Signatures are checked from time to time, and the first always."""
        at = time.monotonic()
        start = body.index(b'"', body.index(b'mark"') + 5) + 1
        self.marks.append(int(body[start : start + 16]))
        self.endpoints.append(endpoint)
        self.times.append(at)
        if len(self.times) % SAMPLE == 1 and endpoint in self.secrets:
            if self._sound(endpoint, head, body):
                self.verified += 1
            else:
                self.forged += 1

    def _sound(self, endpoint: int, head: bytes, body: bytes) -> bool:
        lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
        found = {name.strip().lower(): value.strip() for name, _, value in lines}
        id, at = found.get(b"webhook-id", b""), found.get(b"webhook-timestamp", b"0")
        wanted = b64encode(hmac.digest(self.secrets[endpoint], b"%b.%b.%b" % (id, at, body), hashlib.sha256))
        fresh = abs(int(at) - time.time()) < 60
        return fresh and b"v1," + wanted in found.get(b"webhook-signature", b"").split(b" ")

    def control(self, verb: str, query: dict[str, str], body: bytes) -> object:
        """The harness's calls."""
        if verb == "secrets":
            for number, secret in json.loads(body).items():
                self.secrets[int(number)] = b64decode(secret.removeprefix("whsec_"))
        elif verb == "hang":
            self.hung.add(int(query["endpoint"]))
        elif verb == "release":
            self.hung.clear()
            for connection, timer in self.waiting:
                timer.cancel()
                connection.answer()
            self.waiting.clear()
        elif verb == "dump":
            with Path(query["to"]).open("wb") as file:
                for column in (self.marks, self.endpoints, self.times):
                    column.tofile(file)
        elif verb == "reset":
            self.clear()
        return {
            "count": len(self.times), "last": self.times[-1] if self.times else 0.0, "verified": self.verified,
            "forged": self.forged, "connections": self.connections,
        }  # fmt: skip


class Receiving(asyncio.Protocol):
    """One connection. A request that came in one piece, as nearly all do, is read without a copy of the rest."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.left = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = transport  # type: ignore[assignment]
        self.records.connections += 1

    def data_received(self, data: bytes) -> None:
        data = self.left + data if self.left else data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head = data[:end]
            found = head.lower().find(b"content-length:")
            length = int(head[found + 15 :].split(b"\r", 1)[0]) if found >= 0 else 0
            stop = end + 4 + length
            if len(data) < stop:
                break
            self.request(head, data[end + 4 : stop])
            data = data[stop:]
        self.left = data

    def request(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1]
        if path.startswith(b"/__"):
            verb, _, query = path[3:].decode().partition("?")
            answer = json.dumps(self.records.control(verb, dict(parse_qsl(query)), body)).encode()
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(answer), answer))
            return
        endpoint = int(path.rsplit(b"/", 1)[1])
        if endpoint in self.records.hung:
            timer = asyncio.get_running_loop().call_later(HALF_MINUTE, self.transport.close)
            self.records.waiting.append((self, timer))
            return
        self.records.keep(endpoint, head, body)
        self.answer()

    def answer(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(ANSWER)


async def main() -> None:
    """Serve until ended."""
    records = Records()
    server = await asyncio.get_running_loop().create_server(lambda: Receiving(records), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(main())
    else:
        uvloop.run(main())
    sys.exit(0)
