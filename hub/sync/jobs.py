"""The engine's jobs: `sync.run`, `sync.refetch`, `write_back`. Their handlers bear a second run."""

from __future__ import annotations

from typing import Final, cast
from uuid import UUID

from hub.errors import LeaseLost, RetryableError
from hub.queue import Handlers, Job
from hub.sync.engine import Engine
from hub.sync.refetch import refetch
from hub.sync.run import Mode, sync
from hub.sync.write_back import note_failure, perform

MODES: Final = ("backfill", "incremental", "sweep")


def handlers(engine: Engine) -> Handlers:
    """What a worker runs.

    sync.run {"installation", "resource", "mode"?, "cause"?} · sync.refetch {"installation", "resource", "ids", "cause"?,
    "deleted"?} · write_back {"write_back"}. A verdict that is not COMPLETE is no failed job: the next schedule goes on.
    """

    async def run(job: Job) -> None:
        asked = job.payload
        mode = asked.get("mode") or "incremental"
        if mode not in MODES:
            raise ValueError(f"mode {mode!r} is none of {', '.join(MODES)}")
        try:
            await sync(
                engine, _org(job), UUID(asked["installation"]), asked["resource"], cast("Mode", mode),
                asked.get("cause") or "schedule",
            )  # fmt: skip
        except LeaseLost as error:  # the sync's lease, not the job's: another worker has it in hand
            raise RetryableError(str(error)) from error

    async def fetch_again(job: Job) -> None:
        asked = job.payload
        await refetch(
            engine, _org(job), UUID(asked["installation"]), asked["resource"], asked["ids"], asked.get("cause") or "webhook",
            deleted=bool(asked.get("deleted")),
        )  # fmt: skip

    async def write(job: Job) -> None:
        id = UUID(job.payload["write_back"])
        try:
            await perform(engine, _org(job), id)
        except Exception as error:
            if job.attempts >= job.max_attempts:
                await note_failure(engine, _org(job), id, str(error))
            raise

    return {"sync.run": run, "sync.refetch": fetch_again, "write_back": write}


def _org(job: Job) -> UUID:
    if job.org is None:
        raise ValueError(f"job {job.id} of kind {job.kind} belongs to no organisation")
    return job.org
