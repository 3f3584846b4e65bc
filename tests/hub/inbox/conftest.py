"""A hub in front of the mall, and somebody who sends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast
from uuid import UUID

import httpx
import pytest

from hub.app import create_app
from hub.db.engine import Database
from hub.inbox.jobs import handlers
from hub.queue import LocalRunner
from hub.settings import Settings
from hub.sync.engine import Engine
from hub.testing.serving import serve
from hub.web.house import House
from tests.hub.inbox.mall import Mall, Sender

Rows = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def mall() -> Mall:
    return Mall()


@pytest.fixture
async def sent(db: Database, mall: Mall) -> AsyncIterator[Sender]:
    """Sends to a hub that knows the mall."""
    house = House(Settings(), db, mall.registry(), cast("Any", None))
    async with (
        serve(create_app(house=house)) as url,
        httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, limits=httpx.Limits(max_connections=50)) as client,
    ):
        yield Sender(client)


@pytest.fixture
def work(db: Database, mall: Mall) -> Callable[[], Awaitable[None]]:
    """Runs all the inbox's jobs that wait."""
    engine = Engine(db, mall.registry(), cast("Any", None))

    async def run() -> None:
        await LocalRunner(db, handlers(engine)).run_until_idle()

    return run


@pytest.fixture
def rows(db: Database, org: UUID) -> Rows:
    """What a statement finds in the organisation (or another)."""

    async def fetch(sql: str, *args: Any, of: UUID | None = None) -> list[dict[str, Any]]:
        async with db.org(of or org) as unit:
            return [dict(row) for row in await unit.fetch(sql, *args)]

    return fetch
