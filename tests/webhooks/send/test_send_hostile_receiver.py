"""Receivers that are slow, huge, broken or rude: each attempt ends in time, says what happened, and frees its slot."""

from __future__ import annotations

import asyncio
import gzip
import time

import pytest

from tests.webhooks.send.conftest import MakeSender, post
from tests.webhooks.send.receiver import OK, Call, Receiver
from webhooks.send.answer import Answer
from webhooks.send.outcome import HEADER_BYTES
from webhooks.send.slot import BODY_KEPT


async def one(make_sender: MakeSender, receiver: Receiver, body: bytes = b"{}", **options: float) -> Answer:
    sender = make_sender(allow=[receiver.pair], **options)
    answer = await post(sender, receiver.url(), body)
    assert sender.in_flight == 0
    return answer


async def test_a_plain_delivery_tells_everything(make_sender: MakeSender, receiver: Receiver) -> None:
    before = time.time()
    answer = await one(make_sender, receiver, b'{"a":1}')
    assert (answer.status, answer.error, answer.body, answer.size, answer.address) == (200, None, b"{}", 2, "127.0.0.1")
    assert answer.headers == b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
    assert before <= answer.began <= time.time() and 0 <= answer.ms < 2000
    assert receiver.calls[0].body == b'{"a":1}'


async def test_the_request_holds_our_headers_and_none_that_libcurl_would_add(make_sender: MakeSender, receiver: Receiver) -> None:
    sender = make_sender(allow=[receiver.pair])
    await post(sender, receiver.url("/a/../b?c=d%20e"), b"x" * 300_000, (b"accept-encoding: identity", b"user-agent: L/1"))
    lines = receiver.calls[0].head.decode().split("\r\n")
    assert lines[0] == "POST /a/../b?c=d%20e HTTP/1.1"
    assert sorted(lines[1:-2]) == sorted(
        [
            f"Host: {receiver.pair}",
            "content-type: application/json",
            "accept-encoding: identity",
            "user-agent: L/1",
            "Content-Length: 300000",
        ]
    )


async def test_no_first_byte(make_sender: MakeSender, receiver: Receiver) -> None:
    async def silent(call: Call) -> None:
        await asyncio.sleep(30)

    receiver.behaviour = silent
    answer = await one(make_sender, receiver, first_byte=0.3)
    assert (answer.status, answer.error) == (None, "timeout_first_byte")
    assert 300 <= answer.ms < 1900


async def test_headers_that_drip_are_cut_at_the_total_deadline(make_sender: MakeSender, receiver: Receiver) -> None:
    async def slow_loris(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\n")
        for nth in range(1000):
            await call.send(b"x-%d: y\r\n" % nth)
            await asyncio.sleep(0.02)

    receiver.behaviour = slow_loris
    answer = await one(make_sender, receiver, first_byte=0.3, total=0.8)
    assert answer.error == "timeout"
    assert 800 <= answer.ms < 2500


async def test_half_a_status_line_is_no_first_byte_for_ever(make_sender: MakeSender, receiver: Receiver) -> None:
    async def stuck(call: Call) -> None:
        await call.send(b"HTTP/1.1 20")
        await asyncio.sleep(30)

    receiver.behaviour = stuck
    answer = await one(make_sender, receiver, first_byte=0.3, total=0.8)
    assert (answer.status, answer.error) == (None, "timeout_first_byte")


async def test_a_body_that_drips_is_cut_at_the_total_deadline(make_sender: MakeSender, receiver: Receiver) -> None:
    async def slow_loris(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(1000):
            await call.send(b"x")
            await asyncio.sleep(0.02)

    receiver.behaviour = slow_loris
    answer = await one(make_sender, receiver, total=0.8)
    assert (answer.status, answer.error, answer.size) == (200, "timeout", None)
    assert 800 <= answer.ms < 2500
    assert set(answer.body) == set(b"x")


@pytest.mark.parametrize("head", [b"content-length: 1073741824\r\n", b"connection: close\r\n", b"transfer-encoding: chunked\r\n"])
async def test_an_answer_of_a_gigabyte_is_cut_after_64_kib(make_sender: MakeSender, receiver: Receiver, head: bytes) -> None:
    sent = 0

    async def huge(call: Call) -> None:
        nonlocal sent
        piece = b"a" * 65536
        chunked = b"chunked" in head
        await call.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        while sent < 1 << 30:
            await call.send(b"10000\r\n" + piece + b"\r\n" if chunked else piece)
            sent += len(piece)

    receiver.behaviour = huge
    answer = await one(make_sender, receiver)
    assert (answer.status, answer.error, answer.body) == (200, None, b"a" * BODY_KEPT)
    assert answer.size == (1 << 30 if b"length" in head else None)
    assert sent < 16 << 20
    assert answer.ms < 2900


async def test_a_gzip_bomb_is_left_packed(make_sender: MakeSender, receiver: Receiver) -> None:
    bomb = gzip.compress(b"\0" * (10 << 20))

    async def packed(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb) + bomb)

    receiver.behaviour = packed
    answer = await one(make_sender, receiver)
    assert answer.error is None and answer.body == bomb[:BODY_KEPT] and answer.size == len(bomb)


async def test_a_transfer_encoding_of_gzip_is_not_unpacked_either(make_sender: MakeSender, receiver: Receiver) -> None:
    bomb = gzip.compress(b"\0" * (10 << 20))

    async def packed(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(bomb), bomb))

    receiver.behaviour = packed
    answer = await one(make_sender, receiver)
    assert b"\0" * 64 not in answer.body
    assert (answer.size or 0) <= len(bomb)


