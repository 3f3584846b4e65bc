"""Places in JSON values: every leaf with its path, a copy with another leaf, what differs between two documents.

What `luneo map` is told with; the mapping itself needs none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

Path = tuple[str | int, ...]

_NONE: Final = object()


def pointer(path: Path) -> str:
    """RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar and every empty container below a value that stands at `path`, in document order."""
    waiting: list[tuple[Path, Any]] = [(path, value)]
    while waiting:
        at, found = waiting.pop()
        if isinstance(found, dict) and found:
            waiting.extend(((*at, key), inner) for key, inner in reversed(found.items()))
        elif isinstance(found, list) and found:
            waiting.extend(((*at, index), found[index]) for index in range(len(found) - 1, -1, -1))
        else:
            yield at, found


def replaced(value: Any, path: Path, leaf: Any) -> Any:
    """A copy that differs at one path; everything beside the path is shared."""
    if not path:
        return leaf
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], leaf)
    return copy


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, bool]]:
    """Paths of the leaves of `before` that are another or gone, and of what is new in `after`.

    With each, whether it went away together with something larger: an entry of a list, an object.
    """
    if before is after or before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        steps: list[tuple[Any, Any, Any]] = [(key, before.get(key, _NONE), after.get(key, _NONE)) for key in {**before, **after}]
    elif isinstance(before, list) and isinstance(after, list):
        steps = _aligned(before, after)
    else:
        yield from ((found, False) for found, _ in leaves(before, path))
        return
    for step, was, now in steps:
        if was is _NONE:
            yield (*path, step), False
        elif now is _NONE:
            swept = isinstance(step, int) or isinstance(was, dict | list)
            yield from ((found, swept) for found, _ in leaves(was, (*path, step)))
        else:
            yield from differences(was, now, (*path, step))


def _aligned(before: list[Any], after: list[Any]) -> list[tuple[int, Any, Any]]:
    """Pairs of entries. In a list that became longer or shorter, equal entries belong together wherever they stand now."""
    if len(before) == len(after):
        return [(index, was, after[index]) for index, was in enumerate(before)]
    left, alone = list(after), []
    for index, was in enumerate(before):
        if was in left:
            left.remove(was)
        else:
            alone.append((index, was))
    extra = max(0, len(left) - len(alone))
    pairs = [*alone, *((len(before) + more, _NONE) for more in range(extra))]
    return [(index, was, left[at] if at < len(left) else _NONE) for at, (index, was) in enumerate(pairs)]
