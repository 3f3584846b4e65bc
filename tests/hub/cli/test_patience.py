"""The server: who never finishes asking is cut off, who waits for us is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.cli import patience
from hub.cli.listen import bind, serving


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers 204 once the body has come; `/slow` thinks for two seconds first."""
    if scope["type"] == "lifespan":
        for answer in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            await receive()
            await send({"type": answer})
        return
    message: Any = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
    if scope["path"] == "/slow":
        await asyncio.sleep(2)
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture(params=["httptools", "h11"])
async def port(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(patience, "EVERY", 0.1)
    monkeypatch.setattr(patience, "HEAD", 0.6)
    monkeypatch.setattr(patience, "BODY", 0.6)
    sock = bind("127.0.0.1", 0)
    async with serving(app, sock, http=request.param):
        yield sock.getsockname()[1]


async def asked(port: int, first: bytes, then: bytes = b"", pause: float = 0.1) -> tuple[bytes, float]:
    """What comes until the connection is closed, and after how long; `then` is sent again and again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    writer.write(first)
    answer = asyncio.create_task(reader.read())
    try:
        while not answer.done() and time.monotonic() - began < 6:
            await asyncio.wait({answer}, timeout=pause)
            if then and not answer.done():
                writer.write(then)
        return await asyncio.wait_for(answer, 1), time.monotonic() - began
    except ConnectionError:
        return b"", time.monotonic() - began
    finally:
        answer.cancel()
        writer.close()


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", b""),
        (b"GET / HT", b""),
        (b"GET / HTTP/1.1\r\nHost: hub\r\nX: ", b"a"),
        (b"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 5000\r\n\r\n", b"a"),
        (b"GET / HTTP/1.1\r\nHost: hub\r\n\r\nGET / HTTP/1.1\r\nX: ", b"a"),
    ],
)
async def test_who_never_finishes_asking_is_cut_off(port: int, first: bytes, then: bytes) -> None:
    answer, seconds = await asked(port, first, then)
    assert seconds < 4
    assert answer.count(b"204 No Content") == first.count(b"\r\n\r\nGET")


async def test_who_waits_for_us_is_not(port: int) -> None:
    request = b"GET /slow HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
    answer, seconds = await asked(port, request)
    assert answer.startswith(b"HTTP/1.1 204")
    assert seconds > 1.5


async def test_a_connection_that_asks_again_and_again_stays(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(8):
        writer.write(b"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n")
        await asyncio.sleep(0.2)
        writer.write(b"ab")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
    writer.close()
