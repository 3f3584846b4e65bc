"""The event log: facts written in the transaction of the change that caused them, numbered without gaps.

Positions are per organisation. They are taken from the organisation's head row, whose lock is held until the commit: so
positions become visible in order, a rolled-back transaction gives its positions back, and whoever has read up to n never
misses one below n. Record events last in a transaction: everything after it runs one organisation's writer at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.db.ids import uuid7
from hub.db.unit import Unit

COLUMNS = "id, position, type, kind, record, vendor_id, installation, cause, data, created_at"


@dataclass(frozen=True, slots=True)
class EventDraft:
    """A fact to be recorded. `type` such as `product.updated`; `data` is a JSON object's text.

    `cause`: backfill, sync, webhook, sweep, write_back, remap or api. `audience`: who alone may hear it, None for whoever
    subscribes; what has an audience is put into line for it by its author, in the same transaction. `order_key`: events of one
    key reach ordered endpoints one after the other.
    """

    type: str
    cause: str
    kind: str | None = None
    record: UUID | None = None
    vendor_id: str | None = None
    installation: UUID | None = None
    data: str | bytes = "{}"
    audience: UUID | None = None
    order_key: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording gave: the ids in order, the position of the last, and the time that all of them bear."""

    ids: list[UUID]
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded fact. `data` is JSON text, as its author wrote it."""

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


APPEND = """
with head as (
    insert into event_head as h (org, position) values ($1, $2)
    on conflict (org) do update set position = h.position + excluded.position returning position
), added as (
    insert into event (org, id, position, type, kind, record, vendor_id, installation, cause, data, audience, order_key)
    select $1, e.id, head.position - $2 + e.nth, e.type, e.kind, e.record, e.vendor_id, e.installation, e.cause, e.data,
        e.audience, e.order_key
    from head, unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::uuid[], $9::text[], $10::json[],
        $11::uuid[], $12::text[])
        with ordinality as e(id, type, kind, record, vendor_id, installation, cause, data, audience, order_key, nth)
)
select position, now() from head
"""


async def record(unit: Unit, events: Sequence[EventDraft]) -> list[UUID]:
    """Append the events in their order, in the caller's transaction; answers their ids. Listeners wake on its commit."""
    return (await append(unit, events)).ids if events else []


async def append(unit: Unit, events: Sequence[EventDraft]) -> Recorded:
    """The same, and where and when: for authors that put messages into line in the same transaction. At least one event."""
    ids = [uuid7() for _ in events]
    row = await unit.fetchrow(
        APPEND, unit.org, len(events), ids,
        [e.type for e in events], _column([e.kind for e in events]), _column([e.record for e in events]),
        _column([e.vendor_id for e in events]), _column([e.installation for e in events]), [e.cause for e in events],
        [e.data if isinstance(e.data, str) else e.data.decode() for e in events],
        _column([e.audience for e in events]), _column([e.order_key for e in events]),
    )  # fmt: skip
    assert row is not None  # noqa: S101 (the head's row is always there)
    return Recorded(ids, row[0], row[1])


def _column(values: list[Any]) -> list[Any]:
    """A column that holds nothing goes as an empty array: `unnest` fills it up with nulls, and nobody encodes them."""
    return values if any(value is not None for value in values) else []


async def after(unit: Unit, position: int, limit: int = 100) -> list[Event]:
    """The organisation's events after a position, in order, at most `limit`."""
    rows = await unit.fetch(
        f"select {COLUMNS} from event where position > $1 order by position limit $2",  # noqa: S608
        position, limit,
    )  # fmt: skip
    return [Event(**row) for row in rows]


async def open_after(unit: Unit, position: int, limit: int = 500) -> list[Event]:
    """The same, of the events that are for whoever subscribes."""
    rows = await unit.fetch(
        f"select {COLUMNS} from event where org = $1 and position > $2 and audience is null order by position limit $3",  # noqa: S608
        unit.org, position, limit,
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
