"""How a run ends: finished, failed and tried again, buried, or handed back. Only the holder of the lease may say so."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

from hub.db.unit import Unit
from hub.errors import Conflict, LeaseLost
from hub.queue.claim import LEASE
from hub.queue.job import COLUMNS, Job

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 3600.0  # seconds
MINE = "id = $1 and lease_owner = $2 and attempts = $3 and status = 'running'"


def pause(attempts: int) -> float:
    """Seconds before the next attempt: doubling, up to an hour, with jitter so that failures do not march in step."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempts - 1)) * random.uniform(0.75, 1.25)  # noqa: S311


async def heartbeat(unit: Unit, job: Job, *, lease: timedelta = LEASE) -> None:
    """Extend the lease. Raises LeaseLost when another worker has the job, or it is gone."""
    await _mine(unit, job, "lease_until = now() + $4::interval", lease)


async def finish(unit: Unit, job: Job) -> None:
    """Done; in the unit of the job's effects both become true together. Raises LeaseLost: then nothing may be written."""
    await _mine(
        unit, job,
        "status = case when again then 'queued' else 'done' end, attempts = case when again then 0 else attempts end, "
        "finished_at = case when again then null else now() end, again = false, last_error = null, "
        "lease_owner = null, lease_until = null",
    )  # fmt: skip


async def fail(unit: Unit, job: Job, error: str, *, after: float | None = None, final: bool = False) -> None:
    """Try again after `after` seconds (else a growing pause); bury it when `final` or out of attempts.

    A job that was enqueued once more meanwhile starts over instead of being buried. Raises LeaseLost.
    """
    over = final or job.attempts >= job.max_attempts
    wait = timedelta(seconds=pause(job.attempts) if after is None else after)
    await _mine(
        unit, job,
        "status = case when $5 and not again then 'dead' else 'queued' end, "
        "attempts = case when $5 and again then 0 else attempts end, "
        "finished_at = case when $5 and not again then now() end, again = false, "
        "run_at = now() + $4::interval, last_error = $6, lease_owner = null, lease_until = null",
        wait, over, error[:2000],
    )  # fmt: skip


async def release(unit: Unit, job: Job) -> None:
    """Hand it back unharmed, as when a worker is asked to stop: this run does not count. Raises LeaseLost."""
    await _mine(
        unit, job,
        "status = 'queued', attempts = attempts - 1, again = false, run_at = now(), lease_owner = null, lease_until = null",
    )  # fmt: skip


async def dead_letters(unit: Unit, limit: int = 100) -> list[Job]:
    """The jobs that will not be tried again by themselves, the newest first."""
    rows = await unit.fetch(f"select {COLUMNS} from job where status = 'dead' order by finished_at desc limit $1", limit)  # noqa: S608
    return [Job.from_row(row) for row in rows]


async def revive(unit: Unit, id: UUID) -> None:
    """Try a dead letter again from the start. Raises Conflict if it is none, or its twin is waiting already."""
    tag = await unit.execute(
        "update job set status = 'queued', attempts = 0, run_at = now(), finished_at = null where id = $1 and status = 'dead' "
        "and not exists (select from job twin where twin.key = job.key and twin.kind = job.kind "
        "and twin.org is not distinct from job.org and twin.status in ('queued', 'running'))",
        id,
    )
    if tag != "UPDATE 1":
        raise Conflict(f"The job {id} is no dead letter, or the same work is queued already.")
    await unit.execute("select pg_notify('luneo_job', '')")


async def sweep_finished(unit: Unit, keep: timedelta) -> int:
    """Forget finished jobs older than `keep`; dead letters stay. Answers how many."""
    tag = await unit.execute("delete from job where status = 'done' and finished_at < now() - $1::interval", keep)
    return int(tag.split()[-1])


async def _mine(unit: Unit, job: Job, change: str, *values: object) -> None:
    tag = await unit.execute(f"update job set {change} where {MINE}", job.id, job.lease_owner, job.attempts, *values)  # noqa: S608
    if tag != "UPDATE 1":
        raise LeaseLost(f"The job {job.id} ({job.kind}) is no longer ours.")
