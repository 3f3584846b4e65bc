"""Signing in and out: with an API key, or by the one-time link that the operator's terminal shows."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from hub.access import authenticate
from hub.dashboard import session
from hub.dashboard.pages import PageRoute, render
from hub.errors import Forbidden, Unauthorized
from hub.web.house import TheHouse

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/sign-in")
async def sign_in_page(request: Request, house: TheHouse) -> Response:
    """The form, or the pages themselves for whoever is signed in."""
    if await session.session_of(request, house.db):
        return RedirectResponse("/", 303)
    return render(request, "sign_in.html", trouble=None)


@router.post("/sign-in")
async def sign_in(request: Request, house: TheHouse, key: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Look at the key, and give the browser a session in exchange. The key itself is not kept."""
    refuse_strangers(request)
    try:
        who = await authenticate(house.db, key.strip())
    except Unauthorized:
        return render(request, "sign_in.html", status=401, trouble="wrong_key")
    if not set(session.NEEDED) <= who.scopes:
        return render(request, "sign_in.html", status=403, trouble="weak_key")
    response = RedirectResponse("/", 303)
    session.sign_in(request, response, who.org, who.key)
    return response


@router.get("/welcome/{link}")
async def welcome(link: str, request: Request, house: TheHouse) -> Response:
    """A one-time link: the first visit signs in, any other is shown the form."""
    org = await session.redeem(house.db, link)
    if org is None:
        return render(request, "sign_in.html", status=410, trouble="used_link")
    response = RedirectResponse("/", 303)
    session.sign_in(request, response, org, None)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session in this browser."""
    refuse_strangers(request)
    response = RedirectResponse("/sign-in", 303)
    session.sign_out(request, response)
    return response


def refuse_strangers(request: Request) -> None:
    """A form counts only when one of our own pages sent it. Raises Forbidden.

    Browsers say where a form comes from, and no page can make them lie: Sec-Fetch-Site where the connection is secure or
    local, Origin everywhere.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    ours = site in ("same-origin", "none") if site else urlsplit(origin).netloc == request.headers.get("host")
    if not ours:
        raise Forbidden("This form was sent from another site.", hint="Open the page itself and send it again.")
