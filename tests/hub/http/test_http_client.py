"""The client against real sockets: good answers, and everything that can go wrong on the wire."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import time
import traceback
from pathlib import Path

import pytest

from hub.errors import ConnectorError, PermanentError, RetryableError
from hub.http import guarded_client
from hub.http.backend import GuardedBackend
from hub.http.client import GuardedClient
from tests.hub.http.servers import Answer, Authority, always, plain, serving


def client_for(port: int) -> GuardedClient:
    return guarded_client([f"127.0.0.1:{port}", f"localhost:{port}"])


async def trouble(answer: Answer, **limits: float) -> ConnectorError:
    async with serving(answer) as served, client_for(served.port) as client:
        with pytest.raises(ConnectorError) as caught:
            await client.request("GET", f"http://127.0.0.1:{served.port}/a?consumer_secret=cs_1", **limits)  # type: ignore[arg-type]
        assert "cs_1" not in str(caught.value)
        return caught.value


async def test_an_answer_comes_whole_with_lower_case_headers() -> None:
    async with serving(always(plain(b'[{"id":1}]', "200 OK", "X-WP-Total: 1"))) as served, client_for(served.port) as client:
        answer = await client.request("PUT", f"http://127.0.0.1:{served.port}/x?y=%20z", headers={"A": "b"}, content=b"{}")
    assert (answer.status, answer.headers["x-wp-total"], answer.body) == (200, "1", b'[{"id":1}]')
    assert served.requests[0].startswith(b"PUT /x?y=%20z HTTP/1.1\r\n")
    assert served.requests[0].endswith(b"{}")


@pytest.mark.parametrize(
    "value", ["hunter2\r\nX-Evil: 1", "hunter2\n", " hunter2", "hunter2\0", "hunter2\u20ac", "\u201chunter2\u201d"]
)
async def test_what_cannot_stand_in_a_header_is_refused_by_its_name_and_quoted_nowhere(value: str) -> None:
    async with serving(always(plain(b"[]"))) as served, client_for(served.port) as client:
        with pytest.raises(PermanentError, match="the header X-Token should carry") as caught:
            await client.request("GET", f"http://127.0.0.1:{served.port}/", headers={"X-Token": value})
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert served.requests == []


async def test_a_connection_is_kept_for_the_next_call() -> None:
    async with serving(always(plain(b"[]"))) as served, client_for(served.port) as client:
        for _ in range(5):
            await client.request("GET", f"http://127.0.0.1:{served.port}/")
    assert (served.connections, len(served.requests)) == (1, 5)


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    moved = plain(b"", "301 Moved", "Location: http://169.254.169.254/")
    async with serving(always(moved)) as served, client_for(served.port) as client:
        answer = await client.request("GET", f"http://127.0.0.1:{served.port}/")
    assert (answer.status, answer.headers["location"], len(served.requests)) == (301, "http://169.254.169.254/", 1)


async def test_a_packed_body_is_unpacked() -> None:
    body = b"[" + b"1," * 50_000 + b"1]"
    async with (
        serving(always(plain(gzip.compress(body), "200 OK", "Content-Encoding: gzip"))) as served,
        client_for(served.port) as client,
    ):
        answer = await client.request("GET", f"http://127.0.0.1:{served.port}/")
    assert answer.body == body
    assert b"accept-encoding: gzip\r\n" in served.requests[0].lower()


async def test_a_packed_bomb_is_defused_at_the_cap() -> None:
    bomb = gzip.compress(b"0" * (200 << 20), 1)
    before = time.process_time()
    error = await trouble(always(plain(bomb, "200 OK", "Content-Encoding: gzip")), max_bytes=1 << 20)
    assert isinstance(error, RetryableError)
    assert "more than 1,048,576 bytes" in str(error)
    assert time.process_time() - before < 1.0


async def test_a_body_without_end_stops_at_the_cap() -> None:
    async def endless(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    error = await trouble(endless, max_bytes=1 << 20)
    assert isinstance(error, RetryableError)
    assert error.status == 413


async def test_the_deadline_covers_a_body_that_drips() -> None:
    async def dripping(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    started = time.monotonic()
    error = await trouble(dripping, deadline=0.3)
    assert isinstance(error, RetryableError)
    assert str(error).endswith("did not answer in 0.3 seconds.")
    assert time.monotonic() - started < 4  # the whole body takes five


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        plain(gzip.compress(b"whole" * 99)[:-9], "200 OK", "Content-Encoding: gzip"),
    ],
)
async def test_a_cut_body_is_told(raw: bytes) -> None:
    async def cut(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    error = await trouble(cut)
    assert isinstance(error, RetryableError)
    assert "in the middle of its answer" in str(error)


async def test_something_that_is_not_http_is_told() -> None:
    error = await trouble(always(b"220 mail.example ESMTP\r\n\r\n"))
    assert "did not answer in HTTP" in str(error)


async def test_a_refused_connection_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with client_for(port) as client:
        with pytest.raises(RetryableError, match=f"^127.0.0.1:{port} refused the connection"):
            await client.request("GET", f"http://127.0.0.1:{port}/")


async def test_a_name_that_does_not_exist_is_told() -> None:
    async with guarded_client() as client:
        with pytest.raises(ConnectorError, match=r"The name shop\.invalid (does not resolve|could not be resolved)"):
            await client.request("GET", "https://shop.invalid/", deadline=20)


async def test_a_name_is_resolved_once_for_each_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    checked = GuardedBackend.checked_addresses

    async def counted(self: GuardedBackend, host: str, port: int) -> list[str]:
        seen.append(host)
        return await checked(self, host, port)

    monkeypatch.setattr(GuardedBackend, "checked_addresses", counted)
    async with serving(always(plain(b"{}"))) as served, client_for(served.port) as client:
        await client.request("GET", f"http://localhost:{served.port}/")
        await client.request("GET", f"http://localhost:{served.port}/")
    assert seen == ["localhost"]


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ({"self_signed": True}, "is self-signed"),
        ({"name": "other.example"}, "is for another name"),
        ({"days": -1}, "has expired"),
    ],
)
async def test_a_bad_certificate_is_told(certificate: dict[str, object], words: str, tmp_path: Path) -> None:
    authority = Authority()
    context = authority.server_context(tmp_path, **certificate)  # type: ignore[arg-type]
    async with serving(always(plain(b"{}")), context) as served:
        async with guarded_client([f"localhost:{served.port}"], tls=authority.client_context()) as client:
            with pytest.raises(PermanentError, match=words):
                await client.request("GET", f"https://localhost:{served.port}/")
        assert served.requests == []


async def test_an_unknown_authority_is_told(tmp_path: Path) -> None:
    context = Authority().server_context(tmp_path)
    async with serving(always(plain(b"{}")), context) as served, guarded_client([f"localhost:{served.port}"]) as client:
        with pytest.raises(PermanentError, match="authority that is not known here"):
            await client.request("GET", f"https://localhost:{served.port}/")


async def test_a_good_certificate_is_accepted(tmp_path: Path) -> None:
    authority = Authority()
    async with (
        serving(always(plain(b"{}")), authority.server_context(tmp_path)) as served,
        guarded_client([f"localhost:{served.port}"], tls=authority.client_context()) as client,
    ):
        assert (await client.request("GET", f"https://localhost:{served.port}/")).body == b"{}"


async def test_tls_to_a_plain_port_is_told() -> None:
    async def plain_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(plain(b"", "400 Bad Request"))
        writer.close()

    server = await asyncio.start_server(plain_server, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, client_for(port) as client:
        with pytest.raises(PermanentError, match=f"127.0.0.1:{port} does not speak TLS on this port"):
            await client.request("GET", f"https://127.0.0.1:{port}/", deadline=5)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with serving(always(plain(b"{}"))) as served, client_for(served.port) as client:
        assert (await client.request("GET", f"http://127.0.0.1:{served.port}/")).status == 200


async def test_no_url_reaches_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(always(plain(b"{}"))) as served, client_for(served.port) as client:
        await client.request("GET", f"http://127.0.0.1:{served.port}/?consumer_secret=cs_1")
    assert "cs_1" not in caplog.text


async def test_a_cookie_of_one_call_is_not_sent_with_the_next() -> None:
    async with (
        serving(always(plain(b"{}", "200 OK", "Set-Cookie: session=of-another-merchant; Path=/"))) as served,
        client_for(served.port) as client,
    ):
        for _ in range(2):
            await client.request("GET", f"http://127.0.0.1:{served.port}/")
    assert b"cookie" not in served.requests[1].lower()


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("/", b"GET / HTTP/1.1"),
        ("", b"GET / HTTP/1.1"),
        ("/é/x y?q=日&r=%20%2F+a,b", b"GET /%C3%A9/x%20y?q=%E6%97%A5&r=%20%2F+a,b HTTP/1.1"),
        ("/a?x=1#fragment", b"GET /a?x=1 HTTP/1.1"),
    ],
)
async def test_a_url_reaches_the_wire_as_it_should(url: str, line: bytes) -> None:
    async with serving(always(plain(b"{}"))) as served, client_for(served.port) as client:
        await client.request("GET", f"http://127.0.0.1:{served.port}{url}")
    assert served.requests[0].split(b"\r\n")[:2] == [line, b"Host: 127.0.0.1:%d" % served.port]


async def test_a_hundred_calls_at_once_come_back_each_with_its_own_answer() -> None:
    async def echo(request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.01)
        writer.write(plain(request.split(b" ")[1]))

    async with serving(echo) as served, client_for(served.port) as client:
        urls = [f"http://127.0.0.1:{served.port}/{number}" for number in range(100)]
        answers = await asyncio.gather(*(client.request("GET", url) for url in urls))
    assert [answer.body for answer in answers] == [b"/%d" % number for number in range(100)]
