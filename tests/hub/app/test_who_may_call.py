"""Made from the API's own description: a route that is added tomorrow is tried here without anybody remembering it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.access import ALL_SCOPES, revoke
from hub.app import create_app
from hub.catalog.raw import pack_all
from hub.crypto import seal
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.settings import Settings
from hub.web.house import House
from tests.hub.served import KeyMaker, Woo, connecting

DOCUMENT = create_app(Settings()).openapi()


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    scopes: tuple[str, ...]
    operation: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> Iterator[Route]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if path.startswith("/v1/"):
                scopes = tuple(scope for one in operation.get("security", []) for scope in one.get("key", []))
                yield Route(method.upper(), path, scopes, operation)


ROUTES = list(routes())
#: What partners' routes take, by how they end.
BODIES: dict[str, dict[str, Any]] = {
    "/applications": {"name": "x"},
    "/endpoints": {"url": None},
    "/test": {"type": "product.updated"},
    "/replays": {"since": "2026-11-22T00:00:00Z", "until": "2026-11-22T00:01:00Z"},
    "/event-types": {"name": "desk.high"},
}
NOBODY = "0193e4c2-7a10-7000-8000-000000000000"  # a name of tests is the same in every process
every_route = pytest.mark.parametrize("route", ROUTES, ids=str)


@pytest.fixture
async def bare(hub_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=hub_url, timeout=30, trust_env=False) as client:
        yield client


def with_key(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def filled(route: Route, ids: dict[str, str]) -> str:
    path = route.path.replace("{kinds}", "products")
    id = ids.get(path.split("/")[2], NOBODY)
    path = path.replace("{installation}", id).replace("{id}", id)
    return re.sub(r"{(\w+)}", lambda found: ids.get(found[1], NOBODY), path)


def body_of(route: Route, woo: Woo) -> dict[str, Any] | None:
    if "requestBody" not in route.operation:
        return None
    if route.path == "/v1/installations":
        return connecting(woo)
    if route.path.endswith("/credentials"):
        return {"credentials": woo.credentials}
    if route.path.endswith("/metafields"):
        return {"metafields": [{"namespace": "luneo", "key": "a", "value": "b"}]}
    if route.path.endswith("/stock"):
        return {"stock": [{"item": "7", "location": "1", "quantity": 3, "expected": None}]}
    return next((body for end, body in BODIES.items() if route.path.endswith(end)), {})


def test_every_route_names_a_scope_that_exists() -> None:
    assert len(ROUTES) >= 18
    for route in ROUTES:
        assert route.scopes, f"{route} asks for no scope"
        assert set(route.scopes) <= set(ALL_SCOPES), route
        verb = "read" if route.method == "GET" else "write"
        assert route.scopes[0].endswith(verb), route


@every_route
async def test_without_a_key_nobody_gets_in(bare: httpx.AsyncClient, route: Route, woo: Woo) -> None:
    for headers in ({}, {"authorization": "Basic Og=="}, with_key("lun_live_nonsense"), with_key("lun_live_" + "0" * 49)):
        answer = await bare.request(route.method, filled(route, {}), headers=headers, json=body_of(route, woo))
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized"), answer.text


@every_route
async def test_a_key_without_the_scope_is_refused(bare: httpx.AsyncClient, route: Route, make_key: KeyMaker, woo: Woo) -> None:
    key = await make_key(*(set(ALL_SCOPES) - set(route.scopes)))
    answer = await bare.request(route.method, filled(route, {}), headers=with_key(key), json=body_of(route, woo))
    assert answer.status_code == 403, answer.text
    assert answer.json()["error"]["scope"] in route.scopes


@pytest.fixture
async def furnished(house: House, org: UUID, installation: UUID) -> dict[str, str]:
    """One thing of everything that has an id."""
    ids = {"installations": installation} | {
        name: uuid7() for name in ("products", "orders", "customers", "runs", "quarantine", "write-backs")
    }
    doc = json.dumps({"refs": [{"connector": "woocommerce", "kind": "product", "id": "1"}]})
    async with house.db.org(org) as unit:
        for kind in ("products", "orders", "customers"):
            await unit.execute(
                "insert into record (org, id, installation, kind, vendor_id, doc, content_hash, mapping_version) "
                "values ($1, $2, $3, $4, '1', $5, '\\x00', 1)",
                org, ids[kind], installation, kind.removesuffix("s"), doc,
            )  # fmt: skip
        await unit.execute(
            "insert into run (org, id, installation, resource, mode, cause) values ($1, $2, $3, 'products', 'backfill', 'api')",
            org, ids["runs"], installation,
        )  # fmt: skip
        await unit.execute(
            "insert into quarantine (org, id, installation, resource, vendor_id, raw, reason) "
            "values ($1, $2, $3, 'products', '1', $4, 'x')",
            org, ids["quarantine"], installation, pack_all([b'{"id": 1}']),
        )  # fmt: skip
        await unit.execute(
            "insert into write_back (org, id, installation, kind, vendor_id, metafields, idempotency_key) "
            "values ($1, $2, $3, 'product', '1', '[]', 'k')",
            org, ids["write-backs"], installation,
        )  # fmt: skip
    return {name: str(id) for name, id in ids.items()} | await partners(house, org)


async def partners(house: House, org: UUID) -> dict[str, str]:
    """The same of what stands in the addresses of partners' routes, by its name there."""
    names = ("application", "endpoint", "event", "replay", "signing_key")
    ids = {name: uuid7() for name in names}
    async with house.db.org(org) as unit:
        await unit.execute("insert into application (org, id, name) values ($1, $2, 'x')", org, ids["application"])
        await unit.execute(
            "insert into endpoint (org, id, application, url) values ($1, $2, $3, 'https://partner.example/')",
            org, ids["endpoint"], ids["application"],
        )  # fmt: skip
        await unit.execute(
            "insert into event (org, id, position, type, cause, audience) values ($1, $2, 1, 'desk.low', 'api', $3)",
            org, ids["event"], ids["application"],
        )  # fmt: skip
        await unit.execute(
            "insert into message (org, endpoint, event, position, type, state) values ($1, $2, $3, 1, 'desk.low', 3)",
            org, ids["endpoint"], ids["event"],
        )  # fmt: skip
        await unit.execute(
            "insert into replay (org, id, endpoint, since, until, scope, rate) values ($1, $2, $3, now(), now(), 'all', 1)",
            org, ids["replay"], ids["endpoint"],
        )  # fmt: skip
        await unit.execute("insert into event_type (org, name) values ($1, 'desk.low')", org)
        seed = Ed25519PrivateKey.generate()
        await unit.execute(
            "insert into signing_key (org, id, sealed, public_key) values ($1, $2, $3, $4)",
            org, ids["signing_key"],
            seal(seed.private_bytes_raw(), org=org, table="signing_key", column="sealed", row=ids["signing_key"]),
            seed.public_key().public_bytes_raw(),
        )  # fmt: skip
    return {name: str(id) for name, id in ids.items()} | {"message": f"msg_{ids['event'].hex}", "name": "desk.low"}


