"""What queries cost, and the bucket that the points are taken from.

Shopify, "API limits": scalars and enums 0, objects 1, mutations 10, connections as many times their row as `first` or `last`
asks; at most 1,000 for one query. The bucket leaks: it fills by `restore` points per second up to its size.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLObjectType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)

from connectors.shopify.sandbox.plan import FREE, Selection, below
from connectors.shopify.sandbox.state import Json

MOST = 1000
MUTATION = 10


def requested(selection: Selection, type: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> int:
    """The price of an operation before it is run. Raises GraphQLError for arguments that cannot be read."""
    return _Price(selection).root(type, sets)


class _Price:
    def __init__(self, selection: Selection) -> None:
        self.selection = selection

    def root(self, type: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> int:
        mutation = type is self.selection.schema.mutation_type
        cost = 0
        for nodes in self.selection.fields(type, sets).values():
            cost += MUTATION if mutation and nodes[0].name.value != "__typename" else self.field(type, nodes, 1)
        return cost

    def object(self, type: Any, sets: Sequence[SelectionSetNode], size: int) -> int:
        """One object of this type with all that is asked of it; of an interface, the dearest of its types."""
        if is_abstract_type(type):
            return max((self.object(one, sets, size) for one in self.selection.schema.get_possible_types(type)), default=1)
        own = 0 if type.name.endswith(FREE) else 1
        return own + sum(self.field(type, nodes, size) for nodes in self.selection.fields(type, sets).values())

    def field(self, type: GraphQLObjectType, nodes: list[FieldNode], size: int) -> int:
        """`size`: how many rows the connection has whose `nodes` or `edges` this may be."""
        name = nodes[0].name.value
        if name == "__typename":
            return 0
        kind = get_named_type(type.fields[name].type)
        if is_leaf_type(kind):
            return 0
        sets = below(nodes)
        if kind.name.endswith("Connection") and is_object_type(kind):
            args = self.selection.arguments(type, nodes[0])
            count = args.get("first") if args.get("first") is not None else args.get("last")
            return self.object(kind, sets, count or 0)
        if type.name.endswith("Connection") and name in {"nodes", "edges"}:
            return size * self.object(kind, sets, 1)
        if name == "nodes" and type is self.selection.schema.query_type:
            return len(self.selection.arguments(type, nodes[0])["ids"]) * self.object(kind, sets, 1)
        return self.object(kind, sets, 1)


class Bucket:
    """Points that are there now. `now`: seconds of a clock that only goes forward."""

    def __init__(self, size: float, restore: float, now: Callable[[], float] = time.monotonic) -> None:
        self.size, self.restore, self._now = size, restore, now
        self._held, self._at = float(size), now()

    def available(self) -> float:
        """Fill up to this moment, and look."""
        now = self._now()
        self._held = min(self.size, self._held + (now - self._at) * self.restore)
        self._at = now
        return self._held

    def take(self, points: float) -> bool:
        """Take points away when there are enough."""
        if self.available() < points:
            return False
        self._held -= points
        return True

    def give(self, points: float) -> None:
        """Points that were taken and not needed."""
        self._held = min(self.size, self._held + points)

    def status(self) -> Json:
        """`throttleStatus` as Shopify writes it."""
        available = int(self.available())
        return {"maximumAvailable": float(self.size), "currentlyAvailable": available, "restoreRate": float(self.restore)}
