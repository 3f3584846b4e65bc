"""Canonical leaf → the raw places that it comes from, completed where trying other values alone does not tell."""

from __future__ import annotations

from hub.mapping.paths import Path

Origins = dict[Path, list[str]]


def fill_in(origins: Origins, weaker: Origins) -> None:
    """Weaker evidence counts where there is no better, and once for a leaf that would be named nowhere else."""
    for path, found in weaker.items():
        origins[path] = origins[path] or list(found)
    named = {origin for found in origins.values() for origin in found}
    for path, found in weaker.items():
        extra = [origin for origin in found if origin not in named]
        origins[path] += extra
        named.update(extra)


def trace_neighbours(origins: Origins) -> None:
    """A constant of the mapping (kind: "image") stands for the raw object from which the values beside it were taken."""
    beside: dict[Path, set[str]] = {}
    for path, found in origins.items():
        beside.setdefault(path[:-1], set()).update(origin.rpartition("/")[0] for origin in found)
    for path, found in origins.items():
        at = path[:-2] if isinstance(path[-1], int) else path[:-1]
        objects = beside.get(at, set()) - {"", "settings#"}
        if not found and len(objects) == 1:
            found.extend(objects)


def outside_ext(vendor: str, path: Path) -> bool:
    """Whether a canonical leaf is none of those that `ext` carries for a vendor."""
    return not any(part == "ext" and path[index + 1 : index + 2] in ((), (vendor,)) for index, part in enumerate(path))
