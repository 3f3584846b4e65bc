"""Put the application together: routes, errors, headers, and the things that are opened while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp

from hub import registry
from hub.app import docs, events, health, install, published
from hub.app.bell import Bell
from hub.app.lean import LeanDoor
from hub.catalog import routes as catalog
from hub.dashboard import routes as dashboard
from hub.inbox import receive as inbox
from hub.installations import routes as installations
from hub.sync import routes as sync
from hub.sync import write_routes as writes
from hub.web import envelope
from hub.web.caller import refuse_open_routes
from hub.web.described import REFUSALS
from hub.web.edge import Edge
from hub.web.house import House

if TYPE_CHECKING:
    from hub.db.engine import Database
    from hub.ports import Role
    from hub.registry import Registry
    from hub.settings import Settings

MOST_BYTES = 1 << 20  # of a request's body; the inbox allows more

#: Something that runs beside the application: entered when it starts, left when it stops.
Beside = Callable[[House], AbstractAsyncContextManager[None]]


class HubApp(FastAPI):
    """FastAPI with our edge around all of it, and beside it the plugins' lean routes."""

    def build_middleware_stack(self) -> ASGIApp:
        return LeanDoor(Edge(super().build_middleware_stack()), self.state.lean)


def create_app(
    settings: Settings | None = None,
    db: Database | None = None,
    *,
    house: House | None = None,
    beside: Sequence[Beside] = (),
) -> FastAPI:
    """The ASGI application.

    A `db` or a whole `house` that is given stays open when the application stops; what is missing is opened from the
    settings and closed again. `beside`: for instance the local worker and the schedules of `luneo up`.
    """

    known = house.registry if house is not None else registry.load()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.house = house or await stack.enter_async_context(opened(settings, db, known))
            app.state.bell = await stack.enter_async_context(Bell(app.state.house.db))
            for part in (*parts(app.state.house, "api"), *(part(app.state.house) for part in beside)):
                await stack.enter_async_context(part)
            yield

    app = HubApp(
        title="Luneo Hub",
        summary="Shops synced complete, with proof.",
        version=version("luneo-hub"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        max_body_size=MOST_BYTES,
        generate_unique_id_function=lambda route: route.name,
        telemetry={"operation_spans": False, "logs": False},
    )
    app.state.lean = {}
    envelope.install(app)
    for room in (installations, catalog, sync, writes, events, inbox, published):
        app.include_router(room.router, responses=REFUSALS)
    for room in (health, docs, install, dashboard):
        app.include_router(room.router)
    for plugin in known.plugins.values():
        app.state.lean.update(plugin.lean())
        for router in plugin.routers():
            app.include_router(router)
    refuse_open_routes(app.routes)
    return app


def parts(house: House, role: Role) -> list[AbstractAsyncContextManager[None]]:
    """What the plugins run beside a process of that role."""
    found = [plugin.beside(house, role) for plugin in house.registry.plugins.values()]
    return [part for part in found if part is not None]


@asynccontextmanager
async def opened(settings: Settings | None, db: Database | None, known: Registry) -> AsyncIterator[House]:
    """The house from its settings; a database that is given is not closed."""
    from hub.db.open import open_database
    from hub.http import guarded_client
    from hub.settings import get_settings

    settings = settings or get_settings()
    async with AsyncExitStack() as stack:
        if db is None:
            db = await open_database(settings)
            stack.push_async_callback(db.close)
        http = guarded_client(settings.egress_allow)
        stack.push_async_callback(http.close)
        yield House(settings, db, known, http)
