"""Putting messages into line: rows of the table, some of them held at once by the dispatcher of this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog

from hub.db.unit import Unit
from webhooks.body import body_of
from webhooks.card import Card
from webhooks.intake import Intake
from webhooks.ready import Ready
from webhooks.shard import shard_of
from webhooks.states import Cause

log = structlog.get_logger("webhooks")

CHUNK = 5000  # rows of one statement
#: What waits is told once per transaction; the version of the book is what the same statement sees.
INSERT = """
with put as (
    insert into message (org, endpoint, event, position, type, state, owner, cause, order_key, shard)
    select $1, m.endpoint, m.event, m.position, m.type, case when m.held then 1 else 0 end, case when m.held then $2::bigint end,
        coalesce(m.cause, 0), m.order_key, m.shard
    from unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::boolean[], $8::smallint[], $9::text[], $10::smallint[])
        as m(endpoint, event, position, type, held, cause, order_key, shard)
    on conflict do nothing returning 1
), told as (
    select pg_notify('luneo_message', '') where $11
)
select (select version from endpoint_book where org = $1), (select count(*) from put), (select count(*) from told)
"""
#: A message that was in line already (a replay put it there) is not ours to hold; which of these rows are ours the time tells.
LET_GO = """
update message m set state = 0, owner = null from unnest($2::uuid[], $3::uuid[]) as u(endpoint, event)
where m.endpoint = u.endpoint and m.event = u.event and m.owner = $1 and m.state = 1 and m.created_at = now()
"""


class Line:
    """The messages of one transaction. Fill it with `add`, let the unit commit, then `hand_over`, or `give_back`."""

    def __init__(self, org: UUID, intake: Intake | None) -> None:
        self.org = org
        self.intake = intake if intake is not None and intake.owner is not None else None
        self.owner = self.intake.owner if self.intake is not None else None
        self.count = 0
        self.version: int | None = None  # of the book, as the last statement saw it
        self.ready: list[Ready] = []
        self._waiting = self._told = False
        self._rows: list[tuple[UUID, UUID, int, str, bool | None, int | None, str | None, int | None]] = []

    async def add(
        self,
        unit: Unit,
        cards: Iterable[Card],
        event: UUID,
        position: int,
        type: str,
        at: datetime,
        data: bytes,
        order_key: str | None = None,
        why: int = Cause.EVENT,
    ) -> None:
        """One event for these endpoints. Statements run as chunks fill; `flush` runs the last one."""
        intake, rows, body = self.intake, self._rows, None
        for card in cards:
            key = order_key if card.ordered else None
            held = intake is not None and card.enabled and intake.admit(card, key)
            if held:
                if body is None:
                    body = body_of(type, at, data)
                self.ready.append(Ready(card.id, self.org, event, position, body, cause=why, order_key=key))
            else:
                self._waiting = True
            shard = None if key is None else shard_of(card.id, key)
            rows.append((card.id, event, position, type, held or None, why or None, key, shard))
            if len(rows) >= CHUNK:
                await self.flush(unit)
                rows = self._rows

    async def flush(self, unit: Unit) -> None:
        """Write what has gathered."""
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        self.count += len(rows)
        tell = self._waiting and not self._told
        self._told = self._told or tell
        # what `unnest` fills up with nulls need not be encoded
        columns = [[] if column.count(None) == len(column) else list(column) for column in zip(*rows, strict=True)]
        found = await unit.fetchrow(INSERT, self.org, self.owner, *columns, tell)
        assert found is not None  # noqa: S101 (a select without a table has one row)
        self.version = found[0] or 0
        if found[1] < len(rows):
            await self._let_go(unit)

    async def _let_go(self, unit: Unit) -> None:
        if self.ready:
            await unit.execute(LET_GO, self.owner, [one.endpoint for one in self.ready], [one.event for one in self.ready])
            self.give_back()
            self._waiting = True

    def hand_over(self) -> None:
        """The unit has committed. Never raises: what is durable must not look as if it were not."""
        if self.intake is None:
            return
        try:
            if self.ready and self.owner is not None:
                self.intake.take(self.ready, self.owner)
            if self._waiting:
                self.intake.wake()
        except Exception as error:
            log.error("not_taken", org=str(self.org), messages=len(self.ready), exc_info=error)

    def give_back(self) -> None:
        """The unit was rolled back."""
        if self.intake is not None and self.ready:
            self.intake.give_back(Counter(one.endpoint for one in self.ready))
        self.ready = []
