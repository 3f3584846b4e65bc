"""Syncs, runs and quarantine over HTTP: start one, see what came of it, look at what was put aside and try it again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.access import Caller
from hub.db.unit import Unit
from hub.errors import Unprocessable
from hub.installations.installation import refuse_closed
from hub.installations.listing import get
from hub.queue import enqueue
from hub.sync import history
from hub.sync.history import Quarantined, Run
from hub.sync.replay import replay
from hub.web.answers import answer
from hub.web.caller import needs
from hub.web.house import TheHouse
from hub.web.once import AtMostOnce
from hub.web.paging import Cursor, Limit, pack, uuid_of

router = APIRouter(prefix="/v1")


class Sync(BaseModel):
    """What to sync: everything, unless a resource is named."""

    model_config = ConfigDict(extra="forbid")

    resource: str | None = Field(None, max_length=60, examples=["products"])
    mode: Literal["backfill", "incremental", "sweep"] | None = Field(
        None, description="Without it: incremental where the hub has read the resource before, else a backfill."
    )


@router.post("/installations/{installation}/sync", status_code=202, tags=["Runs"])
async def start_a_sync(
    installation: UUID, body: Sync, house: TheHouse, who: Annotated[Caller, needs("runs:write")], once: AtMostOnce
) -> Response:
    """Start a sync. One of the same resource that is under way is joined, not doubled; GET /v1/runs tells how it goes."""

    async def act(unit: Unit) -> Response:
        shop = await get(unit, installation)
        refuse_closed(shop)
        names = [resource.name for resource in house.registry.get(shop.connector).resources]
        if body.resource is not None and body.resource not in names:
            raise Unprocessable(
                f"/resource {body.resource!r}: {shop.connector} has none of that name:",
                hint=f"choose of {', '.join(names)}.",
                field="/resource",
            )
        jobs = {}
        for resource in [body.resource] if body.resource else names:
            asked = {"installation": str(installation), "resource": resource, "mode": body.mode, "cause": "api"}
            jobs[resource] = await enqueue(unit, "sync.run", asked, key=f"{installation}:{resource}")
        return answer({"jobs": jobs}, 202)

    return await once.within(who, act)


@router.get("/runs", tags=["Runs"])
async def list_runs(
    house: TheHouse,
    who: Annotated[Caller, needs("runs:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    installation: UUID | None = None,
    resource: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """Runs with their verdicts, the latest first."""
    async with house.db.org(who.org) as unit:
        found = await history.runs(unit, installation=installation, resource=resource, before=uuid_of(cursor), limit=limit + 1)
    return page([public_run(run) for run in found], limit)


@router.get("/runs/{id}", tags=["Runs"])
async def get_a_run(id: UUID, house: TheHouse, who: Annotated[Caller, needs("runs:read")]) -> Response:
    """One run with its evidence."""
    async with house.db.org(who.org) as unit:
        return answer(public_run(await history.run(unit, id)))


@router.get("/quarantine", tags=["Quarantine"])
async def list_quarantine(
    house: TheHouse,
    who: Annotated[Caller, needs("quarantine:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    installation: UUID | None = None,
    resolved: Annotated[bool, Query(description="Also rows that went through later.")] = False,
) -> Response:
    """Rows that could not be mapped, with the reason, the latest first."""
    async with house.db.org(who.org) as unit:
        found = await history.quarantine(
            unit, installation=installation, resolved=resolved, before=uuid_of(cursor), limit=limit + 1
        )
    return page([public_row(row) for row in found], limit)


@router.get("/quarantine/{id}", tags=["Quarantine"])
async def get_a_quarantined_row(id: UUID, house: TheHouse, who: Annotated[Caller, needs("quarantine:read")]) -> Response:
    """One row with its raw form, as the shop sent it."""
    async with house.db.org(who.org) as unit:
        return answer(public_row(await history.quarantined(unit, id)))


@router.post("/quarantine/{id}/replay", tags=["Quarantine"])
async def try_again(id: UUID, house: TheHouse, who: Annotated[Caller, needs("quarantine:write")], once: AtMostOnce) -> Response:
    """Run the current mapping over the row that was kept. The answer says whether it goes through now, and if not, why."""

    async def act(unit: Unit) -> Response:
        (outcome,) = await replay(unit, house.registry, [id])
        return answer(asdict(outcome))

    return await once.within(who, act)


def page(found: list[dict[str, Any]], limit: int) -> Response:
    """A page of rows whose ids grow with time; one more than `limit` was asked for, to know whether there are more."""
    shown = found[:limit]
    return answer({"data": shown, "next_cursor": pack(shown[-1]["id"]) if len(found) > limit else None})


def public_run(run: Run) -> dict[str, Any]:
    """A run as callers see it."""
    return asdict(run)


def public_row(row: Quarantined) -> dict[str, Any]:
    """A quarantined row as callers see it. `raw` is JSON where it is JSON, else `raw_text`."""
    told = {key: value for key, value in asdict(row).items() if key != "raw"}
    if row.raw:
        told["raw"], *told["children"] = map(as_json, row.raw)
    return told


def as_json(raw: bytes) -> msgspec.Raw | str:
    """A raw object as the JSON that it is; one that is not even that as a text."""
    try:
        msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return raw.decode("utf-8", "replace")
    return msgspec.Raw(raw)
