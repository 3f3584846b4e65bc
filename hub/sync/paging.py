"""Turns questions into slices of new rows: the next page is asked for while this one is worked on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from hub.errors import PermanentError
from hub.ports import BadRow, Children, Listing, Page, Resource, Row, Store
from hub.sync.anchor import Fresh
from hub.sync.cursor import Walk
from hub.sync.retry import Asker

NO_CHILDREN = Children({})


@dataclass(slots=True)
class Slice:
    """New rows of one answer with their nested objects. `at` is the store's time of the answer; `keep`: where the reading now
    stands must be saved at once; `known`: rows without a body, which are in the catalog in this very version."""

    rows: list[Row]
    bad: list[BadRow]
    at: datetime | None
    children: Children = field(default=NO_CHILDREN)
    keep: bool = False
    known: list[Row] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The ids of the rows, and of those unreadable ones that have any."""
        return [row.id for row in (*self.rows, *self.known)] + [row.id for row in self.bad if row.id is not None]

    @property
    def size(self) -> int:
        """Bytes of the rows and their nested objects."""
        nested = sum(len(child.body) for children in self.children.rows.values() for child in children)
        return nested + sum(len(row.body) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Pull:
    """What is read, from where, and how patiently. `nested` False leaves the children out; `spared` tells of a page of ids and
    times which rows need not be fetched, where that is known."""

    store: Store
    resource: Resource
    asker: Asker
    nested: bool = True
    spared: Callable[[Page], Awaitable[set[str]]] | None = None

    async def page(self, listing: Listing) -> Page:
        """One page of the resource. Of changes that may be spared only ids and times are listed, and the others fetched."""
        resource = self.resource
        if self.spared is None or listing.order != "modified" or resource.paging != "cursor" or resource.child_kind is not None:
            return await self.store.page(resource, listing)
        page = await self.store.page(resource, replace(listing, ids_only=True))
        spared = await self.spared(page)
        found = {row.id: row for row in page.rows if row.id in spared}
        bad = [*page.bad]
        for _ in range(2):  # what is listed and not given is gone, or was left out by a mistake: asked once more
            given = {*found, *(row.id for row in bad)}
            if wanted := [row.id for row in page.rows if row.id not in given]:
                brought = await self.store.fetch(resource, wanted)
                found |= {row.id: row for row in brought.rows}
                bad += brought.bad
        return replace(page, rows=[found[row.id] for row in page.rows if row.id in found], bad=bad)

    async def drain(self, rows: list[Row]) -> Children:
        """Every nested object of these rows; a row that says it has none is not asked about."""
        if not self.nested or self.resource.child_kind is None:
            return NO_CHILDREN
        parents = [row for row in rows if row.children != ()]
        if not parents:
            return NO_CHILDREN
        return await self.asker.ask(lambda _size: self.store.children(self.resource, parents))

    async def fetch(self, ids: list[str]) -> Page:
        """The rows of at most a page of ids."""
        return await self.asker.ask(lambda _size: self.store.fetch(self.resource, ids))


class Cursor(Protocol):
    """A position in a listing: what to ask next, and what of the answer is new."""

    done: str | None

    def question(self, size: int) -> Listing: ...
    def take(self, listing: Listing, page: Page) -> Fresh: ...


Source = Callable[[Listing], Awaitable[Page]]


async def listed(pull: Pull, cursor: Cursor) -> AsyncGenerator[Slice]:
    """The same as `slices`; a store's own cursor that is refused (it was kept too long) is walked from the start, once."""
    while not cursor.done:
        try:
            async with aclosing(slices(pull, cursor)) as parts:
                async for part in parts:
                    yield part
        except PermanentError:
            if not (isinstance(cursor, Walk) and cursor.begin_anew()):
                raise


async def slices(pull: Pull, cursor: Cursor, source: Source | None = None) -> AsyncGenerator[Slice]:
    """Every new row from the cursor's position to the end. When a slice is out, the cursor stands right behind it.

    Raises GaveUp, ReauthorizationError, PermanentError. `source` asks for something else than the resource's own pages.
    """

    async def step() -> tuple[Listing, Page]:
        asked = Listing()

        async def request(size: int) -> Page:
            nonlocal asked
            asked = cursor.question(size)
            return await (source(asked) if source else pull.page(asked))

        page = await pull.asker.ask(request)
        return asked, page

    pending: asyncio.Task[tuple[Listing, Page]] | None = asyncio.create_task(step())
    try:
        while pending is not None:
            asked, page = await pending
            fresh = cursor.take(asked, page)
            pending = None if cursor.done else asyncio.create_task(step())
            if fresh.rows or fresh.bad:
                known = [] if asked.ids_only else [row for row in fresh.rows if not row.body]
                rows = [row for row in fresh.rows if row.body] if known else fresh.rows
                nested = NO_CHILDREN if source else await pull.drain(rows)
                yield Slice(rows, fresh.bad, fresh.at, nested, known=known)
    finally:
        if pending is not None:
            pending.cancel()
            with suppress(BaseException):
                await pending
