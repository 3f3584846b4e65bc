"""Connecting a shop: ask it first, then write its one row, then subscribe to its webhooks.

Nothing is left half-connected: what fails after the row was written takes the row away again. No vendor is asked inside a
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import asyncpg
import msgspec

from hub.budget import Unhurried
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.errors import Conflict, ConnectorError, PermanentError
from hub.installations import secrets
from hub.installations.credentials import fitting
from hub.installations.installation import COLUMNS, Installation, from_row, settings_json
from hub.installations.vault import RowVault
from hub.outbox import EventDraft, record
from hub.ports import Connector, HttpClient, Json, Opening, Probe, WebhookState
from hub.registry import Registry

NO_PUBLIC_URL = "LUNEO_PUBLIC_URL is not set"
UNINSTALLED = "uninstalled"  # a note: the shop removed us, nobody here disconnected it


async def connect(
    db: Database,
    registry: Registry,
    http: HttpClient,
    *,
    org: UUID,
    connector: str,
    url: str,
    credentials: Mapping[str, str],
    name: str | None = None,
    allow_http: bool = False,
    public_url: str | None = None,
) -> Installation:
    """Join a shop to an organisation.

    Raises NotFound (unknown connector), Unprocessable (a credential is missing or not asked for), ConnectorError (the shop
    cannot be reached, refuses, or is something else), Conflict (connected already, here or elsewhere). After an error nothing
    is stored.
    """
    vendor = registry.get(connector)
    credentials = fitting(vendor.manifest, credentials)
    opening = Opening(vendor.normalise_url(url), dict(credentials), http, Unhurried(), allow_http=allow_http)
    probe = await vendor.probe(opening)
    secret = secrets.new_webhook_secret()
    async with db.org(org) as unit:
        back = await revive(unit, vendor, probe, credentials, allow_http=allow_http)
        known, secret = back or (await insert(unit, vendor, probe, credentials, secret, name=name, allow_http=allow_http), secret)
    vault = RowVault(db, org, known.id)
    opening = replace(opening, url=probe.url, capabilities=probe.capabilities, installation=known.id, vault=vault)
    try:
        inbound = await subscribe(vendor, opening, known, secret, public_url)
        async with db.org(org) as unit:
            connected = await note(unit, known.id, {"inbound": inbound, UNINSTALLED: None})
            await record(unit, [EventDraft("installation.connected", "api", installation=known.id)])
        return connected
    except BaseException:
        await undo(db, vendor, opening, known, public_url)
        raise


async def revive(
    unit: Unit, vendor: Connector, probe: Probe, credentials: Mapping[str, str], *, allow_http: bool
) -> tuple[Installation, str] | None:
    """The installation of a shop that had removed us and is back, with its webhook secret: what was read is still there, and
    what the shop may still ask us to forget is its own again. None when there is none. Raises Conflict when it is connected.
    """
    kept = await unit.fetchrow(
        """select org, id, webhook_secret from installation where connector = $1 and shop = $2 and status = 'disconnected'
        and capabilities ? $3 order by disconnected_at desc limit 1 for update""",
        vendor.manifest.name, probe.shop, UNINSTALLED,
    )  # fmt: skip
    if kept is None or kept["webhook_secret"] is None:
        return None
    org, id = kept["org"], kept["id"]
    try:
        row = await unit.fetchrow(
            f"""update installation set status = 'active', disconnected_at = null, updated_at = now(), url = $2, settings = $3,
            capabilities = capabilities || $4, api_version = $5, credentials = $6 where id = $1 returning {COLUMNS}""",  # noqa: S608
            id, probe.url, settings_json(probe.settings),
            msgspec.json.encode({**probe.capabilities, "allow_http": allow_http, "inbound": {"mode": "polling"}}),
            probe.api_version, secrets.seal_credentials(org, id, credentials),
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise connected_already(probe) from None
    assert row is not None  # noqa: S101 (locked above)
    return from_row(row), secrets.open_webhook_secret(kept["webhook_secret"], org, id)


def connected_already(probe: Probe) -> Conflict:
    """Who has the shop stays untold."""
    return Conflict(
        f"The shop {probe.shop} is connected already:", hint="disconnect it first, where it is connected.", field="url"
    )


async def insert(
    unit: Unit,
    vendor: Connector,
    probe: Probe,
    credentials: Mapping[str, str],
    secret: str,
    *,
    name: str | None,
    allow_http: bool,
) -> Installation:
    """The one row. Raises Conflict when this shop is connected: who has it stays untold."""
    assert unit.org is not None  # noqa: S101 (a unit of one organisation)
    id = uuid7()
    capabilities = {**probe.capabilities, "allow_http": allow_http, "inbound": {"mode": "polling"}}
    try:
        row = await unit.fetchrow(
            f"""insert into installation
                (org, id, connector, shop, name, url, settings, capabilities, api_version, credentials, webhook_secret)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning {COLUMNS}""",  # noqa: S608
            unit.org,
            id,
            vendor.manifest.name,
            probe.shop,
            (name or probe.name or probe.shop).strip(),
            probe.url,
            settings_json(probe.settings),
            msgspec.json.encode(capabilities),
            probe.api_version,
            secrets.seal_credentials(unit.org, id, credentials),
            secrets.seal_webhook_secret(unit.org, id, secret),
        )
    except asyncpg.UniqueViolationError:
        raise connected_already(probe) from None
    assert row is not None  # noqa: S101 (returning)
    return from_row(row)


def inbound_url(public_url: str, installation: Installation) -> str:
    """Where the shop sends its webhooks."""
    return f"{public_url.rstrip('/')}/in/{installation.connector}/{installation.id}"


async def subscribe(vendor: Connector, opening: Opening, installation: Installation, secret: str, public_url: str | None) -> Json:
    """Subscribe to the shop's webhooks; a shop that cannot reach us is polled, with the reason.

    Raises ConnectorError when the shop could not be asked.
    """
    if vendor.webhooks is None:
        return {"mode": "polling", "reason": f"{vendor.manifest.title} sends no webhooks"}
    if public_url is None:
        return {"mode": "polling", "reason": NO_PUBLIC_URL}
    store = vendor.open(opening)
    try:
        states = await vendor.webhooks.ensure(store, inbound_url(public_url, installation), secret)
    except PermanentError as error:  # the shop answers, and refuses this address
        return {"mode": "polling", "reason": str(error)}
    finally:
        await store.close()
    return listening(states)


def listening(states: Sequence[WebhookState]) -> Json:
    """How changes reach us through webhooks, with the topics that the shop will not tell of and why."""
    refused = {state.topic: state.reason for state in states if state.reason}
    return {"mode": "webhooks", "refused": refused} if refused else {"mode": "webhooks"}


async def note(unit: Unit, installation: UUID, notes: Json) -> Installation:
    """Set keys of ours among the capabilities; None removes one."""
    row = await unit.fetchrow(
        f"""update installation set capabilities = jsonb_strip_nulls(capabilities || $2), updated_at = now()
        where id = $1 returning {COLUMNS}""",  # noqa: S608
        installation,
        msgspec.json.encode(notes),
    )
    assert row is not None  # noqa: S101 (it was there a moment ago, in this organisation)
    return from_row(row)


async def undo(db: Database, vendor: Connector, opening: Opening, installation: Installation, public_url: str | None) -> None:
    """Take back a connection that could not be finished; a shop that was only coming back goes away again, with its data."""
    async with db.org(installation.org) as unit:
        await unit.execute(
            """update installation set status = 'disconnected', disconnected_at = now(), credentials = null
            where id = $1 and capabilities ? $2""",
            installation.id, UNINSTALLED,
        )  # fmt: skip
        await unit.execute("delete from installation where id = $1 and not capabilities ? $2", installation.id, UNINSTALLED)
    if vendor.webhooks is not None and public_url is not None:
        with suppress(ConnectorError):
            store = vendor.open(opening)
            try:
                await vendor.webhooks.remove(store, inbound_url(public_url, installation))
            finally:
                await store.close()
