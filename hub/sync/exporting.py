"""Reading a resource out of the store's own export (a bulk operation) instead of page by page.

The export is named as soon as the vendor runs it and saved at once, so that whoever comes after a crash goes on with the same
one. It is its own proof when it ended with a last page and held exactly as many rows as the vendor says; else an id sweep tells.
An export that fails for good is asked for once more, and then left: pages can still be read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hub.errors import ConnectorError, PermanentError, ReauthorizationError, RetryableError
from hub.ports import Exporter, Page
from hub.sync.cursor import LAST
from hub.sync.ids import IdSet
from hub.sync.keyset import parse
from hub.sync.paging import Pull, Slice

MOST_IDLE: Final = 1_000  # pages in a row without a row: a vendor at work may be asked for half an hour
KEPT: Final = ("after", "pages", "operations", "anonymous", "total_first", "total_last", "anew", "done")


@dataclass(slots=True)
class Export:
    """Where we are in an export of everything, or of what was modified since. `seen` is shared with the reading.

    after: where the next page begins; operations: exports that were begun; anonymous: unreadable rows without an id; anew: begun
    once more, since the first one could not be read any further.
    """

    seen: IdSet
    since: datetime | None = None
    after: str | None = None
    pages: int = 0
    operations: int = 0
    anonymous: int = 0
    drift: int = 0  # an export stands still
    short: int = 0
    total_first: int | None = None
    total_last: int | None = None
    anew: bool = False
    done: str | None = None
    started: datetime | None = None
    _idle: int = 0
    _renewed: bool = False
    _shown: IdSet = field(init=False)

    def __post_init__(self) -> None:
        self._shown = self.seen

    def take(self, page: Page) -> Slice:
        """Note a page. One without rows that stands at a new place names the export: that is to be saved at once."""
        named = page.next is not None and page.next != self.after and (self.after is None or not page.rows)
        self.pages += 1
        if self.pages == 1:  # a later page's time would hide what changed while the export was made
            self.started = page.at
        if page.total is not None:
            self.total_first = page.total if self.total_first is None else self.total_first
            self.total_last = page.total
        for id in [row.id for row in page.rows] + [row.id for row in page.bad if row.id is not None]:
            self.seen.add(id)
            if self.anew:
                self._shown.add(id)
        self.anonymous += sum(row.id is None for row in page.bad)
        self._idle = 0 if page.rows or page.bad else self._idle + 1
        self.after = page.next
        if page.next is None:
            self.done = LAST
        elif self._idle > MOST_IDLE:
            raise PermanentError("The shop's export gives no rows and does not end.")
        return Slice(list(page.rows), list(page.bad), page.at, keep=named)

    def begin_anew(self) -> bool:
        """This export cannot be read any further: another one, once in a run. False when it was another one already."""
        if self._renewed:
            return False
        self._renewed = True  # by this run
        self.after, self.anew, self._idle, self._shown, self.total_first = None, True, 0, IdSet(), None
        return True

    @property
    def began(self) -> datetime | None:
        """The bound of the changes; None for everything."""
        return self.since

    @property
    def distinct(self) -> int:
        """Rows that came, each once."""
        return len(self._shown)

    @property
    def smooth(self) -> bool:
        """Whether everything that the vendor put into the export came out of it."""
        whole = self.total_last is not None and self.total_last == self.distinct + self.anonymous
        return self.done == LAST and whole and not (self.anew or self.anonymous)

    def state(self) -> dict[str, Any]:
        """The checkpoint, JSON-ready; the ids that were seen are kept elsewhere."""
        times = {"started": self.started, "since": self.since}
        return {name: getattr(self, name) for name in KEPT} | {n: at.isoformat() if at else None for n, at in times.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a checkpoint stood."""
        for name in KEPT:
            setattr(self, name, state[name])
        self.started, self.since = parse(state["started"]), parse(state["since"])
        if self.anew:
            self._shown = IdSet()


async def worth_exporting(pull: Pull, since: datetime | None) -> bool:
    """Whether the store can export, and thinks that it pays. A store that cannot even say so is read by pages."""
    store = pull.store
    if not isinstance(store, Exporter):
        return False
    exporter: Exporter = store
    try:
        return await pull.asker.ask(lambda _size: exporter.worth_exporting(pull.resource, since))
    except ReauthorizationError:
        raise
    except ConnectorError:
        return False


async def exported(pull: Pull, export: Export) -> AsyncGenerator[Slice]:
    """Every row from where the export stands to its end. When a slice is out, the export stands right behind it.

    What may be tried again goes on from the last page that came, patiently. Raises GaveUp, ReauthorizationError,
    PermanentError.
    """
    nth, since = 0, time.monotonic()
    while not export.done:
        try:
            async with aclosing(_pages(pull, export)) as parts:
                async for part in parts:
                    nth, since = 0, time.monotonic()
                    yield part
            if not export.done:
                raise RetryableError("The shop's export stopped before its last page.")
        except RetryableError as error:
            nth += 1
            await pull.asker.rest(nth, since, error)
        except PermanentError:
            if not export.begin_anew():
                raise


async def _pages(pull: Pull, export: Export) -> AsyncGenerator[Slice]:
    store = pull.store
    if not isinstance(store, Exporter):
        raise PermanentError("The shop does not export any more.")
    export.operations += export.after is None
    pull.asker.asked += 1
    async with aclosing(_ahead(store.export(pull.resource, export.since, export.after))) as pages:
        async for page in pages:
            part = export.take(page)
            if part.rows or part.bad or part.keep:  # else a sign of life
                part.children = await pull.drain(part.rows)
                yield part
            if export.done:
                return


async def _ahead(pages: AsyncGenerator[Page]) -> AsyncGenerator[Page]:
    """The same pages, the next one being made while this one is worked on."""
    pending = asyncio.ensure_future(anext(pages, None))
    try:
        while (page := await pending) is not None:
            if page.next is None:
                yield page
                return
            pending = asyncio.ensure_future(anext(pages, None))
            yield page
    finally:
        pending.cancel()
        with suppress(BaseException):
            await pending
        await pages.aclose()
