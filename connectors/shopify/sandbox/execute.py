"""GraphQL over the shop's objects: prepare (parse and validate, remembered by text), begin (coerce, compile, price), run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    get_named_type,
    get_variable_values,
    is_object_type,
    parse,
    validate,
)

from connectors.shopify.sandbox import access, themes
from connectors.shopify.sandbox.call import Call, GraphError, UserError
from connectors.shopify.sandbox.connections import MOST, Rows, check, page, sorted_rows
from connectors.shopify.sandbox.cost import requested
from connectors.shopify.sandbox.plan import Complete, Null, Path, Plan, Selection, below
from connectors.shopify.sandbox.state import Json


class Refused(Exception):
    """The request is not executed at all: `errors` as they are sent, without `data`."""

    def __init__(self, errors: list[Json]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


@cache
def schema() -> GraphQLSchema:
    """Our part of the Admin API, all themes joined."""
    folder = files(__package__).joinpath("schema")
    texts = [one.read_text(encoding="utf-8") for one in sorted(folder.iterdir(), key=str) if one.name.endswith(".graphql")]
    return build_schema("\n".join(texts), assume_valid=True)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is valid."""

    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The one to run. Raises Refused."""
        if name and name in self.operations:
            return self.operations[name]
        if name or len(self.operations) != 1:
            raise Refused([{"message": f"No operation named {name!r}" if name else "An operation name is required"}])
        return next(iter(self.operations.values()))


@lru_cache(maxsize=256)
def prepare(text: str) -> Prepared:
    """Parse and validate. Raises Refused."""
    try:
        document = parse(text)
    except GraphQLError as error:
        raise Refused([_said(error)]) from None
    if errors := validate(schema(), document):
        raise Refused([_said(error) for error in errors])
    operations, fragments = {}, {}
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            operations[one.name.value if one.name else ""] = one
        elif isinstance(one, FragmentDefinitionNode):
            fragments[one.name.value] = one
    return Prepared(operations, fragments)


def _said(error: GraphQLError) -> Json:
    said: Json = {"message": error.message, "locations": [{"line": at.line, "column": at.column} for at in error.locations or ()]}
    if error.message.startswith("Cannot query field"):
        said["extensions"] = {"code": "undefinedField"}
    return said


@dataclass
class Execution:
    """One operation, ready to run. `requested` is its price before; `warnings` what searches ignored.

    whole: connections come whole and without their limits, as bulk operations read them.
    """

    call: Call
    text: str
    variables: Json = field(default_factory=dict)
    name: str | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        prepared = prepare(self.text)
        self.operation = prepared.operation(self.name)
        found = get_variable_values(schema(), self.operation.variable_definitions or (), self.variables)
        if isinstance(found, list):
            extensions = {"code": "INVALID_VARIABLE"}
            raise Refused([{**_said(error), "extensions": extensions} for error in found])
        self.selection = Selection(schema(), prepared.fragments, found)
        root = schema().get_root_type(self.operation.operation)
        if root is None:
            raise Refused([{"message": f"Schema is not configured to execute {self.operation.operation.value} operation."}])
        self.root: GraphQLObjectType = root
        self.searches: list[Json] = []
        try:
            self.requested = requested(self.selection, root, [self.operation.selection_set])
        except (GraphQLError, GraphError) as error:
            raise Refused([_said(error) if isinstance(error, GraphQLError) else _refusal(error)]) from None

    @property
    def mutation(self) -> bool:
        return self.operation.operation is OperationType.MUTATION

    def run(self) -> Json:
        """{"data", "errors"?}; `actual` is then its price after."""
        plan = Plan(self.selection, Shelf(self))
        try:
            data = plan.object(self.root, [self.operation.selection_set])({}, ())
        except Null:
            data = None
        self.actual = min(self.requested, max(plan.spent - 1, 0) + (10 if self.mutation else 0))  # the root is no object
        return {"data": data, **({"errors": plan.errors} if plan.errors else {})}

    def each(self) -> Iterator[tuple[str, Json, list[Json]]]:
        """The rows of every connection at the root, one at a time: (response key, the row's tree, errors of this row).

        Raises GraphError when the connection may not be read at all.
        """
        for key, nodes in self.selection.fields(self.root, [self.operation.selection_set]).items():
            kind = get_named_type(self.root.fields[nodes[0].name.value].type)
            if not is_object_type(kind) or not kind.name.endswith("Connection"):
                continue
            plan, shelf = Plan(self.selection, Shelf(self)), Shelf(self)
            if denied := shelf.denial(self.root, nodes[0].name.value):
                raise denied
            source = shelf.value(self.root, nodes)
            node = get_named_type(kind.fields["nodes"].type)
            assert source is not None and is_object_type(node)  # noqa: S101  # for the type checker
            tree = plan.object(node, _node_sets(self.selection, kind, nodes))
            for row in source({}, (key,))["nodes"]:
                plan.errors = []
                try:
                    found = tree(row, (key,))
                except Null:
                    found = {}  # the errors say why
                yield key, found, plan.errors


def _node_sets(selection: Selection, kind: GraphQLObjectType, nodes: list[FieldNode]) -> list[Any]:
    """What is asked of the rows of a connection, by `nodes` or by `edges { node }`."""
    found = []
    for asked in selection.fields(kind, below(nodes)).values():
        if asked[0].name.value == "nodes":
            found += below(asked)
        elif asked[0].name.value == "edges":
            edge = get_named_type(kind.fields["edges"].type)
            assert is_object_type(edge)  # noqa: S101  # for the type checker
            for inner in selection.fields(edge, below(asked)).values():
                if inner[0].name.value == "node":
                    found += below(inner)
    return found


def _refusal(error: GraphError) -> Json:
    return {"message": str(error), **({"extensions": error.extensions} if error.extensions else {})}


class Shelf:
    """What plans ask of the shop (`plan.Reader`), for one execution."""

    def __init__(self, execution: Execution) -> None:
        self.execution, self.call = execution, execution.call
        self.state, self.resolvers = execution.call.state, themes.resolvers()
        self.limited = not self.call.may("read_all_orders")

    def found(self, gid: str) -> Json | None:
        obj = self.state.get(gid)
        if self.limited and obj is not None and obj["__typename"] == "Order" and not access.visible_order(self.call, obj):
            return None
        return obj

    def denial(self, type: GraphQLObjectType, name: str) -> GraphError | None:
        if not name:
            return access.scope_denial(self.call, type.name, type.name)
        kind = get_named_type(type.fields[name].type).name
        scope = themes.scopes().get(f"{type.name}.{name}")
        denied = access.scope_denial(self.call, kind, name) or (access.missing(self.call, scope, name) if scope else None)
        return denied or access.data_denial(self.call.sandbox.denied, type.name, name)

    def value(self, type: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Complete | None:
        node = nodes[0]
        name = node.name.value
        resolver = self.resolvers.get(f"{type.name}.{name}") or self.resolvers.get(f"*.{name}")
        kind = get_named_type(type.fields[name].type)
        connection = kind.name.endswith("Connection")
        if resolver is None and not connection and not node.arguments:
            return None
        try:
            args = self.execution.selection.arguments(type, node)
            if connection and not self.execution.whole:
                check(args, name)
            for word, given in args.items():
                if isinstance(given, list) and len(given) > MOST:
                    message = f"The input array size of {len(given)} is greater than the maximum allowed of {MOST}."
                    raise GraphError(message, "MAX_INPUT_SIZE_EXCEEDED", argument=word)
        except GraphQLError as error:
            return _failing(GraphError(error.message, "INVALID_ARGUMENT"))
        except GraphError as error:
            return _failing(error)
        if connection:
            return self._connection(type, nodes, args)
        directives = self.execution.selection.directives(node)
        if resolver is None:
            return lambda source, _path: _cut(source.get(name), args)
        return self._resolved(resolver, args, directives)

    def _resolved(self, resolver: Any, args: Json, directives: Json) -> Complete:
        def value(source: Any, _path: Path) -> Any:
            self.call.directives = directives
            try:
                return resolver(self.call, source, args)
            except UserError as error:
                return {"userErrors": [error.error]}

        return value

    def _connection(self, type: GraphQLObjectType, nodes: Sequence[FieldNode], args: Json) -> Complete:
        name, whole = nodes[0].name.value, self.execution.whole
        resolver = self.resolvers.get(f"{type.name}.{name}") or self.resolvers.get(f"*.{name}")
        kind = get_named_type(type.fields[name].type)
        assert is_object_type(kind)  # noqa: S101  # for the type checker
        asked = self.execution.selection.fields(kind, below(nodes)).values()
        edges = any(one[0].name.value == "edges" for one in asked)

        def value(source: Any, path: Path) -> Json:
            found = resolver(self.call, source, args) if resolver else source.get(name) or []
            if isinstance(found, tuple):  # rows that are sorted already, and what was said of the query
                found, search = found
                if search.warnings:
                    self.execution.searches.append(
                        {"path": list(path), "query": args.get("query"), "parsed": None, "warnings": search.warnings}
                    )
            if isinstance(found, Rows):
                return _whole(found.rows, edges=edges) if whole else page(found, args, edges=edges)
            rows = [row for one in found if (row := self.found(one) if one.__class__ is str else one) is not None]
            if whole:
                return _whole(rows, edges=edges)
            return page(sorted_rows(rows, lambda row: row.get("position") or 0), args, edges=edges, deep=False)

        return value


def _whole(rows: Sequence[Json], *, edges: bool) -> Json:
    info = {"hasNextPage": False, "hasPreviousPage": False}
    return {"nodes": rows, "edges": [{"node": row, "cursor": ""} for row in rows] if edges else [], "pageInfo": info}


def _failing(error: GraphError) -> Complete:
    def value(_source: Any, _path: Path) -> Any:
        raise error

    return value


def _cut(value: Any, args: Json) -> Any:
    """A plain list with `first`, and quantities by their names."""
    if not isinstance(value, list):
        return value
    if "names" in args:
        value = [one for one in value if one["name"] in args["names"]]
    return value[: args["first"]] if args.get("first") is not None else value
