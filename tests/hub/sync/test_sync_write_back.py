"""Writing metafields back, and knowing the echo when it comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.errors import Conflict, NotFound, PermanentError, RetryableError, Unprocessable
from hub.ports import MetafieldWrite, Resource, Row
from hub.queue import LocalRunner
from hub.sync.jobs import handlers
from hub.sync.refetch import refetch
from hub.sync.run import sync
from hub.sync.wishes import WriteBack, get, queue_write
from hub.sync.write_back import perform
from tests.hub.sync.shelf import Shelf, ShelfEngine

FIELDS = [MetafieldWrite("luneo", "model", "text", "https://cdn.example/5.glb")]


class Writer:
    """Writes into the shelf, as a shop would: the row's time moves too."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.calls = 0
        self.before_answer: Any = None
        self.error: Exception | None = None

    async def write_metafields(self, resource: Resource, vendor_id: str, fields: Sequence[MetafieldWrite]) -> Row:
        self.calls += 1
        if self.error is not None:
            raise self.error
        self.shelf.put(int(vendor_id), title=f"with {fields[0].value}", at=self.shelf.now - timedelta(minutes=self.calls))
        if self.before_answer is not None:
            await self.before_answer()
        page = await self.shelf.fetch(resource, [vendor_id])
        return page.rows[0]


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put(*range(1, 11))
    shelf.part(5, 501)
    return shelf


@pytest.fixture
def writer(shelf: Shelf) -> Writer:
    return Writer(shelf)


@pytest.fixture
async def engine(db: Database, org: UUID, installation: UUID, shelf: Shelf, writer: Writer) -> ShelfEngine:
    engine = ShelfEngine(db, shelf)
    engine.connector.make_writer = lambda _store: writer
    await sync(engine, org, installation, "things")
    return engine


async def wish(db: Database, org: UUID, installation: UUID, key: str = "k1", id: str = "5") -> WriteBack:
    async with db.org(org) as unit:
        return await queue_write(unit, installation, "product", id, FIELDS, key)


async def events(db: Database, org: UUID) -> list[tuple[str, str]]:
    async with db.org(org) as unit:
        rows = await unit.fetch("select type, cause from event where vendor_id = '5' order by position")
    return [(row["type"], row["cause"]) for row in rows][1:]


async def test_a_write_reaches_the_shop_the_catalog_and_the_log(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, writer: Writer
) -> None:
    queued = await wish(db, org, installation)
    assert queued.status == "queued"
    runner = LocalRunner(db, handlers(engine))
    work = asyncio.create_task(runner.run())
    async with asyncio.timeout(10):
        while (done := await read(db, org, queued.id)).status == "queued":  # noqa: ASYNC110 (what the runner wrote)
            await asyncio.sleep(0.02)
    runner.stop()
    await work
    assert done.status == "written" and writer.calls == 1
    assert await events(db, org) == [("product.updated", "write_back"), ("metafield.written", "write_back")]
    async with db.org(org) as unit:
        assert await unit.fetchval("select doc->>'title' from record where vendor_id = '5'") == f"with {FIELDS[0].value}"
        assert await unit.fetchval("select json_array_length(doc->'variants') from record where vendor_id = '5'") == 1
        data = json.loads(await unit.fetchval("select data from event where type = 'metafield.written'"))
    assert data["metafields"] == [{"namespace": "luneo", "key": "model", "type": "text"}]


async def read(db: Database, org: UUID, id: UUID) -> WriteBack:
    async with db.org(org) as unit:
        return await get(unit, id)


