"""Characters that PostgreSQL cannot keep, and times before all time: refused or not found, never a failure of ours."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.webhooks.conftest import Put

HALF, NUL = "\\ud800", "\\u0000"
ENDPOINT = '"url":"https://partner.example/"'

#: Path and body as JSON text; what stands for `@` is odd.
BODIES = [
    ("/v1/applications", '{"name":"a@"}'),
    ("/v1/applications", '{"name":"a","uid":"@"}'),
    ("/v1/applications", '{"name":"a","metadata":{"@":"b"}}'),
    ("/v1/applications", '{"name":"a","metadata":{"b":"@"}}'),
    ("/v1/applications/{application}/endpoints", '{"url":"https://partner.example/@"}'),
    ("/v1/applications/{application}/endpoints", '{"url":"https://@.example/"}'),
    ("/v1/applications/{application}/endpoints", "{" + ENDPOINT + ',"types":["@"]}'),
    ("/v1/applications/{application}/endpoints", "{" + ENDPOINT + ',"description":"@"}'),
    ("/v1/applications/{application}/endpoints", "{" + ENDPOINT + ',"filter":{"a":"@"}}'),
    ("/v1/applications/{application}/endpoints", "{" + ENDPOINT + ',"filter":{"@":1}}'),
    ("/v1/applications/{application}/endpoints", "{" + ENDPOINT + ',"headers":{"X-A":"@"}}'),
    ("/v1/applications/{application}/endpoints", "{" + ENDPOINT + ',"headers":{"X@":"a"}}'),
    ("/v1/applications/{application}/endpoints", "{" + ENDPOINT + ',"secret":"whsec_@"}'),
    ("/v1/applications/{application}/endpoints", "{" + ENDPOINT + ',"signatures":["@"]}'),
    ("/v1/event-types", '{"name":"a.@"}'),
    ("/v1/event-types", '{"name":"a.b","description":"@"}'),
    ("/v1/event-types", '{"name":"a.b","example":{"@":1}}'),
    ("/v1/endpoints/{endpoint}/secret/rotate", '{"secret":"@"}'),
    ("/v1/endpoints/{endpoint}/test", '{"type":"@"}'),
    ("/v1/endpoints/{endpoint}/replays", '{"since":"2026-11-22T00:00:00Z","until":"2026-11-22T00:01:00Z","types":["@"]}'),
    ("/v1/endpoints/{endpoint}/replays", '{"since":"@"}'),
]


@pytest.mark.parametrize("odd", [HALF, NUL])
async def test_odd_characters_in_bodies_are_refused(api: httpx.AsyncClient, application: UUID, endpoint: Put, odd: str) -> None:
    told: dict[str, Any] = {}
    for path, body in BODIES:
        where = path.format(application=application, endpoint=endpoint.id)
        headers = {"content-type": "application/json"}
        answer = await api.post(where, content=body.replace("@", odd), headers=headers)
        if answer.status_code != 422 or not answer.json()["error"].get("field"):
            told[f"{path} {body}"] = (answer.status_code, answer.text)
    assert told == {}


async def test_a_schema_with_half_a_character_is_refused(api: httpx.AsyncClient) -> None:
    body = '{"name":"a.b","schema":{"title":"@"}}'.replace("@", HALF)
    answer = await api.post("/v1/event-types", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "/schema")


async def test_odd_characters_in_addresses_name_nothing(api: httpx.AsyncClient, endpoint: Put) -> None:
    for path in ("/v1/applications/%00", "/v1/applications/a%20b/endpoints", "/v1/event-types/%00", "/v1/event-types/a%FFb",
                 f"/v1/endpoints/{endpoint.id}/messages/%00", f"/v1/endpoints/{endpoint.id}/messages/msg_%C3%A9"):  # fmt: skip
        assert (await api.get(path)).status_code == 404, path
    for query in ({"type": "a\0.b"}, {"state": "\0"}, {"cursor": "\0"}):
        assert (await api.get(f"/v1/endpoints/{endpoint.id}/messages", params=query)).status_code == 422, query
    assert (await api.get(f"/v1/endpoints/{endpoint.id}/poll", params={"iterator": "\0"})).status_code == 422


async def test_times_before_and_after_all_others_find_nothing(api: httpx.AsyncClient, endpoint: Put) -> None:
    path = f"/v1/endpoints/{endpoint.id}/messages"
    for since in ("0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"):
        assert (await api.get(path, params={"since": since, "until": since})).json()["data"] == []
    refused = await api.post(f"/v1/endpoints/{endpoint.id}/replays", json={"since": "0001-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "/since")
