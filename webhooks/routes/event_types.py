"""/v1/event-types: the catalogue, the hub's own types and the organisation's; and what an event said, forgotten."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from hub.access import Caller
from hub.db.unit import Unit
from hub.web.answers import answer, encode, tagged
from hub.web.caller import needs
from hub.web.described import REFUSALS, Listed, shows
from hub.web.house import TheHouse
from hub.web.once import AtMostOnce
from webhooks import expunge
from webhooks.partners import types
from webhooks.partners.strict import Strict
from webhooks.partners.types import EventTypeShown

router = APIRouter(prefix="/v1", tags=["Webhooks"], responses=REFUSALS)

Reader = Annotated[Caller, needs("events:read")]
Editor = Annotated[Caller, needs("events:write")]
Name = Annotated[str, Path(max_length=128, examples=["stock.low"])]

SCHEMA: JsonDict = {"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]}
EXAMPLE: JsonDict = {"name": "stock_desk.low", "description": "Stock runs low.", "schema": SCHEMA, "example": {"sku": "LAMP-1"}}


class ChangedType(Strict):
    """What is to change; what is not named stays."""

    model_config = ConfigDict(populate_by_name=True)

    description: str = ""
    schema_: dict[str, Any] | None = Field(
        None, alias="schema", description="JSON Schema (draft 2020-12) of the data; null for anything. Publishing checks it."
    )
    example: dict[str, Any] | None = Field(None, description="Such data; sent by a test.")


class NewType(ChangedType):
    """An event type of your own."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [EXAMPLE]})

    name: str = Field(description="Small letters, digits and underscores with dots between; not of the hub's own families.")


@router.get("/event-types", responses=shows(Listed[EventTypeShown]))
async def list_event_types(
    request: Request, house: TheHouse, who: Reader, archived: Annotated[bool, Query(description="Also archived ones.")] = False
) -> Response:
    """All event types with the JSON Schema of their data and an example: the hub's, then your own."""
    async with house.db.org(who.org) as unit:
        found = await types.catalogue(unit, archived=archived)
    return tagged(request, encode({"data": [asdict(one) for one in found], "next_cursor": None}))


@router.post("/event-types", status_code=201, responses=shows(EventTypeShown, 201))
async def create_an_event_type(body: NewType, who: Editor, once: AtMostOnce) -> Response:
    """An event type of your own. One that was archived comes back as it is told here."""

    async def act(unit: Unit) -> Response:
        made = await types.create(unit, body.name, body.description, body.schema_, body.example)
        return answer(asdict(made), 201, {"location": f"/v1/event-types/{made.name}"})

    return await once.within(who, act)


@router.get("/event-types/{name}", responses=shows(EventTypeShown))
async def get_an_event_type(name: Name, request: Request, house: TheHouse, who: Reader) -> Response:
    """One event type."""
    async with house.db.org(who.org) as unit:
        return tagged(request, encode(asdict(await types.get(unit, name))))


@router.patch("/event-types/{name}", responses=shows(EventTypeShown))
async def change_an_event_type(name: Name, body: ChangedType, house: TheHouse, who: Editor) -> Response:
    """Change description, schema or example of one of your own."""
    async with house.db.org(who.org) as unit:
        return answer(asdict(await types.update(unit, name, body.model_dump(exclude_unset=True, by_alias=True))))


@router.delete("/event-types/{name}", responses=shows(EventTypeShown))
async def archive_an_event_type(name: Name, house: TheHouse, who: Editor) -> Response:
    """Archive one of your own: nothing of it can be published any more. Creating it again brings it back."""
    async with house.db.org(who.org) as unit:
        return answer(asdict(await types.archive(unit, name)))


@router.delete("/events/{event}", status_code=204)
async def expunge_an_event(event: UUID, house: TheHouse, who: Editor) -> Response:
    """Forget what an event said: its data, what is to be sent of it, and what was answered to it. Its place in the log stays."""
    async with house.db.org(who.org) as unit:
        await expunge.event(unit, event)
    return Response(None, 204)
