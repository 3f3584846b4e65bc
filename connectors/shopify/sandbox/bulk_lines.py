"""From answers to JSON lines: one per node, its connections taken out, children with `__parentId` at the end.

A connection inside a single object (`inventoryItem { inventoryLevels }`) leaves that object where it was; the parent of its nodes
is the node around it. Slashes are written `\\/`, as Shopify writes them; beyond ASCII everything stands raw, U+2028 too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.json import encode

from connectors.shopify.sandbox.state import Json

Found = list[tuple[Json, str]]  # (node, id of its parent)


def lines(roots: Sequence[Json], connections: frozenset[str], *, grouped: bool) -> Iterator[tuple[bytes, bool]]:
    """(line, whether it is a root) of some answers. `connections`: the response keys under which connections stand.

    grouped: every child directly behind its parent. Otherwise all roots come first, then their children, then theirs:
    children of different parents stand mixed, as far apart as the roots that were handed in together.
    """
    if grouped:
        for root in roots:
            yield from _tree(root, None, connections)
        return
    level: list[tuple[Json, str | None]] = [(root, None) for root in roots]
    top = True
    while level:
        below: list[Found] = []
        for node, parent in level:
            below.append(_split(node, connections))
            yield _line(node, parent), top
        level, top = list(_mixed(below)), False


def _tree(node: Json, parent: str | None, connections: frozenset[str]) -> Iterator[tuple[bytes, bool]]:
    children = _split(node, connections)
    yield _line(node, parent), parent is None
    for child, above in children:
        yield from _tree(child, above, connections)


def _mixed(below: list[Found]) -> Iterator[tuple[Json, str]]:
    """The children of all parents in turn: the first of each, the second of each…"""
    rows = [iter(found) for found in below]
    while rows:
        left = []
        for row in rows:
            for one in row:
                yield one
                left.append(row)
                break
        rows = left


def _split(node: Json, connections: frozenset[str]) -> Found:
    """Take the connections out of a node; gives their nodes."""
    found: Found = []
    _take(node, node.get("id", ""), connections, found)
    return found


def _take(value: Json, parent: str, connections: frozenset[str], found: Found) -> None:
    for key in [key for key, below in value.items() if below.__class__ is dict]:
        below = value[key]
        if key in connections and ("edges" in below or "nodes" in below):
            del value[key]
            found.extend((one, parent) for one in nodes_of(below))
        else:
            _take(below, parent, connections, found)


def nodes_of(connection: Json) -> Iterator[Json]:
    """The nodes of a connection's answer, however they were asked for."""
    asked: list[Any] = connection["nodes"] if "nodes" in connection else [edge["node"] for edge in connection["edges"]]
    return (one for one in asked if one is not None)


def _line(node: Json, parent: str | None) -> bytes:
    if parent is not None:
        node["__parentId"] = parent
    return encode(node).replace(b"/", b"\\/") + b"\n"
