"""The facts that changes of records make: thin events, whose data says which fields changed and where the record is from."""

from __future__ import annotations

from uuid import UUID

import msgspec

from hub.outbox import EventDraft

_list = msgspec.json.Encoder()
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def changed_fields(old: str | bytes, new: bytes) -> list[str]:
    """Names of the top-level fields in which two documents in their one byte form differ."""
    before, after = _fields(old), _fields(new)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def draft(
    verb: str,
    *,
    cause: str,
    kind: str,
    record: UUID,
    vendor_id: str,
    installation: UUID,
    refs: bytes,
    version: int,
    changed: list[str] | None = None,
) -> EventDraft:
    """`verb` is created, updated or deleted."""
    told = b"" if changed is None else b',"changed":%b' % _list.encode(changed)
    data = b'{"refs":%b,"version":%d%b}' % (refs, version, told)
    return EventDraft(f"{kind}.{verb}", cause, kind, record, vendor_id, installation, data)
