"""Provenance by experiment: change one leaf of the input, run the very same mapping again, see which leaves of the output differ.

Nothing in the mapping knows of it, so the hot path pays nothing and the answer cannot drift from what the mapping does. Leaves of
the same shape in a long list (the title of each of 400 lines) are tried a half at a time (`alike.py`). Meant for one record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, Protocol

from hub.errors import SkippedRecordError
from hub.mapping.paths import Path, differences
from hub.ports import Json

Build = Callable[[Any], Json]
#: Path of the document → whether it went away together with something larger; None when the mapping refuses the input.
Changed = dict[Path, bool] | None

_DATE: Final = "2001-02-03T04:05:06Z"
_FAR: Final = 1_000_003  # added to numbers: no sibling's is hit by accident
_ROUNDED: Final = 20  # digits from which on one more would be lost in rounding


def all_replaced(value: Any, values: Mapping[Path, Any]) -> Any:
    """A copy that differs at many paths; what is copied is copied once."""
    inner: dict[str | int, dict[Path, Any]] = {}
    for path, leaf in values.items():
        if not path:
            return leaf
        inner.setdefault(path[0], {})[path[1:]] = leaf
    if not inner:
        return value
    copy = value.copy()
    for key, below in inner.items():
        copy[key] = all_replaced(copy[key], below)
    return copy


def sort_of(leaf: Any) -> object:
    """What a leaf has in common with others that the mapping treats alike."""
    if leaf is None or isinstance(leaf, bool | dict | list):
        return str(leaf)
    if isinstance(leaf, int | Decimal):
        return type(leaf), leaf > 0, leaf < 0
    found = _SORT.match(leaf)
    return found and (found.lastgroup, leaf if found.lastgroup == "word" else not leaf.strip("0."))


#: An enum's word, a number, an id, a date; all other texts are alike.
_SORT: Final = re.compile(
    r"(?P<word>[A-Z_]{2,40}\Z)|(?P<below>-[0-9.]+\Z)|(?P<number>[0-9]+(\.[0-9]+)?\Z)|(?P<gid>gid://)"
    r"|(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}T)|(?P<true>(true|false)\Z)|(?P<none>\Z)"
)


def others(leaf: Any) -> Iterator[Any]:
    """Values of the same sort that say something else, the likeliest to be accepted first."""
    if isinstance(leaf, bool):
        yield not leaf
    elif isinstance(leaf, Decimal) and abs(leaf.adjusted()) > _ROUNDED:
        yield from (Decimal(_FAR), Decimal(7))
    elif isinstance(leaf, int | Decimal):
        yield from (leaf + _FAR, leaf + 1)
    elif isinstance(leaf, str) and leaf:
        yield from _other_texts(leaf)
    elif isinstance(leaf, dict | list):
        yield from ()  # an empty one says nothing
    else:
        yield from ("7", _DATE, _FAR, True)


def _other_texts(leaf: str) -> Iterator[str]:
    last = leaf[-1]
    if last.isascii() and last.isdigit():
        yield leaf[:-1] + ("8" if last == "9" else chr(ord(last) + 1))
    elif leaf.isascii() and leaf.isupper() and len(leaf) in (2, 3):  # a country, a currency
        yield {2: "ZZ", 3: "KWD" if leaf != "KWD" else "JPY"}[len(leaf)]
    elif leaf in ("true", "false"):
        yield "false" if leaf == "true" else "true"
    yield f"{leaf}x"
    yield _DATE if leaf != _DATE else "2001-02-03T04:05:07Z"


class Tried(Protocol):
    """What answers which places of the document depend on which leaves of an input."""

    raw: Any
    before: Json
    #: (list of the input, list of the document) → whose entry each entry is; filled in `alike.py`.
    owners: dict[tuple[Path, Path], dict[Any, Any]]

    def changed(self, values: Mapping[Path, Any]) -> Changed:
        """What changes with other values at these paths."""


class Trial:
    """One input and what its mapping makes of it; asks what depends on a leaf."""

    def __init__(self, raw: Any, build: Build) -> None:
        self.raw = raw
        self.build = build
        self.before = build(raw)
        self.owners: dict[tuple[Path, Path], dict[Any, Any]] = {}

    def changed(self, values: Mapping[Path, Any]) -> Changed:
        """What changes with other values at these paths."""
        try:
            after = self.build(all_replaced(self.raw, values))
        except SkippedRecordError:
            return None
        return dict(differences(self.before, after))
