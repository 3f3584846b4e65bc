"""Echoes: our own writes coming back as the shop's changes. One is an echo only if it says exactly what we wrote.

When a write is done, its record stands in the catalog as the shop answered it, so the returning change finds nothing new and
makes no event. If somebody edited the record meanwhile, its content is another one: applied and told like any change.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from hub.db.engine import Database
from hub.db.unit import Unit

LONGEST: Final = 10.0  # seconds that a webhook waits for a write of ours to the same record to be done
EVERY: Final = 0.1


async def settled(db: Database, org: UUID, installation: UUID, kind: str, ids: Sequence[str]) -> bool:
    """Wait until no write of ours to these records is on its way: a shop's webhook may overtake its own answer to us.

    Answers whether there was one: what was read before may be older than it.
    """
    until, waited = time.monotonic() + LONGEST, False
    while time.monotonic() < until:
        async with db.org(org) as unit:
            waiting = await unit.fetchval(
                "select true from write_back where installation = $1 and kind = $2 and vendor_id = any ($3::text[]) "
                "and status = 'queued' and created_at > now() - interval '1 minute' limit 1",
                installation, kind, ids,
            )  # fmt: skip
        if not waiting:
            return waited
        waited = True
        await asyncio.sleep(EVERY)
    return waited


async def note_echoes(unit: Unit, installation: UUID, kind: str, ids: Sequence[str]) -> list[str]:
    """Of records that just came back from the shop: those that say what we last wrote, noted as seen."""
    rows = await unit.fetch(
        "update write_back w set echo_seen_at = now() from record r "
        "where w.installation = $1 and w.kind = $2 and w.vendor_id = any ($3::text[]) and w.status = 'written' "
        "and w.echo_seen_at is null and r.installation = w.installation and r.kind = w.kind and r.vendor_id = w.vendor_id "
        "and r.content_hash = w.expected_hash returning w.vendor_id",
        installation, kind, ids,
    )  # fmt: skip
    return [row[0] for row in rows]
