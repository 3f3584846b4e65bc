"""Everything that we write to a Shopify shop, as the hub's ports name it."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.shopify.client.store import ShopifyStore
from connectors.shopify.definitions import ShopifyDefinitions
from connectors.shopify.inventory import ShopifyStock
from connectors.shopify.media import ShopifyMedia
from connectors.shopify.metafields import ShopifyMetafields
from hub.ports import MediaState, MetafieldDefinition, MetafieldWrite, Resource, Row, StockWrite, Upload


class ShopifyWriter:
    """`hub.ports.Writer`, `MediaWriter`, `StockWriter` and `Definer`."""

    def __init__(self, store: ShopifyStore) -> None:
        self._metafields = ShopifyMetafields(store, store.graph)
        self._media = ShopifyMedia(store.graph, store.http)
        self._stock = ShopifyStock(store.graph)
        self._definitions = ShopifyDefinitions(store.graph)

    async def write_metafields(self, resource: Resource, vendor_id: str, fields: Sequence[MetafieldWrite]) -> Row:
        return await self._metafields.write(resource, vendor_id, fields)

    async def add_media(self, resource: Resource, vendor_id: str, upload: Upload) -> MediaState:
        return await self._media.add(resource, vendor_id, upload)

    async def media_state(self, id: str) -> MediaState:
        return await self._media.state(id)

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> None:
        await self._stock.write(writes, key)

    async def define(self, definitions: Sequence[MetafieldDefinition]) -> Sequence[MetafieldDefinition]:
        return await self._definitions.define(definitions)
