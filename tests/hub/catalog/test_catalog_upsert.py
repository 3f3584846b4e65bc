"""Writing batches: what is new, what changed, what is told, and that a second time changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from hub.catalog.batch import Applied, Batch, RawEntry, RecordEntry
from hub.catalog.known import clean, dirty, known, known_children, lock, mark_dirty
from hub.catalog.raw import unpack
from hub.catalog.tombstone import live_ids, tombstone
from hub.catalog.upsert import apply
from hub.db.engine import Database
from hub.db.ids import record_id

Write = Callable[[Batch], Awaitable[Applied]]
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def record(id: str, title: str, *, sku: str | None = None, incomplete: bool = False) -> RecordEntry:
    doc = msgspec.json.encode({"refs": [{"connector": "x", "id": id, "kind": "thing"}], "title": title})
    return RecordEntry(id, doc, doc[-32:].rjust(32), b'[{"id":"%b"}]' % id.encode(), NOW, [(id, sku, None)], incomplete)


def raw(kind: str, id: str, parent: str | None = None, body: bytes = b"{}") -> RawEntry:
    return RawEntry(kind, id, parent, body, body.rjust(32), NOW)


def batch(installation: UUID, *records: RecordEntry, raws: list[RawEntry] | None = None) -> Batch:
    return Batch(installation, "product", 1, "sync", NOW, list(records), raws or [], child_kind="part")


@pytest.fixture
def write(db: Database, org: UUID) -> Write:
    async def write(made: Batch) -> Applied:
        async with db.org(org) as unit:
            await lock(unit, made.installation, made.kind)
            return await apply(unit, made)

    return write


async def test_new_changed_and_unchanged_records_are_told_apart(
    db: Database, org: UUID, installation: UUID, write: Write
) -> None:
    first = await write(batch(installation, record("1", "A"), record("2", "B")))
    assert first.inserted == ["1", "2"] and len(first.events) == 2
    second = await write(batch(installation, record("1", "A"), record("2", "B!"), record("3", "C")))
    assert (second.inserted, second.updated, second.unchanged) == (["3"], ["2"], ["1"])
    again = await write(batch(installation, record("1", "A"), record("2", "B!"), record("3", "C")))
    assert again.unchanged == ["1", "2", "3"] and again.events == []
    async with db.org(org) as unit:
        rows = await unit.fetch("select type, vendor_id, data from event order by position")
    assert [(row["type"], row["vendor_id"]) for row in rows] == [
        ("product.created", "1"), ("product.created", "2"), ("product.created", "3"), ("product.updated", "2"),
    ]  # fmt: skip
    assert msgspec.json.decode(rows[3]["data"]) == {"refs": [{"id": "2"}], "version": 2, "changed": ["title"]}


async def test_the_variant_index_follows_the_record(db: Database, org: UUID, installation: UUID, write: Write) -> None:
    await write(batch(installation, record("1", "A", sku="OLD")))
    await write(batch(installation, record("1", "B", sku="NEW")))
    async with db.org(org) as unit:
        rows = await unit.fetch("select record, sku from variant_index")
        assert [(row["record"], row["sku"]) for row in rows] == [(record_id(installation, "product", "1"), "NEW")]
        await tombstone(unit, installation, "product", ["1"], "sweep")
        assert await unit.fetchval("select count(*) from variant_index") == 0


async def test_raw_objects_are_kept_exactly_and_children_that_went_are_forgotten(
    db: Database, org: UUID, installation: UUID, write: Write
) -> None:
    bodies = [raw("thing", "1", body=b'{"id":1}'), raw("part", "11", "1", b'{"id":11}'), raw("part", "12", "1", b'{"id":12}')]
    await write(batch(installation, record("1", "A"), raws=bodies))
    async with db.org(org) as unit:
        kept = await unit.fetchrow("select body, encoding, size from raw_object where kind = 'thing'")
        assert kept is not None
        assert unpack(kept["body"], kept["encoding"]) == b'{"id":1}' and kept["size"] == 8
        assert set((await known_children(unit, installation, "part", ["1"]))["1"]) == {"11", "12"}
    less = batch(installation, record("1", "A2"), raws=[])
    less.keep_children = {"1": ["12"]}
    await write(less)
    async with db.org(org) as unit:
        assert set((await known_children(unit, installation, "part", ["1"]))["1"]) == {"12"}


async def test_a_child_that_two_parents_list_does_not_break_the_batch(installation: UUID, write: Write) -> None:
    twice = [raw("part", "11", "1"), raw("part", "11", "2")]
    done = await write(batch(installation, record("1", "A"), record("2", "B"), raws=twice))
    assert done.inserted == ["1", "2"]


async def test_a_row_may_be_skipped_only_while_its_record_is_in_order(
    db: Database, org: UUID, installation: UUID, write: Write
) -> None:
    things = [raw("thing", id) for id in "1234"]
    whole = (record("1", "A"), record("2", "B"), record("3", "C", incomplete=True), record("4", "D"))
    await write(batch(installation, *whole, raws=things))
    async with db.org(org) as unit:
        await mark_dirty(unit, installation, "product", ["2"])
        await tombstone(unit, installation, "product", ["4"], "sweep")
        held = await known(unit, installation, "product", "thing", list("12345"))
        assert {id: one.loose for id, one in held.items()} == {"1": False, "2": True, "3": True, "4": True}
        assert await dirty(unit, installation, "product", 10) == ["2", "3"]
        assert await dirty(unit, installation, "product", 10, "2") == ["3"]
        await clean(unit, installation, "product", ["2"])
        assert await dirty(unit, installation, "product", 10) == ["3"]


async def test_a_tombstone_is_set_once_and_told_once(db: Database, org: UUID, installation: UUID, write: Write) -> None:
    await write(batch(installation, record("1", "A"), record("2", "B")))
    async with db.org(org) as unit:
        assert await tombstone(unit, installation, "product", ["1", "9"], "sweep") == ["1"]
        assert await tombstone(unit, installation, "product", ["1"], "sweep") == []
        event = await unit.fetchrow("select type, cause, data from event order by position desc limit 1")
        assert event is not None
        assert (event["type"], event["cause"]) == ("product.deleted", "sweep")
        assert msgspec.json.decode(event["data"])["refs"] == [{"connector": "x", "id": "1", "kind": "thing"}]
        assert await live_ids(unit, installation, "product", "", 10) == ["2"]
    back = await write(batch(installation, record("1", "A")))
    assert back.updated == ["1"] and len(back.events) == 1
