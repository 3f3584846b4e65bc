"""Names: asked for once, every address vetted, the vetted ones pinned. Here 127.0.0.2 and 127.0.0.3 are taken for public."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from hub.http.addresses import refusal
from tests.webhooks.send.conftest import MakeSender, post
from tests.webhooks.send.receiver import OK, Call, Receiver
from webhooks.send import guard
from webhooks.send.guard import Place

PUBLIC = ("127.0.0.2", "127.0.0.3")


@pytest.fixture(autouse=True)
def taken_for_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "refusal", lambda address: None if address in PUBLIC else refusal(address))


@pytest.fixture
async def outside() -> AsyncIterator[Receiver]:
    async with Receiver(host="127.0.0.2") as one:
        yield one


@pytest.fixture
def trap(outside: Receiver) -> Iterator[socket.socket]:
    """On 127.0.0.1, at the port of `outside`."""
    with socket.create_server(("127.0.0.1", outside.port)) as one:
        one.setblocking(False)
        yield one
        with pytest.raises(BlockingIOError):
            one.accept()


class Names:
    """Answers in turn, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, name: str) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    make_sender: MakeSender, outside: Receiver, trap: socket.socket
) -> None:
    names = Names(["127.0.0.2"], ["127.0.0.1"])
    sender = make_sender(allow_http=True, lookup=names, ttl=0.3)
    url = f"http://rebinder.example:{outside.port}/"
    assert (await post(sender, url)).address == "127.0.0.2"
    assert (await post(sender, url)).error is None
    assert (names.asked, outside.connections) == (1, 1)
    await asyncio.sleep(0.35)
    answer = await post(sender, url)
    assert answer.error == "address"
    assert answer.detail == "rebinder.example points to 127.0.0.1, which may not be connected to (loopback)."
    assert len(outside.calls) == 2  # the connection that is still open was not used either


async def test_of_a_mixture_only_the_public_addresses_are_tried(
    make_sender: MakeSender, outside: Receiver, trap: socket.socket
) -> None:
    sender = make_sender(allow_http=True, lookup=Names(["127.0.0.1", "::1", "10.0.0.7", "127.0.0.2"]))
    answer = await post(sender, f"http://mixed.example:{outside.port}/")
    assert (answer.error, answer.address) == (None, "127.0.0.2")


