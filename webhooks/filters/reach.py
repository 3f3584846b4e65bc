"""What may stand at a path of data that obeys a JSON Schema: never too little, sometimes too much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from webhooks.filters.match import values

KINDS: Final = frozenset({"null", "boolean", "number", "string", "array", "object"})
MOST_STEPS: Final = 50_000  # of one filter: schemas come from strangers
MOST_PATHS: Final = 400
DEEPEST: Final = 5
COMBINED: Final = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Values:
    """A set of JSON values. kinds: of which any value is in it; known: single values, each with its kind."""

    kinds: frozenset[str] = frozenset()
    known: frozenset[tuple[str, Any]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.kinds or self.known)

    def __or__(self, other: Values) -> Values:
        return Values(self.kinds | other.kinds, self.known | other.known)

    def __and__(self, other: Values) -> Values:
        here = {one for one in self.known if one[0] in other.kinds or one in other.known}
        there = {one for one in other.known if one[0] in self.kinds}
        return Values(self.kinds & other.kinds, frozenset(here | there))


ANYTHING: Final = Values(KINDS)
NOTHING: Final = Values()


class Endless(Exception):
    """A schema that takes too long to follow."""


class Reach:
    """One schema, asked for paths. Raises Endless after 50,000 steps."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._left = MOST_STEPS
        self._open: set[tuple[str, tuple[str, ...]]] = set()

    def at(self, path: tuple[str, ...]) -> Values:
        """What `match.values` may yield there."""
        return self._at(self._root, path)

    def paths(self) -> list[str]:
        """Paths that the schema names, the nearest first; not all of a large one."""
        found: dict[str, None] = {}
        level: list[tuple[tuple[str, ...], Any]] = [((), self._root)]
        for _ in range(DEEPEST):
            below = [((*path, name), inner) for path, one in level for name, inner in self._members(one, 0)]
            found |= dict.fromkeys(".".join(path) for path, _ in below)
            level = below
            if len(found) > MOST_PATHS:
                break
        return list(found)[:MOST_PATHS]

    def _at(self, schema: Any, path: tuple[str, ...]) -> Values:
        self._step()
        if not isinstance(schema, dict):
            return NOTHING if schema is False else ANYTHING
        found = self._plain(schema, path)
        # all that a schema says must hold, so each word of it may only take away
        if "const" in schema:
            found &= _constants([schema["const"]], path)
        if isinstance(schema.get("enum"), list):
            found &= _constants(schema["enum"], path)
        if isinstance(schema.get("$ref"), str):
            found &= self._pointed(schema["$ref"], path)
        for one in _listed(schema, "allOf"):
            found &= self._at(one, path)
        for word in ("anyOf", "oneOf"):
            if choices := _listed(schema, word):
                found &= self._either(choices, path)
        return found

    def _plain(self, schema: dict[str, Any], path: tuple[str, ...]) -> Values:
        """By `type`, members and elements. A list stands for itself and for its elements."""
        said = schema.get("type", KINDS)
        kinds = {"number" if kind == "integer" else kind for kind in ([said] if isinstance(said, str) else said)}
        found = NOTHING if path else Values(frozenset(kinds))
        if path and "object" in kinds:
            found |= self._member(schema, path[0], path[1:])
        if "array" in kinds:
            found |= self._either([*_listed(schema, "prefixItems"), schema.get("items", True)], path)
        return found

    def _member(self, schema: dict[str, Any], name: str, rest: tuple[str, ...]) -> Values:
        properties = schema.get("properties")
        if isinstance(properties, dict) and name in properties:
            return self._at(properties[name], rest)
        return ANYTHING if schema.get("patternProperties") else self._at(schema.get("additionalProperties", True), rest)

    def _either(self, choices: Iterable[Any], path: tuple[str, ...]) -> Values:
        found = NOTHING
        for one in choices:
            found |= self._at(one, path)
        return found

    def _pointed(self, ref: str, path: tuple[str, ...]) -> Values:
        if (ref, path) in self._open:  # in a circle: it takes nothing away
            return ANYTHING
        self._open.add((ref, path))
        try:
            return self._at(self._target(ref), path)
        finally:
            self._open.discard((ref, path))

    def _target(self, ref: str) -> Any:
        """What a `$ref` points to; what allows anything when that is not to be found."""
        found: Any = self._root
        for part in unquote(ref).split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or name not in found:
                return True
            found = found[name]
        return found if ref.startswith("#") else True

    def _members(self, schema: Any, depth: int) -> Iterator[tuple[str, Any]]:
        """The members that a schema names for an object, or for the objects of a list."""
        self._step()
        if not isinstance(schema, dict) or depth > DEEPEST:
            return
        properties = schema.get("properties")
        yield from properties.items() if isinstance(properties, dict) else ()
        around = [one for word in COMBINED for one in _listed(schema, word)]
        if isinstance(schema.get("$ref"), str):
            around.append(self._target(schema["$ref"]))
        for one in (*around, schema.get("items")):
            yield from self._members(one, depth + 1)

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Endless


def kind_of(value: Any) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


def _constants(all_of: list[Any], path: tuple[str, ...]) -> Values:
    known, kinds = set(), set()
    for value in (inner for one in all_of for inner in values(one, path)):
        if isinstance(value, dict | list):
            kinds.add(kind_of(value))
        else:
            known.add((kind_of(value), value))
    return Values(frozenset(kinds), frozenset(known))


def _listed(schema: dict[str, Any], word: str) -> list[Any]:
    found = schema.get(word)
    return found if isinstance(found, list) else []
