"""Changes that are in the catalog already: webhooks and the overlap of the last run brought them, in this very version.

Where a store lists ids and times cheaply, changes are listed first and only what is not kept in that version is fetched. A row
that was fetched in the second it changed in is fetched again: it may have changed twice in it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from hub.db.engine import Database
from hub.ports import Page, Resource

SURE: Final = timedelta(seconds=3)  # after a change, its whole second is over

SPARED: Final = """
select u.vendor_id from unnest($4::text[], $5::timestamptz[]) as u(vendor_id, modified)
cross join lateral (
    select modified_at, fetched_at from raw_object where installation = $1 and kind = $3 and vendor_id = u.vendor_id offset 0
) w
where w.modified_at = u.modified and w.fetched_at > u.modified + $6::interval
and exists (
    select from record r where r.installation = $1 and r.kind = $2 and r.vendor_id = u.vendor_id
    and not (r.dirty or r.incomplete_children or r.deleted_at is not null)
)
"""


def sparing(db: Database, org: UUID, installation: UUID, resource: Resource) -> Callable[[Page], Awaitable[set[str]]]:
    """What answers which rows of a page of ids and times need not be fetched."""

    async def spared(page: Page) -> set[str]:
        rows = [row for row in page.rows if row.modified is not None]
        if page.at is None or not rows:
            return set()
        ahead = max(timedelta(0), datetime.now(UTC) - page.at)  # our clock beside the store's, or a slow answer
        async with db.org(org) as unit:
            found = await unit.fetch(
                SPARED, installation, resource.kind, resource.raw_kind, [row.id for row in rows],
                [row.modified for row in rows], SURE + ahead,
            )  # fmt: skip
        return {row[0] for row in found}

    return spared
