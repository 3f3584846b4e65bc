"""What the catalog already knows of some vendor ids, for deciding before anything is mapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from hub.db.unit import Unit


@dataclass(frozen=True, slots=True)
class Known:
    """A raw object that is kept. `loose`: it may not be skipped even if its bytes are the same, because its record is
    missing, deleted, dirty or incomplete."""

    fingerprint: bytes
    modified: datetime | None
    loose: bool
    incomplete: bool


async def lock(unit: Unit, installation: UUID, kind: str) -> None:
    """Take turns with everybody else who writes records of this kind of this shop, until the transaction ends."""
    key = int.from_bytes(blake2b(f"{installation}{kind}".encode(), digest_size=8).digest(), signed=True)
    await unit.execute("select pg_advisory_xact_lock($1)", key)


async def known(unit: Unit, installation: UUID, kind: str, raw_kind: str, ids: Sequence[str]) -> dict[str, Known]:
    """By vendor id: what is kept of these rows. Ids that were never kept are absent."""
    rows = await unit.fetch(
        "select w.vendor_id, w.fingerprint, w.modified_at, "
        "r.id is null or r.dirty or r.incomplete_children or r.deleted_at is not null, coalesce(r.incomplete_children, true) "
        "from raw_object w left join record r on r.installation = w.installation and r.kind = $2 and r.vendor_id = w.vendor_id "
        "where w.installation = $1 and w.kind = $3 and w.vendor_id = any ($4::text[])",
        installation, kind, raw_kind, ids,
    )  # fmt: skip
    return {row[0]: Known(row[1], row[2], row[3], row[4]) for row in rows}


async def known_children(
    unit: Unit, installation: UUID, child_kind: str, parents: Sequence[str]
) -> dict[str, dict[str, tuple[bytes, datetime | None]]]:
    """By parent, by child: the fingerprints and modification times of the nested objects that are kept."""
    rows = await unit.fetch(
        "select parent_id, vendor_id, fingerprint, modified_at from raw_object "
        "where installation = $1 and kind = $2 and parent_id = any ($3::text[])",
        installation, child_kind, parents,
    )  # fmt: skip
    found: dict[str, dict[str, tuple[bytes, datetime | None]]] = {}
    for parent, child, fingerprint, modified in rows:
        found.setdefault(parent, {})[child] = (fingerprint, modified)
    return found


async def mark_dirty(unit: Unit, installation: UUID, kind: str, ids: Sequence[str]) -> None:
    """These records must be fetched again: something nested in them changed."""
    await unit.execute(
        "update record set dirty = true where installation = $1 and kind = $2 and vendor_id = any ($3::text[]) and not dirty",
        installation, kind, ids,
    )  # fmt: skip


async def clean(unit: Unit, installation: UUID, kind: str, ids: Sequence[str]) -> None:
    """These records need not be fetched again: the shop has nothing more to say about them."""
    await unit.execute(
        "update record set dirty = false where installation = $1 and kind = $2 and vendor_id = any ($3::text[]) and dirty",
        installation, kind, ids,
    )  # fmt: skip


async def dirty(unit: Unit, installation: UUID, kind: str, limit: int, after: str = "") -> list[str]:
    """Vendor ids of live records that must be fetched again, in their order, at most `limit`."""
    rows = await unit.fetch(
        "select vendor_id from record where installation = $1 and kind = $2 and dirty and deleted_at is null and vendor_id > $4 "
        "order by vendor_id limit $3",
        installation, kind, limit, after,
    )  # fmt: skip
    return [row[0] for row in rows]