async def test_the_returning_change_is_an_echo_and_not_an_event(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    queued = await wish(db, org, installation)
    await perform(engine, org, queued.id)
    told = await events(db, org)
    shelf.put(5, title=f"with {FIELDS[0].value}", at=shelf.now - timedelta(seconds=1))  # the shop bumps the date once more
    done = await refetch(engine, org, installation, "things", ["5"])
    assert done.echoes == ["5"] and not done.changed
    assert await events(db, org) == told
    assert (await read(db, org, queued.id)).echo_seen
    assert (await refetch(engine, org, installation, "things", ["5"])).echoes == []  # only once


async def test_somebody_elses_edit_after_our_write_is_applied_and_told(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    queued = await wish(db, org, installation)
    await perform(engine, org, queued.id)
    shelf.put(5, title="Edited by a person", at=shelf.now - timedelta(seconds=1))
    done = await refetch(engine, org, installation, "things", ["5"])
    assert done.changed == ["5"] and done.echoes == []
    assert (await events(db, org))[-1] == ("product.updated", "webhook")
    assert not (await read(db, org, queued.id)).echo_seen


async def test_a_webhook_that_overtakes_the_answer_to_our_write_waits_for_it(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, writer: Writer
) -> None:
    early: list[asyncio.Task[Any]] = []

    async def webhook_first() -> None:
        early.append(asyncio.create_task(refetch(engine, org, installation, "things", ["5"])))
        await asyncio.sleep(0.3)
        assert not early[0].done()

    writer.before_answer = webhook_first
    queued = await wish(db, org, installation)
    await perform(engine, org, queued.id)
    assert (await early[0]).echoes == ["5"]
    assert await events(db, org) == [("product.updated", "write_back"), ("metafield.written", "write_back")]


async def test_the_same_key_writes_once_and_another_wish_under_it_is_refused(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, writer: Writer
) -> None:
    first = await wish(db, org, installation)
    assert (await wish(db, org, installation)).id == first.id
    await perform(engine, org, first.id)
    await perform(engine, org, first.id)
    assert writer.calls == 1
    with pytest.raises(Conflict, match="k1"):
        await wish(db, org, installation, id="6")


async def test_what_cannot_be_written_is_said_at_once(db: Database, org: UUID, installation: UUID, engine: ShelfEngine) -> None:
    with pytest.raises(NotFound):
        await wish(db, org, installation, id="999")
    async with db.org(org) as unit:
        with pytest.raises(Unprocessable):
            await queue_write(unit, installation, "product", "5", [], "k")


async def test_a_shop_that_refuses_is_noted_with_its_words(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, writer: Writer
) -> None:
    writer.error = PermanentError("The shop accepted the key and did not keep its value.")
    queued = await wish(db, org, installation)
    with pytest.raises(PermanentError):
        await perform(engine, org, queued.id)
    done = await read(db, org, queued.id)
    assert done.status == "failed" and "did not keep" in (done.error or "")
    writer.error = RetryableError("busy")
    other = await wish(db, org, installation, key="k2")
    with pytest.raises(RetryableError):
        await perform(engine, org, other.id)
    assert (await read(db, org, other.id)).status == "queued"


async def test_a_webhook_about_a_deleted_row_buries_only_what_is_really_gone(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.remove(7)
    untold = await refetch(engine, org, installation, "things", ["7"])
    assert untold.absent == ["7"] and untold.deleted == []
    told = await refetch(engine, org, installation, "things", ["7", "8"], deleted=True)
    assert told.deleted == ["7"]
    async with db.org(org) as unit:
        rows = await unit.fetch("select vendor_id, cause from event where type = 'product.deleted'")
    assert [tuple(row) for row in rows] == [("7", "webhook")]


async def test_an_older_answer_never_overwrites_a_newer_record(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(5, title="Newest", at=shelf.now - timedelta(hours=1))
    await refetch(engine, org, installation, "things", ["5"])
    shelf.put(5, title="From a cache", at=shelf.now - timedelta(hours=2))
    done = await refetch(engine, org, installation, "things", ["5"])
    assert done.counts.stale == 1
    async with db.org(org) as unit:
        assert await unit.fetchval("select doc->>'title' from record where vendor_id = '5'") == "Newest"


async def test_a_row_that_the_hub_never_saw_is_created_by_its_webhook(
    db: Database, org: UUID, installation: UUID, engine: ShelfEngine, shelf: Shelf
) -> None:
    shelf.put(77)
    done = await refetch(engine, org, installation, "things", ["77", "77"])
    assert done.changed == ["77"] and done.counts.inserted == 1
