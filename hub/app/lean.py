"""The lean door: a few routes of plugins, asked thousands of times a second, are answered before FastAPI and our edge are."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from hub.ports import Lean


class LeanDoor:
    """ASGI: (method, path) → a plugin's own application, everything else to `app`."""

    def __init__(self, app: ASGIApp, lean: Mapping[tuple[str, str], Lean]) -> None:
        self._app = app
        self._lean = lean

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = self._lean.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        await (taken or self._app)(scope, receive, send)
