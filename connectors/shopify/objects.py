"""The vendor objects in a file: one object, an array, an answer of GraphQL, JSON lines (a bulk operation's), a webhook's body.

A bulk operation writes children on lines of their own, with the id of their parent: they are put back where the query had them.
A captured webhook is {"_meta": {…}, "payload": {…}}; REST wraps its answers in {"product": {…}} or {"products": […]}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from connectors.shopify.kinds import PLURALS, kind_of, nested_in, type_in
from hub.errors import PermanentError
from hub.mapping import Torn, readable
from hub.ports import Json
from schemas.exact import NotJson, decode, encode_plain

#: Kind of a child in a gid → the connection of its parent that holds it.
CHILDREN: Final = {
    "ProductVariant": ("variants",),
    "Metafield": ("metafields",),
    "MediaImage": ("media",),
    "Video": ("media",),
    "ExternalVideo": ("media",),
    "Model3d": ("media",),
    "Collection": ("collections",),
    "InventoryLevel": ("inventoryItem", "inventoryLevels"),
    "LineItem": ("lineItems",),
    "MailingAddress": ("addressesV2",),
}


#: What stands between two entries of an array, or after the last.
_AFTER: Final = re.compile(r"[ \t\r\n]*(?:,[ \t\r\n]*|\]|)")


def objects_in(raw_kind: str, text: bytes) -> list[bytes]:
    """The objects of this kind in the order of the file; one that stands by itself keeps its exact bytes.

    Rows that are no objects are kept: they are for the mapping to refuse. Raises PermanentError when the file is no JSON.
    """
    text = text.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        found = decode(text)
    except NotJson as error:
        hint = "Give one Shopify object, an array, an answer of GraphQL, JSON lines or a webhook's body."
        try:
            rows = _lines(text)
        except NotJson as damaged:
            raise PermanentError(f"The file is {damaged}.", hint=hint) from None
        if rows is None:
            rows = _array(text)
        if rows is None:
            raise PermanentError(f"The file is {error}.", hint=hint) from None
        return [body for row, body in rows for body in _wanted(raw_kind, row, body)]
    if isinstance(found, list):
        rows = list(zip(found, _rows(text), strict=True))
        return [body for row, exact in rows for body in _wanted(raw_kind, row, exact)]
    if not isinstance(found, dict):
        return []
    if kind_of(found) == raw_kind:
        return list(_wanted(raw_kind, found, text))  # a notice may have keys of an answer: an Events delivery has "data"
    if isinstance(found.get("data"), dict):
        return [body for row in _answered(found["data"]) for body in _wanted(raw_kind, row, None)]
    if "_meta" in found and "payload" in found:
        return list(_wanted(raw_kind, found["payload"], None))
    inner = _wrapped(found)
    if inner is not None:
        return [body for row in inner for body in _wanted(raw_kind, row, None)]
    return list(_wanted(raw_kind, found, text))


def _rows(text: bytes) -> list[bytes]:
    return [bytes(row) for row in msgspec.json.decode(text, type=list[msgspec.Raw])]


def _wanted(raw_kind: str, row: Any, exact: bytes | None) -> Iterator[bytes]:
    """The row, if it is of the kind or may be; else the objects of that kind inside it."""
    if not isinstance(row, dict):
        yield encode_plain(row) if exact is None else exact
        return
    if isinstance(row, Torn) and exact is not None:
        if kind_of(row) in (raw_kind, None) or nested_in(raw_kind, kind_of(row), row):
            yield exact  # for the mapping to refuse
        return
    kind = kind_of(row)
    if kind == raw_kind or (kind is None and "id" in row):
        plain = _flat(row)
        yield encode_plain(plain) if exact is None or plain is not row else exact
        return
    for part in nested_in(raw_kind, kind, row):
        yield from _wanted(raw_kind, part, None)


def _flat(value: Any) -> Any:
    """Connections written with edges, as ones with nodes; the very value where there are none."""
    if isinstance(value, list):
        items = [_flat(item) for item in value]
        return items if any(one is not other for one, other in zip(items, value, strict=True)) else value
    if not isinstance(value, dict):
        return value
    edges = value.get("edges")
    if isinstance(edges, list) and all(isinstance(edge, dict) and "node" in edge for edge in edges):
        return {
            **{key: inner for key, inner in value.items() if key != "edges"},
            "nodes": [_flat(edge["node"]) for edge in edges],
        }
    inner = {key: _flat(part) for key, part in value.items()}
    return inner if any(inner[key] is not value[key] for key in value) else value


def _answered(data: Json) -> Iterator[Json]:
    """The objects of an answer: under a field of their own, in `nodes`, or in a connection."""
    for value in data.values():
        found = _flat(value)
        if isinstance(found, dict) and isinstance(found.get("nodes"), list) and "id" not in found:
            found = found["nodes"]
        for row in found if isinstance(found, list) else [found]:
            if isinstance(row, dict):
                yield row


def _wrapped(found: Json) -> list[Any] | None:
    """What is in {"product": {…}} or {"products": […]}; None when it is no wrapper."""
    if len(found) != 1:
        return None
    ((name, inner),) = found.items()
    if name in PLURALS and isinstance(inner, list):
        return inner
    return [inner] if name in PLURALS.values() and isinstance(inner, dict) else None


def _lines(text: bytes) -> list[tuple[Any, bytes | None]] | None:
    """The objects of JSON lines, parted by line feeds alone; None when the first line is no object, so that these are no
    lines at all. Raises NotJson that names a later line which is none."""
    rows: list[tuple[Any, bytes | None]] = []
    for number, line in enumerate(text.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = decode(line)
        except NotJson as error:
            if (torn := readable(line)) is not None:
                rows.append((torn, line.strip()))
                continue
            if not rows:
                return None
            raise NotJson(f"not JSON: line {number}: {str(error).removeprefix('not JSON: ')}") from None
        if not isinstance(row, dict):
            if not rows:
                return None
            raise NotJson(f"not JSON: line {number} is no object")
        rows.append((row, line.strip()))
    if any("__parentId" in row for row, _ in rows if not isinstance(row, Torn)):
        whole = regrouped([row for row, _ in rows if not isinstance(row, Torn)])
        return [*((row, None) for row in whole), *(row for row in rows if isinstance(row[0], Torn))]
    return rows


def _array(text: bytes) -> list[tuple[Any, bytes | None]] | None:
    """The objects of an array of which one or more hold half a character; None when it is none."""
    rows: list[tuple[Any, bytes | None]] = []
    try:
        written = text.decode()
        at = _after(written, 1) if written.startswith("[") else len(written)
        while at < len(written):
            end = json.JSONDecoder().raw_decode(written, at)[1]
            exact = written[at:end].encode()
            torn = readable(exact)
            rows.append((decode(exact) if torn is None else torn, exact))
            at = _after(written, end)
            if not written[end:at].strip():
                return None
            if written[at - 1 : at] == "]":
                return rows if at == len(written) else None
    except (ValueError, RecursionError):
        return None
    return None


def _after(text: str, at: int) -> int:
    found = _AFTER.match(text, at)
    return at if found is None else found.end()


def regrouped(rows: list[Json]) -> list[Json]:
    """The trees in the lines of a bulk operation; children may stand anywhere, a line without its parent stands alone."""
    known = {row["id"]: row for row in rows if isinstance(row.get("id"), str)}
    roots = []
    for row in rows:
        parent = known.get(row.pop("__parentId", None) or "")
        kind = type_in(row.get("id"))
        if parent is None or parent is row or kind not in CHILDREN:
            roots.append(row)
            continue
        *outer, name = CHILDREN[kind]
        for key in outer if kind != "InventoryLevel" or "inventoryItem" in parent else ():
            parent = parent.setdefault(key, {})
        parent.setdefault(name, {"nodes": []})["nodes"].append(row)
    return roots
