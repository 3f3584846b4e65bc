"""What the catalog already knows of some vendor ids, for deciding before anything is mapped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from hub.db.unit import Unit


class Known(NamedTuple):
    """A raw object that is kept. `loose`: it may not be skipped even if its bytes are the same, because its record is
    `deleted`, dirty or incomplete."""

    fingerprint: bytes
    modified: datetime | None
    loose: bool
    incomplete: bool
    deleted: bool


# Right after a purge, or in a first sync, PostgreSQL's statistics know nothing of the rows to come. What is asked here and
# written in `upsert` is meant to go by primary keys: these settings leave the planner no way that would read a whole shop, and
# no plan that was made while the tables were empty (a first sync of 40,000 rows once took 130 CPU-seconds by such a one).
LOCK = """
select pg_advisory_xact_lock($1),
       set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)
"""
# `offset 0` keeps each look-up a look-up of one row by its whole key: written as a join, the planner may turn it round. The
# record itself is not touched: the index of those that are not in order holds few, and a raw object never stands without one.
KNOWN = """
select w.vendor_id, w.fingerprint, w.modified_at, r.incomplete_children is not null, coalesce(r.incomplete_children, false),
       coalesce(r.gone, false)
from unnest($4::text[]) as u(vendor_id)
cross join lateral (
    select vendor_id, fingerprint, modified_at from raw_object
    where installation = $1 and kind = $3 and vendor_id = u.vendor_id offset 0
) w
left join lateral (
    select incomplete_children, deleted_at is not null as gone from record
    where installation = $1 and kind = $2 and vendor_id = u.vendor_id
      and (dirty or incomplete_children or deleted_at is not null) offset 0
) r on true
"""
CHILDREN = """
select w.parent_id, w.vendor_id, w.fingerprint, w.modified_at
from unnest($3::text[]) as u(parent)
cross join lateral (
    select parent_id, vendor_id, fingerprint, modified_at from raw_object
    where installation = $1 and kind = $2 and parent_id = u.parent offset 0
) w
"""


async def lock(unit: Unit, installation: UUID, kind: str) -> None:
    """Take turns with everybody else who writes records of this kind of this shop, until the transaction ends."""
    key = int.from_bytes(blake2b(f"{installation}{kind}".encode(), digest_size=8).digest(), signed=True)
    await unit.execute(LOCK, key)


async def known(unit: Unit, installation: UUID, kind: str, raw_kind: str, ids: Sequence[str]) -> dict[str, Known]:
    """By vendor id: what is kept of these rows. Ids that were never kept are absent."""
    rows = await unit.fetch(KNOWN, installation, kind, raw_kind, ids)
    return {row[0]: Known(*row[1:]) for row in map(tuple, rows)}


async def known_children(
    unit: Unit, installation: UUID, child_kind: str, parents: Sequence[str]
) -> dict[str, dict[str, tuple[bytes, datetime | None]]]:
    """By parent, by child: the fingerprints and modification times of the nested objects that are kept."""
    rows = await unit.fetch(CHILDREN, installation, child_kind, parents)
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


async def any_held(unit: Unit, installation: UUID, kind: str, ids: Sequence[str]) -> bool:
    """Whether any record of these vendor ids is kept, be it deleted."""
    return bool(
        await unit.fetchval(
            "select exists (select from record where installation = $1 and kind = $2 and vendor_id = any ($3::text[]))",
            installation, kind, ids,
        )
    )  # fmt: skip
