"""Every route: another organisation's ids look like nothing, and a key without the scope does nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.access import ALL_SCOPES
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.outbox import EventDraft, append
from tests.webhooks.conftest import MakeKey, Put

SINCE = "2026-11-22T00:00:00Z"

#: Method, path, body, scope.
ROUTES: list[tuple[str, str, dict[str, Any] | None, str]] = [
    ("GET", "/v1/applications/{application}", None, "applications:read"),
    ("PATCH", "/v1/applications/{application}", {"name": "x"}, "applications:write"),
    ("DELETE", "/v1/applications/{application}", None, "applications:write"),
    ("GET", "/v1/applications/{application}/endpoints", None, "endpoints:read"),
    ("POST", "/v1/applications/{application}/endpoints", {"url": "https://partner.example/"}, "endpoints:write"),
    ("GET", "/v1/applications/{application}/messages", None, "messages:read"),
    ("GET", "/v1/endpoints/{endpoint}", None, "endpoints:read"),
    ("PATCH", "/v1/endpoints/{endpoint}", {"ordered": True}, "endpoints:write"),
    ("DELETE", "/v1/endpoints/{endpoint}", None, "endpoints:write"),
    ("POST", "/v1/endpoints/{endpoint}/secret/rotate", {}, "endpoints:write"),
    ("POST", "/v1/endpoints/{endpoint}/enable", None, "endpoints:write"),
    ("POST", "/v1/endpoints/{endpoint}/disable", None, "endpoints:write"),
    ("POST", "/v1/endpoints/{endpoint}/test", {"type": "product.updated"}, "messages:write"),
    ("GET", "/v1/endpoints/{endpoint}/health", None, "endpoints:read"),
    ("GET", "/v1/endpoints/{endpoint}/messages", None, "messages:read"),
    ("GET", "/v1/endpoints/{endpoint}/dead-letters", None, "messages:read"),
    ("GET", "/v1/endpoints/{endpoint}/messages/{message}", None, "messages:read"),
    ("GET", "/v1/endpoints/{endpoint}/messages/{message}/attempts", None, "messages:read"),
    ("POST", "/v1/endpoints/{endpoint}/messages/{message}/resend", None, "messages:write"),
    ("POST", "/v1/endpoints/{endpoint}/replays", {"since": SINCE, "until": "2026-11-22T00:01:00Z"}, "messages:write"),
    ("GET", "/v1/endpoints/{endpoint}/replays", None, "messages:read"),
    ("GET", "/v1/endpoints/{endpoint}/poll", None, "messages:read"),
    ("GET", "/v1/replays/{replay}", None, "messages:read"),
    ("POST", "/v1/replays/{replay}/cancel", None, "messages:write"),
    ("GET", "/v1/event-types/{type}", None, "events:read"),
    ("PATCH", "/v1/event-types/{type}", {"description": "x"}, "events:write"),
    ("DELETE", "/v1/event-types/{type}", None, "events:write"),
    ("DELETE", "/v1/events/{event}", None, "events:write"),
]
#: Those that name nothing.
LISTS = [
    ("GET", "/v1/applications", None, "applications:read"),
    ("POST", "/v1/applications", {"name": "x"}, "applications:write"),
    ("GET", "/v1/event-types", None, "events:read"),
    ("POST", "/v1/event-types", {"name": "a.b"}, "events:write"),
]


@pytest.fixture
async def names(db: Database, org: UUID, application: UUID, endpoint: Put, kind: str) -> dict[str, str]:
    """Something of everything in `org`."""
    replay = uuid7()
    async with db.org(org) as unit:
        told = await append(unit, [EventDraft(kind, "api", data='{"a":1}', audience=application)])
        await unit.execute(
            "insert into message (org, endpoint, event, position, type, state) values ($1, $2, $3, 1, $4, 3)",
            org, endpoint.id, told.ids[0], kind,
        )  # fmt: skip
        await unit.execute(
            "insert into replay (org, id, endpoint, since, until, scope, rate) values ($1, $2, $3, now(), now(), 'all', 1)",
            org, replay, endpoint.id,
        )  # fmt: skip
    return {
        "application": str(application), "endpoint": str(endpoint.id), "message": f"msg_{told.ids[0].hex}",
        "event": str(told.ids[0]), "replay": str(replay), "type": kind,
    }  # fmt: skip


async def asked(url: str, key: str, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
        return await client.request(method, path, json=body)


async def rows(db: Database, org: UUID) -> list[Any]:
    """Everything of an organisation's partners, to see whether anything has changed."""
    tables = ("application", "endpoint", "endpoint_secret", "event_type", "message", "replay", "event", "payload", "job")
    async with db.org(org) as unit:
        return [[str(row) for row in await unit.fetch(f"select t.*::text from {table} t order by 1")] for table in tables]


@pytest.mark.parametrize(("method", "path", "body", "scope"), ROUTES, ids=lambda value: value if isinstance(value, str) else "")
async def test_what_is_somebody_elses_looks_like_nothing(
    hub_url: str,
    db: Database,
    org: UUID,
    new_org: Callable[[str], Awaitable[UUID]],
    make_key: MakeKey,
    names: dict[str, str],
    method: str,
    path: str,
    body: dict[str, Any] | None,
    scope: str,
) -> None:
    stranger, nothing = await make_key(of=await new_org("other")), dict.fromkeys(names, str(uuid7()))
    nothing |= {"message": f"msg_{uuid7().hex}", "type": "no.such"}
    before = await rows(db, org)
    theirs = await asked(hub_url, stranger, method, path.format(**names), body)
    none = await asked(hub_url, stranger, method, path.format(**nothing), body)
    assert theirs.status_code == none.status_code == 404
    left = {"request_id", "message"}
    alike = [{key: value for key, value in one.json()["error"].items() if key not in left} for one in (theirs, none)]
    assert alike[0] == alike[1]
    if "{application}" in path:  # nor by its uid, which the stranger may guess
        assert (await asked(hub_url, stranger, method, path.replace("{application}", "partner"), body)).status_code == 404
    assert await rows(db, org) == before
    own = await asked(hub_url, await make_key(scope), method, path.format(**names), body)
    assert own.status_code < 300 or own.status_code == 409, own.text


@pytest.mark.parametrize(
    ("method", "path", "body", "scope"), ROUTES + LISTS, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_a_key_without_the_scope_does_nothing(
    hub_url: str, db: Database, org: UUID, make_key: MakeKey, names: dict[str, str], method: str, path: str,
    body: dict[str, Any] | None, scope: str,
) -> None:  # fmt: skip
    before = await rows(db, org)
    key = await make_key(*(other for other in ALL_SCOPES if other != scope))
    answer = await asked(hub_url, key, method, path.format(**names), body)
    assert (answer.status_code, answer.json()["error"]["scope"]) == (403, scope)
    assert (await asked(hub_url, "none", method, path.format(**names), body)).status_code == 401
    assert await rows(db, org) == before


async def test_this_table_names_every_route_of_the_room(hub_url: str) -> None:
    from webhooks.routes import applications, endpoints, event_types, messages, pulling, replays, secret

    known = {
        (method, route.path.replace("{name}", "{type}"))  # type: ignore[attr-defined]
        for room in (applications, endpoints, event_types, messages, pulling, replays, secret)
        for route in room.router.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    assert known == {(method, path) for method, path, _, _ in ROUTES + LISTS}
