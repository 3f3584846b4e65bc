"""Senders that trust only what a test allows, on both event loops; names answered by the test; certificates made by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.webhooks.send.certificates import Authority
from tests.webhooks.send.receiver import Receiver
from webhooks.send.answer import Answer
from webhooks.send.resolve import Resolver
from webhooks.send.sender import Sender

MakeSender = Callable[..., Sender]
Post = Callable[..., Awaitable[Answer]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], Any]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A partner's server, as hostile as the test makes it."""
    async with Receiver() as one:
        yield one


@pytest.fixture
async def make_sender() -> AsyncIterator[MakeSender]:
    """Makes senders that are stopped at the end; deadlines are short unless given. `lookup`, `ttl`, `budget`: its resolver's."""
    made: list[Sender] = []

    def make(**options: Any) -> Sender:
        names = {name: options.pop(name) for name in ("lookup", "ttl", "budget") if name in options}
        defaults: dict[str, Any] = {"allow": (), "allow_http": False, "total": 3.0, "connect": 1.0, "first_byte": 2.0}
        sender = Sender(**defaults | options, resolver=Resolver(**names))
        made.append(sender)
        return sender

    yield make
    for sender in made:
        sender.abort()


async def post(sender: Sender, url: str, body: bytes = b"{}", headers: tuple[bytes, ...] = ()) -> Answer:
    """One request, waited for."""
    over: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    sender.start(url, [b"content-type: application/json", *headers], body, over.set_result)
    return await asyncio.wait_for(over, 20)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """A certificate authority of the tests."""
    folder: Path = tmp_path_factory.mktemp("authority")
    yield Authority(folder)
