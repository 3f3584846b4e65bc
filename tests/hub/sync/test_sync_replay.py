"""Trying again what was kept: quarantined rows after a mapping fix, and whole shops after a mapping change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.catalog.remap import remap
from hub.db.engine import Database
from hub.errors import NotFound
from hub.ports import Mapped, ShopSettings
from hub.sync.history import quarantined
from hub.sync.replay import replay
from hub.sync.run import sync
from tests.hub.sync.shelf import PEOPLE, THINGS, Shelf, ShelfEngine, map_thing


def forgiving(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    """The mapping after its fix: a broken price is no reason any more."""
    return map_thing(body.replace(b'"broken"', b'"was"'), children, settings)


def louder(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    """The mapping's next version."""
    mapped = map_thing(body, children, settings)
    mapped.doc["title"] = mapped.doc["title"].upper()
    return mapped


@pytest.fixture
async def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put(*range(1, 301))
    return shelf


@pytest.fixture
async def engine(db: Database, installation: UUID, shelf: Shelf) -> ShelfEngine:
    return ShelfEngine(db, shelf)


class Registry:
    def __init__(self, connector: Any) -> None:
        self.connector = connector

    def get(self, name: str) -> Any:
        return self.connector


async def waiting(db: Database, org: UUID) -> list[UUID]:
    async with db.org(org) as unit:
        return [row[0] for row in await unit.fetch("select id from quarantine where resolved_at is null")]


async def test_a_fixed_mapping_takes_quarantined_rows_with_their_children(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(5, broken="12,50", at=shelf.now - timedelta(days=1))
    shelf.part(5, 501, 502)
    await sync(engine, org, installation, "things")
    registry: Any = Registry(engine.connector)
    (id,) = await waiting(db, org)
    async with db.org(org) as unit:
        kept = await quarantined(unit, id)
        (still,) = await replay(unit, registry, [id])
    assert kept.raw is not None and kept.raw[0].startswith(b'{"id": 5')
    assert not still.resolved and "12,50" in still.reason
    engine.connector.resources = (replace(THINGS, map=forgiving), PEOPLE)
    async with db.org(org) as unit:
        (now,) = await replay(unit, registry, [id])
        (again,) = await replay(unit, registry, [id])
        doc = await unit.fetchval("select json_array_length(doc->'variants') from record where vendor_id = '5'")
        event = await unit.fetchrow("select type, cause from event where vendor_id = '5'")
        raws = await unit.fetch("select modified_at from raw_object where parent_id = '5'")
    assert now.resolved and again.resolved and doc == 2
    assert tuple(event or ()) == ("product.created", "remap")
    assert len(raws) == 2 and all(row["modified_at"] is not None for row in raws)
    result = await sync(engine, org, installation, "things", "backfill")
    assert result.counts["unchanged"] == 300  # what was replayed is as good as read


async def test_an_unknown_quarantined_row_is_not_found(db: Database, org: UUID, installation: UUID) -> None:
    registry: Any = Registry(None)
    async with db.org(org) as unit:
        with pytest.raises(NotFound):
            await replay(unit, registry, [installation])


async def test_a_new_mapping_version_runs_over_kept_raw_and_tells_what_came_out_different(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.part(5, 501, 502)
    await sync(engine, org, installation, "things")
    asked = shelf.pages
    newer = replace(THINGS, map=louder, mapping_version=2)
    steps = [step async for step in remap(db, org, installation, newer, ShopSettings())]
    assert [step.done for step in steps] == [200, 300] and steps[-1].changed == 300
    assert shelf.pages == asked  # the shop was not asked
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from event where type = 'product.updated' and cause = 'remap'") == 300
        doc = await unit.fetchval("select doc->>'title' from record where vendor_id = '5'")
        assert await unit.fetchval("select json_array_length(doc->'variants') from record where vendor_id = '5'") == 2
    assert doc == "THING 5"
    assert [step async for step in remap(db, org, installation, newer, ShopSettings())] == []


async def test_an_interrupted_remap_finds_the_rest(db: Database, org: UUID, installation: UUID, engine: ShelfEngine) -> None:
    await sync(engine, org, installation, "things")
    newer = replace(THINGS, map=louder, mapping_version=2)
    async for _step in remap(db, org, installation, newer, ShopSettings()):
        break
    (rest,) = [step async for step in remap(db, org, installation, newer, ShopSettings())]
    assert rest.done == 100


async def test_the_same_mapping_over_everything_changes_nothing(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.part(5, 502, 501)
    await sync(engine, org, installation, "people")
    steps = [step async for step in remap(db, org, installation, PEOPLE, ShopSettings(), everything=True)]
    assert steps[-1].done == 300 and steps[-1].changed == 0
