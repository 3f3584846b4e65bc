"""When the shop refuses our credentials: say so once, and take new ones for the same shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import msgspec

from hub.budget import Unhurried
from hub.db.engine import Database
from hub.errors import Conflict
from hub.installations import secrets
from hub.installations.connect import note, subscribe
from hub.installations.credentials import fitting
from hub.installations.installation import Installation, settings_json
from hub.installations.listing import get, listing
from hub.ports import HttpClient, Opening
from hub.registry import Registry


async def mark_reconnect(db: Database, org: UUID, installation: UUID, reason: str) -> None:
    """The merchant must connect again: nothing asks this shop until then."""
    async with db.org(org) as unit:
        await unit.execute(
            """update installation set status = 'reconnect', capabilities = capabilities || $2, updated_at = now()
            where id = $1 and status = 'active'""",
            installation,
            msgspec.json.encode({"reconnect": reason}),
        )


async def waiting(db: Database, org: UUID, connector: str, url: str) -> UUID | None:
    """The installation of this organisation's at this (normalised) address that refuses the credentials it has."""
    async with db.org(org) as unit:
        shops = await listing(unit)
    return next((one.id for one in shops if (one.status, one.connector, one.url) == ("reconnect", connector, url)), None)


async def reconnect(
    db: Database,
    registry: Registry,
    http: HttpClient,
    *,
    org: UUID,
    installation: UUID,
    credentials: Mapping[str, str],
    public_url: str | None = None,
) -> Installation:
    """New credentials for a shop that is connected. The old ones stay when the new ones fail.

    Raises NotFound, Conflict (disconnected, or the credentials belong to another shop), Unprocessable, ConnectorError.
    """
    async with db.org(org) as unit:
        known = await get(unit, installation)
    if known.status == "disconnected":
        raise Conflict(f"{known.name} is disconnected:", hint="connect it anew.", field="installation")
    vendor = registry.get(known.connector)
    credentials = fitting(vendor.manifest, credentials)
    opening = Opening(
        known.url, dict(credentials), http, Unhurried(), known.capabilities, allow_http=known.allow_http, installation=known.id
    )
    probe = await vendor.probe(opening)
    if probe.shop != known.shop:
        raise Conflict(f"These credentials open {probe.shop}, not {known.shop}:", hint="connect that shop by itself.")
    secret = await kept_secret(db, org, known.id)
    inbound = await subscribe(vendor, replace(opening, capabilities=probe.capabilities), known, secret, public_url)
    async with db.org(org) as unit:
        await unit.execute(
            "update installation set status = 'active', credentials = $2, settings = $3, api_version = $4 where id = $1",
            known.id,
            secrets.seal_credentials(org, known.id, credentials),
            settings_json(probe.settings),
            probe.api_version,
        )
        return await note(unit, known.id, {**probe.capabilities, "inbound": inbound, "reconnect": None})


async def kept_secret(db: Database, org: UUID, installation: UUID) -> str:
    """The webhook secret stays: messages that were received and not yet processed are signed with it."""
    async with db.org(org) as unit:
        sealed = await unit.fetchval("select webhook_secret from installation where id = $1", installation)
    return secrets.open_webhook_secret(sealed, org, installation)
