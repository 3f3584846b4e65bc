"""Forgetting a person: everything that the hub keeps of one shop's customer, and what is personal in the orders named with him.

The customer's record goes altogether. An order stays as a fact of business (what was bought, for how much), without whom it
was for. Raw bytes, receipts, quarantine, write-backs, jobs, remembered answers and what events said go with them. What the
shop itself still shows is read again when it changes there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.catalog.content import hash_of
from hub.catalog.events import changed_fields, draft
from hub.catalog.known import lock
from hub.catalog.raw import unpack_all
from hub.db.ids import record_id
from hub.db.unit import Unit
from hub.outbox import EventDraft, record
from schemas.kinds import encode

#: Keys of an order's document, at any depth, that may tell of a person: people, places, and every text that somebody wrote.
PERSONAL: Final = frozenset(
    {"buyer", "addresses", "note", "ext", "metafields", "tracking", "events", "reason", "refunded_by", "image_url"}
)
NUMBER: Final = re.compile(r"([0-9]+)(?:\?.*)?$")

GONE = """
delete from record where installation = $1 and kind = $2 and vendor_id = any ($3::text[])
returning id, version, deleted_at is null as live
"""
HELD = """
select id, vendor_id, doc, version, deleted_at is null as live from record
where installation = $1 and kind = $2 and vendor_id = any ($3::text[]) for update
"""
STRIPPED = """
update record set doc = $2::json, content_hash = $3, version = version + 1, updated_at = now() where id = $1
"""
RAW = """
delete from raw_object where installation = $1
and ((kind = $2 and vendor_id = any ($3::text[])) or parent_id = any ($3::text[]))
"""
#: Ids stand in messages as plain numbers: whole ones only, so that 12 is not found in 3124.
RECEIPTS = """
update receipt set headers = '{}', body = '', reason = 'forgotten', processed_at = coalesce(processed_at, now()),
    status = case when status = 'new' then 'ignored' else status end
