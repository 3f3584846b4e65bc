"""Runs as they are kept: begun, resumed, saved with their rows, finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.sync.ids import IdSet

BEGIN = """
insert into run (org, id, installation, resource, mode, cause, cursor, heartbeat_at) values ($1, $2, $3, $4, $5, $6, $7, now())
"""
# A run that stopped is taken up for a week; older than that, what it saw says little about the shop.
UNFINISHED = """
select id, verdict, cursor from run
where installation = $1 and resource = $2 and mode = $3
  and coalesce(finished_at, heartbeat_at, started_at) > now() - interval '7 days'
order by started_at desc limit 1
"""
BURY = """
update run set verdict = 'FAILED', finished_at = now(), reason = 'Its worker died; a later run took over.'
where installation = $1 and resource = $2 and verdict is null and id <> $3
"""


@dataclass(slots=True)
class Run:
    """A run under way. `cursor`: where an earlier one stopped, None at the beginning; `earlier`: the runs it continues."""

    id: UUID
    mode: str
    cursor: dict[str, Any] | None = None
    earlier: list[UUID] = field(default_factory=list)
    pages: int = 0


async def begin(unit: Unit, installation: UUID, resource: str, mode: str, cause: str) -> Run:
    """A new run, or the one that died; a new run goes on where one that ended PARTIAL or FAILED stopped."""
    last = await unit.fetchrow(UNFINISHED, installation, resource, mode)
    cursor = msgspec.json.decode(last["cursor"]) if last is not None and last["cursor"] is not None else None
    if last is None or last["verdict"] == "COMPLETE" or cursor is None:
        run = Run(uuid7(), mode)
    elif last["verdict"] is None:
        run = Run(last["id"], mode, cursor, [UUID(id) for id in cursor["earlier"]])
    else:
        run = Run(uuid7(), mode, cursor, [*(UUID(id) for id in cursor["earlier"]), last["id"]])
    if last is None or run.id != last["id"]:
        kept = msgspec.json.encode(cursor | {"earlier": run.earlier}) if run.cursor is not None and cursor else None
        await unit.execute(BEGIN, unit.org, run.id, installation, resource, mode, cause, kept)
    else:
        run.pages = await unit.fetchval("select coalesce(max(seq), 0) from run_page where run = $1", run.id)
    await unit.execute(BURY, installation, resource, run.id)
    await unit.execute(
        "update resource_state set run = $3 where installation = $1 and resource = $2", installation, resource, run.id
    )
    return run


async def seen_ids(unit: Unit, run: Run, into: IdSet) -> None:
    """The ids that this run, and those it continues, have seen. One page at a time: they may be many."""
    for id in (*run.earlier, run.id):
        after = 0
        while rows := await unit.fetch(
            "select seq, ids from run_page where run = $1 and seq > $2 order by seq limit 20", id, after
        ):
            for row in rows:
                for one in row["ids"]:
                    into.add(one)
            after = rows[-1]["seq"]


async def save(unit: Unit, run: Run, ids: Sequence[str], cursor: Mapping[str, Any], progress: Mapping[str, Any]) -> None:
    """The checkpoint, in the transaction of its rows. The caller counts `run.pages` up once it is committed."""
    if ids:
        await unit.execute(
            "insert into run_page (org, run, seq, ids, first_id, last_id) values ($1, $2, $3, $4, $5, $6) "
            "on conflict (run, seq) do update set ids = excluded.ids",
            unit.org, run.id, run.pages + 1, ids, ids[0], ids[-1],
        )  # fmt: skip
    await unit.execute(
        "update run set cursor = $2, progress = $3, heartbeat_at = now() where id = $1",
        run.id, msgspec.json.encode({**cursor, "earlier": run.earlier}), msgspec.json.encode(progress),
    )  # fmt: skip


async def finish(unit: Unit, run: Run, verdict: str, reason: str, evidence: Mapping[str, Any], *, resumable: bool) -> None:
    """The verdict. A run that cannot be resumed forgets which ids it saw, and so do those it continued."""
    await unit.execute(
        "update run set verdict = $2, reason = $3, evidence = $4, finished_at = now(), heartbeat_at = now(), "
        "cursor = case when $5 then cursor end where id = $1",
        run.id, verdict, reason, msgspec.json.encode(evidence), resumable,
    )  # fmt: skip
    if not resumable:
        await unit.execute("delete from run_page where run = any ($1::uuid[])", [*run.earlier, run.id])
