"""POST /v1/events:batch: all of it or nothing, as an array or a line for each event."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.db.engine import Database
from tests.webhooks.conftest import MakeEndpoint, Put

pytestmark = pytest.mark.usefixtures("application", "kind")


def event(nth: int, **change: Any) -> dict[str, Any]:
    return {"type": "parcel.lost", "application": "partner", "data": {"n": nth}} | change


async def lines(api: httpx.AsyncClient, *rows: bytes | str, **headers: str) -> httpx.Response:
    body = b"\n".join(row if isinstance(row, bytes) else row.encode() for row in rows)
    return await api.post("/v1/events:batch", content=body, headers={"content-type": "application/x-ndjson"} | headers)


async def count(db: Database, org: UUID, table: str) -> int:
    async with db.org(org) as unit:
        found: int = await unit.fetchval(f"select count(*) from {table}")
    return found


async def test_a_batch_is_answered_event_by_event(
    api: httpx.AsyncClient, db: Database, org: UUID, endpoint: Put, make_endpoint: MakeEndpoint
) -> None:
    await make_endpoint(filter={"n": {"gte": 2}})
    answer = await api.post("/v1/events:batch", json=[event(nth) for nth in range(3)])
    assert answer.status_code == 202
    told = answer.json()
    assert (told["accepted"], len(told["events"])) == (3, 3)
    assert [(one["position"], one["messages"]) for one in told["events"]] == [(1, 1), (2, 1), (3, 2)]
    async with db.org(org) as unit:
        rows = await unit.fetch("select id, data from event order by position")
        per_event = await unit.fetch("select event, count(*) from message group by event order by event")
    assert [str(row[0]) for row in rows] == [one["id"] for one in told["events"]]
    assert [json.loads(row[1])["n"] for row in rows] == [0, 1, 2]
    assert [row[1] for row in per_event] == [1, 1, 2]


async def test_lines_are_events_too(api: httpx.AsyncClient, db: Database, org: UUID) -> None:
    rows = ["", json.dumps(event(0)), "\r", f"  {json.dumps(event(1))}\r", json.dumps(event(2)), ""]
    for type in ("application/x-ndjson", "application/jsonl; charset=utf-8"):
        answer = await lines(api, *rows, **{"content-type": type})
        assert (answer.status_code, answer.json()["accepted"]) == (202, 3)
    assert await count(db, org, "event") == 6


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"data": "x" * (256 << 10)}, 413, "/3/data"),
        ({"type": "nothing"}, 422, "/3/type"),
        ({"type": "product.created"}, 422, "/3/type"),
        ({"type": 7}, 422, "/3/type"),
        ({"application": "nobody"}, 404, "/3/application"),
        ({"order_key": ""}, 422, "/3/order_key"),
        ({"installation": str(UUID(int=9))}, 404, "/3/installation"),
        ({"extra": 1}, 422, "/3/extra"),
    ],
)
async def test_one_bad_event_refuses_the_whole_batch(
    api: httpx.AsyncClient, db: Database, org: UUID, endpoint: Put, wrong: dict[str, Any], status: int, field: str
) -> None:
    batch = [event(nth) for nth in range(6)]
    batch[3] |= wrong
    for answer in (
        await api.post("/v1/events:batch", json=batch),
        await lines(api, *(json.dumps(one) for one in batch)),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["field"]) == (status, field)
        assert field in error["message"]
    assert await count(db, org, "event") == 0
    assert await count(db, org, "message") == 0


async def test_a_bad_line_is_named(api: httpx.AsyncClient) -> None:
    good = json.dumps(event(0))
    for bad, field in (
        (b'{"type":', "/2"),
        (b'{"type":"parcel.lost","application":"partner"}', "/2/data"),
        (b"[]", "/2"),
        (b'{"type":"parcel.lost","application":"partner","data":{"a":1,"a":1}}', "/2/data"),
        (b'{"type":"parcel.lost","application":"partner","data":{"a":"\xff"}}', "/2/data/a"),
        (b'{"type":"parcel.lost","application":"partner","data":"\\ud800"}', "/2/data"),
        (good.encode() + good.encode(), "/2"),
    ):
        answer = await lines(api, good, good, bad, good)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), bad


async def test_bad_data_inside_an_array_is_named(api: httpx.AsyncClient) -> None:
    head = b'[{"type":"parcel.lost","application":"partner","data":1},{"type":"parcel.lost","application":"partner","data":'
    for bad, field in ((b'{"x":"\\udfff"}', "/1/data/x"), (b'["\xfe"]', "/1/data/0"), (b"[NaN]", "/1/data/0"), (b"{", "/")):
        answer = await api.post("/v1/events:batch", content=head + bad + b"}]", headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), bad


@pytest.mark.parametrize(("events", "status"), [(0, 422), (1, 202), (1000, 202), (1001, 413)])
async def test_a_batch_holds_one_to_a_thousand_events(
    api: httpx.AsyncClient, db: Database, org: UUID, events: int, status: int
) -> None:
    batch = [event(nth) for nth in range(events)]
    for answer in (await api.post("/v1/events:batch", json=batch), await lines(api, *(json.dumps(one) for one in batch))):
        assert answer.status_code == status
    assert await count(db, org, "event") == (2 * events if status == 202 else 0)


async def test_a_batch_has_eight_mebibytes_at_most(api: httpx.AsyncClient) -> None:
    most, size = 8 << 20, 200 << 10
    row = json.dumps(event(0, data="x" * size)).encode()
    rows = [row] * (most // (len(row) + 1))
    whole = b"\n".join(rows)
    filler = b"\n" * (most - len(whole))
    assert (await lines(api, whole + filler)).status_code == 202
    answer = await lines(api, whole + filler + b"\n")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_one_event_is_no_batch_and_a_batch_no_event(api: httpx.AsyncClient) -> None:
    assert (await api.post("/v1/events:batch", json=event(0))).status_code == 422
    assert (await api.post("/v1/events", json=[event(0)])).status_code == 422
