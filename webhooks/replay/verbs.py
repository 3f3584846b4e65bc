"""Begin, look at and cancel replays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from uuid import UUID

from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.errors import Conflict, NotFound, Unprocessable
from hub.queue import enqueue
from schemas.base import utc_text
from webhooks.partners import endpoints
from webhooks.partners.bounds import refused
from webhooks.partners.draft import chosen_types

Scope = Literal["failed", "all", "missing"]

JOB: Final = "webhooks.replay"
LONGEST: Final = timedelta(days=90)
RATE: Final = 100
FASTEST: Final = 1000
MOST_ATTEMPTS: Final = 20
COLUMNS: Final = """
id, endpoint, since, until, types, scope, rate, status, total, done, skipped, reason, created_at, updated_at, finished_at
"""


@dataclass(frozen=True, slots=True)
class Replay:
    """`status`: queued, running, done, cancelled or failed, then `reason` says why. `rate`: messages per second.

    `total`: messages (of `missing`, events) in the span, None until they are counted; `done`: looked at so far, `skipped` of
    them could not be sent because their payload was gone.
    """

    id: UUID
    endpoint: UUID
    since: datetime
    until: datetime
    types: list[str] | None
    scope: Scope
    rate: int
    status: str
    total: int | None
    done: int
    skipped: int
    reason: str | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


async def begin(
    unit: Unit,
    endpoint: UUID,
    since: datetime,
    until: datetime | None = None,
    *,
    types: Sequence[str] | None = None,
    scope: str = "failed",
    rate: int = RATE,
) -> Replay:
    """Begin one from `since` until before `until` (now). Raises NotFound; Unprocessable; Conflict while one of it is at work."""
    known = await endpoints.hold(unit, endpoint)
    if known.url is None:
        raise Conflict(f"The endpoint {endpoint} has no address:", hint="give it a url first.", field="endpoint")
    now: datetime = await unit.fetchval("select now()")
    until = until or now
    check_span(since, until, now)
    if scope not in get_args(Scope):
        raise refused("/scope", scope, "is not known", f"choose of {', '.join(get_args(Scope))}.")
    if not 1 <= rate <= FASTEST:
        raise refused("/rate", rate, "is out of bounds", f"choose 1 to {FASTEST} messages per second.")
    wanted = None if types is None else await chosen_types(unit, types, archived=True)
    busy = await unit.fetchval(
        "select id from replay where org = $1 and endpoint = $2 and status in ('queued', 'running')", unit.org, endpoint
    )
    if busy is not None:
        raise Conflict(
            f"The replay {busy} of this endpoint is at work:",
            hint="wait for it, or cancel it first.", field="endpoint", replay=busy,
        )  # fmt: skip
    id = uuid7()
    await unit.execute(
        "insert into replay (org, id, endpoint, since, until, types, scope, rate) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        unit.org, id, endpoint, since, until, None if wanted == ["*"] else wanted, scope, rate,
    )  # fmt: skip
    await enqueue(unit, JOB, {"replay": str(id)}, key=str(id), max_attempts=MOST_ATTEMPTS)
    return await get(unit, id)


def check_span(since: datetime, until: datetime, now: datetime) -> None:
    """Raises Unprocessable that names the end at fault."""
    for field, at in (("/since", since), ("/until", until)):
        if at.tzinfo is None:
            raise refused(field, at.isoformat(), "has no time zone", "write it such as 2026-11-22T08:00:00Z.")
        if at > now:
            raise refused(field, utc_text(at), "lies in the future", f"it is {utc_text(now)}.")
    if since >= until:
        raise refused("/since", utc_text(since), "is not before until", "begin earlier.")
    if until - since > LONGEST:
        days = (until - since) / timedelta(days=1)
        fault = f"/since {utc_text(since)}: {days:.1f} days is too long a range:"
        raise Unprocessable(fault, hint=f"choose at most {LONGEST.days} days.", field="/since")


async def get(unit: Unit, id: UUID) -> Replay:
    """Raises NotFound."""
    row = await unit.fetchrow(f"select {COLUMNS} from replay where org = $1 and id = $2", unit.org, id)  # noqa: S608
    if row is None:
        raise NotFound(f"There is no replay {id}.", field="replay")
    return Replay(**row)


async def list_of(unit: Unit, endpoint: UUID, before: UUID | None = None, limit: int = 50) -> list[Replay]:
    """An endpoint's, the latest first. Raises NotFound."""
    await endpoints.get(unit, endpoint)
    rows = await unit.fetch(
        f"select {COLUMNS} from replay where org = $1 and endpoint = $2 and ($3::uuid is null or id < $3) "  # noqa: S608
        "order by id desc limit $4",
        unit.org, endpoint, before, limit,
    )  # fmt: skip
    return [Replay(**row) for row in rows]


async def cancel(unit: Unit, id: UUID) -> Replay:
    """Stop it; what it has put into line is sent all the same. Raises NotFound; Conflict when it has ended."""
    await unit.execute("select from replay where org = $1 and id = $2 for update", unit.org, id)
    known = await get(unit, id)
    if known.status not in ("queued", "running"):
        raise Conflict(f"The replay {id} has ended: it is {known.status}.", field="replay")
    await end(unit, id, "cancelled", None)
    return await get(unit, id)


async def end(unit: Unit, id: UUID, status: str, reason: str | None) -> None:
    """Set how it ended."""
    await unit.execute(
        "update replay set status = $3, reason = $4, finished_at = now(), updated_at = now() where org = $1 and id = $2",
        unit.org, id, status, reason,
    )  # fmt: skip
