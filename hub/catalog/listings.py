"""Listings as answers, and the short way for the plain one: `GET /v1/products?limit=50` is what clients ask all day.

The short way skips FastAPI's resolving of parameters and dependencies, which costs more than the query. It takes only what it
surely understands, asks for the same key and scope, and leaves everything else to the route as it is declared.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import Request, Response
from fastapi.routing import APIRoute

from hub.catalog.pages import Filter, Position, page
from hub.db.unit import Unit
from hub.web.answers import listing
from hub.web.caller import admitted
from hub.web.house import house_of
from hub.web.paging import MOST, bad_cursor, pack, unpack, uuid_of

SHORT: Final = {"/v1/products": "product", "/v1/orders": "order", "/v1/customers": "customer"}
EVERYTHING: Final = Filter()
USUAL: Final = 50  # rows, when the caller names no limit

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


async def shown(unit: Unit, kind: str, narrowed: Filter, cursor: str | None, limit: int) -> Response:
    """One page as an answer."""
    found = await page(unit, kind, narrowed, position_of(cursor, narrowed.updated_since is not None), limit)
    return listing(found.rows, cursor_of(found.end))


def position_of(cursor: str | None, by_time: bool) -> Position | None:
    """The position in a cursor of this kind of listing. Raises Unprocessable for one of another kind."""
    if cursor is None:
        return None
    if not by_time:
        return Position(uuid_of(cursor) or UUID(int=0))
    id, at = unpack(cursor, 2)
    try:
        return Position(UUID(id), datetime.fromisoformat(at))
    except ValueError:
        raise bad_cursor(cursor) from None


def cursor_of(end: Position | None) -> str | None:
    """The cursor for the page after this position."""
    if end is None:
        return None
    return pack(end.id) if end.at is None else pack(end.id, end.at.isoformat())


def plain(query: str) -> tuple[int, str | None] | None:
    """Limit and cursor, when the query holds nothing else; None for any other query, or one that is not quite right.

    >>> plain(""), plain("limit=20&cursor=abc"), plain("limit=0"), plain("sku=A1")
    ((50, None), (20, 'abc'), None, None)
    """
    limit, cursor = USUAL, None
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        if name == "limit" and value.isascii() and value.isdigit() and len(value) <= 3 and 1 <= int(value) <= MOST:
            limit = int(value)
        elif name == "cursor" and value and "%" not in value and "+" not in value:
            cursor = value
        else:
            return None
    return limit, cursor


class PlainListing(APIRoute):
    """A route that takes the short way where there is one."""

    def get_route_handler(self) -> Handler:
        declared = super().get_route_handler()
        kind = SHORT.get(self.path) if self.methods == {"GET"} else None
        if kind is None:
            return declared

        async def short(request: Request) -> Response:
            asked = plain(request.url.query)
            if asked is None:
                return await declared(request)
            who = await admitted(request, f"{kind}s:read")
            async with house_of(request).db.org(who.org) as unit:
                return await shown(unit, kind, EVERYTHING, asked[1], asked[0])

        return short
