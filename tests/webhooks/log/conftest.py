"""An endpoint with a past: events in the log, and messages of them in every state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.outbox import EventDraft, append
from tests.webhooks.conftest import Put
from webhooks.log.bounds import floor_of

#: `await fill(3, state=2)`: events with a message each in that state; answers the events, the oldest first.
Fill = Callable[..., Awaitable[list[UUID]]]


@pytest.fixture
def fill(db: Database, org: UUID, application: UUID, endpoint: Put) -> Fill:
    async def make(
        count: int,
        state: int | None = 2,
        *,
        type: str = "parcel.lost",
        at: datetime | None = None,
        data: str = '{"parcel":"LP-1"}',
        audience: UUID | None = application,
        to: UUID = endpoint.id,
        **about: Any,
    ) -> list[UUID]:
        async with db.org(org) as unit:
            draft = EventDraft(type, about.pop("cause", "api"), data=data, audience=audience, **about)
            told = await append(unit, [draft] * count)
            ids = told.ids
            if at is not None:
                ids = [UUID(int=floor_of(at).int + n) for n in range(count)]
                await unit.execute(
                    "update event e set id = u.new, created_at = $3 from unnest($1::uuid[], $2::uuid[]) as u(old, new) "
                    "where e.id = u.old",
                    told.ids, ids, at,
                )  # fmt: skip
            if state is not None:
                await unit.execute(
                    "insert into message (org, endpoint, event, position, type, state, ended_at, created_at) "
                    "select $1, $2, u.id, $4::bigint - $5::bigint + u.n, $6, $7::smallint, "
                    "case when $7 > 1 then $8::timestamptz end, $8 "
                    "from unnest($3::uuid[]) with ordinality as u(id, n)",
                    org, to, ids, told.position, count, type, state, at or told.at,
                )  # fmt: skip
        return ids

    return make
