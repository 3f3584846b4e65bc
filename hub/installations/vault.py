"""Credentials that change by themselves: renewed by one worker at a time, and kept before anybody uses them.

A vendor takes a used refresh token back, so two workers that renew at once would end each other's tokens. The turn is a lease
in the installation's row: no transaction is open while the vendor is asked, and a worker that dies in between frees it by time.
What a worker brings is stored only if the lease is still its own and nobody gave the shop other credentials meanwhile.
"""

from __future__ import annotations

import asyncio
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from hub.db.engine import Database
from hub.errors import ReauthorizationError, RetryableError
from hub.installations import secrets
from hub.installations.installation import refuse_closed
from hub.installations.listing import get
from hub.ports import Renew

SECONDS = 30.0  # how long a lease lasts; whoever renews gives up a little earlier
LOOK = 0.2  # seconds between two looks of those who wait

# The comparison with what was read makes taking and storing safe: other credentials there, and it is nobody's turn.
TAKE = """
update installation set renewal_owner = $3, renewal_until = clock_timestamp() + make_interval(secs => $4::float8)
where id = $1 and credentials = $2 and status = 'active'
    and (renewal_until is null or renewal_until < clock_timestamp())
returning true
"""
STORE = """
update installation set credentials = $4, renewal_owner = null, renewal_until = null, updated_at = now()
where id = $1 and credentials = $2 and renewal_owner = $3
returning true
"""
# Nobody asks this shop any more, unless the merchant has just given it other credentials.
GIVE_UP = """
update installation set status = 'reconnect', capabilities = capabilities || $3, updated_at = now()
where id = $1 and credentials = $2 and status = 'active'
returning true
"""
RELEASE = "update installation set renewal_owner = null, renewal_until = null where id = $1 and renewal_owner = $2"


@dataclass(frozen=True, slots=True)
class Kept:
    """Credentials as they stand in the row: sealed, and opened."""

    sealed: str
    plain: Mapping[str, str] = field(repr=False)


class RowVault:
    """`hub.ports.Vault` of one installation. `seconds`: how long a worker may take, or be dead, before the next has its turn."""

    def __init__(self, db: Database, org: UUID, installation: UUID, *, seconds: float = SECONDS) -> None:
        self._db = db
        self._org = org
        self._id = installation
        self._seconds = seconds

    async def renewed(self, stale: Mapping[str, str], renew: Renew) -> Mapping[str, str]:
        """Credentials newer than `stale`: those that somebody kept meanwhile, or what `renew` makes of them.

        Raises what `renew` raises (after a ReauthorizationError nobody asks this shop any more), RetryableError when it takes
        too long, NotFound, Conflict, ReauthorizationError when the shop may not be asked.
        """
        owner = random.token_hex(8)
        while True:
            current = await self._current()
            if current.plain != stale:
                return current.plain
            if await self._change(TAKE, current.sealed, owner, self._seconds):
                if (fresh := await self._renew(current, owner, renew)) is not None:
                    return fresh
            else:
                await asyncio.sleep(LOOK)

    async def _renew(self, current: Kept, owner: str, renew: Renew) -> Mapping[str, str] | None:
        """What was renewed and kept; None when the row is not what it was: somebody else had other credentials for it."""
        try:
            async with asyncio.timeout(self._seconds * 0.9):
                fresh = dict(await renew(current.plain))
            if await self._change(STORE, current.sealed, owner, secrets.seal_credentials(self._org, self._id, fresh)):
                return fresh
        except TimeoutError:
            raise RetryableError("The shop took too long to renew its credentials.") from None
        except ReauthorizationError as error:
            if await self._change(GIVE_UP, current.sealed, msgspec.json.encode({"reconnect": str(error)})):
                raise
        finally:
            async with self._db.org(self._org) as unit:
                await unit.execute(RELEASE, self._id, owner)
        return None

    async def _current(self) -> Kept:
        async with self._db.org(self._org) as unit:
            refuse_closed(await get(unit, self._id))
            sealed = await secrets.sealed_credentials(unit, self._org, self._id)
        return Kept(sealed, secrets.open_credentials(sealed, self._org, self._id))

    async def _change(self, sql: str, *args: object) -> bool:
        """Whether the row was still what the statement wants it to be."""
        async with self._db.org(self._org) as unit:
            return bool(await unit.fetchval(sql, self._id, *args))
