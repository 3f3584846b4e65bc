"""One reading of a resource, whole or since a time: the listing, then whatever proof it needs. Knows no database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.ports import Listing
from hub.sync.anchor import Anchor
from hub.sync.ids import IdSet
from hub.sync.keyset import Keyset, parse
from hub.sync.paging import Pull, Slice, slices
from hub.sync.proof import Proof, prove


def utc_now() -> datetime:
    """Our own clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Reading:
    """Reads a resource once, with proof. `seen`: the ids that came; a checkpoint is `state()` and these ids."""

    pull: Pull
    cursor: Anchor | Keyset
    seen: IdSet
    phase: str = "listing"
    proof: Proof = field(default_factory=Proof)
    newest: datetime | None = None  # greatest modification time that is not in the store's future

    async def slices(self) -> AsyncGenerator[Slice]:
        """Every row that the reading brings, in slices. Ends proved, or with `trouble` in words."""
        if self.phase == "listing":
            while not self.cursor.done:
                async with aclosing(slices(self.pull, self.cursor)) as parts:
                    async for part in parts:
                        self._note(part)
                        yield part
                if isinstance(self.cursor, Keyset) and self.cursor.unbounded:
                    self.seen = IdSet()  # the store cannot say what changed: everything is read
                    self.cursor = Anchor(self.seen)
            self.phase = "proof"
        if not self.smooth:
            async with aclosing(prove(self.pull, self.seen, self._template(), self.proof, aligned=self.aligned)) as parts:
                async for part in parts:
                    self._note(part)
                    yield part
        self.phase = "done"

    def _note(self, part: Slice) -> None:
        now = part.at or utc_now()
        if self.changes:  # a whole reading's cursor puts them in by itself
            for id in part.ids:
                self.seen.add(id)
        for row in part.rows:
            if row.modified is not None and row.modified <= now and (self.newest is None or row.modified > self.newest):
                self.newest = row.modified

    def _template(self) -> Listing:
        return Listing(since=self.cursor.began) if isinstance(self.cursor, Keyset) else replace(self.cursor.template)

    @property
    def started(self) -> datetime | None:
        """The store's time when the reading began; None when it does not tell."""
        return self.cursor.started

    @property
    def aligned(self) -> bool:
        """Whether the store ignores offsets."""
        return isinstance(self.cursor, Anchor) and self.cursor.aligned

    @property
    def changes(self) -> bool:
        """Whether only changes are read."""
        return isinstance(self.cursor, Keyset)

    @property
    def total(self) -> int | None:
        """How many rows the store last said there are."""
        if self.proof.rounds:
            return self.proof.total
        return self.cursor.total_last if isinstance(self.cursor, Anchor) else self.cursor.total

    @property
    def proven(self) -> bool:
        """Whether every row that the store has was shown to us."""
        return self.phase == "done" and (self.smooth or self.proof.proven)

    @property
    def smooth(self) -> bool:
        """Whether the listing is its own proof. Changes must be as many as the store counted before the bound first moved."""
        cursor = self.cursor
        if isinstance(cursor, Keyset) and len(self.seen) + cursor.anonymous < (cursor.total_first or 0):
            return False
        return cursor.smooth

    def evidence(self) -> dict[str, Any]:
        """The numbers that a verdict stands on, as far as the reading has them."""
        cursor, proof = self.cursor, self.proof
        return {
            "reading": "changes" if self.changes else "full",
            "proven": self.proven,
            "store_total": self.total,
            "rows_seen": len(self.seen) + cursor.anonymous,
            "distinct": len(self.seen),
            "pages": cursor.pages,
            "terminal": cursor.done,
            "drift": cursor.drift,
            "short_pages": cursor.short,
            "offsets_ignored": self.aligned,
            "sweeps": proof.rounds,
            "found_by_sweep": proof.found,
            "withheld": proof.withheld,
            "hidden_by_store": proof.hidden if proof.proven else 0,
            "server_time": self.started.isoformat() if self.started else None,
            **({"trouble": proof.trouble} if proof.trouble else {}),
        }

    def state(self) -> dict[str, Any]:
        """The checkpoint, JSON-ready, without the ids."""
        return {
            "kind": "changes" if self.changes else "full",
            "phase": self.phase,
            "cursor": self.cursor.state(),
            "newest": self.newest.isoformat() if self.newest else None,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a checkpoint stood; a proof begins anew."""
        self.phase = "proof" if state["phase"] == "done" else state["phase"]
        self.newest = parse(state["newest"])
        self.cursor.restore(state["cursor"])


def read_whole(pull: Pull, *, aligned: bool = False) -> Reading:
    """A reading of everything, in the order of ids."""
    seen = IdSet()
    return Reading(pull, Anchor(seen, aligned=aligned), seen)


def read_changes(pull: Pull, since: datetime, clock: Callable[[], datetime] = utc_now) -> Reading:
    """A reading of what was modified after `since` (the watermark; the overlap is taken off here)."""
    overlap = timedelta(seconds=pull.resource.overlap_seconds)
    return Reading(pull, Keyset(since - overlap, overlap, clock), IdSet())
