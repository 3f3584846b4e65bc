"""A listing by offset that may move under our feet, held by anchors. Decides on answers; asks nobody.

Rows deleted behind us shift the rest to the left and a plain next page skips some; rows inserted shift it to the right and
a plain next page repeats some. So every page is asked one row early: its first row must be one that we have seen. If it is
not, we step back a page until it holds. Whatever was not perfectly smooth is noted, and is proved by an id sweep afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from hub.ports import BadRow, Listing, Page, Row
from hub.sync.ids import IdSet

REWINDS: Final = 50  # steps back in one listing, before the id sweep is left to find what moved
IDLE: Final = 20  # pages in a row without a new row, before a listing is taken to have ended


@dataclass(slots=True)
class Fresh:
    """What of a page was new."""

    rows: list[Row]
    bad: list[BadRow]
    at: datetime | None


@dataclass(slots=True)
class Anchor:
    """Where we are in one listing. `seen` is shared with whoever wants to know which ids came.

    position: rows of the store's list behind us; overlap: rows to ask again; size: rows of the last page's question;
    drift, short: pages that moved or came short; anonymous: unreadable rows without an id; done: the terminal signal.
    """

    seen: IdSet
    template: Listing = field(default_factory=Listing)
    aligned: bool = False  # the store ignores offsets: whole pages, no overlap
    odd: bool = False  # ask for pages of a quarter less: what a store drops at the same place of each page then shows
    position: int = 0
    overlap: int = 0
    blind: bool = False
    last: str | None = None
    pages: int = 0
    drift: int = 0
    short: int = 0
    rewinds: int = 0
    anonymous: int = 0
    rows: int = 0
    total_first: int | None = None
    total_last: int | None = None
    done: str | None = None
    started: datetime | None = None  # the store's time at the first answer
    _idle: int = 0
    _first_page: list[str] = field(default_factory=list)

    def question(self, size: int) -> Listing:
        """The next page to ask for."""
        size = max(2, size * 3 // 4) if self.odd else size
        if self.aligned:
            return replace(self.template, offset=self.position // size * size, limit=size)
        return replace(self.template, offset=max(0, self.position - self.overlap), limit=size)

    def take(self, listing: Listing, page: Page) -> Fresh:
        """Note an answer and give what of it is new. Afterwards either `done` is set or there is a next question."""
        self.pages += 1
        self.started = self.started or page.at
        raw = len(page.rows) + len(page.bad)
        self._count(listing, page, raw)
        if self._ignored(listing, page.rows):
            self.aligned, self.overlap, self.position = True, 0, listing.limit
            self.drift += 1
            return Fresh([], [], page.at)
        if not self._holds(listing, page):
            return Fresh([], [], page.at)
        bad = self._new_bad(listing, page) if page.bad else []
        rows = [row for row in page.rows if self.seen.add(row.id)]
        self.rows += len(rows) + len(bad)
        self._advance(listing, page, raw, len(rows) + len(bad))
        return Fresh(rows, bad, page.at)

    def _count(self, listing: Listing, page: Page, raw: int) -> None:
        # WooCommerce's orders report a total of 0 beyond the end: a page without rows says nothing about the total.
        if page.total is not None and (raw or not listing.offset):
            if self.total_first is None:
                self.total_first = page.total
            self.total_last = page.total
        if self.total_last is not None and raw < min(listing.limit, self.total_last - listing.offset):
            self.short += 1

    def _ignored(self, listing: Listing, rows: Sequence[Row]) -> bool:
        """Whether the store answers an offset with page one."""
        if self.pages == 1:
            self._first_page = [row.id for row in rows]
        ignored = (
            self.pages == 2
            and not self.aligned
            and listing.offset > 0
            and len(rows) > 1
            and [row.id for row in rows] == self._first_page[: len(rows)]
        )
        if self.pages >= 2:
            self._first_page = []
        return ignored

    def _holds(self, listing: Listing, page: Page) -> bool:
        """Whether the page begins with a row that we have seen; if not, step back."""
        if not self.overlap or not listing.offset or not page.rows:
            self.drift += bool(self.overlap and listing.offset and not page.rows and not page.bad)
            return True
        first = page.rows[0].id
        if first == self.last or self.blind:
            return True
        known = first in self.seen
        # After a page with unreadable rows more than one row is asked again, so that a readable one is among them.
        self.drift += not known or self.overlap == 1
        if known or self.rewinds >= REWINDS:
            return True
        self.rewinds += 1
        self.position = max(0, listing.offset - listing.limit + 1)
        self.overlap = 1 if self.position else 0
        self.position += self.overlap
        self.last = None
        return False

    def _new_bad(self, listing: Listing, page: Page) -> list[BadRow]:
        # Of the rows asked again, those that are not among the known ones are the unreadable ones we have already.
        asked_again = 0 if self.aligned else self.position - listing.offset
        again = asked_again - sum(row.id in self.seen for row in page.rows[:asked_again])
        fresh: list[BadRow] = []
        for row in page.bad[again:]:
            if row.id is None:
                self.anonymous += 1
                fresh.append(row)
            elif self.seen.add(row.id):
                fresh.append(row)
        return fresh

    def _advance(self, listing: Listing, page: Page, raw: int, fresh: int) -> None:
        end, asked = listing.offset + raw, listing.offset + listing.limit
        if page.rows:
            self.last = page.rows[-1].id
        total = self.total_last
        self._idle = 0 if fresh else self._idle + 1
        if raw and page.total is not None and end == page.total:
            self.done = "total reached"
        elif not fresh and raw < listing.limit and (total is None or asked >= total):
            self.done = "nothing after the last row"
        elif self._idle > IDLE + self.rewinds:
            self.done, self.drift = "no new rows any more", self.drift + 1
        if self.aligned:
            self.position = asked
        elif not fresh and raw < listing.limit:
            self.position, self.overlap = asked, 0  # a hole: every row of it is hidden; beyond it there are more
        else:
            # never so many again that nothing new would come
            self.position, self.overlap = end, min(1 + len(page.bad), max(1, listing.limit // 2))
        self.blind = 0 < self.overlap <= len(page.bad)
        self.drift += self.blind

    @property
    def distinct(self) -> int:
        """Rows that this listing has shown, each once."""
        return self.rows

    @property
    def sound(self) -> bool:
        """Whether the listing went to its end: it asks until the store's total is behind it."""
        return True

    @property
    def smooth(self) -> bool:
        """Whether nothing moved and every row that the store counts was shown: proof without a sweep."""
        totals = self.total_last is None or self.total_first == self.total_last == self.rows
        # A row that could not even be named may be a good one when it is asked for again: only an id sweep tells.
        return self.done is not None and totals and not (self.drift or self.short or self.aligned or self.anonymous)

    def state(self) -> dict[str, Any]:
        """The checkpoint, JSON-ready; the ids that were seen are kept elsewhere."""
        names = ("position", "overlap", "last", "pages", "drift", "short", "anonymous", "rows", "total_first", "total_last")
        state = {name: getattr(self, name) for name in (*names, "aligned", "blind", "done")}
        return state | {"started": self.started.isoformat() if self.started else None}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where a checkpoint stood."""
        for name, value in state.items():
            setattr(self, name, datetime.fromisoformat(value) if value and name == "started" else value)
