"""A hub that listens, a partner's application, and a browser that came in by a link."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub import registry
from hub.access import ALL_SCOPES, issue_key
from hub.app import create_app
from hub.db.engine import Database
from hub.http import guarded_client
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House
from webhooks.partners import applications, endpoints
from webhooks.partners.applications import Application
from webhooks.partners.draft import EndpointDraft, UrlPolicy
from webhooks.partners.endpoints import Endpoint

URL = "https://partner.example/hooks"


async def made(db: Database, org: UUID, application: UUID, **more: object) -> Endpoint:
    async with db.org(org) as unit:
        found, _ = await endpoints.create(unit, application, EndpointDraft(URL, **more), policy=UrlPolicy())  # type: ignore[arg-type]
    return found


@dataclass
class Browser:
    """Somebody at a browser: a cookie jar, and forms that carry the page's token."""

    http: httpx.AsyncClient

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(f"/portal{path}", **more)

    async def send(self, path: str, at: str | None = None, **fields: Any) -> httpx.Response:
        """Open the page (`at`, else the form's own address) and send its form."""
        page = await self.get(path if at is None else at)
        found = re.search(r'name="form" value="([0-9a-f]+)"', page.text)
        once = re.search(r'name="once" value="([\w-]+)"', page.text)
        token = {"form": found[1]} if found else {}
        return await self.http.post(f"/portal{path}", data=token | ({"once": once[1]} if once else {}) | fields)


@pytest.fixture
async def house(db: Database) -> AsyncIterator[House]:
    http = guarded_client([])
    yield House(Settings(egress_allow=["127.0.0.1:9"], allow_http=False), db, registry.load(strict=True), http)
    await http.close()


@pytest.fixture
async def hub_url(house: House) -> AsyncIterator[str]:
    async with serve(create_app(house=house)) as url:
        yield url


@pytest.fixture
async def application(db: Database, org: UUID) -> Application:
    async with db.org(org) as unit:
        return await applications.create(unit, "Atelier Corbeau", "corbeau")


@pytest.fixture
async def api(hub_url: str, db: Database, org: UUID) -> AsyncIterator[httpx.AsyncClient]:
    """A caller who may do everything in `org`."""
    async with db.org(org) as unit:
        _, key = await issue_key(unit, "test", ALL_SCOPES)
    headers = {"authorization": f"Bearer {key.reveal()}"}
    async with httpx.AsyncClient(base_url=hub_url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
async def stranger(hub_url: str) -> AsyncIterator[Browser]:
    """A browser that never opened a link."""
    headers = {"accept-language": "en"}
    async with httpx.AsyncClient(base_url=hub_url, headers=headers, timeout=30, trust_env=False) as client:
        yield Browser(client)


Opener = Callable[..., Awaitable[str]]


@pytest.fixture
def link_to(api: httpx.AsyncClient) -> Opener:
    """Makes links: `await link_to(application.id, language="fr")`; the path to open."""

    async def make(application: UUID, **wishes: Any) -> str:
        answer = await api.post(f"/v1/applications/{application}/portal", json=wishes or None)
        assert answer.status_code == 201, answer.text
        return str(httpx.URL(answer.json()["url"]).path)

    return make


@pytest.fixture
async def partner(stranger: Browser, application: Application, link_to: Opener) -> Browser:
    """A browser that came in by a link."""
    answer = await stranger.http.post(await link_to(application.id))
    assert (answer.status_code, answer.headers["location"]) == (303, "/portal")
    return stranger
