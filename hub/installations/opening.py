"""What a connector gets to open a shop: its credentials, unsealed for as long as the store is open, and our HTTP client."""

from __future__ import annotations

from uuid import UUID

from hub.db.engine import Database
from hub.installations.installation import Installation, refuse_closed
from hub.installations.listing import get
from hub.installations.secrets import credentials_of
from hub.installations.vault import RowVault
from hub.ports import Budget, HttpClient, Opening


async def opening(db: Database, http: HttpClient, budget: Budget, org: UUID, installation: UUID) -> tuple[Installation, Opening]:
    """The installation and the opening of its store. Raises NotFound, Conflict (disconnected), ReauthorizationError."""
    async with db.org(org) as unit:
        known = await get(unit, installation)
        refuse_closed(known)
        credentials = await credentials_of(unit, org, installation)
    return known, Opening(
        url=known.url,
        credentials=credentials,
        http=http,
        budget=budget,
        capabilities=known.capabilities,
        allow_http=known.allow_http,
        installation=known.id,
        vault=RowVault(db, org, known.id),
    )
