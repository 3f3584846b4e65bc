"""Rows that changed and were not fetched: found in passing while a sweep lists ids, by the times that come with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hub.ports import Row
from hub.sync.ids import IdSet
from hub.sync.session import Session

BLOCK: Final = 1_000  # ids in one question to the catalog

# The kept raw object carries the time that the shop gave with it: the same clock, the same precision as the listing's.
OUTDATED: Final = """
select u.vendor_id from unnest($3::text[], $4::timestamptz[]) as u(vendor_id, modified)
cross join lateral (
    select modified_at from raw_object where installation = $1 and kind = $2 and vendor_id = u.vendor_id offset 0
) w
where u.modified > w.modified_at
"""


@dataclass(slots=True)
class Outdated:
    """Compares what a listing shows with what is kept, a block at a time. `ids`: those that the shop has in a newer version."""

    session: Session
    ids: IdSet = field(default_factory=IdSet)
    _waiting: dict[str, datetime] = field(default_factory=dict)

    async def hear(self, rows: Sequence[Row]) -> None:
        """Rows of the listing; those without a time say nothing."""
        for row in rows:
            if row.modified is not None:
                self._waiting[row.id] = row.modified
        if len(self._waiting) >= BLOCK:
            await self._compare()

    async def all(self) -> list[str]:
        """The outdated ones among all that was heard."""
        if self._waiting:
            await self._compare()
        return list(self.ids)

    async def _compare(self) -> None:
        session, asked = self.session, self._waiting
        self._waiting = {}
        async with session.engine.db.org(session.shop.org) as unit:
            rows = await unit.fetch(
                OUTDATED, session.shop.id, session.target.resource.raw_kind, list(asked), list(asked.values())
            )  # fmt: skip
        for row in rows:
            self.ids.add(row[0])
