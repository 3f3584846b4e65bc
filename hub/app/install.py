"""/install/{connector}: merchants connect their own shop, from the vendor's side. What is believed, the connector decides."""

from __future__ import annotations

from html import escape
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from hub.errors import ApiError, ConfigurationError, DatabaseUnreachable, HubError, NotFound
from hub.installations.welcome import welcome
from hub.ports import Arrival, Connector, Departure, Installs, Visit
from hub.web.answers import answer
from hub.web.envelope import envelope, hub_error, kind_of, request_id
from hub.web.house import House, TheHouse

router = APIRouter(prefix="/install", include_in_schema=False)

LONGEST: Final = 8_000  # characters of a query: more is no vendor's
PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Luneo Hub</title></head><body><p>{}</p></body></html>'
)


@router.get("/{connector}")
async def begin(connector: str, request: Request, house: TheHouse) -> Response:
    """The vendor sent a merchant."""
    try:
        _, door = door_of(house, connector)
        visit = visit_of(request, house, connector)
        return departing(door.install_begin(visit), visit)
    except HubError as error:
        return await told(request, error)


@router.get("/{connector}/callback")
async def back(connector: str, request: Request, house: TheHouse) -> Response:
    """The merchant is back with a permission: the shop is connected, and the browser goes on to the app."""
    try:
        vendor, door = door_of(house, connector)
        visit = visit_of(request, house, connector)
        arrival = door.install_back(visit)
        await settled(house, vendor, arrival)
        return departing(arrival.onward, visit)
    except HubError as error:
        return await told(request, error)


@router.post("/{connector}/token")
async def token(connector: str, request: Request, house: TheHouse) -> Response:
    """A page of ours inside the vendor's admin: connects the shop if it is not."""
    vendor, door = door_of(house, connector)
    try:
        return answer(await settled(house, vendor, door.install_token(visit_of(request, house, connector))))
    except HubError as error:
        wanted = door.install_refused(error)
        if wanted is None:
            raise
        status, headers = wanted
        return envelope(request, status, kind_of(error)[1], error.message, hint=error.hint, headers=headers)


def door_of(house: House, connector: str) -> tuple[Connector, Installs]:
    """The connector, and its door. Raises NotFound for one that has none."""
    vendor = house.registry.get(connector)
    if not isinstance(vendor, Installs):
        raise NotFound(f"{vendor.manifest.title} shops are connected from the hub's side:", hint="luneo connect.")
    return vendor, vendor


def visit_of(request: Request, house: House, connector: str) -> Visit:
    """The request as connectors see it. Raises ConfigurationError when nobody knows our address."""
    if house.settings.public_url is None:
        raise ConfigurationError("LUNEO_PUBLIC_URL is not set:", hint="vendors must know where to send merchants back to.")
    if len(request.scope["query_string"]) > LONGEST:
        raise NotFound("The address is too long to be a vendor's.")
    headers = {name.lower(): value for name, value in request.headers.items()}
    address = f"{house.settings.public_url.rstrip('/')}/install/{connector}"
    return Visit(request.query_params.multi_items(), headers, request.cookies, address)


async def settled(house: House, vendor: Connector, arrival: Arrival) -> dict[str, Any]:
    """The shop, connected, as its page is told."""
    shop = await welcome(house.db, house.registry, house.http, vendor, arrival, public_url=house.settings.public_url)
    return {"id": shop.id, "name": shop.name, "shop": shop.shop, "status": shop.status}


def departing(departure: Departure, visit: Visit) -> Response:
    """The answer to a browser: a page, or a way on. Its cookie is kept from scripts and goes to these addresses alone."""
    if departure.page is not None:
        response = Response(departure.page, 200, dict(departure.headers), "text/html; charset=utf-8")
    else:
        response = Response(None, 302, {**departure.headers, "location": departure.to or "/"})
    if departure.cookie is not None:
        name, value, seconds = departure.cookie
        address = urlsplit(visit.address)
        response.set_cookie(
            name, value, max_age=seconds, path=address.path, samesite="lax", httponly=True, secure=address.scheme == "https"
        )
    return response


async def told(request: Request, error: HubError) -> Response:
    """What went wrong, for a person where a browser asks, else in the envelope of all errors."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    status = error.status if isinstance(error, ApiError) else (await hub_error(request, error)).status_code
    ours = status == 500 or isinstance(error, DatabaseUnreachable)  # nothing that a merchant could do anything about
    words = f"Something went wrong on our side. Reference: {request_id(request)}" if ours else str(error)
    return Response(PAGE.format(escape(words)), status, None, "text/html; charset=utf-8")