async def everything(db: Database, org: UUID) -> str:
    async with db.org(org) as unit:
        tables = (
            "installation", "record", "run", "quarantine", "write_back", "job", "event", "application", "endpoint",
            "endpoint_secret", "event_type", "message", "replay", "signing_key", "portal_pass",
        )  # fmt: skip
        return str([await unit.fetch(f"select * from {table} order by 1, 2") for table in tables])


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route.path], ids=str)
async def test_another_organisations_ids_are_not_there(
    bare: httpx.AsyncClient,
    route: Route,
    make_key: KeyMaker,
    new_org: Callable[[str], Awaitable[UUID]],
    furnished: dict[str, str],
    house: House,
    org: UUID,
    woo: Woo,
) -> None:
    before = await everything(house.db, org)
    stranger = await make_key(of=await new_org("rival"))
    answer = await bare.request(route.method, filled(route, furnished), headers=with_key(stranger), json=body_of(route, woo))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), answer.text
    assert await everything(house.db, org) == before
    if route.method == "GET":  # the very same request is good for the owner
        own = await bare.get(filled(route, furnished), headers=with_key(await make_key()))
        assert own.status_code == 200, own.text


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" not in route.path and route.method == "GET"], ids=str)
async def test_lists_hold_nothing_of_another_organisation(
    bare: httpx.AsyncClient,
    route: Route,
    make_key: KeyMaker,
    new_org: Callable[[str], Awaitable[UUID]],
    furnished: dict[str, str],
) -> None:
    stranger = await make_key(of=await new_org("rival"))
    answer = await bare.get(route.path, headers=with_key(stranger))
    assert [row for row in answer.json().get("data", ()) if not row.get("canonical")] == []
    assert not any(id in answer.text for id in furnished.values())


async def test_a_revoked_key_is_refused_within_a_second_even_while_it_waits_for_events(
    bare: httpx.AsyncClient, db: Database, org: UUID, make_key: KeyMaker
) -> None:
    import asyncio

    key = await make_key("events:read")
    waiting = asyncio.create_task(bare.get("/v1/events", params={"wait": 4}, headers=with_key(key)))
    await asyncio.sleep(0.3)
    async with db.org(org) as unit:
        await revoke(unit, await unit.fetchval("select id from api_key"))
    await asyncio.sleep(1)
    assert (await bare.get("/v1/events", headers=with_key(key))).status_code == 401
    async with db.org(org) as unit:
        from hub.outbox import EventDraft, record

        await record(unit, [EventDraft("product.created", "sync")])
    assert (await waiting).status_code == 401


@pytest.mark.parametrize("path", ["/v1/products", "/v1/orders", "/v1/customers"])
@pytest.mark.parametrize("query", ["", "?limit=5", "?limit=5&installation=" + NOBODY, "?updated_since=2026-01-01", "?limit=%35"])
async def test_the_short_way_and_the_declared_one_ask_for_the_same(
    bare: httpx.AsyncClient, make_key: KeyMaker, path: str, query: str
) -> None:
    scope = path.removeprefix("/v1/") + ":read"
    good, weak = await make_key(scope), await make_key(*(set(ALL_SCOPES) - {scope}))
    answers = [await bare.get(path + query, headers=headers) for headers in ({}, with_key(weak), with_key(good))]
    assert [answer.status_code for answer in answers] == [401, 403, 200]
    assert answers[2].json() == {"data": [], "next_cursor": None}
