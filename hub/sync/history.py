"""Runs and quarantine as they are told to people, over HTTP and on the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.catalog.raw import unpack_all
from hub.db.unit import Unit
from hub.errors import NotFound

RUN: Final = "id, installation, resource, mode, cause, verdict, reason, evidence, progress, started_at, finished_at, heartbeat_at"
ROW: Final = "id, installation, resource, vendor_id, run, reason, field, created_at, resolved_at, resolution"


@dataclass(frozen=True, slots=True)
class Run:
    """One sync. verdict None: it is under way, or its worker died and it will be taken up again."""

    id: UUID
    installation: UUID
    resource: str
    mode: str
    cause: str
    verdict: str | None
    reason: str | None
    evidence: dict[str, Any]
    progress: dict[str, Any]
    started_at: datetime
    finished_at: datetime | None
    heartbeat_at: datetime | None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that could not be mapped. raw: its bytes and those of its nested objects, only when it was asked for by id."""

    id: UUID
    installation: UUID
    resource: str
    vendor_id: str | None
    run: UUID | None
    reason: str
    field: str | None
    created_at: datetime
    resolved_at: datetime | None
    resolution: str | None
    raw: tuple[bytes, ...] = ()


async def runs(
    unit: Unit, *, installation: UUID | None = None, resource: str | None = None, before: UUID | None = None, limit: int = 50
) -> list[Run]:
    """Runs, the latest first; their ids grow with time, so `before` is a position."""
    rows = await unit.fetch(
        f"""select {RUN} from run where org = $1 and ($2::uuid is null or installation = $2)
        and ($3::text is null or resource = $3) and ($4::uuid is null or id < $4) order by id desc limit $5""",  # noqa: S608
        unit.org,
        installation,
        resource,
        before,
        limit,
    )
    return [_run(row) for row in rows]


async def run(unit: Unit, id: UUID) -> Run:
    """One run. Raises NotFound."""
    row = await unit.fetchrow(f"select {RUN} from run where id = $1", id)  # noqa: S608
    if row is None:
        raise NotFound(f"There is no run {id}.", field="id")
    return _run(row)


async def latest_runs(unit: Unit, installation: UUID) -> list[Run]:
    """The latest run of every resource of a shop."""
    rows = await unit.fetch(
        f"select distinct on (resource) {RUN} from run where installation = $1 order by resource, started_at desc",  # noqa: S608
        installation,
    )
    return [_run(row) for row in rows]


async def quarantine(
    unit: Unit,
    *,
    installation: UUID | None = None,
    resolved: bool = False,
    before: UUID | None = None,
    limit: int = 50,
    raw: bool = False,
) -> list[Quarantined]:
    """Quarantined rows, the latest first; those resolved only when asked for, with their raw bytes when asked for."""
    rows = await unit.fetch(
        f"""select {ROW}{", raw" if raw else ""} from quarantine where org = $1 and ($2::uuid is null or installation = $2)
        and ($3 or resolved_at is null) and ($4::uuid is null or id < $4) order by id desc limit $5""",  # noqa: S608
        unit.org,
        installation,
        resolved,
        before,
        limit,
    )
    return [_quarantined(row) for row in rows]


async def quarantined(unit: Unit, id: UUID) -> Quarantined:
    """One quarantined row with its raw bytes. Raises NotFound."""
    row = await unit.fetchrow(f"select {ROW}, raw from quarantine where id = $1", id)  # noqa: S608
    if row is None:
        raise NotFound(f"There is no quarantined row {id}.", field="id")
    return _quarantined(row)


async def waiting(unit: Unit) -> dict[UUID, int]:
    """How many rows of each shop wait in quarantine."""
    rows = await unit.fetch(
        "select installation, count(*) as n from quarantine where org = $1 and resolved_at is null group by 1", unit.org
    )
    return {row["installation"]: row["n"] for row in rows}


def _run(row: Any) -> Run:
    decoded = {name: msgspec.json.decode(row[name]) for name in ("evidence", "progress")}
    return Run(**{**dict(row), **decoded})


def _quarantined(row: Any) -> Quarantined:
    found = dict(row)
    return Quarantined(**{**found, "raw": tuple(unpack_all(found["raw"])) if "raw" in found else ()})
