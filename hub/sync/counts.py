"""What became of rows, in numbers and in names."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final


@dataclass(slots=True)
class Counts:
    """What became of rows, in numbers. unseen: fields that the shop did not show → of how many rows."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    quarantined: int = 0
    children: int = 0
    incomplete: int = 0
    unseen: dict[str, int] = field(default_factory=dict)

    def add(self, other: Counts) -> None:
        """Sum up."""
        for name in NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.unseen:
            self.unseen = dict(Counter(self.unseen) + Counter(other.unseen))

    @property
    def written(self) -> int:
        """Rows that were not simply passed over."""
        return self.inserted + self.updated + self.quarantined

    @property
    def rows(self) -> int:
        """Rows that could be read."""
        return self.inserted + self.updated + self.unchanged + self.stale

    def numbers(self) -> dict[str, int]:
        """The counts alone."""
        return {name: getattr(self, name) for name in NUMBERS}

    def state(self) -> dict[str, Any]:
        """All of it, JSON-ready."""
        return asdict(self)


NUMBERS: Final = tuple(one.name for one in fields(Counts) if one.name != "unseen")


@dataclass(slots=True)
class Outcome:
    """What one transaction did. stale: ids that were overtaken; incomplete: ids whose nested lists did not all come."""

    counts: Counts = field(default_factory=Counts)
    stale: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
