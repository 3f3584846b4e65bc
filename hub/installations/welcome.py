"""A merchant at the door, for whom the vendor vouches: the shop gets its installation, in an organisation of its own.

A shop that comes back finds what it left: the same organisation, and where nothing was forgotten the same installation.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from hub.budget import Unhurried
from hub.db.engine import Database
from hub.errors import Conflict, Unavailable
from hub.installations.connect import connect
from hub.installations.installation import Installation
from hub.installations.listing import get
from hub.installations.reconnect import reconnect
from hub.ports import Arrival, Connector, HttpClient, Opening
from hub.registry import Registry
from hub.tenancy import create_organisation

LOOK = 0.1  # seconds between two looks of a merchant who waits for another
PATIENCE = 60.0  # seconds of waiting: each who waits holds a connection

# The installation in force if there is one, else the one that was there last.
FIND = """
select org, id, status from installation where connector = $1 and shop = $2
order by status <> 'disconnected' desc, disconnected_at desc limit 1
"""


async def welcome(
    db: Database, registry: Registry, http: HttpClient, vendor: Connector, arrival: Arrival, *, public_url: str | None
) -> Installation:
    """The shop, connected. Its credentials are asked for only where it has none in force, or `arrival.fresh`.

    Raises what granting and connecting raise; then nothing new is left behind.
    """
    name = vendor.manifest.name
    async with alone(db, name, arrival.shop):
        found = await find(db, name, arrival.shop)
        if found is not None and found[2] == "active" and not arrival.fresh:
            return await known(db, found[0], found[1])
        credentials = await arrival.grant(http)
        return await settle(db, registry, http, vendor, arrival, credentials, public_url)


@asynccontextmanager
async def alone(db: Database, connector: str, shop: str) -> AsyncIterator[None]:
    """One merchant at a time for a shop, whichever process: pages ask twice, and a second permission ends the first.

    A lock of a connection's own, not of a transaction: the vendor is asked meanwhile. It goes when the process dies. Raises
    Unavailable for one who waits too long.
    """
    number = int.from_bytes(hashlib.sha256(f"{connector}/{shop}".encode()).digest()[:8], signed=True)
    holder = await db.listener()
    try:
        until = time.monotonic() + PATIENCE
        while not await holder.fetchval("select pg_try_advisory_lock($1)", number):
            if time.monotonic() > until:
                raise Unavailable(f"{shop} is being connected by somebody else:", hint="try again in a minute.")
            await asyncio.sleep(LOOK)
        yield
        await holder.execute("select pg_advisory_unlock($1)", number)
    finally:
        holder.terminate()


async def settle(
    db: Database,
    registry: Registry,
    http: HttpClient,
    vendor: Connector,
    arrival: Arrival,
    credentials: Mapping[str, str],
    public_url: str | None,
) -> Installation:
    """Give a shop its new credentials: where it is, where it was, or where it begins."""
    found = await find(db, vendor.manifest.name, arrival.shop)
    if found is not None and found[2] != "disconnected":
        org, id, _ = found
        return await reconnect(db, registry, http, org=org, installation=id, credentials=credentials, public_url=public_url)
    org, made = (found[0], False) if found is not None else (await begun(db, http, vendor, arrival, credentials), True)
    try:
        return await connect(
            db, registry, http, org=org, connector=vendor.manifest.name, url=arrival.url, credentials=credentials,
            allow_http=arrival.url.startswith("http:"), public_url=public_url,
        )  # fmt: skip
    except BaseException:
        if made:
            with suppress(Exception):
                async with db.org(org) as unit:
                    await unit.execute("delete from organisation where id = $1", org)
        raise


async def begun(db: Database, http: HttpClient, vendor: Connector, arrival: Arrival, credentials: Mapping[str, str]) -> UUID:
    """An organisation with the shop's own name."""
    allow_http = arrival.url.startswith("http:")
    probe = await vendor.probe(Opening(arrival.url, credentials, http, Unhurried(), allow_http=allow_http))
    if probe.shop != arrival.shop:
        raise Conflict(f"These credentials open {probe.shop}, not {arrival.shop}:", hint="open the app again in that shop.")
    async with db.system() as unit:
        return (await create_organisation(unit, (probe.name.strip() or probe.shop)[:200])).id


async def find(db: Database, connector: str, shop: str) -> tuple[UUID, UUID, str] | None:
    """Organisation, id and status of a shop's installation, of whatever organisation."""
    async with db.system() as unit:
        row = await unit.fetchrow(FIND, connector, shop)
    return None if row is None else (row["org"], row["id"], row["status"])


async def known(db: Database, org: UUID, installation: UUID) -> Installation:
    """An installation that was found."""
    async with db.org(org) as unit:
        return await get(unit, installation)
