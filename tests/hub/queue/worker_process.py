"""A worker in a process of its own, to be killed: `python worker_process.py DATABASE_URL LEASE_SECONDS HANG_ON_ATTEMPT`.

Prints `started <attempt>` as a job begins. On attempts up to HANG_ON_ATTEMPT the handler never ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta

from hub.db.engine import Database
from hub.outbox import EventDraft, record
from hub.queue import Job, LocalRunner


async def main(url: str, lease: float, hang: int) -> None:
    db = Database(url)

    async def handle(job: Job) -> None:
        print("started", job.attempts, flush=True)
        if job.kind == "poison":
            os._exit(9)
        if job.attempts <= hang:
            await asyncio.sleep(3600)
        assert job.org is not None
        async with db.org(job.org) as unit:
            await record(unit, [EventDraft("job.ran", "api")])

    runner = LocalRunner(db, {"work": handle, "poison": handle}, poll=0.05, lease=timedelta(seconds=lease))
    await runner.run()


asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
