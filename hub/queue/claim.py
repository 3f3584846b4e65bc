"""Take jobs that are due, fairly: an organisation's backlog waits behind everybody else's first job."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence
from datetime import timedelta

from hub.db.engine import Database
from hub.queue.job import COLUMNS, Job

LEASE = timedelta(seconds=30)

# A queue is empty one minute and long the next, so the planner's statistics are always wrong: it is told to follow the indexes.
# A worker that died left its lease to run out. Its attempt counts, so a job that kills workers is buried in the end.
RECLAIM = """
set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off;
set local enable_hashjoin = off; set local enable_mergejoin = off; set local plan_cache_mode = force_generic_plan;
update job set
    status = case when attempts < max_attempts or again then 'queued' else 'dead' end,
    attempts = case when attempts >= max_attempts and again then 0 else attempts end,
    again = false,
    finished_at = case when attempts < max_attempts or again then null else now() end,
    run_at = now(), lease_owner = null, lease_until = null,
    last_error = 'The worker ' || lease_owner || ' died or lost its lease.'
where id in (select id from job where status = 'running' and lease_until < now() for update skip locked)
"""

# Hop from tenant to tenant along the index, look at the first few due jobs of each, order them by how many that tenant would
# then have running, and lock them one by one until there are enough. What another worker is just taking is skipped.
CLAIM = f"""
with recursive waiting as (
    (select tenant from job where status = 'queued' order by tenant limit 1)
    union all
    select (select j.tenant from job j where j.status = 'queued' and j.tenant > w.tenant order by j.tenant limit 1)
    from waiting w where w.tenant is not null
), due as materialized (
    select j.id, j.run_at,
        (select count(*) from job where status = 'running' and tenant = w.tenant)
        + row_number() over (partition by w.tenant order by j.run_at) as turn
    from waiting w
    cross join lateral (
        select id, run_at from job
        where status = 'queued' and tenant = w.tenant and run_at <= now() and ($4::text[] is null or kind = any ($4))
        order by run_at limit $1 * 4
    ) j
    where w.tenant is not null
), taken as materialized (
    select locked.id from (select id from due order by turn, run_at) d
    cross join lateral (
        select id from job where job.id = d.id and status = 'queued' for update skip locked
    ) locked
    limit $1
)
update job set status = 'running', attempts = attempts + 1, lease_owner = $2, lease_until = now() + $3::interval
where id in (select id from taken)
returning {COLUMNS}
"""  # noqa: S608 (constants of ours)


def new_owner() -> str:
    """A name for a worker, its own on every start: a restarted process must not inherit old leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


async def claim(
    db: Database, owner: str, limit: int, *, kinds: Sequence[str] | None = None, lease: timedelta = LEASE
) -> list[Job]:
    """At most `limit` due jobs, now leased to `owner`. `kinds`: only these. Claim no more than can be started at once."""
    lease_owner = f"{owner}/{secrets.token_hex(4)}"  # its own per claim: a worker is no twin of its earlier self either
    async with db.system() as unit:
        await unit.execute(RECLAIM)
        return [Job.from_row(row) for row in await unit.fetch(CLAIM, limit, lease_owner, lease, kinds)]
