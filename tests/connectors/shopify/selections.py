"""What GraphQL documents select, flattened, so that two of them can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    print_ast,
)

Path = tuple[str, ...]
PAGED = {"first", "last", "after", "before"}


@dataclass(frozen=True)
class Selected:
    """A field that is selected: its path of fields and narrowed types, the types that it is of and stands in."""

    path: Path
    type: str
    connection: bool
    in_list: bool
    levels: int  # connections around it


class Reading:
    """The fields of one document, in the light of a schema."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.schema = schema
        self.fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        self.operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))

    def fields(self) -> Iterator[Selected]:
        root = self.schema.get_root_type(self.operation.operation)
        assert root is not None
        yield from self._set(self.operation.selection_set, root.name, (), False, 0)

    def _set(self, one: SelectionSetNode, type: str, path: Path, in_list: bool, levels: int) -> Iterator[Selected]:
        for node in one.selections:
            if isinstance(node, FieldNode):
                yield from self._field(node, type, path, in_list, levels)
            else:
                if isinstance(node, FragmentSpreadNode):
                    fragment = self.fragments[node.name.value]
                    wanted, inner = fragment.type_condition.name.value, fragment.selection_set
                else:
                    assert isinstance(node, InlineFragmentNode)
                    wanted, inner = node.type_condition.name.value if node.type_condition else type, node.selection_set
                yield from self._set(inner, wanted, path if wanted == type else (*path, f"on {wanted}"), in_list, levels)

    def _field(self, node: FieldNode, type: str, path: Path, in_list: bool, levels: int) -> Iterator[Selected]:
        name = node.name.value
        if name == "__typename":
            yield Selected((*path, name), "String", False, in_list, levels)
            return
        kind = self.schema.type_map[type].fields[name].type  # type: ignore[attr-defined]
        named = get_named_type(kind).name
        connection = named.endswith("Connection")
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        inside = type.endswith(("Connection", "Edge"))
        asked = sorted(print_ast(one) for one in node.arguments or () if one.name.value not in PAGED)
        here = path if inside and name in {"nodes", "edges", "node"} else (*path, name + "".join(asked))
        yield Selected(here, named, connection, in_list, levels)
        if node.selection_set:
            deeper = in_list or (isinstance(bare, GraphQLList) and not inside)
            yield from self._set(node.selection_set, named, here, deeper, levels + connection)


def shape(fields: Iterator[Selected]) -> set[Path]:
    """Paths, without what only pages have; the root `nodes(ids:)` and the root connection look alike."""
    found = set()
    for one in fields:
        path = tuple(part for part in one.path[1:] if part not in {"on Product", "on Order", "on Customer"})
        if path and "pageInfo" not in path:
            found.add(path)
    return found
