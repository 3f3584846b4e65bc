"""A place in a listing, as text that survives a restart: `Page.next`. Opaque to the hub, with a version of its own."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.errors import PermanentError
from hub.ports import Listing

VERSION = 1
Way = Literal["id", "modified", "rest"]


class Place(msgspec.Struct, array_like=True, frozen=True):
    """Behind which row the next page begins.

    way: "id" (ids above `last`), "modified" (by time from `bound`, behind the shop's cursor `after`), "rest" (what changed since
    `bound`, by ids above `last`: for more rows of one second than a cursor reaches); seen: rows shown under this bound.
    """

    version: int = VERSION
    way: Way = "id"
    bound: str | None = None
    last: int = 0
    after: str | None = None
    seen: int = 0

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


def place_of(listing: Listing) -> Place:
    """Where a listing goes on, or begins. Raises PermanentError for a text that is no place in it."""
    if listing.after is None:
        return Place(way=listing.order)
    try:
        found = msgspec.json.decode(listing.after, type=Place)
    except (msgspec.DecodeError, UnicodeEncodeError):
        found = Place(version=0)
    if found.version != VERSION or (found.way == "id") != (listing.order == "id"):
        raise PermanentError(f"{listing.after[:80]!r} is no place in this listing.", hint="Begin it anew.")
    return found
