"""The sandbox speaks no word that Shopify does not: its schema is a part of the official one, of the same types."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import pytest
from graphql import GraphQLSchema, build_schema, extend_schema, parse, validate_schema
from subset import beyond

from connectors.shopify.sandbox.execute import schema

Official = Callable[[str], GraphQLSchema]


def test_every_type_field_argument_and_value_of_ours_is_shopifys(official_schema: Official) -> None:
    assert list(beyond(schema(), official_schema("2026-10"))) == []


def test_our_schema_is_a_valid_one() -> None:
    assert validate_schema(schema()) == []


INVENTED = {
    "extend type Product { sparkle: String }": "Product.sparkle is not theirs",
    "type Sparkle { id: ID! } extend type Product { seo2: Sparkle }": "Sparkle is no ObjectType of theirs",
    "enum Sparkling { YES } extend type Shop { sparkling: Sparkling }": "Sparkling is no EnumType of theirs",
    "extend enum ProductStatus { SPARKLING }": "ProductStatus.SPARKLING is no value of theirs",
    "extend type MoneyBag implements Node { id: ID! }": "MoneyBag of theirs does not implement Node",
    "directive @sparkle on FIELD": "@sparkle is not theirs",
}


@pytest.mark.parametrize("addition", INVENTED)
def test_an_invented_word_is_found(addition: str, official_schema: Official) -> None:
    longer = extend_schema(schema(), parse(addition), assume_valid=True)
    assert INVENTED[addition] in list(beyond(longer, official_schema("2026-10")))


ALTERED = {
    ("title: String!", "title: String"): "Product.title is String, theirs String!",
    ("product(id: ID!): Product", "product(id: ID): Product"): "QueryRoot.product(id:) is ID, theirs ID!",
    ("product(id: ID!): Product", "product(key: ID!): Product"): "QueryRoot.product lacks the argument id that theirs requires",
    ("limit: Int = 10000", "limit: Int = 250"): "QueryRoot.productsCount(limit:) is 250 by itself, theirs 10000",
}


@pytest.mark.parametrize("change", ALTERED)
def test_another_type_or_default_is_found(change: tuple[str, str], official_schema: Official) -> None:
    folder = files("connectors.shopify.sandbox").joinpath("schema")
    text = "\n".join(one.read_text() for one in folder.iterdir() if one.name.endswith(".graphql"))
    assert change[0] in text
    altered = build_schema(text.replace(*change), assume_valid=True)
    assert ALTERED[change] in list(beyond(altered, official_schema("2026-10")))
