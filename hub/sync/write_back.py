"""Write-back: metafields, stock or a file on a shop's record. A durable row and its job first, the shop afterwards, the
catalog at once.

The row has an idempotency key, so that asking twice writes once. Writing twice does no harm either: the connector sends only
values that differ. What the shop answers is mapped like any row, children included, and stands in the catalog with the hash
that the returning webhook is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from hub import outbox
from hub.db.ids import record_id
from hub.db.unit import Unit
from hub.errors import NotFound, PermanentError
from hub.ports import Resource, Row
from hub.sync.carry_out import carry_out
from hub.sync.engine import Engine, Shop
from hub.sync.page import Target, work
from hub.sync.paging import Pull, Slice
from hub.sync.wishes import EVENTS, WriteBack, get, said_of


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
            row = await carry_out(engine, shop, resource, wish)
        except PermanentError as error:
            await note_failure(engine, org, id, str(error))
            raise
        pull = Pull(shop.store, resource, engine.asker(shop.connector))
        part = await _as_listed(pull, wish.vendor_id, row)
        async with engine.db.org(org) as unit:
            target = Target(org, wish.installation, resource, shop.settings, "write_back", shop.api_version, store=shop.store)
            await work(unit, target, [part], confirmed=True)
            await _note(unit, wish)
            return await get(unit, id)


async def _as_listed(pull: Pull, vendor_id: str, row: Row | None) -> Slice:
    """The row in the form in which it will come back, with its children.

    Stores answer a write in another form than a listing: WooCommerce adds `permalink_template` and `generated_slug`, and writes
    a rating of 0 with other digits. The echo is compared with what a listing says.
    """
    page = await pull.fetch([vendor_id])
    rows = [one for one in page.rows if one.id == vendor_id] or ([row] if row is not None else [])
    return Slice(rows, [], page.at, await pull.drain(rows))


def _resource(shop: Shop, kind: str) -> Resource:
    for resource in shop.connector.resources:
        if resource.kind == kind:
            return resource
    raise NotFound(f"{shop.connector.manifest.title} has no resource of kind {kind!r}.")


async def _note(unit: Unit, wish: WriteBack) -> None:
    """Written: the hash to know the echo by, and the event."""
    wish = await get(unit, wish.id)
    id = record_id(wish.installation, wish.kind, wish.vendor_id)
    kept = await unit.fetchrow("select content_hash, doc -> 'refs' as refs from record where id = $1", id)
    await unit.execute(
        "update write_back set status = 'written', written_at = now(), expected_hash = $2, error = null, content = null "
        "where id = $1",
        wish.id, None if kept is None else kept["content_hash"],
    )  # fmt: skip
    refs = [] if kept is None else msgspec.Raw(kept["refs"].encode())
    told: Mapping[str, Any] = {"refs": refs, "write_back": wish.id, **said_of(wish)}
    event = outbox.EventDraft(
        EVENTS[wish.act], "write_back", wish.kind, id, wish.vendor_id, wish.installation, msgspec.json.encode(told)
    )
    await outbox.record(unit, [event])


async def note_failure(engine: Engine, org: UUID, id: UUID, reason: str) -> None:
    """The shop will not take it."""
    async with engine.db.org(org) as unit:
        await unit.execute("update write_back set status = 'failed', error = $2, content = null where id = $1", id, reason)
