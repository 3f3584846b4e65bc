"""Whole runs into PostgreSQL: what is written, what is told, what is believed, and how the next run goes on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hub.db.engine import Database
from hub.errors import LeaseLost, NotFound, PermanentError, ReauthorizationError, RetryableError
from hub.ports import Children, Resource, Row
from hub.sync import lease as leases
from hub.sync.run import sync
from tests.hub.sync.shelf import DAWN, Shelf, ShelfEngine


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put(*range(1, 61))
    return shelf


@pytest.fixture
def engine(db: Database, shelf: Shelf) -> ShelfEngine:
    return ShelfEngine(db, shelf, commit_rows=15)


async def rows(db: Database, org: UUID, sql: str, *args: Any) -> list[Any]:
    async with db.org(org) as unit:
        return await unit.fetch(sql, *args)


async def value(db: Database, org: UUID, sql: str, *args: Any) -> Any:
    async with db.org(org) as unit:
        return await unit.fetchval(sql, *args)


async def told(db: Database, org: UUID) -> dict[str, int]:
    """How many events of each type there are."""
    found = await rows(db, org, "select type, count(*) as n from event group by 1")
    return {row["type"]: row["n"] for row in found}


async def test_a_first_run_reads_everything_and_says_why_it_is_believed(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine
) -> None:
    seen: list[tuple[str, int, int | None]] = []
    result = await sync(engine, org, installation, "things", progress=lambda *told: seen.append(told))
    assert (result.mode, result.verdict) == ("backfill", "COMPLETE")
    assert result.counts["inserted"] == 60
    assert result.evidence["store_total"] == result.evidence["distinct"] == 60
    assert result.evidence["words"]["en"].startswith(
        "All 60 rows of the shop were read (the total it counts was reached). 60 new"
    )
    assert result.evidence["words"]["fr"].startswith("Les 60 lignes de la boutique ont été lues")
    assert await value(db, org, "select count(*) from record") == 60
    assert await value(db, org, "select count(*) from raw_object") == 60
    assert await told(db, org) == {"product.created": 60, "run.finished": 1}
    assert seen[-1] == ("things", 60, 60)
    assert await value(db, org, "select count(*) from run_page") == 0


async def test_an_unchanged_store_writes_and_tells_nothing(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine
) -> None:
    await sync(engine, org, installation, "things")
    before = await rows(db, org, "select id, xmin::text from record order by id")
    again = await sync(engine, org, installation, "things", "backfill")
    assert again.verdict == "COMPLETE" and again.counts["unchanged"] == 60
    assert await rows(db, org, "select id, xmin::text from record order by id") == before
    assert await told(db, org) == {"product.created": 60, "run.finished": 1}


async def test_a_changed_row_makes_one_event_that_names_the_fields(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    await sync(engine, org, installation, "things")
    shelf.put(7, title="Another name", at=DAWN + timedelta(hours=5))
    result = await sync(engine, org, installation, "things")
    assert (result.mode, result.verdict, result.counts["updated"]) == ("incremental", "COMPLETE", 1)
    (event,) = await rows(db, org, "select cause, vendor_id, data from event where type = 'product.updated'")
    data = msgspec.json.decode(event["data"])
    assert (event["cause"], event["vendor_id"]) == ("sync", "7")
    assert data["changed"] == ["modified_at", "title"] and data["version"] == 2
    assert data["refs"] == [{"connector": "shelf", "kind": "thing", "id": "7"}]


async def test_a_save_that_changed_nothing_keeps_the_newer_stamp_and_tells_nobody(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    await sync(engine, org, installation, "things")
    shelf.put(7, at=DAWN + timedelta(hours=5))
    await sync(engine, org, installation, "things")
    assert (await told(db, org)).get("product.updated") is None
    row = (await rows(db, org, "select version, doc->>'modified_at' as at from record where vendor_id = '7'"))[0]
    assert (row["version"], row["at"]) == (1, "2026-11-01T05:00:00Z")


async def test_a_store_that_stays_away_makes_the_run_partial_and_the_next_one_goes_on(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    def fail() -> None:
        raise RetryableError("The shop answered 503.", status=503)

    shelf.hooks = dict.fromkeys(range(5, 9), fail)
    first = await sync(engine, org, installation, "things")
    assert first.verdict == "PARTIAL" and "503" in first.reason
    assert await value(db, org, "select watermark from resource_state") is None
    read = await value(db, org, "select count(*) from record")
    assert 0 < read < 60
    asked = len(shelf.asked)
    second = await sync(engine, org, installation, "things")
    assert second.verdict == "COMPLETE" and second.run != first.run
    assert shelf.asked[asked].offset == read - 1  # not from the start
    assert await told(db, org) == {"product.created": 60, "run.finished": 2}


async def test_credentials_that_are_refused_end_the_run_and_ask_the_merchant(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    def refuse() -> None:
        raise ReauthorizationError("The key was revoked.")

    shelf.hooks[3] = refuse
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "FAILED" and "revoked" in result.reason
    assert await value(db, org, "select status from installation") == "reconnect"


async def test_a_store_that_is_not_what_it_was_fails_the_run_in_words(
    org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    def fail() -> None:
        raise PermanentError("There is no WooCommerce at this address.")

    shelf.hooks[2] = fail
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "FAILED" and "no WooCommerce" in result.reason


async def test_an_unknown_resource_is_named_with_the_known_ones(org: UUID, installation: UUID, engine: ShelfEngine) -> None:
    with pytest.raises(NotFound, match="things, people"):
        await sync(engine, org, installation, "thnigs")


async def test_children_make_one_record_and_one_event(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.part(5, 501, 502, 503)
    result = await sync(engine, org, installation, "things")
    assert result.counts["children"] == 3
    assert (await told(db, org))["product.created"] == 60
    assert await value(db, org, "select json_array_length(doc->'variants') from record where vendor_id = '5'") == 3
    assert await value(db, org, "select count(*) from variant_index") == 3
    assert await value(db, org, "select count(*) from raw_object where kind = 'part' and parent_id = '5'") == 3


async def test_a_child_changed_on_its_own_refetches_its_parent(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.part(5, 501, 502)
    await sync(engine, org, installation, "things")
    shelf.part(5, 502, title="Repriced", at=shelf.now - timedelta(hours=1))
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "COMPLETE" and result.counts["updated"] == 1
    assert (await told(db, org))["product.updated"] == 1
    mark = msgspec.json.decode(await value(db, org, "select watermark from resource_state"))
    assert mark["modified"] == "2026-11-01T01:00:00Z"  # never a child's
    again = await sync(engine, org, installation, "things")
    assert again.counts["updated"] == 0 and shelf.fetched == [["5"]]


async def test_a_child_that_went_leaves_its_record_and_the_raw_store(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.part(5, 501, 502)
    await sync(engine, org, installation, "things")
    shelf.parts[5] = shelf.parts[5][:1]
    shelf.put(5, at=shelf.now - timedelta(hours=1))
    await sync(engine, org, installation, "things")
    assert await value(db, org, "select json_array_length(doc->'variants') from record where vendor_id = '5'") == 1
    assert await value(db, org, "select array_agg(vendor_id) from raw_object where kind = 'part'") == ["501"]
    assert await value(db, org, "select array_agg(vendor_id) from variant_index") == ["501"]


async def test_a_list_of_children_that_is_not_whole_is_fetched_again_and_keeps_the_run_partial(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.part(5, 501, 502)
    shelf.part(6, 601)
    shelf.undrained = {5}
    first = await sync(engine, org, installation, "things")
    assert first.verdict == "PARTIAL" and first.evidence["incomplete_children"] == 1
    assert await value(db, org, "select vendor_id from record where incomplete_children") == "5"
    shelf.undrained = set()
    second = await sync(engine, org, installation, "things")
    assert second.verdict == "COMPLETE"
    assert await value(db, org, "select count(*) from record where incomplete_children or dirty") == 0


async def test_a_whole_record_is_not_replaced_by_one_with_missing_children(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.part(5, 501, 502)
    await sync(engine, org, installation, "things")
    shelf.undrained = {5}
    shelf.put(5, title="New", at=shelf.now - timedelta(hours=1))
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "PARTIAL"
    row = (await rows(db, org, "select doc->>'title' as title, dirty from record where vendor_id = '5'"))[0]
    assert (row["title"], row["dirty"]) == ("Thing 5", True)


async def test_a_bad_row_goes_to_quarantine_and_a_later_good_version_resolves_it(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(*range(61, 201))
    shelf.put(7, broken="12,50")
    first = await sync(engine, org, installation, "things")
    assert first.verdict == "COMPLETE" and first.evidence["quarantined"] == 1
    assert "1 in quarantine" in first.reason
    (kept,) = await rows(db, org, "select vendor_id, reason, field, resolved_at from quarantine")
    assert (kept["vendor_id"], kept["field"], kept["resolved_at"]) == ("7", "/price", None)
    await sync(engine, org, installation, "things", "backfill")
    assert await value(db, org, "select count(*) from quarantine") == 1
    shelf.put(7, at=shelf.now - timedelta(hours=1))
    await sync(engine, org, installation, "things")
    assert await value(db, org, "select resolved_at is not null from quarantine")
    assert await value(db, org, "select count(*) from record") == 200


async def test_more_than_one_percent_in_quarantine_is_not_complete(
    org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(7, broken="x")
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "PARTIAL" and "quarantine" in result.reason


async def test_a_sku_that_postgresql_cannot_index_sends_its_row_to_quarantine_alone(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(*range(61, 201))
    shelf.put(7, sku="".join(chr(0x4E00 + random.randrange(20_000)) for _ in range(9000)))
    shelf.part(8, 801)
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "COMPLETE" and result.evidence["quarantined"] == 1
    (kept,) = await rows(db, org, "select vendor_id, reason from quarantine")
    assert kept["vendor_id"] == "7" and kept["reason"].startswith("PostgreSQL cannot keep it")
    assert await value(db, org, "select count(*) from record") == 199
    assert (await told(db, org))["product.created"] == 199


async def test_a_nul_in_a_text_is_kept_raw_and_shown_as_what_it_is(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(*range(61, 201))
    shelf.put(7, title="nul \0 inside")
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "COMPLETE" and result.evidence["quarantined"] == 0
    assert await value(db, org, "select doc->>'title' from record where vendor_id = '7'") == "nul � inside"


async def test_an_answer_that_was_overtaken_does_not_overwrite_the_newer_record(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(7, title="Newer", at=DAWN + timedelta(days=9))
    await sync(engine, org, installation, "things")
    shelf.put(7, title="Older")
    stale = dict(shelf.rows[7])
    shelf.hooks[shelf.pages + 3] = lambda: shelf.put(7, title="Newer", at=DAWN + timedelta(days=9))
    result = await sync(engine, org, installation, "things", "backfill")
    assert result.evidence["asked_twice"] == 1
    assert await value(db, org, "select doc->>'title' from record where vendor_id = '7'") == "Newer"
    shelf.rows[7] = stale  # a restored backup: asked twice, the store says the same
    await sync(engine, org, installation, "things", "backfill")
    assert await value(db, org, "select doc->>'title' from record where vendor_id = '7'") == "Older"


async def test_two_callers_make_one_run(org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf, db: Database) -> None:
    shelf.hooks = dict.fromkeys(range(1, 30), lambda: asyncio.sleep(0.1))
    watched: list[tuple[str, int, int | None]] = []
    first = asyncio.create_task(sync(engine, org, installation, "things"))
    await asyncio.sleep(0.3)
    second = await sync(engine, org, installation, "things", progress=lambda *told: watched.append(told))
    made = await first
    assert second.attached and second.run == made.run and second.verdict == "COMPLETE"
    assert watched and not made.attached
    assert await value(db, org, "select count(*) from run") == 1


async def test_a_holder_that_was_overtaken_can_write_nothing_more(
    db: Database, org: UUID, installation: UUID, shelf: Shelf
) -> None:
    engine = ShelfEngine(db, shelf, commit_rows=5, lease_seconds=0.5)
    hold, gone = asyncio.Event(), asyncio.Event()

    async def pause() -> None:
        gone.set()
        await hold.wait()

    shelf.hooks[4] = pause
    first = asyncio.create_task(sync(engine, org, installation, "things"))
    await gone.wait()
    async with db.org(org) as unit:  # as if the holder's process had been asleep past its lease
        await unit.execute("update resource_state set lease_until = now() - interval '1 second'")
        assert await leases.take(unit, installation, "things", "another", 60.0)
    written = await value(db, org, "select count(*) from record")
    hold.set()
    with pytest.raises(LeaseLost):
        await first
    assert await value(db, org, "select count(*) from record") == written
    assert await value(db, org, "select lease_owner from resource_state") == "another"


async def test_a_run_that_was_cancelled_leaves_the_lease_and_is_taken_up(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.hooks[5] = lambda: asyncio.sleep(60)
    first = asyncio.create_task(sync(engine, org, installation, "things"))
    while not await value(db, org, "select count(*) from run_page"):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    shelf.hooks.clear()
    result = await sync(engine, org, installation, "things")
    assert result.verdict == "COMPLETE" and result.evidence["resumed"] == 1
    assert await value(db, org, "select count(*) from run") == 1
    assert await told(db, org) == {"product.created": 60, "run.finished": 1}


async def test_a_resource_without_modification_times_is_read_whole_every_time(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    await sync(engine, org, installation, "people")
    shelf.put(7, title="Renamed")
    result = await sync(engine, org, installation, "people")
    assert (result.mode, result.verdict) == ("incremental", "COMPLETE")
    assert result.counts["updated"] == 1 and result.counts["unchanged"] == 59


async def test_what_came_before_a_page_that_never_comes_is_kept(db: Database, org: UUID, installation: UUID) -> None:
    shelf = Shelf()
    shelf.put(*range(1, 101))

    def fail() -> None:
        raise RetryableError("maintenance", status=200)

    shelf.hooks = dict.fromkeys(range(4, 40), fail)
    engine = ShelfEngine(db, shelf)  # far more rows in one transaction than ever come
    stopped = await sync(engine, org, installation, "things")
    assert stopped.verdict == "PARTIAL" and stopped.counts["inserted"] == stopped.evidence["distinct"] > 20
    shelf.hooks = {}
    done = await sync(engine, org, installation, "things")
    assert done.verdict == "COMPLETE" and done.counts["inserted"] == 100  # of both together
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from event where type = 'product.created'") == 100


async def test_a_page_whose_nested_lists_never_come_is_read_again_later(db: Database, org: UUID, installation: UUID) -> None:
    shelf = Shelf()
    shelf.put(*range(1, 101))
    for id in range(1, 101):
        shelf.part(id, 1000 + id)
    engine = ShelfEngine(db, shelf)
    drain = shelf.children
    asked: list[Sequence[Row]] = []

    async def failing(resource: Resource, parents: Sequence[Row]) -> Children:
        asked.append(parents)
        if 3 < len(asked) < 40:
            raise RetryableError("gone", status=503)
        return await drain(resource, parents)

    shelf.children = failing  # type: ignore[method-assign]
    stopped = await sync(engine, org, installation, "things")
    assert stopped.verdict == "PARTIAL" and 0 < stopped.counts["inserted"] < 100
    asked += [()] * 40
    done = await sync(engine, org, installation, "things")
    assert done.verdict == "COMPLETE" and done.counts["inserted"] == 100
    assert done.evidence["sweeps"] == 0  # it went on before that page, not behind it
