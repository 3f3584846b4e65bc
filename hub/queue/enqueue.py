"""Put a job into the queue, in the transaction of the change that wants it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.db.ids import uuid7
from hub.db.unit import Unit

MAX_ATTEMPTS = 8


async def enqueue(
    unit: Unit,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    run_at: datetime | None = None,
    max_attempts: int = MAX_ATTEMPTS,
    org: UUID | None = None,
) -> UUID:
    """The id of the job that will do it; workers wake when the unit commits, and a rolled-back unit leaves no job.

    With a key, an unfinished job of the same organisation, kind and key is reused: a queued one takes the newer payload and the
    earlier time, a running one runs once more afterwards. `org`: for system units; an organisation's unit has its own.
    """
    id: UUID = await unit.fetchval(
        "insert into job as j (id, org, kind, payload, key, run_at, max_attempts) "
        "values ($1, $2, $3, $4, $5, coalesce($6, now()), $7) "
        "on conflict (org, kind, key) where key is not null and status in ('queued', 'running') do update set "
        "again = j.status = 'running', payload = excluded.payload, "
        "run_at = case j.status when 'queued' then least(j.run_at, excluded.run_at) else excluded.run_at end "
        "returning id",
        uuid7(), unit.org or org, kind, json.dumps(payload), key, run_at, max_attempts,
    )  # fmt: skip
    return id
