"""A store over a list, for tests of paging: honest by default, and as unruly as a test wants. Plus the resource it sells."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.errors import SkippedRecordError
from hub.ports import BadRow, Children, Limits, Listing, Manifest, Mapped, Page, Resource, Row, ShopSettings, Sight
from hub.sync.engine import Engine, Shop
from hub.sync.retry import Patience

DAWN = datetime(2026, 11, 1, tzinfo=UTC)
QUICK = Patience(tries=4, first=0.001, longest=0.01, total=5)


def map_thing(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    """A product with a variant for each child."""
    raw = json.loads(body)
    id = str(raw["id"])
    if raw.get("broken"):
        raise SkippedRecordError(id, f"price {raw['broken']!r} is no number", field="/price")
    doc: dict[str, Any] = {
        "refs": [{"connector": "shelf", "kind": "thing", "id": id}],
        "title": raw["title"],
        "modified_at": raw["modified"].replace("+00:00", "Z"),
    }
    parts = [json.loads(child) for child in children]
    if parts:
        doc["variants"] = [
            {"ref": {"connector": "shelf", "kind": "part", "id": str(part["id"])}, "title": part["title"]} for part in parts
        ]
    index: list[tuple[str, str | None, str | None]] = [(str(part["id"]), None, None) for part in parts]
    if "sku" in raw:
        index.append((id, raw["sku"], None))
    return Mapped("product", id, doc, datetime.fromisoformat(raw["modified"]), index)


THINGS = Resource(
    "things",
    "product",
    "thing",
    map_thing,
    "part",
    frozenset({b"shuffled"}),
    children_modified=True,
    stamps=frozenset({b"saved"}),
)
PEOPLE = replace(THINGS, name="people", incremental=False, children_modified=False, child_kind=None)


@dataclass
class Shelf:
    """`rows`: id → the object. `hooks`: called before the n-th page (from 1); it may change the shelf or raise.

    hidden: ids that are counted and never shown; ignores_offset: page one for every offset that is no page boundary;
    ignores: "since", "order" or both; drops_at: the row at this place of every page is left out.
    """

    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    parts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    now: datetime = DAWN + timedelta(days=30)
    hidden: set[int] = field(default_factory=set)
    nulls: set[int] = field(default_factory=set)
    hooks: dict[int, Callable[[], Any]] = field(default_factory=dict)
    counts: bool = True
    ignores_offset: bool = False
    ignores: tuple[str, ...] = ()
    drops_at: int | None = None
    drops_once: dict[int, int] = field(default_factory=dict)  # page number → id left out of it
    undrained: set[int] = field(default_factory=set)  # parents whose children do not all come
    pages: int = 0
    asked: list[Listing] = field(default_factory=list)
    fetched: list[list[str]] = field(default_factory=list)
    closed: bool = False

    def put(self, *ids: int, at: datetime | None = None, title: str | None = None, **more: Any) -> None:
        """Add or change rows; `at` is their modification time, by default their own minute after dawn."""
        for id in ids:
            when = at or DAWN + timedelta(minutes=id)
            self.rows[id] = {"id": id, "title": title or f"Thing {id}", "modified": when.isoformat(), **more}

    def part(self, parent: int, *ids: int, at: datetime = DAWN, title: str = "Part") -> None:
        """Add or change children of a row."""
        kept = [part for part in self.parts.get(parent, []) if part["id"] not in ids]
        self.parts[parent] = kept + [{"id": id, "title": title, "modified": at.isoformat()} for id in ids]

    def remove(self, *ids: int) -> None:
        for id in ids:
            del self.rows[id]

    async def page(self, resource: Resource, listing: Listing) -> Page:
        self.asked.append(listing)
        self.pages += 1
        hook = self.hooks.get(self.pages)
        if hook is not None:
            made = hook()
            if isinstance(made, Awaitable):
                await made
        found = self._select(listing)
        offset = listing.offset
        if self.ignores_offset and offset % listing.limit:
            offset = 0
        shown = found[offset : offset + listing.limit]
        dropped = self.drops_once.get(self.pages)
        if self.drops_at is not None and self.drops_at < len(shown):
            dropped = shown[self.drops_at]["id"]
        kept = [row for row in shown if row["id"] not in self.hidden and row["id"] != dropped]
        bad = [BadRow(b"null", "the row is null") for row in kept if row["id"] in self.nulls]
        good = [self._row(row) for row in kept if row["id"] not in self.nulls]
        return Page(good, bad, len(found) if self.counts else None, self.now)

    def _select(self, listing: Listing) -> list[dict[str, Any]]:
        rows = list(self.rows.values())
        if listing.since is not None and "since" not in self.ignores:  # strictly after, to the second, as WooCommerce does
            since = listing.since.replace(microsecond=0)
            rows = [row for row in rows if datetime.fromisoformat(row["modified"]) > since]
        if listing.order == "modified" and "order" not in self.ignores:
            return sorted(rows, key=lambda row: (row["modified"], row["id"]))
        return sorted(rows, key=lambda row: int(row["id"]))

    def _row(self, row: dict[str, Any]) -> Row:
        parts = tuple(str(part["id"]) for part in self.parts.get(row["id"], ()))
        body = json.dumps({**row, "shuffled": self.pages}).encode()
        return Row(str(row["id"]), body, datetime.fromisoformat(row["modified"]), None, parts)

    async def fetch(self, resource: Resource, ids: Sequence[str]) -> Page:
        self.fetched.append(list(ids))
        rows = [self.rows[int(id)] for id in ids if int(id) in self.rows and int(id) not in self.hidden]
        return Page([self._row(row) for row in rows], (), len(rows), self.now)

    async def children(self, resource: Resource, parents: Sequence[Row]) -> Children:
        rows = {parent.id: [self._part(parent.id, part) for part in self.parts.get(int(parent.id), ())] for parent in parents}
        cut = {str(id): "one is missing" for id in self.undrained if str(id) in rows}
        return Children({id: kept[:-1] if id in cut else kept for id, kept in rows.items()}, cut)

    def _part(self, parent: str, part: dict[str, Any]) -> Row:
        return Row(str(part["id"]), json.dumps(part).encode(), datetime.fromisoformat(part["modified"]), parent)

    async def touched_parents(self, resource: Resource, listing: Listing) -> Page:
        assert listing.since is not None
        rows = [self._part(str(parent), part) for parent, parts in self.parts.items() for part in parts]
        rows = sorted((row for row in rows if row.modified and row.modified > listing.since), key=lambda row: str(row.modified))
        return Page(rows[listing.offset : listing.offset + listing.limit], (), len(rows), self.now)

    def sight(self, resource: Resource) -> Sight | None:
        return None

    async def close(self) -> None:
        self.closed = True


class ShelfConnector:
    """As much of a connector as the engine asks of an opened shop."""

    manifest = Manifest("shelf", "Shelf", "1", "1", None, "none", (), Limits(page_sizes=(10, 5, 2)))
    resources: tuple[Resource, ...] = (THINGS, PEOPLE)
    webhooks = None

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.make_writer: Callable[[Any], Any] = lambda _store: None

    def writer(self, store: Any) -> Any:
        return self.make_writer(store)


class ShelfEngine(Engine):
    """An engine whose every shop is the one shelf."""

    def __init__(self, db: Any, shelf: Shelf, **more: Any) -> None:
        super().__init__(db, None, None, patience=QUICK, **more)  # type: ignore[arg-type]
        self.connector = ShelfConnector(shelf)

    @asynccontextmanager
    async def shop(self, org: UUID, installation: UUID) -> AsyncIterator[Shop]:
        yield Shop(org, installation, self.connector, self.connector.shelf, ShopSettings(), "1")  # type: ignore[arg-type]
