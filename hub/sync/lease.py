"""The fenced lease of one (shop, resource): one run at a time, and a holder that was paused too long cannot write any more.

Every taking moves the fence by one. Every transaction of a run asks for its own fence in the row that holds it: whoever was
overtaken finds another number there, inside the same transaction as the rows, and gives up without a trace.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

from hub.db.engine import Database
from hub.db.unit import Unit
from hub.errors import HubError, LeaseLost

TAKE = """
insert into resource_state as s (org, installation, resource, fence, lease_owner, lease_until)
values ($1, $2, $3, 1, $4, now() + make_interval(secs => $5))
on conflict (installation, resource) do update
set fence = s.fence + 1, lease_owner = $4, lease_until = now() + make_interval(secs => $5), updated_at = now()
where s.lease_until is null or s.lease_until < now()
returning fence
"""
KEEP = """
update resource_state set lease_until = now() + make_interval(secs => $4)
where installation = $1 and resource = $2 and fence = $3 and lease_owner is not null
returning true
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was taken; `seconds` is how long it lasts without a sign of life."""

    installation: UUID
    resource: str
    fence: int
    seconds: float

    async def hold(self, unit: Unit) -> None:
        """Part of a transaction: it stands only if the lease is still ours. Raises LeaseLost."""
        if not await unit.fetchval(KEEP, self.installation, self.resource, self.fence, self.seconds):
            raise LeaseLost(f"The sync of {self.resource} was taken over by another worker.")

    async def give_back(self, unit: Unit) -> None:
        """Let the next one have it at once."""
        await unit.execute(
            "update resource_state set lease_owner = null, lease_until = null "
            "where installation = $1 and resource = $2 and fence = $3",
            self.installation, self.resource, self.fence,
        )  # fmt: skip


async def take(unit: Unit, installation: UUID, resource: str, owner: str, seconds: float) -> Lease | None:
    """The lease, or None while somebody else holds it."""
    fence = await unit.fetchval(TAKE, unit.org, installation, resource, owner, seconds)
    return None if fence is None else Lease(installation, resource, fence, seconds)


@asynccontextmanager
async def kept(db: Database, org: UUID, lease: Lease) -> AsyncIterator[None]:
    """Signs of life while the block waits for a slow store; the block is cancelled, and LeaseLost raised, when it is lost."""
    holder = asyncio.current_task()
    lost: list[LeaseLost] = []

    async def signs() -> None:
        while True:
            await asyncio.sleep(lease.seconds / 3)
            try:
                async with db.org(org) as unit:
                    await lease.hold(unit)
            except LeaseLost as error:
                lost.append(error)
                if holder is not None:
                    holder.cancel()
                return
            except (HubError, OSError):
                continue  # the database is away for a moment: the next transaction will tell

    beating = asyncio.create_task(signs())
    try:
        yield
    except asyncio.CancelledError:
        if lost and holder is not None and holder.uncancel() == 0:
            raise lost[0] from None
        raise
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
