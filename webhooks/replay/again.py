"""The scopes `failed` and `all`: messages that there are, put into line once more. A page of them is one statement."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from hub.db.unit import Unit
from webhooks.log.payloads import EXPUNGED
from webhooks.replay.span import OF_TYPES, Looked, Span

#: The states stand in the text: dead letters have an index of their own.
STATES: Final = {"failed": "m.state = 3", "all": "m.state in (2, 3)"}
WITHIN: Final = f"m.org = $1 and m.endpoint = $2 and m.event > $3 and m.event < $4 and {{states}} and {OF_TYPES.format('m.type')}"

COUNT: Final = f"select count(*) from message m where {WITHIN}"  # noqa: S608
PAGE: Final = f"""
with page as materialized (
    select m.event from message m where {WITHIN} order by m.event limit $7 for update
), there as (
    select page.event from page join event e on e.id = page.event left join payload p on p.event = page.event
    where p.event is not null or (e.audience is not null and e.data::text <> '{EXPUNGED}')
), put as (
    update message m set state = 0, owner = null, due_at = now(), cause = 2, step = 0, ended_at = null, replay = $8
    from there where m.endpoint = $2 and m.event = there.event and m.org = $1 returning 1
)
select (select count(*) from page) as seen, (select event from page order by event desc limit 1) as last,
    (select count(*) from put) as put
"""  # noqa: S608


async def count(unit: Unit, span: Span) -> int:
    """How many messages there are in the span."""
    found: int = await unit.fetchval(COUNT.replace("{states}", STATES[span.scope]), *span.bounds(unit, span.first))
    return found


async def put(unit: Unit, span: Span, after: UUID, limit: int) -> Looked:
    """Put a page behind `after` into line."""
    row = await unit.fetchrow(PAGE.replace("{states}", STATES[span.scope]), *span.bounds(unit, after), limit, span.replay)
    assert row is not None  # noqa: S101 (a select without a table has one row)
    return Looked(row["seen"], row["last"], row["put"], row["seen"] - row["put"], row["seen"] < limit)
