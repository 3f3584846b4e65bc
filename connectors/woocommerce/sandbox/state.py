"""What the store holds: rows kept as encoded bytes with a small index beside them, and the counters that number them."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.woocommerce.sandbox.clock import Clock
from connectors.woocommerce.sandbox.wire import Data, encode

_RELATED = b'"related_ids":['
_LINKS = b'"_links":'


@dataclass(slots=True)
class Row:
    """One object of the store: its JSON, and the columns that lists are filtered and sorted by.

    The JSON is kept in two pieces, cut where an answer may differ from the row: before the ids of `related_ids` of a
    product, and before the `_links` of everything else (the global listings print others).
    """

    id: int
    created: int = 0
    modified: int = 0
    created_local: int = 0
    modified_local: int = 0
    status: str = ""
    name: str = ""
    sku: str = ""
    parent: int = 0
    buyer: int = 0
    type: str = ""
    head: bytes = b""
    tail: bytes = b""

    def data(self) -> Data:
        """The decoded object (a copy); `related_ids` comes empty."""
        found: Data = json.loads(self.head + self.tail)
        return found

    def keep(self, data: Data) -> None:
        """Replace the JSON. What the index needs is set by the store."""
        body = encode(data)
        cut = body.rfind(_LINKS)
        if "related_ids" in data:
            start = body.index(_RELATED) + len(_RELATED)
            self.head, self.tail = body[:start], body[body.index(b"]", start) :]
        else:
            self.head, self.tail = body[:cut], body[cut:]


class Collection:
    """Rows of one kind by id, in the order they came. `version` counts changes, so that sorted lists can be reused."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.version = 0

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self.rows.values()))

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, identifier: int) -> Row | None:
        return self.rows.get(identifier)

    def put(self, row: Row) -> Row:
        self.rows[row.id] = row
        self.version += 1
        return row

    def drop(self, identifier: int) -> Row | None:
        self.version += 1
        return self.rows.pop(identifier, None)


@dataclass
class Shop:
    """The merchant's settings that shape the answers."""

    name: str = "Luneo Test Store"
    currency: str = "EUR"
    decimals: int = 2
    weight_unit: str = "kg"
    dimension_unit: str = "cm"
    global_variations: bool = True
    unstable_ties: bool = False


@dataclass
class Store:
    """All collections, the counters and the clock. Posts (products, variations, orders, refunds) share one counter."""

    clock: Clock
    shop: Shop
    rng: random.Random
    products: Collection = field(default_factory=Collection)
    variations: Collection = field(default_factory=Collection)
    orders: Collection = field(default_factory=Collection)
    refunds: Collection = field(default_factory=Collection)
    customers: Collection = field(default_factory=Collection)
    children: dict[int, list[int]] = field(default_factory=dict)  # variable product → its variations
    refunds_of: dict[int, list[int]] = field(default_factory=dict)  # order → its refunds
    skus: dict[str, int] = field(default_factory=dict)
    gtins: dict[str, int] = field(default_factory=dict)
    emails: dict[str, int] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    counters: dict[str, int] = field(default_factory=lambda: {"post": 14, "user": 0, "meta": 0, "item": 0})

    def collection(self, resource: str) -> Collection:
        found: Collection = getattr(self, resource)
        return found

    def next(self, counter: str) -> int:
        self.counters[counter] += 1
        return self.counters[counter]

    def stamp(self, row: Row, data: Data, *, created: int | None = None, modified: int | None = None) -> None:
        """Set dates in the object and in the index together."""
        if created is not None:
            row.created, row.created_local = created, created + self.clock.shift(created)
            data["date_created"], data["date_created_gmt"] = self.clock.dates(created)
        if modified is not None:
            row.modified, row.modified_local = modified, modified + self.clock.shift(modified)
            if "date_modified" in data:  # refunds have the column but do not show it
                data["date_modified"], data["date_modified_gmt"] = self.clock.dates(modified)

    def save(self, resource: str, row: Row, data: Data, *, touch: bool = True) -> Row:
        """Keep the object; `touch` bumps its modification date to the store's now, as every save does."""
        with self.lock:
            if touch:
                self.stamp(row, data, modified=self.clock.now())
            row.status = str(data.get("status", row.status))
            row.name = str(data.get("name") or data.get("username") or "")
            row.sku = str(data.get("sku") or data.get("email", "").lower())  # a customer is looked up by e-mail
            row.buyer = data.get("customer_id", 0)
            row.type = str(data.get("type") or data.get("role") or "")
            row.keep(data)
            return self.collection(resource).put(row)
