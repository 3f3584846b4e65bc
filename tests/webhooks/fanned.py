"""Canonical events for the tests of the fan-out, and what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from hub import outbox
from hub.db.engine import Database
from hub.db.ids import record_id
from hub.outbox import EventDraft
from webhooks.desk import Desk
from webhooks.fanout.round import Rounds

PRODUCT = '{"title":"Lampe","status":"active","variants":[{"sku":"LAMP-1","price":{"amount":"19.90","currency":"EUR"}}]}'


async def put_record(db: Database, org: UUID, installation: UUID, vendor_id: str, doc: str = PRODUCT) -> UUID:
    id = record_id(installation, "product", vendor_id)
    async with db.org(org) as unit:
        await unit.execute(
            "insert into record (org, id, installation, kind, vendor_id, doc, content_hash, mapping_version) "
            "values ($1, $2, $3, 'product', $4, $5, '', 1)",
            org, id, installation, vendor_id, doc,
        )  # fmt: skip
    return id


def changed(installation: UUID, vendor_id: str = "7", verb: str = "updated", cause: str = "webhook") -> EventDraft:
    id = record_id(installation, "product", vendor_id)
    data = '{"refs":{},"version":2,"changed":["title"]}'
    return EventDraft(f"product.{verb}", cause, "product", id, vendor_id, installation, data)


async def record(db: Database, org: UUID, *drafts: EventDraft) -> list[UUID]:
    async with db.org(org) as unit:
        return await outbox.record(unit, drafts)


async def messages(db: Database, org: UUID) -> list[tuple[UUID, UUID]]:
    async with db.org(org) as unit:
        rows = await unit.fetch("select endpoint, event from message order by position, endpoint")
    return [tuple(row.values()) for row in rows]


async def cursor(db: Database, org: UUID) -> int | None:
    async with db.org(org) as unit:
        position: int | None = await unit.fetchval("select position from event_cursor where subscriber = 'webhooks'")
    return position


async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 (it looks at a database)
            await asyncio.sleep(0.02)


async def fanned(db: Database, org: UUID, desk: Desk | None = None) -> Desk:
    """Everything that is open now."""
    desk = desk or Desk(db)
    rounds, more = Rounds(db, desk), True
    while more:
        _, more = await rounds.go(org)
    return desk
