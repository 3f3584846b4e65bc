"""A listing by modification time: page one with a moving bound. Decides on answers; asks nobody.

Page numbers under an order by modification time skip rows whenever something is updated between two pages (WooCommerce does),
so the bound moves instead: `since` = the last row's time less the overlap. Where more rows than half a page share those last
seconds the bound would hardly move; then the same bound is paged on by offset, one row early, exactly as an anchored listing.
A row may carry a time in the store's future (a scheduled WooCommerce product); such times never move the bound. Nor does a
page that is not in the order of time: some stores take the bound and ignore the order, and a moved bound would skip the rest.
A store that ignores the bound itself, or offsets, cannot be read in this way at all: then `unbounded` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from hub.ports import BadRow, Listing, Page
from hub.sync.anchor import Fresh

_NEVER: Final = object()
EARLY: Final = timedelta(seconds=2)  # a row that was modified so long before the bound shows that there is none


def parse(text: str | None) -> datetime | None:
    """A time out of a checkpoint."""
    return datetime.fromisoformat(text) if text else None


@dataclass(slots=True)
class Keyset:
    """Where we are in the changes after `since`.

    clock: our own time, only to judge a store that does not tell its own; began: the first bound; started: the store's time
    at the first answer; total_first: rows that the store counted after the first bound; unbounded: it takes no bound.
    """

    since: datetime
    overlap: timedelta
    clock: Callable[[], datetime]
    began: datetime | None = None
    started: datetime | None = None
    position: int = 0
    again: int = 0
    last: str | None = None
    pages: int = 0
    rows: int = 0
    drift: int = 0
    short: int = 0
    rewinds: int = 0
    anonymous: int = 0
    total: int | None = None
    total_first: int | None = None
    unbounded: bool = False
    done: str | None = None
    _first: list[str] = field(default_factory=list)  # ids of the first page under the present bound
    _handled: dict[str, datetime | None] = field(default_factory=dict)  # row id → its time, within the bound's reach
    _bad: set[bytes] = field(default_factory=set)
    _window: set[str] = field(default_factory=set)  # ids shown under the present bound

    def question(self, size: int) -> Listing:
        """The next page to ask for."""
        return Listing("modified", max(0, self.position - self.again), size, since=self.since)

    def take(self, listing: Listing, page: Page) -> Fresh:
        """Note an answer and give what of it is new or changed since it was last shown."""
        self.pages += 1
        now = page.at or self.clock()
        if self.started is None:
            self.started, self.began = now, self.since
        raw = len(page.rows) + len(page.bad)
        if self._no_bound(listing, page):
            self.unbounded, self.done = True, "no bound"
            return Fresh([], [], page.at)
        if page.total is not None and (raw or not listing.offset):
            self.total = page.total
            self.total_first = page.total if self.total_first is None else self.total_first
            self.short += raw < min(listing.limit, page.total - listing.offset)
        if listing.offset and not self._holds(listing, page):
            return Fresh([], [], page.at)
        fresh = [row for row in page.rows if self._handled.get(row.id, _NEVER) != row.modified]
        bad = self._new_bad(page)
        for row in page.rows:
            self._handled[row.id] = row.modified
            self._window.add(row.id)
        self.rows += len(fresh) + len(bad)
        self._advance(listing, page, raw, now, bool(fresh or bad))
        return Fresh(fresh, bad, page.at)

    def _no_bound(self, listing: Listing, page: Page) -> bool:
        """Whether the answer is about other rows than those asked for: older ones, or page one at an offset."""
        ids = [row.id for row in page.rows]
        if not listing.offset:
            self._first = ids
        elif len(ids) > 1 and ids == self._first[: len(ids)]:
            return True
        return any(row.modified is not None and row.modified < self.since - EARLY for row in page.rows)

    def _holds(self, listing: Listing, page: Page) -> bool:
        if not page.rows or page.rows[0].id == self.last:
            return True
        first = page.rows[0]
        self.drift += 1
        if first.id in self._window or self.rewinds >= 50:
            return True
        self.rewinds += 1
        self.position = max(0, listing.offset - listing.limit + 1)
        self.again = 1 if self.position else 0
        self.position += self.again
        self.last = None
        return False

    def _new_bad(self, page: Page) -> list[BadRow]:
        fresh: list[BadRow] = []
        for row in page.bad:
            if row.body not in self._bad:
                self._bad.add(row.body)
                self.anonymous += row.id is None
                fresh.append(row)
            if row.id is not None:
                self._window.add(row.id)
        return fresh

    def _advance(self, listing: Listing, page: Page, raw: int, now: datetime, fresh: bool) -> None:
        times = [row.modified for row in page.rows if row.modified is not None and row.modified <= now]
        latest = max(times, default=None)
        if page.rows:
            self.last = page.rows[-1].id
        end = listing.offset + raw
        if raw and page.total is not None and end == page.total:
            self.done = "total reached"
        elif not fresh and raw < listing.limit and (self.total is None or listing.offset + listing.limit >= self.total):
            self.done = "nothing after the last row"
        if self.done:
            self._prove()
        bound = None if latest is None else latest - self.overlap
        moves = bound is not None and bound > self.since and times == sorted(times)
        if bound is not None and moves and 2 * sum(time > bound for time in times) <= listing.limit:
            self._move(bound)
        else:
            self.position, self.again = max(end, listing.offset + (0 if raw else listing.limit)), 1 + len(page.bad) if raw else 0

    def _prove(self) -> None:
        """The total of the last query equals the rows of it."""
        if self.total is not None and self.total != len(self._window) + self.anonymous:
            self.short += 1

    def _move(self, bound: datetime) -> None:
        self.since, self.position, self.again, self.last = bound, 0, 0, None
        # rows at or before the bound will not be shown again unless they change, and then with another time
        self._handled = {id: time for id, time in self._handled.items() if time is None or time >= bound}
        self._window.clear()

    @property
    def smooth(self) -> bool:
        """Whether nothing moved and the last query showed every row that it counts: proof without a sweep."""
        return self.done is not None and not (self.drift or self.short or self.anonymous)

    def state(self) -> dict[str, Any]:
        """The checkpoint, JSON-ready. A resumed run asks the present bound again; what it knows it recognises."""
        counts = {name: getattr(self, name) for name in ("pages", "rows", "drift", "short", "anonymous", "total_first", "done")}
        times = {name: getattr(self, name) for name in ("since", "began", "started")}
        return counts | {name: time.isoformat() if time else None for name, time in times.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a checkpoint stood."""
        for name, value in state.items():
            setattr(self, name, parse(value) if name in ("since", "began", "started") else value)
