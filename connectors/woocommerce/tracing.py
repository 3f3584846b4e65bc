"""Provenance by experiment: change one leaf of the input, run the very same mapping again, see which leaves of the output differ.

Nothing in the mapping knows of it, so the hot path pays nothing and the answer cannot drift from what the mapping does. It costs
one mapping per leaf, fewer where many are alike (`alike.py`), and is meant for one record on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from hub.errors import SkippedRecordError
from hub.mapping.paths import Path, differences, replaced
from hub.ports import Json

Build = Callable[[Any], Json]

_DATE: Final = "2001-02-03T04:05:06"
_DIGITS: Final = 20
_FAR: Final = 1_000_003  # added to numbers: no sibling's id is hit by accident


def others(leaf: Any) -> Iterator[Any]:
    """Values of the same sort that say something else, the likeliest to be accepted first."""
    if isinstance(leaf, bool):
        yield not leaf
    elif isinstance(leaf, Decimal) and abs(leaf.adjusted()) > _DIGITS:  # one more would be lost in rounding
        yield from (Decimal(_FAR), Decimal(7))
    elif isinstance(leaf, int | Decimal):
        yield from (leaf + _FAR, leaf + 1)
    elif isinstance(leaf, str) and leaf:
        yield from _other_texts(leaf)
    elif isinstance(leaf, list):
        yield from ([_FAR], ["x"], [{"id": _FAR, "key": "x", "name": "x", "src": "x", "total": "7"}])
    elif isinstance(leaf, dict):
        yield {"x": "7"}
    else:  # nothing is said here: whatever the field might take
        yield from ("7", "x", _DATE, _FAR, True, {"x": "7", "src": "x", "total_value": 7}, [_FAR])


def _other_texts(leaf: str) -> Iterator[str]:
    last = leaf[-1]
    if last.isascii() and last.isdigit():
        yield leaf[:-1] + ("8" if last == "9" else chr(ord(last) + 1))
    elif leaf.isascii() and leaf.isupper() and len(leaf) in (2, 3):  # a country, a currency
        yield {2: "ZZ", 3: "KWD" if leaf != "KWD" else "JPY"}[len(leaf)]
    yield f"{leaf}x"
    yield _DATE if leaf != _DATE else f"{_DATE[:-1]}7"


def best_of(
    best: dict[Path, bool], changed: dict[Path, bool] | None, counts: Callable[[Path], bool]
) -> tuple[dict[Path, bool], bool]:
    """The better of two effects of a leaf, and whether there is no need to look for a better one still.

    Another value under which nothing is swept away says the most, then one that changes what counts, then any.
    """
    if changed is None:
        return best, False
    if any(map(counts, changed)):
        if not any(changed.values()):
            return changed, True
        best = best if any(map(counts, best)) else changed
    return best or changed, False


class Trial:
    """One input and what its mapping makes of it; asks what depends on a leaf."""

    def __init__(self, raw: Any, build: Build) -> None:
        self.raw = raw
        self.build = build
        self.before = build(raw)

    def changed(self, values: Mapping[Path, Any]) -> dict[Path, bool] | None:
        """What changes with other values at these paths, and whether it is swept away with something larger.

        None when the mapping refuses them.
        """
        raw = self.raw
        for path, value in values.items():
            raw = replaced(raw, path, value)
        try:
            after = self.build(raw)
        except SkippedRecordError:
            return None
        return dict(differences(self.before, after))
