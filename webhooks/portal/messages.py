"""The pages of messages: a list with filters, one with its attempts, sending it again, sending a test."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from hub.web.paging import bad_cursor, pack, unpack
from webhooks.body import body_of
from webhooks.log import messages, resend
from webhooks.log.bounds import event_of, message_id
from webhooks.partners import testing, types
from webhooks.portal.letters import STATES, attempt_view, message_view, text_view
from webhooks.portal.pages import Looking, PortalRoute, Sent, back
from webhooks.portal.passes import PATH
from webhooks.portal.view import endpoint_view, mine

router = APIRouter(prefix=PATH, route_class=PortalRoute, include_in_schema=False)

MANY: Final = 30


@router.get("/endpoints/{endpoint}/messages")
async def listed(
    endpoint: UUID,
    visitor: Looking,
    state: Annotated[str, Query(max_length=20)] = "",
    type: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """Messages of the endpoint, the newest first."""
    t = visitor.t
    states = STATES.get(state)
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
        known = [one.name for one in await types.catalogue(unit)]
        rows = await messages.page(
            unit, endpoint, states=states, types=[type] if type else None, cursor=place_of(cursor, endpoint), limit=MANY + 1
        )
    shown = [message_view(t, row) for row in rows[:MANY]]
    told: dict[str, Any] = {"states": STATES, "state": state if states else "", "types": known, "type": type}
    older = pack(rows[MANY - 1].event) if len(rows) > MANY else None
    return visitor.page("messages.html", endpoint=endpoint_view(t, found), tab="messages", messages=shown, older=older, **told)


@router.get("/endpoints/{endpoint}/messages/{message}")
async def one(endpoint: UUID, message: str, visitor: Looking) -> Response:
    """One message: its payload, and every attempt with what came back."""
    t, event = visitor.t, event_of(message)
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
        shown = await messages.show(unit, endpoint, event)
        at = await unit.fetchval("select created_at from event where id = $1", event)
    body = body_of(shown.message.type, at, shown.payload.encode()) if shown.payload is not None and at is not None else None
    attempts = [attempt_view(t, attempt) for attempt in reversed(shown.attempts)]
    view = message_view(t, shown.message, payload=body is not None, enabled=found.enabled)
    # What is on its way can be followed, until it has arrived or has to wait for long.
    refresh = 3 if view.moving and found.enabled else None
    return visitor.page(
        "message.html", endpoint=endpoint_view(t, found), tab="messages", message=view, attempts=attempts,
        payload=text_view(body) if body is not None else None, refresh=refresh,
    )  # fmt: skip


@router.post("/endpoints/{endpoint}/messages/{message}/resend")
async def again(endpoint: UUID, message: str, visitor: Looking, _: Sent) -> Response:
    """Put it into line again."""
    event = event_of(message)
    async with visitor.house.db.org(visitor.visit.org) as unit:
        await mine(unit, visitor, endpoint)
        await resend.one(unit, endpoint, event)
    return back(f"/endpoints/{endpoint}/messages/{message_id(event)}", "resent", live=True)


@router.post("/endpoints/{endpoint}/test")
async def test(endpoint: UUID, visitor: Looking, form: Sent) -> Response:
    """Send the example of a type, and show what becomes of it."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        await mine(unit, visitor, endpoint)
        event = await testing.send(unit, endpoint, str(form.get("type", ""))[:200])
    return back(f"/endpoints/{endpoint}/messages/{message_id(event)}", "tested", live=True)


def place_of(cursor: str | None, endpoint: UUID) -> tuple[UUID, UUID] | None:
    """Where a page begins."""
    if cursor is None:
        return None
    try:
        return UUID(unpack(cursor, 1)[0]), endpoint
    except ValueError:
        raise bad_cursor(cursor) from None
