"""From the table to the partner and back: claimed, signed, sent, written down."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

from hub.db.engine import Database
from tests.webhooks.dispatch.partner import Partner, a_dispatcher, until
from tests.webhooks.sink import Sink, answering
from webhooks.book import Book
from webhooks.partners import secrets
from webhooks.publish.draft import Draft
from webhooks.publish.store import put
from webhooks.states import State
from webhooks.verify import Verifier


async def test_what_waits_is_claimed_signed_sent_and_written_down(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"), headers={"authorization": "Bearer theirs"})
    [event] = await partner.publish(endpoint)
    sink.on("/hook", answering(200, b"thank you"))

    async with a_dispatcher(db, sink):
        [receipt] = await sink.wait(1, "/hook")
        await until(lambda: _is(partner, endpoint, {State.DELIVERED: 1}))

    genuine = Verifier([endpoint.secret]).verify(receipt.headers, receipt.body)
    assert genuine.id == f"msg_{event.hex}" == receipt.id
    assert abs(genuine.timestamp - time.time()) < 5
    assert json.loads(receipt.body)["data"] == {"n": 0, "key": None}
    assert receipt.headers["webhook-attempt"] == "1"
    assert receipt.headers["webhook-hop"] == "1"
    assert receipt.headers["content-type"] == "application/json"
    assert receipt.headers["accept-encoding"] == "identity"
    assert receipt.headers["authorization"] == "Bearer theirs"
    [attempt] = await partner.attempts(endpoint)
    assert (attempt["status"], attempt["error"], attempt["n"], attempt["body"]) == (200, None, 1, b"thank you")
    assert attempt["address"] == "127.0.0.1"


async def test_data_that_is_null_is_sent_as_it_is(db: Database, partner: Partner, sink: Sink) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    async with db.org(partner.org) as unit:
        await put(unit, await Book(db).fresh(unit), [Draft("stock.low", b"null", partner.application)])
    async with a_dispatcher(db, sink):
        [receipt] = await sink.wait(1, "/hook")
        await until(lambda: _is(partner, endpoint, {State.DELIVERED: 1}))
    assert receipt.body.endswith(b',"data":null}')


async def test_an_old_secret_signs_until_its_time_is_over_on_the_databases_clock(
    db: Database, partner: Partner, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = await partner.endpoint(sink.url("/hook"))
    async with db.org(partner.org) as unit:
        await secrets.rotate(unit, endpoint.id, overlap=timedelta(hours=1))
    await partner.publish(endpoint)
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + 7200)  # of this machine's clock
    async with a_dispatcher(db, sink):
        [receipt] = await sink.wait(1, "/hook")
    assert Verifier([endpoint.secret]).verify(receipt.headers, receipt.body, now=true())


async def test_an_endpoint_whose_secret_cannot_be_opened_holds_up_nobody_else(db: Database, partner: Partner, sink: Sink) -> None:
    broken, well = await partner.endpoint(sink.url("/broken")), await partner.endpoint(sink.url("/hook"))
    async with db.org(partner.org) as unit:
        await unit.execute("update endpoint_secret set sealed = 'v1.gone.AAAA.AAAA' where endpoint = $1", broken.id)
    await partner.publish(broken, 300)
    await partner.publish(well, 3)
    async with a_dispatcher(db, sink):
        await sink.wait(3, "/hook")
        await until(lambda: _is(partner, well, {State.DELIVERED: 3}))
    assert await partner.states(broken) == {State.WAITING: 300}
    assert not sink.of("/broken")


async def _is(partner: Partner, endpoint: object, states: dict[int, int]) -> bool:
    return await partner.states(endpoint) == states  # type: ignore[arg-type]
