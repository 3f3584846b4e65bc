"""What a shop keeps from us of a resource: which fields it does not show, and which rows, and what may still be concluded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from hub.db.unit import Unit
from hub.ports import Resource, Sight, Store

MARGIN: Final = timedelta(hours=1)  # "the last 60 days" move on while a listing is read

#: Of these records those that the shop would show, if it had them. One without a date is not known to be one.
VISIBLE: Final = """
select vendor_id from record where installation = $1 and kind = $2 and vendor_id = any ($3::text[])
and (doc ->> 'created_at')::timestamptz >= $4
"""


def sight_of(store: Store | None, resource: Resource) -> Sight | None:
    """What the store says it does not show. Stores that were written before this was asked show everything."""
    look = getattr(store, "sight", None)
    found: Sight | None = None if look is None else look(resource)
    return found


def hidden_fields(sight: Sight | None) -> tuple[str, ...]:
    """The fields that no row shows, as JSON pointers into the canonical document."""
    return () if sight is None else tuple(name if name.startswith("/") else f"/{name}" for name in sight.fields)


async def visible(unit: Unit, installation: UUID, kind: str, ids: list[str], sight: Sight | None) -> list[str]:
    """Of these vendor ids those whose absence says something: records that are not older than what the shop shows."""
    if sight is None or sight.since is None or not ids:
        return ids
    rows = await unit.fetch(VISIBLE, installation, kind, ids, sight.since + MARGIN)
    shown = {row[0] for row in rows}
    return [id for id in ids if id in shown]


def sight_evidence(sight: Sight | None, unseen: Mapping[str, int], rows: int, *, whole: bool) -> dict[str, Any]:
    """For the evidence: the reason, the fields with how many of the rows came without, and whether rows are not shown at all.

    limited: a whole reading of a resource of which the shop shows only the newer rows: it cannot be complete.
    """
    told: dict[str, Any] = {}
    fields = {**(dict.fromkeys(hidden_fields(sight), rows) if rows else {}), **unseen}
    if fields:
        told["unseen"] = dict(sorted(fields.items()))
    if sight is not None:
        told["sight"] = sight.reason
        if sight.french:
            told["sight_fr"] = sight.french
        if sight.since is not None:
            told |= {"sight_since": sight.since.isoformat(), "limited": whole}
    return told
