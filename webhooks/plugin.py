"""What this package brings to the hub: its routes, jobs and processes. Composition only; imported when the hub starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import TYPE_CHECKING

from hub import Lean, PluginManifest, Role

if TYPE_CHECKING:
    from fastapi import APIRouter

    from hub.queue import Handlers
    from hub.web.house import House


class Webhooks:
    """`hub.ports.Plugin`."""

    manifest = PluginManifest(name="webhooks", title="Webhooks", version="1.0")

    def routers(self) -> Sequence[APIRouter]:
        from webhooks.portal.routes import portal_routers
        from webhooks.publish import described
        from webhooks.routes import jwks, signing_keys

        return [described.router, jwks.router, signing_keys.router, *portal_routers()]

    def lean(self) -> Mapping[tuple[str, str], Lean]:
        from webhooks.publish import route

        return route.lean()

    def jobs(self, house: House) -> Handlers:  # noqa: ARG002
        return {}

    def housekeeping(self) -> Mapping[str, timedelta]:
        return {}

    def beside(self, house: House, role: Role) -> AbstractAsyncContextManager[None] | None:
        if role != "dispatch":
            return None
        from webhooks.dispatch.part import dispatching

        return dispatching(house)
