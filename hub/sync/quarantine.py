"""Rows that could not be mapped: kept raw with the reason, one entry per row, resolved when a later version goes through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from hub.catalog.raw import notes_in, pack_all, unpack_all
from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.ports import Children, Resource, Row
from hub.sync.keyset import parse
from hub.sync.paging import Slice


@dataclass(frozen=True, slots=True)
class Put:
    """A row to put aside: the bytes of the row first, then those of its nested objects.

    `notes`: what the engine knew of them beside their bytes (`notes_on`), so that they can be tried again.
    """

    vendor_id: str | None
    bodies: Sequence[bytes]
    reason: str
    field: str | None
    notes: bytes = b""


def notes_on(row: Row, children: Sequence[Row]) -> bytes:
    """Times and ids, which only the connector's client could read off the bytes, and what it knew to be missing in them."""
    more = {"incomplete": row.incomplete, "unseen": row.unseen} if row.incomplete or row.unseen else {}
    return msgspec.json.encode({"modified": row.modified, "children": [(child.id, child.modified) for child in children], **more})


def as_received(resource: Resource, id: str, raw: bytes) -> Slice:
    """A quarantined row as a page would give it. Without notes its children are not known: then the record is incomplete."""
    body, *nested = unpack_all(raw)
    notes = notes_in(raw)
    if not notes:
        unknown = {id: "It was quarantined without its children."} if resource.child_kind else {}
        return Slice([Row(id, body)], [], None, Children({}, unknown))
    known = msgspec.json.decode(notes)
    children = [Row(child, text, parse(modified), id) for (child, modified), text in zip(known["children"], nested, strict=True)]
    ids = tuple(child.id for child in children)
    unseen = tuple(known.get("unseen", ()))
    row = Row(id, body, parse(known["modified"]), None, ids, known.get("incomplete"), unseen)
    return Slice([row], [], None, Children({id: children}))


async def put_aside(unit: Unit, installation: UUID, resource: str, run: UUID | None, rows: Sequence[Put]) -> None:
    """Keep the rows. A row that is in quarantine already gets the newer bytes and reason, not a second entry."""
    for row in map(_printable, rows):
        raw = pack_all(row.bodies, row.notes)
        held = await unit.fetchval(
            "select id from quarantine where installation = $1 and resource = $2 and resolved_at is null "
            "and vendor_id is not distinct from $3 and ($3 is not null or raw = $4) limit 1",
            installation, resource, row.vendor_id, raw,
        )  # fmt: skip
        if held is not None:
            await unit.execute(
                "update quarantine set raw = $2, reason = $3, field = $4, run = $5 where id = $1",
                held, raw, row.reason, row.field, run,
            )  # fmt: skip
        else:
            await unit.execute(
                "insert into quarantine (org, id, installation, resource, vendor_id, run, raw, reason, field) "
                "values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                unit.org, uuid7(), installation, resource, row.vendor_id, run, raw, row.reason, row.field,
            )  # fmt: skip


async def any_open(unit: Unit, installation: UUID, resource: str) -> bool:
    """Whether any row of this resource is in quarantine: mostly none is, and nobody's id need be looked for."""
    return bool(
        await unit.fetchval(
            "select exists (select from quarantine where installation = $1 and resource = $2 and resolved_at is null)",
            installation, resource,
        )
    )  # fmt: skip


async def resolve(unit: Unit, installation: UUID, resource: str, ids: Sequence[str], resolution: str) -> None:
    """These rows went through: whatever is in quarantine of them is resolved."""
    await unit.execute(
        "update quarantine set resolved_at = now(), resolution = $4 "
        "where installation = $1 and resource = $2 and resolved_at is null and vendor_id = any ($3::text[])",
        installation, resource, ids, resolution,
    )  # fmt: skip


async def resolve_one(unit: Unit, id: UUID, resolution: str) -> None:
    """One entry is settled."""
    await unit.execute(
        "update quarantine set resolved_at = now(), resolution = $2 where id = $1 and resolved_at is null", id, resolution
    )


def _printable(row: Put) -> Put:
    """Reasons quote what the shop sent; PostgreSQL's texts cannot hold U+0000."""
    clean = [text.replace("\0", "\ufffd") if text else text for text in (row.vendor_id, row.reason, row.field)]
    return Put(clean[0], row.bodies, clean[1] or "", clean[2], row.notes)
