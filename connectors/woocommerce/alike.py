"""Leaves of the same shape in a long list (the title of each of 400 lines) tried a half at a time instead of one by one.

What changes under one half only, at the same index as a leaf of that half, comes from that leaf; what changes under both comes
from each of them. Some leaves are tried alone to see that this holds; where it does not, all of them are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from connectors.woocommerce.tracing import Trial, best_of, others
from hub.mapping.paths import Path, leaves

FEW: Final = 8  # leaves that are tried one by one without more ado

Changed = dict[Path, bool] | None  # as Trial.changed answers


def effects(trial: Trial, counts: Callable[[Path], bool]) -> dict[Path, dict[Path, bool]]:
    """What each leaf of the input does to the document (`tracing.best_of`), in document order."""
    found: dict[Path, dict[Path, bool]] = {path: {} for path, _ in leaves(trial.raw)}
    for group in _groups(leaves(trial.raw)):
        values = [list(others(leaf)) for _, leaf in group]
        waiting = [path for path, _ in group]
        for nth in range(len(values[0])):
            asked = {path: each[nth] for (path, _), each in zip(group, values, strict=True) if path in set(waiting)}
            waiting = []
            for path, changed in changes(trial, asked).items():
                found[path], done = best_of(found[path], changed, counts)
                if not done:
                    waiting.append(path)
            if not waiting:
                break
    return found


def absences(trial: Trial, paths: Sequence[Path]) -> dict[Path, Changed]:
    """What changes when nothing is said at each path."""
    groups = _groups((path, None) for path in paths)
    told = {path: changed for group in groups for path, changed in changes(trial, dict(group)).items()}
    return {path: told[path] for path in paths}


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


def _in_halves(trial: Trial, values: Mapping[Path, Any]) -> dict[Path, Changed] | None:
    """None when the two halves cannot be told apart."""
    halves = [{path: value for path, value in values.items() if _side(path) == side} for side in (0, 1)]
    first, second = (trial.changed(half) for half in halves)
    if first is None and second is None:
        return dict.fromkeys(values)
    if first is None or second is None:
        return None
    shared = {path: swept for path, swept in first.items() if path in second}
    told: dict[Path, Changed] = {path: dict(shared) for path in values}
    for half, found in zip(halves, (first, second), strict=True):
        owned = {path[at]: path for path in half if (at := _first(path)) is not None}
        strange: set[Path] = set()
        for place, swept in found.items():
            if place in shared:
                continue
            at = _first(place)
            owner = None if at is None else owned.get(place[at])
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
    """Which half: even and odd neighbours are mixed, so that what hangs on a neighbour does not look like its own."""
    at = _first(path)
    index = 0 if at is None else int(path[at])
    return (index * 2654435761 >> 11) & 1
