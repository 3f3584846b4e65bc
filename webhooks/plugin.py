"""What this package brings to the hub: its routes, jobs and processes. Composition only; imported when the hub starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from hub import Lean, PluginManifest, Role

if TYPE_CHECKING:
    from fastapi import APIRouter

    from hub.db.unit import Unit
    from hub.queue import Handlers
    from hub.web.house import House


class Webhooks:
    """`hub.ports.Plugin`."""

    manifest = PluginManifest(name="webhooks", title="Webhooks", version="1.0")

    def routers(self) -> Sequence[APIRouter]:
        from webhooks.portal.routes import portal_routers
        from webhooks.publish import described
        from webhooks.routes import (
            applications,
            endpoints,
            event_types,
            jwks,
            messages,
            pulling,
            replays,
            secret,
            signing_keys,
        )

        rooms = (described, applications, endpoints, secret, messages, replays, pulling, event_types, jwks, signing_keys)
        return [*(room.router for room in rooms), *portal_routers()]

    def lean(self) -> Mapping[tuple[str, str], Lean]:
        from webhooks.publish import route

        return route.lean()

    def jobs(self, house: House) -> Handlers:
        from webhooks import retention
        from webhooks.replay.verbs import JOB
        from webhooks.replay.work import worker

        return {JOB: worker(house.db), retention.JOB: retention.worker(house.db)}

    def housekeeping(self) -> Mapping[str, timedelta]:
        from webhooks import retention

        return {retention.JOB: retention.EVERY}

    async def forget(self, unit: Unit, installation: UUID, ids: Mapping[str, Sequence[str]]) -> int:
        """`hub.ports.Forgets`."""
        from webhooks import expunge

        return await expunge.naming(unit, installation, ids)

    def beside(self, house: House, role: Role) -> AbstractAsyncContextManager[None] | None:
        if role != "dispatch":
            return None
        from webhooks.dispatch.part import dispatching

        return dispatching(house)
