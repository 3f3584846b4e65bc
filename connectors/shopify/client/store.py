"""A Shopify shop as `hub.ports.Store` and `hub.ports.Exporter`: ids by scan, then whole objects; or all of them by export."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime

from connectors.shopify.client.details import Details, Found
from connectors.shopify.client.gid import item_of_level, type_of
from connectors.shopify.client.graph import Graph
from connectors.shopify.client.scan import GID_TYPES, Scan
from connectors.shopify.client.sizes import allowed
from connectors.shopify.client.unseen import Unseen
from connectors.shopify.documents import load
from hub.ports import BadRow, Children, Json, Listing, Opening, Page, Resource, Row, Sight

#: Types that webhooks name → the resource of the object behind them.
BEHIND = {"ProductVariant": "product", "InventoryItem": "product", "Refund": "order", "Fulfillment": "order"}


class ShopifyStore:
    """Opened from an `Opening`; the HTTP client stays the hub's and is not closed here."""

    def __init__(self, opening: Opening) -> None:
        self.graph = Graph(opening)
        self.http = opening.http
        self.credentials = opening.credentials
        self._opening = opening
        self._unseen = Unseen(opening.capabilities)
        self._scan = Scan(self.graph)
        self._details = Details(self.graph, self._unseen)
        self._kept: dict[str, Found] = {}  # of a page whose reading failed half-way
        self._at: datetime | None = None

    async def page(self, resource: Resource, listing: Listing) -> Page:
        """One page: ids by scan, then the objects. `ids_only` is the scan alone."""
        page = await self._scan.page(resource, listing)
        self._at = page.at
        if listing.ids_only:
            return page
        found = await self._whole(resource, {row.id: row.modified for row in page.rows})
        rows, bad = _sorted(found, [row.id for row in page.rows])
        return Page(rows, [*page.bad, *bad], page.total, page.at, page.next)

    async def _whole(self, resource: Resource, listed: Mapping[str, datetime | None]) -> Found:
        """The objects of a page; those that an earlier try has read, and that did not change since, are not read again."""
        before = self._kept.pop(resource.name, {})
        found: Found = {id: row for id, row in before.items() if isinstance(row, Row) and listed.get(id) == row.modified}
        try:
            await self._details.read(resource, list(listed), found)
            if any(not isinstance(found.get(id), Row) for id in listed):  # gone since, or left out by a mistake: asked once more
                found = {id: row for id, row in found.items() if isinstance(row, Row)}
                await self._details.read(resource, list(listed), found)
        except BaseException:
            self._kept[resource.name] = found
            raise
        return found

    async def fetch(self, resource: Resource, ids: Sequence[str]) -> Page:
        """Objects by gid. Gids of other types stand for the product or order behind them, whose row comes instead."""
        own = [id for id in ids if type_of(id) == GID_TYPES[resource.raw_kind]]
        own += await self._owners(resource, [id for id in ids if id not in own])
        found: Found = {}
        await self._details.read(resource, own, found)
        if any(isinstance(row, BadRow) for row in found.values()):  # what was damaged on its way is asked for once more
            found = {id: row for id, row in found.items() if isinstance(row, Row)}
            await self._details.read(resource, own, found)
        rows, bad = _sorted(found, own)
        return Page(rows, bad, len(rows) + len(bad), self._at)

    async def _owners(self, resource: Resource, ids: Sequence[str]) -> list[str]:
        named = [item_of_level(id) or id for id in ids]
        asked = list(dict.fromkeys(id for id in named if BEHIND.get(type_of(id)) == resource.raw_kind))
        owners: list[str] = []
        size = max(1, int(allowed(self.graph.bucket) // self.graph.costs.guess("owners", load("owners"), {"ids": ["one"]})))
        for start in range(0, len(asked), size):
            said = await self.graph.ask("owners", {"ids": asked[start : start + size]})
            self._at = said.at
            for node in said.data.get("nodes") or ():
                owners += _behind(node or {})
        return owners

    async def children(self, resource: Resource, parents: Sequence[Row]) -> Children:  # noqa: ARG002 (the port's)
        """None: an object's lists are inside it."""
        return Children({parent.id: () for parent in parents})

    async def touched_parents(self, resource: Resource, listing: Listing) -> Page:  # noqa: ARG002 (the port's)
        """None: what changes inside an object changes its own time."""
        return Page((), total=None)

    def sight(self, resource: Resource) -> Sight | None:
        """What the shop keeps from us: fields for want of approval, old orders for want of a scope."""
        return self._unseen.sight(resource.name, self._at or datetime.now(UTC))

    async def close(self) -> None:
        """Nothing of ours is open: connections belong to the hub's client."""

    # -- hub.ports.Exporter ----------------------------------------------------------------------------------------

    async def worth_exporting(self, resource: Resource, since: datetime | None) -> bool:
        """Whether there is so much to read that a bulk operation is cheaper than pages."""
        from connectors.shopify.bulk.export import worth_exporting

        return await worth_exporting(self.graph, resource, since)

    def export(self, resource: Resource, since: datetime | None, after: str | None) -> AsyncGenerator[Page]:
        """Everything (modified since), by bulk operations."""
        from connectors.shopify.bulk.export import export

        return export(self.graph, self._opening, self._details, resource, since, after)


def _behind(node: Json) -> list[str]:
    """The ids of the products or the order behind one object. An inventory item may be shared by variants of several."""
    holders = [node, *((node.get("variants") or {}).get("nodes") or ())]
    return [one[key]["id"] for one in holders for key in ("product", "order") if isinstance(one.get(key), dict)]


def _sorted(found: Found, ids: Sequence[str]) -> tuple[list[Row], list[BadRow]]:
    """In the order of the ids, each once; what is not there is absent."""
    all = [found[id] for id in dict.fromkeys(ids) if id in found]
    return [row for row in all if isinstance(row, Row)], [row for row in all if isinstance(row, BadRow)]