@pytest.mark.parametrize(("lines", "each"), [(101, 10), (60, 600), (4000, 50), (2, 200_000), (100_000, 2)])
async def test_a_flood_of_headers_is_refused(make_sender: MakeSender, receiver: Receiver, lines: int, each: int) -> None:
    async def flood(call: Call) -> None:
        await call.send(
            b"HTTP/1.1 200 OK\r\n" + b"".join(b"x: %s\r\n" % (b"y" * each) for _ in range(lines)) + b"content-length: 0\r\n\r\n"
        )

    receiver.behaviour = flood
    answer = await one(make_sender, receiver)
    assert answer.error == "too_large_headers"
    assert len(answer.headers) <= HEADER_BYTES


async def test_a_hundred_headers_are_no_flood(make_sender: MakeSender, receiver: Receiver) -> None:
    async def many(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 99 + b"content-length: 0\r\n\r\n")

    receiver.behaviour = many
    assert (await one(make_sender, receiver)).error is None


async def test_a_reset_after_our_body(make_sender: MakeSender, receiver: Receiver) -> None:
    async def rude(call: Call) -> None:
        call.reset()

    receiver.behaviour = rude
    answer = await one(make_sender, receiver)
    assert (answer.status, answer.error) == (None, "reset")
    assert len(receiver.calls) == 1  # a new connection: no second try within the attempt


@pytest.mark.parametrize("way", ["reset", "close"])
async def test_a_connection_that_ends_at_once(make_sender: MakeSender, receiver: Receiver, way: str) -> None:
    async def gone(call: Call) -> None:
        getattr(call, way)()

    receiver.greet = gone
    answer = await one(make_sender, receiver)
    assert (answer.status, answer.error) == (None, "reset")


async def test_nobody_listens(make_sender: MakeSender, receiver: Receiver) -> None:
    sender = make_sender(allow=["127.0.0.1:1"])
    answer = await post(sender, "http://127.0.0.1:1/")
    assert (answer.status, answer.error, answer.address) == (None, "refused", None)


@pytest.mark.parametrize(("status", "error"), [(413, "status"), (200, None)])
async def test_an_answer_before_our_body_was_read_counts(
    make_sender: MakeSender, receiver: Receiver, status: int, error: str | None
) -> None:
    async def early(call: Call) -> None:
        await call.reader.readuntil(b"\r\n\r\n")
        await call.send(b"HTTP/1.1 %d -\r\ncontent-length: 5\r\nconnection: close\r\n\r\nearly" % status)
        await asyncio.sleep(0.2)
        call.close()

    receiver.greet = early
    answer = await one(make_sender, receiver, b"x" * 8_000_000)
    assert (answer.status, answer.error, answer.body) == (status, error, b"early")


async def test_a_redirect_is_an_answer_and_is_not_followed(make_sender: MakeSender, receiver: Receiver) -> None:
    async with Receiver() as inner:

        async def elsewhere(call: Call) -> None:
            await call.send(b"HTTP/1.1 307 -\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n" % inner.url().encode())

        receiver.behaviour = elsewhere
        sender = make_sender(allow=[receiver.pair, inner.pair])
        answer = await post(sender, receiver.url())
        assert (answer.status, answer.error) == (307, "status")
        assert inner.connections == 0


