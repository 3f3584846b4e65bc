"""Deletions that a sweep held back: a person confirms or drops them."""

from __future__ import annotations

from uuid import UUID

from hub.catalog.tombstone import tombstone
from hub.sync.engine import Engine
from hub.sync.page import Target, work
from hub.sync.paging import Pull
from hub.sync.proof import CHUNK, fetch_all
from hub.sync.sight import sight_of, visible
from hub.sync.standin import leased
from hub.sync.sweep import held_tombstones, release_tombstones


async def confirm_tombstones(engine: Engine, org: UUID, installation: UUID, resource: str) -> int:
    """Bury the candidates that are still absent when asked for by id; answers how many. Raises Conflict when none are held."""
    async with engine.shop(org, installation) as shop, leased(engine, org, installation, resource) as lease:
        async with engine.db.org(org) as unit:
            held = await held_tombstones(unit, installation, resource)
        wanted = shop.resource(resource)
        pull = Pull(shop.store, wanted, engine.asker(shop.connector))
        target = Target(org, installation, wanted, shop.settings, "sweep", shop.api_version, store=shop.store)
        buried = 0
        for start in range(0, len(held["ids"]), CHUNK):
            ids = held["ids"][start : start + CHUNK]
            parts = [part async for part in fetch_all(pull, ids)]
            found = {id for part in parts for id in part.ids}
            async with engine.db.org(org) as unit:
                await lease.hold(unit)
                await work(unit, target, parts)
                absent = [id for id in ids if id not in found]
                absent = await visible(unit, installation, wanted.kind, absent, sight_of(shop.store, wanted))
                buried += len(await tombstone(unit, installation, wanted.kind, absent, "sweep"))
        async with engine.db.org(org) as unit:
            await lease.hold(unit)
            await release_tombstones(unit, installation, resource)
        return buried


async def discard_tombstones(engine: Engine, org: UUID, installation: UUID, resource: str) -> int:
    """Forget the candidates: the next sweep will look anew. Answers how many there were. Raises Conflict when none are held."""
    async with engine.db.org(org) as unit:
        held = await held_tombstones(unit, installation, resource)
        await release_tombstones(unit, installation, resource)
    return len(held["ids"])
