"""A shelf that is paged by its own cursor, counts exactly and exports: honest by default, as unruly as a test wants."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hub.errors import PermanentError
from hub.ports import BadRow, Limits, Listing, Manifest, Page, Resource, Row, Sight
from tests.hub.sync.shelf import THINGS, Shelf, ShelfConnector, ShelfEngine

FILMS = replace(
    THINGS, name="films", child_kind=None, children_modified=False, paging="cursor", overlap_seconds=60, nested=("part",)
)


@dataclass
class Reel(Shelf):
    """Cursors are keysets: `[modified, id]` of the last row, and survive everything.

    empty_at, repeats_at: pages (from 1) that come without rows, or whose cursor is that of the page before; ends_at: the page
    that claims to be the last; caps: rows after which every listing ends, silently; endless: after the end it begins again;
    refused: cursors that are not taken, once; twice_at: pages that show the rows of the page before.
    exports: rows from which on an export pays, None for never; bulk_hooks: called before the n-th page of an export; it may
    raise; bulk_total: what the vendor says an export holds, if not the truth; incomplete, unseen, look: of rows and resource.
    """

    empty_at: set[int] = field(default_factory=set)
    repeats_at: set[int] = field(default_factory=set)
    twice_at: set[int] = field(default_factory=set)
    ends_at: set[int] = field(default_factory=set)
    caps: int | None = None
    endless: bool = False
    refused: set[str] = field(default_factory=set)
    exports: int | None = None
    bulk_pages: int = 0
    bulk_page: int = 10
    bulk_hooks: dict[int, Callable[[], Any]] = field(default_factory=dict)
    bulk_total: int | None = None
    bulk_asked: list[str | None] = field(default_factory=list)
    bulks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    incomplete: set[int] = field(default_factory=set)
    unseen: tuple[str, ...] = ()
    look: Sight | None = None
    dated: bool = True  # listings of ids carry modification times
    _last: list[dict[str, Any]] = field(default_factory=list)
    _lap: int = 0

    async def page(self, resource: Resource, listing: Listing) -> Page:
        self.asked.append(listing)
        self.pages += 1
        nth = self.pages
        if hook := self.hooks.get(nth):
            hook()
        if listing.after in self.refused:
            self.refused.discard(listing.after)
            raise PermanentError(f"The cursor {listing.after} is not valid any more.")
        found = self._select(listing)
        rest = [row for row in found if listing.after is None or _key(listing, row) > _place(listing.after)]
        behind = len(found) - len(rest)
        shown = [] if nth in self.empty_at else rest[: listing.limit]
        if self.caps is not None:
            shown = shown[: max(0, self.caps - behind)]
        last = len(shown) == len(rest) or nth in self.ends_at or (self.caps is not None and behind + len(shown) >= self.caps)
        next = self._next(listing, shown, nth, last)
        shown, self._last = (self._last if nth in self.twice_at else shown), shown
        kept = [row for row in shown if row["id"] not in self.hidden and row["id"] != self.drops_once.get(nth)]
        bad = [BadRow(b"null", "the row is null") for row in kept if row["id"] in self.nulls]
        good = [self._row(row, listing) for row in kept if row["id"] not in self.nulls]
        return Page(good, bad, len(found) if self.counts else None, self.now, next)

    def _next(self, listing: Listing, shown: list[dict[str, Any]], nth: int, last: bool) -> str | None:
        if nth in self.repeats_at:
            return listing.after or ('[""]' if listing.order == "modified" else "[-1]")
        if last:
            self._lap += 1
            return json.dumps(["" if listing.order == "modified" else -1, self._lap]) if self.endless else None
        if shown:
            return json.dumps(_key(listing, shown[-1]))
        start = [""] if listing.order == "modified" else [-1]
        return json.dumps([*(_place(listing.after) if listing.after else start), nth])

    def _row(self, row: dict[str, Any], listing: Listing | None = None) -> Row:
        when = datetime.fromisoformat(row["modified"])
        if listing is not None and listing.ids_only:
            return Row(str(row["id"]), b"", when if self.dated else None)
        cut = "its parts did not all come" if row["id"] in self.incomplete else None
        return Row(str(row["id"]), json.dumps({**row, "shuffled": self.pages}).encode(), when, incomplete=cut, unseen=self.unseen)

    def sight(self, resource: Resource) -> Sight | None:
        return self.look

    async def worth_exporting(self, resource: Resource, since: datetime | None) -> bool:
        return self.exports is not None and len(self._select(Listing(since=since))) >= self.exports

    async def export(self, resource: Resource, since: datetime | None, after: str | None) -> AsyncGenerator[Page]:
        self.bulk_asked.append(after)
        if after in self.refused:
            self.refused.discard(after)
            raise PermanentError("The export has expired.")
        name, _, place = (after or f"bulk-{len(self.bulks) + 1}:0").partition(":")
        if after is None:
            self.bulks[name] = self._select(Listing(since=since))  # a snapshot
            yield Page((), (), None, self.now, f"{name}:0")
        rows, at = self.bulks[name], int(place)
        while True:
            self.bulk_pages += 1
            if hook := self.bulk_hooks.get(self.bulk_pages):
                hook()
            some = rows[at : at + self.bulk_page]
            at += len(some)
            end = at >= len(rows)
            total = self.bulk_total if self.bulk_total is not None else len(rows)
            kept = [self._row(row) for row in some if row["id"] not in self.hidden]
            yield Page(kept, (), total, self.now, None if end else f"{name}:{at}")
            if end:
                return

    async def fetch(self, resource: Resource, ids: Sequence[str]) -> Page:
        page = await super().fetch(resource, [id for id in ids if id.isdigit()])
        self.fetched[-1] = list(ids)
        return page


def _key(listing: Listing, row: dict[str, Any]) -> list[Any]:
    return [row["modified"], row["id"]] if listing.order == "modified" else [row["id"]]


def _place(after: str) -> list[Any]:
    return list(json.loads(after))


class ReelConnector(ShelfConnector):
    """A connector whose resource is paged by cursor."""

    manifest = Manifest("reel", "Reel", "1", "1", None, "none", (), Limits(page_sizes=(10, 5, 2)))
    resources = (FILMS,)


class ReelEngine(ShelfEngine):
    """An engine whose every shop is the one reel."""

    def __init__(self, db: Any, reel: Reel, **more: Any) -> None:
        super().__init__(db, reel, **more)
        self.connector = ReelConnector(reel)


def reel_of(count: int, **more: Any) -> Reel:
    """A reel of so many rows."""
    reel = Reel(**more)
    reel.put(*range(1, count + 1))
    return reel
