"""Write a batch: raw objects, records, the variant index and the events, in the caller's transaction.

Idempotent: the same batch again changes nothing and tells nothing. Whether an event is written is decided by the canonical
content hash alone. The caller holds `known.lock`, so that nobody else writes these records meanwhile.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hub import outbox
from hub.catalog.batch import Applied, Batch, RecordEntry
from hub.catalog.events import changed_fields, draft
from hub.catalog.raw import ZSTD, pack_all
from hub.db.ids import record_id
from hub.db.unit import Unit

RAW = """
insert into raw_object as w (org, installation, kind, vendor_id, parent_id, body, encoding, size, fingerprint, modified_at,
                             api_version, fetched_at, run)
select $1, $2, u.kind, u.vendor_id, u.parent_id, u.body, $3, u.size, u.fingerprint, u.modified_at, $4, $5, $6
from unnest($7::text[], $8::text[], $9::text[], $10::bytea[], $11::int[], $12::bytea[], $13::timestamptz[])
     as u(kind, vendor_id, parent_id, body, size, fingerprint, modified_at)
on conflict (installation, kind, vendor_id) do update set
    parent_id = excluded.parent_id, body = excluded.body, encoding = excluded.encoding, size = excluded.size,
    fingerprint = excluded.fingerprint, modified_at = excluded.modified_at, api_version = excluded.api_version,
    fetched_at = excluded.fetched_at, run = excluded.run
"""
INSERT = """
insert into record (org, id, installation, kind, vendor_id, doc, content_hash, mapping_version, incomplete_children, dirty,
                    modified_at)
select $1, u.id, $2, $3, u.vendor_id, convert_from(u.doc, 'UTF8')::json, u.content_hash, $4, u.incomplete, u.incomplete,
       u.modified_at
from unnest($5::uuid[], $6::text[], $7::bytea[], $8::bytea[], $9::bool[], $10::timestamptz[])
     as u(id, vendor_id, doc, content_hash, incomplete, modified_at)
on conflict (id) do nothing returning id
"""
# Documents go over as bytes: to make texts of them, for the driver to make bytes of them again, costs as much as hashing them.
# A document that says the same still carries newer stamps: it is kept, without a new version and without an event.
UPDATE = """
update record as r set
    doc = convert_from(u.doc, 'UTF8')::json, content_hash = u.content_hash, mapping_version = $1,
    incomplete_children = u.incomplete, dirty = u.incomplete,
    modified_at = u.modified_at,
    version = r.version + u.told::int,
    updated_at = case when u.told then now() else r.updated_at end,
    deleted_at = null
from unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::bool[], $6::timestamptz[], $7::bool[])
     as u(id, doc, content_hash, incomplete, modified_at, told)
where r.id = u.id
"""
# The document comes along only where it says something else than the new one.
HELD = """
select r.id, r.content_hash, r.version, r.deleted_at,
       case when r.content_hash <> u.content_hash and r.deleted_at is null then r.doc end as doc
