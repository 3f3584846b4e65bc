"""GET /v1/endpoints/{endpoint}/poll: messages for partners that would rather ask; with `wait` the answer comes with the next."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from hub.access import Caller
from hub.web.answers import answer, raw
from hub.web.caller import admitted, needs
from hub.web.described import REFUSALS, shows
from hub.web.house import TheHouse
from webhooks.poll import MOST, Pull, pull

router = APIRouter(prefix="/v1/endpoints", tags=["Webhooks"], responses=REFUSALS)

LONGEST_WAIT = 25  # seconds: below what proxies allow an answer to take
UNSETTLED = 0.2  # seconds between two looks while something waits to be fanned out
SETTLED = 5.0  # and while nothing does: a dispatcher may have been slower than the bell


class Bell(Protocol):
    """What the application rings when an organisation has a new event."""

    def expect(self, org: UUID) -> asyncio.Future[None]: ...


class PulledTold(BaseModel):
    """One message: its id, and the three fields of what is sent to others."""

    id: str
    position: int
    type: str
    timestamp: datetime
    data: Any = Field(description="As it is sent to others; null when the payload is gone.")


class PullTold(BaseModel):
    """Messages in the order of the log."""

    data: list[PulledTold]
    iterator: str = Field(description="Pass it the next time: no message is ever missed.")
    done: bool = Field(description="There was nothing more; ask again later.")


@router.get("/{endpoint}/poll", responses=shows(PullTold))
async def pull_messages(
    endpoint: UUID,
    request: Request,
    house: TheHouse,
    who: Annotated[Caller, needs("messages:read")],
    iterator: Annotated[str | None, Query(max_length=400, description="Of the answer before; none begins anew.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait when there is nothing yet.")] = 0,
) -> Response:
    """Messages of an endpoint, whether they are also sent or not. Receivers know them by their id."""
    bell: Bell = request.app.state.bell
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait
    while True:
        ring = bell.expect(who.org) if wait else None
        try:
            async with house.db.org(who.org) as unit:
                found = await pull(unit, endpoint, iterator, limit)
            left = deadline - loop.time()
            if found.messages or ring is None or left <= 0 or await request.is_disconnected():
                return answer(shown(found))
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ring), min(left, pause(found)))
        finally:
            if ring is not None:
                ring.cancel()
        iterator = found.iterator
        await admitted(request, "messages:read")  # a key that was revoked meanwhile hears nothing more


def pause(found: Pull) -> float:
    """Seconds until it is worth to look again, if the bell does not ring."""
    return 0.0 if not found.done else SETTLED if found.settled else UNSETTLED


def shown(found: Pull) -> dict[str, Any]:
    """An answer as callers see it."""
    rows = [
        {"id": one.id, "position": one.position, "type": one.type, "timestamp": one.timestamp, "data": raw(one.data)}
        for one in found.messages
    ]
    return {"data": rows, "iterator": found.iterator, "done": found.done}
