"""A GraphQL operation made into Python functions: what is known before the first object is read is worked out once.

graphql-core parses, validates and coerces; walking the result is ours, because its executor takes about ten times as long for
shops of plain dicts. The semantics are the specification's: fields merge, errors carry their path, null climbs to the next field
that may be null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLIncludeDirective,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
    VariableValues,
    get_argument_values,
    get_directive_values,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)

from connectors.shopify.sandbox.call import GraphError
from connectors.shopify.sandbox.state import Json, type_of

Path = tuple[str | int, ...]
Complete = Callable[[Any, Path], Any]
FREE = ("Connection", "Edge", "PageInfo")  # endings of type names that cost nothing by themselves


class Null(Exception):
    """A field that may not be null is: climbs to the next one that may. The error has been told already."""


class Selection:
    """What is asked of objects, with fragments, @skip and @include resolved for one set of variables."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], variables: VariableValues) -> None:
        self.schema, self.fragments, self.variables = schema, fragments, variables

    def fields(self, type: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Response key → the nodes that ask for it, in the order of the document."""
        found: dict[str, list[FieldNode]] = {}
        for one in sets:
            self._collect(type, one, found)
        return found

    def _collect(self, type: GraphQLObjectType, one: SelectionSetNode, found: dict[str, list[FieldNode]]) -> None:
        for node in one.selections:
            if not self._wanted(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._fits(type, node.type_condition.name.value):
                    self._collect(type, node.selection_set, found)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                if self._fits(type, fragment.type_condition.name.value):
                    self._collect(type, fragment.selection_set, found)

    def _fits(self, type: GraphQLObjectType, condition: str) -> bool:
        if type.name == condition:
            return True
        wanted = self.schema.type_map[condition]
        return is_abstract_type(wanted) and self.schema.is_sub_type(wanted, type)

    def _wanted(self, node: Any) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and not (include is not None and not include["if"])

    def arguments(self, type: GraphQLObjectType, node: FieldNode) -> Json:
        """The arguments of a field, coerced. Raises GraphQLError."""
        return get_argument_values(type.fields[node.name.value], node, self.variables)

    def directives(self, node: FieldNode) -> dict[str, Json]:
        """The directives of a field that are not the language's own."""
        found = {}
        for one in node.directives or ():
            known = self.schema.get_directive(one.name.value)
            if known and one.name.value not in {"skip", "include"}:
                found[one.name.value] = get_directive_values(known, node, self.variables) or {}
        return found


def below(nodes: Sequence[FieldNode]) -> list[SelectionSetNode]:
    """What is selected under a field."""
    return [node.selection_set for node in nodes if node.selection_set]


class Reader(Protocol):
    """What a plan asks of the shop. `value` is what a field holds; `found` an object behind a gid; `denial` why not."""

    def value(self, type: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Complete | None:
        """A function (source, path) → the field's value, or None when it is simply what the dict holds."""

    def found(self, gid: str) -> Json | None: ...

    def denial(self, type: GraphQLObjectType, name: str) -> GraphError | None:
        """Why this field is not shown; type alone (name "") for objects met behind an interface."""


class Plan:
    """Compiles selections. `errors` are those of the run, as they are sent; `spent` the points that objects cost."""

    def __init__(self, selection: Selection, reader: Reader) -> None:
        self.selection, self.reader = selection, reader
        self.errors: list[Json] = []
        self.spent = 0

    def error(self, error: GraphError | Exception, path: Path, node: FieldNode | None = None) -> None:
        """Tell an error of the run."""
        said: Json = {"message": str(error)}
        if node is not None and node.loc is not None:
            place = node.loc.source.get_location(node.loc.start)
            said["locations"] = [{"line": place.line, "column": place.column}]
        said["path"] = list(path)
        if isinstance(error, GraphError) and error.extensions:
            said["extensions"] = error.extensions
        self.errors.append(said)

    def object(self, type: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> Complete:
        """(object, path) → its answer, for one concrete type."""
        fields = [
            (key, nodes[0].name.value, *self.field(type, nodes)) for key, nodes in self.selection.fields(type, sets).items()
        ]
        cost = 0 if type.name.endswith(FREE) else 1

        def complete(source: Any, path: Path) -> Json:
            self.spent += cost
            answer = {}
            for key, name, required, produce in fields:
                if produce is not None:
                    answer[key] = produce(source, (*path, key))
                    continue
                value = answer[key] = source.get(name)
                if value is None and required:
                    self.error(GraphError(f"Cannot return null for non-nullable field {type.name}.{name}."), (*path, key))
                    raise Null
            return answer

        return complete

    def field(self, type: GraphQLObjectType, nodes: list[FieldNode]) -> tuple[bool, Complete | None]:
        """(may not be null, function); no function: a leaf that the dict holds under its name."""
        name = nodes[0].name.value
        if name == "__typename":
            return False, lambda _source, _path: type.name
        kind = type.fields[name].type
        required = isinstance(kind, GraphQLNonNull)
        if denied := self.reader.denial(type, name):
            return required, self._denied(denied, kind, nodes)
        value = self.reader.value(type, nodes)
        if is_leaf_type(get_named_type(kind)):
            return required, None if value is None else self._guarded(value, kind, nodes, None)
        return required, self._guarded(value or _held(name), kind, nodes, self.type(kind, below(nodes)))

    def _guarded(self, value: Complete, kind: GraphQLOutputType, nodes: list[FieldNode], inner: Complete | None) -> Complete:
        """The field's value, completed; errors are told here, and null climbs when it must."""
        required, node = isinstance(kind, GraphQLNonNull), nodes[0]

        def produce(source: Any, path: Path) -> Any:
            try:
                found = value(source, path)
                if found is not None and inner is not None:
                    found = inner(found, path)
            except GraphError as error:
                self.error(error, path, node)
                if required:
                    raise Null from None
                return None
            except Null:
                if required:
                    raise
                return None
            if found is None and required:
                self.error(GraphError(f"Cannot return null for non-nullable field {node.name.value}."), path, node)
                raise Null
            return found

        return produce

    def _denied(self, error: GraphError, kind: GraphQLOutputType, nodes: list[FieldNode]) -> Complete:
        """A field that is not shown: null, or the emptiest value where null is not allowed."""
        required = isinstance(kind, GraphQLNonNull)
        connection = self.type(kind, below(nodes)) if get_named_type(kind).name.endswith("Connection") else None
        whole = error.extensions.get("requiredAccess")  # a missing scope takes the field away altogether

        def produce(_source: Any, path: Path) -> Any:
            self.error(error, path, nodes[0])
            if not required:
                return None
            if whole:
                raise Null
            empty = {"nodes": [], "edges": [], "pageInfo": {"hasNextPage": False, "hasPreviousPage": False}}
            return connection(empty, path) if connection else ""

        return produce

    def type(self, kind: GraphQLOutputType, sets: Sequence[SelectionSetNode]) -> Complete:
        """(value that is not null, path) → its answer, for any type that is no leaf."""
        if isinstance(kind, GraphQLNonNull):
            return self.type(kind.of_type, sets)
        if isinstance(kind, GraphQLList):
            return self._list(kind.of_type, sets)
        if is_object_type(kind):
            return self._known(self.object(kind, sets))
        assert is_abstract_type(kind)  # noqa: S101  # for the type checker: leaves never come here
        return self._abstract(kind, sets)

    def _list(self, kind: GraphQLOutputType, sets: Sequence[SelectionSetNode]) -> Complete:
        required = isinstance(kind, GraphQLNonNull)
        inner = self.type(kind, sets)

        def complete(values: Any, path: Path) -> list[Any]:
            answer: list[Any] = []
            for value in values:
                if required and value.__class__ is str and self.reader.found(value) is None:
                    continue  # of a list of references, those that are gone are simply no longer in it
                try:
                    answer.append(None if value is None else inner(value, (*path, len(answer))))
                except Null:
                    if required:
                        raise
                    answer.append(None)
            return answer

        return complete

    def _known(self, inner: Complete) -> Complete:
        found = self.reader.found

        def complete(value: Any, path: Path) -> Any:
            if value.__class__ is str:
                value = found(value)
                if value is None:
                    return None
            return inner(value, path)

        return complete

    def _abstract(self, kind: GraphQLAbstractType, sets: Sequence[SelectionSetNode]) -> Complete:
        plans: dict[str, Complete] = {}

        def plan(name: str) -> Complete:
            concrete = self.selection.schema.type_map.get(name)
            if not is_object_type(concrete) or not self.selection.schema.is_sub_type(kind, concrete):
                return lambda _value, _path: None  # a gid of a type that this interface does not have
            if denied := self.reader.denial(concrete, ""):
                return self._refused(denied)
            return self.object(concrete, sets)

        def complete(value: Any, path: Path) -> Any:
            if value.__class__ is str:
                name = type_of(value)
                value = self.reader.found(value)
                if value is None:
                    return None
            else:
                name = value["__typename"]
            if name not in plans:
                plans[name] = plan(name)
            return plans[name](value, path)

        return complete

    def _refused(self, error: GraphError) -> Complete:
        def complete(_value: Any, path: Path) -> None:
            self.error(error, path)

        return complete


def _held(name: str) -> Complete:
    return lambda source, _path: source.get(name)
