"""What a reading leaves to be tied up: overtaken rows, changed children, records that must be fetched again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hub.catalog.known import clean, dirty, known_children, mark_dirty
from hub.ports import Listing, Page, Row
from hub.sync.anchor import Anchor
from hub.sync.ids import IdSet
from hub.sync.keyset import Keyset
from hub.sync.paging import Cursor, Slice, slices
from hub.sync.proof import CHUNK, fetch_all
from hub.sync.reading import utc_now
from hub.sync.session import Session
from hub.sync.watermark import Watermark

PASSES: Final = 2  # times that a record with incomplete children is fetched again


async def tie_up(session: Session, mark: Watermark | None) -> Watermark | None:
    """Do it; answers the watermark with its children's part moved."""
    if session.stale:
        await ask_twice(session)
    before = mark or Watermark()
    moved = await _touched(session, before)
    await _dirty(session)
    return moved


async def ask_twice(session: Session) -> None:
    """Rows older than what is kept, or of records that are buried: what the store says of them when it is asked by id is what it
    has now (a restored backup, a product brought back)."""
    ids, session.stale = session.stale, []
    session.counts.stale -= len(ids)
    await session.take_all(fetch_all(session.pull, ids), confirmed=True)
    session.extra["asked_twice"] = len(ids)


async def _touched(session: Session, before: Watermark) -> Watermark:
    """Children that were changed on their own mark their parents; the parents' watermark knows nothing of it."""
    resource, reading = session.target.resource, session.reading
    if not resource.children_modified or resource.child_kind is None or reading is None:
        return before
    overlap = timedelta(seconds=resource.overlap_seconds)
    if not reading.changes or before.children is None:  # a whole reading has drained every child
        return before.children_moved(reading.started, reading.newest, overlap)
    cursor = Keyset(before.children - overlap, overlap, utc_now)
    newest = await _mark_touched(session, resource.child_kind, cursor)
    if cursor.unbounded:
        newest = await _mark_touched(session, resource.child_kind, Anchor(IdSet()))
    return before.children_moved(cursor.started, newest, overlap)


async def _mark_touched(session: Session, child_kind: str, cursor: Cursor) -> datetime | None:
    """Mark the parents of what the cursor brings; the greatest time among them."""
    newest: datetime | None = None

    async def ask(listing: Listing) -> Page:
        return await session.pull.store.touched_parents(session.target.resource, listing)

    async with aclosing(slices(replace(session.pull, nested=False), cursor, ask)) as parts:
        async for part in parts:
            now = part.at or utc_now()
            times = [row.modified for row in part.rows if row.modified is not None and row.modified <= now]
            newest = max([*times, *([newest] if newest else [])], default=None)
            await _mark(session, child_kind, part.rows)
    return newest


async def _mark(session: Session, child_kind: str, rows: list[Row]) -> None:
    """Mark the parents of those children whose time is not the one we keep."""
    parents = sorted({row.parent for row in rows if row.parent is not None})
    async with session.engine.db.org(session.shop.org) as unit:
        await session.lease.hold(unit)
        kept = await known_children(unit, session.shop.id, child_kind, parents)
        touched = {
            row.parent for row in rows
            if row.parent is not None and ((held := kept.get(row.parent, {}).get(row.id)) is None or held[1] != row.modified)
        }  # fmt: skip
        await mark_dirty(unit, session.shop.id, session.target.resource.kind, sorted(touched))


async def _dirty(session: Session) -> None:
    """Fetch again what is marked. What stays incomplete is counted, and keeps the run from being COMPLETE."""
    for _ in range(PASSES):
        session.counts.incomplete = 0
        asked = await _refetch_dirty(session)
        if not asked or not session.counts.incomplete:
            return


async def _refetch_dirty(session: Session) -> int:
    asked, after = 0, ""
    while True:
        async with session.engine.db.org(session.shop.org) as unit:
            ids = await dirty(unit, session.shop.id, session.target.resource.kind, CHUNK, after)
        if not ids:
            return asked
        asked, after = asked + len(ids), ids[-1]
        given: set[str] = set()
        await session.take_all(_noting(fetch_all(session.pull, ids), given))
        if gone := [id for id in ids if id not in given]:
            async with session.engine.db.org(session.shop.org) as unit:
                await session.lease.hold(unit)
                await clean(unit, session.shop.id, session.target.resource.kind, gone)  # a sweep will bury them


async def _noting(parts: AsyncGenerator[Slice], given: set[str]) -> AsyncGenerator[Slice]:
    async with aclosing(parts) as open_parts:
        async for part in open_parts:
            given.update(part.ids)
            yield part
