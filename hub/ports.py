"""The ports: what a connector offers to the hub, and nothing else. Typed protocols are called; hooks only register.

A connector is *manifest + resources + a store to read from*, plus optional webhooks and write-back. Everything that an author
could get wrong (paging with anchors, retries, budgets, checkpoints, quarantine, verdicts, sweeps, echoes) belongs to the engine.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable
from uuid import UUID

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


@dataclass(frozen=True, slots=True)
class Probe:
    """What a shop says of itself when it is connected."""

    shop: str  # stable identity of the shop, unique per connector (normalised host and path)
    name: str
    url: str
    settings: ShopSettings
    capabilities: Json
    api_version: str


@dataclass(frozen=True, slots=True)
class InboundRequest:
    """A webhook as received: headers with lower-case names, the exact body bytes."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What an inbound webhook says: look at these. `row` carries the object when the body is one."""

    resource: str  # name of the resource to refetch
    ids: tuple[str, ...]
    deleted: bool = False
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a webhook says of the connection itself, or of people who want to be forgotten.

    kind: uninstalled (credentials are dead) · scopes (permissions changed) · forget_shop · forget_customer · customer_data;
    ids: vendor ids by resource name ({"customers": […], "orders": […]}) for the latter two.
    """

    kind: Literal["uninstalled", "scopes", "forget_shop", "forget_customer", "customer_data"]
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One verified inbound webhook. `dedupe` identifies the very same message; `changes` is empty for a ping.

    `shop`: the identity of the shop that the message says it is from, where it says so; the hub compares it with the
    installation's. `triggered`: when it happened, in the vendor's words. `once`: `dedupe` is made of an id that the vendor
    gives to no other message, so that a repetition is one however late; else the same words are news again after a while.
    """

    topic: str
    dedupe: bytes
    changes: Sequence[Change]
    ping: bool = False
    shop: str | None = None
    notice: Notice | None = None
    triggered: datetime | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class MetafieldWrite:
    """One metafield to set (`value` JSON-ready) or, with value None, to remove."""

    namespace: str
    key: str
    type: str
    value: Any


