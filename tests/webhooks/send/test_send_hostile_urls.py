"""The corpus of hostile URLs: each is refused when it is given or when it is called, and the traps never see a connection."""

from __future__ import annotations

import asyncio
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import Unprocessable
from tests.webhooks.send.conftest import MakeSender, post
from webhooks.send.address import check_url

CORPUS = tomllib.loads(Path(__file__).with_name("hostile_urls.toml").read_text(encoding="utf-8"))
URLS = [(theme, url) for theme, urls in CORPUS["urls"].items() for url in urls]
LONG = [
    ("long", "https://public.example/" + "a" * 2048),
    ("long", f"https://{'a' * 64}.example/"),
    ("long", f"https://{'a.' * 130}example/"),
]


class Traps:
    """Listens on both loopbacks at one port."""

    def __init__(self) -> None:
        self.sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port = self.sockets[0].getsockname()[1]
        self.sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for one in self.sockets:
            one.setblocking(False)

    def caught(self) -> bool:
        """Whether anybody has connected."""
        for one in self.sockets:
            try:
                one.accept()[0].close()
            except BlockingIOError:
                continue
            return True
        return False


@pytest.fixture
def traps() -> Iterator[Traps]:
    traps = Traps()
    yield traps
    for one in traps.sockets:
        one.close()


def lookup(name: str) -> list[str]:
    if name not in CORPUS["names"]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")
    return list(CORPUS["names"][name])


def test_the_corpus_is_large_and_says_nothing_twice() -> None:
    assert len(URLS) == len(set(URLS)) >= 300


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_no_hostile_url_is_ever_connected_to(make_sender: MakeSender, traps: Traps, scheme: str) -> None:
    sender = make_sender(allow=[f"elsewhere.example:{traps.port}"], allow_http=scheme == "http", lookup=lookup)
    reached = []
    for theme, pattern in URLS + LONG:
        url = pattern.replace("{port}", str(traps.port)).replace("https:", f"{scheme}:")
        answer = await post(sender, url)
        if answer.status is not None or answer.address or answer.error not in ("address", "name") or traps.caught():
            reached.append((theme, url, answer))
    await asyncio.sleep(0.05)
    assert not reached and not traps.caught()


def test_all_but_those_that_a_name_decides_are_refused_when_given() -> None:
    accepted = []
    for theme, pattern in URLS + LONG:
        try:
            check_url(pattern.replace("{port}", "8443"), [], allow_http=False)
        except Unprocessable as error:
            assert error.field == "url" and str(error).startswith("This URL cannot be an endpoint: ")
            continue
        accepted.append(theme)
    assert set(accepted) == {"names_that_lead_inside", "metadata"}
    assert accepted.count("metadata") == 1  # metadata.example, a name like others


async def test_the_traps_do_catch_what_is_allowed(make_sender: MakeSender, traps: Traps) -> None:
    sender = make_sender(allow=[f"rebinder.example:{traps.port}"], lookup=lookup, connect=0.3)
    await post(sender, f"https://rebinder.example:{traps.port}/")
    assert traps.caught()