async def test_a_socket_to_an_address_that_was_not_vetted_is_not_opened(
    make_sender: MakeSender, outside: Receiver, trap: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line, should libcurl ever get an address from elsewhere."""
    pin = f"astray.example:{outside.port}:127.0.0.1"
    monkeypatch.setattr(guard, "vet", lambda *_: Place(frozenset(("127.0.0.2",)), (pin,)))
    sender = make_sender(allow_http=True, lookup=Names(["127.0.0.2"]))
    answer = await post(sender, f"http://astray.example:{outside.port}/")
    assert (answer.error, answer.detail) == ("address", "It led to 127.0.0.1, which was not vetted.")


async def test_a_name_that_moves_is_followed(make_sender: MakeSender, outside: Receiver) -> None:
    async def closing(call: Call) -> None:
        await call.send(OK)
        call.close()

    outside.behaviour = closing
    sender = make_sender(allow_http=True, lookup=Names(["127.0.0.2"], ["127.0.0.3"]), ttl=0.2)
    url = f"http://moving.example:{outside.port}/"
    assert (await post(sender, url)).address == "127.0.0.2"
    await asyncio.sleep(0.25)
    assert (await post(sender, url)).error == "refused"  # nobody listens at the new address
    assert len(outside.calls) == 1


async def test_a_kept_connection_to_an_address_that_its_name_left_is_not_used_again(
    make_sender: MakeSender, outside: Receiver
) -> None:
    sender = make_sender(allow_http=True, lookup=Names(["127.0.0.2"], ["127.0.0.3"]), ttl=0.2)
    url = f"http://moving.example:{outside.port}/"
    assert (await post(sender, url)).address == "127.0.0.2"
    await asyncio.sleep(0.25)
    assert (await post(sender, url)).error == "refused"  # nobody listens at the new address
    assert len(outside.calls) == 1


async def test_the_next_address_is_tried_when_one_does_not_answer(make_sender: MakeSender, outside: Receiver) -> None:
    sender = make_sender(allow_http=True, lookup=Names(["127.0.0.3", "127.0.0.2"]))
    assert (await post(sender, f"http://two.example:{outside.port}/")).address == "127.0.0.2"


async def test_many_requests_ask_for_a_name_once(make_sender: MakeSender, outside: Receiver) -> None:
    names = Names(["127.0.0.2"])
    sender = make_sender(allow_http=True, lookup=names)
    urls = [f"http://one.example:{outside.port}/{nth}" for nth in range(50)]
    answers = await asyncio.gather(*(post(sender, url) for url in urls))
    assert {answer.error for answer in answers} == {None}
    assert names.asked == 1


async def test_a_name_that_does_not_resolve_is_not_asked_for_again_at_once(make_sender: MakeSender) -> None:
    def lookup(name: str) -> list[str]:
        asked.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    asked: list[str] = []
    sender = make_sender(lookup=lookup, ttl=0.3)
    for _ in range(3):
        answer = await post(sender, "https://nowhere.example/")
        assert (answer.error, answer.detail) == ("name", "The name nowhere.example does not resolve.")
    assert len(asked) == 1
    await asyncio.sleep(0.35)
    await post(sender, "https://nowhere.example/")
    assert len(asked) == 2


async def test_a_slow_resolver_costs_its_own_requests_only(make_sender: MakeSender, outside: Receiver) -> None:
    release = threading.Event()

    def lookup(name: str) -> list[str]:
        if name.startswith("slow"):
            release.wait(10)
        return ["127.0.0.2"]

    sender = make_sender(allow_http=True, lookup=lookup, budget=1.0)
    try:
        slow = [asyncio.ensure_future(post(sender, f"http://slow{nth}.example:{outside.port}/")) for nth in range(8)]
        began = time.monotonic()
        assert (await post(sender, f"http://quick.example:{outside.port}/")).error is None
        assert time.monotonic() - began < 0.9
        for answer in await asyncio.gather(*slow):
            assert answer.error == "name" and "was not resolved in 1 seconds" in answer.detail
            assert 950 < answer.ms < 2500
    finally:
        release.set()


async def test_a_name_in_use_is_asked_for_ahead_of_time(make_sender: MakeSender, outside: Receiver) -> None:
    names = Names(["127.0.0.2"])
    sender = make_sender(allow_http=True, lookup=names, ttl=1.0)
    url = f"http://used.example:{outside.port}/"
    await post(sender, url)
    await asyncio.sleep(0.8)
    assert names.asked == 1
    assert (await post(sender, url)).error is None  # did not wait for it
    await asyncio.sleep(0.1)
    assert names.asked == 2


async def test_an_allowed_pair_may_be_private_and_its_neighbour_not(make_sender: MakeSender, receiver: Receiver) -> None:
    sender = make_sender(allow=[f"inner.example:{receiver.port}"], lookup=Names(["127.0.0.1"]))
    assert (await post(sender, f"http://inner.example:{receiver.port}/")).error is None
    assert (await post(sender, f"https://other.example:{receiver.port}/")).error == "address"
    assert (await post(sender, "https://inner.example/")).error == "address"
    assert receiver.connections == 1


async def test_ipv6_by_number_and_by_name(make_sender: MakeSender) -> None:
    async with Receiver(host="::1") as six:
        sender = make_sender(allow=[six.pair, f"six.example:{six.port}"], lookup=Names(["::1"]))
        for url in (six.url(), f"http://six.example:{six.port}/"):
            answer = await post(sender, url)
            assert (answer.error, answer.address) == (None, "::1")


async def test_proxies_of_the_environment_are_not_used(
    make_sender: MakeSender, receiver: Receiver, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{receiver.port}")
    sender = make_sender(allow_http=True, lookup=Names(["127.0.0.2"]))
    assert (await post(sender, f"http://direct.example:{outside.port}/")).error is None
    assert receiver.connections == 0


async def test_a_passing_trouble_of_the_resolver_does_not_undo_what_is_known(make_sender: MakeSender, outside: Receiver) -> None:
    def lookup(name: str) -> list[str]:
        asked.append(name)
        if len(asked) == 2:
            raise socket.gaierror(socket.EAI_AGAIN, "later")
        return ["127.0.0.2"]

    asked: list[str] = []
    sender = make_sender(allow_http=True, lookup=lookup, ttl=0.6)
    url = f"http://flaky.example:{outside.port}/"
    await post(sender, url)
    await asyncio.sleep(0.5)
    for _ in range(2):
        assert (await post(sender, url)).error is None
        await asyncio.sleep(0.01)
    assert len(asked) == 2


async def test_a_resolver_that_breaks_is_an_answer_too(make_sender: MakeSender) -> None:
    def lookup(name: str) -> list[str]:
        raise RuntimeError("broken")

    sender = make_sender(lookup=lookup)
    answer = await post(sender, "https://broken.example/")
    assert answer.error == "name"
    assert sender.in_flight == 0
