"""Messages: pages of them, newest first, and one with its payload and every attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.db.unit import Unit
from hub.errors import NotFound
from webhooks.log.attempts import Attempt, attempts_of
from webhooks.log.bounds import floor_of, message_id
from webhooks.log.payloads import data_of
from webhooks.states import WAITING, Cause, State

COLUMNS: Final = """
m.endpoint, m.event, m.position, m.type, m.state, m.due_at, m.attempts, m.cause, m.order_key, m.replay, m.created_at, m.ended_at
"""
#: The newest of each endpoint, then the newest of those: as cheap for an application of fifty as for one endpoint. The states
#: stand in the text, so that dead letters are found by their own index.
PAGE: Final = f"""
select m.* from unnest($2::uuid[]) as e(id) cross join lateral (
    select {COLUMNS} from message m
    where m.endpoint = e.id and m.org = $1 and m.event >= $3 and m.event <= $4 and ($5::text[] is null or m.type = any ($5))
        and ($6::uuid is null or (m.event, m.endpoint) < ($4, $6)) {{states}}
    order by m.event desc limit $7
) m order by m.event desc, m.endpoint desc limit $7
"""  # noqa: S608
LEAST, MOST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one endpoint. `due_at`: of the next attempt, while it waits."""

    endpoint: UUID
    event: UUID
    position: int
    type: str
    state: State
    due_at: datetime
    attempts: int
    cause: Cause
    order_key: str | None
    replay: UUID | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def id(self) -> str:
        """As in the header webhook-id."""
        return message_id(self.event)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with JSON text of its payload, None when that is gone, and its attempts, the first one first."""

    message: Message
    payload: str | None
    attempts: list[Attempt]


async def page(
    unit: Unit,
    endpoint: UUID | Sequence[UUID],
    *,
    states: Sequence[State] | None = None,
    types: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: tuple[UUID, UUID] | None = None,
    limit: int = 50,
) -> list[Message]:
    """Messages of one endpoint, or of several, the newest event first. `until` is not included.

    `cursor`: (event, endpoint) of the last message of the page before.
    """
    upto = UUID(int=floor_of(until).int - 1) if until else MOST
    endpoints = [endpoint] if isinstance(endpoint, UUID) else list(endpoint)
    wanted = f"and m.state in ({','.join(str(int(state)) for state in states)})" if states else ""
    if states and set(states) == {State.WAITING}:
        wanted = f"and {WAITING}"
    behind = None
    if cursor is not None and cursor[0] <= upto:
        upto, behind = cursor
    rows = await unit.fetch(
        PAGE.format(states=wanted), unit.org, endpoints, floor_of(since) if since else LEAST, upto,
        None if types is None else list(types), behind, limit,
    )  # fmt: skip
    return [_message(row) for row in rows]


async def get(unit: Unit, endpoint: UUID, event: UUID) -> Message:
    """Raises NotFound."""
    row = await unit.fetchrow(
        f"select {COLUMNS} from message m where m.org = $1 and m.endpoint = $2 and m.event = $3",  # noqa: S608
        unit.org, endpoint, event,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no message {message_id(event)} for this endpoint.", field="message")
    return _message(row)


async def show(unit: Unit, endpoint: UUID, event: UUID) -> Shown:
    """One message with all that is known of it. Raises NotFound."""
    message = await get(unit, endpoint, event)
    return Shown(message, await data_of(unit, event), await attempts_of(unit, endpoint, event))


def _message(row: Any) -> Message:
    return Message(**{**row, "state": State(row["state"]), "cause": Cause(row["cause"])})
