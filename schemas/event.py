"""Event: a canonical fact, in the order in which it became true for an organisation."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
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


#: An organisation's own type, published through the API.
OwnType = Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", max_length=128)]


class Event(Canonical):
    """One canonical fact. `position` grows without gaps within an organisation; `id` is a UUIDv7."""

    id: UUID
    position: int = Field(ge=1)
    type: EventType | OwnType
    cause: Cause
    kind: str | None = None
    record: UUID | None = None
    vendor_id: str | None = None
    installation: UUID | None = None
    data: Any = Field(default_factory=dict, description="Canonical facts: an object. What you published: as you sent it.")
    created_at: UtcText
