"""A process that fans out until it is killed: `python -m tests.webhooks.fanning_process <database URL>`. Says `ready`."""

from __future__ import annotations

import asyncio
import sys

from hub.db.engine import Database
from webhooks.desk import Desk
from webhooks.fanout import fanning


async def main(url: str) -> None:
    db = Database(url)
    async with fanning(db, Desk(db)):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