class Writer(Protocol):
    """Write-back of metafields to one record. Returns the row as the store holds it afterwards; unchanged values are not sent."""

    async def write_metafields(self, resource: Resource, vendor_id: str, fields: Sequence[MetafieldWrite]) -> Row: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to put on a record: a 3D model, a picture. `mime` as the vendor wants it (model/gltf-binary, image/jpeg)."""

    filename: str
    mime: str
    content: bytes
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class MediaState:
    """A file of ours in the shop. `url`: where the shop serves it, once it is ready; `reason`: why it failed, in words."""

    id: str
    status: Literal["processing", "ready", "failed"]
    url: str | None = None
    reason: str = ""


@runtime_checkable
class MediaWriter(Protocol):
    """Write-back of files; a `Writer` may be one too. The same upload again finds the file that is there."""

    async def add_media(self, resource: Resource, vendor_id: str, upload: Upload) -> MediaState:
        """Put a file on a record; the shop may still be working on it afterwards (`media_state` tells)."""
        ...

    async def media_state(self, id: str) -> MediaState: ...


@dataclass(frozen=True, slots=True)
class StockWrite:
    """One quantity to set. item: a variant's vendor id; location: the vendor's id; expected: what it must be now, else the
    write is refused (None: whatever it is)."""

    item: str
    location: str
    quantity: int
    expected: int | None
    name: str = "available"


@runtime_checkable
class StockWriter(Protocol):
    """Write-back of stock; a `Writer` may be one too."""

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> None:
        """Set quantities, all or none of each 250. `key`: the same key again does nothing again.

        Raises StockMoved when a quantity is not what was expected; nothing of those 250 was written then.
        """
        ...


@dataclass(frozen=True, slots=True)
class WebhookState:
    """One subscription of ours as the shop reports it. `reason`: why the shop will not have it, in one line."""

    topic: str
    id: str
    active: bool
    reason: str = ""


class Webhooks(Protocol):
    """Inbound webhooks of one connector."""

    topics: Sequence[str]

    def secrets(self, credentials: Mapping[str, str], own: str) -> Sequence[str]:
        """What this shop may sign with, newest first: `own` is the secret that the hub made for the installation. Each is
        tried in turn, so that a secret can be changed while messages are under way."""
        ...

    def shop_of(self, request: InboundRequest) -> str | None:
        """For messages to the connector's one address (`/in/{connector}`): the shop that it claims to be from, unverified."""
        ...

    def parse(self, request: InboundRequest, secret: str) -> Delivery:
        """Verify and name. Pure; raises SignatureError, or PermanentError for a body that is not what its topic says."""
        ...

    async def ensure(self, store: Store, url: str, secret: str) -> Sequence[WebhookState]:
        """Make the shop's subscriptions what we want; returns those that were found inactive or missing, and those that the
        shop refuses, with the reason. Raises PermanentError when it can have none."""
        ...

    async def remove(self, store: Store, url: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a shop may be asked: requests per second and burst; page sizes to step down to when it struggles.

    costs: the shop counts points, not requests, and tells its rate and burst with every answer (`Budget.told`): the figures
    here are only the guess before the first answer.
    """

    per_second: float = 20.0
    burst: int = 40
    page_sizes: tuple[int, ...] = (100, 50, 20, 10)
    costs: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a connector says of itself.

    credential_fields: what a shop is connected with; other_credentials: further complete sets, any one instead of it;
    further_credentials: what may come with any of them.
    """

    name: str
    title: str
    version: str
    api_version: str
    api_expires: date | None
    auth: Literal["key_secret", "oauth2", "none"]
    credential_fields: tuple[str, ...]
    limits: Limits = Limits()
    requires_hub: str = ">=0.1,<1"
    other_credentials: tuple[tuple[str, ...], ...] = ()
    further_credentials: tuple[str, ...] = ()


class HttpClient(Protocol):
    """The guarded outbound client (hub.http). Every call has a deadline that covers the body and a size cap."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        deadline: float = 30.0,
        max_bytes: int = 64 << 20,
    ) -> HttpAnswer: ...

    async def download(
        self,
        url: str,
        path: Path,
        *,
        headers: Mapping[str, str] | None = None,
        deadline: float = 3600.0,
        max_bytes: int = 8 << 30,
    ) -> HttpAnswer:
        """A GET whose body goes to a file as it comes; the answer's own body is empty (with another status than 200: its
        first 64 KiB, and the file is left alone)."""
        ...


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer: header names in lower case, body decoded from its content encoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a shop that counts points said with an answer. asked: the points that were set aside for the request; actual: what
    it cost (None: it was not done); available, maximum, restore: the shop's bucket now, its size, its points per second."""

    asked: float
    actual: float | None
    available: float
    maximum: float
    restore: float


class Budget(Protocol):
    """The rate budget of one shop, shared by all workers."""

    async def __call__(self, cost: float = 1.0) -> None:
        """Waits until a request of this cost is allowed, and sets the cost aside."""
        ...

    async def told(self, tariff: Tariff) -> None:
        """What the shop says of its bucket; every request that was allowed must be followed by this, or by `back`."""
        ...

    async def back(self, cost: float) -> None:
        """A request that was allowed was never answered: its points are not in flight any more."""
        ...


Renew = Callable[[Mapping[str, str]], Awaitable[Mapping[str, str]]]


class Vault(Protocol):
    """Where the credentials of one shop are kept, for those that change by themselves (tokens that expire)."""

    async def renewed(self, stale: Mapping[str, str], renew: Renew) -> Mapping[str, str]:
        """Credentials newer than `stale`. Of all workers one calls `renew` (current → new), the others get what it brought;
        the new ones are kept, sealed, before anybody uses them. Raises what `renew` raises."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What a connector gets to open a store: nothing of the hub but its HTTP client and the shop's budget."""

    url: str
    credentials: Mapping[str, str] = field(repr=False)
    http: HttpClient
    budget: Budget
    capabilities: Json = field(default_factory=dict)
    allow_http: bool = False
    installation: UUID | None = None
    vault: Vault | None = None  # None before there is an installation (probing)


