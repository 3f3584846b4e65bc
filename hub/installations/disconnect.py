"""Letting go of a shop: its webhooks first, then its data, kept or forgotten everywhere."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from hub.budget import Unhurried
from hub.db.engine import Database
from hub.db.unit import Unit
from hub.errors import Conflict, HubError
from hub.installations.connect import inbound_url
from hub.installations.installation import Installation
from hub.installations.listing import get
from hub.installations.opening import opening
from hub.outbox import EventDraft, record
from hub.ports import HttpClient
from hub.registry import Registry

#: Tables that hold a shop's data; their rows go with the installation's own row, whose foreign keys cascade.
OWNED: Final = (
    "record",
    "raw_object",
    "variant_index",
    "run",
    "run_page",
    "resource_state",
    "quarantine",
    "receipt",
    "write_back",
)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a shop. purged: rows removed, by table; left: what could not be removed, in words."""

    installation: UUID
    name: str
    webhooks_removed: int
    purged: Mapping[str, int] = field(default_factory=dict)
    left: tuple[str, ...] = ()


async def disconnect(
    db: Database,
    registry: Registry,
    http: HttpClient,
    *,
    org: UUID,
    installation: UUID,
    purge: bool = False,
    public_url: str | None = None,
) -> Report:
    """Disconnect a shop and free it for anybody. `purge` forgets everything that was ever read from it.

    A shop that is away or refuses us is disconnected all the same; the report says what stays behind in it.
    Raises NotFound; Conflict when it is disconnected already and there is nothing to purge.
    """
    async with db.org(org) as unit:
        known = await get(unit, installation)
    if known.status == "disconnected" and not purge:
        raise Conflict(f"{known.name} is disconnected already:", hint="purge it to remove what was kept.")
    removed, left = await remove_webhooks(db, registry, http, known, public_url)
    async with db.org(org) as unit:
        purged = await forget(unit, known) if purge else {}
        if not purge:
            await close(unit, known)
        told = msgspec.json.encode({"purged": purge})
        await record(unit, [EventDraft("installation.disconnected", "api", installation=known.id, data=told)])
    return Report(known.id, known.name, removed, purged, left)


async def remove_webhooks(
    db: Database, registry: Registry, http: HttpClient, known: Installation, public_url: str | None
) -> tuple[int, tuple[str, ...]]:
    """Take our subscriptions out of the shop, as far as it lets us: how many went, and what could not go."""
    if known.inbound["mode"] != "webhooks" or known.status == "disconnected":
        return 0, ()
    try:
        vendor = registry.get(known.connector)
        if vendor.webhooks is None or public_url is None:
            return 0, (f"Webhooks of {known.url}: LUNEO_PUBLIC_URL is not set, remove them in the shop.",)
        _, open_to = await opening(db, http, Unhurried(), known.org, known.id)
        async with contextlib.AsyncExitStack() as stack:
            store = vendor.open(open_to)
            stack.push_async_callback(store.close)
            return await vendor.webhooks.remove(store, inbound_url(public_url, known)), ()
    except HubError as error:
        return 0, (f"Webhooks of {known.url}: {error} Remove them in the shop.",)


async def close(unit: Unit, known: Installation, keep_jobs: Sequence[str] = ()) -> None:
    """Keep the data, forget the secrets, stop the work, but for jobs of some kinds."""
    await unit.execute(
        """update installation set status = 'disconnected', disconnected_at = now(), updated_at = now(),
        credentials = null, webhook_secret = null where id = $1""",
        known.id,
    )
    # A run that is under way loses its lease here: its next page finds the fence moved.
    await unit.execute(
        "update resource_state set fence = fence + 1, lease_owner = null, lease_until = null where installation = $1", known.id
    )
    await drop_jobs(unit, known.id, keep_jobs)


async def forget(unit: Unit, known: Installation) -> dict[str, int]:
    """Remove the shop from every table. Its events keep their place in the log and lose what they told."""
    purged = {}
    for table in OWNED:
        if table == "run_page":
            counting = "select count(*) from run_page where run in (select id from run where installation = $1)"
        else:
            counting = f"select count(*) from {table} where installation = $1"  # noqa: S608
        purged[table] = int(await unit.fetchval(counting, known.id))
    tag = await unit.execute(
        "update event set data = '{}', vendor_id = null "
        "where installation = $1 and (data::text <> '{}' or vendor_id is not null)",
        known.id,
    )
    purged["event"] = int(tag.split()[-1])
    # Answers that are remembered for repeated requests name the shop too.
    await unit.execute("delete from idempotency where position($1::bytea in body) > 0", str(known.id).encode())
    purged["job"] = await drop_jobs(unit, known.id)
    await unit.execute("delete from installation where id = $1", known.id)
    return purged


async def drop_jobs(unit: Unit, installation: UUID, keep: Sequence[str] = ()) -> int:
    """Remove this shop's jobs, but for some kinds. One that runs at this moment finds the shop closed and ends."""
    tag = await unit.execute(
        """delete from job where kind <> all ($2::text[]) and (payload ->> 'installation' = $1 or (kind = 'write_back'
        and payload ->> 'write_back' in (select id::text from write_back where installation = $1::text::uuid)))""",
        str(installation),
        list(keep),
    )
    return int(tag.split()[-1])
