"""Write-back of stock: `inventorySetQuantities`, idempotent and against the quantity that we believe is there.

Since 2026-04 the shop wants the directive `@idempotent` and a `changeFromQuantity` for every quantity; the schema says
neither. A key is good for 24 hours and for one input only, so it is derived from the caller's key and the input itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID, uuid5

from connectors.shopify.client.graph import Graph, UserErrors
from hub.errors import PermanentError, RetryableError, StockMoved
from hub.ports import Json, StockWrite
from schemas.exact import encode_sorted

BATCH: Final = 250  # an array in an input holds no more
SPACE: Final = UUID("5b1f4c1e-6a4d-5c0b-9d51-2f3a8f0c7e10")
NAMES: Final = ("available", "on_hand")
MOVED: Final = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"})
AGAIN: Final = frozenset({"IDEMPOTENCY_CONCURRENT_REQUEST"})


class ShopifyStock:
    """Quantities of variants at locations."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def write(self, writes: Sequence[StockWrite], key: str) -> None:
        """Set quantities. Raises StockMoved, PermanentError (what cannot be set), RetryableError (a twin is under way)."""
        if others := sorted({write.name for write in writes} - set(NAMES)):
            raise PermanentError(f"Shopify does not let {', '.join(others)} be set.", hint=f"Choose of {', '.join(NAMES)}.")
        items = await self._items([write.item for write in writes])
        for name in NAMES:
            some = [write for write in writes if write.name == name]
            for start in range(0, len(some), BATCH):
                await self._set(name, some[start : start + BATCH], items, key)

    async def _set(self, name: str, writes: Sequence[StockWrite], items: Mapping[str, str], key: str) -> None:
        quantities = [
            {
                "inventoryItemId": items[write.item], "locationId": write.location, "quantity": write.quantity,
                "changeFromQuantity": write.expected,
            }
            for write in writes
        ]  # fmt: skip
        asked: Json = {"name": name, "reason": "correction", "quantities": quantities}
        variables = {"input": asked, "key": str(uuid5(SPACE, f"{key} {encode_sorted(asked).decode()}"))}
        try:
            await self._graph.change("stock_set", variables, "inventorySetQuantities")
        except UserErrors as error:
            codes = {one.code for one in error.errors}
            if codes & AGAIN:
                raise RetryableError(f"{self._graph.shop}: the same write is under way.", after=2.0) from None
            if codes & MOVED:
                at_fault = {int(part) for one in error.errors if one.code in MOVED for part in one.field if part.isdecimal()}
                moved = tuple(writes[place].item for place in sorted(at_fault) if place < len(writes))
                raise StockMoved(
                    f"{self._graph.shop}: the stock of {', '.join(moved) or 'an item'} is not what we expected.",
                    hint="Read it again and decide anew.", items=moved,
                ) from None  # fmt: skip
            raise

    async def _items(self, ids: Sequence[str]) -> dict[str, str]:
        """Inventory items by what the caller names: themselves, or the variants that they belong to."""
        found = {id: id for id in ids if "/InventoryItem/" in id}
        variants = [id for id in dict.fromkeys(ids) if id not in found]
        for start in range(0, len(variants), BATCH):
            some = variants[start : start + BATCH]
            said = await self._graph.ask("variant_items", {"ids": some})
            found |= {one["id"]: one["inventoryItem"]["id"] for one in said.data["nodes"] if one and "inventoryItem" in one}
        if missing := [id for id in ids if id not in found]:
            raise PermanentError(f"{self._graph.shop} has no variant {missing[0]}.", hint="Its next sync will say so.")
        return found
