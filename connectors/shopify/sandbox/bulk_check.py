"""Whether Shopify would run a document as a bulk operation: its rules, with the message that each refusal carries.

Source: "Perform bulk operations with the GraphQL Admin API", operation restrictions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_list_type,
    parse,
    validate,
)
from graphql.type import get_nullable_type

MOST_CONNECTIONS, DEEPEST = 5, 2
Fragments = dict[str, FragmentDefinitionNode]


class Invalid(Exception):
    """The document is refused; the text is the user error's message."""


def checked(schema: GraphQLSchema, text: str) -> tuple[OperationDefinitionNode, Fragments]:
    """The operation and the fragments of a document that may run in bulk. Raises Invalid."""
    try:
        document = parse(text)
    except GraphQLError as error:
        raise Invalid(f"Invalid bulk query: {error.message}") from None
    if errors := validate(schema, document):
        raise Invalid(f"Invalid bulk query: {errors[0].message}")
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation.value != "query":
        raise Invalid("Invalid bulk query: it must contain exactly one query operation.")
    operation = operations[0]
    if operation.variable_definitions:
        raise Invalid("Invalid bulk query: variables are not supported.")
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    _Rules(schema, fragments).check(operation)
    return operation, fragments


def fields_of(
    schema: GraphQLSchema, selection: SelectionSetNode, parent: GraphQLNamedType, fragments: Fragments
) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
    """(type on which it is asked, field) of a selection, fragments spread out."""
    for one in selection.selections:
        if isinstance(one, FieldNode):
            yield parent, one
        elif isinstance(one, InlineFragmentNode):
            on = schema.type_map[one.type_condition.name.value] if one.type_condition else parent
            yield from fields_of(schema, one.selection_set, on, fragments)
        elif isinstance(one, FragmentSpreadNode):
            fragment = fragments[one.name.value]
            on = schema.type_map[fragment.type_condition.name.value]
            yield from fields_of(schema, fragment.selection_set, on, fragments)


def is_connection(kind: GraphQLNamedType) -> bool:
    """Whether a type is a connection: it ends so, and has nodes."""
    return kind.name.endswith("Connection") and isinstance(kind, GraphQLObjectType) and "nodes" in kind.fields


def node_type(connection: GraphQLNamedType) -> GraphQLCompositeType:
    """The type of a connection's nodes."""
    return cast(GraphQLCompositeType, get_named_type(cast(GraphQLObjectType, connection).fields["nodes"].type))


def node_selections(
    schema: GraphQLSchema, selection: SelectionSetNode, kind: GraphQLNamedType, fragments: Fragments
) -> Iterator[SelectionSetNode]:
    """What is asked of a connection's nodes, by `nodes` and by `edges { node }`."""
    for _, one in fields_of(schema, selection, kind, fragments):
        if one.name.value in {"nodes", "node"} and one.selection_set:
            yield one.selection_set
        elif one.name.value == "edges" and one.selection_set:
            yield from node_selections(schema, one.selection_set, kind, fragments)


class _Rules:
    def __init__(self, schema: GraphQLSchema, fragments: Fragments) -> None:
        self.schema, self.fragments = schema, fragments
        self.connections = 0

    def check(self, operation: OperationDefinitionNode) -> None:
        root = cast(GraphQLObjectType, self.schema.query_type)
        top = list(fields_of(self.schema, operation.selection_set, root, self.fragments))
        if any(field.name.value in {"node", "nodes"} for _, field in top):
            raise Invalid("Bulk queries cannot contain a top level `node` or `nodes` field.")
        if len(top) != 1:
            raise Invalid("Bulk queries must contain exactly one top level field.")
        if top[0][1].selection_set and self._single(root, top[0][1]):
            raise Invalid("Bulk queries must contain at least one connection: this sandbox wants it at the top level.")
        self._walk(operation.selection_set, root, depth=-1, in_list=False)
        if not self.connections:
            raise Invalid("Bulk queries must contain at least one connection.")
        if self.connections > MOST_CONNECTIONS:
            raise Invalid(f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections.")

    def _single(self, root: GraphQLObjectType, field: FieldNode) -> bool:
        """Whether a connection is asked for, but below a single object."""
        kind = get_named_type(root.fields[field.name.value].type)
        return not is_connection(kind) and self._walk(cast(SelectionSetNode, field.selection_set), kind, -1, in_list=False)

    def _walk(self, selection: SelectionSetNode, parent: GraphQLNamedType, depth: int, in_list: bool) -> bool:
        """Check everything below; whether a connection stands in it before the next node."""
        found = False
        for on, field in fields_of(self.schema, selection, parent, self.fragments):
            if field.selection_set is None or field.name.value.startswith("__"):
                continue
            definition = on.fields[field.name.value]  # type: ignore[attr-defined]
            kind = get_named_type(definition.type)
            if is_connection(kind):
                found = True
                self._connection(field, kind, depth + 1, in_list)
            else:
                listed = in_list or is_list_type(get_nullable_type(definition.type))
                found = self._walk(field.selection_set, kind, depth, listed) or found
        return found

    def _connection(self, field: FieldNode, kind: GraphQLNamedType, depth: int, in_list: bool) -> None:
        name = field.name.value
        self.connections += 1
        if in_list:
            raise Invalid("Queries that contain a connection field within a list field are not currently supported.")
        if depth > DEEPEST:
            raise Invalid(f"Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST}.")
        node = node_type(kind)
        if not self._implements_node(node):
            raise Invalid(f"Bulk queries cannot contain the connection `{name}`: {node.name} does not implement Node.")
        for selection in node_selections(self.schema, cast(SelectionSetNode, field.selection_set), kind, self.fragments):
            if self._walk(selection, node, depth, in_list=False) and not self._selects_id(selection, node):
                raise Invalid(
                    "The parent 'node' field for a nested connection must select the 'id' field without an alias and "
                    f"must be of 'ID' return type. Connection fields without 'id': {name}."
                )

    def _selects_id(self, selection: SelectionSetNode, node: GraphQLNamedType) -> bool:
        asked = fields_of(self.schema, selection, node, self.fragments)
        return any(field.name.value == "id" and (field.alias is None or field.alias.value == "id") for _, field in asked)

    def _implements_node(self, node: GraphQLCompositeType) -> bool:
        if isinstance(node, GraphQLUnionType | GraphQLInterfaceType):
            return all(self._implements_node(one) for one in self.schema.get_possible_types(node))
        return any(one.name == "Node" for one in node.interfaces)
