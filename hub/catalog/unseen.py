"""What a shop refuses to show never overwrites what is known: known values are carried into the new document.

A permission that is missing, or was taken away, looks exactly like an empty field. The connector names such fields (JSON
pointers into the canonical document); where the new document has nothing at them, the record's own value stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.catalog.raw import notes_in
from hub.db.unit import Unit
from schemas.exact import decode

_MISSING: Final = object()
_NOTHING: Final[tuple[Any, ...]] = (_MISSING, None, [], {})
Keeper = Callable[[dict[str, Any]], None]
DOCUMENTS: Final = "select vendor_id, doc from record where installation = $1 and kind = $2 and vendor_id = any ($3::text[])"


def carry(doc: dict[str, Any], known: Mapping[str, Any], pointers: Sequence[str]) -> None:
    """Put the known values at these pointers into the document, where it has none.

    A list is gone into by its places, as long as both are equally long and speak of the same element.

    >>> doc = {"title": "A", "buyer": {"name": None}}
    >>> carry(doc, {"buyer": {"name": "Ann", "email": "a@x.org"}, "title": "B"}, ["/buyer/name", "/buyer/email", "/title"])
    >>> doc
    {'title': 'A', 'buyer': {'name': 'Ann', 'email': 'a@x.org'}}
    """
    for pointer in pointers:
        _carry(doc, known, [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]])


def _carry(new: Any, old: Any, path: list[str]) -> None:
    if not path:
        return
    name, rest = path[0], path[1:]
    if isinstance(new, list) and isinstance(old, list):
        if name.isdigit() and int(name) < len(new) == len(old) and _same(new[int(name)], old[int(name)]):
            _carry(new[int(name)], old[int(name)], rest)
        return
    if not isinstance(new, dict) or not isinstance(old, Mapping) or old.get(name) in _NOTHING:
        return
    if not rest:
        if new.get(name) in _NOTHING:
            new[name] = old[name]
    elif new.get(name) not in _NOTHING:
        _carry(new[name], old[name], rest)
    elif isinstance(old[name], Mapping):
        made: dict[str, Any] = {}
        _carry(made, old[name], rest)
        if made:
            new[name] = made


def _same(new: Any, old: Any) -> bool:
    """Whether two elements at one place of two lists are one and the same thing, as far as they have names."""
    if not isinstance(new, Mapping) or not isinstance(old, Mapping):
        return False
    return all(new.get(name) == old.get(name) for name in ("ref", "id", "source_id"))


async def keepers(unit: Unit, installation: UUID, kind: str, hidden: Mapping[str, Sequence[str]]) -> dict[str, Keeper]:
    """For records that are known: what carries their known values into a new document. hidden: vendor id → pointers."""
    if not hidden:
        return {}
    rows = await unit.fetch(DOCUMENTS, installation, kind, list(hidden))
    return {id: keeper(doc, hidden[id]) for id, doc in map(tuple, rows)}


def keeper(known: str | bytes, pointers: Sequence[str]) -> Keeper:
    """What carries the known values at these pointers into a document. `known`: the encoded document of the record."""
    before = decode(known)

    def keep(doc: dict[str, Any]) -> None:
        carry(doc, before, pointers)

    return keep


def noted(pointers: Sequence[str]) -> bytes:
    """The note that a raw object carries of what was not shown of it; empty when all was."""
    return msgspec.json.encode({"unseen": pointers}) if pointers else b""


def unseen_in(packed: bytes) -> Sequence[str]:
    """What was not shown of a raw object as it is kept."""
    notes = notes_in(packed)
    found: Sequence[str] = msgspec.json.decode(notes).get("unseen", ()) if notes else ()
    return found
