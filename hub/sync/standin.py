"""Work on a resource beside its runs: a lease, a target and a session for one errand, without a run of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from hub.queue import new_owner
from hub.sync import lease as leases
from hub.sync.engine import Engine
from hub.sync.lease import Lease

EVERY = 0.5  # seconds between two tries


@asynccontextmanager
async def leased(engine: Engine, org: UUID, installation: UUID, resource: str) -> AsyncIterator[Lease]:
    """The lease of a resource, waited for while a run holds it, kept while the block runs, and given back."""
    owner = new_owner()
    while True:
        async with engine.db.org(org) as unit:
            lease = await leases.take(unit, installation, resource, owner, engine.lease_seconds)
        if lease is not None:
            break
        await asyncio.sleep(EVERY)
    try:
        async with leases.kept(engine.db, org, lease):
            yield lease
    finally:
        async with engine.db.org(org) as unit:
            await lease.give_back(unit)
