"""What the store's JSON looks like on the wire: PHP's way of writing it, links, and `_fields`.

PHP escapes slashes and everything outside ASCII, and writes a float without a fraction as an integer.
Rows are kept as encoded bytes with a mark where the store's own address goes, so that a page is one join and one replace.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Data = dict[str, Any]

HOME = "\x7fhome\x7f"  # stands for the store's address in kept rows; no merchant types a DEL character
HOME_BYTES = json.dumps(HOME)[1:-1].encode()
API = f"{HOME}/wp-json/wc/v3"
ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def number(value: float) -> float | int:
    """A float as PHP prints it: 97.5 stays, 10.0 becomes 10."""
    return int(value) if value == int(value) else value


def encode(value: object) -> bytes:
    """JSON as PHP's json_encode writes it by default."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def address(body: bytes, home: str) -> bytes:
    """The body with the store's address in it."""
    return body.replace(HOME_BYTES, home.replace("/", "\\/").encode())


def links(collection: str, identifier: object, up: str | None = None) -> Data:
    """The `_links` of a row; `collection` and `up` are paths below /wc/v3/."""
    found: Data = {
        "self": [{"href": f"{API}/{collection}/{identifier}", "targetHints": {"allow": ALL_METHODS}}],
        "collection": [{"href": f"{API}/{collection}"}],
    }
    if up is not None:
        found["up"] = [{"href": f"{API}/{up}"}]
    return found


def field_tree(csv: str) -> Data:
    """`_fields` as nested keys: `id,dimensions.width` → {"id": True, "dimensions": {"width": True}}."""
    tree: Data = {}
    for path in filter(None, (part.strip() for part in csv.split(","))):
        *above, last = path.split(".")
        node = tree
        for name in above:
            below = node.get(name)
            if below is True:
                break
            node = node.setdefault(name, {})
        else:
            node[last] = True
    return tree


def only(value: Data, tree: Data) -> Data | list[Any]:
    """The row cut down to the asked fields, in the row's own order.

    A dotted path does not reach into a list: `meta_data.key` gives `[]`, as array_intersect_key() does.
    """
    kept: Data = {}
    for key, item in value.items():
        below = tree.get(key)
        if below is True:
            kept[key] = item
        elif isinstance(below, dict):
            kept[key] = only(item, below) if isinstance(item, dict) else [] if isinstance(item, list) else item
    return kept or []


def join_rows(rows: Sequence[bytes]) -> bytes:
    """Encoded rows as one JSON array."""
    return b"[" + b",".join(rows) + b"]"
