"""Bodies are taken as they are written; a refusal names the field, the value and what to do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.webhooks.conftest import Put

AT = "2026-11-22T08:00:00Z"
URL = "https://partner.example/hooks"
ENDPOINTS = "/v1/applications/partner/endpoints"

REFUSED: list[tuple[str, dict[str, Any], str, str, str]] = [
    # where, what, field, what the message says, what the hint says
    (ENDPOINTS, {"url": URL, "rate_limit": True}, "/rate_limit", "/rate_limit true: is no whole number", "without quotes"),
    (ENDPOINTS, {"url": URL, "rate_limit": "5"}, "/rate_limit", '/rate_limit "5": is no whole number', "without quotes"),
    (ENDPOINTS, {"url": URL, "rate_limit": 5.5}, "/rate_limit", "/rate_limit 5.5: is no whole number", "such as 5"),
    (ENDPOINTS, {"url": URL, "retry": [5, True]}, "/retry/1", "/retry/1 true: is no whole number", "write one"),
    (ENDPOINTS, {"url": URL, "retry": ["5"]}, "/retry/0", '/retry/0 "5": is no whole number', "write one"),
    (ENDPOINTS, {"url": URL, "retry": 5}, "/retry", "/retry 5: is no list", "in brackets"),
    (ENDPOINTS, {"url": URL, "ordered": "yes"}, "/ordered", '/ordered "yes": is neither true nor false', "write one of them"),
    (ENDPOINTS, {"url": URL, "ordered": 1}, "/ordered", "/ordered 1: is neither true nor false", "write one of them"),
    (ENDPOINTS, {"url": URL, "uid": 7}, "/uid", "/uid 7: is no text", "in quotes"),
    (ENDPOINTS, {"url": URL, "types": "product.*"}, "/types", '/types "product.*": is no list', "in brackets"),
    (ENDPOINTS, {"url": URL, "metadata": {"a": 1}}, "/metadata/a", "/metadata/a 1: is no text", "in quotes"),
    (ENDPOINTS, {"url": URL, "installations": [7]}, "/installations/0", "/installations/0 7: is no id of ours", "they look like"),
    (ENDPOINTS, {"types": ["*"]}, "/url", "/url: is missing", "must be there"),
    (ENDPOINTS, {"url": URL, "rate_limits": 5}, "/rate_limits", "/rate_limits: there is no such field", "perhaps rate_limit"),
    (ENDPOINTS, {"url": URL, "zzz": 5}, "/zzz", "/zzz: there is no such field", "there are url, types"),
    ("/v1/applications", {"name": 5}, "/name", "/name 5: is no text", "in quotes"),
    ("/v1/applications", {"name": "a", "meta": {}}, "/meta", "/meta: there is no such field", "perhaps metadata"),
    ("/v1/event-types", {"name": "a.b", "schemas": {}}, "/schemas", "/schemas: there is no such field", "perhaps schema"),
    ("/v1/applications/partner/portal", {"expires_minutes": "5"}, "/expires_minutes", "is no whole number", "such as 5"),
    ("/v1/endpoints/{}/secret/rotate", {"overlap_hours": True}, "/overlap_hours", "/overlap_hours true: is no number", "as 24"),
    ("/v1/endpoints/{}/secret/rotate", {"overlap_hours": "1"}, "/overlap_hours", '/overlap_hours "1": is no number', "as 24"),
    ("/v1/signing-keys/rotate", {"overlap_hours": True}, "/overlap_hours", "/overlap_hours true: is no number", "as 24"),
    ("/v1/endpoints/{}/replays", {"since": 5}, "/since", "/since 5: is no moment", "2026-11-22T08:00:00Z"),
    ("/v1/endpoints/{}/replays", {"since": "5"}, "/since", '/since "5": is no moment', "2026-11-22T08:00:00Z"),
    ("/v1/endpoints/{}/replays", {"since": "2026-11-22T08:00:00"}, "/since", "has no time zone", "2026-11-22T08:00:00Z"),
    ("/v1/endpoints/{}/replays", {"since": AT, "rate": True}, "/rate", "/rate true: is no whole", "as 5"),
    ("/v1/endpoints/{}/replays", {"since": AT, "scope": "x"}, "/scope", '/scope "x": is not known', "'failed'"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "body", "field", "message", "hint"), REFUSED)
async def test_nothing_is_converted_and_the_refusal_says_what_to_do(
    api: httpx.AsyncClient, endpoint: Put, where: str, body: dict[str, Any], field: str, message: str, hint: str
) -> None:
    answer = await api.post(where.format(endpoint.id), json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (422, field)
    assert message in error["message"], error
    assert hint in error["hint"], error


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"enabled": False}, "POST /v1/endpoints/{endpoint}/enable or …/disable switches it."),
        ({"secret": "whsec_"}, "POST /v1/endpoints/{endpoint}/secret/rotate changes it."),
    ],
)
async def test_what_another_request_changes_is_pointed_to(
    api: httpx.AsyncClient, endpoint: Put, change: dict[str, Any], hint: str
) -> None:
    error = (await api.patch(f"/v1/endpoints/{endpoint.id}", json=change)).json()["error"]
    assert (error["field"], error["hint"]) == (f"/{next(iter(change))}", hint)


async def test_values_that_may_be_secret_are_not_repeated(api: httpx.AsyncClient, application: UUID) -> None:
    for body in ({"headers": {"X-Token": 445566}}, {"secret": 445566}):
        answer = await api.post(ENDPOINTS, json={"url": URL, **body})
        assert answer.status_code == 422
        assert "445566" not in answer.text


async def test_all_faults_stand_in_the_details(api: httpx.AsyncClient, application: UUID) -> None:
    error = (await api.post(ENDPOINTS, json={"url": 5, "ordered": 1, "x": 1})).json()["error"]
    assert [one["field"] for one in error["details"]] == ["/url", "/ordered", "/x"]
    assert (await api.post(ENDPOINTS, json=["url"])).json()["error"]["hint"].startswith("send a JSON object")


async def test_a_moment_in_an_address_is_one(api: httpx.AsyncClient, endpoint: Put) -> None:
    where = f"/v1/endpoints/{endpoint.id}/messages"
    for text, said in (("5", "is no moment"), ("2026-11-22T08:00:00", "has no time zone")):
        error = (await api.get(where, params={"since": text})).json()["error"]
        assert (error["field"], said in error["message"], "2026-11-22T08:00:00Z" in error["message"]) == ("since", True, True)
    assert (await api.get(where, params={"since": "2026-11-22T08:00:00+01:00"})).status_code == 200


async def test_what_is_not_there_says_where_to_look(api: httpx.AsyncClient, application: UUID) -> None:
    error = (await api.get("/v1/applications/nobody")).json()["error"]
    assert (error["message"], "GET /v1/applications lists yours" in error["hint"]) == ("There is no application nobody:", True)
    error = (await api.get(f"/v1/endpoints/{application}")).json()["error"]
    assert "GET /v1/applications/{application}/endpoints" in error["hint"]
