"""What would be written is what the official schema takes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLInputType, GraphQLSchema
from graphql.utilities import validate_input_value
from shopify_cases import ALL, canonical

from connectors.shopify.mapping import to_native
from connectors.shopify.mapping.reading import rest_shaped
from schemas.exact import decode

INPUTS = {"product": "ProductSetInput", "variant": "ProductVariantSetInput", "order": "OrderInput", "customer": "CustomerInput"}
CASES = [(name, kind, body) for name, kind, body in ALL if kind in INPUTS and not rest_shaped(decode(body))]


def sent(value: Any) -> Any:
    """The value as JSON carries it: numbers as numbers."""
    if isinstance(value, dict):
        return {key: sent(inner) for key, inner in value.items()}
    return [sent(inner) for inner in value] if isinstance(value, list) else float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
@pytest.mark.parametrize(("name", "kind", "body"), CASES, ids=[name for name, _, _ in CASES])
def test_the_native_form_is_an_input_of_the_official_schema(
    official_schema: Callable[[str], GraphQLSchema], version: str, name: str, kind: str, body: bytes
) -> None:
    wanted = official_schema(version).type_map[INPUTS[kind]]
    assert isinstance(wanted, GraphQLInputType)
    faults: list[str] = []
    native = sent(to_native(kind, canonical(kind, body)))
    validate_input_value(native, wanted, lambda error, path: faults.append(f"{path}: {error.message}"))
    assert faults == []