@pytest.mark.parametrize(
    "chunks",
    [b"zz\r\nab\r\n0\r\n\r\n", b"-1\r\na\r\n0\r\n\r\n", b"ffffffffffffffffff\r\nabc\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n"],
)
async def test_bad_chunking_is_a_failure_and_ends_the_connection(
    make_sender: MakeSender, receiver: Receiver, chunks: bytes
) -> None:
    async def bad(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks if call.nth == 1 else OK)

    receiver.behaviour = bad
    sender = make_sender(allow=[receiver.pair])
    answer = await post(sender, receiver.url())
    assert answer.error == "protocol"
    assert (await post(sender, receiver.url())).error is None
    assert receiver.connections == 2


@pytest.mark.parametrize("head", [b"content-length: 100\r\n", b"transfer-encoding: chunked\r\n"])
async def test_a_body_that_ends_early_is_a_failure(make_sender: MakeSender, receiver: Receiver, head: bytes) -> None:
    async def short(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n5\r\nabcde\r\n")
        call.close()

    receiver.behaviour = short
    answer = await one(make_sender, receiver)
    assert (answer.status, answer.error) == (200, "reset")


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nx: y\r\n", b"HTTP/1.1 204 -\r\nx: y"])
async def test_a_head_that_ends_early_is_a_failure(make_sender: MakeSender, receiver: Receiver, head: bytes) -> None:
    async def short(call: Call) -> None:
        await call.send(head)
        call.close()

    receiver.behaviour = short
    assert (await one(make_sender, receiver)).error == "reset"


async def test_a_head_with_bare_line_feeds_is_read(make_sender: MakeSender, receiver: Receiver) -> None:
    async def unix(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\ncontent-length: 2\n\n{}")

    receiver.behaviour = unix
    assert (await one(make_sender, receiver)).error is None


async def test_trailers_are_no_trouble(make_sender: MakeSender, receiver: Receiver) -> None:
    async def trailing(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx: y\r\n\r\n")

    receiver.behaviour = trailing
    answer = await one(make_sender, receiver)
    assert (answer.error, answer.body) == (None, b"{}")


@pytest.mark.parametrize(
    "garbage",
    [
        b"<html>hello</html>\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x02\x00",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 20x OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x" * 50 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_a_failure(make_sender: MakeSender, receiver: Receiver, garbage: bytes) -> None:
    async def babble(call: Call) -> None:
        await call.send(garbage)
        call.close()

    receiver.behaviour = babble
    answer = await one(make_sender, receiver)
    assert answer.error == "protocol", answer


async def test_switching_to_another_protocol_was_not_asked_for(make_sender: MakeSender, receiver: Receiver) -> None:
    async def switch(call: Call) -> None:
        await call.send(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n")
        call.close()

    receiver.behaviour = switch
    assert (await one(make_sender, receiver)).error == "reset"


async def test_interim_answers_are_skipped(make_sender: MakeSender, receiver: Receiver) -> None:
    async def interim(call: Call) -> None:
        await call.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK)

    receiver.behaviour = interim
    answer = await one(make_sender, receiver)
    assert (answer.status, answer.error) == (200, None)
    assert answer.headers == b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


async def test_a_flood_of_interim_answers_ends(make_sender: MakeSender, receiver: Receiver) -> None:
    sent = 0

    async def flood(call: Call) -> None:
        nonlocal sent
        while sent < 1_000_000:
            await call.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
            sent += 1000
            await asyncio.sleep(0)

    receiver.behaviour = flood
    answer = await one(make_sender, receiver, total=1.5)
    assert answer.error in ("too_large_headers", "protocol", "timeout")
    assert answer.ms < 4000
    assert len(answer.headers) <= HEADER_BYTES


@pytest.mark.parametrize(("said", "after"), [(b"120", 120.0), (b"0", 0.0), (b"soon", None), (b"-3", None), (b"", None)])
async def test_retry_after_is_read(make_sender: MakeSender, receiver: Receiver, said: bytes, after: float | None) -> None:
    async def busy(call: Call) -> None:
        await call.send(b"HTTP/1.1 429 -\r\nRetry-After: %s\r\ncontent-length: 0\r\n\r\n" % said)

    receiver.behaviour = busy
    assert (await one(make_sender, receiver)).retry_after == after


async def test_retry_after_may_be_a_date(make_sender: MakeSender, receiver: Receiver) -> None:
    async def busy(call: Call) -> None:
        from email.utils import formatdate

        await call.send(
            b"HTTP/1.1 503 -\r\nretry-after: %s\r\ncontent-length: 0\r\n\r\n" % formatdate(time.time() + 90, usegmt=True).encode()
        )

    receiver.behaviour = busy
    after = (await one(make_sender, receiver)).retry_after
    assert after is not None and 85 < after <= 90
