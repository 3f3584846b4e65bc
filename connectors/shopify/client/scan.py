"""Listing ids and times: cheap pages that tell which rows there are, in an order that nothing can shift.

By id the bound is in the question itself (`id:>N`), so no page is deep. By time Shopify's own cursor is followed, but never
past the 25,000 rows that it reaches: the bound moves before, and rows of that one second come twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.shopify.client.gid import number_of, type_of
from connectors.shopify.client.graph import Graph, Said
from connectors.shopify.client.place import Place, place_of
from connectors.shopify.times import moment, stamp
from hub.errors import RetryableError
from hub.ports import BadRow, Listing, Page, Resource, Row
from schemas import exact

MOST = 250  # rows of one page
REACH = 24_000  # rows behind one bound; Shopify's cursors end at 25,000
CAPPED = 25_001  # what a count says when it gave up counting
GID_TYPES = {"product": "Product", "order": "Order", "customer": "Customer"}
WHOLE_DAYS = frozenset({"customer"})  # their updated_at is documented as matching a whole day: the shop shows too much


@dataclass(slots=True)
class Found:
    """One answer of a scan: rows within the window, those that cannot be named, how many nodes came in all.

    end: the shop's own cursor behind the last node, None when there is no further page; tail: the last node, if it has a name.
    """

    rows: list[Row]
    bad: list[BadRow]
    nodes: int
    end: str | None
    said: Said
    tail: Row | None = None


class Scan:
    """Scans one shop."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def page(self, resource: Resource, listing: Listing) -> Page:
        """Ids and times of one page; bodies are empty. Full unless it is the last one."""
        place, limit = place_of(listing), min(listing.limit, MOST)
        rows: list[Row] = []
        bad: list[BadRow] = []
        first = limit
        while True:
            found = await self._ask(resource, listing, place, first)
            if first > limit - len(rows) - len(bad) and (found.rows or found.bad):
                first = limit  # it began to match within a long page: once more, in pages that can be kept whole
                continue
            rows += found.rows
            bad += found.bad
            following = _behind(place, found)
            if following is None or len(rows) + len(bad) >= limit:
                break
            place = following
            first = limit - len(rows) - len(bad) if rows or bad else MOST
        return Page(rows, bad, _total(resource, listing, found.said), found.said.at, following.text() if following else None)

    async def _ask(self, resource: Resource, listing: Listing, place: Place, first: int) -> Found:
        variables = {
            "first": first,
            "after": place.after,
            "query": _query(listing, place),
            "sort": "UPDATED_AT" if place.way == "modified" else "ID",
            "counted": _query(listing, Place()),
        }
        said = await self._graph.ask(f"scan_{resource.name}", variables)
        return _found(resource, listing, said)


def _query(listing: Listing, place: Place) -> str | None:
    """The search: times are quoted, else their colons would be read as further filters."""
    parts = []
    bound = place.bound or (None if listing.since is None else stamp(listing.since))
    if bound is not None:
        parts.append(f"updated_at:>='{bound}'")
    if listing.until is not None:
        parts.append(f"updated_at:<='{stamp(listing.until)}'")
    if place.last:
        parts.append(f"id:>{place.last}")
    return " AND ".join(parts) or None


def _found(resource: Resource, listing: Listing, said: Said) -> Found:
    answer = said.data.get(resource.name)
    nodes = answer.get("nodes") if isinstance(answer, dict) else None
    info = answer.get("pageInfo") if isinstance(answer, dict) else None
    if not isinstance(nodes, list) or not isinstance(info, dict):
        raise RetryableError(f"The shop's answer holds no list of {resource.name}.")
    end = info.get("endCursor") if info.get("hasNextPage") else None
    if info.get("hasNextPage") and (not nodes or not isinstance(end, str)):
        raise RetryableError(f"The shop says that more {resource.name} follow, and not where.")
    found = Found([], [], len(nodes), end, said)
    since = None if listing.since is None else listing.since.replace(microsecond=0)
    for node in nodes:
        row = _row(node, GID_TYPES[resource.raw_kind])
        found.tail = None if isinstance(row, BadRow) else row
        if isinstance(row, BadRow):
            found.bad.append(row)
        elif _within(row.modified, since, listing.until):
            found.rows.append(row)
    return found


def _within(modified: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    return modified is None or ((since is None or modified >= since) and (until is None or modified <= until))


def _row(node: Any, type: str) -> Row | BadRow:
    if not isinstance(node, dict):
        return BadRow(exact.encode_plain(node), f"The row is {'null' if node is None else _word(node)}, not an object.")
    id = node.get("id")
    if not isinstance(id, str) or type_of(id) != type:
        return BadRow(exact.encode_plain(node), f"The id of the row is {str(id)[:80]!r}, not that of a {type}.", field="/id")
    return Row(id, b"", moment(node.get("updatedAt")))


def _word(value: object) -> str:
    return type(value).__name__


def _behind(place: Place, found: Found) -> Place | None:
    """Where the next page begins; None when this was the last."""
    if found.end is None:
        return None
    seen = place.seen + found.nodes
    tail = found.tail
    if place.way == "modified":
        if seen < REACH or tail is None or tail.modified is None:
            return Place(way="modified", bound=place.bound, after=found.end, seen=seen)
        bound = stamp(tail.modified)
        # a second in which more rows changed than a cursor reaches cannot be passed by time: go on by id
        return Place(way="rest", bound=bound) if bound == place.bound else Place(way="modified", bound=bound)
    if tail is None:  # its last row has no name: only the shop's own cursor leads on
        return Place(way=place.way, bound=place.bound, last=place.last, after=found.end, seen=seen)
    return Place(way=place.way, bound=place.bound, last=number_of(tail.id))


def _total(resource: Resource, listing: Listing, said: Said) -> int | None:
    """The shop's count of the whole listing, where it is exact and counts what is shown."""
    if resource.raw_kind in WHOLE_DAYS and (listing.since or listing.until):
        return None
    counted: Mapping[str, Any] = said.data.get(f"{resource.name}Count") or {}
    count = counted.get("count")
    return count if counted.get("precision") == "EXACT" and type(count) is int and count != CAPPED else None
