"""How an endpoint fares: what the dispatchers noted of it, and what waits for it or was given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from hub.db.unit import Unit
from webhooks.partners import endpoints
from webhooks.states import WAITING

COUNTED = 10_000  # messages are counted so far and no further

Standing = Literal["new", "ok", "failing", "disabled"]

QUERY = f"""
select coalesce(h.failures, 0) as failures, h.failing_since, h.last_success_at, h.last_failure_at, h.last_error,
    (select count(*) from (select from message where endpoint = $2 and {WAITING} limit $3) w) as waiting,
    (select count(*) from (select from message where endpoint = $2 and state = 3 limit $3) d) as dead,
    (select due_at from message where endpoint = $2 and {WAITING} order by due_at limit 1) as next_due_at
from (select) one left join endpoint_health h on h.org = $1 and h.endpoint = $2
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Health:
    """`failures` in a row; `waiting` and `dead` count messages, 10,000 stands for that many or more."""

    standing: Standing
    failures: int
    failing_since: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None
    waiting: int
    dead: int
    next_due_at: datetime | None


async def health_of(unit: Unit, endpoint: UUID) -> Health:
    """Raises NotFound."""
    known = await endpoints.get(unit, endpoint)
    row = await unit.fetchrow(QUERY, unit.org, endpoint, COUNTED)
    assert row is not None  # noqa: S101 (a select without a table has one row)
    standing: Standing = "ok"
    if not known.enabled:
        standing = "disabled"
    elif row["failing_since"] is not None:
        standing = "failing"
    elif row["last_success_at"] is None:
        standing = "new"
    return Health(standing, **row)
