"""POST /v1/events: what is accepted is durable together with its messages, and what is refused leaves nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from tests.webhooks.conftest import MakeApplication, MakeEndpoint, MakeKey, MakeKind, Put

EVENT: dict[str, Any] = {"type": "parcel.lost", "application": "partner", "data": {"parcel": "LP-1", "weight": 1.5}}

pytestmark = pytest.mark.usefixtures("application", "kind")


async def count(db: Database, org: UUID, table: str) -> int:
    async with db.org(org) as unit:
        found: int = await unit.fetchval(f"select count(*) from {table}")
    return found


async def send(api: httpx.AsyncClient, body: bytes | str, **headers: str) -> httpx.Response:
    return await api.post("/v1/events", content=body, headers={"content-type": "application/json"} | headers)


def fault(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["x-request-id"] == answer.json()["error"]["request_id"]
    error: dict[str, Any] = answer.json()["error"]
    return error


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


@pytest.mark.parametrize(
    ("change", "status", "field", "word"),
    [
        ({"application": "nobody"}, 404, "/application", "no application"),
        ({"application": str(UUID(int=5))}, 404, "/application", "no application"),
        ({"application": ""}, 422, "/application", "length"),
        ({"application": 5}, 422, "/application", "str"),
        ({"type": "parcel.unknown"}, 422, "/type", "no event type"),
        ({"type": "product.updated"}, 422, "/type", "reserved"),
        ({"type": "run.finished"}, 422, "/type", "reserved"),
        ({"type": "endpoint.disabled"}, 422, "/type", "reserved"),
        ({"type": "x" * 256}, 422, "/type", "length"),
        ({"type": None}, 422, "/type", "null"),
        ({"order_key": ""}, 422, "/order_key", "length"),
        ({"order_key": "a\0b"}, 422, "/order_key", "U+0000"),
        ({"installation": "shop"}, 422, "/installation", "UUID"),
        ({"orderKey": "a"}, 422, "/orderKey", "unknown field"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(
    api: httpx.AsyncClient, db: Database, org: UUID, change: dict[str, Any], status: int, field: str, word: str
) -> None:
    answer = await api.post("/v1/events", json=EVENT | change)
    error = fault(answer)
    assert (answer.status_code, error["field"]) == (status, field)
    assert word in error["message"]
    assert await count(db, org, "event") == 0


@pytest.mark.parametrize(
    ("data", "field", "word"),
    [
        (b"NaN", "/data", "no number"),
        (b"[1, -Infinity]", "/data/1", "no number"),
        (b'{"a":{"b":1e999}}', "/data/a/b", "no number"),
        (b'{"a":"\\ud800"}', "/data/a", "surrogate"),
        (b'{"a":["x","\\udc00y"]}', "/data/a/1", "surrogate"),
        (b'{"\\ud800":1}', "/data", "surrogate"),
        (b'{"a":"\xff"}', "/data/a", "UTF-8"),
        (b'{"a":"\xc3\x28"}', "/data/a", "UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "/data/a", "UTF-8"),
        (b'{"a":1,"b":2,"a":3}', "/data", "'a' twice"),
        (b'[{"x":{"a":{"q":1},"a":0}}]', "/data", "'a' twice"),
        (b'{"a":1,"\\u0061":"\\u003a"}', "/data", "'a' twice"),
        (b"[" * 101 + b"]" * 101, "/data", "too deep"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "/data", "too deep"),
        (b"[" * 100_000 + b"]" * 100_000, "/", "too deep"),
        (b"{'a':1}", "/", "JSON"),
        (b"{}}", "/", "JSON"),
        (b'"\x01"', "/", "JSON"),
        (b"", "/", "JSON"),
        (b"01", "/", "JSON"),
    ],
)
async def test_data_that_receivers_would_read_differently_is_refused(
    api: httpx.AsyncClient, db: Database, org: UUID, data: bytes, field: str, word: str
) -> None:
    answer = await send(api, b'{"type":"parcel.lost","application":"partner","data":' + data + b"}")
    error = fault(answer)
    assert (answer.status_code, error["field"], error["code"]) == (422, field, "unprocessable")
    assert word in error["message"]
    assert await count(db, org, "event") == 0


@pytest.mark.parametrize(
    "data", [b'{"a:b":"c:d","u":"\\u003a"}', b"[" * 100 + b"]" * 100, b'{"a":1,"A":2,"\\u0041b":3}', b'"\\ud83d\\ude00"']
)
async def test_data_that_only_looks_strange_is_taken(api: httpx.AsyncClient, data: bytes) -> None:
    assert (await send(api, b'{"type":"parcel.lost","application":"partner","data":' + data + b"}")).status_code == 202


async def test_a_body_of_256_kib_of_data_is_taken_and_no_more(api: httpx.AsyncClient) -> None:
    most = '"' + "x" * ((256 << 10) - 2) + '"'
    assert (await send(api, f'{{"type":"parcel.lost","application":"partner","data":{most}}}')).status_code == 202
    answer = await send(api, f'{{"type":"parcel.lost","application":"partner","data":{most[:-1]}x"}}')
    assert (answer.status_code, fault(answer)["field"], fault(answer)["code"]) == (413, "/data", "too_large")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_not_read_to_its_end(api: httpx.AsyncClient, chunked: bool) -> None:
    body = b'{"type":"parcel.lost","application":"partner","data":"' + b"x" * (1 << 20) + b'"}'

    async def pieces() -> Any:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    answer = await api.post("/v1/events", content=pieces() if chunked else body, headers={"content-type": "application/json"})
    assert (answer.status_code, fault(answer)["code"]) == (413, "too_large")
    assert (await api.post("/v1/events", json=EVENT)).status_code == 202  # the connection, or a new one, goes on


async def test_a_body_in_many_chunks_is_put_together(api: httpx.AsyncClient) -> None:
    async def bytewise() -> Any:
        for byte in json.dumps(EVENT).encode():
            yield bytes([byte])

    answer = await api.post("/v1/events", content=bytewise(), headers={"content-type": "application/json"})
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"content-type": "text/plain"}, "Content-Type"),
        ({"content-type": "application/x-www-form-urlencoded"}, "Content-Type"),
        ({"content-type": "application/x-ndjson"}, "Content-Type"),
        ({"content-encoding": "gzip"}, "Content-Encoding"),
    ],
)
async def test_what_is_not_json_is_refused(api: httpx.AsyncClient, headers: dict[str, str], field: str) -> None:
    answer = await send(api, json.dumps(EVENT), **headers)
    assert (answer.status_code, fault(answer)["code"], fault(answer)["field"]) == (415, "unsupported_media_type", field)


async def test_json_may_say_its_charset(api: httpx.AsyncClient) -> None:
    answer = await send(api, json.dumps(EVENT), **{"content-type": "Application/JSON; charset=utf-8"})
    assert answer.status_code == 202


async def test_data_must_agree_with_its_types_schema(
    api: httpx.AsyncClient, db: Database, org: UUID, make_kind: MakeKind
) -> None:
    schema = {"type": "object", "properties": {"parcel": {"type": "object", "required": ["id"]}}, "required": ["parcel"]}
    await make_kind("parcel.strict", schema)
    assert (
        await api.post("/v1/events", json=EVENT | {"type": "parcel.strict", "data": {"parcel": {"id": 1}}})
    ).status_code == 202
    answer = await api.post("/v1/events", json=EVENT | {"type": "parcel.strict", "data": {"parcel": {}}})
    assert (answer.status_code, fault(answer)["field"]) == (422, "/data/parcel")
    assert fault(answer)["message"].startswith("/data/parcel: ")
    async with db.org(org) as unit:
        await unit.execute("update event_type set archived_at = now() where name = 'parcel.strict'")
    answer = await api.post("/v1/events", json=EVENT | {"type": "parcel.strict"})
    assert "archived" in fault(answer)["message"]
    assert await count(db, org, "event") == 1


async def test_another_organisations_application_is_not_there(
    api: httpx.AsyncClient,
    new_org: Callable[[str], Awaitable[UUID]],
    make_application: MakeApplication,
    make_key: MakeKey,
    make_kind: MakeKind,
) -> None:
    other = await new_org("other")
    theirs = await make_application("theirs", of=other)
    same = await api.post("/v1/events", json=EVENT | {"application": str(uuid7())})
    for name in ("theirs", str(theirs)):
        answer = await api.post("/v1/events", json=EVENT | {"application": name})
        assert (answer.status_code, fault(answer)["hint"]) == (same.status_code, fault(same)["hint"])
    key = await make_key(of=other)
    answer = await api.post("/v1/events", json=EVENT | {"application": "theirs"}, headers={"authorization": f"Bearer {key}"})
    assert fault(answer)["field"] == "/type"  # nor are our event types theirs


async def test_who_may_publish(api: httpx.AsyncClient, make_key: MakeKey) -> None:
    async def asked(header: str | None) -> httpx.Response:
        request = api.build_request("POST", "/v1/events", json=EVENT)
        del request.headers["authorization"]
        if header is not None:
            request.headers["authorization"] = header
        return await api.send(request)

    for header in (None, "", "Bearer", "Basic abc", "Bearer lun_live_nothing", f"Bearer {(await make_key())[:-1]}x"):
        answer = await asked(header)
        assert (answer.status_code, fault(answer)["code"]) == (401, "unauthorized"), header
        assert answer.headers["www-authenticate"] == 'Bearer realm="luneo"'
    answer = await asked(f"Bearer {await make_key('events:read', 'endpoints:write')}")
    assert (answer.status_code, fault(answer)["scope"]) == (403, "events:write")
    assert (await asked(f"bearer {await make_key('events:write')}")).status_code == 202


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
