"""Leaves of the same shape in a long list tried a half at a time instead of one by one.

What changes under one half only, at the same index as a leaf of that half, comes from that leaf; what changes under both comes
from each. Some leaves are tried alone to see that this holds; where it does not, all of them are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from connectors.shopify.tracing import Changed, Path, Trial, others

FEW: Final = 8  # leaves that are tried one by one without more ado


def effects(trial: Trial, paths: Iterable[tuple[Path, Any]], counts: Callable[[Path], bool]) -> dict[Path, dict[Path, bool]]:
    """What each of these leaves of the input does to the document, in their order.

    Of several other values the one that says the most counts: under which nothing is swept away, then one that changes what
    `counts`, then any.
    """
    asked_for = list(paths)
    found: dict[Path, dict[Path, bool]] = {path: {} for path, _ in asked_for}
    for group in _groups(asked_for):
        values = {path: list(others(leaf)) for path, leaf in group}
        waiting = set(values)
        for nth in range(max(map(len, values.values()))):
            asked = {path: each[nth] for path, each in values.items() if path in waiting and nth < len(each)}
            for path, changed in changes(trial, asked).items():
                if changed is None:
                    continue
                if any(map(counts, changed)) and (not any(changed.values()) or not any(map(counts, found[path]))):
                    found[path] = changed
                    if not any(changed.values()):
                        waiting.discard(path)
                found[path] = found[path] or changed
            if not waiting:
                break
    return found


def absences(trial: Trial, paths: Sequence[Path]) -> dict[Path, Changed]:
    """What changes when nothing is said at each path."""
    found: dict[Path, Changed] = {}
    for group in _groups((path, None) for path in paths):
        found.update(changes(trial, dict(group)))
    return found


def changes(trial: Trial, values: Mapping[Path, Any]) -> dict[Path, Changed]:
    """What each of these values, put in alone, changes. The paths differ in one index at most."""
    if len(values) >= FEW:
        told = _in_halves(trial, values)
        paths = list(values)
        samples = (paths[0], paths[len(paths) // 2], paths[-1])
        if told is not None and all(told[path] == trial.changed({path: values[path]}) for path in samples):
            return told
    return {path: trial.changed({path: value}) for path, value in values.items()}


def _groups(found: Iterable[tuple[Path, Any]]) -> list[list[tuple[Path, Any]]]:
    """Leaves that differ in their first index only, and take as many other values of the same sort."""
    alike: dict[Any, list[tuple[Path, Any]]] = {}
    for path, leaf in found:
        at = _first(path)
        shape = path if at is None else (*path[:at], None, *path[at + 1 :])
        alike.setdefault((shape, type(leaf), sum(1 for _ in others(leaf))), []).append((path, leaf))
    return list(alike.values())


def _first(path: Path) -> int | None:
    return next((at for at, part in enumerate(path) if isinstance(part, int)), None)


def _index(path: Path) -> int | str | None:
    at = _first(path)
    return None if at is None else path[at]


def _in_halves(trial: Trial, values: Mapping[Path, Any]) -> dict[Path, Changed] | None:
    """None when the two halves cannot be told apart."""
    halves = [{path: value for path, value in values.items() if _side(path) == side} for side in (0, 1)]
    first, second = (trial.changed(half) for half in halves)
    if first is None and second is None:
        return dict.fromkeys(values)
    if first is None or second is None:
        return None
    shared = {place: swept for place, swept in first.items() if place in second}
    told: dict[Path, Changed] = {path: dict(shared) for path in values}
    for half, found in zip(halves, (first, second), strict=True):
        owners = {_index(path): path for path in half}
        strange = set()
        for place, swept in found.items():
            owner = owners.get(_index(place)) if _first(place) is not None else None
            if place in shared:
                continue
            if owner is None:
                strange.add(place)
            else:
                told[owner] = {**(told[owner] or {}), place: swept}
        _search(trial, half, strange, told)
    return told


def _search(trial: Trial, values: Mapping[Path, Any], wanted: set[Path], told: dict[Path, Changed]) -> None:
    """Find the leaves from which these places come, by halving."""
    if not wanted or not values:
        return
    found = trial.changed(values) or {}
    here = {place: found[place] for place in wanted if place in found}
    if len(values) == 1:
        (path,) = values
        told[path] = {**(told[path] or {}), **here}
        return
    items = list(values.items())
    for half in (items[: len(items) // 2], items[len(items) // 2 :]):
        _search(trial, dict(half), set(here), told)


def _side(path: Path) -> int:
    """Which half: neighbours are mixed, so that what hangs on a neighbour does not look like its own."""
    index = _index(path)
    return (int(index) * 2654435761 >> 11) & 1 if index is not None else 0
