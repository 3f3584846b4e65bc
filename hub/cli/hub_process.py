"""The whole hub in this process: API and page on a socket, worker and schedules beside them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.cli.house import House


@asynccontextmanager
async def hub_running(house: House, sock: socket.socket) -> AsyncIterator[asyncio.Future[None]]:
    """Serve and work while the block runs; the future given ends early only when one of them fails."""
    from hub.app import create_app
    from hub.cli.listen import serving
    from hub.worker import Worker

    app = create_app(house.settings, house.db)
    worker = Worker(house.db, house.registry, house.http, house.keys, house.settings)
    async with serving(app, sock) as server, worker.running() as work:
        yield asyncio.ensure_future(_first(server, work))


async def _first(*tasks: asyncio.Task[None]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
