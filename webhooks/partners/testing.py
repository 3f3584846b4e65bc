"""A test message: the example of an event type, sent to one endpoint, whatever that subscribes to."""

from __future__ import annotations

from uuid import UUID

import msgspec

from hub.db.unit import Unit
from hub.errors import Conflict
from hub.outbox import EventDraft, append
from webhooks.partners import endpoints, types
from webhooks.partners.bounds import refused
from webhooks.states import Cause


async def send(unit: Unit, endpoint: UUID, type: str) -> UUID:
    """Put the type's example into line for this endpoint alone; answers the event.

    Raises NotFound; Unprocessable for an unknown type and for one without an example; Conflict for a disabled endpoint.
    """
    known = await endpoints.get(unit, endpoint)
    if not known.enabled:
        hint = "give it a url first." if known.url is None else "enable it first."
        raise Conflict(f"The endpoint {endpoint} is disabled, so nothing is sent:", hint=hint, field="endpoint")
    if type not in await types.known_names(unit):
        raise refused("/type", type, "there is no such event type", "GET /v1/event-types lists them.")
    example = (await types.get(unit, type)).example
    if example is None:
        raise refused("/type", type, "has no example", f"add one: PATCH /v1/event-types/{type}.")
    told = await append(unit, [EventDraft(type, "api", data=msgspec.json.encode(example), audience=known.application)])
    await unit.execute(
        "insert into message (org, endpoint, event, position, type, state, cause) values ($1, $2, $3, $4, $5, 0, $6)",
        unit.org, endpoint, told.ids[0], told.position, type, Cause.TEST,
    )  # fmt: skip
    await unit.execute("select pg_notify('luneo_message', '')")
    return told.ids[0]
