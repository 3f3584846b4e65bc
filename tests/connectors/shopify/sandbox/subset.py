"""Whether one GraphQL schema is a part of another, said in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

OURS_TO_MISS = (GraphQLObjectType, GraphQLInterfaceType)


def beyond(ours: GraphQLSchema, theirs: GraphQLSchema) -> Iterator[str]:
    """Everything of ours that theirs does not have, or has otherwise."""
    for kind in ("query_type", "mutation_type"):
        if getattr(ours, kind).name != getattr(theirs, kind).name:
            yield f"{kind} is {getattr(ours, kind).name}"
    for name, type in ours.type_map.items():
        if is_introspection_type(type) or is_specified_scalar_type(type):
            continue
        other = theirs.type_map.get(name)
        if other is None or other.__class__ is not type.__class__:
            yield f"{name} is no {type.__class__.__name__[7:]} of theirs"
        else:
            yield from _type(type, other)
    for directive in ours.directives:
        if not is_specified_directive(directive):
            other = theirs.get_directive(directive.name)
            if other is None:
                yield f"@{directive.name} is not theirs"
                continue
            yield from _arguments(f"@{directive.name}", directive.args, other.args)
            if not set(directive.locations) <= set(other.locations):
                yield f"@{directive.name} stands where theirs may not"


def _type(ours: Any, theirs: Any) -> Iterator[str]:
    name = ours.name
    if isinstance(ours, GraphQLScalarType):
        return
    if isinstance(ours, GraphQLEnumType):
        yield from (f"{name}.{value} is no value of theirs" for value in ours.values if value not in theirs.values)
    elif isinstance(ours, GraphQLUnionType):
        known = {member.name for member in theirs.types}
        yield from (f"{name} of theirs has no {one.name}" for one in ours.types if one.name not in known)
    elif isinstance(ours, GraphQLInputObjectType):
        yield from _arguments(name, ours.fields, theirs.fields)
    else:
        known = {one.name for one in theirs.interfaces}
        yield from (f"{name} of theirs does not implement {one.name}" for one in ours.interfaces if one.name not in known)
        yield from _fields(ours, theirs)


def _fields(ours: Any, theirs: Any) -> Iterator[str]:
    for word, field in ours.fields.items():
        place = f"{ours.name}.{word}"
        other = theirs.fields.get(word)
        if other is None:
            yield f"{place} is not theirs"
            continue
        if str(field.type) != str(other.type):
            yield f"{place} is {field.type}, theirs {other.type}"
        yield from _arguments(place, field.args, other.args)


def _arguments(place: str, ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
    """Arguments, or the fields of an input object. What theirs requires, ours must have."""
    for word, one in ours.items():
        other = theirs.get(word)
        if other is None:
            yield f"{place}({word}:) is not theirs"
        elif str(one.type) != str(other.type):
            yield f"{place}({word}:) is {one.type}, theirs {other.type}"
        elif _default(one) != _default(other):
            yield f"{place}({word}:) is {_default(one)} by itself, theirs {_default(other)}"
    for word, other in theirs.items():
        if str(other.type).endswith("!") and _default(other) is None and word not in ours:
            yield f"{place} lacks the argument {word} that theirs requires"


def _default(one: Any) -> str | None:
    """The default as it is written, None without one."""
    from graphql import print_ast

    found = getattr(one, "default", None)
    if found is not None:
        literal = getattr(found, "literal", None)
        return print_ast(literal) if literal is not None else repr(found.value)
    value = getattr(one, "default_value", Undefined)
    return None if value is Undefined else repr(value)
