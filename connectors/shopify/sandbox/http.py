"""The shop as an ASGI application: finds the route, sends the answer, keeps the shop's own time.

A theme registers by listing its routes in `ROUTES` of its module: (method, pattern of the whole path, handler). The named
groups of the pattern come as `request.params`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from connectors.shopify.sandbox.request import Answer, Request, Scope

if TYPE_CHECKING:
    from connectors.shopify.sandbox.sandbox import Sandbox

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Handler = Callable[["Sandbox", Request], Awaitable[Answer]]
Route = tuple[str, str, Handler]


class Application:
    """ASGI 3. `started` and `stopped` are awaited with the server's lifespan."""

    def __init__(self, sandbox: Sandbox, routes: Sequence[Route]) -> None:
        self.sandbox = sandbox
        self.routes = [(method, re.compile(pattern), handler) for method, pattern, handler in routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            self.sandbox.start()
            await self._send(await self.answer(await read(scope, receive)), send)

    async def answer(self, request: Request) -> Answer:
        """What the route says; 405 when only the method is wrong, 404 when nobody knows the path."""
        allowed = []
        for method, pattern, handler in self.routes:
            if found := pattern.fullmatch(request.path):
                if method == request.method:
                    return await handler(self.sandbox, _with(request, found.groupdict()))
                allowed.append(method)
        if allowed:
            return Answer(405, b"", [(b"allow", ", ".join(allowed).encode())])
        return Answer.json({"errors": "Not Found"}, 404)

    async def _send(self, answer: Answer, send: Send) -> None:
        headers = [(b"date", self.sandbox.state.clock.http_date()), *answer.headers]
        if isinstance(answer.body, bytes):
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        async for piece in _pieces(answer):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.sandbox.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.sandbox.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _pieces(answer: Answer) -> AsyncIterator[bytes]:
    if isinstance(answer.body, bytes):
        yield answer.body
        return
    async for piece in answer.body:
        yield piece


async def read(scope: Scope, receive: Receive) -> Request:
    """The whole request. Of equal query names the last wins."""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    base = f"{scope['scheme']}://{headers.get('host', 'localhost')}"
    return Request(scope["method"], scope["path"], query, headers, b"".join(parts), base)


def _with(request: Request, params: dict[str, str | Any]) -> Request:
    known = {name: value for name, value in params.items() if value is not None}
    return Request(request.method, request.path, request.query, request.headers, request.body, request.base, known)
