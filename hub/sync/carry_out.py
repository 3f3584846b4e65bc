"""Carrying a wish out in the shop, through what the connector's writer can do."""

from __future__ import annotations

import asyncio
from typing import Final

from hub.errors import PermanentError, RetryableError
from hub.ports import MediaState, MediaWriter, Resource, Row, StockWriter, Upload
from hub.sync.engine import Engine, Shop
from hub.sync.wishes import WriteBack, content_of, get
from schemas.exact import encode_plain

PAUSES: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)  # seconds between looks at a file that the shop is working on
LATER: Final = 30.0  # seconds until the job looks again


async def carry_out(engine: Engine, shop: Shop, resource: Resource, wish: WriteBack) -> Row | None:
    """Do it; the row as the shop answered it, where it did. Raises PermanentError, RetryableError."""
    writer = shop.connector.writer(shop.store)
    title = shop.connector.manifest.title
    if wish.act == "stock":
        if not isinstance(writer, StockWriter):
            raise PermanentError(f"{title} takes no stock from us.")
        await writer.write_stock(wish.stock, str(wish.id))
        return None
    if wish.act == "media":
        if not isinstance(writer, MediaWriter):
            raise PermanentError(f"{title} takes no files from us.")
        await _media(engine, shop, resource, wish, writer)
        return None
    if writer is None:
        raise PermanentError(f"{title} takes no metafields.")
    return await writer.write_metafields(resource, wish.vendor_id, wish.metafields)


async def _media(engine: Engine, shop: Shop, resource: Resource, wish: WriteBack, writer: MediaWriter) -> None:
    """Hand the file over, note under which id the shop has it, and wait until the shop is done with it."""
    if "id" in wish.outcome:
        state = await writer.media_state(wish.outcome["id"])
    else:
        async with engine.db.org(shop.org) as unit:
            content = await content_of(unit, wish.id)
        upload = Upload(wish.wish["filename"], wish.wish["mime"], content, wish.wish.get("alt"))
        state = await writer.add_media(resource, wish.vendor_id, upload)
        await _note(engine, shop, wish, state)
    for pause in PAUSES:
        if state.status != "processing":
            break
        await asyncio.sleep(pause)
        state = await writer.media_state(state.id)
    await _note(engine, shop, wish, state)
    if state.status == "failed":
        raise PermanentError(f"The shop cannot use {wish.wish['filename']}: {state.reason or 'it gives no reason'}")
    if state.status == "processing":
        raise RetryableError(f"The shop is still working on {wish.wish['filename']}.", after=LATER)


async def _note(engine: Engine, shop: Shop, wish: WriteBack, state: MediaState) -> None:
    known = encode_plain({"id": state.id, "status": state.status, "url": state.url, "reason": state.reason})
    async with engine.db.org(shop.org) as unit:
        await get(unit, wish.id)
        await unit.execute("update write_back set outcome = $2 where id = $1", wish.id, known)
