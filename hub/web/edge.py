"""The outermost layer: a request id, the security headers, one log line, and an answer for what nobody caught."""

from __future__ import annotations

import time
from typing import Final
from uuid import uuid4

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.web.envelope import too_large

log = structlog.get_logger("hub.web")

#: Answers that are data: a browser may do nothing with them.
DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

#: Our own pages: our own style, fonts and pictures; no script at all.
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

_FIXED: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)
_STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")
QUIET: Final = ("/health/live", "/health/ready")


class Edge:
    """ASGI middleware around everything, the framework's own error handling included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = scope["request_id"] = uuid4().hex
        status, whole = 0, False

        async def dressed(message: Message) -> None:
            nonlocal status, whole
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = dress(message["headers"], request_id, scope["scheme"] == "https")
            else:
                whole = not message.get("more_body", False)
            await send(message)

        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self.app(scope, receive, in_the_envelope(scope, receive, dressed))
        except Exception:
            # What nobody caught was answered and logged on its way here (`hub.web.envelope.unknown`). An answer that was
            # cut off in its middle must not look whole: the server closes the connection.
            if not whole:
                raise
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        if scope["path"] not in QUIET:
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            log.info("request", id=request_id, method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


def in_the_envelope(scope: Scope, receive: Receive, send: Send) -> Send:
    """Starlette refuses a body that is too large with a line of text; it is said in our form instead."""
    refused = False

    async def told(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start" and message["status"] == 413:
            refused = any(name == b"content-type" and kind.startswith(b"text/plain") for name, kind in message["headers"])
        if not refused:
            await send(message)
        elif message["type"] == "http.response.body":
            await too_large(Request(scope))(scope, receive, send)

    return told


def dress(headers: list[tuple[bytes, bytes]], request_id: str, secure: bool) -> list[tuple[bytes, bytes]]:
    """The headers with ours added; a content policy that the answer brought itself stays."""
    named = {name for name, _ in headers}
    if any(name == b"content-security-policy" and b"frame-ancestors https://" in value for name, value in headers):
        named.add(b"x-frame-options")  # a page that a vendor's admin shows in a frame says itself whose
    dressed = [*headers, *(pair for pair in _FIXED if pair[0] not in named), (b"x-request-id", request_id.encode())]
    if b"content-security-policy" not in named:
        dressed.append((b"content-security-policy", DATA_POLICY.encode()))
    if b"cache-control" not in named:
        dressed.append((b"cache-control", b"no-store"))
    if secure:
        dressed.append(_STRICT_TRANSPORT)
    return dressed
