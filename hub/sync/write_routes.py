"""Write-backs over HTTP: metafields, stock, files; and what became of one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.access import Caller
from hub.catalog.pages import one
from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.errors import Unprocessable
from hub.installations.installation import refuse_closed
from hub.installations.listing import get as installation_of
from hub.ports import StockWrite, Upload
from hub.sync.wish import WISH, wished
from hub.sync.wishes import Target, WriteBack, get, queue_media, queue_stock, queue_write
from hub.web.answers import answer
from hub.web.caller import needs
from hub.web.house import TheHouse
from hub.web.once import AtMostOnce

router = APIRouter(prefix="/v1")
MOST_BYTES: Final = 64 << 20
ENDINGS: Final = {"model/gltf-binary": ".glb", "image/png": ".png", "image/": ".jpg", "video/": ".mp4", "application/pdf": ".pdf"}
FILE: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"model/gltf-binary": {}, "image/*": {}, "video/*": {}, "application/pdf": {}}},
}


class Quantity(BaseModel):
    """One quantity of one variant at one place."""

    model_config = ConfigDict(extra="forbid", strict=True)

    item: str = Field(max_length=200, description="The variant's id in the shop, as its `ref` has it (`gid` where there is one).")
    location: str = Field(max_length=200, description="The location's id in the shop.")
    quantity: int = Field(ge=-1_000_000_000, le=1_000_000_000)
    expected: int | None = Field(description="What it must be now, else nothing is written; null: whatever it is.")
    name: Literal["available", "on_hand"] = "available"


class Stock(BaseModel):
    """What to set: all of it or nothing."""

    model_config = ConfigDict(extra="forbid")

    stock: list[Quantity] = Field(min_length=1, max_length=250)


@router.put("/{kinds}/{id}/metafields", status_code=202, tags=["Metafields"], openapi_extra=WISH)
async def write_metafields(
    kinds: Literal["products", "orders", "customers"],
    id: UUID,
    request: Request,
    who: Annotated[Caller, needs("metafields:write")],
    once: AtMostOnce,
) -> Response:
    """Write metafields to the shop. They are queued, written, read back, and told as the event `metafield.written`."""
    fields = wished(await request.body())

    async def keep(unit: Unit, target: Target, key: str) -> WriteBack:
        return await queue_write(unit, target.installation, target.kind, target.vendor_id, fields, key)

    return await _queue(who, once, kinds.removesuffix("s"), id, keep)


@router.put("/products/{id}/stock", status_code=202, tags=["Stock"])
async def write_stock(
    id: UUID, body: Stock, who: Annotated[Caller, needs("products:write")], once: AtMostOnce
) -> Response:  # fmt: skip
    """Set stock in the shop, against what it is believed to be. Queued, written, read back, told as `stock.written`."""
    writes = [StockWrite(q.item, q.location, q.quantity, q.expected, q.name) for q in body.stock]

    async def keep(unit: Unit, target: Target, key: str) -> WriteBack:
        return await queue_stock(unit, target, writes, key)

    return await _queue(who, once, "product", id, keep)


@router.post("/products/{id}/media", status_code=202, tags=["Media"], max_body_size=MOST_BYTES, openapi_extra=FILE)
async def write_media(
    id: UUID,
    request: Request,
    who: Annotated[Caller, needs("products:write")],
    once: AtMostOnce,
    filename: Annotated[str | None, Query(min_length=1, max_length=200, examples=["bague.glb"])] = None,
    alt: Annotated[str | None, Query(max_length=500, description="What it shows, in words.")] = None,
) -> Response:
    """Put a 3D model (GLB), a picture or a film on a product; the body is the file. Told as `media.written` once it is ready."""
    mime = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = await request.body()

    async def keep(unit: Unit, target: Target, key: str) -> WriteBack:
        ending = next((ending for start, ending in ENDINGS.items() if mime.startswith(start)), None)
        if ending is None:
            raise Unprocessable(
                f"Content-Type {mime!r}: this is no file for a product.",
                hint="send model/gltf-binary, image/…, video/… or application/pdf.", field="content-type",
            )  # fmt: skip
        return await queue_media(unit, target, Upload(filename or f"file{ending}", mime, content, alt), key)

    return await _queue(who, once, "product", id, keep)


@router.get("/write-backs/{id}", tags=["Metafields"])
async def get_a_write_back(id: UUID, house: TheHouse, who: Annotated[Caller, needs("metafields:read")]) -> Response:
    """What became of a write: queued, written, or failed with the reason."""
    async with house.db.org(who.org) as unit:
        found = await get(unit, id)
    told = {
        "id": found.id, "installation": found.installation, "kind": found.kind, "vendor_id": found.vendor_id,
        "act": found.act, "status": found.status, "error": found.error, "echo_seen": found.echo_seen, **found.outcome_told(),
    }  # fmt: skip
    return answer(told)


Keep = Callable[[Unit, Target, str], Awaitable[WriteBack]]


async def _queue(who: Caller, once: AtMostOnce, kind: str, id: UUID, keep: Keep) -> Response:
    async def act(unit: Unit) -> Response:
        found = await one(unit, kind, id)
        refuse_closed(await installation_of(unit, found.installation))
        key = once.key or f"unnamed:{uuid7()}"
        written = await keep(unit, Target(found.installation, found.kind, found.vendor_id), key)
        return answer({"id": written.id, "status": written.status, "record": id}, 202)

    return await once.within(who, act)
