"""A dispatcher in a process of its own: `python dispatcher_process.py <database url> <host:port> …`. SIGTERM stops it cleanly."""

from __future__ import annotations

import asyncio
import signal
import sys

from hub.db.engine import Database
from webhooks.book import Book
from webhooks.dispatch.work import working
from webhooks.send.sender import Sender


async def main(url: str, allow: list[str]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    db = Database(url)
    async with working(db, Book(db), Sender(allow=allow, allow_http=False)) as work:
        print(work.lease.id, flush=True)
        await stop.wait()
    await db.close()


asyncio.run(main(sys.argv[1], sys.argv[2:]))
