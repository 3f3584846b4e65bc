"""Syncing one resource of one shop: take the lease or join whoever holds it, read with proof, end with a verdict."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final, Literal
from uuid import UUID

from hub.errors import ConnectorError, LeaseLost, ReauthorizationError
from hub.queue import new_owner
from hub.sync import lease as leases
from hub.sync import watermark as watermarks
from hub.sync.attach import attach
from hub.sync.checkpoint import Run, begin, seen_ids
from hub.sync.counts import Counts
from hub.sync.ending import close, failed
from hub.sync.engine import Engine, Shop
from hub.sync.lease import Lease
from hub.sync.loose import tie_up
from hub.sync.outcome import RunResult
from hub.sync.page import Target
from hub.sync.paging import Pull
from hub.sync.reading import Reading, read_changes, read_whole
from hub.sync.retry import GaveUp
from hub.sync.session import Progress, Session
from hub.sync.spared import sparing
from hub.sync.sweep import repaired, sweep
from hub.sync.watermark import Watermark

Mode = Literal["backfill", "incremental", "sweep"]

#: Why events of a run happened.
CAUSES: Final[dict[str, str]] = {"backfill": "backfill", "incremental": "sync", "sweep": "sweep"}


async def sync(
    engine: Engine,
    org: UUID,
    installation: UUID,
    resource: str,
    mode: Mode = "incremental",
    cause: str = "api",
    progress: Progress | None = None,
) -> RunResult:
    """Sync one resource; answers the verdict. A twin that is under way already is joined, not doubled.

    A resource that was never read to the end is read whole, whatever the mode but sweep. `cause` says who asked. `progress` is
    called with the resource's name, the rows so far and the rows in all where the store counts them.
    Raises NotFound, Conflict and ReauthorizationError when there is nothing to read from, LeaseLost when another worker took
    over; anything that the store does wrong ends in a verdict.
    """
    async with engine.shop(org, installation) as shop:
        shop.resource(resource)
        while True:
            async with engine.db.org(org) as unit:
                lease = await leases.take(unit, installation, resource, new_owner(), engine.lease_seconds)
            if lease is not None:
                break
            joined = await attach(engine, org, installation, resource, mode, progress)
            if joined is not None:
                return joined
        return await _hold(engine, shop, resource, mode, cause, lease, progress)


async def _hold(
    engine: Engine, shop: Shop, resource: str, mode: Mode, cause: str, lease: Lease, progress: Progress | None
) -> RunResult:
    try:
        async with leases.kept(engine.db, shop.org, lease):
            session, mark = await _begin(engine, shop, resource, mode, cause, lease, progress)
            return await _judge(session, mark)
    except LeaseLost:
        raise
    except BaseException:
        # Whatever stops us, the next one need not wait for the lease to run out. The run stays open and is taken up there.
        with suppress(Exception):
            await asyncio.shield(_give_back(engine, shop, lease))
        raise


async def _give_back(engine: Engine, shop: Shop, lease: Lease) -> None:
    async with engine.db.org(shop.org) as unit:
        await lease.give_back(unit)


async def _begin(
    engine: Engine, shop: Shop, name: str, wanted: Mode, cause: str, lease: Lease, progress: Progress | None
) -> tuple[Session, Watermark | None]:
    resource = shop.resource(name)
    async with engine.db.org(shop.org) as unit:
        await lease.hold(unit)
        mark = await watermarks.load(unit, shop.id, name)
        since = None if mark is None else mark.modified
        # nothing to continue from: the first reading is a whole one
        mode = "backfill" if wanted == "incremental" and (mark is None or (resource.incremental and since is None)) else wanted
        run = await begin(unit, shop.id, name, mode, cause)
    spared = sparing(engine.db, shop.org, shop.id, resource)
    pull = Pull(shop.store, resource, engine.asker(shop.connector), spared=spared)
    target = Target(shop.org, shop.id, resource, shop.settings, CAUSES[mode], shop.api_version, run.id, shop.store)
    session = Session(engine, shop, lease, target, pull, run, progress)
    if mode != "sweep":
        changes = mode == "incremental" and resource.incremental and since is not None
        session.reading = read_changes(pull, since) if changes and since is not None else read_whole(pull)
        await _resume(engine, session, session.reading, run)
    return session, mark


async def _resume(engine: Engine, session: Session, reading: Reading, run: Run) -> None:
    """Go on where an earlier run stopped, if it was reading in the same way."""
    kept: dict[str, Any] | None = (run.cursor or {}).get("reading")
    if kept is None or not reading.continues(kept):
        return
    async with engine.db.org(session.shop.org) as unit:
        await seen_ids(unit, run, reading.seen)
    reading.restore(kept)
    session.counts = Counts(**(run.cursor or {})["counts"])
    session.extra["resumed"] = len(run.earlier) + 1


async def _judge(session: Session, mark: Watermark | None) -> RunResult:
    """Read, and turn whatever happens into evidence."""
    try:
        if session.reading is None:
            await sweep(session)
            if mark is not None:  # what was never read was not missed
                session.extra |= repaired(session)
        else:
            await session.take_all(session.reading.slices())
            mark = await tie_up(session, mark)
        trouble: dict[str, Any] = {}
    except GaveUp as error:
        trouble = {"trouble": "gave_up", "message": str(error), "tries": error.tries}
    except ReauthorizationError as error:
        from hub.installations.reconnect import mark_reconnect

        await mark_reconnect(session.engine.db, session.shop.org, session.shop.id, str(error))
        trouble = {"trouble": "refused", "message": str(error)}
    except LeaseLost:
        raise
    except ConnectorError as error:
        trouble = {"trouble": "failed", "message": str(error)}
    except Exception as error:
        with suppress(Exception):  # the error itself is what must be seen
            await failed(session, error)
        raise
    session.extra |= trouble
    return await close(session, mark)
