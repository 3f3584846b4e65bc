"""TLS: verified always, 1.2 at least; certificates that do not hold are a word of their own, and see no request."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from datetime import timedelta

import pytest

from tests.webhooks.send.certificates import Authority
from tests.webhooks.send.conftest import MakeSender, post
from tests.webhooks.send.receiver import Call, Receiver
from webhooks.send.answer import Answer

HOST = "partner.example"


async def over(
    make_sender: MakeSender, context: ssl.SSLContext | None, authority: Authority | None, times: int = 1
) -> tuple[Answer, Receiver]:
    async with Receiver(tls=context) as receiver:
        sender = make_sender(
            allow=[f"{HOST}:{receiver.port}"],
            lookup=lambda _: ["127.0.0.1"],
            authorities=[authority.path] if authority else [],
        )
        for _ in range(times):
            answer = await post(sender, f"https://{HOST}:{receiver.port}/hook")
        sender.abort()
        return answer, receiver


async def test_a_certificate_of_a_trusted_authority_holds(make_sender: MakeSender, authority: Authority) -> None:
    names: list[str | None] = []
    context = authority.context(HOST)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    answer, receiver = await over(make_sender, context, authority, times=5)
    assert (answer.status, answer.error) == (200, None)
    assert names == [HOST]  # one handshake for all five
    assert f"\r\nHost: {HOST}:{receiver.port}\r\n".encode() in receiver.calls[0].head


@pytest.mark.parametrize(
    ("fault", "trusted"),
    [
        ("expired", True),
        ("self-signed", True),
        ("self-signed", False),
        ("of another host", True),
        ("of an unknown authority", False),
    ],
)
async def test_a_certificate_that_does_not_hold(make_sender: MakeSender, authority: Authority, fault: str, trusted: bool) -> None:
    context = {
        "expired": lambda: authority.context(HOST, ends=-timedelta(days=1)),
        "self-signed": lambda: authority.context(HOST, own=True),
        "of another host": lambda: authority.context("other.example"),
        "of an unknown authority": lambda: authority.context(HOST),
    }[fault]()
    answer, receiver = await over(make_sender, context, authority if trusted else None)
    assert (answer.status, answer.error) == (None, "certificate")
    assert answer.detail
    assert receiver.calls == []


async def test_a_port_that_speaks_no_tls(make_sender: MakeSender) -> None:
    async def plain(call: Call) -> None:
        await call.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with Receiver() as receiver:
        receiver.greet = plain
        sender = make_sender(allow=[receiver.pair])
        assert (await post(sender, receiver.url().replace("http:", "https:"))).error == "tls"


async def test_tls_older_than_1_2_is_not_spoken(make_sender: MakeSender, authority: Authority) -> None:
    context = authority.context(HOST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    answer, _ = await over(make_sender, context, authority)
    assert (answer.status, answer.error) == (None, "tls")


async def test_a_handshake_that_hangs_is_cut_at_the_connect_deadline(make_sender: MakeSender, receiver: Receiver) -> None:
    async def silent(call: Call) -> None:
        await asyncio.sleep(30)

    receiver.greet = silent
    sender = make_sender(allow=[receiver.pair], connect=0.3)
    answer = await post(sender, receiver.url().replace("http:", "https:"))
    assert answer.error == "timeout_connect"
    assert 300 <= answer.ms < 1900
