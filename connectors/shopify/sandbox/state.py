"""What the shop holds: plain dicts in GraphQL's field names, by type and gid.

How an object is kept, so that every theme module can read what another wrote:
- every object that has a gid carries `__typename` and `id`, and stands in `objects[type][gid]`;
- a reference to an object with a gid is that gid as text (`"product": "gid://shopify/Product/1"`), a connection a list of
  gids, or of dicts for things that have no life of their own; a gid that is no longer there reads as null;
- money is text, moments are `2026-11-22T07:07:21Z`, connections and lists stand under the field's own name.
Everything happens in one event loop, and no method here awaits: a caller sees a shop that stands still.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from connectors.shopify.sandbox.clock import Clock

Json = dict[str, Any]
Listener = Callable[[str, Json], None]

FIRST_ID = 9_100_000_000_000_001  # above 2^53 and odd, as all that follow: none of them survives a float
STEP = 2


class State:
    """All objects of one shop. `shop` is the Shop object; `version` counts changes, so that sorted lists can be reused."""

    def __init__(self, clock: Clock, rng: random.Random, shop: Json) -> None:
        self.clock, self.rng, self.shop = clock, rng, shop
        self.objects: dict[str, dict[str, Json]] = {}
        self.version = 0
        self._last: dict[str, int] = {}
        self._listeners: list[Listener] = []

    def now(self) -> str:
        """The moment, as the shop writes it."""
        return self.clock.stamp()

    def new_id(self, type: str) -> str:
        """The next gid of a type: ascending, never given twice."""
        number = self._last[type] = self._last.get(type, FIRST_ID - STEP) + STEP
        return f"gid://shopify/{type}/{number}"

    def of(self, type: str) -> dict[str, Json]:
        """All objects of a type by gid, in the order they came."""
        return self.objects.setdefault(type, {})

    def get(self, gid: str | None) -> Json | None:
        """An object by its gid, None when there is none (any more)."""
        return None if gid is None else self.objects.get(type_of(gid), {}).get(gid)

    def all(self, gids: list[str]) -> Iterator[Json]:
        """The objects behind some gids, without those that are gone."""
        for gid in gids:
            if (found := self.get(gid)) is not None:
                yield found

    def put(self, type: str, obj: Json, topic: str | None = None) -> Json:
        """Keep an object; without an `id` it gets the next one. `topic`: what to tell the listeners."""
        gid = obj.get("id") or self.new_id(type)
        kept = {"__typename": type, **obj, "id": gid}
        self.of(type)[gid] = kept
        self.version += 1
        if topic:
            self.tell(topic, kept)
        return kept

    def touch(self, gid: str, topic: str | None = None) -> Json:
        """The object was changed in place: `updatedAt` is now. Raises KeyError when there is none."""
        obj = self.of(type_of(gid))[gid]
        obj["updatedAt"] = self.now()
        self.version += 1
        if topic:
            self.tell(topic, obj)
        return obj

    def remove(self, gid: str, topic: str | None = None) -> Json | None:
        """Take an object away; what belongs to it stays for its own theme to remove. None when it was not there."""
        gone = self.of(type_of(gid)).pop(gid, None)
        if gone is not None:
            self.version += 1
            if topic:
                self.tell(topic, gone)
        return gone

    def on_change(self, listener: Listener) -> None:
        """Hear of changes: called with a topic as webhooks name it ("products/update") and the object, before the next one."""
        self._listeners.append(listener)

    def tell(self, topic: str, obj: Json) -> None:
        """Tell all listeners of something that happened."""
        for listener in self._listeners:
            listener(topic, obj)


def type_of(gid: str) -> str:
    """The type that a gid names; an empty text when it is none.

    >>> type_of("gid://shopify/InventoryLevel/7?inventory_item_id=8")
    'InventoryLevel'
    """
    return gid[14:].partition("/")[0] if gid.startswith("gid://shopify/") else ""


def number_of(gid: str) -> int:
    """The number in a gid, 0 when there is none.

    >>> number_of("gid://shopify/InventoryLevel/7?inventory_item_id=8")
    7
    """
    digits = gid.rpartition("/")[2].partition("?")[0]
    return int(digits) if digits.isdecimal() else 0
