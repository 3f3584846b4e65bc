"""Publishing without HTTP: by a desk, as the route does."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import asyncpg

from hub.db.engine import Database
from webhooks.desk import Desk
from webhooks.publish.group import GroupCommitter
from webhooks.publish.item import Item
from webhooks.publish.once import key_of
from webhooks.publish.read import batch, single


def body(data: Any = 1, **change: Any) -> bytes:
    return json.dumps({"type": "parcel.lost", "application": "partner", "data": data} | change).encode()


class Publisher:
    """Publishes by a desk as the route does."""

    def __init__(self, db: Database, org: UUID) -> None:
        self.desk = Desk(db)
        self.committer = GroupCommitter(db, self.desk)
        self.org = org

    async def item(self, content: bytes, key: str | None = None, many: bool = False) -> Item:
        partners = await self.desk.book.partners(self.org)
        once = None if key is None else key_of(key.encode(), "/v1/events", content)
        return Item((batch if many else single)(content), partners, batch=many, size=len(content), key=once)

    async def __call__(self, content: bytes, key: str | None = None, many: bool = False) -> dict[str, Any]:
        done = await self.committer.publish(self.org, await self.item(content, key, many))
        told: dict[str, Any] = json.loads(done.body)
        return told


async def counted(db: Database, org: UUID, what: str = "count(*) from event") -> Any:
    async with db.org(org) as unit:
        return await unit.fetchval(f"select {what}")


async def transactions(db: Database, org: UUID) -> int:
    found: int = await counted(db, org, "count(distinct created_at) from event")
    return found


class Superuser:
    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self.connection = connection

    async def __aenter__(self) -> asyncpg.Connection[Any]:
        return self.connection

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()


async def superuser(db: Database) -> Superuser:
    """The tables' owner."""
    return Superuser(await db.listener())
