"""Running the current mapping over kept raw objects: no question to the shop. Records that come out different are told.

It goes through a shop's records in the order of their ids, in small transactions, and takes only those whose mapping is older
unless told otherwise; so whoever is interrupted starts again and finds the rest.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.catalog.batch import Batch, RecordEntry
from hub.catalog.canonical import Rejected, canonical
from hub.catalog.content import hash_of
from hub.catalog.known import lock
from hub.catalog.raw import NOTE, unpack
from hub.catalog.unseen import SHOWN, hidden_in, keeper
from hub.catalog.upsert import apply
from hub.db.engine import Database
from hub.db.unit import Unit
from hub.ports import Resource, ShopSettings

BATCH: Final = 200
# Records are walked, not raw objects: one that was deleted keeps its last form, and one that waits to be fetched again is
# mapped when it comes.
WALK: Final = """
select r.vendor_id, w.body, w.encoding, w.modified_at, case when position($8::bytea in w.body) > 0 then r.doc end
from record r join raw_object w on w.installation = r.installation and w.kind = $3 and w.vendor_id = r.vendor_id
where r.installation = $1 and r.kind = $2 and r.vendor_id > $4
  and r.deleted_at is null and not r.dirty and ($6 or r.mapping_version <> $5)
order by r.vendor_id limit $7
"""
# Nested objects come in the order of their ids; a mapping that cares for another finds it in the parent.
NESTED: Final = """
select parent_id, body, encoding from raw_object
where installation = $1 and kind = $2 and parent_id = any ($3::text[])
order by parent_id, length(vendor_id), vendor_id
"""


@dataclass(frozen=True, slots=True)
class Remapped:
    """How far it has come. refused: (vendor id, reason) of the last records that the mapping refuses: they keep their form."""

    done: int
    changed: int
    refused: Sequence[tuple[str, str]]


async def remap(
    db: Database, org: UUID, installation: UUID, resource: Resource, settings: ShopSettings, *, everything: bool = False
) -> AsyncGenerator[Remapped]:
    """Remap one resource of one shop; gives its progress after each transaction.

    everything: also records that stand at the current mapping version already (the shop's settings have changed).
    """
    after, done, changed = "", 0, 0
    while True:
        async with db.org(org) as unit:
            await lock(unit, installation, resource.kind)
            rows = await unit.fetch(
                WALK, installation, resource.kind, resource.raw_kind, after, resource.mapping_version, everything, BATCH, NOTE
            )
            if not rows:
                return
            nested = await _nested(unit, installation, resource, [row["vendor_id"] for row in rows])
            batch, refused = _prepare(installation, resource, settings, rows, nested)
            applied = await apply(unit, batch)
        after, done = rows[-1]["vendor_id"], done + len(rows)
        changed += len(applied.updated)
        yield Remapped(done, changed, refused)


async def _nested(unit: Unit, installation: UUID, resource: Resource, parents: Sequence[str]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    if resource.child_kind is not None:
        for parent, body, encoding in await unit.fetch(NESTED, installation, resource.child_kind, parents):
            found.setdefault(parent, []).append(unpack(body, encoding))
    return found


def _prepare(
    installation: UUID, resource: Resource, settings: ShopSettings, rows: Sequence[Any], nested: dict[str, list[bytes]]
) -> tuple[Batch, list[tuple[str, str]]]:
    batch = Batch(installation, resource.kind, resource.mapping_version, "remap", datetime.now(UTC))
    refused: list[tuple[str, str]] = []
    for id, body, encoding, modified, known in rows:
        # What the shop did not show when it gave these bytes is in the record alone.
        keep = keeper(known, hidden) if known is not None and (hidden := hidden_in(body)) != SHOWN else None
        try:
            mapped, doc = canonical(resource, settings, unpack(body, encoding), nested.get(id, ()), keep=keep)
        except Rejected as error:
            refused.append((id, error.reason))
            continue
        refs = msgspec.json.encode(mapped.doc["refs"])
        batch.records.append(
            RecordEntry(id, doc, hash_of(doc, resource.stamps), refs, mapped.modified or modified, mapped.variants, kept=True)
        )
    return batch, refused
