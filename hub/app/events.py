"""GET /v1/events: the log of facts, read by position without gaps; with `wait` the answer comes with the next fact."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response

from hub import outbox
from hub.access import Caller, require
from hub.app.bell import Bell
from hub.catalog.pages import DOC
from hub.catalog.shelf import with_id
from hub.db.unit import Unit
from hub.errors import Unprocessable
from hub.web.answers import answer
from hub.web.caller import admitted, needs
from hub.web.house import TheHouse
from schemas.event import EVENT_TYPES

router = APIRouter(prefix="/v1/events", tags=["Events"])

#: What canonical types begin with; other types are the organisation's own, and plugins know them.
FAMILIES = frozenset(type.split(".")[0] for type in EVENT_TYPES)
NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
LONGEST_WAIT = 25  # seconds: below what proxies allow an answer to take

EVENTS = """
    select e.id, e.position, e.type, e.kind, e.record, e.vendor_id, e.installation, e.cause, e.data, e.created_at, {joined} as doc
    from event e {join} where e.org = $1 and e.position > $2 and e.position <= $3 and ($4::text[] is null or e.type = any($4))
    order by e.position limit $5
"""
PLAIN = EVENTS.format(joined="null", join="")
WITH_RECORD = EVENTS.format(
    joined=f"case when r.deleted_at is null then {DOC} end",
    join="left join record r on r.id = e.record",
)


@router.get("")
async def read_events(
    request: Request,
    house: TheHouse,
    who: Annotated[Caller, needs("events:read")],
    after: Annotated[int, Query(ge=0, lt=2**63, description="The last position you have; 0 for all.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    types: Annotated[str | None, Query(max_length=400, description="Only these, comma separated: product.updated,….")] = None,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait when there is nothing yet.")] = 0,
    include: Annotated[Literal["record"] | None, Query(description="`record`: each fact with its record as it is now.")] = None,
) -> Response:
    """Facts after a position, in order. Pass `next_after` as `after` the next time: no fact is ever missed."""
    wanted = chosen(types)
    if include == "record":
        for scope in ("products:read", "orders:read", "customers:read"):
            require(who, scope)
    bell: Bell = request.app.state.bell
    deadline = asyncio.get_running_loop().time() + wait
    while True:
        ring = bell.expect(who.org) if wait else None
        try:
            async with house.db.org(who.org) as unit:
                found, head = await read(unit, after, wanted, limit, include == "record")
            left = deadline - asyncio.get_running_loop().time()
            if found or ring is None or left <= 0 or await request.is_disconnected():
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ring), left)
        finally:
            if ring is not None:
                ring.cancel()
        await admitted(request, "events:read")  # a key that was revoked meanwhile hears nothing more
    upto = found[-1]["position"] if len(found) == limit else max(head, after)
    return answer({"data": found, "next_after": upto, "head": head})


def chosen(types: str | None) -> list[str] | None:
    """The event types asked for; None for all. Raises Unprocessable for an unknown one."""
    if types is None:
        return None
    wanted = [word.strip() for word in types.split(",") if word.strip()]
    if unknown := [
        word for word in wanted if word not in EVENT_TYPES and (word.split(".")[0] in FAMILIES or not NAME.fullmatch(word))
    ]:
        raise Unprocessable(
            f"types {unknown[0]!r}: there is no such event:", hint=f"choose of {', '.join(EVENT_TYPES)}.", field="types"
        )
    return wanted


def may_be(type: str) -> bool:
    """Whether events of that type may exist: ours are known, an organisation's own have another beginning.

    >>> may_be("product.updated"), may_be("product.upgraded"), may_be("workshop.finished"), may_be("Workshop")
    (True, False, True, False)
    """
    return type in EVENT_TYPES or (type.split(".")[0] not in FAMILIES and NAME.fullmatch(type) is not None)


async def read(
    unit: Unit, after: int, types: list[str] | None, limit: int, with_record: bool
) -> tuple[list[dict[str, Any]], int]:
    """The facts and the head. The head is read first: everything up to it is visible to the statement after it."""
    head = await outbox.head(unit)
    rows = await unit.fetch(WITH_RECORD if with_record else PLAIN, unit.org, after, head, types, limit)
    return [told(row, with_record) for row in rows], head


def told(row: Any, with_record: bool) -> dict[str, Any]:
    """One fact as callers see it, after schemas.event.Event; absent fields are left out."""
    fact = {key: value for key, value in row.items() if key not in ("data", "doc") and value is not None}
    fact["data"] = msgspec.Raw(row["data"])
    if with_record and row["record"] is not None:
        fact["doc"] = msgspec.Raw(with_id(row["record"], row["doc"])) if row["doc"] else None
    return fact
