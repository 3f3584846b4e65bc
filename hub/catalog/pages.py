"""Pages of canonical records as JSON bytes, straight out of PostgreSQL: nothing here is decoded on its way to the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from hub.catalog.shelf import documents, with_id
from hub.db.unit import Unit
from hub.errors import NotFound

#: The stored document as bytes. As text the driver would decode it only for us to encode it again.
DOC: Final = "convert_to(r.doc::text, 'UTF8')"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a listing is narrowed to; None means everything. `status`: the canonical status or the vendor's own word."""

    installation: UUID | None = None
    updated_since: datetime | None = None
    status: str | None = None
    email: str | None = None
    sku: str | None = None
    gtin: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in fields(self))


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the sort key of its last record. `at` only in listings by time of change."""

    id: UUID
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Records as JSON, and the position of the last one when there may be more."""

    rows: list[bytes]
    end: Position | None


# The plain listing stands alone so that PostgreSQL keeps one plan for it: an index scan that stops after a page.
_PLAIN: Final = """
    select r.id, r.content_hash, null as at from record r
    where r.org = $1 and r.kind = $2 and r.deleted_at is null and r.id > $3 order by r.id limit $4
"""
_FIRST: Final = UUID(int=0)
_DAWN: Final = datetime(1, 1, 1, tzinfo=UTC)


async def page(unit: Unit, kind: str, narrowed: Filter, after: Position | None, limit: int) -> Page:
    """One page of a kind: by id, or by time of change when `updated_since` is asked for. Deleted records are left out."""
    if not narrowed:
        rows = await unit.fetch(_PLAIN, unit.org, kind, after.id if after else _FIRST, limit + 1)
        return await _cut(unit, rows, limit)
    by_time = narrowed.updated_since is not None
    where, values = _conditions(narrowed)
    values = [unit.org, kind, limit + 1, after.id if after else _FIRST, *values]
    if by_time:
        values.append((after and after.at) or _DAWN)
        where.append(f"(r.updated_at, r.id) > (${len(values)}, $4)")
    else:
        where.append("r.id > $4")
    sql = f"""
        select r.id, r.content_hash, {"r.updated_at" if by_time else "null"} as at from record r
        where r.org = $1 and r.kind = $2 and r.deleted_at is null and {" and ".join(where)}
        order by {"r.updated_at, r.id" if by_time else "r.id"} limit $3
    """  # noqa: S608
    rows = await unit.fetch(sql, *values)
    return await _cut(unit, rows, limit)


async def _cut(unit: Unit, found: Sequence[Any], limit: int) -> Page:
    """One row more than the page was asked for: it only tells that there are more."""
    shown = found[:limit]
    docs = await documents(unit, [(row["id"], row["content_hash"]) for row in shown])
    end = Position(shown[-1]["id"], shown[-1]["at"]) if len(found) > limit else None
    return Page([docs[row["id"]] for row in shown if row["id"] in docs], end)


def _conditions(narrowed: Filter) -> tuple[list[str], list[object]]:
    """SQL conditions from $5 on, and their values."""
    where: list[str] = []
    values: list[object] = []

    def add(sql: str, value: object) -> None:
        values.append(value)
        where.append(sql.replace("?", f"${len(values) + 4}"))

    if narrowed.installation is not None:
        add("r.installation = ?", narrowed.installation)
    if narrowed.updated_since is not None:
        add("r.updated_at >= ?", narrowed.updated_since)
    if narrowed.status is not None:
        word = "r.doc ->> 'status' = ? or r.doc ->> 'status_native' = ? or r.doc ->> 'financial_status' = ?"
        add(f"({word} or r.doc ->> 'fulfilment_status' = ?)", narrowed.status)
    if narrowed.email is not None:
        add("lower(coalesce(r.doc ->> 'email', r.doc -> 'buyer' ->> 'email')) = lower(?)", narrowed.email)
    for column in ("sku", "gtin"):
        if (value := getattr(narrowed, column)) is not None:
            add(f"r.id in (select v.record from variant_index v where v.org = $1 and v.{column} = ?)", value)  # noqa: S608
    return where, values


@dataclass(frozen=True, slots=True)
class Found:
    """One record with what the hub knows of it. `doc` is JSON with the id in it."""

    id: UUID
    kind: str
    installation: UUID
    vendor_id: str
    doc: bytes
    version: int
    mapping_version: int
    content_hash: bytes
    updated_at: datetime


async def one(unit: Unit, kind: str, record: UUID) -> Found:
    """One record. Raises NotFound when there is none, when it is somebody else's, and when the shop deleted it."""
    row = await unit.fetchrow(
        f"""select r.id, r.kind, r.installation, r.vendor_id, {DOC} as doc, r.version, r.mapping_version,
        r.content_hash, r.updated_at, r.deleted_at from record r where r.id = $1 and r.kind = $2""",  # noqa: S608
        record,
        kind,
    )
    if row is None:
        raise NotFound(f"There is no {kind} {record}.", field="id")
    if row["deleted_at"] is not None:
        raise NotFound(f"The {kind} {record} was deleted in the shop at {row['deleted_at']:%Y-%m-%dT%H:%M:%SZ}.", field="id")
    known = {field.name: row[field.name] for field in fields(Found)}
    return Found(**{**known, "doc": with_id(row["id"], row["doc"])})
