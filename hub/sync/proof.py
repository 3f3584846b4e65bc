"""The id sweep: asks for nothing but ids, fetches what is missing, and repeats until two looks agree.

It is what proves a listing that moved, came short, or whose totals do not add up. Rows that a store counts but never shows
(a plugin filters them after LIMIT) are accepted when two sweeps show the very same ids and hide the same number.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hub.ports import Listing, Row
from hub.sync.anchor import Anchor
from hub.sync.cursor import Walk
from hub.sync.ids import IdSet
from hub.sync.paging import Pull, Slice, listed

ROUNDS: Final = 6  # sweeps of one proof, before the store is taken to be too restless to prove
CHUNK: Final = 100  # ids in one fetch


@dataclass(slots=True)
class Proof:
    """What the sweeps found. hidden: rows counted but never shown; found: rows that only a sweep brought to light;
    withheld: ids that are listed but never given; trouble: why nothing could be proved, in words, when not `proven`.
    hears: is given every row that a sweep lists, which may have no body."""

    rounds: int = 0
    found: int = 0
    hidden: int = 0
    withheld: int = 0
    total: int | None = None
    ids: IdSet = field(default_factory=IdSet)  # of the last sweep
    proven: bool = False
    trouble: str = ""
    hears: Callable[[Sequence[Row]], Awaitable[None]] | None = None

    def state(self) -> dict[str, Any]:
        """JSON-ready, for the evidence."""
        return {"rounds": self.rounds, "found": self.found, "hidden": self.hidden, "withheld": self.withheld}


async def prove(pull: Pull, seen: IdSet, template: Listing, proof: Proof, *, aligned: bool = False) -> AsyncGenerator[Slice]:
    """Sweep until nothing is missing from `seen`; what was missing comes out as slices and is put into `seen`."""
    before: tuple[IdSet, int] | None = None
    withheld: set[str] = set()
    for nth in range(ROUNDS):
        ids, sweep = await list_ids(pull, template, proof, aligned=aligned, odd=nth % 2 == 1)
        proof.rounds += 1
        proof.ids = ids
        proof.total = sweep.total_last
        proof.hidden = max(0, (sweep.total_last or 0) - len(ids) - sweep.anonymous)
        missing = [id for id in ids if id not in seen]
        if not missing and sweep.smooth and not proof.hidden:
            proof.proven = True
            return
        async for part in fetch_all(pull, missing):
            proof.found += sum(map(seen.add, part.ids))
            yield part
        absent = {id for id in missing if id not in seen}
        # gone since the sweep, or never given? only what two sweeps in a row list and do not give is withheld
        proof.withheld, withheld = len(absent & withheld), absent
        if not missing and before == (ids, proof.hidden):
            proof.proven = sweep.sound
            proof.trouble = "" if sweep.sound else "cut_short"
            return
        before = (ids, proof.hidden)
    proof.trouble = "withheld" if proof.withheld else "restless" if sweep.sound else "cut_short"


async def list_ids(
    pull: Pull, template: Listing, proof: Proof, *, aligned: bool = False, odd: bool = False
) -> tuple[IdSet, Anchor | Walk]:
    """All ids of a listing, paged like any other; how it went is told by the cursor."""
    ids, wanted = IdSet(), replace(template, order="id", ids_only=True)
    by_cursor = pull.resource.paging == "cursor"
    sweep = Walk(ids, wanted, odd=odd) if by_cursor else Anchor(ids, wanted, aligned=aligned, odd=odd)
    async with aclosing(listed(replace(pull, nested=False), sweep)) as parts:
        async for part in parts:
            if proof.hears is not None:
                await proof.hears(part.rows)
    return ids, sweep


async def fetch_all(pull: Pull, ids: list[str]) -> AsyncGenerator[Slice]:
    """The rows of these ids with their nested objects; ids that the store no longer has are absent."""
    for start in range(0, len(ids), CHUNK):
        page = await pull.fetch(ids[start : start + CHUNK])
        if page.rows or page.bad:
            rows = list(page.rows)
            yield Slice(rows, list(page.bad), page.at, await pull.drain(rows))