class Sandbox(Protocol):
    """An honest small fake of the vendor that speaks real HTTP, for the demo, the laws and authors."""

    app: Any  # an ASGI 3 application
    clock: float  # seconds the store's clock is ahead of ours

    def credentials(self) -> dict[str, str]: ...
    def ids(self, resource: str) -> list[str]: ...
    def add(self, resource: str, count: int = 1) -> list[str]: ...
    def change(self, resource: str, ids: Sequence[str]) -> None: ...
    def delete(self, resource: str, ids: Sequence[str]) -> None: ...
    def trash(self, resource: str, ids: Sequence[str]) -> None: ...
    def rows(self, body: object) -> list[object] | None: ...
    def record(self, resource: str, id: str) -> Json: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """A mapping with its reasons: canonical path → raw pointer(s), and what no canonical field took."""

    canonical: Json
    provenance: Mapping[str, str | list[str]]
    unmapped: Mapping[str, Any]


@runtime_checkable
class KeepsAlive(Protocol):
    """A connector whose credentials die when nobody uses them for long: the hub asks once a day, for every shop."""

    async def keep_alive(self, opening: Opening) -> bool:
        """Renew what would end within the next days; whether that was necessary. Raises ConnectorError."""
        ...


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know of a shop's health: well (green), to be known (amber), not working (red); and what to do about it."""

    level: Literal["green", "amber", "red"]
    words: str
    hint: str = ""


@runtime_checkable
class Examines(Protocol):
    """A connector that can say more of a shop's health than whether it answers: for `luneo doctor`."""

    async def examine(self, opening: Opening, url: str | None) -> Sequence[Remark]:
        """Look, and change nothing. url: where the shop's webhooks should go, None where it is polled. Raises ConnectorError."""
        ...


@dataclass(frozen=True, slots=True)
class Visit:
    """A merchant's browser at a connector's install address. query: in order, repeats included; headers: lower-case names;
    cookies: those that it sent; address: ours, as browsers reach it (`https://hub.example/install/shopify`)."""

    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    address: str


@dataclass(frozen=True, slots=True)
class Departure:
    """What the browser is answered: sent on to `to`, or shown `page` (HTML). cookie: name, value, seconds; kept from scripts."""

    to: str | None = None
    page: str | None = None
    cookie: tuple[str, str, int] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A merchant for whom the vendor vouches. shop: the identity of the shop, url: its address; grant: asks the vendor for
    credentials; fresh: ask even if the shop is connected (a permission was just given); onward: as for `Departure`."""

    shop: str
    url: str
    grant: Callable[[HttpClient], Awaitable[Mapping[str, str]]]
    fresh: bool
    onward: Departure


@runtime_checkable
class Installs(Protocol):
    """A connector whose merchants connect their own shop, from the vendor's side. Decisions only: no network, no database.

    Raises SignatureError for what the vendor does not vouch for, PermanentError for what is no shop, ConfigurationError when
    the operator has not configured the app.
    """

    def install_begin(self, visit: Visit) -> Departure:
        """The vendor sent a merchant: on to where permission is given."""
        ...

    def install_back(self, visit: Visit) -> Arrival:
        """The merchant is back with the vendor's permission."""
        ...

    def install_token(self, visit: Visit) -> Arrival:
        """A page of ours inside the vendor's admin brings a token of its session."""
        ...

    def install_refused(self, error: Exception) -> tuple[int, Mapping[str, str]] | None:
        """Status and headers with which the vendor's page wants to hear of this error; None: the usual ones."""
        ...


class Connector(Protocol):
    """Code for one vendor."""

    manifest: Manifest
    resources: Sequence[Resource]
    webhooks: Webhooks | None

    def normalise_url(self, text: str) -> str: ...

    async def probe(self, opening: Opening) -> Probe:
        """Check address and credentials, read what the shop says of itself. Raises ConnectorError with one clear line."""
        ...

    def open(self, opening: Opening) -> Store: ...

    def writer(self, store: Store) -> Writer | None: ...

    def explain(self, raw_kind: str, body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Explained:
        """On demand, never on the hot path. `raw_kind` is any of the vendor's kinds, children's too ("variation", "refund")."""
        ...

    def to_native(self, raw_kind: str, doc: Json) -> Json:
        """The writable part of a canonical document in the vendor's own words (the other half of the round trip)."""
        ...

    def objects_in(self, raw_kind: str, text: bytes) -> list[bytes]:
        """The vendor objects of this kind in a file: one object, an array, or a capture of exchanges or deliveries."""
        ...

    def sandbox(self, **scale: int) -> Sandbox: ...
