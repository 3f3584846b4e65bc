"""The catalog compared with what the shop holds: ids, raw objects, nested objects, events."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from hub.catalog.raw import unpack
from hub.testing.laws.outcome import Broken, must, some
from hub.testing.laws.trial import Trial

LIVE = "select vendor_id from record where installation = $1 and kind = $2 and deleted_at is null"
RAW = "select vendor_id, body, encoding from raw_object where installation = $1 and kind = $2"
CHILDREN = """
select w.vendor_id from raw_object w
join record r on r.installation = w.installation and r.kind = $3 and r.vendor_id = w.parent_id and r.deleted_at is null
where w.installation = $1 and w.kind = $2
"""
TWICE = """
select vendor_id, type, count(*) as times from event where installation = $1 and kind = $2 and type like '%.created'
group by 1, 2 having count(*) > 1
"""


async def live(trial: Trial, resource: str) -> set[str]:
    """Ids of the catalog's live records."""
    return {row[0] for row in await trial.fetch(LIVE, trial.installation, trial.resource(resource).kind)}


async def missing(trial: Trial, resource: str) -> set[str]:
    """Ids that the shop has and the catalog lacks."""
    return set(trial.sandbox.ids(resource)) - await live(trial, resource)


async def same(trial: Trial, resource: str, *, gone: Collection[str] = (), lacking: Collection[str] = ()) -> int:
    """Everything agrees; answers how many rows. `gone`: ids that the shop no longer has and the catalog may still have;
    `lacking`: ids that the catalog may lack. Raises Broken with the row."""
    there, here = set(trial.sandbox.ids(resource)), await live(trial, resource)
    lost = there - here - set(lacking)
    must(not lost, f"{resource}: {len(lost)} of {len(there)} rows are missing: {some(lost)}", trial.tape.culprit)
    invented = here - there - set(gone)
    must(not invented, f"{resource}: the catalog has {some(invented)}, the shop has not", trial.tape.culprit)
    await same_raw(trial, resource, there & here)
    await same_children(trial, resource)
    await told_once(trial, resource)
    return len(there & here)


async def same_raw(trial: Trial, resource: str, ids: set[str]) -> None:
    """Each row's raw object says what the shop says now, but for what the shop shuffles."""
    declared = trial.resource(resource)
    volatile = {name.decode() for name in declared.volatile}
    for row in await trial.fetch(RAW, trial.installation, declared.raw_kind):
        if row["vendor_id"] in ids:
            kept = _without(json.loads(unpack(row["body"], row["encoding"])), volatile)
            theirs = _without(trial.sandbox.record(resource, row["vendor_id"]), volatile)
            if kept != theirs:
                raise Broken(f"{resource} {row['vendor_id']}: {difference(kept, theirs)}", trial.tape.culprit)


async def same_children(trial: Trial, resource: str) -> int:
    """Every nested object is there, and no other; answers how many."""
    declared = trial.resource(resource)
    if declared.child_kind is None:
        return 0
    rows = await trial.fetch(CHILDREN, trial.installation, declared.child_kind, declared.kind)
    here, there = {row[0] for row in rows}, set(trial.sandbox.ids(f"{declared.child_kind}s"))
    word = f"{declared.child_kind}s of {resource}"
    must(not there - here, f"{word}: {len(there - here)} of {len(there)} are missing: {some(there - here)}", trial.tape.culprit)
    return len(here)


async def told_once(trial: Trial, resource: str) -> None:
    """Nobody was told twice that a row is new."""
    twice = await trial.fetch(TWICE, trial.installation, trial.resource(resource).kind)
    must(
        not twice,
        f"{resource}: events repeat: " + ", ".join(f"{row['type']} {row['vendor_id']} × {row['times']}" for row in twice[:3]),
    )


def difference(ours: Any, theirs: Any, at: str = "") -> str:
    """The first place at which two values differ, in words; empty when they are equal.

    >>> difference({"a": [1, 2]}, {"a": [1, 3]})
    '/a/1 is 2, in the shop 3'
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in [*ours, *(key for key in theirs if key not in ours)]:
            if found := difference(ours.get(key), theirs.get(key), f"{at}/{key}"):
                return found
        return ""
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return next(
            (found for i, pair in enumerate(zip(ours, theirs, strict=True)) if (found := difference(*pair, f"{at}/{i}"))), ""
        )
    return "" if ours == theirs else f"{at or '/'} is {_short(ours)}, in the shop {_short(theirs)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _without(row: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names}
