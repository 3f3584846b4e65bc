"""Messages of an endpoint over HTTP: lists, one with its attempts, dead letters, sending again, a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from hub.access import Caller
from hub.db.unit import Unit
from hub.errors import Unprocessable
from hub.web.answers import answer
from hub.web.caller import needs
from hub.web.described import REFUSALS, Listed, shows
from hub.web.house import TheHouse
from hub.web.once import AtMostOnce
from hub.web.paging import Cursor, Limit, bad_cursor, pack, unpack
from webhooks.log import attempts, messages, resend
from webhooks.log.bounds import event_of
from webhooks.log.messages import Message
from webhooks.partners import endpoints, testing
from webhooks.partners.strict import Moment, Strict
from webhooks.partners.types import NAME
from webhooks.routes import told
from webhooks.routes.applications import Which
from webhooks.routes.told import AttemptTold, MessageTold, MessageWhole
from webhooks.states import State

router = APIRouter(prefix="/v1", tags=["Webhooks"], responses=REFUSALS)

Reader = Annotated[Caller, needs("messages:read")]
Editor = Annotated[Caller, needs("messages:write")]
Which_Message = Annotated[str, Path(alias="message", max_length=80, description="`msg_…`, or the event's id.")]
States = Annotated[str | None, Query(alias="state", max_length=100, description="Only these, comma separated: waiting,dead,….")]
Types = Annotated[str | None, Query(alias="type", max_length=2000, description="Only these event types, comma separated.")]
Since = Annotated[Moment | None, Query(description="Only events from then on.")]
Until = Annotated[Moment | None, Query(description="Only events before.")]


class Test(Strict):
    """Which type's example to send."""

    type: str = Field(max_length=128, examples=["product.updated"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages, and which page of them: what may be asked of every list of messages."""

    limit: Limit = 50
    cursor: Cursor = None
    states: States = None
    types: Types = None
    since: Since = None
    until: Until = None

    async def page(self, unit: Unit, endpoints: UUID | list[UUID]) -> Response:
        """Of these endpoints' messages. Raises Unprocessable."""
        found = await messages.page(
            unit, endpoints, states=chosen(self.states), types=names(self.types), since=self.since, until=self.until,
            cursor=place(self.cursor), limit=self.limit + 1,
        )  # fmt: skip
        return listed(found, self.limit)


Page = Annotated[Wanted, Depends()]


@router.get("/applications/{application}/messages", responses=shows(Listed[MessageTold]))
async def list_messages_of_an_application(application: Which, house: TheHouse, who: Reader, wanted: Page) -> Response:
    """Messages of all endpoints of a partner, the newest event first."""
    async with house.db.org(who.org) as unit:
        known = await endpoints.list_of(unit, application, limit=endpoints.MOST)
        return await wanted.page(unit, [one.id for one in known])


@router.get("/endpoints/{endpoint}/messages", responses=shows(Listed[MessageTold]))
async def list_messages(endpoint: UUID, house: TheHouse, who: Reader, wanted: Page) -> Response:
    """Messages of an endpoint, the newest event first."""
    async with house.db.org(who.org) as unit:
        await endpoints.get(unit, endpoint)
        return await wanted.page(unit, endpoint)


@router.get("/endpoints/{endpoint}/dead-letters", responses=shows(Listed[MessageTold]))
async def list_dead_letters(endpoint: UUID, house: TheHouse, who: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Messages that were given up, the newest event first. Send one again, or replay a span of them."""
    behind = place(cursor)
    async with house.db.org(who.org) as unit:
        await endpoints.get(unit, endpoint)
        found = await messages.page(unit, endpoint, states=[State.DEAD], cursor=behind, limit=limit + 1)
    return listed(found, limit)


@router.get("/endpoints/{endpoint}/messages/{message}", responses=shows(MessageWhole))
async def get_a_message(endpoint: UUID, message: Which_Message, house: TheHouse, who: Reader) -> Response:
    """One message with its payload and every attempt."""
    async with house.db.org(who.org) as unit:
        await endpoints.get(unit, endpoint)
        return answer(told.whole(await messages.show(unit, endpoint, event_of(message))))


@router.get("/endpoints/{endpoint}/messages/{message}/attempts", responses=shows(Listed[AttemptTold]))
async def list_attempts(endpoint: UUID, message: Which_Message, house: TheHouse, who: Reader) -> Response:
    """The attempts of a message, the first one first."""
    event = event_of(message)
    async with house.db.org(who.org) as unit:
        await endpoints.get(unit, endpoint)
        await messages.get(unit, endpoint, event)
        found = await attempts.attempts_of(unit, endpoint, event)
    return answer({"data": [told.attempt(one) for one in found], "next_cursor": None})


@router.post("/endpoints/{endpoint}/messages/{message}/resend", status_code=202, responses=shows(MessageTold, 202))
async def send_a_message_again(endpoint: UUID, message: Which_Message, who: Editor, once: AtMostOnce) -> Response:
    """Put a message into line at once: the same id and the same bytes, the retry schedule from its beginning."""

    async def act(unit: Unit) -> Response:
        return answer(told.message(await resend.one(unit, endpoint, event_of(message))), 202)

    return await once.within(who, act)


@router.post("/endpoints/{endpoint}/test", status_code=202, responses=shows(MessageTold, 202))
async def send_a_test(endpoint: UUID, body: Test, who: Editor, once: AtMostOnce) -> Response:
    """Send the example of an event type to this endpoint, whatever it subscribes to."""

    async def act(unit: Unit) -> Response:
        event = await testing.send(unit, endpoint, body.type)
        return answer(told.message(await messages.get(unit, endpoint, event)), 202)

    return await once.within(who, act)


def listed(found: list[Message], limit: int) -> Response:
    """A page; one more than `limit` was asked for, to know whether there are more."""
    shown = found[:limit]
    rows: list[dict[str, Any]] = [told.message(one) for one in shown]
    return answer({"data": rows, "next_cursor": pack(shown[-1].event, shown[-1].endpoint) if len(found) > limit else None})


def place(cursor: str | None) -> tuple[UUID, UUID] | None:
    """(event, endpoint) in a cursor."""
    if cursor is None:
        return None
    try:
        event, endpoint = (UUID(part) for part in unpack(cursor, 2))
    except ValueError:
        raise bad_cursor(cursor) from None
    return event, endpoint


def chosen(states: str | None) -> list[State] | None:
    """The states asked for. Raises Unprocessable for an unknown one."""
    if (wanted := words(states)) is None:
        return None
    known = {state.name.lower(): state for state in State}
    for word in wanted:
        if word not in known:
            raise Unprocessable(f"state {word!r}: there is no such state:", hint=f"choose of {', '.join(known)}.", field="state")
    return [known[word] for word in wanted]


def words(text: str | None) -> list[str] | None:
    """Comma separated words; None for none."""
    if text is None or not (found := [word.strip() for word in text.split(",") if word.strip()]):
        return None
    return found


def names(text: str | None) -> list[str] | None:
    """Event types, comma separated. Raises Unprocessable for what can be none."""
    found = words(text)
    for word in found or ():
        if not NAME.fullmatch(word):
            hint = "write names such as product.updated, with commas between."
            raise Unprocessable(f"type {word[:80]!r} is no event type:", hint=hint, field="type")
    return found
