"""POST /v1/events: what is accepted is durable together with its messages, and what is refused leaves nothing."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

import httpx

from hub.db.engine import Database
from tests.webhooks.conftest import MakeEndpoint, Put

EVENT = {"type": "parcel.lost", "application": "partner", "data": {"parcel": "LP-1", "weight": 1.5}}


async def test_an_event_becomes_a_fact_and_a_message(
    api: httpx.AsyncClient, db: Database, org: UUID, application: UUID, endpoint: Put, kind: str
) -> None:
    answer = await api.post("/v1/events", json=EVENT)
    assert answer.status_code == 202
    told = answer.json()
    assert told == {"id": told["id"], "position": 1, "messages": 1}
    async with db.org(org) as unit:
        event = await unit.fetchrow("select * from event")
        message = await unit.fetchrow("select * from message")
    assert event is not None and message is not None
    assert (str(event["id"]), event["position"], event["type"], event["cause"]) == (told["id"], 1, "parcel.lost", "api")
    assert event["audience"] == application
    assert event["data"] == '{"parcel":"LP-1","weight":1.5}'
    assert (message["endpoint"], message["event"], message["position"]) == (endpoint.id, event["id"], 1)
    assert (message["state"], message["owner"], message["type"]) == (0, None, "parcel.lost")
    assert (message["cause"], message["attempts"], message["step"]) == (0, 0, 0)
