"""POST /v1/events: headers that came twice, lines that are named, bodies that come too slowly."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from hub.db.engine import Database
from tests.webhooks.conftest import MakeKind
from tests.webhooks.publish.asking import EVENT, count, fault, send
from webhooks.publish import incoming

pytestmark = pytest.mark.usefixtures("application", "kind")

LINE = json.dumps(EVENT)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Idempotency-Key", ["one", "two"]),
        ("Idempotency-Key", ["one", "one"]),
        ("Content-Type", ["application/json", "text/plain"]),
        ("Content-Encoding", ["gzip", "identity"]),
        ("Authorization", ["Bearer lun_live_nothing"]),  # beside the key of the client
    ],
)
async def test_a_header_that_decides_something_comes_once(
    api: httpx.AsyncClient, db: Database, org: UUID, name: str, values: list[str]
) -> None:
    authorization = ("authorization", api.headers["authorization"])
    request = httpx.Request(
        "POST", f"{api.base_url}/v1/events", content=LINE, headers=[authorization, *((name, one) for one in values)]
    )
    answer = await api.send(request)
    assert (answer.status_code, fault(answer)["field"]) == (422, name)
    assert fault(answer)["message"].startswith(f"{name} came 2 times")
    assert await count(db, org, "event") == 0


async def test_other_headers_may_come_twice(api: httpx.AsyncClient) -> None:
    twice = [("authorization", api.headers["authorization"]), ("x-trace", "1"), ("x-trace", "2")]
    assert (await api.send(httpx.Request("POST", f"{api.base_url}/v1/events", content=LINE, headers=twice))).status_code == 202


@pytest.mark.parametrize(
    ("bad", "field", "words"),
    [
        ("{nonsense", "/1", "Line 4: /1 is no JSON: Expecting property name enclosed in double quotes at column 2"),
        (json.dumps(EVENT | {"application": "nobody"}), "/1/application", "Line 4: /1/application: there is no application"),
        (json.dumps(EVENT | {"type": "parcel.unknown"}), "/1/type", "Line 4: /1/type: there is no event type"),
        (LINE[:-1] + ', "application": "partner"}', "/1", "Line 4: /1 has the name 'application' twice"),
        (
            json.dumps(EVENT | {"data": 0}).replace(": 0", ": " + "9" * 5000),
            "/1/data",
            "Line 4: /1/data is a number of 5000 digits",
        ),
        (json.dumps(EVENT | {"data": {}, "type": "parcel.strict"}), "/1/data", "Line 4: /1/data: "),
    ],
)
async def test_a_bad_line_is_named_as_an_editor_counts(
    api: httpx.AsyncClient, make_kind: MakeKind, bad: str, field: str, words: str
) -> None:
    await make_kind("parcel.strict", {"type": "object", "required": ["parcel"]})
    body = f"{LINE}\n\n  \n{bad}\n{LINE}\n"
    answer = await api.post("/v1/events:batch", content=body, headers={"content-type": "application/x-ndjson"})
    assert fault(answer)["field"] == field
    assert fault(answer)["message"].startswith(words)


async def test_where_json_breaks_is_told_by_line_and_column(api: httpx.AsyncClient) -> None:
    assert "at line 2, column 3" in fault(await send(api, "{\n  nonsense}"))["message"]
    assert "at column 2" in fault(await send(api, "{nonsense}"))["message"]


async def dribbled(api: httpx.AsyncClient, pause: float) -> tuple[bytes, float]:
    """The whole answer to a body that comes byte by byte, until the server closes the connection; and after how long."""
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: hub\r\nAuthorization: {api.headers['authorization']}\r\nContent-Length: 5000\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(api.base_url.host, api.base_url.port)
    began = time.monotonic()
    writer.write(head.encode())
    answer = asyncio.create_task(reader.read())
    try:
        while not answer.done() and time.monotonic() - began < 10:
            writer.write(b" ")
            await asyncio.wait({answer}, timeout=pause)
        return await asyncio.wait_for(answer, 1), time.monotonic() - began
    finally:
        answer.cancel()
        writer.close()


@pytest.mark.parametrize(("longest", "still", "pause"), [(30.0, 0.5, 9.0), (1.0, 0.5, 0.1)])
async def test_a_body_that_stands_still_or_never_ends_is_refused_and_hung_up_on(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, longest: float, still: float, pause: float
) -> None:
    monkeypatch.setattr(incoming, "LONGEST", longest)
    monkeypatch.setattr(incoming, "STILL", still)
    answer, seconds = await dribbled(api, pause)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in head.lower()
    assert json.loads(body)["error"]["code"] == "too_slow"
    assert seconds < 5


async def test_a_body_in_pieces_that_keeps_coming_is_taken(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "STILL", 0.5)

    async def pieces() -> AsyncIterator[bytes]:
        for nth in range(0, len(LINE), 20):
            yield LINE[nth : nth + 20].encode()
            await asyncio.sleep(0.15)

    answer = await api.post("/v1/events", content=pieces(), headers={"content-type": "application/json"})
    assert answer.status_code == 202
