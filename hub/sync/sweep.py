"""The sweep: all ids of the shop against all ids of the catalog. The only thing that may tombstone on its own.

It begins at row one, every time, and must be proved; each candidate must be absent once more when asked for by id; and when
more than 2 % or more than 100 records would vanish nothing is deleted until somebody confirms.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.catalog.tombstone import live_ids, tombstone
from hub.db.unit import Unit
from hub.errors import Conflict
from hub.ports import Listing
from hub.sync.ids import IdSet
from hub.sync.loose import ask_twice
from hub.sync.outdated import Outdated
from hub.sync.paging import Slice
from hub.sync.proof import CHUNK, Proof, fetch_all, prove
from hub.sync.session import Session
from hub.sync.sight import sight_of, visible

MOST: Final = 100
SHARE: Final = 0.02
BLOCK: Final = 5_000  # ids of the catalog read at once


def braked(gone: int, live: int) -> bool:
    """Whether so many deletions wait for confirmation. A single record is never a mass, however small the shop.

    >>> braked(1, 10), braked(2, 10), braked(40, 2000), braked(41, 2000), braked(101, 1_000_000)
    (False, True, False, True, True)
    """
    return gone > 1 and (gone > MOST or gone > live * SHARE)


async def sweep(session: Session) -> None:
    """Compare, fetch what the catalog lacks or has in an older version, bury what the shop lacks. What was found goes into the
    session's evidence."""
    held = await _catalog_ids(session)
    live = len(held)
    outdated = Outdated(session)
    proof = Proof(hears=outdated.hear)
    await session.take_all(_noted(session, prove(session.pull, IdSet(held), Listing(), proof)))
    if changed := await outdated.all():
        await session.take_all(fetch_all(session.pull, changed))
    if session.stale:
        await ask_twice(session)
    session.extra |= {
        "reading": "sweep", "proven": proof.proven, "store_total": proof.total, "distinct": len(proof.ids),
        "rows_seen": len(proof.ids), "sweeps": proof.rounds, "found_by_sweep": proof.found, "withheld": proof.withheld,
        "live": live, "hidden_by_store": proof.hidden if proof.proven else 0, "terminal": "total reached", "deleted": 0,
    }  # fmt: skip
    if proof.trouble:
        session.extra["trouble"] = proof.trouble
    if not proof.proven:
        return
    gone = await _gone(session, [id for id in held if id not in proof.ids])
    # Rows that the shop counts and hides look exactly like deleted ones: a person must say which they are.
    if gone and (proof.hidden or braked(len(gone), live)):
        session.extra["tombstones_held"] = len(gone)
        await _hold(session, gone, live)
        return
    session.extra["deleted"] = await bury(session, gone)
    await _hold(session, None, live)


def repaired(session: Session) -> dict[str, Any]:
    """For the evidence: what webhooks and runs had missed and is right again."""
    found = {"created": session.counts.inserted, "updated": session.counts.updated, "deleted": session.extra.get("deleted", 0)}
    return {"repaired": found, "missed": sum(found.values())}


async def _gone(session: Session, absent: list[str]) -> list[str]:
    """Of the records that the shop does not list those that it would: what it does not show to us is not gone."""
    sight, kind, found = sight_of(session.pull.store, session.target.resource), session.target.resource.kind, list[str]()
    for start in range(0, len(absent), BLOCK):
        async with session.engine.db.org(session.shop.org) as unit:
            found += await visible(unit, session.shop.id, kind, absent[start : start + BLOCK], sight)
    if invisible := len(absent) - len(found):
        session.extra["invisible"] = invisible
    return found


async def bury(session: Session, candidates: list[str]) -> int:
    """Ask for each candidate by id; those that are absent get their tombstone. Answers how many did."""
    buried = 0
    for start in range(0, len(candidates), CHUNK):
        ids = candidates[start : start + CHUNK]
        found: set[str] = set()
        async for part in fetch_all(session.pull, ids):
            found.update(part.ids)
            await session.commit([part])
        async with session.engine.db.org(session.shop.org) as unit:
            await session.lease.hold(unit)
            absent = [id for id in ids if id not in found]
            buried += len(await tombstone(unit, session.shop.id, session.target.resource.kind, absent, session.target.cause))
    return buried


async def _catalog_ids(session: Session) -> IdSet:
    held, after = IdSet(), ""
    while True:
        async with session.engine.db.org(session.shop.org) as unit:
            ids = await live_ids(unit, session.shop.id, session.target.resource.kind, after, BLOCK)
        for id in ids:
            held.add(id)
        if len(ids) < BLOCK:
            return held
        after = ids[-1]


async def _noted(session: Session, parts: AsyncGenerator[Slice]) -> AsyncGenerator[Slice]:
    async for part in parts:
        yield part
        session.tell()


async def _hold(session: Session, gone: list[str] | None, live: int) -> None:
    """Keep the candidates for a person to confirm; None when there are none any more."""
    kept = None if gone is None else msgspec.json.encode({"run": session.run.id, "ids": gone, "live": live})
    async with session.engine.db.org(session.shop.org) as unit:
        await session.lease.hold(unit)
        await unit.execute(
            "update resource_state set tombstones_held = $3, "
            "full_scan_at = case when $3::jsonb is null then now() else full_scan_at end "
            "where installation = $1 and resource = $2",
            session.shop.id, session.target.resource.name, kept,
        )  # fmt: skip


async def held_tombstones(unit: Unit, installation: UUID, resource: str) -> dict[str, Any]:
    """The deletions that wait for confirmation: {"run", "ids", "live"}. Raises Conflict when there are none."""
    kept = await unit.fetchval(
        "select tombstones_held from resource_state where installation = $1 and resource = $2", installation, resource
    )
    if kept is None:
        raise Conflict(f"No deletions of {resource} wait for confirmation.")
    held: dict[str, Any] = msgspec.json.decode(kept)
    return held


async def all_held(unit: Unit) -> list[tuple[UUID, str, list[str]]]:
    """Every held-back deletion of the organisation: (installation, resource, vendor ids)."""
    rows = await unit.fetch(
        "select installation, resource, tombstones_held from resource_state where tombstones_held is not null order by 1, 2"
    )
    return [(row[0], row[1], msgspec.json.decode(row[2])["ids"]) for row in rows]


async def release_tombstones(unit: Unit, installation: UUID, resource: str) -> None:
    """Nothing waits for confirmation any more."""
    await unit.execute(
        "update resource_state set tombstones_held = null where installation = $1 and resource = $2", installation, resource
    )
