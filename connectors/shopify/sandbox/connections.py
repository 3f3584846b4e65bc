"""Pages of connections: cursors are keyset cursors like Shopify's, a value and an id, so they name a place and no row.

Limits (Shopify, "API limits"): pages of at most 250; a listing can be paged for 25,000 rows, further rows need a filter.
"""

from __future__ import annotations

import base64
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.shopify.sandbox.call import GraphError
from connectors.shopify.sandbox.state import Json, number_of

Key = tuple[Any, int]  # (value that the listing is sorted by, number of the gid)
MOST = 250
DEEPEST = 25_000


@dataclass(frozen=True, slots=True)
class Rows:
    """A listing in ascending order, with the key of each row."""

    rows: Sequence[Json]
    keys: Sequence[Key]


def cursor_of(key: Key) -> str:
    """What stands in `cursor`, `startCursor` and `endCursor`."""
    return base64.b64encode(json.dumps({"last_id": key[1], "last_value": key[0]}, separators=(",", ":")).encode()).decode()


def key_of(cursor: str) -> Key:
    """The place that a cursor names. Raises GraphError."""
    try:
        found = json.loads(base64.b64decode(cursor, validate=True))
        return found["last_value"], int(found["last_id"])
    except (ValueError, KeyError, TypeError):
        raise GraphError("Invalid cursor for current pagination sort.", "BAD_REQUEST") from None


def check(args: Json, name: str) -> None:
    """Refuse what Shopify refuses of a page's arguments. Raises GraphError."""
    first, last = args.get("first"), args.get("last")
    if first is None and last is None:
        raise GraphError("you must provide one of first or last", "BAD_REQUEST")
    if first is not None and last is not None:
        raise GraphError("providing both first and last is not supported", "BAD_REQUEST")
    for word, value in (("first", first), ("last", last)):
        if value is not None and value < 0:
            raise GraphError(f"{word} cannot be a negative number", "BAD_REQUEST")
        if value is not None and value > MOST:
            raise GraphError(f"{word} cannot exceed {MOST} ({name} was asked for {value})", "BAD_REQUEST")


def page(listing: Rows, args: Json, *, edges: bool, deep: bool = True) -> Json:
    """One page as the fields of a connection: {"nodes", "edges", "pageInfo"}. Raises GraphError.

    edges: whether edges are wanted; deep: whether the listing's depth is limited.
    """
    keys, down = listing.keys, bool(args.get("reverse"))
    low, high = 0, len(keys)
    try:
        if args.get("after") is not None:
            low, high = _narrow(keys, key_of(args["after"]), low, high, above=not down)
        if args.get("before") is not None:
            low, high = _narrow(keys, key_of(args["before"]), low, high, above=down)
    except TypeError:  # a cursor of another sort order
        raise GraphError("Invalid cursor for current pagination sort.", "BAD_REQUEST") from None
    size = max(high - low, 0)
    count = min(size, args["first"] if args.get("first") is not None else args["last"])
    at_low = (args.get("first") is not None) is not down  # which end of the window the page is cut from
    start, end = (low, low + count) if at_low else (high - count, high)
    if deep and (end if not down else len(keys) - start) > DEEPEST:
        message = f"Pagination is limited to the first {DEEPEST} objects. Narrow the query with a filter to go further."
        raise GraphError(message, "BAD_REQUEST")
    places: Sequence[int] = range(start, end)
    if down:
        places = places[::-1]
    nodes = [listing.rows[place] for place in places]
    more, less = end < len(keys), start > 0
    info: Json = {"hasNextPage": less if down else more, "hasPreviousPage": more if down else less}
    info["startCursor"] = cursor_of(keys[places[0]]) if nodes else None
    info["endCursor"] = cursor_of(keys[places[-1]]) if nodes else None
    answer: Json = {"nodes": nodes, "pageInfo": info}
    if edges:
        answer["edges"] = [{"cursor": cursor_of(keys[place]), "node": listing.rows[place]} for place in places]
    return answer


def _narrow(keys: Sequence[Key], place: Key, low: int, high: int, *, above: bool) -> tuple[int, int]:
    return (max(low, bisect_right(keys, place)), high) if above else (low, min(high, bisect_left(keys, place)))


def sorted_rows(rows: Sequence[Json], value: Callable[[Json], Any]) -> Rows:
    """Rows by a value, equal ones by id."""
    keyed = sorted(((value(row), number_of(row["id"])), place) for place, row in enumerate(rows))
    return Rows([rows[place] for _, place in keyed], [key for key, _ in keyed])
