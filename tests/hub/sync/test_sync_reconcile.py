"""Reconciling: the sweep finds what webhooks and runs have missed, repairs it, and says how much it was."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.sync.refetch import refetch
from hub.sync.run import sync
from tests.hub.sync.reel import Reel, ReelEngine, reel_of
from tests.hub.sync.shelf import DAWN

LATER = DAWN + timedelta(days=3)


@pytest.fixture
def reel() -> Reel:
    return reel_of(400)


@pytest.fixture
async def engine(db: Database, org: UUID, installation: UUID, reel: Reel) -> ReelEngine:
    engine = ReelEngine(db, reel, commit_rows=100)
    await sync(engine, org, installation, "films")
    return engine


async def titles(db: Database, org: UUID) -> dict[int, str]:
    async with db.org(org) as unit:
        rows = await unit.fetch("select vendor_id, doc ->> 'title' from record where deleted_at is null")
    return {int(id): title for id, title in map(tuple, rows)}


async def test_a_lost_hundredth_of_all_webhooks_is_found_and_repaired_and_counted(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    dice, lost = random.Random(7), dict.fromkeys(("created", "updated", "deleted"), 0)
    still = set(reel.rows)  # whose messages may be lost: no later one is about them
    for nth in range(600):
        kind = (
            ("created", "updated", "deleted")[nth // 100 % 3]
            if nth % 100 == 99
            else dice.choice(["updated", "deleted", "created"])
        )
        id = max(reel.rows) + 1 if kind == "created" else dice.choice(sorted(still & reel.rows.keys()))
        if kind == "deleted":
            reel.remove(id)
        else:
            reel.put(id, title=f"{kind} {nth}", at=LATER + timedelta(minutes=nth))
        if nth % 100 == 99:
            lost[kind] += 1
            still.discard(id)
        else:
            await refetch(engine, org, installation, "films", [str(id)], deleted=kind == "deleted")
    result = await sync(engine, org, installation, "films", "sweep")
    assert await titles(db, org) == {id: row["title"] for id, row in reel.rows.items()}
    assert sum(result.evidence["repaired"].values()) == result.evidence["missed"] == 6
    assert result.evidence["repaired"] == lost
    assert "6 of these had been missed and are repaired" in result.reason
    assert "6 d’entre elles avaient été manquées et sont réparées" in result.evidence["words"]["fr"]


async def test_what_was_missed_is_created_updated_and_deleted(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.put(401, at=LATER)
    reel.put(5, 6, title="Missed", at=LATER)
    reel.remove(9)
    asked = len(reel.fetched)
    result = await sync(engine, org, installation, "films", "sweep")
    assert result.verdict == "COMPLETE"
    assert result.evidence["repaired"] == {"created": 1, "updated": 2, "deleted": 1}
    assert reel.fetched[asked:] == [["401"], ["5", "6"], ["9"]]
    assert all(listing.ids_only for listing in reel.asked[-41:])
    again = await sync(engine, org, installation, "films", "sweep")
    assert again.evidence["repaired"] == {"created": 0, "updated": 0, "deleted": 0} and "missed" not in again.reason


async def test_a_sweep_of_an_unchanged_shop_fetches_nothing_and_asks_the_catalog_once_a_block(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.sync import outdated

    monkeypatch.setattr(outdated, "BLOCK", 150)
    blocks: list[int] = []
    compare = outdated.Outdated._compare

    async def counted(self: outdated.Outdated) -> None:
        blocks.append(len(self._waiting))
        await compare(self)

    monkeypatch.setattr(outdated.Outdated, "_compare", counted)
    await sync(engine, org, installation, "films", "sweep")
    assert blocks == [150, 150, 100] and not reel.fetched


async def test_a_touched_row_that_says_nothing_new_is_no_repair(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.put(5, at=LATER)
    result = await sync(engine, org, installation, "films", "sweep")
    assert reel.fetched == [["5"]] and result.evidence["missed"] == 0
    await sync(engine, org, installation, "films", "sweep")
    assert reel.fetched == [["5"]], "its new time was not kept"


async def test_a_listing_without_times_still_finds_what_came_and_went(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.dated = False
    reel.put(5, title="Missed", at=LATER)
    reel.remove(9)
    result = await sync(engine, org, installation, "films", "sweep")
    assert result.evidence["repaired"] == {"created": 0, "updated": 0, "deleted": 1}
