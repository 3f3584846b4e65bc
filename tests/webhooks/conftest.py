"""A hub with partners: an organisation, an application, endpoints put into the tables as the routes would, a served app."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub import registry
from hub.access import ALL_SCOPES, issue_key
from hub.app import create_app
from hub.crypto import seal
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.http import guarded_client
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House
from webhooks.sign import new_secret, parse_secret

MakeApplication = Callable[..., Awaitable[UUID]]
MakeKind = Callable[..., Awaitable[str]]
MakeKey = Callable[..., Awaitable[str]]


@dataclass(frozen=True)
class Put:
    """An endpoint that was put into the tables, and its secret in the form that partners know."""

    id: UUID
    application: UUID
    url: str
    secret: str


MakeEndpoint = Callable[..., Awaitable[Put]]


async def put_application(db: Database, org: UUID, uid: str | None = None) -> UUID:
    id = uuid7()
    async with db.org(org) as unit:
        await unit.execute(
            "insert into application (org, id, uid, name) values ($1, $2, $3, $4)", org, id, uid, uid or "A partner"
        )
    return id


async def put_endpoint(
    db: Database, org: UUID, application: UUID, url: str = "https://partner.example/hook", **columns: Any
) -> Put:
    """`columns` are the table's; `headers` a dict, `filter` a dict."""
    id, secret, kept = uuid7(), new_secret(), uuid7()
    if "headers" in columns:
        plain = json.dumps(columns["headers"]).encode()
        columns["headers"] = seal(plain, org=org, table="endpoint", column="headers", row=id)
    if "filter" in columns:
        columns["filter"] = json.dumps(columns["filter"])
    row = {"org": org, "id": id, "application": application, "url": url} | columns
    places = ", ".join(f"${nth}" for nth in range(1, len(row) + 1))
    sealed = seal(parse_secret(secret), org=org, table="endpoint_secret", column="sealed", row=kept)
    async with db.org(org) as unit:
        await unit.execute(f"insert into endpoint ({', '.join(row)}) values ({places})", *row.values())
        await unit.execute(
            "insert into endpoint_secret (org, endpoint, id, sealed) values ($1, $2, $3, $4)", org, id, kept, sealed
        )
    return Put(id, application, url, secret)


async def put_kind(db: Database, org: UUID, name: str, schema: dict[str, Any] | None = None) -> str:
    async with db.org(org) as unit:
        await unit.execute(
            "insert into event_type (org, name, schema) values ($1, $2, $3)",
            org, name, None if schema is None else json.dumps(schema),
        )  # fmt: skip
    return name


@pytest.fixture
def make_application(db: Database, org: UUID) -> MakeApplication:
    """Makes applications of `org`: `await make_application("acme-erp")`."""

    async def make(uid: str | None = None, *, of: UUID | None = None) -> UUID:
        return await put_application(db, of or org, uid)

    return make


@pytest.fixture
def make_endpoint(db: Database, org: UUID, application: UUID) -> MakeEndpoint:
    """Makes endpoints of `application`: `await make_endpoint(types=["stock.*"])`."""

    async def make(url: str = "https://partner.example/hook", **columns: Any) -> Put:
        return await put_endpoint(db, columns.pop("org", org), columns.pop("application", application), url, **columns)

    return make


@pytest.fixture
def make_kind(db: Database, org: UUID) -> MakeKind:
    """Makes event types of `org`: `await make_kind("parcel.lost", {"type": "object"})`."""

    async def make(name: str, schema: dict[str, Any] | None = None, *, of: UUID | None = None) -> str:
        return await put_kind(db, of or org, name, schema)

    return make


@pytest.fixture
async def application(db: Database, org: UUID) -> UUID:
    """A partner's application, whose uid is `partner`."""
    return await put_application(db, org, "partner")


@pytest.fixture
async def endpoint(make_endpoint: MakeEndpoint) -> Put:
    """An endpoint that wants everything."""
    return await make_endpoint()


@pytest.fixture
async def kind(make_kind: MakeKind) -> str:
    """An event type of the organisation's own, without a schema."""
    return await make_kind("parcel.lost")


@pytest.fixture
async def second(clean_database_url: str) -> AsyncIterator[Database]:
    """Another process's pool."""
    database = Database(clean_database_url)
    yield database
    await database.close()


@pytest.fixture
async def house(db: Database) -> AsyncIterator[House]:
    http = guarded_client([])
    yield House(Settings(), db, registry.load(strict=True), http)
    await http.close()


@pytest.fixture
async def hub_url(house: House) -> AsyncIterator[str]:
    """The address of the hub, which listens on a real socket."""
    async with serve(create_app(house=house)) as url:
        yield url


@pytest.fixture
def make_key(db: Database, org: UUID) -> MakeKey:
    """Makes API keys: `await make_key("events:write")`; without scopes one that may do everything."""

    async def make(*scopes: str, of: UUID | None = None) -> str:
        async with db.org(of or org) as unit:
            _, key = await issue_key(unit, "test", scopes or ALL_SCOPES)
        return key.reveal()

    return make


@pytest.fixture
async def api(hub_url: str, make_key: MakeKey) -> AsyncIterator[httpx.AsyncClient]:
    """A caller who may do everything in `org`."""
    headers = {"authorization": f"Bearer {await make_key()}"}
    async with httpx.AsyncClient(base_url=hub_url, headers=headers, timeout=30, trust_env=False) as client:
        yield client
