"""Trying quarantined rows again with the mapping as it is now: no question to the shop, only the bytes that were kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from hub.db.unit import Unit
from hub.errors import NotFound
from hub.installations.installation import shop_settings
from hub.ports import Connector, Resource
from hub.registry import Registry
from hub.sync.page import Target, work
from hub.sync.quarantine import as_received, resolve_one


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one quarantined row: resolved, or still refused and why."""

    id: UUID
    resolved: bool
    reason: str


async def replay(unit: Unit, registry: Registry, ids: Sequence[UUID]) -> list[Replayed]:
    """Run the current mapping over these rows, in the caller's transaction. Raises NotFound for an id that does not exist."""
    return [await _one(unit, registry, id) for id in ids]


async def _one(unit: Unit, registry: Registry, id: UUID) -> Replayed:
    kept = await unit.fetchrow(
        "select q.installation, q.resource, q.vendor_id, q.raw, q.reason, q.resolved_at, i.connector, i.settings, i.api_version "
        "from quarantine q join installation i on i.id = q.installation where q.id = $1 for update of q",
        id,
    )  # fmt: skip
    if kept is None:
        raise NotFound(f"There is no quarantined row {id}.", field="id")
    if kept["resolved_at"] is not None:
        return Replayed(id, True, "It was resolved already.")
    if kept["vendor_id"] is None:
        return Replayed(id, False, f"It has no id, so no record can be made of it: {kept['reason']}")
    resource = resource_of(registry.get(kept["connector"]), kept["resource"])
    settings = shop_settings(kept["settings"])
    assert unit.org is not None  # noqa: S101 (a unit of one organisation)
    target = Target(unit.org, kept["installation"], resource, settings, "remap", kept["api_version"])
    outcome = await work(unit, target, [as_received(resource, kept["vendor_id"], kept["raw"])])
    if outcome.counts.quarantined:
        reason = await unit.fetchval("select reason from quarantine where id = $1", id)
        return Replayed(id, False, reason)
    if outcome.stale:
        await resolve_one(unit, id, "A newer version of the row is in the catalog.")
        return Replayed(id, True, "A newer version of the row is in the catalog.")
    await resolve_one(unit, id, "The mapping takes it now.")
    return Replayed(id, True, "The mapping takes it now.")


def resource_of(connector: Connector, name: str) -> Resource:
    """The resource of that name. Raises NotFound."""
    for resource in connector.resources:
        if resource.name == name:
            return resource
    raise NotFound(f"{connector.manifest.title} has no resource {name!r}.")
