"""The dispatcher as a part of a process: with its sender, and as the intake of the process's own publishers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from webhooks.desk import desk_of
from webhooks.dispatch.work import working
from webhooks.fanout import fanning
from webhooks.send.sender import Sender

if TYPE_CHECKING:
    from hub.web.house import House


@asynccontextmanager
async def dispatching(house: House) -> AsyncIterator[None]:
    """While the block runs a dispatcher works, canonical events are fanned out, and what we publish here is handed over."""
    desk = desk_of(house.db)
    sender = Sender(allow=house.settings.egress_allow, allow_http=house.settings.allow_http)
    async with working(house.db, desk.book, sender) as work:
        desk.intake = work.dispatcher
        try:
            async with fanning(house.db, desk):
                yield
        finally:
            desk.intake = None
            await asyncio.sleep(0)
