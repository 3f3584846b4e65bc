"""What is sent for a canonical event: the thin fact of the log together with its record as it is now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from hub.catalog.shelf import with_id
from hub.db.unit import Unit
from hub.outbox import Event

RECORDS = """
select r.id, convert_to(r.doc::text, 'UTF8') as doc from record r where r.id = any ($1::uuid[]) and r.deleted_at is null
"""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


async def records(unit: Unit, events: Iterable[Event]) -> dict[UUID, bytes]:
    """The canonical documents that these events are about, as the API shows them; deleted ones are left out."""
    wanted = list({event.record for event in events if event.record is not None})
    return {row["id"]: with_id(row["id"], row["doc"]) for row in await unit.fetch(RECORDS, wanted)} if wanted else {}


def payload(event: Event, documents: Mapping[UUID, bytes]) -> bytes:
    """The `data` of the message: JSON. What an event does not have is left out."""
    told: dict[str, Any] = {
        "event": event.id,
        "kind": event.kind,
        "record": event.record,
        "vendor_id": event.vendor_id,
        "installation": event.installation,
        "cause": event.cause,
        "position": event.position,
        "change": msgspec.Raw(event.data.encode()),
    }
    if event.record is not None and (doc := documents.get(event.record)) is not None:
        told["object"] = msgspec.Raw(doc)
    return _encode({name: value for name, value in told.items() if value is not None})


def decoded(data: bytes) -> Any:
    """A payload for filters to look into. Whatever PostgreSQL takes for JSON is read, half characters too."""
    try:
        return _decode(data)
    except msgspec.DecodeError:
        return json.loads(data)
