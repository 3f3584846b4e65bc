"""Send one message again: the same id and the same bytes, the schedule from its beginning."""

from __future__ import annotations

from uuid import UUID

from hub.db.unit import Unit
from hub.errors import Conflict
from webhooks.log.bounds import message_id
from webhooks.log.messages import Message, get
from webhooks.log.payloads import data_of
from webhooks.partners import endpoints
from webhooks.states import Cause, State


async def one(unit: Unit, endpoint: UUID, event: UUID) -> Message:
    """Put it into line at once. Raises NotFound; Conflict while it is on its way, without a payload or an address."""
    account = await endpoints.get(unit, endpoint)
    if account.url is None:
        raise Conflict(
            f"The endpoint {endpoint} has no address:", hint="it is pulled from; give it a url to send.", field="endpoint"
        )
    await unit.execute(
        "select from message where org = $1 and endpoint = $2 and event = $3 for update", unit.org, endpoint, event
    )
    known = await get(unit, endpoint, event)
    if known.state is State.HELD:
        raise Conflict(f"The message {message_id(event)} is on its way now:", hint="look again in a moment.", field="message")
    if await data_of(unit, event) is None:
        raise Conflict(
            f"The payload of {message_id(event)} is gone, so it cannot be sent again:",
            hint="payloads are kept for a while, or until they are expunged.", field="message",
        )  # fmt: skip
    await unit.execute(
        "update message set state = 0, owner = null, due_at = now(), cause = $4, step = 0, ended_at = null "
        "where org = $1 and endpoint = $2 and event = $3",
        unit.org, endpoint, event, Cause.RESEND,
    )  # fmt: skip
    await unit.execute("select pg_notify('luneo_message', '')")
    return await get(unit, endpoint, event)
