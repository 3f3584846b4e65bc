"""A listing paged by the store's own cursor: each answer says where the next page begins. Decides on answers; asks nobody.

Nothing shifts under such a cursor, so no page is asked one row early. What can go wrong is the cursor itself: it may come twice,
never end, end too early, or be refused when a run goes on with it days later. A walk is its own proof only when the store said
that this is the last page, and when its total is exactly the rows that it showed; else an id sweep must tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from hub.ports import BadRow, Listing, Page, Row
from hub.sync.anchor import IDLE, Fresh
from hub.sync.ids import IdSet
from hub.sync.keyset import EARLY, parse

LAST: Final = "last page"
KEPT: Final = ("after", "pages", "drift", "short", "holes", "anonymous", "total_first", "total_last", "done", "anew")
MOST_HANDLED: Final = 50_000  # times of changed rows remembered, to know one that comes twice
_NEVER: Final = object()


@dataclass(slots=True)
class Walk:
    """Where we are in one listing. `seen` is shared with whoever wants to know which ids came.

    after: where the next page begins; short, holes: pages that held fewer rows than asked for though more came, and how many
    fewer; drift: rows that came twice, cursors that did; anonymous: unreadable rows without an id; anew: begun once more, since
    the store refused a cursor; unbounded: it was asked for changes and shows older rows; done: the terminal signal.
    """

    seen: IdSet
    template: Listing = field(default_factory=Listing)
    odd: bool = False  # pages of a quarter less: what a store drops at the same place of each page then shows
    after: str | None = None
    pages: int = 0
    drift: int = 0
    short: int = 0
    holes: int = 0
    anonymous: int = 0
    total_first: int | None = None
    total_last: int | None = None
    anew: bool = False
    unbounded: bool = False
    done: str | None = None
    started: datetime | None = None  # the store's time at the first answer
    _shown: IdSet = field(init=False)  # ids of this walk alone: what was seen, unless it was begun anew
    _trail: set[str] = field(default_factory=set)
    _handled: dict[str, datetime | None] = field(default_factory=dict)  # changed rows → their times
    _newest: datetime | None = None
    _idle: int = 0
    _renewed: bool = False

    def __post_init__(self) -> None:
        self._shown = self.seen

    def question(self, size: int) -> Listing:
        """The next page to ask for."""
        return replace(self.template, after=self.after, limit=max(2, size * 3 // 4) if self.odd else size)

    def take(self, listing: Listing, page: Page) -> Fresh:
        """Note an answer and give what of it is new. Afterwards either `done` is set or there is a next question."""
        self.pages += 1
        if self.pages == 1:  # a later answer's time would be too late a beginning
            self.started = page.at
        if self._not_asked_for(page):
            self.unbounded, self.done = True, "no bound"
            return Fresh([], [], page.at)
        if page.total is not None:
            self.total_first = page.total if self.total_first is None else self.total_first
            self.total_last = page.total
        before, newest = len(self._shown), self._newest
        rows, bad = self._new_rows(page), self._new_bad(page)
        self._idle = 0 if len(self._shown) > before or self._newest != newest else self._idle + 1
        self._advance(listing, page)
        return Fresh(rows, bad, page.at)

    def begin_anew(self) -> bool:
        """The store refused an answer: if that may be for its cursor, from the first page once more. False when it may not."""
        if self.after is None or self._renewed:
            return False
        self._renewed = True  # of this run: a later one may find its own cursor refused again
        self.after, self.anew, self.total_first, self.holes = None, True, None, 0
        self._shown, self._trail, self._idle = IdSet(), set(), 0
        return True

    def _not_asked_for(self, page: Page) -> bool:
        """Whether the answer is about older rows than those that were asked for."""
        since = self.template.since
        if since is None or self.template.order != "modified":
            return False
        return any(row.modified is not None and row.modified < since - EARLY for row in page.rows)

    def _new_rows(self, page: Page) -> list[Row]:
        changes, fresh = self.template.order == "modified", []
        for row in page.rows:
            again = not self._shown.add(row.id)
            known = again if self._shown is self.seen else not self.seen.add(row.id)
            if changes:  # a row that changed meanwhile comes once more, with another time
                known = self._handled.get(row.id, _NEVER) == row.modified
                self._handled[row.id] = row.modified
                if row.modified is not None and (self._newest is None or row.modified > self._newest):
                    self._newest = row.modified
            else:
                self.drift += again
            if not known:
                fresh.append(row)
        if len(self._handled) > MOST_HANDLED:
            self._handled.clear()  # a row that comes twice then comes through twice, which changes nothing
        return fresh

    def _new_bad(self, page: Page) -> list[BadRow]:
        fresh: list[BadRow] = []
        for row in page.bad:
            self.anonymous += row.id is None
            if row.id is None or self._shown.add(row.id):
                fresh.append(row)
                if row.id is not None:
                    self.seen.add(row.id)
        return fresh

    def _advance(self, listing: Listing, page: Page) -> None:
        raw = len(page.rows) + len(page.bad)
        if raw < listing.limit and page.next is not None:
            self.short += 1
            self.holes += listing.limit - raw if raw else 0  # an empty page may be a store's pause for breath
        if page.next is None:
            self.done = LAST
        elif page.next in self._trail or page.next == listing.after:
            self.done, self.drift = "the cursor came twice", self.drift + 1
        elif self._idle > IDLE:
            self.done, self.drift = "no new rows any more", self.drift + 1
        else:
            self.after = page.next
            self._trail.add(page.next)

    @property
    def distinct(self) -> int:
        """Rows that this listing has shown, each once."""
        return len(self._shown)

    @property
    def sound(self) -> bool:
        """Whether the listing went to its end: what the store counts beyond has its place in pages that came short. Rows that
        are missing at the end look like a listing that is cut off, and are taken for that."""
        hidden = (self.total_last or 0) - self.distinct - self.anonymous
        return self.done == LAST and hidden <= self.holes

    @property
    def smooth(self) -> bool:
        """Whether every row that the store counts was shown, each once: proof without a sweep."""
        if self.total_last is None and self.short:
            return False
        totals = self.total_last is None or self.total_first == self.total_last == self.distinct + self.anonymous
        # A row that could not even be named may be a good one when it is asked for again: only an id sweep tells.
        return self.done == LAST and totals and not (self.drift or self.anew or self.anonymous)

    @property
    def began(self) -> datetime | None:
        """The bound of the changes."""
        return self.template.since

    def state(self) -> dict[str, Any]:
        """The checkpoint, JSON-ready; the ids that were seen are kept elsewhere."""
        times = {"started": self.started, "since": self.template.since}
        return {name: getattr(self, name) for name in KEPT} | {n: at.isoformat() if at else None for n, at in times.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a checkpoint stood."""
        for name in KEPT:
            setattr(self, name, state[name])
        self.started = parse(state["started"])
        self.template = replace(self.template, since=parse(state["since"]))
        self._trail = set() if self.after is None else {self.after}
        if self.anew:
            self._shown = IdSet()
