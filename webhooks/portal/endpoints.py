"""The pages of endpoints: all of them, one of them, adding and changing one."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from hub.errors import Conflict, Forbidden, QuotaExceeded, Unprocessable
from hub.idempotency import begin, finish
from webhooks.log.health import COUNTED
from webhooks.partners import endpoints, types
from webhooks.partners.draft import EndpointDraft, policy_of
from webhooks.partners.endpoints import Endpoint
from webhooks.portal.form import ADVANCED, Fault, Typed, asked, families_of, faults_of, fresh, typed_from, typed_of
from webhooks.portal.health import health_of
from webhooks.portal.pages import Looking, PortalRoute, Sent, Visitor, back
from webhooks.portal.passes import PATH
from webhooks.portal.secret import OVERLAPS, old_secret_until, pass_on
from webhooks.portal.view import endpoint_view, mine

router = APIRouter(prefix=PATH, route_class=PortalRoute, include_in_schema=False)

FEW: Final = 20
REFUSALS: Final = (Unprocessable, Conflict, QuotaExceeded)


@router.get("")
async def overview(visitor: Looking, after: Annotated[UUID | None, Query()] = None) -> Response:
    """All endpoints of the application with their health."""
    t = visitor.t
    async with visitor.house.db.org(visitor.visit.org) as unit:
        known = await endpoints.list_of(unit, visitor.visit.application, after, FEW + 1)
        shown = [(endpoint_view(t, one), await health_of(unit, t, one)) for one in known[:FEW]]
    return visitor.page("overview.html", endpoints=shown, older=known[FEW - 1].id if len(known) > FEW else None)


@router.get("/endpoints/new")
async def new(visitor: Looking) -> Response:
    """An empty form."""
    return await form_page(visitor, None, fresh(), {})


@router.post("/endpoints/new")
async def create(visitor: Looking, form: Sent) -> Response:
    """Make the endpoint, and show its secret once. A form that is sent twice makes one endpoint."""
    typed = typed_from(form, None)
    values, faults = asked(typed, visitor.t)
    if faults:
        return await form_page(visitor, None, typed, faults)
    key = f"portal:{typed.once}"
    try:
        async with visitor.house.db.org(visitor.visit.org) as unit:
            if done := await begin(unit, key, b"portal"):
                return back(f"/endpoints/{done.body.decode()}")
            policy = policy_of(visitor.house.settings)
            made, secret = await endpoints.create(unit, visitor.visit.application, EndpointDraft(**values), policy=policy)
            await finish(unit, key, 303, "{}", str(made.id).encode())
    except REFUSALS as error:
        return await form_page(visitor, None, typed, faults_of(error, visitor.t))
    return pass_on(visitor, made.id, secret)


@router.get("/endpoints/{endpoint}")
async def one(endpoint: UUID, visitor: Looking) -> Response:
    """One endpoint: how it fares, what it gets, a test, its secret, its switch."""
    t = visitor.t
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
        health = await health_of(unit, t, found)
        told: dict[str, Any] = {
            "testable": [type.name for type in await types.catalogue(unit) if type.example is not None],
            "old_until": await old_secret_until(unit, endpoint),
        }
    view = endpoint_view(t, found)
    return visitor.page("endpoint.html", endpoint=view, tab="state", health=health, most=COUNTED, overlaps=OVERLAPS, **told)


@router.get("/endpoints/{endpoint}/edit")
async def edit(endpoint: UUID, visitor: Looking) -> Response:
    """Its settings to change."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
    return await form_page(visitor, found, typed_of(found), {})


@router.post("/endpoints/{endpoint}/edit")
async def change(endpoint: UUID, visitor: Looking, form: Sent) -> Response:
    """Change them. Messages that wait go to the new address."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
    typed = typed_from(form, found)
    values, faults = asked(typed, visitor.t)
    if faults:
        return await form_page(visitor, found, typed, faults)
    try:
        async with visitor.house.db.org(visitor.visit.org) as unit:
            await mine(unit, visitor, endpoint)
            await endpoints.update(unit, endpoint, values, policy=policy_of(visitor.house.settings))
    except REFUSALS as error:
        return await form_page(visitor, found, typed, faults_of(error, visitor.t))
    return back(f"/endpoints/{endpoint}", "saved")


@router.post("/endpoints/{endpoint}/disable")
async def disable(endpoint: UUID, visitor: Looking, _: Sent) -> Response:
    """Send nothing more for now."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        await mine(unit, visitor, endpoint)
        await endpoints.disable(unit, endpoint, "partner")
    return back(f"/endpoints/{endpoint}", "disabled")


@router.post("/endpoints/{endpoint}/enable")
async def enable(endpoint: UUID, visitor: Looking, _: Sent) -> Response:
    """Send again, beginning with what waits. What the sender switched off is the sender's to switch on."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
        if found.disabled_reason == "operator":
            raise Forbidden("The sender switched this endpoint off:", hint="ask the sender to switch it on.")
        await endpoints.enable(unit, endpoint)
    return back(f"/endpoints/{endpoint}", "enabled")


@router.get("/endpoints/{endpoint}/delete")
async def ask(endpoint: UUID, visitor: Looking) -> Response:
    """Ask first: it cannot be undone."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
    return visitor.page("delete.html", endpoint=endpoint_view(visitor.t, found), tab="")


@router.post("/endpoints/{endpoint}/delete")
async def delete(endpoint: UUID, visitor: Looking, _: Sent) -> Response:
    """Remove it."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        await mine(unit, visitor, endpoint)
        await endpoints.delete(unit, endpoint)
    return back("", "deleted")


async def form_page(visitor: Visitor, endpoint: Endpoint | None, typed: Typed, faults: dict[str, Fault]) -> Response:
    """The form as it stands, with what is wrong at its fields."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        families = families_of(await types.catalogue(unit), typed.types, visitor.t)
    view = endpoint_view(visitor.t, endpoint) if endpoint else None
    return visitor.page(
        "endpoint_form.html", status=422 if faults else 200,
        endpoint=view, tab="edit", typed=typed, faults=faults, families=families,
        unfolded=typed.advanced or not faults.keys().isdisjoint(ADVANCED),
    )  # fmt: skip
