"""The receiver of the tests does what it says: else tests that lean on it would prove nothing."""

from __future__ import annotations

import asyncio

import pytest

from tests.webhooks.sink import Sink, answering, closing, dripping, endless, in_turn, resetting

REQUEST = b"POST %b HTTP/1.1\r\nhost: x\r\nwebhook-id: msg_1\r\ncontent-length: 5\r\n\r\nhello"


async def send(sink: Sink, path: bytes, until: int = -1) -> bytes:
    """One request by a connection of its own: what came back until the end or for so many bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
    try:
        writer.write(REQUEST % path)
        return await asyncio.wait_for(reader.read(until) if until < 0 else reader.readexactly(until), 5)
    finally:
        writer.close()


async def test_a_request_is_kept_whole_and_answered_on_a_connection_that_stays() -> None:
    async with Sink() as sink:
        reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
        for _ in range(2):
            writer.write(REQUEST % b"/a")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
        writer.close()
        first, second = await sink.wait(2, "/a")
    assert (first.id, first.body, first.status, first.connection) == ("msg_1", b"hello", 204, second.connection)


async def test_it_resets_closes_and_drips() -> None:
    async with Sink() as sink:
        sink.on("/reset", resetting())
        sink.on("/close", closing())
        sink.on("/drip", dripping(0.01, total=3))
        with pytest.raises(ConnectionResetError):
            await send(sink, b"/reset")
        assert await send(sink, b"/close") == b""
        assert (await send(sink, b"/drip")).endswith(b"xxx")
    assert [receipt.status for receipt in sink.receipts] == [None, None, None]


async def test_a_gigabyte_begins_and_the_receiver_survives_that_it_is_cut() -> None:
    async with Sink() as sink:
        sink.on("/big", endless())
        assert len(await send(sink, b"/big", 200_000)) == 200_000
        sink.on("/turns", in_turn(answering(500, b"no", retry_after="7"), answering()))
        assert b"retry-after: 7" in await send(sink, b"/turns", 40)
        assert (await send(sink, b"/turns", 12)) == b"HTTP/1.1 204"


async def test_a_receiver_that_is_down_refuses_and_comes_back_on_the_same_port() -> None:
    async with Sink() as sink:
        await sink.down()
        with pytest.raises(ConnectionRefusedError):
            await send(sink, b"/")
        await sink.up()
        assert (await send(sink, b"/", 12)) == b"HTTP/1.1 204"
