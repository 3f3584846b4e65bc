"""From the JSON lines of the samples to their templates: whose line it is, and how deep it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence

from benchmarks.shopify.copies import Sheet, template


def sheets(lines: Sequence[bytes], *, grouped: bool) -> list[Sheet]:
    """Of a file that a bulk operation of the sandbox wrote, in the order of its records, one sheet for each of these.

    grouped: the lines of a product stay as they are, every child behind its parent.
    """
    owner: dict[str, tuple[str, int]] = {}  # id → record, depth
    found: dict[str, list[list[bytes]]] = {}
    for line in lines:
        node = json.loads(line)
        parent = node.get("__parentId")
        root, depth = (node["id"], 0) if parent is None else (owner[parent][0], owner[parent][1] + 1)
        if "id" in node:
            owner[node["id"]] = (root, depth)
        levels = found.setdefault(root, [])
        while len(levels) <= (0 if grouped else depth):
            levels.append([])
        levels[0 if grouped else depth].append(line)
    return [Sheet(tuple(template(level) for level in levels), 1) for levels in found.values()]
