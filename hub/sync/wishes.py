"""Wishes: what somebody wants written to a shop's record, kept with its job before anything is tried.

A wish has an idempotency key, so that asking twice writes once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final, Literal
from uuid import UUID

from hub.db.ids import record_id, uuid7
from hub.db.unit import Unit
from hub.errors import Conflict, NotFound, Unprocessable
from hub.ports import MetafieldWrite, StockWrite, Upload
from hub.queue import enqueue
from schemas.exact import decode, encode_plain

Act = Literal["metafields", "stock", "media"]
JOB: Final = "write_back"
KEPT: Final = "id, installation, kind, vendor_id, act, metafields, wish, outcome, status, error, echo_seen_at"
EVENTS: Final[Mapping[str, str]] = {"metafields": "metafield.written", "stock": "stock.written", "media": "media.written"}


@dataclass(frozen=True, slots=True)
class WriteBack:
    """One write to one record. status: queued, written or failed (then `error` says why).

    metafields, stock: what is to be set; wish: of a file, its name, type and text; outcome: the file as the shop knows it.
    """

    id: UUID
    installation: UUID
    kind: str
    vendor_id: str
    metafields: Sequence[MetafieldWrite]
    status: str
    error: str | None
    echo_seen: bool
    act: Act = "metafields"
    stock: Sequence[StockWrite] = ()
    wish: Mapping[str, Any] = field(default_factory=dict)
    outcome: Mapping[str, Any] = field(default_factory=dict)

    def outcome_told(self) -> dict[str, Any]:
        """What callers see of a file in the shop."""
        return {"media": dict(self.outcome)} if self.outcome else {}


@dataclass(frozen=True, slots=True)
class Target:
    """The record that a wish is for."""

    installation: UUID
    kind: str
    vendor_id: str


async def queue_write(
    unit: Unit, installation: UUID, kind: str, vendor_id: str, fields: Sequence[MetafieldWrite], idempotency_key: str
) -> WriteBack:
    """Keep a wish for metafields and enqueue its job, in the caller's transaction. The same key again answers the first one.

    Raises NotFound (no such live record), Unprocessable (nothing to write), Conflict (the key was used for another write).
    """
    if not fields:
        raise Unprocessable("/metafields is empty:", hint="name at least one metafield to write.", field="/metafields")
    wanted = encode_plain([{"namespace": f.namespace, "key": f.key, "type": f.type, "value": f.value} for f in fields])
    return await _keep(unit, Target(installation, kind, vendor_id), "metafields", wanted, None, None, idempotency_key)


async def queue_stock(unit: Unit, target: Target, writes: Sequence[StockWrite], idempotency_key: str) -> WriteBack:
    """The same for quantities of a product's variants."""
    if not writes:
        raise Unprocessable("/stock is empty:", hint="name at least one quantity to set.", field="/stock")
    wanted = encode_plain({"stock": [asdict(write) for write in writes]})
    return await _keep(unit, target, "stock", b"[]", wanted, None, idempotency_key)


async def queue_media(unit: Unit, target: Target, upload: Upload, idempotency_key: str) -> WriteBack:
    """The same for a file."""
    if not upload.content:
        raise Unprocessable("The file is empty:", hint="send its bytes as the body.", field="body")
    wanted = encode_plain(
        {"filename": upload.filename, "mime": upload.mime, "alt": upload.alt, "sha256": sha256(upload.content).hexdigest()}
    )
    return await _keep(unit, target, "media", b"[]", wanted, upload.content, idempotency_key)


async def _keep(
    unit: Unit, target: Target, act: Act, metafields: bytes, wish: bytes | None, content: bytes | None, key: str
) -> WriteBack:
    known = await unit.fetchval(
        "select true from record where id = $1 and deleted_at is null",
        record_id(target.installation, target.kind, target.vendor_id),
    )
    if not known:
        raise NotFound(f"There is no {target.kind} {target.vendor_id} in this shop.", field="id")
    id = await unit.fetchval(
        "insert into write_back (org, id, installation, kind, vendor_id, act, metafields, wish, content, idempotency_key) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (org, idempotency_key) do nothing returning id",
        unit.org, uuid7(), target.installation, target.kind, target.vendor_id, act, metafields, wish, content, key,
    )  # fmt: skip
    if id is not None:
        await enqueue(unit, JOB, {"write_back": str(id)}, key=str(id))
        return await get(unit, id)
    first = await unit.fetchrow(
        "select id, installation, kind, vendor_id, act, metafields = $2 and wish is not distinct from $3::jsonb as same "
        "from write_back where idempotency_key = $1",
        key, metafields, wish,
    )  # fmt: skip
    asked = target.installation, target.kind, target.vendor_id, act
    if first is None or not first["same"] or (first["installation"], first["kind"], first["vendor_id"], first["act"]) != asked:
        raise Conflict(f"The idempotency key {key!r} was used for another write:", hint="take a new one.")
    return await get(unit, first["id"])


async def get(unit: Unit, id: UUID) -> WriteBack:
    """One write-back. Raises NotFound."""
    row = await unit.fetchrow(f"select {KEPT} from write_back where id = $1", id)  # noqa: S608
    if row is None:
        raise NotFound(f"There is no write-back {id}.", field="id")
    fields = [MetafieldWrite(**one) for one in decode(row["metafields"])]
    wish = decode(row["wish"]) if row["wish"] else {}
    return WriteBack(
        row["id"], row["installation"], row["kind"], row["vendor_id"], fields, row["status"], row["error"],
        row["echo_seen_at"] is not None, row["act"], [StockWrite(**one) for one in wish.pop("stock", ())], wish,
        decode(row["outcome"]) if row["outcome"] else {},
    )  # fmt: skip


async def content_of(unit: Unit, id: UUID) -> bytes:
    """The file that a wish for media brought along."""
    return bytes(await unit.fetchval("select content from write_back where id = $1", id) or b"")


def said_of(wish: WriteBack) -> dict[str, Any]:
    """What the event of a write says of it: names, and no values."""
    if wish.act == "stock":
        return {"stock": [{"item": one.item, "location": one.location, "name": one.name} for one in wish.stock]}
    if wish.act == "media":
        return {"media": {**wish.wish, **wish.outcome}}
    return {"metafields": [{"namespace": field.namespace, "key": field.key, "type": field.type} for field in wish.metafields]}
