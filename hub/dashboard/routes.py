"""The pages: the shops and what they rest on, all runs, quarantine. Only for whoever is signed in."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from hub.dashboard import assets, door
from hub.dashboard.pages import PageRoute, SignedOut, render, speech_of
from hub.dashboard.session import Session, session_of
from hub.dashboard.speech import Speech
from hub.dashboard.view import RowView, RunView, ShopView, row_view, run_view, shop_view, state
from hub.db.unit import Unit
from hub.installations.installation import Installation
from hub.installations.listing import get, listing
from hub.sync import history
from hub.web.house import House, TheHouse
from hub.web.paging import pack, uuid_of

router = APIRouter(include_in_schema=False)
pages = APIRouter(route_class=PageRoute, include_in_schema=False)

FEW, MANY = 8, 40  # rows of a list on the overview, and on a page of its own
Before = Annotated[str | None, Query(max_length=400)]


async def visitor(request: Request, house: TheHouse) -> Session:
    """Whoever is signed in; anybody else is sent to the door."""
    session = await session_of(request, house.db)
    if session is None:
        raise SignedOut("Nobody is signed in.")
    return session


Visitor = Annotated[Session, Depends(visitor)]


@pages.get("/")
async def overview(request: Request, house: TheHouse, who: Visitor) -> Response:
    """Every shop with its latest verdicts, the latest runs, and what waits in quarantine."""
    t = speech_of(request)
    async with house.db.org(who.org) as unit:
        known = await listing(unit)
        waiting = await history.waiting(unit)
        shops = [await gathered(t, unit, house, shop, waiting.get(shop.id, 0)) for shop in known]
        runs, _ = await runs_of(t, unit, known, None, None, FEW)
        rows, _ = await rows_of(t, unit, known, None, None, FEW)
    told: dict[str, Any] = {"shops": shops, "state": state(t, shops), "runs": runs, "quarantine": rows}
    return render(request, "overview.html", signed_in=True, waiting=sum(waiting.values()), **told)


@pages.get("/shops/{shop}")
async def one_shop(shop: UUID, request: Request, house: TheHouse, who: Visitor, before: Before = None) -> Response:
    """One shop: its runs with their evidence, and its quarantine."""
    t = speech_of(request)
    async with house.db.org(who.org) as unit:
        found = await get(unit, shop)
        waiting = await history.waiting(unit)
        view = await gathered(t, unit, house, found, waiting.get(shop, 0))
        runs, older = await runs_of(t, unit, [found], shop, before, MANY)
        rows, _ = await rows_of(t, unit, [found], shop, None, MANY)
    told: dict[str, Any] = {"shop": view, "runs": runs, "older": older, "quarantine": rows}
    return render(request, "shop.html", signed_in=True, waiting=sum(waiting.values()), **told)


@pages.get("/runs")
async def all_runs(request: Request, house: TheHouse, who: Visitor, before: Before = None) -> Response:
    """Runs of all shops, the latest first."""
    t = speech_of(request)
    async with house.db.org(who.org) as unit:
        waiting = await history.waiting(unit)
        runs, older = await runs_of(t, unit, await listing(unit, disconnected=True), None, before, MANY)
    return render(request, "runs.html", signed_in=True, waiting=sum(waiting.values()), runs=runs, older=older)


@pages.get("/quarantine")
async def all_quarantine(request: Request, house: TheHouse, who: Visitor, before: Before = None) -> Response:
    """Quarantined rows of all shops, with their raw form and the reason."""
    t = speech_of(request)
    async with house.db.org(who.org) as unit:
        waiting = await history.waiting(unit)
        rows, older = await rows_of(t, unit, await listing(unit, disconnected=True), None, before, MANY)
    return render(request, "quarantine.html", signed_in=True, waiting=sum(waiting.values()), quarantine=rows, older=older)


async def gathered(t: Speech, unit: Unit, house: House, shop: Installation, waiting: int) -> ShopView:
    """One shop with its tiles. A connector that is not installed any more leaves its shop without tiles, not without page."""
    connector = house.registry.connectors.get(shop.connector)
    resources = connector.resources if connector else ()
    latest = {run.resource: run for run in await history.latest_runs(unit, shop.id)}
    by_kind: dict[str, int] = defaultdict(int)
    for row in await unit.fetch(
        "select kind, count(*) as n from record where installation = $1 and deleted_at is null group by kind", shop.id
    ):
        by_kind[row["kind"]] = row["n"]
    counts = {resource.name: by_kind[resource.kind] for resource in resources}
    title = connector.manifest.title if connector else shop.connector
    expires = connector.manifest.api_expires if connector else None
    return shop_view(t, shop, title, [resource.name for resource in resources], latest, counts, waiting, expires)


async def runs_of(
    t: Speech, unit: Unit, shops: list[Installation], shop: UUID | None, before: str | None, limit: int
) -> tuple[list[RunView], str | None]:
    """A page of runs, and the cursor to older ones."""
    by_id = {one.id: one for one in shops}
    found = await history.runs(unit, installation=shop, before=uuid_of(before), limit=limit + 1)
    older = pack(found[limit - 1].id) if len(found) > limit else None
    return [run_view(t, run, by_id.get(run.installation)) for run in found[:limit]], older


async def rows_of(
    t: Speech, unit: Unit, shops: list[Installation], shop: UUID | None, before: str | None, limit: int
) -> tuple[list[RowView], str | None]:
    """A page of quarantined rows with their raw form, and the cursor to older ones."""
    by_id = {one.id: one for one in shops}
    found = await history.quarantine(unit, installation=shop, before=uuid_of(before), limit=limit + 1, raw=True)
    older = pack(found[limit - 1].id) if len(found) > limit else None
    return [row_view(t, row, by_id.get(row.installation)) for row in found[:limit]], older


router.include_router(pages)
router.include_router(door.router)
router.include_router(assets.router)
