"""Who calls, and whether they may: an API key in the header Authorization, with a scope for every route.

Routes say `who: Annotated[Caller, needs("products:read")]`; `refuse_open_routes` stops the start of an application that
has a `/v1` route without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.routing import BaseRoute

from hub.access import Caller, authenticate, require
from hub.errors import Unauthorized
from hub.web.house import house_of

_bearer: Final = HTTPBearer(
    auto_error=False, scheme_name="key", bearerFormat="lun_live_…", description="An API key: `luneo keys create`."
)


async def caller(
    request: Request,
    wanted: SecurityScopes,
    _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],  # only for the API's description
) -> Caller:
    """The caller of this request. Raises Unauthorized without a valid key, Forbidden when it lacks the route's scope."""
    return await admitted(request, *wanted.scopes)


async def admitted(request: Request, *scopes: str) -> Caller:
    """The same without FastAPI's dependencies: for routes that are asked thousands of times, and for requests that last."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthorized("No API key came with the request.", hint="Send Authorization: Bearer lun_live_….")
    who = await authenticate(house_of(request).db, key.strip())
    for scope in scopes:
        require(who, scope)
    return who


def needs(scope: str) -> Any:
    """The dependency that lets in callers with this scope."""
    return Security(caller, scopes=[scope])


def refuse_open_routes(routes: Iterable[BaseRoute]) -> None:
    """Deny by default: raise when a `/v1` route asks for no scope."""
    for route in routes:
        if isinstance(route, APIRoute) and route.path.startswith("/v1/") and not _guarded(route.dependant):
            raise RuntimeError(f"{route.methods} {route.path} asks for no scope: give it `needs(…)`")


def _guarded(dependant: Dependant) -> bool:
    return any(
        (below.call is caller and bool(below.own_oauth_scopes or below.parent_oauth_scopes)) or _guarded(below)
        for below in dependant.dependencies
    )
