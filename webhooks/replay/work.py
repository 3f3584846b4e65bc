"""The job: page after page at the wanted rate, each page, its cursor and its count in one transaction.

A worker that dies leaves the page before as the last one: nothing is skipped and nothing is put into line twice. After a few
seconds the job steps back into the queue, so that a slow replay does not keep a worker's place.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from hub.db.engine import Database
from hub.db.unit import Unit
from hub.errors import NotFound
from hub.queue import Handler, Job, enqueue
from webhooks.card import Card
from webhooks.desk import desk_of
from webhooks.replay import again, missing
from webhooks.replay.span import Looked, Span
from webhooks.replay.verbs import JOB, MOST_ATTEMPTS, Replay, end, get

PAGE: Final = 500
SLICE: Final = 5.0  # seconds at work before others have their turn

log = structlog.get_logger("webhooks.replay")


def worker(db: Database) -> Handler:
    """The handler of `webhooks.replay`."""

    async def work(job: Job) -> None:
        assert job.org is not None  # noqa: S101 (enqueued in an organisation's unit)
        id = UUID(job.payload["replay"])
        try:
            await go_on(db, job.org, id)
        except Exception:
            if job.attempts >= job.max_attempts:
                async with db.org(job.org) as unit:
                    await end(unit, id, "failed", "It was tried too often; the hub's log says more.")
            raise

    return work


async def go_on(db: Database, org: UUID, id: UUID) -> None:
    """Work for a while, or to the end."""
    until = time.monotonic() + SLICE
    while True:
        async with db.org(org) as unit:
            pause = await page(unit, db, id)
            if pause is None:
                return
            if time.monotonic() + pause > until:
                at = datetime.now(UTC) + timedelta(seconds=pause)
                await enqueue(unit, JOB, {"replay": str(id)}, key=str(id), run_at=at, max_attempts=MOST_ATTEMPTS)
                return
        await asyncio.sleep(pause)


async def page(unit: Unit, db: Database, id: UUID) -> float | None:
    """One page. Answers the seconds until the next one, None when there is none."""
    row = await unit.fetchrow("select cursor from replay where org = $1 and id = $2 for update", unit.org, id)
    if row is None:
        return None
    known = await get(unit, id)
    if known.status not in ("queued", "running"):
        return None
    try:
        looked = await _look(unit, db, known, row["cursor"])
    except NotFound:
        await end(unit, id, "cancelled", "The endpoint was deleted.")
        return None
    if looked.put:
        await unit.execute("select pg_notify('luneo_message', '')")
    await unit.execute(
        "update replay set status = 'running', cursor = coalesce($3, cursor), done = done + $4, skipped = skipped + $5, "
        "updated_at = now() where org = $1 and id = $2",
        unit.org, id, looked.last, looked.seen, looked.skipped,
    )  # fmt: skip
    if looked.over:
        reason = "Some payloads were gone." if known.skipped + looked.skipped else None
        await end(unit, id, "done", reason)
        log.info("replayed", replay=str(id), scope=known.scope, looked_at=known.done + looked.seen)
        return None
    return looked.put / known.rate


def size(known: Replay) -> int:
    """How many are put into line by one page: never more than a second's worth."""
    return min(PAGE, known.rate)


async def _look(unit: Unit, db: Database, known: Replay, cursor: UUID | None) -> Looked:
    span = Span.of(known)
    card = await _card(unit, db, known.endpoint)
    if known.total is None:
        total = await (missing if known.scope == "missing" else again).count(unit, span)
        await unit.execute("update replay set total = $3 where org = $1 and id = $2", unit.org, known.id, total)
    after = cursor or span.first
    if known.scope == "missing":
        return await missing.put(unit, span, after, size(known), card)
    return await again.put(unit, span, after, size(known))


async def _card(unit: Unit, db: Database, endpoint: UUID) -> Card:
    """The endpoint as it is now. Raises NotFound when it was deleted."""
    card = (await desk_of(db).book.fresh(unit)).cards.get(endpoint)
    if card is None or card.deleted:
        raise NotFound(f"There is no endpoint {endpoint}.")
    return card
