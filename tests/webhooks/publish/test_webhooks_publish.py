"""POST /v1/events: what is accepted is durable together with its messages."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from tests.webhooks.conftest import MakeApplication, MakeEndpoint, MakeKey, MakeKind, Put
from tests.webhooks.publish.asking import EVENT, count, fault, send

pytestmark = pytest.mark.usefixtures("application", "kind")


async def test_an_event_becomes_a_fact_and_a_message(
    api: httpx.AsyncClient, db: Database, org: UUID, application: UUID, endpoint: Put
) -> None:
    answer = await api.post("/v1/events", json=EVENT)
    assert answer.status_code == 202
    told = answer.json()
    assert told == {"id": told["id"], "position": 1, "messages": 1}
    async with db.org(org) as unit:
        event = await unit.fetchrow("select * from event")
        message = await unit.fetchrow("select * from message")
    assert event is not None
    assert message is not None
    assert (str(event["id"]), event["position"], event["type"], event["cause"]) == (told["id"], 1, "parcel.lost", "api")
    assert event["audience"] == application
    assert event["data"] == '{"parcel":"LP-1","weight":1.5}'
    assert (message["endpoint"], message["event"], message["position"]) == (endpoint.id, event["id"], 1)
    assert (message["state"], message["owner"], message["type"]) == (0, None, "parcel.lost")
    assert (message["cause"], message["attempts"], message["step"]) == (0, 0, 0)


async def test_the_data_is_kept_as_it_was_written(api: httpx.AsyncClient, db: Database, org: UUID) -> None:
    written = '{"b" : 1.10,\t"a":"\\u00e9\\u0000 \\/",  "n":1E3 , "big": 123456789012345678901234567890}'
    answer = await send(api, f'{{"application":"partner","data":  {written} ,"type":"parcel.lost"}}')
    assert answer.status_code == 202
    async with db.org(org) as unit:
        assert await unit.fetchval("select data from event") == written


@pytest.mark.parametrize("data", ["null", "5", "-0.5e-3", '"text"', "[]", "[[1],{}]", "true", '{"a":{"b":[]}}'])
async def test_any_json_may_be_data(api: httpx.AsyncClient, data: str) -> None:
    assert (await send(api, f'{{"type":"parcel.lost","application":"partner","data":{data}}}')).status_code == 202


async def test_an_application_is_named_by_its_uid_or_its_id(api: httpx.AsyncClient, application: UUID) -> None:
    for name in ("partner", str(application), str(application).upper(), application.hex):
        assert (await api.post("/v1/events", json=EVENT | {"application": name})).status_code == 202, name


async def test_only_the_applications_own_endpoints_hear_it(
    api: httpx.AsyncClient, db: Database, org: UUID, make_application: MakeApplication, make_endpoint: MakeEndpoint
) -> None:
    hears = await make_endpoint()
    parked = await make_endpoint(enabled=False)
    await make_endpoint(types=["parcel.found", "order.*"])
    await make_endpoint(filter={"weight": {"gt": 2}})
    fits = await make_endpoint(types=["parcel.*"], filter={"weight": {"lt": 2}})
    await make_endpoint(installations=[uuid7()])
    await make_endpoint(application=await make_application("another"))
    assert (await api.post("/v1/events", json=EVENT)).json()["messages"] == 3
    async with db.org(org) as unit:
        assert {row[0] for row in await unit.fetch("select endpoint from message")} == {hears.id, parked.id, fits.id}


async def test_the_order_key_stands_at_ordered_endpoints_alone(
    api: httpx.AsyncClient, db: Database, org: UUID, make_endpoint: MakeEndpoint
) -> None:
    plain, ordered = await make_endpoint(), await make_endpoint(ordered=True)
    await api.post("/v1/events", json=EVENT | {"order_key": "LP-1"})
    await api.post("/v1/events", json=EVENT)
    async with db.org(org) as unit:
        rows = await unit.fetch("select endpoint, order_key, shard is not null from message order by position, order_key")
        assert [row[0] for row in await unit.fetch("select order_key from event order by position")] == ["LP-1", None]
    assert [tuple(row) for row in rows][:2] == [(ordered.id, "LP-1", True), (plain.id, None, False)]
    assert {row[1] for row in rows[2:]} == {None}


async def test_a_shop_can_be_named(
    api: httpx.AsyncClient, db: Database, org: UUID, installation: UUID, make_endpoint: MakeEndpoint
) -> None:
    await make_endpoint(installations=[installation])
    assert (await api.post("/v1/events", json=EVENT)).json()["messages"] == 0
    for _ in range(2):
        answer = await api.post("/v1/events", json=EVENT | {"installation": str(installation)})
        assert answer.json()["messages"] == 1
    answer = await api.post("/v1/events", json=EVENT | {"installation": str(uuid7())})
    assert (answer.status_code, fault(answer)["field"]) == (404, "/installation")
    async with db.org(org) as unit:
        assert await unit.fetchval("select installation from event where position = 2") == installation


async def test_a_body_in_many_chunks_is_put_together(api: httpx.AsyncClient) -> None:
    async def bytewise() -> Any:
        for byte in json.dumps(EVENT).encode():
            yield bytes([byte])

    answer = await api.post("/v1/events", content=bytewise(), headers={"content-type": "application/json"})
    assert answer.status_code == 202


async def test_answers_bear_the_headers_of_every_other_route(api: httpx.AsyncClient) -> None:
    other = await api.get("/v1/events")
    own = {"content-length", "content-type", "x-request-id", "date", "server"}
    wanted = {(name, value) for name, value in other.headers.items() if name not in own}
    for answer in (await api.post("/v1/events", json=EVENT), await api.post("/v1/events", json={})):
        assert {(name, value) for name, value in answer.headers.items() if name not in own} == wanted
        assert answer.headers["content-type"] == "application/json"
        assert len(answer.headers["x-request-id"]) == 32


async def test_the_other_methods_stay_what_they_were(api: httpx.AsyncClient) -> None:
    await api.post("/v1/events", json=EVENT)
    [event] = (await api.get("/v1/events")).json()["data"]
    assert event["type"] == "parcel.lost"
    assert (await api.put("/v1/events", json=EVENT)).status_code == 405
    assert (await api.get("/v1/events:batch")).status_code == 405
    assert (await api.head("/v1/events:batch")).status_code == 405


async def test_the_description_of_the_api_knows_both_routes(api: httpx.AsyncClient) -> None:
    paths = (await api.get("/openapi.json")).json()["paths"]
    for path, answer in (("/v1/events", "Published"), ("/v1/events:batch", "PublishedBatch")):
        told = paths[path]["post"]
        assert told["responses"]["202"]["content"]["application/json"]["schema"]["$ref"].endswith(f"/{answer}")
        assert "application/json" in told["requestBody"]["content"]


async def test_a_continue_is_sent_to_who_waits_for_it(hub_url: str, make_key: MakeKey) -> None:
    body = json.dumps(EVENT).encode()
    host, _, port = hub_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /v1/events HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {await make_key()}\r\n"
    writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\nexpect: 100-continue\r\n\r\n".encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
    writer.write(body)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 202")
    writer.close()
    await writer.wait_closed()


async def test_who_hangs_up_in_the_middle_leaves_nothing(
    api: httpx.AsyncClient, hub_url: str, make_key: MakeKey, db: Database, org: UUID
) -> None:
    host, _, port = hub_url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /v1/events HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {await make_key()}\r\n"
    writer.write(f'{head}content-type: application/json\r\ncontent-length: 500\r\n\r\n{{"type":'.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await api.post("/v1/events", json=EVENT)).json()["position"] == 1
    assert await count(db, org, "event") == 1


async def test_what_another_process_made_just_now_is_known(
    api: httpx.AsyncClient, org: UUID, clean_database_url: str, make_application: MakeApplication, make_kind: MakeKind
) -> None:
    """The book of the serving process has been read already; the makers work on a pool of their own."""
    assert (await api.post("/v1/events", json=EVENT)).status_code == 202
    await make_application("just-made")
    await make_kind("just.made")
    answer = await api.post("/v1/events", json=EVENT | {"application": "just-made", "type": "just.made"})
    assert answer.status_code == 202
