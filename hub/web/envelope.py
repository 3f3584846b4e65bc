"""One envelope for every error: {"error": {"code", "message", "hint", "field", "request_id", …}}."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from hub.errors import (
    ApiError,
    ConfigurationError,
    ConnectorError,
    DatabaseUnreachable,
    HubError,
    ReauthorizationError,
    RetryableError,
    SignatureError,
)
from hub.web.answers import answer

log = structlog.get_logger("hub.web")
RETRY_AFTER = 5  # seconds, when we cannot know better

#: What Starlette and FastAPI say by themselves, in our words.
PLAIN: Mapping[int, tuple[str, str, str]] = {
    400: ("bad_request", "The request cannot be read.", "Send well-formed HTTP with a JSON body."),
    404: ("not_found", "There is nothing at this address.", "The addresses are listed at /docs."),
    405: ("method_not_allowed", "This address does not take that method.", "The header Allow names those it takes."),
    413: ("too_large", "The request's body is too large.", "Send less at once."),
    415: ("unsupported_media_type", "The body must be JSON.", "Send Content-Type: application/json."),
}


def envelope(
    request: Request,
    status: int,
    code: str,
    message: str,
    *,
    hint: str = "",
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """An error answer. Keys without content are left out."""
    error = {"code": code, "message": message, "hint": hint, "field": field, **more, "request_id": request_id(request)}
    return answer({"error": {key: value for key, value in error.items() if value not in (None, "")}}, status, headers)


def request_id(request: Request) -> str:
    """The id under which this request stands in the log; also in the header X-Request-ID."""
    return str(request.scope.get("request_id", ""))


async def api_error(request: Request, error: Exception) -> Response:
    """Our own refusals."""
    assert isinstance(error, ApiError)  # noqa: S101 (registered for this class)
    headers = {"www-authenticate": 'Bearer realm="luneo"'} if error.status == 401 else {}
    if error.status == 503 or "retry_after" in error.details:
        headers["retry-after"] = str(error.details.get("retry_after", RETRY_AFTER))
    more = {key: value for key, value in error.details.items() if key != "retry_after"}
    return envelope(request, error.status, error.code, error.message, hint=error.hint, field=error.field, headers=headers, **more)


async def hub_error(request: Request, error: Exception) -> Response:
    """Errors of the rooms below, in the words they came with."""
    assert isinstance(error, HubError)  # noqa: S101
    status, code = kind_of(error)
    headers = {}
    if status == 503:
        after = error.after if isinstance(error, RetryableError) else None
        headers["retry-after"] = str(math.ceil(after) if after else RETRY_AFTER)
        log.warning("unavailable", code=code, reason=str(error))
    elif status == 500:
        log.error("failed", error=type(error).__name__, reason=str(error), exc_info=error)
        return envelope(request, 500, code, "Something went wrong on our side.", hint="Tell us the request_id.")
    if isinstance(error, DatabaseUnreachable):  # its line names our hosts and settings: for the operator, not for callers
        return envelope(request, status, code, "The hub's database is away.", hint="Try again.", headers=headers)
    return envelope(request, status, code, error.message, hint=error.hint, headers=headers)


def kind_of(error: HubError) -> tuple[int, str]:
    """Status and code of an error that is not made for HTTP."""
    match error:
        case RetryableError():
            return 503, "shop_unavailable"
        case ReauthorizationError():
            return 422, "credentials_refused"
        case ConnectorError():
            return 422, "shop_refused"
        case SignatureError():
            return (400, "unsigned") if error.missing else (401, "bad_signature")
        case ConfigurationError():
            return 503, "unavailable"
        case _:
            return 500, "internal"


async def invalid(request: Request, error: Exception) -> Response:
    """A request whose shape is wrong: 422, naming the first field at fault and its value; all of them under `details`."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = [{"field": pointer(fault["loc"]), "value": shown(fault), "message": str(fault["msg"])} for fault in error.errors()]
    first = found[0]
    message = f"{first['field']} {first['value']}: {first['message']}".replace(" None:", ":")
    return envelope(request, 422, "unprocessable", message, field=str(first["field"]), value=first["value"], details=found)


def pointer(place: tuple[Any, ...]) -> str:
    """`limit` for a query parameter, `/metafields/0/key` for a place in a body."""
    where, *rest = place
    if where == "body":
        return "/" + "/".join(str(part) for part in rest if not isinstance(part, int) or len(rest) > 1)
    return str(rest[0]) if rest else str(where)


def shown(fault: Mapping[str, Any]) -> str | None:
    """The value at fault as a short text. Objects are not shown: they may hold credentials."""
    value = fault.get("input")
    if fault["type"] == "missing" or isinstance(value, dict | list | bytes) or secret(fault["loc"]):
        return None
    return repr(value)[:80]


def secret(place: tuple[Any, ...]) -> bool:
    """Whether a place in a request may hold something that must not be repeated."""
    return any(str(part).lower() in ("credentials", "authorization", "key", "secret", "password") for part in place)


async def plain(request: Request, error: Exception) -> Response:
    """404, 405 and their like, raised by the framework."""
    assert isinstance(error, HTTPException)  # noqa: S101
    code, message, hint = PLAIN.get(error.status_code, (slug(error.status_code), str(error.detail), ""))
    return envelope(request, error.status_code, code, message, hint=hint, headers=error.headers)


def too_large(request: Request) -> Response:
    """A body beyond the limit."""
    code, message, hint = PLAIN[413]
    return envelope(request, 413, code, message, hint=hint)


def slug(status: int) -> str:
    """A code from a status: 418 → im_a_teapot."""
    return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_").replace("'", "")


async def unknown(request: Request, error: Exception) -> Response:
    """Anything else: logged with its traceback, answered without."""
    if gone(error):
        log.warning("unavailable", code="unavailable", reason=f"{type(error).__name__}: {error}")
        later = {"retry-after": str(RETRY_AFTER)}
        return envelope(request, 503, "unavailable", "The hub's database is away.", hint="Try again.", headers=later)
    log.error("failed", error=type(error).__name__, exc_info=error)
    return envelope(request, 500, "internal", "Something went wrong on our side.", hint="Tell us the request_id.")


def gone(error: Exception) -> bool:
    """Whether the database went away under this request."""
    from hub.db.engine import GONE

    return isinstance(error, GONE)


def install(app: FastAPI) -> None:
    """Give every error of the application this envelope."""
    app.add_exception_handler(ApiError, api_error)
    app.add_exception_handler(HubError, hub_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, unknown)
