"""The peer's bulk documents, executed over the samples: what is selected, under the names that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse

from benchmarks.shopify.copies import Sheet, template
from benchmarks.shopify.peer_objects import product, variant
from connectors.shopify.sandbox.bulk_lines import lines
from connectors.shopify.sandbox.state import Json, State

CONNECTIONS = frozenset({"images", "variants", "metafields", "presentmentPrices"})
ROOTS: Mapping[str, Callable[[State, Json], list[Json]]] = {
    "products": lambda state, one: [product(state, one)],
    "productVariants": lambda state, one: [variant(state, each) for each in state.all(one["variants"])],
}


def peer_sheets(state: State, samples: list[Json], text: str) -> list[Sheet]:
    """One sheet for each sample. Raises KeyError for a field that the samples do not have."""
    root = _root(text)
    selection = _below(_below(root, "edges"), "node").selection_set
    assert selection is not None
    found = []
    for sample in samples:
        answers = [_selected(one, selection) for one in ROOTS[root.name.value](state, sample)]
        written = [line for line, _ in lines(answers, CONNECTIONS, grouped=True)]
        found.append(Sheet((template(written),), len(answers)))
    return found


def _root(text: str) -> FieldNode:
    operation = parse(text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    field = operation.selection_set.selections[0]
    assert isinstance(field, FieldNode)
    return field


def _below(field: FieldNode, name: str) -> FieldNode:
    assert field.selection_set is not None
    return next(one for one in field.selection_set.selections if isinstance(one, FieldNode) and one.name.value == name)


def _selected(value: Any, selection: SelectionSetNode) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [_selected(one, selection) for one in value]
    answer: Json = {}
    for field in selection.selections:
        assert isinstance(field, FieldNode), "the peer's documents have no fragments"
        found = value[field.name.value]
        key = field.alias.value if field.alias else field.name.value
        answer[key] = found if field.selection_set is None else _selected(found, field.selection_set)
    return answer
