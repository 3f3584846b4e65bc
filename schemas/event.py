"""Event: a canonical fact, in the order in which it became true for an organisation."""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

from pydantic import Field

from schemas.base import Canonical, UtcText

EventType = Literal[
    "product.created",
    "product.updated",
    "product.deleted",
    "order.created",
    "order.updated",
    "order.deleted",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "metafield.written",
    "stock.written",
    "media.written",
    "installation.connected",
    "installation.disconnected",
    "run.finished",
    "endpoint.failing",
    "endpoint.disabled",
    "message.dead",
]

#: Why a fact became known. Endpoints get neither backfill nor remap unless they ask.
Cause = Literal["backfill", "sync", "webhook", "sweep", "write_back", "remap", "api"]

EVENT_TYPES: Final[tuple[str, ...]] = EventType.__args__  # type: ignore[attr-defined]


class Event(Canonical):
    """One canonical fact. `position` grows without gaps within an organisation; `id` is a UUIDv7."""

    id: UUID
    position: int = Field(ge=1)
    type: EventType
    cause: Cause
    kind: str | None = None
    record: UUID | None = None
    vendor_id: str | None = None
    installation: UUID | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    created_at: UtcText
