"""Definitions of metafields: what makes them show in the shop's admin with a name, and checked for their form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from connectors.shopify.client.graph import Graph, UserErrors
from connectors.shopify.client.pages import pages
from connectors.shopify.namespaces import spelled
from hub.ports import Json

TAKEN: Final = frozenset({"TAKEN"})  # somebody made it between our look and our write: as good as made


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition. owner: PRODUCT, PRODUCTVARIANT, ORDER, CUSTOMER, SHOP; type: Shopify's word; storefront: whether themes
    may read it."""

    owner: Literal["PRODUCT", "PRODUCTVARIANT", "ORDER", "CUSTOMER", "SHOP"]
    namespace: str
    key: str
    type: str
    name: str
    description: str = ""
    storefront: bool = False


async def ensure(graph: Graph, wanted: Iterable[Definition]) -> list[Definition]:
    """Make those definitions that the shop lacks; answers which. What is there is left as the merchant has it.

    Raises UserErrors, for instance when the shop has its 256 of this owner already.
    """
    made: list[Definition] = []
    several = list(wanted)
    for owner, namespace in dict.fromkeys((one.owner, one.namespace) for one in several):
        held = await _held(graph, owner, spelled(namespace))
        for one in several:
            if (one.owner, one.namespace) == (owner, namespace) and one.key not in held and await _create(graph, one):
                made.append(one)
    return made


async def _held(graph: Graph, owner: str, namespace: str) -> set[str]:
    asked = {"ownerType": owner, "namespace": namespace}
    found = pages(graph, "metafield_definitions", asked, lambda data: data.get("metafieldDefinitions"))
    return {one["key"] async for page in found for one in page}


async def _create(graph: Graph, one: Definition) -> bool:
    definition: Json = {
        "ownerType": one.owner, "key": one.key, "type": one.type, "name": one.name, "description": one.description,
        "access": {"storefront": "PUBLIC_READ" if one.storefront else "NONE"},
    }  # fmt: skip
    if (namespace := spelled(one.namespace)) != "$app":
        definition["namespace"] = namespace
    try:
        await graph.change("metafield_definition_create", {"definition": definition}, "metafieldDefinitionCreate")
    except UserErrors as error:
        if all(error.code in TAKEN for error in error.errors):
            return False
        raise
    return True
