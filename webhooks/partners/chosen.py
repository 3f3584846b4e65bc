"""Whether an endpoint can hear of anything: its filter against the schemas of the types that it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hub.db.unit import Unit
from schemas.event import EVENT_TYPES
from webhooks import catalogue, filters
from webhooks.partners.types import RESERVED


async def hears_something(unit: Unit, types: Sequence[str], filter: Mapping[str, Any] | None) -> None:
    """Raises Unprocessable with the condition that no event of those types fulfils. Types without a schema may be anything."""
    if filter and (schemas := await _schemas(unit, types)) is not None:
        filters.fruitful(filter, schemas)


async def _schemas(unit: Unit, types: Sequence[str]) -> dict[str, Any] | None:
    """Name → schema of all that may come; None when something without one may, a type that is yet to be made for instance."""
    hub = [name for name in EVENT_TYPES if any(_takes(type, name) for type in types)]
    own = [type for type in types if type not in EVENT_TYPES and not (type.endswith(".*") and type.partition(".")[0] in RESERVED)]
    if any(type.endswith("*") for type in own):
        return None
    rows = await unit.fetch("select name, schema from event_type where org = $1 and name = any ($2::text[])", unit.org, own)
    if len(rows) < len(own) or any(row["schema"] is None for row in rows):
        return None
    found = {name: catalogue.canonical(name).schema for name in hub}
    return found | {row["name"]: json.loads(row["schema"]) for row in rows}


def _takes(type: str, name: str) -> bool:
    return type == name or (type.endswith(".*") and name.startswith(type[:-1]))
