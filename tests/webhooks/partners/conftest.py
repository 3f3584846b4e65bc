"""An application of `org`, and endpoints in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from hub.db.engine import Database
from webhooks.partners import applications, endpoints
from webhooks.partners.applications import Application
from webhooks.partners.draft import EndpointDraft, UrlPolicy
from webhooks.partners.endpoints import Endpoint

Maker = Callable[..., Awaitable[Endpoint]]


@pytest.fixture
async def application(db: Database, org: UUID) -> Application:
    async with db.org(org) as unit:
        return await applications.create(unit, "Atelier Nord", "nord")


@pytest.fixture
def make_endpoint(db: Database, org: UUID, application: Application) -> Maker:
    """Makes endpoints: `await make_endpoint(types=["product.*"])`."""

    async def make(**asked: Any) -> Endpoint:
        async with db.org(org) as unit:
            draft = EndpointDraft(**({"url": "https://partner.example/hooks"} | asked))
            endpoint, _ = await endpoints.create(unit, application.id, draft, policy=UrlPolicy())
        return endpoint

    return make
