"""Coming in by a link, going out again, and the two files that the portal's pages load besides the hub's."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from hub.dashboard.assets import loaded, served
from hub.errors import Forbidden, NotFound, Unprocessable
from hub.web.house import TheHouse
from webhooks.portal.brand import brand_of, sheet
from webhooks.portal.colour import checked
from webhooks.portal.pages import STYLE, Looking, PortalRoute, Sent, written
from webhooks.portal.passes import PATH, exchange, give, leave, link_of, visit_of
from webhooks.portal.speech import speech_of

router = APIRouter(prefix=PATH, route_class=PortalRoute, include_in_schema=False)
files = APIRouter(prefix=PATH, include_in_schema=False)
rest = APIRouter(prefix=PATH, route_class=PortalRoute, include_in_schema=False)

FOR_EVER: Final = "public, max-age=31536000, immutable"


@router.get("/open/{token}")
async def look_at_link(token: str, request: Request, house: TheHouse) -> Response:
    """A button that opens the portal: programs that look at links on their way to somebody do not use them up.

    Links that have ended, were used, or never were look the same.
    """
    link = await link_of(house.db, token)
    if link is None or link.used:
        return await opened(token, request, house)
    async with house.db.org(link.org) as unit:
        brand = await brand_of(unit)
    return written(request, speech_of(request, link.language), "door.html", kind="ready", brand=brand)


@router.post("/open/{token}")
async def open_link(token: str, request: Request, house: TheHouse) -> Response:
    """Exchange a link for a session."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This form was sent from another site.")
    return await opened(token, request, house)


@router.post("/leave")
async def close(request: Request, house: TheHouse, visitor: Looking, _: Sent) -> Response:
    """End the session; back to where the visitor came from, when the link said where."""
    response = written(request, visitor.t, "door.html", kind="left", return_url=visitor.visit.return_url)
    await leave(request, response, house.db, visitor.visit)
    return response


@files.get("/assets/portal.css")
async def style(request: Request) -> Response:
    """What the portal adds to the hub's style."""
    return served(request, STYLE)


@files.get("/accent/{colour}.css")
async def accent(colour: str, request: Request) -> Response:
    """An accent as a stylesheet: the address names the colour, so it holds no secret and never changes."""
    try:
        found = loaded(sheet(checked(f"#{colour}")).encode(), ".css")
    except Unprocessable:
        raise NotFound(f"There is no accent {colour[:40]!r}.") from None
    response = served(request, found)
    response.headers["cache-control"] = FOR_EVER
    return response


@rest.api_route("/{address:path}", methods=["GET", "POST"])
async def nowhere(address: str) -> Response:
    """Any other address under /portal: told on a page. Asked last, after all the portal's routers."""
    raise NotFound(f"There is no page {address[:80]!r}.")


async def opened(token: str, request: Request, house: TheHouse) -> Response:
    """In by the link, or the page that says that it opens nothing any more."""
    session = await exchange(house.db, token, await visit_of(request, house.db))
    if session is None:
        return written(request, speech_of(request), "door.html", status=410, kind="spent")
    response = RedirectResponse(PATH, 303, {"cache-control": "no-store"})
    if session:
        give(request, response, session)
    return response
