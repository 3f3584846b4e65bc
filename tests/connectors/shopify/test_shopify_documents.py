"""The documents that the connector sends: valid for Shopify of two versions, and of one mind with each other."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import pytest
from graphql import FragmentDefinitionNode, GraphQLSchema, is_object_type, parse, print_ast, validate
from selections import Reading, Selected, shape

from connectors.shopify.documents import load
from connectors.shopify.sandbox.execute import schema

Official = Callable[[str], GraphQLSchema]
NAMES = sorted(
    one.name.removesuffix(".graphql") for one in files("connectors.shopify.documents").iterdir() if one.name.endswith(".graphql")
)
BULK = {"bulk_products": "products", "bulk_products_places": "products", "bulk_orders": "orders", "bulk_customers": "customers"}


@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
@pytest.mark.parametrize("name", NAMES)
def test_every_document_is_valid_for_shopify(name: str, version: str, official_schema: Official) -> None:
    assert validate(official_schema(version), parse(load(name))) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_document_is_valid_for_the_sandbox(name: str) -> None:
    assert validate(schema(), parse(load(name))) == []


def test_fragments_of_one_name_are_one_text() -> None:
    texts: dict[str, dict[str, str]] = {}
    for name in NAMES:
        for one in parse(load(name)).definitions:
            if isinstance(one, FragmentDefinitionNode):
                texts.setdefault(one.name.value, {})[name] = print_ast(one)
    differing = {fragment: sorted(files) for fragment, files in texts.items() if len(set(files.values())) > 1}
    assert not differing


def _fields(name: str, official: GraphQLSchema) -> list[Selected]:
    return list(Reading(official, parse(load(name))).fields())


@pytest.mark.parametrize("detail", ["products", "orders", "customers"])
def test_bulk_operations_select_what_the_details_select(detail: str, official_schema: Official) -> None:
    official = official_schema("2026-10")
    bulk: set[tuple[str, ...]] = set()
    for name, of in BULK.items():
        if of == detail:
            bulk |= shape(iter(_fields(name, official)))
    one_by_one = shape(iter(_fields(detail, official)))
    assert bulk - one_by_one == set()
    assert one_by_one - bulk == set()


@pytest.mark.parametrize("name", BULK)
def test_bulk_operations_keep_to_the_rules(name: str, official_schema: Official) -> None:
    """Shopify, "Bulk operations": one to five connections, two levels deep, of nodes; none in a list; no node(s) at the root."""
    official = official_schema("2026-10")
    fields = _fields(name, official)
    connections = [one for one in fields if one.connection]
    assert 1 <= len(connections) <= 5
    assert all(one.levels <= 2 for one in connections), [one.path for one in connections if one.levels > 2]
    assert not [one.path for one in connections if one.in_list]
    assert not [one.path for one in fields if len(one.path) == 1 and one.path[0].partition("(")[0] in {"node", "nodes"}]
    for one in connections:
        connection = official.type_map[one.type]
        assert is_object_type(connection)
        node = str(connection.fields["nodes"].type).strip("[]!")
        kind = official.type_map[node]
        assert node == "Node" or "Node" in {face.name for face in getattr(kind, "interfaces", ())} or node == "Media", node


def test_the_rules_would_find_a_connection_too_many(official_schema: Official) -> None:
    text = "{ orders { nodes { id fulfillments { id fulfillmentLineItems { nodes { id } } } } } }"
    fields = list(Reading(official_schema("2026-10"), parse(text)).fields())
    assert [one.path for one in fields if one.connection and one.in_list] == [("orders", "fulfillments", "fulfillmentLineItems")]