where installation = $1 and id is distinct from $3 and encode(body, 'escape') ~ $2
"""
JOBS = """
delete from job where (kind = 'write_back' and payload ->> 'write_back' = any ($2::text[]))
or (payload ->> 'installation' = $1 and payload -> 'ids' ?| $3::text[])
"""
ANSWERS = """
delete from idempotency
where exists (select from unnest($1::text[]) as u(id) where position(convert_to(u.id, 'UTF8') in body) > 0)
"""


async def expunge(
    unit: Unit, installation: UUID, ids: Mapping[str, Sequence[str]], resources: Mapping[str, tuple[str, str]], spare: UUID
) -> dict[str, int]:
    """Forget the named customers, and whom the named orders were for, in the caller's transaction.

    ids: vendor ids by kind ("customer", "order"); resources: kind → (name of the resource, the vendor's raw kind);
    spare: the receipt of this very request, which its own job closes. Answers how many rows went, by table.
    """
    named = [one for some in ids.values() for one in some]
    if not named:
        return {}
    counts: dict[str, int] = {}
    told: list[EventDraft] = []
    for kind, some in ids.items():
        resource, raw_kind = resources[kind]
        await lock(unit, installation, kind)
        drafts = await (_strip if kind == "order" else _remove)(unit, installation, kind, some)
        _count(counts, resource, len(drafts))
        told += [one for one in drafts if one is not None]
        _count(counts, "raw", await _rows(unit, RAW, installation, raw_kind, some))
        _count(counts, "quarantine", await _quarantine(unit, installation, resource, some))
    await _elsewhere(unit, installation, ids, named, spare, counts)
    await record(unit, told)
    return {name: count for name, count in counts.items() if count}


async def _remove(unit: Unit, installation: UUID, kind: str, ids: Sequence[str]) -> list[EventDraft | None]:
    """Records that go; those that listen are told the id that they know, and nothing else."""
    drafts: list[EventDraft | None] = []
    for row in await unit.fetch(GONE, installation, kind, ids):
        told = b'{"refs":[],"version":%d}' % (row["version"] + 1)
        gone = EventDraft(f"{kind}.deleted", "webhook", kind, row["id"], None, installation, told)
        drafts.append(gone if row["live"] else None)
    return drafts


async def _strip(unit: Unit, installation: UUID, kind: str, ids: Sequence[str]) -> list[EventDraft | None]:
    drafts: list[EventDraft | None] = []
    for row in await unit.fetch(HELD, installation, kind, ids):
        before: dict[str, Any] = msgspec.json.decode(row["doc"])
        doc = encode(impersonal(before))
        await unit.execute(STRIPPED, row["id"], doc.decode(), hash_of(doc))
        changed = changed_fields(row["doc"], doc)
        told = draft(
            "updated", cause="webhook", kind=kind, record=row["id"], vendor_id=row["vendor_id"], installation=installation,
            refs=msgspec.json.encode(before["refs"]), version=row["version"] + 1, changed=changed,
        )  # fmt: skip
        drafts.append(told if row["live"] and changed else None)
    return drafts


def impersonal(value: Any) -> Any:
    """A document without what may tell of a person. A line that is no product of the shop's may have been named after somebody.

    >>> impersonal({"number": "7", "note": "For Anna", "lines": [{"sku": "A", "title": "Ring for Anna", "ext": {}}]})
    {'number': '7', 'lines': [{'sku': 'A'}]}
    """
    if isinstance(value, list):
        return [impersonal(one) for one in value]
    if not isinstance(value, dict):
        return value
    own = "title" in value and "sku" in value and not value.get("product")
    return {key: impersonal(inner) for key, inner in value.items() if key not in PERSONAL and not (own and "title" in key)}


async def _elsewhere(
    unit: Unit, installation: UUID, ids: Mapping[str, Sequence[str]], named: Sequence[str], spare: UUID, counts: dict[str, int]
) -> None:
    """What other rooms keep of them."""
    records = [record_id(installation, kind, one) for kind, some in ids.items() for one in some]
    await unit.execute(
        "update event set data = '{}', vendor_id = null where installation = $1 and record = any ($2::uuid[])",
        installation,
        records,
    )
    counts["receipts"] = await _rows(unit, RECEIPTS, installation, pattern(named), spare)
    writes = await unit.fetch(
        "delete from write_back where installation = $1 and vendor_id = any ($2::text[]) returning id", installation, named
    )
    counts["write_backs"] = len(writes)
    counts["jobs"] = await _rows(unit, JOBS, str(installation), [str(row["id"]) for row in writes], named)
    counts["answers"] = await _rows(unit, ANSWERS, [*named, *map(str, records)])


async def _quarantine(unit: Unit, installation: UUID, resource: str, ids: Sequence[str]) -> int:
    """Rows put aside under these ids, and those without an id whose bytes name one."""
    wanted = re.compile(pattern(ids).encode())
    rows = await unit.fetch(
        "select id, raw from quarantine where installation = $1 and resource = $2 and vendor_id is null", installation, resource
    )
    unnamed = [row["id"] for row in rows if any(wanted.search(body) for body in unpack_all(row["raw"]))]
    return await _rows(
        unit,
        "delete from quarantine where installation = $1 and resource = $2 "
        "and (vendor_id = any ($3::text[]) or id = any ($4::uuid[]))",
        installation, resource, ids, unnamed,
    )  # fmt: skip


def pattern(ids: Sequence[str]) -> str:
    """A regular expression for the numbers of these ids, of PostgreSQL and of Python alike.

    >>> pattern(["gid://shopify/Order/12", "7"])
    '(^|[^0-9])(12|7)([^0-9]|$)'
    """
    numbers = [match[1] if (match := NUMBER.search(one)) else re.escape(one) for one in ids]
    return f"(^|[^0-9])({'|'.join(dict.fromkeys(numbers))})([^0-9]|$)"


async def _rows(unit: Unit, sql: str, *args: object) -> int:
    tag = await unit.execute(sql, *args)
    return int(tag.split()[-1])


def _count(counts: dict[str, int], name: str, more: int) -> None:
    counts[name] = counts.get(name, 0) + more
