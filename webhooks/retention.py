"""Retention: payloads leave after 30 days, what was answered after 7, rows that have come to an end after 90.

A job of the house's own, hourly, for all organisations: small transactions one after the other, each of which goes on where
the one before it stopped. Messages that have not come to an end are never removed but with their endpoint; one whose payload's
time is over expires.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from hub.db.engine import Database
from hub.db.unit import Unit
from hub.queue import Handler, Job
from webhooks.log.bounds import floor_of
from webhooks.log.payloads import EXPUNGED
from webhooks.settings import WebhookSettings, get_webhook_settings
from webhooks.states import WAITING

JOB: Final = "webhooks.retention"
EVERY: Final = timedelta(hours=1)
BATCH: Final = 5000
#: What was on its way when its endpoint was deleted has come to its end; receivers no longer remember a key that is over.
SETTLED: Final = timedelta(minutes=10)

EXPIRE: Final = f"""
update message m set state = 4, ended_at = now() from (
    select endpoint, event from message where {WAITING} and event < $1 limit $2 for update skip locked
) old where m.endpoint = old.endpoint and m.event = old.event and m.state = 0
"""  # noqa: S608
PAYLOADS: Final = "delete from payload where event in (select event from payload where event < $1 order by event limit $2)"
BODIES: Final = """
update attempt a set headers = null, body = null from (
    select endpoint, event, at from attempt where at < $1 and (headers is not null or body is not null) order by at limit $2
) old where a.endpoint = old.endpoint and a.event = old.event and a.at = old.at
"""
#: One endpoint after the other: the oldest messages of each stand at the beginning of its part of the index.
ROWS: Final = """
with gone as materialized (
    select m.endpoint, m.event from endpoint e cross join lateral (
        select endpoint, event from message
        where endpoint = e.id and event < $1 and state >= 2 and ended_at < $3 order by event limit $2
    ) m limit $2
), attempts as (
    delete from attempt a using gone where a.endpoint = gone.endpoint and a.event = gone.event
)
delete from message m using gone where m.endpoint = gone.endpoint and m.event = gone.event and m.state >= 2
"""
REPLAYS: Final = "delete from replay where id in (select id from replay where finished_at < $1 limit $2)"
#: Of endpoints that were deleted everything goes: nobody can look at it any more.
DELETED: Final = """
with gone as materialized (
    select m.endpoint, m.event from endpoint e cross join lateral (
        select endpoint, event from message where endpoint = e.id order by event limit $2
    ) m where e.deleted_at < $1 limit $2
), attempts as (
    delete from attempt a using gone where a.endpoint = gone.endpoint and a.event = gone.event
)
delete from message m using gone where m.endpoint = gone.endpoint and m.event = gone.event
"""
ENDPOINTS: Final = """
delete from endpoint e where e.id in (
    select d.id from endpoint d where d.deleted_at < $1 and not exists (select from message m where m.endpoint = d.id) limit $2
)
"""
APPLICATIONS: Final = """
delete from application where id in (
    select a.id from application a where a.deleted_at < $1 and not exists (select from endpoint e where e.application = a.id)
    limit $2
)
"""
PASSES: Final = "delete from portal_pass where digest in (select digest from portal_pass where expires_at <= $1 limit $2)"
KEYS: Final = "delete from signing_key where id in (select id from signing_key where expires_at <= $1 limit $2)"
SECRETS: Final = "delete from endpoint_secret where id in (select id from endpoint_secret where expires_at <= $1 limit $2)"

log = structlog.get_logger("webhooks.retention")


def worker(db: Database) -> Handler:
    """The handler of `webhooks.retention`."""

    async def work(_: Job) -> None:
        await retain(db, get_webhook_settings())

    return work


async def retain(db: Database, settings: WebhookSettings) -> dict[str, int]:
    """Let go of everything whose time is over. Answers how many rows, by what they were."""
    async with db.system() as unit:
        now: datetime = await unit.fetchval("select now()")
    payloads, bodies, rows = (
        now - timedelta(days=days) for days in (settings.payload_days, settings.body_days, settings.row_days)
    )

    def sql(text: str, *args: object) -> Callable[[Unit], Awaitable[int]]:
        async def run(unit: Unit) -> int:
            return int((await unit.execute(text, args[0], BATCH, *args[1:])).split()[-1])

        return run

    told = {
        "expired": await _all(db, sql(EXPIRE, floor_of(payloads))),
        "payloads": await _all(db, sql(PAYLOADS, floor_of(payloads))),
        "events": await _all(db, lambda unit: _events(unit, floor_of(payloads))),
        "bodies": await _all(db, sql(BODIES, bodies)),
        "messages": await _all(db, sql(ROWS, floor_of(rows), rows)),
        "replays": await _all(db, sql(REPLAYS, rows)),
        "deleted": await _all(db, sql(DELETED, now - SETTLED)),
        "endpoints": await _all(db, sql(ENDPOINTS, now - SETTLED)),
        "applications": await _all(db, sql(APPLICATIONS, now - SETTLED)),
        "secrets": await _all(db, sql(SECRETS, now)),
        "keys": await _all(db, sql(KEYS, now - SETTLED)),
        "passes": await _all(db, sql(PASSES, now)),
    }
    if any(told.values()):
        log.info("retained", **told)
    return told


async def _all(db: Database, act: Callable[[Unit], Awaitable[int]]) -> int:
    """Run it until a batch is not full."""
    total, last = 0, BATCH
    while last >= BATCH:
        async with db.system() as unit:
            last = await act(unit)
        total += last
    return total


async def _events(unit: Unit, before: UUID) -> int:
    """What the API published, emptied in the log. Answers how many events were looked at."""
    mark = await unit.fetchval("select upto from retention_mark where name = 'events' for update") or UUID(int=0)
    rows = await unit.fetch(
        "select id, audience is not null and data::text <> $4 as full from event where id > $1 and id < $2 order by id limit $3",
        mark, before, BATCH, EXPUNGED,
    )  # fmt: skip
    if rows:
        await unit.execute(
            "update event set data = $2::json where id = any ($1::uuid[])", [row["id"] for row in rows if row["full"]], EXPUNGED
        )
        await unit.execute(
            "insert into retention_mark (name, upto) values ('events', $1) on conflict (name) do update set upto = excluded.upto",
            rows[-1]["id"],
        )
    return len(rows)
