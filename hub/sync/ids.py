"""A set of vendor ids that stays small: whole numbers as bits, anything else as text.

A million consecutive ids take some 170 kB; as Python strings they would take 100 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

_BITS: Final = 10  # 1,024 ids in one integer


class IdSet:
    """Vendor ids, each once. Two sets are equal when they hold the same ids."""

    __slots__ = ("_blocks", "_count", "_words")

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._blocks: dict[int, int] = {}
        self._words: set[str] = set()
        self._count = 0
        for id in ids:
            self.add(id)

    def add(self, id: str) -> bool:
        """Put an id in; False when it was there."""
        number = _number(id)
        if number is None:
            if id in self._words:
                return False
            self._words.add(id)
        else:
            block, bit = number >> _BITS, 1 << (number & ((1 << _BITS) - 1))
            held = self._blocks.get(block, 0)
            if held & bit:
                return False
            self._blocks[block] = held | bit
        self._count += 1
        return True

    def __contains__(self, id: str) -> bool:
        number = _number(id)
        if number is None:
            return id in self._words
        return bool(self._blocks.get(number >> _BITS, 0) >> (number & ((1 << _BITS) - 1)) & 1)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        for block in sorted(self._blocks):
            held, base = self._blocks[block], block << _BITS
            while held:
                low = held & -held
                yield str(base + low.bit_length() - 1)
                held ^= low
        yield from sorted(self._words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdSet) and self._blocks == other._blocks and self._words == other._words

    __hash__ = None  # type: ignore[assignment]


def _number(id: str) -> int | None:
    """The id as a whole number when its text is exactly how that number is written ("007" is not)."""
    if id.isascii() and id.isdigit() and len(id) <= 18 and (id[0] != "0" or id == "0"):
        return int(id)
    return None
