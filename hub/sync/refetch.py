"""Bringing single rows up to date, as webhooks ask: fetched by id with their children, written in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from hub.catalog.known import mark_dirty
from hub.catalog.tombstone import held_of, tombstone
from hub.sync.counts import Counts
from hub.sync.echo import note_echoes, settled
from hub.sync.engine import Engine, Shop
from hub.sync.page import Target, work
from hub.sync.paging import Pull, Slice
from hub.sync.proof import CHUNK, fetch_all


@dataclass(slots=True)
class Refetched:
    """What became of the ids. absent: not in the shop and left for the next sweep; echoes: our own writes coming back."""

    counts: Counts = field(default_factory=Counts)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    echoes: list[str] = field(default_factory=list)


async def refetch(
    engine: Engine,
    org: UUID,
    installation: UUID,
    resource: str,
    ids: Sequence[str],
    cause: str = "webhook",
    *,
    deleted: bool = False,
) -> Refetched:
    """Bring these rows up to date. No lease is needed, for older answers never overwrite newer ones.

    ids: of rows, or of objects that stand inside rows (a stock item, a variant): the store answers the rows that they are in.
    deleted: the shop says that they are gone: those that it really no longer gives are tombstoned, if they are records.
    Without it an absent row is left for the sweep. Raises NotFound, Conflict, and what the store raises (GaveUp after our own
    tries).
    """
    done = Refetched()
    unique = list(dict.fromkeys(ids))
    async with engine.shop(org, installation) as shop:
        for start in range(0, len(unique), CHUNK):
            await _some(engine, shop, resource, unique[start : start + CHUNK], cause, deleted, done)
    return done


async def _some(engine: Engine, shop: Shop, resource: str, ids: list[str], cause: str, deleted: bool, done: Refetched) -> None:
    wanted = shop.resource(resource)
    pull = Pull(shop.store, wanted, engine.asker(shop.connector))
    target = Target(shop.org, shop.id, wanted, shop.settings, cause, shop.api_version, store=shop.store)
    await settled(engine.db, shop.org, shop.id, wanted.kind, ids)
    parts = [part async for part in fetch_all(pull, ids)]
    owners = _given(parts) - set(ids)
    if owners and await settled(engine.db, shop.org, shop.id, wanted.kind, sorted(owners)):
        parts = [part async for part in fetch_all(pull, sorted(_given(parts)))]
    found = _given(parts)
    absent = [id for id in ids if id not in found]
    async with engine.db.org(shop.org) as unit:
        outcome = await work(unit, target, parts)
        if outcome.stale:  # something newer is kept: the next run asks once more
            await mark_dirty(unit, shop.id, wanted.kind, outcome.stale)
        done.echoes += await note_echoes(unit, shop.id, wanted.kind, sorted(found))
        if owners:  # which id brought which row is the store's secret: of those asked only records can be missing
            absent = await held_of(unit, shop.id, wanted.kind, absent)
        if absent and deleted:
            done.deleted += await tombstone(unit, shop.id, wanted.kind, absent, cause)
        else:
            done.absent += absent
    done.counts.add(outcome.counts)
    done.changed += outcome.changed


def _given(parts: Sequence[Slice]) -> set[str]:
    return {id for part in parts for id in part.ids}
