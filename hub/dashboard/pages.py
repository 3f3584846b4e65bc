"""Templates become pages: with a language, our style, and the content policy that allows nothing else."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from hub.dashboard.assets import address, asset
from hub.dashboard.speech import COOKIE, LANGUAGES, Speech, language_of
from hub.errors import ApiError, ConfigurationError, HubError, NotFound, Unauthorized
from hub.web.edge import PAGE_POLICY
from hub.web.envelope import gone, request_id

log = structlog.get_logger("hub.dashboard")

_environment: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(asset=address, has_asset=lambda name: asset(name) is not None)

# `same-origin`, not `no-referrer`: with the latter a browser hides the origin of our own forms from us too.
_HEADERS: Final = {
    "content-security-policy": PAGE_POLICY,
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "vary": "accept-language, cookie",
}


def speech_of(request: Request) -> Speech:
    """The language of this request, and its moment."""
    return Speech(language_of(request), datetime.now(UTC))


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page as an answer. A language chosen in the address is remembered."""
    speech = speech_of(request)
    values = {"signed_in": False, "waiting": 0, **values, "t": speech, "path": request.url.path}
    page = _environment.get_template(template).render(values)
    response = Response(page, status, {**_HEADERS, "content-language": speech.language}, "text/html; charset=utf-8")
    if request.query_params.get("lang") in LANGUAGES:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, speech.language, max_age=31_536_000, path="/", samesite="lax", httponly=True, secure=secure)
    return response


def render_plain(template: str, **values: Any) -> str:
    """A template that speaks no language of its own."""
    return _environment.get_template(template).render(**values)


class SignedOut(Unauthorized):
    """Nobody is signed in: shown the door, not an error."""


class PageRoute(APIRoute):
    """A route for people: what goes wrong is told on a page, not in JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except SignedOut:
                return RedirectResponse("/sign-in", 303)
            except (HubError, HTTPException, OSError) as error:
                return error_page(request, error)
            except RequestValidationError:  # an address that is none of ours
                return error_page(request, NotFound("There is no such page."))
            except Exception as error:
                if not gone(error):
                    log.exception("page_failed", path=request.url.path)
                return error_page(request, error)

        return handled


def error_page(request: Request, error: Exception) -> Response:
    """The page for an error: what it is, what to do, and the id under which the log tells the rest."""
    if isinstance(error, ConfigurationError) or gone(error):
        status, kind = 503, "away"
    elif isinstance(error, ApiError | HTTPException):
        status = error.status if isinstance(error, ApiError) else error.status_code
        kind = "missing" if status in (404, 422) else "refused" if status in (401, 403) else "broken"
    else:
        status, kind = 500, "broken"
    return render(request, "error.html", status=status, kind=kind, request_id=request_id(request))
