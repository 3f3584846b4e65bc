"""Reading: what a store is asked and answers, and what a resource is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

RecordKind = Literal["product", "order", "customer"]
Order = Literal["id", "modified"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """What a mapping needs to know of the shop and cannot find in a row. None means unknown: null in the canonical form."""

    currency: str | None = None  # ISO 4217
    weight_unit: str | None = None  # kg, g, lb, oz
    dimension_unit: str | None = None  # m, cm, mm, in, yd
    timezone: str | None = None  # IANA name
    prices_include_tax: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One vendor object exactly as received.

    `body` is its JSON bytes; `modified` the vendor's own modification time (UTC) if it has one; `parent` the vendor id of the
    object it belongs to (a variation's product); `children` the ids of nested objects that the row itself lists, else None;
    `incomplete` why a list inside the body did not all come, in words; `unseen` the fields of the canonical document (JSON
    pointers such as "/email") that the shop refused to show: what is known of them stays.
    """

    id: str
    body: bytes
    modified: datetime | None = None
    parent: str | None = None
    children: tuple[str, ...] | None = None
    incomplete: str | None = None
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a page that cannot even be named or read: kept raw, quarantined."""

    body: bytes
    reason: str
    id: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A question for one page of a resource. Stores compare `since` as they like: the engine overlaps.

    offset: rows to skip; limit: rows wanted; since/until: modification window (UTC); ids_only: only identifiers and modification
    times are needed (rows may have an empty body); after: `Page.next` of the page before, for resources paged by cursor.
    """

    order: Order = "id"
    offset: int = 0
    limit: int = 100
    since: datetime | None = None
    until: datetime | None = None
    ids_only: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `total` is the store's own count of the whole listing (None if it does not say), `at` its clock (UTC).

    `next`: where the following page begins, None when the store says that this is the last one; only for resources paged by
    cursor. It is opaque to the engine, survives a restart, and names a place behind the last row, not a count of rows.
    """

    rows: Sequence[Row]
    bad: Sequence[BadRow] = ()
    total: int | None = None
    at: datetime | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What a shop keeps from us of one resource, for want of a permission. `reason`: which, and what to do, in one line;
    `french`: the same for merchants who read French.

    since: rows created before are not shown at all, so their absence says nothing; fields: canonical fields that come empty.
    """

    reason: str
    since: datetime | None = None
    fields: tuple[str, ...] = ()
    french: str = ""


@dataclass(frozen=True, slots=True)
class Children:
    """The nested objects of some parents: every list drained, or its parent named in `incomplete` with the reason."""

    rows: Mapping[str, Sequence[Row]]  # parent id → its children in the vendor's order
    incomplete: Mapping[str, str] = field(default_factory=dict)  # parent id → reason
    bad: Sequence[BadRow] = ()


class Store(Protocol):
    """An opened shop. Raises ConnectorError: RetryableError, ReauthorizationError, PermanentError."""

    async def page(self, resource: Resource, listing: Listing) -> Page: ...

    async def fetch(self, resource: Resource, ids: Sequence[str]) -> Page:
        """The rows of these ids; ids that the store does not have are simply absent."""
        ...

    async def children(self, resource: Resource, parents: Sequence[Row]) -> Children: ...

    async def touched_parents(self, resource: Resource, listing: Listing) -> Page:
        """Children modified in a window (rows carry `parent`), for resources with `children_modified`."""
        ...

    def sight(self, resource: Resource) -> Sight | None:
        """What the shop keeps from us, as far as is known by now; None when it shows everything."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Exporter(Protocol):
    """A store that can also hand out a whole resource at once (a bulk operation)."""

    async def worth_exporting(self, resource: Resource, since: datetime | None) -> bool:
        """Whether there is so much to read that an export is cheaper than pages."""
        ...

    def export(self, resource: Resource, since: datetime | None, after: str | None) -> AsyncGenerator[Page]:
        """Everything (modified since), in pages of whole rows.

        The first page may be empty: its `next` names the export as soon as the vendor runs it, so that a run that dies goes
        on with the same export. Later pages' `next` is the place behind them; the last page has None. `total` is the number
        of rows that the vendor says the export holds, once it is known. Rows that must be asked for one by one (what the
        export could not hold of them) come as rows all the same. Raises what pages raise.
        """
        ...


@dataclass(frozen=True, slots=True)
class Mapped:
    """The canonical form of one record. `doc` is JSON-ready and valid against its kind's schema; absent fields are left out."""

    kind: RecordKind
    vendor_id: str
    doc: Json
    modified: datetime | None = None
    variants: Sequence[tuple[str, str | None, str | None]] = ()  # (vendor id, sku, gtin) for the variant index


MapRecord = Callable[[bytes, Sequence[bytes], ShopSettings], Mapped]


@dataclass(frozen=True, slots=True)
class Resource:
    """A pullable list of one kind.

    name: the word on the command line ("products"); kind: the canonical kind; raw_kind and child_kind: the vendor's words
    under which raw objects are kept; volatile: top-level fields that the store changes by itself, left out of the unchanged
    check; stamps: keys, at any depth of the canonical document, that only tell when something was saved: a document that
    differs in nothing else has not changed (`modified_at` is always one); incremental: can be listed by modification time;
    children_modified: its children can be listed so too; paging: by offset, or by the store's own cursor (`Page.next`);
    nested: kinds of the objects that are kept inside the row itself (its lists are drained by the store);
    map: the pure mapping (raw, children raws, settings) → Mapped, raising SkippedRecordError.
    """

    name: str
    kind: RecordKind
    raw_kind: str
    map: MapRecord
    child_kind: str | None = None
    volatile: frozenset[bytes] = frozenset()
    child_volatile: frozenset[bytes] = frozenset()
    stamps: frozenset[bytes] = frozenset()
    incremental: bool = True
    children_modified: bool = False
    mapping_version: int = 1
    overlap_seconds: int = 2
    paging: Literal["offset", "cursor"] = "offset"
    nested: tuple[str, ...] = ()
