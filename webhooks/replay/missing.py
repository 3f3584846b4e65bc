"""The scope `missing`: events that match the endpoint as it is now and were never in line for it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from hub.db.unit import Unit
from hub.outbox import Event
from webhooks.card import Card
from webhooks.fanout.fat import decoded, payload, records
from webhooks.fanout.round import PAYLOADS
from webhooks.log.payloads import DATA, EXPUNGED
from webhooks.replay.span import OF_TYPES, Looked, Span
from webhooks.settings import get_webhook_settings
from webhooks.shard import shard_of

WINDOW: Final = 2000  # events looked at in one transaction, however few of them are missing
WITHIN: Final = f"""
e.org = $1 and e.id > $3 and e.id < $4 and {OF_TYPES.format("e.type")}
and (e.audience is null or e.audience = (select application from endpoint where id = $2))
"""  # noqa: S608
COUNT: Final = f"select count(*) from event e where {WITHIN}"  # noqa: S608
EVENTS: Final = f"select e.id from event e where {WITHIN} order by e.id limit $7"  # noqa: S608
#: Test messages are for one endpoint alone, so their events are nobody else's.
PAGE: Final = f"""
select e.id, e.position, e.type, e.kind, e.record, e.vendor_id, e.installation, e.cause, e.data::text as told, e.created_at,
    case when e.audience is null then e.record::text else e.order_key end as order_key, {DATA} as data,
    e.audience is null and e.data::text <> '{EXPUNGED}' and e.created_at > now() - make_interval(days => $4) as fresh
from event e left join payload p on p.event = e.id
where e.id = any ($2::uuid[]) and not exists (select from message m where m.endpoint = $1 and m.event = e.id)
and not (e.audience is not null and exists (
    select from endpoint o join message t on t.endpoint = o.id and t.event = e.id
    where o.application = e.audience and t.cause = 3
))
order by e.id limit $3
"""  # noqa: S608
PUT: Final = """
insert into message (org, endpoint, event, position, type, state, cause, order_key, shard, replay)
select $1, $2, u.event, u.position, u.type, 0, 2, u.order_key, u.shard, $3
from unnest($4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::smallint[]) as u(event, position, type, order_key, shard)
on conflict do nothing
"""


async def count(unit: Unit, span: Span) -> int:
    """How many events are to be looked at."""
    found: int = await unit.fetchval(COUNT, *span.bounds(unit, span.first))
    return found


async def put(unit: Unit, span: Span, after: UUID, limit: int, card: Card) -> Looked:
    """Put what matches of a page behind `after` into line."""
    events = [row["id"] for row in await unit.fetch(EVENTS, *span.bounds(unit, after), WINDOW)]
    rows = await unit.fetch(PAGE, span.endpoint, events, limit, get_webhook_settings().payload_days)
    taken = [row for row in rows if card.takes(row["type"], row["installation"], row["cause"])]
    made = await _made(unit, [row for row in taken if row["data"] is None and row["fresh"]])
    data = {row["id"]: row["data"].encode() if row["data"] is not None else made.get(row["id"]) for row in taken}
    there = [row for row in taken if data[row["id"]] is not None]
    wanted = [row for row in there if card.wants is None or card.wants(decoded(data[row["id"]] or b""))]
    if new := {row["id"]: made[row["id"]] for row in wanted if row["id"] in made}:
        await unit.execute(PAYLOADS, unit.org, list(new), list(new.values()))
    if wanted:
        keys = [row["order_key"] if card.ordered else None for row in wanted]
        shards = [None if key is None else shard_of(span.endpoint, key) for key in keys]
        await unit.execute(PUT, unit.org, span.endpoint, span.replay, *_columns(wanted), keys, shards)
    seen = events.index(rows[-1]["id"]) + 1 if len(rows) == limit else len(events)
    over = len(rows) < limit and len(events) < WINDOW
    return Looked(seen, events[seen - 1] if seen else None, len(wanted), len(taken) - len(there), over)


async def _made(unit: Unit, rows: list[Any]) -> dict[UUID, bytes]:
    """Payloads of canonical events that nobody wanted when they were fanned out: with their records as they are now."""
    names = ("id", "position", "type", "kind", "record", "vendor_id", "installation", "cause", "created_at")
    events = [Event(**{name: row[name] for name in names}, data=row["told"]) for row in rows]
    documents = await records(unit, events)
    return {event.id: payload(event, documents) for event in events}


def _columns(rows: list[Any]) -> list[list[Any]]:
    return [[row[name] for row in rows] for name in ("id", "position", "type")]
