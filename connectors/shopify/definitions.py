"""Definitions of metafields: what makes them show in the shop's admin with a name, and checked for their form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.shopify.client.graph import Graph, UserErrors
from connectors.shopify.client.pages import pages
from connectors.shopify.namespaces import spelled
from hub.errors import PermanentError
from hub.ports import Json, MetafieldDefinition

OWNERS: Final = {"product": "PRODUCT", "variant": "PRODUCTVARIANT", "order": "ORDER", "customer": "CUSTOMER", "shop": "SHOP"}
TAKEN: Final = "TAKEN"  # somebody made it between our look and our write: as good as made


class ShopifyDefinitions:
    """`metafieldDefinitionCreate`, for those that the shop lacks."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def define(self, definitions: Sequence[MetafieldDefinition]) -> list[MetafieldDefinition]:
        """Make what is missing; answers what was made. What is there is left as the merchant has it.

        Raises PermanentError (a kind that has no metafields), UserErrors (the app has its 256 of this kind already).
        """
        made: list[MetafieldDefinition] = []
        for kind, namespace in dict.fromkeys((one.kind, one.namespace) for one in definitions):
            held = await self._held(owner(kind), spelled(namespace))
            for one in definitions:
                if (one.kind, one.namespace) == (kind, namespace) and one.key not in held and await self._create(one):
                    made.append(one)
        return made

    async def _held(self, owner_type: str, namespace: str) -> set[str]:
        asked = {"ownerType": owner_type, "namespace": namespace}
        found = pages(self._graph, "metafield_definitions", asked, lambda data: data.get("metafieldDefinitions"))
        return {one["key"] async for page in found for one in page}

    async def _create(self, one: MetafieldDefinition) -> bool:
        definition: Json = {
            "ownerType": owner(one.kind), "key": one.key, "type": one.type, "name": one.name,
            "description": one.description, "access": {"storefront": "PUBLIC_READ" if one.public else "NONE"},
        }  # fmt: skip
        if (namespace := spelled(one.namespace)) != "$app":  # an absent namespace is the app's own
            definition["namespace"] = namespace
        try:
            await self._graph.change("metafield_definition_create", {"definition": definition}, "metafieldDefinitionCreate")
        except UserErrors as error:
            if all(each.code == TAKEN for each in error.errors):
                return False
            raise
        return True


def owner(kind: str) -> str:
    """Shopify's word for whose metafield it is. Raises PermanentError."""
    if kind not in OWNERS:
        raise PermanentError(f"Shopify defines no metafields of {kind!r}.", hint=f"Choose of {', '.join(OWNERS)}.")
    return OWNERS[kind]
