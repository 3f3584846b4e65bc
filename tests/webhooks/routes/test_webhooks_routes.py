"""Partners over HTTP, from the first application to a message that is sent again."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.db.engine import Database
from hub.outbox import EventDraft, append
from tests.webhooks.conftest import MakeKey

URL = "https://partner.example/hooks"
SECRET = "whsec_" + b64encode(b"s" * 32).decode()


async def made(api: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None, status: int = 201) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def partner(api: httpx.AsyncClient) -> dict[str, Any]:
    return await made(api, "/v1/applications", {"name": "Atelier Nord", "uid": "nord"})


@pytest.fixture
async def hook(api: httpx.AsyncClient, partner: dict[str, Any]) -> dict[str, Any]:
    return await made(api, "/v1/applications/nord/endpoints", {"url": URL})


async def test_an_application_is_made_found_changed_and_removed(api: httpx.AsyncClient, partner: dict[str, Any]) -> None:
    await made(api, "/v1/applications", {"name": "South"})
    page = (await api.get("/v1/applications", params={"limit": 1})).json()
    assert [one["name"] for one in page["data"]] == ["Atelier Nord"]
    rest = (await api.get("/v1/applications", params={"cursor": page["next_cursor"]})).json()
    assert ([one["name"] for one in rest["data"]], rest["next_cursor"]) == (["South"], None)
    assert (await api.get("/v1/applications/nord")).json() == partner
    changed = await api.patch(f"/v1/applications/{partner['id']}", json={"metadata": {"a": "b"}})
    assert (changed.json()["name"], changed.json()["metadata"]) == ("Atelier Nord", {"a": "b"})
    assert (await api.patch("/v1/applications/nord", json={"name": ""})).json()["error"]["field"] == "/name"
    assert (await api.delete("/v1/applications/nord")).status_code == 204
    assert (await api.get("/v1/applications/nord")).status_code == 404


async def test_a_secret_is_shown_once(api: httpx.AsyncClient, db: Database, org: UUID, hook: dict[str, Any]) -> None:
    assert hook["secret"].startswith("whsec_")
    for path in (f"/v1/endpoints/{hook['id']}", "/v1/applications/nord/endpoints", "/v1/applications/nord"):
        assert hook["secret"] not in (await api.get(path)).text
    rotated = await made(api, f"/v1/endpoints/{hook['id']}/secret/rotate", {"secret": SECRET, "overlap_hours": 2})
    assert rotated == {"secret": SECRET}
    fresh = await made(api, f"/v1/endpoints/{hook['id']}/secret/rotate")
    assert fresh["secret"] not in (SECRET, hook["secret"])
    async with db.org(org) as unit:
        hours = await unit.fetch("select round(extract(epoch from expires_at - now()) / 3600) from endpoint_secret order by 1")
    assert [row[0] for row in hours] == [2, 24, None]


@pytest.mark.parametrize("path", ["/v1/applications/nord/endpoints", "/v1/endpoints/{id}/secret/rotate"])
async def test_what_is_remembered_for_a_repeated_request_holds_no_secret(
    api: httpx.AsyncClient, db: Database, org: UUID, hook: dict[str, Any], path: str
) -> None:
    path, body = path.format(id=hook["id"]), {"url": URL} if path.endswith("endpoints") else {}
    first = await api.post(path, json=body, headers={"idempotency-key": "once"})
    again = await api.post(path, json=body, headers={"idempotency-key": "once"})
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (201, 201, "true")
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    assert again.json() == {**first.json(), "secret": None}
    async with db.org(org) as unit:
        assert secret.encode() not in await unit.fetchval("select body from idempotency")


async def test_a_patch_may_ask_for_the_version_that_it_was_made_from(api: httpx.AsyncClient, hook: dict[str, Any]) -> None:
    path = f"/v1/endpoints/{hook['id']}"
    seen = await api.get(path)
    assert (await api.get(path, headers={"if-none-match": seen.headers["etag"]})).status_code == 304
    changed = await api.patch(path, json={"rate_limit": 5}, headers={"if-match": seen.headers["etag"]})
    assert (changed.status_code, changed.json()["version"], changed.headers["etag"]) == (200, 2, '"2"')
    stale = await api.patch(path, json={"rate_limit": 6}, headers={"if-match": seen.headers["etag"]})
    assert (stale.status_code, stale.json()["error"]["field"]) == (409, "If-Match")
    assert (await api.patch(path, json={"rate_limit": None}, headers={"if-match": "*"})).json()["rate_limit"] is None
    assert (await api.patch(path, json={}, headers={"if-match": "abc"})).status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/url"),
        ({"url": URL, "colour": "red"}, "/colour"),
        ({"url": "https://169.254.169.254/"}, "/url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "/url"),
        ({"url": "https://a:b@partner.example/"}, "/url"),
        ({"url": URL, "types": ["parcel.none"]}, "/types/0"),
        ({"url": URL, "types": None}, "/types"),
        ({"url": URL, "installations": ["x"]}, "/installations/0"),
        ({"url": URL, "installations": ["0198b2c4-5d10-7c3a-9b1e-2f4a6c8e0d12"]}, "/installations/0"),
        ({"url": URL, "filter": {"all": []}}, "/filter/all"),
        ({"url": URL, "headers": {"Content-Length": "1"}}, "/headers/Content-Length"),
        ({"url": URL, "headers": {"X": "a\r\nb"}}, "/headers/X"),
        ({"url": URL, "rate_limit": 0}, "/rate_limit"),
        ({"url": URL, "rate_limit": True}, "/rate_limit"),
        ({"url": URL, "rate_limit": "5"}, "/rate_limit"),
        ({"url": URL, "retry": [True]}, "/retry/0"),
        ({"url": URL, "ordered": "yes"}, "/ordered"),
        ({"url": URL, "retry": [0]}, "/retry/0"),
        ({"url": URL, "causes": ["never"]}, "/causes/0"),
        ({"url": URL, "signatures": ["md5"]}, "/signatures/0"),
        ({"url": URL, "secret": "whsec_c2hvcnQ="}, "/secret"),
        ({"url": URL, "uid": "a b"}, "/uid"),
        ({"url": URL, "description": "a\nb"}, "/description"),
        ({"url": URL, "metadata": {"a": 1}}, "/metadata/a"),
    ],
)
async def test_a_bad_endpoint_is_refused_with_its_field(
    api: httpx.AsyncClient, partner: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    answer = await api.post("/v1/applications/nord/endpoints", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (422, field), error
    assert "c2hvcnQ" not in answer.text
    assert (await api.get("/v1/applications/nord/endpoints")).json()["data"] == []


async def test_an_endpoint_is_disabled_enabled_tested_and_removed(api: httpx.AsyncClient, hook: dict[str, Any]) -> None:
    path = f"/v1/endpoints/{hook['id']}"
    off = await made(api, f"{path}/disable", status=200)
    assert (off["enabled"], off["disabled_reason"]) == (False, "operator")
    assert (await api.post(f"{path}/test", json={"type": "product.updated"})).status_code == 409
    assert (await made(api, f"{path}/enable", status=200))["enabled"] is True
    test = await made(api, f"{path}/test", {"type": "product.updated"}, 202)
    assert (test["state"], test["cause"]) == ("waiting", "test")
    whole = (await api.get(f"{path}/messages/{test['id']}")).json()
    assert whole["data"]["object"]["title"] and whole["tries"] == []
    assert (await api.get(f"{path}/health")).json()["waiting"] == 1
    assert (await api.post(f"{path}/test", json={"type": "nothing.here"})).json()["error"]["field"] == "/type"
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404


@pytest.fixture
async def dead(db: Database, org: UUID, partner: dict[str, Any], hook: dict[str, Any]) -> list[str]:
    """Three dead letters; `webhook-id` of each, the oldest first."""
    async with db.org(org) as unit:
        told = await append(unit, [EventDraft("parcel.lost", "api", data='{"a":1}', audience=UUID(partner["id"]))] * 3)
        await unit.execute(
            "insert into message (org, endpoint, event, position, type, state, attempts, ended_at) "
            "select $1, $2, u.id, u.n, 'parcel.lost', 3, 1, now() from unnest($3::uuid[]) with ordinality as u(id, n)",
            org, hook["id"], told.ids,
        )  # fmt: skip
        await unit.execute(
            "insert into attempt (org, endpoint, event, at, n, cause, ms, status, error, headers, body) "
            "values ($1, $2, $3, now(), 1, 0, 7, 500, 'status', 'HTTP/1.1 500 x\r\nA: <b>\r\n', '<script>')",
            org, hook["id"], told.ids[0],
        )  # fmt: skip
    return [f"msg_{id.hex}" for id in told.ids]


async def test_dead_letters_are_listed_looked_at_and_sent_again(
    api: httpx.AsyncClient, hook: dict[str, Any], dead: list[str]
) -> None:
    path = f"/v1/endpoints/{hook['id']}"
    page = (await api.get(f"{path}/dead-letters", params={"limit": 2})).json()
    assert [one["id"] for one in page["data"]] == dead[:0:-1]
    rest = (await api.get(f"{path}/dead-letters", params={"cursor": page["next_cursor"]})).json()
    assert [one["id"] for one in rest["data"]] == dead[:1]
    whole = (await api.get(f"{path}/messages/{dead[0]}")).json()
    assert (whole["data"], whole["state"], whole["due_at"]) == ({"a": 1}, "dead", None)
    assert (whole["tries"][0]["body"], whole["tries"][0]["headers"]) == ("<script>", [["A", "<b>"]])
    assert (await api.get(f"{path}/messages/{dead[0]}/attempts")).json()["data"] == whole["tries"]
    again = await made(api, f"{path}/messages/{dead[0]}/resend", status=202)
    assert (again["id"], again["state"], again["cause"]) == (dead[0], "waiting", "resend")
    assert (await api.get(f"{path}/messages/{UUID(dead[0][4:])}")).json()["state"] == "waiting"


async def test_messages_are_narrowed_by_the_query(api: httpx.AsyncClient, hook: dict[str, Any], dead: list[str]) -> None:
    for path in (f"/v1/endpoints/{hook['id']}/messages", "/v1/applications/nord/messages"):

        async def found(path: str = path, **narrowed: str) -> list[str]:
            return [one["id"] for one in (await api.get(path, params=narrowed)).json()["data"]]

        now = datetime.now(UTC)
        assert await found() == dead[::-1]
        assert await found(state="dead,waiting", type="parcel.lost,x.y") == dead[::-1]
        assert await found(state="delivered") == await found(type="x.y") == []
        assert await found(until=(now - timedelta(hours=1)).isoformat()) == []
        assert await found(since=(now - timedelta(hours=1)).isoformat()) == dead[::-1]
        for narrowed, field in (
            ({"state": "lost"}, "state"),
            ({"since": "2026-11-22T08:00:00"}, "since"),
            ({"cursor": "x"}, "cursor"),
        ):
            answer = await api.get(path, params=narrowed)
            assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


async def test_a_replay_is_begun_watched_and_cancelled(api: httpx.AsyncClient, hook: dict[str, Any], dead: list[str]) -> None:
    path = f"/v1/endpoints/{hook['id']}/replays"
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    begun = await made(api, path, {"since": since, "scope": "all", "types": ["product.*"]}, 202)
    assert (begun["status"], begun["total"], begun["rate"]) == ("queued", None, 100)
    assert (await api.post(path, json={"since": since})).status_code == 409
    assert (await api.get(f"/v1/replays/{begun['id']}")).json() == begun
    assert (await api.get(path)).json() == {"data": [begun], "next_cursor": None}
    cancelled = await made(api, f"/v1/replays/{begun['id']}/cancel", status=200)
    assert cancelled["status"] == "cancelled"
    assert (await api.post(f"/v1/replays/{begun['id']}/cancel")).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/since"),
        ({"since": "yesterday"}, "/since"),
        ({"since": "2026-01-01T00:00:00"}, "/since"),
        ({"since": "2020-01-01T00:00:00Z"}, "/since"),
        ({"since": "2099-01-01T00:00:00Z"}, "/since"),
        ({"since": "2026-11-22T00:00:00Z", "until": "2026-11-21T00:00:00Z"}, "/since"),
        ({"since": "2026-11-22T00:00:00Z", "scope": "some"}, "/scope"),
        ({"since": "2026-11-22T00:00:00Z", "until": "2026-11-22T00:01:00Z", "rate": 0}, "/rate"),
        ({"since": "2026-11-22T00:00:00Z", "until": "2026-11-22T00:01:00Z", "rate": True}, "/rate"),
        ({"since": "2026-11-22T00:00:00Z", "until": "2026-11-22T00:01:00Z", "types": ["x.y"]}, "/types/0"),
    ],
)
async def test_a_bad_replay_is_refused_with_its_field(
    api: httpx.AsyncClient, hook: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    answer = await api.post(f"/v1/endpoints/{hook['id']}/replays", json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), answer.text


async def test_a_partner_may_only_pull(
    api: httpx.AsyncClient, db: Database, org: UUID, partner: dict[str, Any], make_key: MakeKey
) -> None:
    await made(api, "/v1/event-types", {"name": "parcel.lost"})
    pull = await made(api, "/v1/applications/nord/endpoints", {"url": None})
    assert (pull["url"], pull["enabled"], pull["disabled_reason"]) == (None, False, "pull")
    path = f"/v1/endpoints/{pull['id']}/poll"
    empty = (await api.get(path)).json()
    assert (empty["data"], empty["done"]) == ([], True)
    waiting = asyncio.create_task(api.get(path, params={"iterator": empty["iterator"], "wait": 20}))
    await asyncio.sleep(0.3)
    event = await made(api, "/v1/events", {"type": "parcel.lost", "application": "nord", "data": {"n": 1.0}}, 202)
    async with asyncio.timeout(8):
        answer = await waiting
    (row,) = answer.json()["data"]
    assert (row["id"], row["type"], row["data"]) == (f"msg_{UUID(event['id']).hex}", "parcel.lost", {"n": 1.0})
    assert '"n":1.0' in answer.text.replace(" ", "")
    assert (await api.get(path, params={"iterator": "x"})).json()["error"]["field"] == "iterator"
    assert (await api.get(path, params={"limit": 101})).status_code == 422


async def test_event_types_are_shown_made_changed_and_archived(api: httpx.AsyncClient) -> None:
    body = {"name": "desk.low", "schema": {"type": "object", "required": ["sku"]}, "example": {"sku": "A"}}
    one = await made(api, "/v1/event-types", body)
    assert (one["schema"], one["example"], one["canonical"]) == (body["schema"], body["example"], False)
    seen = await api.get("/v1/event-types")
    assert [kind["name"] for kind in seen.json()["data"]][-1] == "desk.low"
    assert (await api.get("/v1/event-types", headers={"if-none-match": seen.headers["etag"]})).status_code == 304
    assert (await api.patch("/v1/event-types/desk.low", json={"schema": {"type": "nix"}})).json()["error"][
        "field"
    ] == "/schema/type"
    assert (await api.patch("/v1/event-types/desk.low", json={"description": "Low."})).json()["schema"] == body["schema"]
    canonical = (await api.get("/v1/event-types/product.updated")).json()
    assert canonical["canonical"] is True and canonical["example"]["object"]["title"]
    assert (await api.patch("/v1/event-types/product.updated", json={})).status_code == 409
    assert (await api.delete("/v1/event-types/desk.low")).json()["archived_at"]
    assert (await api.get("/v1/event-types/desk.low")).json()["archived_at"]
    assert (await api.post("/v1/event-types", json={"name": "run.away"})).json()["error"]["field"] == "/name"


async def test_publishing_is_checked_against_the_schema(api: httpx.AsyncClient, partner: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"sku": {"type": "string"}}}
    await made(api, "/v1/event-types", {"name": "desk.low", "schema": schema})
    event = {"type": "desk.low", "application": "nord", "data": {"sku": 7}}
    refused = await api.post("/v1/events", json=event)
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "/data/sku")
    await made(api, "/v1/events", {**event, "data": {"sku": "7"}}, 202)


async def test_an_event_is_expunged(api: httpx.AsyncClient, hook: dict[str, Any], dead: list[str]) -> None:
    event = UUID(dead[0][4:])
    assert (await api.delete(f"/v1/events/{event}")).status_code == 204
    whole = (await api.get(f"/v1/endpoints/{hook['id']}/messages/{dead[0]}")).json()
    assert (whole["data"], whole["tries"][0]["body"]) == (None, None)
    again = await api.post(f"/v1/endpoints/{hook['id']}/messages/{dead[0]}/resend")
    assert (again.status_code, "payload" in again.json()["error"]["message"]) == (409, True)
    assert (await api.delete(f"/v1/events/{UUID(int=7)}")).status_code == 404


def test_the_examples_in_the_description_are_json() -> None:
    from webhooks.routes import endpoints, event_types

    json.dumps([endpoints.EXAMPLE, event_types.EXAMPLE])
