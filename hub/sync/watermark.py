"""The watermark: from when on the next incremental run asks. It moves only with a COMPLETE verdict.

It is the earlier of two times, both the store's: when the reading began less the overlap, and the newest modification that a
parent row carried. Never our own clock, and never a nested object's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hub.db.unit import Unit
from hub.sync.keyset import parse


@dataclass(frozen=True, slots=True)
class Watermark:
    """modified: of the rows; children: of nested objects that are listed by modification time on their own."""

    modified: datetime | None = None
    children: datetime | None = None

    def moved(self, started: datetime | None, newest: datetime | None, overlap: timedelta) -> Watermark:
        """After a whole or incremental reading that began at `started` and saw nothing newer than `newest`."""
        return Watermark(_next(self.modified, started, newest, overlap), self.children)

    def children_moved(self, started: datetime | None, newest: datetime | None, overlap: timedelta) -> Watermark:
        """The same for the nested objects."""
        return Watermark(self.modified, _next(self.children, started, newest, overlap))

    def encode(self) -> bytes:
        """The jsonb column."""
        return msgspec.json.encode({"modified": self.modified, "children": self.children})


def _next(before: datetime | None, started: datetime | None, newest: datetime | None, overlap: timedelta) -> datetime | None:
    seen = max((time for time in (before, newest) if time is not None), default=None)
    begun = None if started is None else started - overlap
    found = min((time for time in (begun, seen) if time is not None), default=None)
    return before if found is None or (before is not None and found < before) else found


def decode(text: str | None) -> Watermark | None:
    """The watermark in the column; None when the resource was never read to the end."""
    if text is None:
        return None
    kept: dict[str, Any] = msgspec.json.decode(text)
    return Watermark(parse(kept.get("modified")), parse(kept.get("children")))


async def load(unit: Unit, installation: Any, resource: str) -> Watermark | None:
    """What is kept."""
    return decode(
        await unit.fetchval(
            "select watermark from resource_state where installation = $1 and resource = $2", installation, resource
        )
    )


async def store(unit: Unit, installation: Any, resource: str, watermark: Watermark, *, scanned: bool) -> None:
    """Keep it, in the transaction of the verdict. `scanned`: the whole resource was read."""
    await unit.execute(
        "update resource_state set watermark = $3, updated_at = now(), "
        "full_scan_at = case when $4 then now() else full_scan_at end where installation = $1 and resource = $2",
        installation, resource, watermark.encode(), scanned,
    )  # fmt: skip
