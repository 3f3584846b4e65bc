"""Downloads to a file: whole or not at all."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from pathlib import Path

import pytest

from hub.errors import PermanentError, RetryableError
from tests.hub.http.servers import always, plain, serving
from tests.hub.http.test_http_client import client_for

PIECE = b'{"id":"gid://shopify/Product/1"}\n' * 2_000


async def _stream(writer: asyncio.StreamWriter, pieces: int, promised: int) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {promised * len(PIECE)}\r\n\r\n".encode())
    for _ in range(pieces):
        writer.write(PIECE)
        await writer.drain()


async def test_a_body_of_many_megabytes_goes_to_the_file_and_not_through_memory(tmp_path: Path) -> None:
    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        await _stream(writer, 600, 600)

    path = tmp_path / "bulk.jsonl"
    async with serving(answer) as served, client_for(served.port) as client:
        tracemalloc.start()
        got = await client.download(f"http://127.0.0.1:{served.port}/bulk.jsonl", path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (got.status, got.body, path.stat().st_size) == (200, b"", 600 * len(PIECE))
    assert peak < 8 << 20
    assert b"accept-encoding: identity" in served.requests[0].lower() and b"gzip" not in served.requests[0].lower()


async def test_a_cut_body_leaves_no_file(tmp_path: Path) -> None:
    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        await _stream(writer, 2, 5)
        await asyncio.sleep(0.05)
        writer.transport.abort()

    async with serving(answer) as served, client_for(served.port) as client:
        with pytest.raises(RetryableError):
            await client.download(f"http://127.0.0.1:{served.port}/", tmp_path / "bulk.jsonl")
    assert not os.listdir(tmp_path)


async def test_a_refusal_is_told_and_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "bulk.jsonl"
    path.write_bytes(b"old")
    async with (
        serving(always(plain(b"<Error><Code>AccessDenied</Code></Error>", "403 Forbidden"))) as served,
        client_for(served.port) as client,
    ):
        got = await client.download(f"http://127.0.0.1:{served.port}/", path)
    assert (got.status, path.read_bytes()) == (403, b"old")
    assert b"AccessDenied" in got.body


async def test_more_than_allowed_is_not_kept(tmp_path: Path) -> None:
    async with serving(always(plain(PIECE))) as served, client_for(served.port) as client:
        with pytest.raises(RetryableError, match="more than"):
            await client.download(f"http://127.0.0.1:{served.port}/", tmp_path / "x", max_bytes=1000)
    assert not os.listdir(tmp_path)


async def test_a_full_disk_is_said_in_one_line(tmp_path: Path) -> None:
    link = tmp_path / "bulk.jsonl"
    link.symlink_to("/dev/full")
    async with serving(always(plain(PIECE * 4))) as served, client_for(served.port) as client:
        with pytest.raises(PermanentError, match="no space left"):
            await client.download(f"http://127.0.0.1:{served.port}/", link)


async def test_a_private_address_is_not_downloaded_from(tmp_path: Path) -> None:
    async with client_for(9) as client:
        with pytest.raises(PermanentError):
            await client.download("http://169.254.169.254/latest/meta-data", tmp_path / "x")
