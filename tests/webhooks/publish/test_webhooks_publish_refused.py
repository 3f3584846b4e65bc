"""POST /v1/events: what is refused is refused with its field, and leaves nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.errors import Unprocessable
from tests.webhooks.conftest import MakeApplication, MakeKey, MakeKind
from tests.webhooks.publish.asking import EVENT, count, fault, send
from webhooks.publish.sound import sound

pytestmark = pytest.mark.usefixtures("application", "kind")


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
        (b"9" * 301, "/data", "a number of 301 digits: use at most 300, or send it as a text."),
        (b'{"a":[1,-' + b"9" * 5000 + b"]}", "/data/a/1", "a number of 5000 digits"),
        (b'{"a":0.' + b"1" * 300 + b'e5,"b":"' + b"x" * 500 + b'"}', "/data/a", "a number of 302 digits"),
        (b'{"b":"' + b"x" * 1017 + b'","a":' + b"3" * 350 + b"}", "/data/a", "a number of 350 digits"),
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


TWICE = [
    b'{"type":"parcel.lost","application":"nobody","application":"partner","data":1}',
    b'{"type":"parcel.lost","application":"partner","data":1,"data":2}',
    b'{"type":"parcel.lost","application":"partner","order_key":"a:b","order_key":null,"data":2}',
    b'{"type":"parcel.lost","t\\u0079pe":"parcel.lost","application":"partner","order_key":"a\\u003ab","data":1}',
]


@pytest.mark.parametrize("event", TWICE)
async def test_an_event_that_says_something_twice_is_refused(
    api: httpx.AsyncClient, db: Database, org: UUID, event: bytes
) -> None:
    fine = json.dumps(EVENT | {"order_key": "a:b"}).encode()
    for path, body, type, field in (
        ("/v1/events", event, "json", "/"),
        ("/v1/events:batch", b"[" + fine + b"," + event + b"]", "json", "/1"),
        ("/v1/events:batch", fine + b"\n" + event, "x-ndjson", "/1"),
    ):
        error = fault(await api.post(path, content=body, headers={"content-type": f"application/{type}"}))
        assert (error["field"], "twice" in error["message"]) == (field, True), error
    assert await count(db, org, "event") == 0


@pytest.mark.parametrize("change", [{"order_key": "a:b:c"}, {"order_key": None}, {"installation": None}])
async def test_an_event_whose_texts_hold_colons_or_nothing_is_taken(api: httpx.AsyncClient, change: dict[str, Any]) -> None:
    assert (await api.post("/v1/events", json=EVENT | change)).status_code == 202


async def test_a_name_that_stands_twice_among_thousands_is_found_at_once() -> None:
    data = msgspec.json.encode({f"k{n:05d}": 0 for n in range(20_000)})[:-1] + b',"k19999":1}'
    began = time.perf_counter()
    with pytest.raises(Unprocessable, match="'k19999' twice"):
        sound(data, "")
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "data",
    [
        b"9" * 300,
        b'["-' + b"9" * 5000 + b'", 1.5e5, "' + b"1e-" * 500 + b'"]',
        b'{"a:b":"c:d","u":"\\u003a"}',
        b"[" * 100 + b"]" * 100,
        b'{"a":1,"A":2,"\\u0041b":3}',
        b'"\\ud83d\\ude00"',
    ],
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
