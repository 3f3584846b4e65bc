"""A WooCommerce shop as `hub.ports.Store`: pages, rows by id, children, parents whose children changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from connectors.woocommerce.client.calls import Calls, Rows
from connectors.woocommerce.client.children import ChildReader
from connectors.woocommerce.client.headers import read_rows
from connectors.woocommerce.client.listing import PATHS, PER_PAGE, include_params, page_params
from connectors.woocommerce.client.outcomes import Refused
from hub.errors import PermanentError, RetryableError
from hub.ports import BadRow, Children, Listing, Opening, Page, Resource, Row, Sight

CAPABILITY = {"variation": "variations", "refund": "refunds"}  # the word in Opening.capabilities for "lists all at once"


class WooStore:
    """Opened from an `Opening`; the HTTP client stays the hub's and is not closed here."""

    def __init__(self, opening: Opening) -> None:
        self.calls = Calls(opening)
        self._capabilities = opening.capabilities
        self._readers: dict[str, ChildReader] = {}
        self._includes = True

    async def page(self, resource: Resource, listing: Listing) -> Page:
        """One page. Customers cannot be listed by modification time: `modified_after` is ignored there without a word."""
        if not resource.incremental and (listing.order == "modified" or listing.since or listing.until):
            raise PermanentError(f"WooCommerce cannot list {resource.name} by modification time.", hint="Read them all.")
        rows = await self.calls.rows(PATHS[resource.raw_kind], page_params(resource.raw_kind, listing))
        return _page(rows, listing.offset)

    async def fetch(self, resource: Resource, ids: Sequence[str]) -> Page:
        """Rows by id; those that the shop has no more, or has in its bin, are absent."""
        known = [id for id in dict.fromkeys(ids) if id.isascii() and id.isdigit()]
        found: list[Row] = []
        bad: list[BadRow] = []
        at: datetime | None = None
        for start in range(0, len(known), PER_PAGE):
            some = known[start : start + PER_PAGE]
            page = await (self._included(resource, some) if self._includes else self._singly(resource, some))
            found += page.rows
            bad += page.bad
            at = page.at
        return Page(found, bad, len(found) + len(bad), at)

    async def _included(self, resource: Resource, ids: Sequence[str]) -> Page:
        rows = await self.calls.rows(PATHS[resource.raw_kind], include_params(resource.raw_kind, ids))
        page = _page(rows, 0)
        if {row.id for row in page.rows} <= set(ids):
            _must_be_whole(page, self.calls.where(PATHS[resource.raw_kind]))
            return page
        self._includes = False  # something in the shop ignores `include`
        return await self._singly(resource, ids)

    async def _singly(self, resource: Resource, ids: Sequence[str]) -> Page:
        """Each by its own address, where also a row in the bin has one."""
        found: list[Row] = []
        bad: list[BadRow] = []
        at: datetime | None = None
        for id in ids:
            path = f"{PATHS[resource.raw_kind]}/{id}"
            try:
                text, at = await self.calls.one("GET", path)
            except Refused as refused:
                if refused.status != 404 or refused.code in ("", "rest_no_route"):
                    raise
                continue
            if msgspec.json.decode(text).get("status") == "trash":
                continue
            good, broken = read_rows([msgspec.Raw(text)], at)
            if any(row.id != id for row in good):
                raise PermanentError(f"{self.calls.where(path)} answered with another row than asked for.")
            found += good
            bad += broken
        return Page(found, bad, len(found) + len(bad), at)

    async def children(self, resource: Resource, parents: Sequence[Row]) -> Children:
        """Variations of products, refunds of orders. Resources without children answer an empty list for each parent."""
        if resource.child_kind is None:
            return Children({parent.id: () for parent in parents})
        return await self._reader(resource.child_kind).read(parents)

    async def touched_parents(self, resource: Resource, listing: Listing) -> Page:
        """Children changed in a window, with their parents. Page.total is None and no row comes where the shop cannot tell
        (before WooCommerce 10.3): there only a full read finds them."""
        kind = resource.child_kind
        if kind is None or not self._capabilities.get(CAPABILITY[kind], True):
            return Page((), total=None)
        rows = await self.calls.rows(PATHS[kind], page_params(kind, listing, "id,parent_id,date_modified_gmt"))
        return _page(rows, listing.offset)

    def sight(self, resource: Resource) -> Sight | None:  # noqa: ARG002 (the port's form)
        """A key sees everything or nothing: WooCommerce has no permissions for single fields."""
        return None

    async def close(self) -> None:
        """Nothing of ours is open: connections belong to the hub's client."""

    def _reader(self, kind: str) -> ChildReader:
        if kind not in self._readers:
            self._readers[kind] = ChildReader(self.calls, kind, bool(self._capabilities.get(CAPABILITY[kind], True)))
        return self._readers[kind]


def _page(rows: Rows, offset: int) -> Page:
    good, bad = read_rows(rows.raws, rows.at)
    # orders beyond the end count 0 of themselves: only a page with rows, or the first, tells the truth
    total = rows.total if rows.total or rows.raws or not offset else None
    return Page(good, bad, total, rows.at)


def _must_be_whole(page: Page, where: str) -> None:
    """What is absent counts as gone, so an answer that is short must not pass."""
    if page.total is not None and page.total != len(page.rows) + len(page.bad):
        raise RetryableError(f"{where} counts {page.total} rows and sent {len(page.rows) + len(page.bad)}.")
