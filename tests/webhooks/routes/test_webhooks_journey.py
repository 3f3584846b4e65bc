"""A partner's first day, over HTTP and with a dispatcher at work: refused, looked at, replayed, delivered, verified."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hub import registry
from hub.app import create_app
from hub.db.engine import Database
from hub.http import guarded_client
from hub.queue import LocalRunner
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House
from tests.webhooks.conftest import MakeKey
from tests.webhooks.sink import Receipt, Sink, answering
from webhooks.dispatch.part import dispatching
from webhooks.verify import Verifier


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as sink:
        yield sink


@pytest.fixture
async def house(db: Database, sink: Sink) -> AsyncIterator[House]:
    """A hub that may reach exactly that receiver."""
    http = guarded_client([sink.host])
    yield House(Settings(egress_allow=[sink.host]), db, registry.load(strict=True), http)
    await http.close()


@pytest.fixture
async def hub_url(house: House) -> AsyncIterator[str]:
    """It listens, and dispatches in the same process."""
    async with serve(create_app(house=house, beside=[dispatching])) as url:
        yield url


async def asked(api: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await api.request(method, path, json=body)
    assert answer.status_code < 300, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_was_given_up_is_replayed_and_arrives_as_it_was(
    api: httpx.AsyncClient, house: House, db: Database, sink: Sink, make_key: MakeKey
) -> None:
    sink.on("/hook", answering(404))
    await asked(api, "POST", "/v1/applications", {"name": "Nord", "uid": "nord"})
    await asked(api, "POST", "/v1/event-types", {"name": "parcel.lost", "example": {"parcel": "LP-0"}})
    draft = {"url": sink.url("/hook"), "retry": [1], "headers": {"X-Token": "t"}}
    hook = await asked(api, "POST", "/v1/applications/nord/endpoints", draft)
    path = f"/v1/endpoints/{hook['id']}"
    event = await asked(api, "POST", "/v1/events", {"type": "parcel.lost", "application": "nord", "data": {"parcel": "LP-1"}})
    async with asyncio.timeout(30):
        while not (dead := (await asked(api, "GET", f"{path}/dead-letters"))["data"]):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    whole = await asked(api, "GET", f"{path}/messages/{dead[0]['id']}")
    assert [one["status"] for one in whole["tries"]] == [404, 404]

    sink.on("/hook", answering(204))
    seen = len(sink.of("/hook"))
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    begun = await asked(api, "POST", f"{path}/replays", {"since": since})
    await LocalRunner(db, house.registry.plugins["webhooks"].jobs(house)).run_until_idle()
    assert (await asked(api, "GET", f"/v1/replays/{begun['id']}"))["status"] == "done"
    receipt = (await sink.wait(seen + 1, "/hook"))[-1]
    first = sink.of("/hook")[0]
    assert (receipt.id, receipt.body, receipt.headers["x-token"]) == (first.id, first.body, "t")
    assert receipt.id == f"msg_{event['id'].replace('-', '')}"
    assert verified(hook["secret"], receipt) == {"parcel": "LP-1"}

    fresh = (await asked(api, "POST", f"{path}/secret/rotate"))["secret"]
    await asked(api, "POST", f"{path}/test", {"type": "parcel.lost"})
    test = (await sink.wait(seen + 2, "/hook"))[-1]
    assert verified(fresh, test) == verified(hook["secret"], test) == {"parcel": "LP-0"}
    assert (await asked(api, "GET", f"{path}/health"))["standing"] == "ok"


def verified(secret: str, receipt: Receipt) -> Any:
    """The data of a message that is what it claims to be."""
    Verifier([secret]).verify(receipt.headers, receipt.body)
    return json.loads(receipt.body)["data"]
