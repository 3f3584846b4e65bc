"""The whole hub in this process: API and page on a socket, worker, dispatcher and schedules beside them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.cli.house import House


@dataclass(slots=True)
class Hub:
    """A hub at work. `ended` is done early only when a part of it fails, with that part's error."""

    house: House
    ended: asyncio.Task[None]
    _plans: set[asyncio.Task[None]] = field(default_factory=set)

    def plan(self) -> None:
        """Begin with the schedules: every shop synced every few minutes, swept at night."""
        from hub.worker.schedules import chores_of, keep_planning

        known = self.house.registry
        work = keep_planning(self.house.db, list(known.connectors.values()), chores_of(known.plugins.values()))
        self._plans.add(asyncio.create_task(work))

    async def until(self, stop: asyncio.Event) -> None:
        """Stay up until `stop` is set, or raise what made a part fail."""
        await first(self.ended, stop)

    async def close(self) -> None:
        for task in (self.ended, *self._plans):
            task.cancel()
        await asyncio.gather(self.ended, *self._plans, return_exceptions=True)


@asynccontextmanager
async def hub_running(house: House, sock: socket.socket) -> AsyncIterator[Hub]:
    """Serve, work and dispatch while the block runs; the schedules begin when the hub is told to `plan`."""
    from hub.app import create_app
    from hub.app.create import parts
    from hub.cli.listen import serving
    from hub.web import house as web
    from hub.worker.handlers import handlers
    from hub.worker.local import working

    inside = web.House(house.settings, house.db, house.registry, house.http)
    async with AsyncExitStack() as stack:
        for part in parts(inside, "dispatch"):  # before the server: what it accepts goes straight into their hands
            await stack.enter_async_context(part)
        server = await stack.enter_async_context(serving(create_app(house=inside), sock))
        jobs = handlers(house.db, house.registry, house.http, house.settings)
        work = await stack.enter_async_context(working(house.db, jobs))
        hub = Hub(house, asyncio.create_task(_either(server, work)))
        try:
            yield hub
        finally:
            await hub.close()


async def first(work: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Wait until we are asked to stop or the work ends by itself; raises what ended it."""
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if work.done():
        work.result()


async def _either(*tasks: asyncio.Task[None]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
