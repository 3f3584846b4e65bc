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
NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"  # stands for the hub itself in the index

# A worker that died left its lease to run out. Its attempt counts, so a job that kills workers is buried in the end.
RECLAIM = """
update job set
    status = case when attempts < max_attempts or again then 'queued' else 'dead' end,
    attempts = case when attempts >= max_attempts and again then 0 else attempts end,
    again = false,
    finished_at = case when attempts < max_attempts or again then null else now() end,
    run_at = now(), lease_owner = null, lease_until = null,
    last_error = 'The worker ' || lease_owner || ' died or lost its lease.'
where id in (select id from job where status = 'running' and lease_until < now() for update skip locked)
"""

# Hop from organisation to organisation along the index, look at the first few due jobs of each, and order them by how many
# the organisation would then have running. Rows that another worker is just taking are skipped.
CLAIM = f"""
with recursive waiting as (
    (select coalesce(org, {NOBODY}) as org from job where status = 'queued' order by 1 limit 1)
    union all
    select (select coalesce(j.org, {NOBODY}) from job j
            where j.status = 'queued' and coalesce(j.org, {NOBODY}) > w.org order by 1 limit 1)
    from waiting w where w.org is not null
), running as (
    select coalesce(org, {NOBODY}) as org, count(*) as jobs from job where status = 'running' group by 1
), due as (
    select j.id, j.run_at, coalesce(r.jobs, 0) + row_number() over (partition by w.org order by j.run_at) as turn
    from waiting w
    left join running r on r.org = w.org
    cross join lateral (
        select id, run_at from job
        where status = 'queued' and coalesce(org, {NOBODY}) = w.org and run_at <= now()
          and ($4::text[] is null or kind = any ($4))
        order by run_at limit $1 * 4
    ) j
    where w.org is not null
), taken as (
    select job.id from due join job on job.id = due.id
    where job.status = 'queued'
    order by due.turn, due.run_at limit $1
    for update of job skip locked
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
