"""The schedules: which job is due for which shop, written as a job row whose id is made from shop and time slot.

Any number of workers may plan at once: the second to write a slot's row finds it there. A slot that nobody was awake for
is not made up for; the current one is begun at once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from hub.db.engine import Database
from hub.errors import DatabaseUnreachable
from hub.ports import Connector, KeepsAlive, Plugin

log = structlog.get_logger()

TICK = 20.0  # seconds between two looks
SPACE = UUID("6a2f6e0c-3b1d-5f0e-9a55-1c6c756e656f")  # of the ids of scheduled jobs

NOTHING: Final[Mapping[str, timedelta]] = MappingProxyType({})
INCREMENTAL = timedelta(minutes=5)
FULL_SCAN = timedelta(hours=1)  # resources that cannot be listed by modification time
WATCHDOG = timedelta(hours=1)
KEEP_ALIVE = timedelta(days=1)
NIGHT_BEGINS = timedelta(hours=1)  # after midnight at the shop
NIGHT_LASTS = timedelta(hours=4)  # sweeps are spread over this long


@dataclass(frozen=True, slots=True)
class Shop:
    """What planning needs to know of an installation."""

    org: UUID
    id: UUID
    connector: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """One job that should exist now. `slot` names its time: the same slot, the same job."""

    shop: Shop
    kind: str
    payload: Mapping[str, Any]
    slot: str
    key: str | None = None  # as whoever else asks for the same sync spells it

    @property
    def id(self) -> UUID:
        """The id of the job row."""
        return uuid5(SPACE, f"{self.shop.id}/{self.slot}")


#: Jobs that belong to no organisation, and how often each is due.
Chores = Mapping[str, timedelta]


def chores_of(plugins: Iterable[Plugin]) -> Chores:
    """What the plugins want done by the clock."""
    return {kind: every for plugin in plugins for kind, every in plugin.housekeeping().items()}


async def keep_planning(db: Database, connectors: Sequence[Connector], chores: Chores = NOTHING) -> None:
    """Plan every few seconds until cancelled; a database that is away is waited for."""
    known = {connector.manifest.name: connector for connector in connectors}
    while True:
        try:
            now = datetime.now(UTC)
            await plan(db, known, now)
            await plan_chores(db, chores, now)
        except (DatabaseUnreachable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.error("schedules.unreachable", error=str(error))
        await asyncio.sleep(TICK)


async def plan(db: Database, connectors: Mapping[str, Connector], now: datetime) -> int:
    """Write the jobs that are due at `now` and not written yet; answers how many were."""
    async with db.system() as unit:
        rows = await unit.fetch(
            "select org, id, connector, settings ->> 'timezone' as zone from installation where status = 'active'"
        )
        shops = [Shop(**row) for row in rows]
        jobs = [job for shop in shops if shop.connector in connectors for job in due(shop, connectors[shop.connector], now)]
        if not jobs:
            return 0
        tag = await unit.execute(
            # Two conflicts are nothing to do: this slot is planned, or the same sync is waiting or running for another reason.
            "insert into job (id, org, kind, payload, key) "
            "select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[]) on conflict do nothing",
            [job.id for job in jobs],
            [job.shop.org for job in jobs],
            [job.kind for job in jobs],
            [json.dumps(job.payload) for job in jobs],
            [job.key for job in jobs],
        )
    return int(tag.split()[-1])


async def plan_chores(db: Database, chores: Chores, now: datetime) -> int:
    """Write the jobs of the house's own that are due at `now` and not written yet; answers how many were."""
    if not chores:
        return 0
    slots = [f"{kind}/{int(now.timestamp() // every.total_seconds())}" for kind, every in chores.items()]
    async with db.system() as unit:
        tag = await unit.execute(
            "insert into job (id, kind, key) select id, kind, kind from unnest($1::uuid[], $2::text[]) as d(id, kind) "
            "on conflict do nothing",
            [uuid5(SPACE, slot) for slot in slots],
            list(chores),
        )
    return int(tag.split()[-1])


def due(shop: Shop, connector: Connector, now: datetime) -> Iterator[Due]:
    """The jobs of one shop's current slots."""
    for resource in connector.resources:
        every = INCREMENTAL if resource.incremental else FULL_SCAN
        yield sync(shop, resource.name, "incremental", f"incremental/{resource.name}/{slot(shop.id, every, now)}")
        if (night := sweep_night(shop, now)) is not None:
            yield sync(shop, resource.name, "sweep", f"sweep/{resource.name}/{night}")
    payload = {"installation": str(shop.id)}
    if connector.webhooks is not None:
        yield Due(shop, "inbox.watchdog", payload, f"watchdog/{slot(shop.id, WATCHDOG, now)}")
    if isinstance(connector, KeepsAlive):
        yield Due(shop, "installation.keep_alive", payload, f"keep_alive/{slot(shop.id, KEEP_ALIVE, now)}")


def sync(shop: Shop, resource: str, mode: str, name: str) -> Due:
    """A sync job."""
    asked = {"installation": str(shop.id), "resource": resource, "mode": mode, "cause": "schedule"}
    return Due(shop, "sync.run", asked, name, f"{shop.id}:{resource}")


def jitter(shop: UUID, span: timedelta) -> timedelta:
    """A shop's own place in a span, always the same, so that all shops are not asked in the same second."""
    return span * (shop.int % 10_007 / 10_007)


def slot(shop: UUID, every: timedelta, now: datetime) -> int:
    """The number of the current slot."""
    return int((now.timestamp() + jitter(shop, every).total_seconds()) // every.total_seconds())


def sweep_night(shop: Shop, now: datetime) -> str | None:
    """The date of the night whose sweep is due at the shop, or None by day and before the shop's own minute."""
    local = now.astimezone(zone_of(shop.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = midnight + NIGHT_BEGINS + jitter(shop.id, NIGHT_LASTS)
    ends = midnight + NIGHT_BEGINS + NIGHT_LASTS + timedelta(hours=1)
    return local.date().isoformat() if begins <= local < ends else None


def zone_of(name: str | None) -> ZoneInfo:
    """The shop's time zone; UTC when it is unknown or not one."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
