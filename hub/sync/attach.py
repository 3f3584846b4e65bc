"""Joining a run that somebody else is making: its progress is passed on, its verdict is the answer."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.sync.engine import Engine
from hub.sync.outcome import RunResult
from hub.sync.session import Progress

EVERY: Final = 0.5  # seconds between two looks
LOOK: Final = """
select s.lease_until is not null and s.lease_until >= now() as held, now() as now,
       r.id, r.mode, r.verdict, r.reason, r.evidence, r.progress, r.started_at, r.finished_at
from resource_state s left join run r on r.id = s.run
where s.installation = $1 and s.resource = $2
"""


async def attach(
    engine: Engine, org: UUID, installation: UUID, resource: str, mode: str, progress: Progress | None
) -> RunResult | None:
    """Watch until the lease is free. None when there is no verdict of use to us: then the lease is ours to take.

    A run of the same mode serves us, and a backfill also whoever wants an incremental.
    """
    came: datetime | None = None
    while True:
        async with engine.db.org(org) as unit:
            row = await unit.fetchrow(LOOK, installation, resource)
        if row is None:
            return None
        came = came or row["now"]
        if not row["held"]:
            return _result(row, installation, resource) if _serves(row, mode, came) else None
        if progress is not None and row["id"] is not None and row["verdict"] is None:
            told = msgspec.json.decode(row["progress"])
            progress(resource, told.get("done", 0), told.get("total"))
        await asyncio.sleep(EVERY)


def _serves(row: Any, mode: str, came: datetime) -> bool:
    """Whether this run ended while we watched, and did what we wanted."""
    ended = row["verdict"] is not None and row["finished_at"] is not None and row["finished_at"] >= came
    return ended and (row["mode"] == mode or (row["mode"] == "backfill" and mode == "incremental"))


def _result(row: Any, installation: UUID, resource: str) -> RunResult:
    evidence = msgspec.json.decode(row["evidence"])
    seconds = (row["finished_at"] - row["started_at"]).total_seconds()
    counts = evidence.get("counts", {})
    return RunResult(
        row["id"], installation, resource, row["mode"], row["verdict"], row["reason"], evidence, counts, seconds, attached=True
    )
