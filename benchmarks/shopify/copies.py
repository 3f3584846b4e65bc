"""A file of JSON lines for any number of products, out of the lines of a few: every copy has numbers of its own.

In the lines of the samples all numbers of their own (gids, legacy ids, the ones in handles and article numbers) are moved on by
a stride from copy to copy; the rest of the line stays, so each line has every field that was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shopify.goods import OWN

BLOCK = 100  # products whose lines stand together, all records before all their children
_NUMBER = re.compile(rb"91000000\d{8}")


@dataclass(frozen=True)
class Template:
    """Some lines in which the numbers of their own are left open. bases: what they are in the sample."""

    text: bytes
    bases: tuple[int, ...]
    lines: int

    def copy(self, shift: int) -> bytes:
        """The lines with all numbers moved on."""
        return self.text % tuple([base + shift for base in self.bases])


def template(lines: Sequence[bytes]) -> Template:
    """Of whole lines with their line ends."""
    text = b"".join(lines).replace(b"%", b"%%")
    bases: list[int] = []

    def opened(found: re.Match[bytes]) -> bytes:
        number = int(found[0])
        if number < OWN:
            return found[0]
        bases.append(number)
        return b"%d"

    return Template(_NUMBER.sub(opened, text), tuple(bases), len(lines))


@dataclass(frozen=True)
class Sheet:
    """One sample's lines, by their depth, with how many of them are records."""

    levels: tuple[Template, ...]
    roots: int

    @property
    def highest(self) -> int:
        """The highest number of its own."""
        return max((base for level in self.levels for base in level.bases), default=OWN)

    @property
    def lines(self) -> int:
        return sum(level.lines for level in self.levels)


def write(path: Path, sheets: Sequence[Sheet], products: int, stride: int) -> tuple[int, int]:
    """The file; (records, lines). Within a block of products all records come first, then their children, then theirs."""
    deepest = max(len(sheet.levels) for sheet in sheets)
    roots = lines = 0
    with path.open("wb") as file:
        for start in range(0, products, BLOCK):
            chosen = [place(sheets, number, stride) for number in range(start, min(start + BLOCK, products))]
            for depth in range(deepest):
                file.write(b"".join(sheet.levels[depth].copy(shift) for sheet, shift in chosen if depth < len(sheet.levels)))
            roots += sum(sheet.roots for sheet, _ in chosen)
            lines += sum(sheet.lines for sheet, _ in chosen)
    return roots, lines


def place(sheets: Sequence[Sheet], number: int, stride: int) -> tuple[Sheet, int]:
    """Which sample the product with this number is a copy of, and how far its numbers are moved."""
    return sheets[number % len(sheets)], number // len(sheets) * stride
