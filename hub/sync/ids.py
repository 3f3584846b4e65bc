"""A set of vendor ids that stays small: whole numbers as bits, also behind a common prefix; anything else as text.

A million consecutive ids take some 170 kB; as Python strings they would take 100 MB. Numbers behind a prefix
(`gid://shopify/Product/123`) are mostly not consecutive: Shopify's databases count in steps of 32,768, so there those that
are such a step apart stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

_BITS: Final = 10  # 1,024 ids in one integer
_MASK: Final = (1 << _BITS) - 1
_STEP: Final = 15  # bits of 32,768
_REST: Final = (1 << _STEP) - 1


class IdSet:
    """Vendor ids, each once. Two sets are equal when they hold the same ids."""

    __slots__ = ("_blocks", "_count", "_plain", "_words")

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._plain: dict[int, int] = {}
        self._blocks: dict[str, dict[int, int]] = {"": self._plain}  # by prefix
        self._words: set[str] = set()
        self._count = 0
        for id in ids:
            self.add(id)

    def add(self, id: str) -> bool:
        """Put an id in; False when it was there."""
        prefix, number = _parts(id)
        if number is None:
            if id in self._words:
                return False
            self._words.add(id)
        else:
            blocks = self._plain if not prefix else self._blocks.setdefault(prefix, {})
            block, place = _place(prefix, number)
            bit = 1 << place
            held = blocks.get(block, 0)
            if held & bit:
                return False
            blocks[block] = held | bit
        self._count += 1
        return True

    def __contains__(self, id: str) -> bool:
        prefix, number = _parts(id)
        if number is None:
            return id in self._words
        blocks = self._blocks.get(prefix)
        if blocks is None:
            return False
        block, place = _place(prefix, number)
        return bool(blocks.get(block, 0) >> place & 1)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        for prefix in sorted(self._blocks):
            blocks = self._blocks[prefix]
            for block in sorted(blocks):
                held = blocks[block]
                while held:
                    low = held & -held
                    yield f"{prefix}{_number(prefix, block, low.bit_length() - 1)}"
                    held ^= low
        yield from sorted(self._words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdSet) and self._blocks == other._blocks and self._words == other._words

    __hash__ = None  # type: ignore[assignment]


def _place(prefix: str, number: int) -> tuple[int, int]:
    """In which block, and at which place of it, a number stands."""
    if not prefix:
        return number >> _BITS, number & _MASK
    step = number >> _STEP
    return (step >> _BITS) << _STEP | number & _REST, step & _MASK


def _number(prefix: str, block: int, place: int) -> int:
    """The number that stands there."""
    if not prefix:
        return block << _BITS | place
    return ((block >> _STEP) << _BITS | place) << _STEP | block & _REST


def _parts(id: str) -> tuple[str, int | None]:
    """What stands up to the last slash, and the whole number behind it when its text is exactly how that number is written
    ("007" is not)."""
    if not id.isascii():
        return "", None
    prefix, digits = "", id
    if not id.isdigit():
        cut = id.rfind("/") + 1
        prefix, digits = id[:cut], id[cut:]
        if not cut or not digits.isdigit():
            return "", None
    if len(digits) <= 18 and (digits[0] != "0" or digits == "0"):
        return prefix, int(digits)
    return "", None
