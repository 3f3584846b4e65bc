"""Templates become portal pages: in the visitor's language, in the organisation's colour, under the strict content policy."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import asyncpg
import structlog
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from hub.dashboard.assets import Asset, address, asset, loaded
from hub.dashboard.speech import LANGUAGES
from hub.errors import ApiError, ConfigurationError, Forbidden, HubError, Unauthorized
from hub.web.edge import PAGE_POLICY
from hub.web.envelope import gone, request_id
from hub.web.house import House, TheHouse
from webhooks.portal.brand import Brand, brand_of
from webhooks.portal.passes import PATH, Visit, visit_of
from webhooks.portal.speech import COOKIE, Said, speech_of

log = structlog.get_logger("webhooks.portal")

HERE: Final = Path(__file__).parent
STYLE: Final[Asset] = loaded((HERE / "static" / "portal.css").read_bytes(), ".css")
MOST_FIELDS: Final = 300  # of a form

MOST_FORM: Final = 1 << 20  # bytes; a larger one is read to its end, so that its sender sees the page that refuses it
MOST_READ: Final = 16 << 20  # and no further: whoever sends that looks at no page

KINDS: Final = {
    400: "form", 401: "refused", 403: "refused", 404: "missing", 405: "missing", 409: "conflict", 413: "large", 422: "missing",
}  # fmt: skip
#: An address that is none of ours; a text that the database has no characters for, such as a NUL.
UNREADABLE: Final = (RequestValidationError, asyncpg.DataError)

_environment: Final = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(
    asset=address,
    has_asset=lambda name: asset(name) is not None,
    style=f"{PATH}/assets/portal.css?v={STYLE.tag}",
    at=PATH,
)

_HEADERS: Final = {
    "content-security-policy": PAGE_POLICY,
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "vary": "accept-language, cookie",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page, and everything that every page says about them."""

    request: Request
    house: House
    visit: Visit
    brand: Brand
    application: str  # its name
    t: Said

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page of this visitor's."""
        done = self.request.query_params.get("done")
        notice = f"done.{done}" if done and self.t.knows(f"done.{done}") else None
        known = {"visit": self.visit, "brand": self.brand, "application": self.application, "notice": notice}
        return written(self.request, self.t, template, status=status, **known, **values)


class SignedOut(Unauthorized):
    """No session: shown what to do, not an error."""


async def visitor_of(request: Request, house: TheHouse) -> Visitor:
    """The session behind this request. Raises SignedOut without one."""
    visit = await visit_of(request, house.db)
    if visit is None:
        raise SignedOut("Nobody is signed in.")
    async with house.db.org(visit.org) as unit:
        brand = await brand_of(unit)
        name = await unit.fetchval("select name from application where id = $1", visit.application)
    return Visitor(request, house, visit, brand, name or "", speech_of(request, visit.language))


Looking = Annotated[Visitor, Depends(visitor_of)]


async def form_of(request: Request, visitor: Looking) -> FormData:
    """A form that one of this session's own pages sent. Raises Forbidden for any other.

    Our pages tell nobody where they are (referrer-policy), so a browser hides the form's origin from us too: the token in the
    form is what counts.
    """
    if int(request.headers.get("content-length", 0)) > MOST_FORM:
        async for _ in request.stream():
            pass
        raise HTTPException(413)
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    token = form.get("form")
    ours = isinstance(token, str) and hmac.compare_digest(token.encode(), visitor.visit.form_token.encode())
    if not ours or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This form was sent from another site.", hint="Open the page itself and send it again.")
    return form


Sent = Annotated[FormData, Depends(form_of)]


def back(path: str, done: str | None = None, *, live: bool = False) -> Response:
    """On to a page of the portal, after something was done. 303: reloading it does nothing twice. live: it follows at once."""
    query = urlencode({name: value for name, value in (("done", done), ("live", "1" if live else None)) if value})
    return RedirectResponse(f"{PATH}{path}{f'?{query}' if query else ''}", 303)


def written(request: Request, t: Said, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page as an answer. A language chosen in the address is remembered.

    refresh: seconds after which the page looks again, if its visitor wishes so (`?live=1`): a page that reloads by itself moves
    the ground under those who listen to it, so each can be stopped.
    """
    refresh = values.pop("refresh", None)
    live = None if refresh is None else request.query_params.get("live") == "1"
    told = {"visit": None, "brand": None, "application": "", "notice": None, "live": live, **values}
    keep = [(key, value) for key, value in request.query_params.multi_items() if key not in ("lang", "done")]
    page = _environment.get_template(template).render(told, t=t, path=request.url.path.removeprefix(PATH) or "/", query=keep)
    response = Response(page, status, {**_HEADERS, "content-language": t.language}, "text/html; charset=utf-8")
    if live:
        response.headers["refresh"] = f"{refresh}; url={request.url.path}?live=1"
    if request.query_params.get("lang") in LANGUAGES:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, t.language, max_age=31_536_000, path=PATH, samesite="lax", httponly=True, secure=secure)
    return response


class PortalRoute(APIRoute):
    """A route for people: what goes wrong is told on a page, not in JSON."""

    def __init__(self, *place: Any, **more: Any) -> None:
        super().__init__(*place, **{**more, "max_body_size": MOST_READ})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except SignedOut:
                return written(request, speech_of(request), "door.html", status=403, kind="closed")
            except (HubError, HTTPException, OSError) as error:
                return await trouble(request, error)
            except Exception as error:
                if not gone(error) and not isinstance(error, UNREADABLE):
                    log.exception("page_failed", path=request.url.path)
                return await trouble(request, error)

        return handled


async def trouble(request: Request, error: Exception) -> Response:
    """The page for an error: what it is, what to do, and the id under which the log tells the rest."""
    if isinstance(error, ConfigurationError) or gone(error):
        status, kind = 503, "away"
    elif isinstance(error, UNREADABLE):
        status, kind = 404, "missing"
    elif isinstance(error, ApiError | HTTPException):
        status = error.status if isinstance(error, ApiError) else error.status_code
        status = 404 if status == 422 and request.method == "GET" else status  # its address names nothing
        kind = KINDS.get(status, "broken")
    else:
        status, kind = 500, "broken"
    told: dict[str, Any] = {"status": status, "kind": kind, "request_id": request_id(request)}
    if status < 500:
        try:  # in the visitor's own frame, where there is a visitor
            return (await visitor_of(request, request.app.state.house)).page("error.html", **told)
        except SignedOut:
            pass
    return written(request, speech_of(request), "error.html", **told)
