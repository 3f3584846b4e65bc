"""From the table to the partner and back: claimed, signed, sent, written down."""

from __future__ import annotations

import json
import time

from hub.db.engine import Database
from tests.webhooks.dispatch.partner import Partner, a_dispatcher, until
from tests.webhooks.sink import Sink, answering
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


async def _is(partner: Partner, endpoint: object, states: dict[int, int]) -> bool:
    return await partner.states(endpoint) == states  # type: ignore[arg-type]
