"""Reading out of a store's export: when it is taken, what proves it, and what becomes of one that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hub.catalog.tombstone import tombstone
from hub.db.engine import Database
from hub.errors import PermanentError, ReauthorizationError, RetryableError
from hub.sync import session
from hub.sync.paging import Pull, Slice
from hub.sync.reading import Reading, read_changes, read_whole
from hub.sync.retry import Asker
from hub.sync.run import sync
from tests.hub.sync.reel import FILMS, Reel, ReelEngine, reel_of
from tests.hub.sync.shelf import DAWN, QUICK


def whole(reel: Reel) -> Reading:
    return read_whole(Pull(reel, FILMS, Asker(QUICK, (10, 5, 2))))


async def ids(reading: Reading) -> set[int]:
    return {int(row.id) for part in [part async for part in reading.slices()] for row in part.rows}


def fails(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


async def test_a_big_resource_is_read_out_of_one_export_that_proves_itself() -> None:
    reel = reel_of(95, exports=50)
    read = whole(reel)
    assert await ids(read) == set(range(1, 96))
    assert reel.pages == 0 and reel.bulk_asked == [None] and read.proven
    told = read.evidence()
    assert (told["reading"], told["operations"], told["rows"], told["store_total"], told["sweeps"]) == ("export", 1, 95, 95, 0)


async def test_a_small_resource_is_read_by_pages() -> None:
    reel = reel_of(40, exports=50)
    read = whole(reel)
    assert await ids(read) == set(range(1, 41)) and not reel.bulk_asked
    assert read.evidence()["reading"] == "full"


async def test_many_changes_are_exported_and_few_are_not() -> None:
    reel = reel_of(95, exports=50)
    few = read_changes(Pull(reel, FILMS, Asker(QUICK, (10,))), DAWN + timedelta(minutes=60))
    assert await ids(few) == set(range(60, 96)) and not reel.bulk_asked
    many = read_changes(Pull(reel, FILMS, Asker(QUICK, (10,))), DAWN + timedelta(minutes=31))
    assert await ids(many) == set(range(31, 96)) and many.changes and many.proven
    assert len(reel.bulk_asked) == 1 and many.evidence()["reading"] == "export"


async def test_an_export_that_holds_less_than_the_vendor_says_is_made_good_by_an_id_sweep() -> None:
    reel = reel_of(95, exports=50)
    reel.hidden = {7, 8}
    reel.bulk_hooks[9] = reel.hidden.clear  # the export dropped them; pages show them
    read = whole(reel)
    assert await ids(read) == set(range(1, 96))
    assert read.proven and read.proof.found == 2


async def test_an_export_without_a_count_is_proved_by_an_id_sweep() -> None:
    reel = reel_of(95, exports=50, bulk_total=0)
    read = whole(reel)
    assert await ids(read) == set(range(1, 96)) and read.proven and read.proof.rounds == 1


async def test_a_stumbling_export_goes_on_behind_the_last_page_that_came() -> None:
    stumble = fails(RetryableError("503", status=503))
    reel = reel_of(95, exports=50, bulk_hooks={3: stumble, 4: stumble, 8: stumble})
    read = whole(reel)
    assert await ids(read) == set(range(1, 96))
    assert read.proven and read.proof.rounds == 0 and read.pull.asker.retried == 3
    assert reel.bulk_asked == [None, "bulk-1:20", "bulk-1:20", "bulk-1:50"]


async def test_an_export_that_cannot_be_read_any_further_is_asked_for_once_more() -> None:
    reel = reel_of(95, exports=50, bulk_hooks={4: fails(PermanentError("its file is gone"))})
    read = whole(reel)
    assert await ids(read) == set(range(1, 96))
    assert read.proven and read.evidence()["operations"] == 2 and read.proof.rounds == 1


@pytest.mark.parametrize("error", [PermanentError("No bulk operations here."), RetryableError("busy", status=503)])
async def test_an_export_that_fails_for_good_is_left_for_pages_and_it_is_said(error: Exception) -> None:
    reel = reel_of(95, exports=50, bulk_hooks=dict.fromkeys(range(4, 40), fails(error)))
    read = whole(reel)
    assert await ids(read) == set(range(1, 96))
    told = read.evidence()
    assert read.proven and told["reading"] == "full" and str(error) in told["export_failed"]


async def test_an_export_that_ends_without_a_last_page_is_not_believed() -> None:
    class Broken(Reel):
        async def export(self, *args: Any) -> Any:
            async for page in super().export(*args):
                if page.next is not None:
                    yield page

    reel = Broken(exports=50)
    reel.put(*range(1, 96))
    read = whole(reel)
    assert await ids(read) == set(range(1, 96))
    assert read.proven and "stopped before its last page" in read.evidence()["export_failed"]


async def test_credentials_that_are_refused_during_an_export_are_no_reason_for_pages() -> None:
    reel = reel_of(95, exports=50, bulk_hooks={2: fails(ReauthorizationError("The token was revoked."))})
    with pytest.raises(ReauthorizationError):
        await ids(whole(reel))
    assert reel.pages == 0


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(("page", "known"), [(1, "bulk-1:0"), (7, "bulk-1:60")])
async def test_a_run_that_is_killed_goes_on_with_the_same_export(
    db: Database, org: UUID, installation: UUID, page: int, known: str
) -> None:
    reel = reel_of(95, exports=50, bulk_hooks={page: fails(Killed())})
    engine = ReelEngine(db, reel, commit_rows=20)
    with pytest.raises(Killed):
        await sync(engine, org, installation, "films")
    result = await sync(engine, org, installation, "films")
    assert (result.verdict, result.counts["inserted"]) == ("COMPLETE", 95)
    assert reel.bulk_asked == [None, known] and reel.pages == 0
    assert result.evidence["reading"] == "export" and result.evidence["resumed"] == 1
    assert result.evidence["operations"] == 1 and result.evidence["sweeps"] == 0
    assert result.reason.startswith("All 95 rows came in an export of the shop")
    assert result.evidence["words"]["fr"].startswith("Les 95 lignes sont venues d’un export de la boutique")


@pytest.mark.parametrize(("large", "most"), [(1 << 20, 10), (500, 1)])
async def test_large_rows_are_committed_before_there_are_many(
    db: Database, org: UUID, installation: UUID, monkeypatch: pytest.MonkeyPatch, large: int, most: int
) -> None:
    committed: list[int] = []
    commit = session.Session.commit

    async def counted(self: session.Session, parts: Sequence[Slice], **more: bool) -> None:
        committed.append(len(parts))
        await commit(self, parts, **more)

    monkeypatch.setattr(session, "LARGE", large)
    monkeypatch.setattr(session.Session, "commit", counted)
    result = await sync(ReelEngine(db, reel_of(95, exports=50)), org, installation, "films")
    assert (result.verdict, result.counts["inserted"]) == ("COMPLETE", 95)
    assert max(committed) == most


async def test_a_kept_export_that_has_expired_is_replaced_by_another(db: Database, org: UUID, installation: UUID) -> None:
    reel = reel_of(95, exports=50, bulk_hooks={7: fails(Killed())})
    engine = ReelEngine(db, reel, commit_rows=20)
    with pytest.raises(Killed):
        await sync(engine, org, installation, "films")
    reel.refused = {"bulk-1:60"}
    result = await sync(engine, org, installation, "films")
    assert (result.verdict, result.counts["inserted"]) == ("COMPLETE", 95)
    assert reel.bulk_asked == [None, "bulk-1:60", None]


async def test_the_watermark_after_an_export_is_the_time_it_was_begun_at(db: Database, org: UUID, installation: UUID) -> None:
    reel = reel_of(95, exports=50)
    reel.now = DAWN + timedelta(minutes=60)  # rows 61… were modified while the export ran
    engine = ReelEngine(db, reel)
    result = await sync(engine, org, installation, "films")
    assert result.verdict == "COMPLETE"
    async with db.org(org) as unit:
        kept = msgspec.json.decode(await unit.fetchval("select watermark from resource_state"))
    assert kept["modified"] == "2026-11-01T00:59:00Z"
    reel.put(3, title="Later", at=DAWN + timedelta(minutes=62))
    again = await sync(engine, org, installation, "films")
    assert again.counts["updated"] == 1 and again.evidence["reading"] == "changes"


async def test_pages_after_a_failed_export_say_so_in_the_verdict(db: Database, org: UUID, installation: UUID) -> None:
    reel = reel_of(95, exports=50, bulk_hooks=dict.fromkeys(range(4, 40), fails(PermanentError("No bulk operations here."))))
    result = await sync(ReelEngine(db, reel, commit_rows=20), org, installation, "films")
    assert result.verdict == "COMPLETE" and result.counts["inserted"] == 95
    assert "read by pages, for its export failed: No bulk operations here." in result.reason
    assert "lue par pages, car son export a échoué" in result.evidence["words"]["fr"]


async def test_a_record_that_is_buried_while_an_old_export_is_read_is_not_brought_back(
    db: Database, org: UUID, installation: UUID
) -> None:
    """The export is a picture of the shop as it was: a webhook that buries a record meanwhile knows better."""
    reel = reel_of(95, exports=50)
    engine = ReelEngine(db, reel, commit_rows=20)
    await sync(engine, org, installation, "films")
    before = await events(db, org)

    old = dict(reel.rows[90])
    reel.remove(90)
    async with db.org(org) as unit:
        await tombstone(unit, installation, "product", ["90"], "webhook")
    reel.bulk_hooks = {reel.bulk_pages + 1: lambda: reel.bulks["bulk-2"].append(old)}
    reel.put(3, title="Later", at=DAWN + timedelta(hours=3))
    result = await sync(engine, org, installation, "films", "backfill")
    assert result.verdict == "COMPLETE", result.reason
    assert sorted((await events(db, org))[len(before) :]) == ["product.deleted 90", "product.updated 3"]
    assert result.evidence["asked_twice"] == 1


async def test_a_buried_record_that_the_shop_has_again_comes_back(db: Database, org: UUID, installation: UUID) -> None:
    reel = reel_of(95, exports=50)
    engine = ReelEngine(db, reel)
    await sync(engine, org, installation, "films")
    async with db.org(org) as unit:
        await tombstone(unit, installation, "product", ["7"], "sweep")
    for mode in ("backfill", "sweep"):
        result = await sync(engine, org, installation, "films", mode)
        assert result.verdict == "COMPLETE"
        async with db.org(org) as unit:
            assert await unit.fetchval("select deleted_at is null from record where vendor_id = '7'")
            await tombstone(unit, installation, "product", ["7"], "sweep")


async def events(db: Database, org: UUID) -> list[str]:
    """Everything that was told, in order."""
    async with db.org(org) as unit:
        rows = await unit.fetch("select type, vendor_id from event where vendor_id is not null order by position")
    return [f"{row[0]} {row[1]}" for row in rows]
