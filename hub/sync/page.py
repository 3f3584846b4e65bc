"""One transaction's worth of a page: decide → map → write. The caller drained the children before, and commits after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from hub.catalog.batch import Batch, RawEntry, RecordEntry
from hub.catalog.known import Known, known, known_children, lock, mark_dirty
from hub.catalog.unseen import Hidden, Keeper, keepers, noted
from hub.catalog.upsert import apply
from hub.db.unit import Unit
from hub.ports import Resource, ShopSettings, Store
from hub.sync.counts import Outcome
from hub.sync.decide import Candidate, Kept, candidates, is_stale, is_unchanged
from hub.sync.paging import Slice
from hub.sync.quarantine import Put, any_open, notes_on, put_aside, resolve
from hub.sync.sight import hidden_fields, sight_of

NOTHING_KEPT: Kept = {}


@dataclass(frozen=True, slots=True)
class Target:
    """Whose rows these are and why they are being read. cause: the events' cause; store: where they are from, if it is open."""

    org: UUID
    installation: UUID
    resource: Resource
    settings: ShopSettings
    cause: str
    api_version: str | None = None
    run: UUID | None = None
    store: Store | None = None


async def work(unit: Unit, target: Target, parts: Sequence[Slice], *, confirmed: bool = False) -> Outcome:
    """Write what changed of these slices. `confirmed`: the store was asked twice, so older rows are what it has now."""
    outcome, resource = Outcome(), target.resource
    rows = candidates(resource, parts)
    outcome.counts.unchanged = sum(len(part.known) for part in parts)
    outcome.counts.children = sum(len(one.children) for one in rows.values())
    puts = [Put(bad.id, [bad.body], bad.reason, bad.field) for part in parts for bad in (*part.bad, *part.children.bad)]
    if rows:
        await lock(unit, target.installation, resource.kind)
        held = await known(unit, target.installation, resource.kind, resource.raw_kind, list(rows))
        kept = await _kept(unit, target, rows, held)
        changed = _decide(rows, held, kept, outcome, confirmed, listed=target.run is not None)
        empty = hidden_fields(sight_of(target.store, resource))
        hidden = {one.row.id: Hidden(one.row.unseen, empty) for one in changed if one.row.unseen or empty}
        keep = await keepers(unit, target.installation, resource.kind, hidden)
        batch = _prepare(target, changed, held, kept, puts, keep, empty)
        applied = await apply(unit, batch)
        outcome.counts.inserted += len(applied.inserted)
        outcome.counts.updated += len(applied.updated)
        outcome.counts.unchanged += len(applied.unchanged)
        outcome.changed = applied.inserted + applied.updated
        if outcome.incomplete:
            await mark_dirty(unit, target.installation, resource.kind, outcome.incomplete)
        if await any_open(unit, target.installation, resource.name):
            refused = {put.vendor_id for put in puts}
            good = [id for id in rows if id not in refused]
            await resolve(unit, target.installation, resource.name, good, "A later version of the row was mapped.")
    outcome.counts.quarantined = len(puts)
    outcome.counts.unseen = dict(Counter(pointer for one in rows.values() for pointer in one.row.unseen))
    outcome.counts.stale, outcome.counts.incomplete = len(outcome.stale), len(outcome.incomplete)
    if puts:
        await put_aside(unit, target.installation, resource.name, target.run, puts)
    return outcome


async def _kept(unit: Unit, target: Target, rows: dict[str, Candidate], held: dict[str, Known]) -> dict[str, Kept]:
    """What is kept of the children of those rows that have, or may have had, any."""
    if target.resource.child_kind is None:
        return {}
    parents = [
        id for id, one in rows.items()
        if one.children or one.row.children != () or (id in held and held[id].fingerprint != one.print)
    ]  # fmt: skip
    if not parents:
        return {}
    return dict(await known_children(unit, target.installation, target.resource.child_kind, parents))


def _decide(
    rows: dict[str, Candidate], held: dict[str, Known], kept: dict[str, Kept], outcome: Outcome, confirmed: bool, *, listed: bool
) -> list[Candidate]:
    """The rows to map; the others are counted.

    listed: they come out of a listing or an export, which may have been made before a record was buried: what is buried comes
    back only when it is asked for by its id.
    """
    now, changed = datetime.now(UTC), []
    for id, one in rows.items():
        before, children = held.get(id), kept.get(id, NOTHING_KEPT)
        if one.incomplete:
            outcome.incomplete.append(id)
            if before is not None and not before.incomplete:
                continue  # a whole record stays until its children can all be had again
        if is_unchanged(one, before, children):
            outcome.counts.unchanged += 1
        elif not confirmed and (is_stale(one, before, children, now) or (listed and before is not None and before.deleted)):
            outcome.stale.append(id)
        else:
            changed.append(one)
    return changed


def _prepare(
    target: Target,
    changed: list[Candidate],
    held: dict[str, Known],
    kept: dict[str, Kept],
    puts: list[Put],
    keep: dict[str, Keeper],
    empty: tuple[str, ...],
) -> Batch:
    resource = target.resource
    batch = Batch(
        target.installation, resource.kind, resource.mapping_version, target.cause, datetime.now(UTC),
        child_kind=resource.child_kind, api_version=target.api_version, run=target.run,
    )  # fmt: skip
    if not changed:
        return batch
    from hub.catalog.canonical import Rejected, canonical  # the models of all kinds: an unchanged shop needs none of them
    from hub.catalog.content import hash_of

    for one in changed:
        row, bodies = one.row, [child.body for child in one.children]
        try:
            mapped, doc = canonical(
                resource, target.settings, row.body, bodies, incomplete=bool(one.incomplete), keep=keep.get(row.id)
            )
        except Rejected as error:
            puts.append(Put(row.id, [row.body, *bodies], error.reason, error.field, notes_on(row, one.children)))
            continue
        batch.records.append(
            RecordEntry(
                row.id, doc, hash_of(doc, resource.stamps), msgspec.json.encode(mapped.doc["refs"]),
                mapped.modified or row.modified, mapped.variants, bool(one.incomplete),
                row.id in held,
            )
        )  # fmt: skip
        batch.raws.append(
            RawEntry(resource.raw_kind, row.id, None, row.body, one.print, row.modified, noted(Hidden(row.unseen, empty)))
        )
        if resource.child_kind is not None:
            _children(batch, resource.child_kind, one, kept.get(row.id, NOTHING_KEPT))
    return batch


def _children(batch: Batch, child_kind: str, one: Candidate, kept: Kept) -> None:
    """The nested objects that changed, and which ones the row still has if that is not all that is kept."""
    for child, print in zip(one.children, one.prints, strict=True):
        if child.id not in kept or kept[child.id][0] != print:
            batch.raws.append(RawEntry(child_kind, child.id, one.row.id, child.body, print, child.modified))
    now = [child.id for child in one.children]
    if not one.incomplete and not kept.keys() <= set(now):
        batch.keep_children[one.row.id] = now
