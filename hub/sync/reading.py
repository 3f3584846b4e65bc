"""One reading of a resource, whole or since a time: the listing, then whatever proof it needs. Knows no database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.errors import PermanentError
from hub.ports import Listing
from hub.sync.anchor import Anchor
from hub.sync.cursor import Walk
from hub.sync.exporting import Export, exported, worth_exporting
from hub.sync.ids import IdSet
from hub.sync.keyset import Keyset, parse
from hub.sync.paging import Pull, Slice, listed
from hub.sync.proof import Proof, prove
from hub.sync.retry import GaveUp


def utc_now() -> datetime:
    """Our own clock."""
    return datetime.now(UTC)


Listed = Anchor | Keyset | Walk


@dataclass(slots=True)
class Reading:
    """Reads a resource once, with proof. `seen`: the ids that came; a checkpoint is `state()` and these ids.

    since: the bound of the changes, None to read everything; phase: choosing → export or listing → proof → done.
    """

    pull: Pull
    cursor: Listed | Export
    seen: IdSet
    since: datetime | None = None
    clock: Callable[[], datetime] = field(default=utc_now)
    phase: str = "choosing"
    proof: Proof = field(default_factory=Proof)
    newest: datetime | None = None  # greatest modification time that is not in the store's future
    export_failed: str | None = None  # why pages were read instead

    async def slices(self) -> AsyncGenerator[Slice]:
        """Every row that the reading brings, in slices. Ends proved, or with `trouble` in words."""
        if self.phase == "choosing":
            await self._choose()
        if self.phase == "export":
            async with aclosing(self._export()) as parts:
                async for part in parts:
                    yield part
        if self.phase == "listing":
            async with aclosing(self._list()) as parts:
                async for part in parts:
                    yield part
        if not self.smooth:
            async with aclosing(prove(self.pull, self.seen, self._template(), self.proof, aligned=self.aligned)) as parts:
                async for part in parts:
                    self._note(part)
                    yield part
        self.phase = "done"

    async def _choose(self) -> None:
        self.phase = "listing"
        if await worth_exporting(self.pull, self.since):
            self.phase, self.cursor = "export", Export(self.seen, self.since)

    async def _export(self) -> AsyncGenerator[Slice]:
        assert isinstance(self.cursor, Export)  # noqa: S101 (its phase)
        try:
            async with aclosing(exported(self.pull, self.cursor)) as parts:
                async for part in parts:
                    self._note(part)
                    yield part
            self.phase = "proof"
        except (GaveUp, PermanentError) as error:  # what the export brought is kept; pages bring it once more, and the rest
            self.export_failed, self.phase = str(error), "listing"
            self.cursor, self.seen = begin(self.pull, self.since, self.clock)

    async def _list(self) -> AsyncGenerator[Slice]:
        while self.phase == "listing":
            assert not isinstance(self.cursor, Export)  # noqa: S101 (its phase)
            async with aclosing(listed(self.pull, self.cursor)) as parts:
                async for part in parts:
                    self._note(part)
                    yield part
            if isinstance(self.cursor, Keyset | Walk) and self.cursor.unbounded:
                self.since = None  # the store cannot say what changed: everything is read
                self.cursor, self.seen = begin(self.pull, None, self.clock)
            else:
                self.phase = "proof"

    def _note(self, part: Slice) -> None:
        now = part.at or utc_now()
        if self.changes:  # a whole reading's cursor puts them in by itself
            for id in part.ids:
                self.seen.add(id)
        for row in (*part.rows, *part.known):
            if row.modified is not None and row.modified <= now and (self.newest is None or row.modified > self.newest):
                self.newest = row.modified

    def _template(self) -> Listing:
        cursor = self.cursor
        return replace(cursor.template) if isinstance(cursor, Anchor) else Listing(since=cursor.began)

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
        return self.since is not None

    @property
    def total(self) -> int | None:
        """How many rows the store last said there are."""
        if self.proof.rounds:
            return self.proof.total
        return self.cursor.total if isinstance(self.cursor, Keyset) else self.cursor.total_last

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

    @property
    def by(self) -> str:
        """How it is read: by offset, by the store's cursor, out of an export."""
        return "export" if isinstance(self.cursor, Export) else "cursor" if isinstance(self.cursor, Walk) else "offset"

    def evidence(self) -> dict[str, Any]:
        """The numbers that a verdict stands on, as far as the reading has them."""
        cursor, proof = self.cursor, self.proof
        return {
            "reading": "export" if isinstance(cursor, Export) else "changes" if self.changes else "full",
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
            **({"operations": cursor.operations, "rows": cursor.distinct} if isinstance(cursor, Export) else {}),
            **({"export_failed": self.export_failed} if self.export_failed else {}),
            **({"trouble": proof.trouble} if proof.trouble else {}),
        }

    def state(self) -> dict[str, Any]:
        """The checkpoint, JSON-ready, without the ids."""
        return {
            "kind": "changes" if self.changes else "full",
            "by": self.by,
            "phase": self.phase,
            "cursor": self.cursor.state(),
            "newest": self.newest.isoformat() if self.newest else None,
            "export_failed": self.export_failed,
        }

    def continues(self, state: Mapping[str, Any]) -> bool:
        """Whether the checkpoint is one of a reading like this: everything or changes, by the same kind of pages."""
        by = state.get("by", "offset")
        return (state["kind"] == "changes") == self.changes and by in (self.by, "export")

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a checkpoint stood; a proof begins anew."""
        self.phase = "proof" if state["phase"] == "done" else state["phase"]
        self.newest = parse(state["newest"])
        self.export_failed = state.get("export_failed")
        if state.get("by") == "export":
            self.cursor = Export(self.seen, self.since)
        self.cursor.restore(state["cursor"])
        if not isinstance(self.cursor, Anchor):
            self.since = self.cursor.began


def begin(pull: Pull, since: datetime | None, clock: Callable[[], datetime] = utc_now) -> tuple[Listed, IdSet]:
    """The cursor of a new reading, and the ids that it will have seen. since: the bound itself."""
    seen = IdSet()
    if pull.resource.paging == "cursor":
        return Walk(seen, Listing() if since is None else Listing("modified", since=since)), seen
    if since is None:
        return Anchor(seen), seen
    return Keyset(since, timedelta(seconds=pull.resource.overlap_seconds), clock), seen


def read_whole(pull: Pull) -> Reading:
    """A reading of everything, in the order of ids."""
    return Reading(pull, *begin(pull, None))


def read_changes(pull: Pull, since: datetime, clock: Callable[[], datetime] = utc_now) -> Reading:
    """A reading of what was modified after `since` (the watermark; the overlap is taken off here)."""
    bound = since - timedelta(seconds=pull.resource.overlap_seconds)
    return Reading(pull, *begin(pull, bound, clock), bound, clock)
