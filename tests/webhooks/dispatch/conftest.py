"""A partner and a sink."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from hub.db.engine import Database
from tests.webhooks.dispatch.partner import Partner
from tests.webhooks.dispatch.processes import Processes
from tests.webhooks.sink import Sink


@pytest.fixture
def partner(db: Database, org: UUID, application: UUID) -> Partner:
    return Partner(db, org, application)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as sink:
        yield sink


@pytest.fixture
async def processes(clean_database_url: str, sink: Sink) -> AsyncIterator[Processes]:
    made = Processes(clean_database_url, sink)
    yield made
    await made.end()
