"""Why a record looks as it does: its raw objects, and what the mapping made of each field. Asked for, never on the hot path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from hub.catalog.pages import Found
from hub.catalog.raw import unpack
from hub.db.unit import Unit
from hub.errors import NotFound
from hub.installations.installation import Installation
from hub.installations.listing import get
from hub.ports import Connector, Resource
from hub.registry import Registry

_RAW: Final = """
    select kind, body, encoding from raw_object
    where installation = $1 and ((kind = $2 and vendor_id = $4) or (kind = $3 and parent_id = $4))
    order by kind <> $2, fetched_at, vendor_id
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """The raw objects of one record: the shop's own bytes."""

    shop: Installation
    connector: Connector
    resource: Resource
    body: bytes
    children: list[bytes]


async def kept_raw(unit: Unit, registry: Registry, found: Found) -> Kept:
    """What the record was made of. Raises NotFound when the raw object is not kept (any more)."""
    shop = await get(unit, found.installation)
    connector = registry.get(shop.connector)
    resource = next(one for one in connector.resources if one.kind == found.kind)
    rows = await unit.fetch(_RAW, found.installation, resource.raw_kind, resource.child_kind or "", found.vendor_id)
    if not rows or rows[0]["kind"] != resource.raw_kind:
        raise NotFound(f"The raw form of {found.kind} {found.id} is not kept.", hint="Sync it again.")
    body, *children = (unpack(row["body"], row["encoding"]) for row in rows)
    return Kept(shop, connector, resource, body, children)


def explained(kept: Kept) -> dict[str, Any]:
    """The mapping as it is now: the canonical form, where each field came from, and what no field took."""
    told = kept.connector.explain(kept.resource.raw_kind, kept.body, kept.children, kept.shop.settings)
    return {"canonical": told.canonical, "provenance": told.provenance, "unmapped": told.unmapped}
