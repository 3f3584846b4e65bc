"""Write-back: metafields set on a shop's record. A durable row and its job first, the shop afterwards, the catalog at once.

The row has an idempotency key, so that asking twice writes once. Writing twice does no harm either: the connector sends only
values that differ. What the shop answers is mapped like any row, children included, and stands in the catalog with the hash
that the returning webhook is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from hub import outbox
from hub.db.ids import record_id, uuid7
from hub.db.unit import Unit
from hub.errors import Conflict, NotFound, PermanentError, Unprocessable
from hub.ports import MetafieldWrite, Resource, Row
from hub.queue import enqueue
from hub.sync.engine import Engine, Shop
from hub.sync.page import Target, work
from hub.sync.paging import Pull, Slice
from schemas.exact import decode, encode_plain

JOB: Final = "write_back"
KEPT: Final = "id, installation, kind, vendor_id, metafields, status, error, written_at, echo_seen_at"


@dataclass(frozen=True, slots=True)
class WriteBack:
    """One write to one record. status: queued, written or failed (then `error` says why)."""

    id: UUID
    installation: UUID
    kind: str
    vendor_id: str
    metafields: Sequence[MetafieldWrite]
    status: str
    error: str | None
    echo_seen: bool


async def queue_write(
    unit: Unit, installation: UUID, kind: str, vendor_id: str, fields: Sequence[MetafieldWrite], idempotency_key: str
) -> WriteBack:
    """Keep the wish and enqueue its job, in the caller's transaction. The same key again answers the first one.

    Raises NotFound (no such live record), Unprocessable (nothing to write), Conflict (the key was used for another write).
    """
    if not fields:
        raise Unprocessable("/metafields is empty:", hint="name at least one metafield to write.", field="/metafields")
    known = await unit.fetchval(
        "select true from record where id = $1 and deleted_at is null", record_id(installation, kind, vendor_id)
    )
    if not known:
        raise NotFound(f"There is no {kind} {vendor_id} in this shop.", field="id")
    wanted = encode_plain([{"namespace": f.namespace, "key": f.key, "type": f.type, "value": f.value} for f in fields])
    id = await unit.fetchval(
        "insert into write_back (org, id, installation, kind, vendor_id, metafields, idempotency_key) "
        "values ($1, $2, $3, $4, $5, $6, $7) on conflict (org, idempotency_key) do nothing returning id",
        unit.org, uuid7(), installation, kind, vendor_id, wanted, idempotency_key,
    )  # fmt: skip
    if id is not None:
        await enqueue(unit, JOB, {"write_back": str(id)}, key=str(id))
        return await get(unit, id)
    first = await unit.fetchrow(
        "select id, installation, kind, vendor_id, metafields = $2 as same from write_back where idempotency_key = $1",
        idempotency_key, wanted,
    )  # fmt: skip
    if first is None or not first["same"] or (first["installation"], first["kind"], first["vendor_id"]) != (
        installation, kind, vendor_id,
    ):  # fmt: skip
        raise Conflict(f"The idempotency key {idempotency_key!r} was used for another write:", hint="take a new one.")
    return await get(unit, first["id"])


async def get(unit: Unit, id: UUID) -> WriteBack:
    """One write-back. Raises NotFound."""
    row = await unit.fetchrow(f"select {KEPT} from write_back where id = $1", id)  # noqa: S608
    if row is None:
        raise NotFound(f"There is no write-back {id}.", field="id")
    fields = [MetafieldWrite(**one) for one in decode(row["metafields"])]
    return WriteBack(
        row["id"], row["installation"], row["kind"], row["vendor_id"], fields, row["status"], row["error"],
        row["echo_seen_at"] is not None,
    )  # fmt: skip


async def perform(engine: Engine, org: UUID, id: UUID) -> WriteBack:
    """Write to the shop and then to the catalog; a write that is done already is not done again.

    Raises what the shop raises: RetryableError to be tried again, PermanentError after the write was noted as failed.
    """
    async with engine.db.org(org) as unit:
        wish = await get(unit, id)
    if wish.status != "queued":
        return wish
    async with engine.shop(org, wish.installation) as shop:
        resource = _resource(shop, wish.kind)
        try:
            row = await _write(shop, resource, wish)
        except PermanentError as error:
            await note_failure(engine, org, id, str(error))
            raise
        pull = Pull(shop.store, resource, engine.asker(shop.connector))
        part = await _as_listed(pull, row)
        async with engine.db.org(org) as unit:
            target = Target(org, wish.installation, resource, shop.settings, "write_back", shop.api_version)
            await work(unit, target, [part], confirmed=True)
            await _note(unit, wish)
            return await get(unit, id)


async def _as_listed(pull: Pull, row: Row) -> Slice:
    """The row in the form in which it will come back, with its children.

    Stores answer a write in another form than a listing: WooCommerce adds `permalink_template` and `generated_slug`, and writes
    a rating of 0 with other digits. The echo is compared with what a listing says.
    """
    page = await pull.fetch([row.id])
    rows = [one for one in page.rows if one.id == row.id] or [row]
    return Slice(rows, [], page.at, await pull.drain(rows))


async def _write(shop: Shop, resource: Resource, wish: WriteBack) -> Row:
    writer = shop.connector.writer(shop.store)
    if writer is None:
        raise PermanentError(f"{shop.connector.manifest.title} takes no metafields.")
    return await writer.write_metafields(resource, wish.vendor_id, wish.metafields)


def _resource(shop: Shop, kind: str) -> Resource:
    for resource in shop.connector.resources:
        if resource.kind == kind:
            return resource
    raise NotFound(f"{shop.connector.manifest.title} has no resource of kind {kind!r}.")


async def _note(unit: Unit, wish: WriteBack) -> None:
    """Written: the hash to know the echo by, and the event."""
    id = record_id(wish.installation, wish.kind, wish.vendor_id)
    kept = await unit.fetchrow("select content_hash, doc -> 'refs' as refs from record where id = $1", id)
    await unit.execute(
        "update write_back set status = 'written', written_at = now(), expected_hash = $2, error = null where id = $1",
        wish.id, None if kept is None else kept["content_hash"],
    )  # fmt: skip
    told: Mapping[str, Any] = {
        "refs": [] if kept is None else msgspec.Raw(kept["refs"].encode()),
        "write_back": wish.id,
        "metafields": [{"namespace": field.namespace, "key": field.key, "type": field.type} for field in wish.metafields],
    }
    event = outbox.EventDraft(
        "metafield.written", "write_back", wish.kind, id, wish.vendor_id, wish.installation, msgspec.json.encode(told)
    )
    await outbox.record(unit, [event])


async def note_failure(engine: Engine, org: UUID, id: UUID, reason: str) -> None:
    """The shop will not take it."""
    async with engine.db.org(org) as unit:
        await unit.execute("update write_back set status = 'failed', error = $2 where id = $1", id, reason)
