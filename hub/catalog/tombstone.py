"""Tombstones: a record that its shop no longer has is marked deleted and told of; its document and raw objects stay."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from hub import outbox
from hub.catalog.events import draft
from hub.db.unit import Unit


async def tombstone(unit: Unit, installation: UUID, kind: str, ids: Sequence[str], cause: str) -> list[str]:
    """Mark the live records of these vendor ids deleted, one `*.deleted` event each; answers those that were live."""
    rows = await unit.fetch(
        "update record set deleted_at = now(), updated_at = now(), version = version + 1, dirty = false "
        "where installation = $1 and kind = $2 and vendor_id = any ($3::text[]) and deleted_at is null "
        "returning id, vendor_id, version, doc -> 'refs' as refs",
        installation, kind, ids,
    )  # fmt: skip
    if not rows:
        return []
    await unit.execute("delete from variant_index where record = any ($1::uuid[])", [row["id"] for row in rows])
    drafts = [
        draft(
            "deleted", cause=cause, kind=kind, record=row["id"], vendor_id=row["vendor_id"], installation=installation,
            refs=msgspec.json.format(row["refs"].encode(), indent=-1), version=row["version"],
        )
        for row in rows
    ]  # fmt: skip
    await outbox.record(unit, drafts)
    return [row["vendor_id"] for row in rows]


async def live_ids(unit: Unit, installation: UUID, kind: str, after: str, limit: int) -> list[str]:
    """Vendor ids of live records in the order of their text, after one of them."""
    rows = await unit.fetch(
        "select vendor_id from record where installation = $1 and kind = $2 and vendor_id > $3 and deleted_at is null "
        "order by vendor_id limit $4",
        installation, kind, after, limit,
    )  # fmt: skip
    return [row[0] for row in rows]


async def held_of(unit: Unit, installation: UUID, kind: str, ids: Sequence[str]) -> list[str]:
    """Of these ids those that are live records' own."""
    if not ids:
        return []
    rows = await unit.fetch(
        "select vendor_id from record where installation = $1 and kind = $2 and vendor_id = any ($3::text[]) "
        "and deleted_at is null",
        installation, kind, ids,
    )  # fmt: skip
    return [row[0] for row in rows]
