"""What a replay goes through: one endpoint's events between two ids, perhaps of some types only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from hub.db.unit import Unit
from webhooks.log.bounds import floor_of
from webhooks.replay.verbs import Replay

#: $5 whole names, $6 beginnings of names; both null for every type.
OF_TYPES: Final = """($5::text[] is null or {0} = any ($5)
    or exists (select from unnest($6::text[]) as f(start) where starts_with({0}, f.start)))"""


@dataclass(frozen=True, slots=True)
class Span:
    """`first` and `last` are event ids, neither included."""

    replay: UUID
    endpoint: UUID
    scope: str
    first: UUID
    last: UUID
    names: list[str] | None
    starts: list[str] | None

    @classmethod
    def of(cls, known: Replay) -> Span:
        """A replay's."""
        names = None if known.types is None else [type for type in known.types if not type.endswith("*")]
        starts = None if known.types is None else [type[:-1] for type in known.types if type.endswith(".*")]
        first = UUID(int=floor_of(known.since).int - 1)
        return cls(known.id, known.endpoint, known.scope, first, floor_of(known.until), names, starts)

    def bounds(self, unit: Unit, after: UUID) -> tuple[Any, ...]:
        """$1 to $6: organisation, endpoint, from, to, types."""
        return unit.org, self.endpoint, after, self.last, self.names, self.starts


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a page: how many were looked at, the last of them, how many were put into line, how many had no
    payload, and whether there is nothing behind them."""

    seen: int
    last: UUID | None
    put: int
    skipped: int
    over: bool
