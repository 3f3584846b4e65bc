"""A large object with few of the entries of its long lists, for trying the leaves that stand outside those lists.

Four hundred lines must not be mapped again for each word of an address. Entries of every shape are left, and those of which
others speak by their id. What a leaf does to the small document is told of the large one: entries that were left out follow
where all that were left in are touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from connectors.shopify.tracing import Changed, Trial, sort_of
from hub.mapping.paths import Path, leaves, replaced

LONG: Final = 24  # entries from which on a list is thinned
_KEYS: Final = ("admin_graphql_api_id", "line_item_id")
_LEFT: Final = 8  # entries that are left in any case


def long_lists(raw: Any, path: Path = ()) -> Iterator[Path]:
    """Where long lists of objects stand; not inside one another."""
    if isinstance(raw, list):
        if len(raw) > LONG and all(isinstance(one, dict) for one in raw):
            yield path
            return
        for index, one in enumerate(raw):
            yield from long_lists(one, (*path, index))
    elif isinstance(raw, dict):
        for key, inner in raw.items():
            yield from long_lists(inner, (*path, key))


def shape(value: Any) -> tuple[object, ...]:
    """What two values of the same shape have in common: which leaves there are, and of which sort each is."""
    return tuple((path, sort_of(leaf)) for path, leaf in leaves(value))


def thinned(raw: Any, lists: list[Path]) -> Any:
    """The small object: what others name by its id stays."""
    kept = {place: set(_few(_at(raw, place))) for place in lists}
    outside = set(_ids((path, leaf) for path, leaf in leaves(raw) if not any(path[: len(at)] == at for at in lists)))
    for _ in range(2):  # a parcel's line speaks of the order's line, and the other way round
        said = {place: set(_ids(one for at in found for one in leaves(_at(raw, place)[at]))) for place, found in kept.items()}
        for place in lists:
            named = outside.union(*(ids for other, ids in said.items() if other != place))
            kept[place].update(at for at, row in enumerate(_at(raw, place)) if not named.isdisjoint(_ids(leaves(row))))
    for place, indexes in kept.items():
        rows = _at(raw, place)
        raw = replaced(raw, place, [rows[at] for at in sorted(indexes)])
    return raw


class Thinned:
    """A trial of the small object that answers for the large one."""

    def __init__(self, whole: Trial, small: Trial) -> None:
        self.whole = whole
        self.raw = whole.raw
        self.before = whole.before
        self.owners: dict[tuple[Path, Path], dict[Any, Any]] = {}
        self._small = small
        self._places: dict[Path, list[int] | None] = {}
        self._note(small.before, whole.before, ())

    def _note(self, small: Any, large: Any, path: Path) -> None:
        """Which entry of the large document each entry of the small one is, for lists that differ in length."""
        if isinstance(small, dict) and isinstance(large, dict):
            for key in small.keys() & large.keys():
                self._note(small[key], large[key], (*path, key))
        elif isinstance(small, list) and isinstance(large, list):
            if len(small) != len(large):
                self._places[path] = _aligned(small, large)
            else:
                for index, (one, other) in enumerate(zip(small, large, strict=True)):
                    self._note(one, other, (*path, index))

    def changed(self, values: Mapping[Path, Any]) -> Changed:
        """What these values, outside the long lists, change in the large document."""
        found = self._small.changed(values)
        if not found:
            return found
        told: dict[Path, bool] = {}
        inside: dict[Path, dict[Path, dict[int, bool]]] = {}
        for path, swept in found.items():
            at = next((cut for cut in range(len(path)) if path[:cut] in self._places), None)
            if at is None:
                told[path] = swept
            else:
                inside.setdefault(path[:at], {}).setdefault(path[at + 1 :], {})[path[at]] = swept  # type: ignore[index]
        for place, rests in inside.items():
            known = self._places[place]
            if known is None:
                return self.whole.changed(values)
            small, large = _at(self._small.before, place), _at(self.whole.before, place)
            for rest, touched in rests.items():
                having = [index for index, one in enumerate(small) if _has(one, rest)]
                if len(touched) > 1 and all(index in touched for index in having):
                    swept = all(touched.values())
                    told.update({(*place, index, *rest): swept for index, one in enumerate(large) if _has(one, rest)})
                else:
                    told.update({(*place, known[index], *rest): swept for index, swept in touched.items() if index < len(known)})
        return told


def _few(rows: list[Any]) -> list[int]:
    seen: set[object] = set()
    kept = []
    for index, row in enumerate(rows):
        own = shape(row)
        if index < _LEFT or own not in seen:
            kept.append(index)
        seen.add(own)
    return kept


def _ids(found: Iterable[tuple[Path, Any]]) -> Iterator[str]:
    """What entries of two lists know each other by."""
    for path, leaf in found:
        if leaf is not None and (
            path[-1] in _KEYS or (path[-1] == "id" and (len(path) == 1 or path[-2] == "lineItem" or isinstance(path[-2], int)))
        ):
            yield str(leaf)


def _aligned(small: list[Any], large: list[Any]) -> list[int] | None:
    """The large list's index of each entry of the small one, in order; None when one is not there."""
    found, at = [], 0
    for one in small:
        while at < len(large) and large[at] != one:
            at += 1
        if at == len(large):
            return None
        found.append(at)
        at += 1
    return found


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _has(value: Any, path: Path) -> bool:
    for part in path:
        if not (
            part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int) and part < len(value)
        ):
            return False
        value = value[part]
    return True
