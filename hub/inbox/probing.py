"""Asking a shop once more what it is and what we may: after its merchant granted or took permissions.

What could not be seen before and can now is read: a resource that was shown only in part is read whole.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import structlog

from hub.budget import Unhurried
from hub.errors import PermanentError
from hub.installations.connect import note
from hub.installations.installation import settings_json
from hub.installations.listing import get
from hub.installations.opening import opening
from hub.installations.reconnect import mark_reconnect
from hub.ports import Connector, Opening, Probe, Sight
from hub.queue import Job, enqueue
from hub.sync.engine import Engine

log = structlog.get_logger("hub.inbox")


async def probe_again(engine: Engine, job: Job) -> None:
    """Probe one shop and note what it says. Raises RetryableError when it is away, ReauthorizationError when it refuses us."""
    assert job.org is not None  # noqa: S101 (shops belong to organisations)
    org, id = job.org, UUID(job.payload["installation"])
    async with engine.db.org(org) as unit:
        if (await get(unit, id)).status != "active":
            return
    known, open_to = await opening(engine.db, engine.http, Unhurried(), org, id)
    vendor = engine.registry.get(known.connector)
    try:
        probe = await vendor.probe(open_to)
    except PermanentError as error:  # a permission that we cannot do without
        await mark_reconnect(engine.db, org, id, str(error))
        return
    wider = await _widened(vendor, open_to, probe)
    async with engine.db.org(org) as unit:
        await unit.execute("update installation set settings = $2 where id = $1", id, settings_json(probe.settings))
        await note(unit, id, dict(probe.capabilities))
        for name in wider:
            asked = {"installation": str(id), "resource": name, "mode": "backfill", "cause": "scopes"}
            await enqueue(unit, "sync.run", asked, key=f"{id}:{name}")
    log.info("probed", installation=str(id), read_again=wider)


async def _widened(vendor: Connector, before: Opening, probe: Probe) -> list[str]:
    """Names of the resources of which we may see more than we could."""
    now = replace(before, capabilities={**before.capabilities, **probe.capabilities})
    old, new = vendor.open(before), vendor.open(now)
    try:
        return [one.name for one in vendor.resources if sees_more(old.sight(one), new.sight(one))]
    finally:
        await old.close()
        await new.close()


def sees_more(before: Sight | None, after: Sight | None) -> bool:
    """Whether something comes into sight: older rows, or fields that came empty.

    >>> sees_more(Sight("", fields=("/email",)), None), sees_more(None, None), sees_more(None, Sight("", fields=("/email",)))
    (True, False, False)
    """
    if before is None:
        return False
    if after is None:
        return True
    older = before.since is not None and (after.since is None or after.since < before.since)
    return older or not set(before.fields) <= set(after.fields)
