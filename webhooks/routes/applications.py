"""/v1/applications: the partners of the caller's organisation. A path names one by its id or by its uid."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field

from hub.access import Caller
from hub.db.unit import Unit
from hub.web.answers import answer
from hub.web.caller import needs
from hub.web.described import REFUSALS, Listed, shows
from hub.web.house import TheHouse
from hub.web.once import AtMostOnce
from hub.web.paging import Cursor, Limit, pack, uuid_of
from webhooks.partners import applications
from webhooks.partners.applications import Application
from webhooks.partners.strict import Strict

router = APIRouter(prefix="/v1/applications", tags=["Webhooks"], responses=REFUSALS)

Reader = Annotated[Caller, needs("applications:read")]
Editor = Annotated[Caller, needs("applications:write")]
Which = Annotated[str, Path(max_length=128, description="Its id or its uid.")]


class NewApplication(Strict):
    """One partner's account."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Atelier Nord", "uid": "nord"}]})

    name: str
    uid: str | None = Field(None, description="Your own name for it, which may then stand in addresses.")
    metadata: dict[str, str] = Field(default_factory=dict)


class ChangedApplication(Strict):
    """What is to change; what is not named stays."""

    name: str = ""
    uid: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


@router.post("", status_code=201, responses=shows(Application, 201))
async def create_an_application(body: NewApplication, who: Editor, once: AtMostOnce) -> Response:
    """A new partner."""

    async def act(unit: Unit) -> Response:
        made = await applications.create(unit, body.name, body.uid, body.metadata)
        return answer(asdict(made), 201, {"location": f"/v1/applications/{made.id}"})

    return await once.within(who, act)


@router.get("", responses=shows(Listed[Application]))
async def list_applications(house: TheHouse, who: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All partners, the oldest first."""
    async with house.db.org(who.org) as unit:
        found = await applications.list_of(unit, uuid_of(cursor), limit + 1)
    return listed([asdict(one) for one in found], limit)


@router.get("/{application}", responses=shows(Application))
async def get_an_application(application: Which, house: TheHouse, who: Reader) -> Response:
    """One partner."""
    async with house.db.org(who.org) as unit:
        return answer(asdict(await applications.get(unit, application)))


@router.patch("/{application}", responses=shows(Application))
async def change_an_application(application: Which, body: ChangedApplication, house: TheHouse, who: Editor) -> Response:
    """Change name, uid or metadata."""
    async with house.db.org(who.org) as unit:
        return answer(asdict(await applications.update(unit, application, body.model_dump(exclude_unset=True))))


@router.delete("/{application}", status_code=204)
async def delete_an_application(application: Which, house: TheHouse, who: Editor) -> Response:
    """Remove a partner: nothing more is sent from now on; messages and attempts are deleted within hours."""
    async with house.db.org(who.org) as unit:
        await applications.delete(unit, application)
    return Response(None, 204)


def listed(rows: list[dict[str, Any]], limit: int) -> Response:
    """A page of rows whose ids grow with time; one more than `limit` was asked for, to know whether there are more."""
    shown = rows[:limit]
    return answer({"data": shown, "next_cursor": pack(shown[-1]["id"]) if len(rows) > limit else None})
