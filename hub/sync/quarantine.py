"""Rows that could not be mapped: kept raw with the reason, one entry per row, resolved when a later version goes through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from hub.catalog.raw import pack_all
from hub.db.ids import uuid7
from hub.db.unit import Unit


@dataclass(frozen=True, slots=True)
class Put:
    """A row to put aside: the bytes of the row first, then those of its nested objects."""

    vendor_id: str | None
    bodies: Sequence[bytes]
    reason: str
    field: str | None


async def put_aside(unit: Unit, installation: UUID, resource: str, run: UUID | None, rows: Sequence[Put]) -> None:
    """Keep the rows. A row that is in quarantine already gets the newer bytes and reason, not a second entry."""
    for row in map(_printable, rows):
        raw = pack_all(row.bodies)
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


async def resolve(unit: Unit, installation: UUID, resource: str, ids: Sequence[str], resolution: str) -> None:
    """These rows went through: whatever is in quarantine of them is resolved."""
    await unit.execute(
        "update quarantine set resolved_at = now(), resolution = $4 "
        "where installation = $1 and resource = $2 and resolved_at is null and vendor_id = any ($3::text[])",
        installation, resource, ids, resolution,
    )  # fmt: skip


def _printable(row: Put) -> Put:
    """Reasons quote what the shop sent; PostgreSQL's texts cannot hold U+0000."""
    clean = [text.replace("\0", "\ufffd") if text else text for text in (row.vendor_id, row.reason, row.field)]
    return Put(clean[0], row.bodies, clean[1] or "", clean[2])