from unnest($1::uuid[], $2::bytea[]) as u(id, content_hash) join record r on r.id = u.id
"""
GONE_VARIANTS = """
delete from variant_index v where v.record = any ($1::uuid[]) and not exists (
    select from unnest($2::uuid[], $3::text[]) as u(record, vendor_id) where u.record = v.record and u.vendor_id = v.vendor_id
)
"""
VARIANTS = """
insert into variant_index as v (org, installation, record, vendor_id, sku, gtin)
select $1, $2, u.record, u.vendor_id, u.sku, u.gtin
from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) as u(record, vendor_id, sku, gtin)
on conflict (record, vendor_id) do update set sku = excluded.sku, gtin = excluded.gtin
where (v.sku, v.gtin) is distinct from (excluded.sku, excluded.gtin)
"""


async def apply(unit: Unit, batch: Batch) -> Applied:
    """Write the batch; answers what was new, what changed and what was as before."""
    done = Applied()
    if batch.raws:
        await _write_raws(unit, batch)
    if batch.keep_children:
        await _drop_children(unit, batch)
    if not batch.records:
        return done
    ids = [record_id(batch.installation, batch.kind, entry.vendor_id) for entry in batch.records]
    entries = list(zip(ids, batch.records, strict=True))
    drafts: list[outbox.EventDraft] = []
    # Trying goes by the primary key whatever the planner thinks; asking first would read what is not there.
    drafts += await _insert(unit, batch, [(id, entry) for id, entry in entries if not entry.kept], done)
    new = set(done.inserted)
    rest = [(id, entry) for id, entry in entries if entry.vendor_id not in new]
    if rest:
        held = {row["id"]: row for row in await unit.fetch(HELD, [id for id, _ in rest], [e.content_hash for _, e in rest])}
        drafts += await _insert(unit, batch, [(id, entry) for id, entry in rest if id not in held], done)
        old = [(id, entry) for id, entry in rest if id in held]
        if old:
            drafts += await _update(unit, batch, old, held, done)
    done.events = await outbox.record(unit, drafts)
    return done


async def _write_raws(unit: Unit, batch: Batch) -> None:
    raws = list({(w.kind, w.vendor_id): w for w in batch.raws}.values())  # two parents may list one child
    await unit.execute(
        RAW, unit.org, batch.installation, ZSTD, batch.api_version, batch.fetched_at, batch.run,
        [w.kind for w in raws], [w.vendor_id for w in raws], [w.parent_id for w in raws],
        [pack_all([w.body], w.notes) for w in raws],
        [len(w.body) for w in raws], [w.fingerprint for w in raws], [w.modified for w in raws],
    )  # fmt: skip


async def _drop_children(unit: Unit, batch: Batch) -> None:
    """Forget the raw children that their parents no longer list."""
    parents = list(batch.keep_children)
    kept = [child for children in batch.keep_children.values() for child in children]
    await unit.execute(
        "delete from raw_object where installation = $1 and kind = $2 and parent_id = any ($3::text[]) "
        "and vendor_id <> all ($4::text[])",
        batch.installation, batch.child_kind, parents, kept,
    )  # fmt: skip


async def _insert(unit: Unit, batch: Batch, new: list[tuple[UUID, RecordEntry]], done: Applied) -> list[outbox.EventDraft]:
    """Insert those of them that are not there yet."""
    if not new:
        return []
    rows = await unit.fetch(
        INSERT, unit.org, batch.installation, batch.kind, batch.mapping_version,
        [id for id, _ in new], [e.vendor_id for _, e in new], [e.doc for _, e in new], [e.content_hash for _, e in new],
        [e.incomplete for _, e in new], [e.modified for _, e in new],
    )  # fmt: skip
    if len(rows) < len(new):
        inserted = {row["id"] for row in rows}
        new = [(id, entry) for id, entry in new if id in inserted]
    await _index(unit, batch, new)
    done.inserted += [entry.vendor_id for _, entry in new]
    return [_draft("created", batch, id, entry, 1) for id, entry in new]


async def _index(unit: Unit, batch: Batch, entries: list[tuple[UUID, RecordEntry]]) -> None:
    rows = {(id, variant[0]): (id, *variant) for id, entry in entries for variant in entry.variants}
    if rows:
        await unit.execute(VARIANTS, unit.org, batch.installation, *map(list, zip(*rows.values(), strict=True)))


async def _update(
    unit: Unit, batch: Batch, old: list[tuple[UUID, RecordEntry]], held: dict[UUID, Any], done: Applied
) -> list[outbox.EventDraft]:
    back = {id for id, _ in old if held[id]["deleted_at"] is not None}
    told = {id for id, entry in old if id in back or held[id]["content_hash"] != entry.content_hash}
    await unit.execute(
        UPDATE, batch.mapping_version,
        [id for id, _ in old], [e.doc for _, e in old], [e.content_hash for _, e in old], [e.incomplete for _, e in old],
        [e.modified for _, e in old], [id in told for id, _ in old],
    )  # fmt: skip
    moved = [(id, entry) for id, entry in old if id in told]
    if moved:
        kept = [(id, variant[0]) for id, entry in moved for variant in entry.variants]
        await unit.execute(GONE_VARIANTS, [id for id, _ in moved], [id for id, _ in kept], [variant for _, variant in kept])
        await _index(unit, batch, moved)
    drafts = []
    for id, entry in old:
        (done.updated if id in told else done.unchanged).append(entry.vendor_id)
        if id in told:
            version: int = held[id]["version"] + 1
            # a record that had been deleted and is back is created once more for whoever heard of its end
            verb, changed = ("created", None) if id in back else ("updated", changed_fields(held[id]["doc"], entry.doc))
            drafts.append(_draft(verb, batch, id, entry, version, changed))
    return drafts


def _draft(
    verb: str, batch: Batch, id: UUID, entry: RecordEntry, version: int, changed: list[str] | None = None
) -> outbox.EventDraft:
    return draft(
        verb, cause=batch.cause, kind=batch.kind, record=id, vendor_id=entry.vendor_id, installation=batch.installation,
        refs=entry.refs, version=version, changed=changed,
    )  # fmt: skip
