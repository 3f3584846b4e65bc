"""The event log: facts written in the transaction of the change that caused them, numbered without gaps.

Positions are per organisation. They are taken from the organisation's head row, whose lock is held until the commit: so
positions become visible in order, a rolled-back transaction gives its positions back, and whoever has read up to n never
misses one below n. Record events last in a transaction: everything after it runs one organisation's writer at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.db.ids import uuid7
from hub.db.unit import Unit

COLUMNS = "id, position, type, kind, record, vendor_id, installation, cause, data, created_at"


@dataclass(frozen=True, slots=True)
class EventDraft:
    """A fact to be recorded. `type` such as `product.updated`; `data` is a JSON object's text.

    `cause`: backfill, sync, webhook, sweep, write_back, remap or api.
    """

    type: str
    cause: str
    kind: str | None = None
    record: UUID | None = None
    vendor_id: str | None = None
    installation: UUID | None = None
    data: str | bytes = "{}"


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded fact. `data` is JSON text."""

    id: UUID
    position: int
    type: str
    kind: str | None
    record: UUID | None
    vendor_id: str | None
    installation: UUID | None
    cause: str
    data: str
    created_at: datetime


async def record(unit: Unit, events: Sequence[EventDraft]) -> list[UUID]:
    """Append the events in their order, in the caller's transaction; answers their ids. Listeners wake on its commit."""
    if not events:
        return []
    ids = [uuid7() for _ in events]
    await unit.execute(
        "with head as ("
        " insert into event_head as h (org, position) values ($1, $2)"
        " on conflict (org) do update set position = h.position + excluded.position returning position"
        ") insert into event (org, id, position, type, kind, record, vendor_id, installation, cause, data) "
        "select $1, e.id, head.position - $2 + e.nth, e.type, e.kind, e.record, e.vendor_id, e.installation, e.cause, e.data "
        "from head, unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::uuid[], $9::text[], $10::jsonb[]) "
        "with ordinality as e(id, type, kind, record, vendor_id, installation, cause, data, nth)",
        unit.org, len(events), ids,
        [e.type for e in events], [e.kind for e in events], [e.record for e in events], [e.vendor_id for e in events],
        [e.installation for e in events], [e.cause for e in events], [e.data for e in events],
    )  # fmt: skip
    return ids


async def after(unit: Unit, position: int, limit: int = 100) -> list[Event]:
    """The organisation's events after a position, in order, at most `limit`."""
    rows = await unit.fetch(
        f"select {COLUMNS} from event where position > $1 order by position limit $2",  # noqa: S608
        position, limit,
    )  # fmt: skip
    return [Event(**row) for row in rows]


async def head(unit: Unit) -> int:
    """The last position of the organisation; 0 when nothing has happened."""
    return await unit.fetchval("select position from event_head") or 0


async def cursor(unit: Unit, subscriber: str) -> int:
    """How far a subscriber has come, 0 at first. Held until the unit ends: two workers of one subscriber take turns."""
    await unit.execute("insert into event_cursor (org, subscriber) values ($1, $2) on conflict do nothing", unit.org, subscriber)
    position: int = await unit.fetchval(
        "select position from event_cursor where org = $1 and subscriber = $2 for update", unit.org, subscriber
    )
    return position


async def advance(unit: Unit, subscriber: str, position: int) -> None:
    """Move a subscriber's cursor forward, in the transaction of its effects; never back."""
    await unit.execute(
        "insert into event_cursor as c (org, subscriber, position) values ($1, $2, $3) on conflict (org, subscriber) "
        "do update set position = greatest(c.position, excluded.position), updated_at = now()",
        unit.org, subscriber, position,
    )  # fmt: skip
