"""A worker in a process of its own: `python budget_process.py DATABASE_URL ORG INSTALLATION COUNT RATE BURST`.

Prints the time (Unix seconds) of each request that the budget let through.
"""

from __future__ import annotations

import asyncio
import sys
import time
from uuid import UUID

from hub.budget import Budgets
from hub.db.engine import Database
from hub.ports import Limits


async def main(url: str, org: str, installation: str, count: int, limits: Limits) -> None:
    db = Database(url)
    budget = Budgets(db).for_installation(UUID(org), UUID(installation), limits)
    for _ in range(count):
        await budget()
        print(time.time(), flush=True)
    await db.close()


asyncio.run(main(*sys.argv[1:4], int(sys.argv[4]), Limits(float(sys.argv[5]), int(sys.argv[6]))))
