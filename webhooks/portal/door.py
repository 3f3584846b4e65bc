"""Coming in by a link, going out again, and the two files that the portal's pages load besides the hub's."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from hub.dashboard.assets import loaded, served
from hub.errors import NotFound, Unprocessable
from hub.web.house import TheHouse
from webhooks.portal.brand import sheet
from webhooks.portal.colour import checked
from webhooks.portal.pages import STYLE, Looking, PortalRoute, Sent, written
from webhooks.portal.passes import PATH, exchange, give, leave, visit_of
from webhooks.portal.speech import speech_of

router = APIRouter(prefix=PATH, route_class=PortalRoute, include_in_schema=False)
files = APIRouter(prefix=PATH, include_in_schema=False)

FOR_EVER: Final = "public, max-age=31536000, immutable"


@router.get("/open/{token}")
async def open_link(token: str, request: Request, house: TheHouse) -> Response:
    """Exchange a link for a session. Links that have ended, were used, or never were look the same."""
    session = await exchange(house.db, token, await visit_of(request, house.db))
    if session is None:
        return written(request, speech_of(request), "door.html", status=410, kind="spent")
    response = RedirectResponse(PATH, 303, {"cache-control": "no-store"})
    if session:
        give(request, response, session)
    return response


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
