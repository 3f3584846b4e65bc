"""A worker process for the tests: its one kind of job writes a line into the table `effect`, and is finished with it.

Run as `python -m tests.hub.worker.counting_worker DATABASE_URL [REDIS_URL]`.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from hub.db.engine import Database
from hub.queue import Job, finish
from hub.worker.local import working
from hub.worker.scaled_out import working_with_redis


async def main(url: str, redis_url: str | None) -> None:
    db = Database(url)

    async def count(job: Job) -> None:
        await asyncio.sleep(job.payload.get("takes", 0))
        async with db.system() as unit:
            await unit.execute("insert into effect (number, worker) values ($1, $2)", job.payload["number"], job.lease_owner)
            await finish(unit, job)

    handlers = {"test.count": count, "sync.run": count}  # the second in the lane of long jobs
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    room = working_with_redis(db, handlers, [], redis_url) if redis_url else working(db, handlers)
    async with room as work:
        print("ready", flush=True)
        ended = asyncio.create_task(stop.wait())
        await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
