"""What the engine hands to the catalog: rows ready to be written, and what the catalog answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One vendor object. `body` exactly as received; `fingerprint` as `hub.catalog.fingerprint` makes it; `notes` are kept
    behind it: what the shop did not show of it (`hub.catalog.unseen`)."""

    kind: str
    vendor_id: str
    parent_id: str | None
    body: bytes
    fingerprint: bytes
    modified: datetime | None
    notes: bytes = b""


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """One canonical record. `doc` is its encoded form; variants: (vendor id, sku, gtin); `refs` the document's own, encoded.

    kept: it is known to be in the catalog already; that only saves trying to insert it.
    """

    vendor_id: str
    doc: bytes
    content_hash: bytes
    refs: bytes
    modified: datetime | None
    variants: Sequence[tuple[str, str | None, str | None]] = ()
    incomplete: bool = False
    kept: bool = False


@dataclass(slots=True)
class Batch:
    """Records of one kind of one shop, to be written in one transaction with their raw objects and events.

    cause: why it became known (an event's cause); keep_children: parent vendor id → ids of the raw children it still has,
    for parents whose list of children was drained; fetched_at: when the raw bytes came.
    """

    installation: UUID
    kind: str
    mapping_version: int
    cause: str
    fetched_at: datetime
    records: list[RecordEntry] = field(default_factory=list)
    raws: list[RawEntry] = field(default_factory=list)
    child_kind: str | None = None
    keep_children: dict[str, list[str]] = field(default_factory=dict)
    api_version: str | None = None
    run: UUID | None = None


@dataclass(slots=True)
class Applied:
    """What became of a batch: vendor ids by what happened, and the events that tell of it."""

    inserted: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    events: list[UUID] = field(default_factory=list)
