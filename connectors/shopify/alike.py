"""Leaves of the same shape in a long list tried a half at a time instead of one by one.

What changes in an entry of the document comes from the leaf in whose entry of the input that one has its origin; what changes
beside such entries under both halves comes from each leaf, under one half from the leaf that is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from connectors.shopify.tracing import Changed, Tried, others
from hub.mapping.paths import Path

FEW: Final = 8  # leaves that are tried one by one without more ado


def effects(trial: Tried, paths: Iterable[tuple[Path, Any]], counts: Callable[[Path], bool]) -> dict[Path, dict[Path, bool]]:
    """What each of these leaves of the input does to the document, in their order.

    Of several other values the one that says the most counts: under which nothing is swept away, then one that changes what
    `counts`, then any.
    """
    asked_for = list(paths)
    found: dict[Path, dict[Path, bool]] = {path: {} for path, _ in asked_for}
    rounds: dict[int, list[dict[Path, Any]]] = {}
    for group in _groups(trial, asked_for):
        for nth, some in enumerate(zip_longest(*([(path, value) for value in others(leaf)] for path, leaf in group))):
            rounds.setdefault(nth, []).append(dict(one for one in some if one is not None))
    done: set[Path] = set()
    for some_groups in rounds.values():
        asked = [{path: value for path, value in group.items() if path not in done} for group in some_groups]
        for values in _worth(trial, [values for values in asked if values], found, counts):
            for path, changed in changes(trial, values).items():
                if changed is not None and _better(changed, found[path], counts):
                    found[path] = changed
                    if not any(changed.values()) and any(map(counts, changed)):
                        done.add(path)
    return found


def _better(changed: dict[Path, bool], known: dict[Path, bool], counts: Callable[[Path], bool]) -> bool:
    if any(map(counts, changed)):
        return not any(changed.values()) or not any(map(counts, known))
    return not known


def _worth(
    trial: Tried, groups: list[dict[Path, Any]], found: Mapping[Path, object], counts: Callable[[Path], bool]
) -> Iterator[dict[Path, Any]]:
    """Without the long lists in which every leaf has said something already and says nothing that `counts` with this value."""
    told = [group for group in groups if len(group) >= FEW and all(found[path] for path in group)]
    yield from (group for group in groups if group not in told)
    yield from telling(trial, told, counts)


def telling(trial: Tried, groups: list[dict[Path, Any]], counts: Callable[[Path], bool]) -> Iterator[dict[Path, Any]]:
    """The groups that change what `counts` when all their values are put in: many groups at a time, then fewer."""
    if not groups:
        return
    changed = trial.changed({path: value for group in groups for path, value in group.items()})
    if changed is not None and not any(map(counts, changed)):
        return
    if len(groups) == 1:
        yield groups[0]
        return
    yield from telling(trial, groups[: len(groups) // 2], counts)
    yield from telling(trial, groups[len(groups) // 2 :], counts)


def absences(trial: Tried, paths: Sequence[Path], wanted: Callable[[Path], bool]) -> dict[Path, Changed]:
    """What changes when nothing is said at each path; paths of long lists that change nothing `wanted` are left out."""
    found: dict[Path, Changed] = {}
    groups = [dict.fromkeys(path for path, _ in group) for group in _groups(trial, ((path, None) for path in paths))]
    for group in groups:
        if len(group) < FEW:
            found.update(changes(trial, group))
    for group in telling(trial, [group for group in groups if len(group) >= FEW], wanted):
        found.update(changes(trial, group))
    return found


def changes(trial: Tried, values: Mapping[Path, Any]) -> dict[Path, Changed]:
    """What each of these values, put in alone, changes. The paths differ in one index at most."""
    if len(values) < FEW:
        return {path: trial.changed({path: value}) for path, value in values.items()}
    told = _in_halves(trial, values)
    if told is not None:
        return told
    items = list(values.items())
    halves = (dict(items[: len(items) // 2]), dict(items[len(items) // 2 :]))
    return {path: changed for half in halves for path, changed in changes(trial, half).items()}


def _groups(trial: Tried, found: Iterable[tuple[Path, Any]]) -> list[list[tuple[Path, Any]]]:
    """Leaves that differ in one index only, that of a long list, and take as many other values of the same sort."""
    alike: dict[Any, list[tuple[Path, Any]]] = {}
    for path, leaf in found:
        at = _first(trial.raw, path)
        if at is None:
            at = next((at for at, part in enumerate(path) if isinstance(part, int)), None)
        shape = path if at is None else (*path[:at], None, *path[at + 1 :])
        alike.setdefault((shape, type(leaf), sum(1 for _ in others(leaf))), []).append((path, leaf))
    return list(alike.values())


def _first(value: Any, path: Path) -> int | None:
    """Where in a path the index of the first long list stands."""
    for at, part in enumerate(path):
        if isinstance(value, list):
            if len(value) >= FEW:
                return at
            value = value[part] if isinstance(part, int) and part < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return None


def _stands(value: Any, place: Path) -> bool:
    try:
        for part in place:
            value = value[part]
    except (KeyError, IndexError):
        return False
    return True


def _entry(trial: Tried, place: Path) -> Path:
    """The entry of the first long list on the way to a place in the document; empty for what is in none."""
    at = _first(trial.before, place)
    return () if at is None else place[: at + 1]


def _in_halves(trial: Tried, values: Mapping[Path, Any]) -> dict[Path, Changed] | None:
    """None when the two halves cannot be told apart."""
    at = _first(trial.raw, next(iter(values)))
    halves = [{path: value for path, value in values.items() if at is not None and _side(path[at]) == side} for side in (0, 1)]
    first, second = (trial.changed(half) for half in halves)
    if first is None and second is None:
        return dict.fromkeys(values)
    if first is None or second is None:
        return None
    owner_of = _owners(trial, values, halves, (first, second))
    shared = {place: swept for place, swept in first.items() if place in second and _entry(trial, place) not in owner_of}
    told: dict[Path, Changed] = {path: dict(shared) for path in values}
    for half, found in zip(halves, (first, second), strict=True):
        strange, crossing = set(), False
        for place, swept in found.items():
            owner = owner_of.get(_entry(trial, place))
            if owner in half:
                told[owner] = {**(told[owner] or {}), place: swept}
            elif owner is not None:
                crossing = True
            elif place not in shared and _stands(trial.before, place):
                strange.add(place)
        if crossing or strange:
            first_of_all, *others_of_it = half
            again = trial.changed({path: half[path] for path in others_of_it}) or {}
            for place, swept in again.items():
                owner = owner_of.get(_entry(trial, place))
                if owner in half:
                    told[owner] = {place: swept, **(told[owner] or {})}
            alone = {place: found[place] for place in strange - again.keys()}
            told[first_of_all] = {**alone, **(told[first_of_all] or {})}
            strange &= again.keys()
        _search(trial, half, {place: found[place] for place in strange}, told)
    return told


def _owners(
    trial: Tried, values: Mapping[Path, Any], halves: Sequence[Mapping[Path, Any]], found: Sequence[Mapping[Path, bool]]
) -> dict[Path, Path]:
    """Entries of the document's lists → the leaf in whose entry of the input's list they have their origin.

    A list in which each half changes entries at its own indexes is in the order of the input's; for another (the duties of all
    lines) each leaf is told by the binary digits of its number. What one list was found to be holds for all leaves.
    """
    at = _first(trial.raw, next(iter(values))) or 0
    by_index = {path[at]: path for path in values}
    told: dict[Path, Path] = {}
    touched: dict[Path, list[set[Any]]] = {}
    for side, places in enumerate(found):
        for place in places:
            entry = _entry(trial, place)
            if entry:
                touched.setdefault(entry[:-1], [set(), set()])[side].add(entry[-1])
    for listing, sides in touched.items():
        key = (next(iter(values))[:at], listing)
        if key not in trial.owners or not sides[0].union(sides[1]) <= trial.owners[key].keys():
            own = [{path[at] for path in half} for half in halves]
            if len(sides[0] | sides[1]) >= FEW and sides[0] <= own[0] and sides[1] <= own[1]:
                trial.owners[key] = {**trial.owners.get(key, {}), **{index: index for index in sides[0] | sides[1]}}
            elif key not in trial.owners and len(sides[0] | sides[1]) >= FEW:
                trial.owners[key] = _by_digits(trial, values, listing, at)
        for index, owner in trial.owners.get(key, {}).items():
            if owner in by_index:
                told[(*listing, index)] = by_index[owner]
    return told


def _by_digits(trial: Tried, values: Mapping[Path, Any], listing: Path, at: int) -> dict[Any, Any]:
    """Index in a list of the document → index in the input's list, where one leaf alone is the origin."""
    paths = list(values)
    numbers: dict[Any, int | None] = {}
    for digit in range(len(paths).bit_length()):
        sides: list[set[Any]] = []
        for side in (0, 1):
            found = (
                trial.changed({path: values[path] for number, path in enumerate(paths, 1) if number >> digit & 1 == side}) or {}
            )
            sides.append(
                {place[len(listing)] for place in found if _entry(trial, place)[:-1] == listing and _entry(trial, place)}
            )
        for index in sides[0] | sides[1]:
            known = numbers.get(index, 0)
            both = index in sides[0] and index in sides[1]
            numbers[index] = None if both or known is None else known | (index in sides[1]) << digit
    return {index: paths[number - 1][at] for index, number in numbers.items() if number is not None and 0 < number <= len(paths)}


def _search(trial: Tried, values: Mapping[Path, Any], wanted: dict[Path, bool], told: dict[Path, Changed]) -> None:
    """Find the leaf from which these places, which change under all values together, come: by halving.

    What changes under both halves, or under neither alone, comes from all.
    """
    if not wanted or not values:
        return
    items = list(values.items())
    parts = [dict(items[: len(items) // 2]), dict(items[len(items) // 2 :])] if len(items) > 1 else []
    found = [trial.changed(part) or {} for part in parts]
    for place, swept in wanted.items():
        if sum(place in one for one in found) != 1:
            for path in values:
                told[path] = {**(told[path] or {}), place: swept}
    for part, one, other in zip(parts, found, reversed(found), strict=True):
        _search(trial, part, {place: wanted[place] for place in wanted if place in one and place not in other}, told)


def _side(index: Any) -> int:
    """Which half: neighbours are mixed, so that what hangs on a neighbour does not look like its own."""
    return (int(index) * 2654435761 >> 11) & 1
