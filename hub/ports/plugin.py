"""What a plugin may bring to the hub: routes, jobs, work of its own beside a process. All of it optional but the manifest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable
from uuid import UUID

if TYPE_CHECKING:
    from fastapi import APIRouter

#: Which process a part is to run beside: the API (its requests), or a dispatcher (long-lived work of its own).
Role = Literal["api", "dispatch"]

Message = MutableMapping[str, Any]

#: An ASGI application.
Lean = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PluginManifest:
    """Who the plugin is. Its tables are found by the entry-point group `luneo.migrations`, its commands by `luneo.commands`."""

    name: str
    title: str
    version: str
    requires_hub: str = ">=0.1"


class Plugin(Protocol):
    """A feature of the hub that knows no vendor. `house` is a `hub.web.house.House`: settings, database, registry, HTTP."""

    @property
    def manifest(self) -> PluginManifest: ...

    def routers(self) -> Sequence[APIRouter]:
        """Routes; those below /v1 must ask for a scope."""
        ...

    def lean(self) -> Mapping[tuple[str, str], Lean]:
        """(method, path) → ASGI application, asked first: for routes that are called thousands of times a second.

        Such a route authenticates, bounds its body and sets its headers itself. `scope["app"].state.house` is the house.
        """
        ...

    def jobs(self, house: Any) -> Mapping[str, Callable[[Any], Awaitable[None]]]:
        """Job kind → what runs it (`hub.queue.Handlers`)."""
        ...

    def housekeeping(self) -> Mapping[str, timedelta]:
        """Job kinds that belong to no organisation and are enqueued by the clock, and how often."""
        ...

    def beside(self, house: Any, role: Role) -> AbstractAsyncContextManager[None] | None:
        """Something that runs while a process of that role does; None when there is nothing."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """A plugin that keeps what may name people: it is asked in the transaction in which the hub itself forgets them."""

    async def forget(self, unit: Any, installation: UUID, ids: Mapping[str, Sequence[str]]) -> int:
        """Forget these records of a shop (vendor ids by kind), and what names them. `unit`: a `hub.db.unit.Unit`.

        Answers how many things went.
        """
        ...
