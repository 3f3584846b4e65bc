"""What a dispatcher may not send, and what must not keep it from sending."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from tests.webhooks.dispatch.partner import Partner, a_dispatcher, until
from tests.webhooks.sink import Sink
from webhooks.book import Book
from webhooks.dispatch.work import working
from webhooks.ready import Ready
from webhooks.send.answer import STOPPED, Answer
from webhooks.states import State


async def test_what_is_handed_over_while_a_dispatcher_begins_anew_is_not_its_own(
    db: Database, partner: Partner, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    async with a_dispatcher(db, sink) as work:
        intake, lease = work.dispatcher, work.lease
        [card] = (await intake._book.partners(partner.org)).cards.values()
        old, register = lease.id, lease.register
        assert old is not None
        assert intake.admit(card, None)
        assert intake.admit(card, None)

        def hand_over() -> None:
            intake.take([Ready(endpoint.id, partner.org, uuid7(), 1, b"{}")], old)

        async def beginning() -> None:
            hand_over()
            await register()

        monkeypatch.setattr(lease, "register", beginning)
        async with db.system() as unit:
            await unit.execute("delete from dispatcher")
        await work._beat()
        assert lease.id != old
        hand_over()
        await asyncio.sleep(0.3)
        assert not sink.receipts
        assert (intake.queues.held, intake.queues.lines[endpoint.id].reserved) == (0, 0)


class NoFilesAtFirst:
    """A sender that has no socket left for its first request."""

    def __init__(self) -> None:
        self.in_flight = self.started = 0

    def start(self, url: str, headers: list[str | bytes], body: bytes, done: Callable[[Any], None]) -> None:
        self.started += 1
        answer = Answer(204, None, "", time.time(), 1) if self.started > 1 else Answer(None, STOPPED, "", time.time(), 0)
        asyncio.get_running_loop().call_soon(done, answer)

    def abort(self) -> None:
        pass


async def test_a_probe_that_could_not_be_sent_is_sent_again(db: Database, partner: Partner) -> None:
    endpoint = await partner.endpoint("https://partner.example/")
    sender = NoFilesAtFirst()
    async with working(db, Book(db), sender) as work:
        work.dispatcher.queues.line(partner.org, endpoint.id).breaker.trip(time.monotonic(), 0.1)
        await asyncio.sleep(0.2)
        [event] = await partner.publish(endpoint)

        async def delivered() -> bool:
            return bool((await partner.message(endpoint, event))["state"] == State.DELIVERED)

        await until(delivered)
    assert sender.started == 2
