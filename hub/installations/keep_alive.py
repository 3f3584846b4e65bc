"""Once a day for every shop: credentials that die when nobody uses them are used, so that a quiet shop stays connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from hub.budget import Unhurried
from hub.errors import Conflict, NotFound, ReauthorizationError
from hub.installations.listing import get
from hub.installations.opening import opening
from hub.installations.reconnect import mark_reconnect
from hub.ports import HttpClient, KeepsAlive
from hub.queue import Handlers, Job

if TYPE_CHECKING:
    from hub.db.engine import Database
    from hub.registry import Registry

JOB: Final = "installation.keep_alive"


def handlers(db: Database, registry: Registry, http: HttpClient) -> Handlers:
    """What a worker runs: installation.keep_alive {"installation"}."""

    async def work(job: Job) -> None:
        assert job.org is not None  # noqa: S101 (shops belong to organisations)
        await keep_alive(db, registry, http, job.org, UUID(job.payload["installation"]))

    return {JOB: work}


async def keep_alive(db: Database, registry: Registry, http: HttpClient, org: UUID, installation: UUID) -> bool:
    """Whether the shop's credentials were renewed. A shop that is gone, closed, or must be connected again is left alone.

    Raises RetryableError when the shop is away, PermanentError when its answer is not what it should be.
    """
    try:
        async with db.org(org) as unit:
            vendor = registry.get((await get(unit, installation)).connector)
        if not isinstance(vendor, KeepsAlive):
            return False
        _, open_to = await opening(db, http, Unhurried(), org, installation)
        return await vendor.keep_alive(open_to)
    except ReauthorizationError as error:
        await mark_reconnect(db, org, installation, str(error))
        return False
    except (NotFound, Conflict):
        return False
