"""What a shop refuses to show never overwrites what is known: known values are carried into the new document.

A permission that is missing, or was taken away, looks exactly like an empty field. The connector names such fields (JSON
pointers into the canonical document), and what the record knows of them stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from hub.catalog.raw import notes_in
from hub.db.unit import Unit
from schemas.exact import decode

Keeper = Callable[[dict[str, Any]], None]
_MISSING: Final = object()
_NOTHING: Final[tuple[Any, ...]] = (_MISSING, None, [], {})
_NAMES: Final = ("ref", "id", "source_id", "roles", "channel", "scheme")  # what tells the elements of a list apart
DOCUMENTS: Final = "select vendor_id, doc from record where installation = $1 and kind = $2 and vendor_id = any ($3::text[])"


class Hidden(NamedTuple):
    """Pointers to what is not shown. refused: of this very object, whatever a mapping made of their absence; empty: of all
    objects of the kind, where they come empty."""

    refused: Sequence[str] = ()
    empty: Sequence[str] = ()


SHOWN: Final = Hidden()


def carry(doc: dict[str, Any], known: Mapping[str, Any], hidden: Hidden) -> None:
    """Put the known values at these pointers into the document.

    A list on the way is gone into by its places, as long as both are equally long and speak of the same element.

    >>> doc = {"title": "A", "buyer": {"name": None, "guest": True}}
    >>> known = {"title": "B", "buyer": {"name": "Ann", "guest": False, "email": "a@x.org"}}
    >>> carry(doc, known, Hidden(["/buyer/name", "/buyer/guest"], ["/buyer/email", "/title"]))
    >>> doc
    {'title': 'A', 'buyer': {'name': 'Ann', 'guest': False, 'email': 'a@x.org'}}
    """
    for pointers, put in ((hidden.refused, _known), (hidden.empty, _filled)):
        for pointer in sorted(pointers, key=len):  # a whole before its parts
            _carry(doc, known, [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]], put)


def _carry(new: Any, old: Any, path: list[str], put: Callable[[Any, Any], Any]) -> None:
    if not path:
        return
    name, rest = path[0], path[1:]
    if isinstance(new, list) and isinstance(old, list):
        if name.isdigit() and int(name) < len(new) == len(old) and _name(new[int(name)]) == _name(old[int(name)]):
            _carry(new[int(name)], old[int(name)], rest, put)
        return
    if not isinstance(new, dict) or not isinstance(old, Mapping) or old.get(name) in _NOTHING:
        return
    if not rest:
        new[name] = put(new.get(name), old[name])
    elif new.get(name) not in _NOTHING:
        _carry(new[name], old[name], rest, put)
    elif isinstance(old[name], Mapping):
        made: dict[str, Any] = {}
        _carry(made, old[name], rest, put)
        if made:
            new[name] = made


def _filled(new: Any, old: Any) -> Any:
    return old if new in _NOTHING else new


def _known(new: Any, old: Any) -> Any:
    """What stays at a pointer that the shop refuses: of an object or a list the parts that did come are newer."""
    if isinstance(new, dict) and isinstance(old, Mapping):
        return {**old, **{name: _filled(value, old.get(name)) for name, value in new.items()}}
    if isinstance(new, list) and isinstance(old, list):
        came, known = {_name(one): one for one in new}, {_name(one) for one in old}
        return [came.get(_name(one), one) for one in old] + [one for one in new if _name(one) not in known]
    return old


def _name(element: Any) -> str:
    """What an element of a list is called: a thing without a name by all that it says."""
    named = {name: element[name] for name in _NAMES if name in element} if isinstance(element, Mapping) else {}
    return repr(named or element)


async def keepers(unit: Unit, installation: UUID, kind: str, hidden: Mapping[str, Hidden]) -> dict[str, Keeper]:
    """For records that are known: what carries their known values into a new document. hidden: by vendor id."""
    if not hidden:
        return {}
    rows = await unit.fetch(DOCUMENTS, installation, kind, list(hidden))
    return {id: keeper(doc, hidden[id]) for id, doc in map(tuple, rows)}


def keeper(known: str | bytes, hidden: Hidden) -> Keeper:
    """What carries the known values at these pointers into a document. `known`: the encoded document of the record."""
    before = decode(known)

    def keep(doc: dict[str, Any]) -> None:
        carry(doc, before, hidden)

    return keep


def noted(hidden: Hidden) -> bytes:
    """The note that a raw object carries of what was not shown of it; empty when all was."""
    return msgspec.json.encode(hidden._asdict()) if hidden != SHOWN else b""


def hidden_in(packed: bytes) -> Hidden:
    """What was not shown of a raw object as it is kept."""
    notes = notes_in(packed)
    return Hidden(**msgspec.json.decode(notes)) if notes else SHOWN
