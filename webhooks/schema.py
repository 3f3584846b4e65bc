"""JSON Schemas of event types: whether one is sound, and whether data agrees with it. Draft 2020-12, checked in Rust.

A schema comes from a stranger, so what it may cost is bounded: its size and depth, no address is ever asked for a `$ref`,
references may not multiply, and patterns run on an engine whose time grows with the text alone (neither look-around nor back
references).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import msgspec

from hub.errors import Unprocessable

if TYPE_CHECKING:
    import jsonschema_rs

Check = Callable[[bytes], None]

MOST_BYTES: Final = 64 << 10
DEEPEST: Final = 32
LONGEST_CHAIN: Final = 12  # references to references
LONGEST_PATTERN: Final = 500
MOST_WORK: Final = 5000
#: Keywords whose values are schemas by name; whose values are no schemas; and those that make a reference's target uncertain.
MAPS: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
VALUES: Final = frozenset({"const", "enum", "default", "examples", "required", "dependentRequired", "$vocabulary"})
REFUSED: Final = frozenset({"$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$recursiveAnchor"})
REGEX_BYTES: Final = 1 << 20  # of one compiled pattern
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_decode = msgspec.json.Decoder().decode


@lru_cache(maxsize=2000)
def checker(schema: str | None) -> Check | None:
    """What checks data, given as JSON bytes, against a schema's text; None for no schema.

    The check raises Unprocessable whose field begins with `/data`; ValueError when the text is no schema, which is seen when
    it is first used: one that a newer engine refuses must not keep a whole book of partners from being read.
    """
    if schema is None:
        return None
    validator = cache(lambda: compiled(msgspec.json.decode(schema)))

    def check(data: bytes) -> None:
        value = _decode(data)
        if validator().is_valid(value):
            return
        first = next(iter(validator().iter_errors(value)))
        place = "/data" + "".join(f"/{part}" for part in first.instance_path)
        raise Unprocessable(
            f"{place}: {_short(first.message)}, against the schema of its event type:",
            hint="correct the data, or the schema at PATCH /v1/event-types/{name}.",
            field=place,
        )

    return check


def compiled(schema: dict[str, Any] | bool) -> jsonschema_rs.Draft202012Validator:
    """Raises ValueError for what is no schema."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        schema,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=REGEX_BYTES, dfa_size_limit=REGEX_BYTES),
    )


def check_schema(schema: object, field: str = "/schema") -> str:
    """A schema's text as it is kept. Raises Unprocessable that says what is wrong, and where."""
    if not isinstance(schema, dict):
        raise _bad(field, f"is a {type(schema).__name__}, not an object", 'send a JSON Schema such as {"type": "object"}.')
    try:
        text = msgspec.json.encode(schema)
    except UnicodeEncodeError:
        raise _bad(field, "holds half a character", "send whole characters of Unicode.") from None
    if len(text) > MOST_BYTES:
        raise _bad(field, f"has {len(text)} bytes, more than {MOST_BYTES}", "describe less, or move parts into $defs.")
    dialect = schema.get("$schema", DIALECT)
    if str(dialect).rstrip("#") != DIALECT:
        raise _bad(f"{field}/$schema", f"{_short(dialect)!r} is not draft 2020-12", f"write {DIALECT}.")
    _Look(schema, field).size(schema, field)
    try:
        compiled(schema)
    except Exception as error:  # the engine has classes of its own for patterns, references and forms
        place = field + "".join(f"/{part}" for part in getattr(error, "instance_path", ()))
        raise _bad(place, f"is no JSON Schema: {_short(getattr(error, 'message', None) or error)}", "correct it.") from None
    return text.decode()


class _Look:
    """A walk over what the engine would take and we do not. Answers for how many schemas a document stands, references followed.

    Two references to one place double the work, and so on at the next place: a page of schema could keep a process busy for
    hours. Where places are only pointed at by address, and never in a circle, that number is known beforehand.
    """

    def __init__(self, root: dict[str, Any], field: str) -> None:
        self.root = root
        self.field = field
        self.sizes: dict[str, int] = {}
        self.open: set[str] = set()

    def size(self, value: Any, place: str, depth: int = 0) -> int:
        """Of the schema at a place, itself counted. Raises Unprocessable."""
        if depth > DEEPEST:
            raise _bad(place, f"is nested deeper than {DEEPEST} levels", "make it flatter, or use $defs.")
        if not isinstance(value, dict):
            return 1
        size = 1
        for key, inner in value.items():
            below = f"{place}/{key}"
            self._check(key, inner, below)
            if key == "$ref":
                size += self._target(inner, below)
            elif key in MAPS and isinstance(inner, dict):
                size += sum(self.size(one, f"{below}/{name}", depth + 2) for name, one in inner.items())
            elif key not in VALUES:
                many = inner if isinstance(inner, list) else [inner]
                size += sum(self.size(one, f"{below}/{n}", depth + 2) for n, one in enumerate(many) if isinstance(one, dict))
        if size > MOST_WORK:
            raise _bad(self.field, f"stands for more than {MOST_WORK} schemas, references followed", "use fewer references.")
        return size

    def _check(self, key: str, inner: Any, place: str) -> None:
        if key in REFUSED and place != f"{self.field}/$id":
            raise _bad(place, "is not supported", "name parts in $defs and point to #/$defs/….")
        if key == "pattern" and isinstance(inner, str) and len(inner) > LONGEST_PATTERN:
            raise _bad(place, f"has {len(inner)} characters, more than {LONGEST_PATTERN}", "use a shorter pattern.")

    def _target(self, ref: Any, place: str) -> int:
        if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
            raise _bad(place, f"{_short(ref)!r} points outside of the schema", "put it into $defs and point to #/$defs/….")
        if len(self.open) >= LONGEST_CHAIN:
            raise _bad(place, f"is a chain of more than {LONGEST_CHAIN} references", "point to the last one.")
        if ref in self.open or ref == "#":
            raise _bad(place, f"{_short(ref)!r} points in a circle", "write out as many levels as there are.")
        if ref not in self.sizes:
            self.open.add(ref)
            self.sizes[ref] = self.size(self._at(ref, place), self.field + ref[1:])
            self.open.discard(ref)
        return self.sizes[ref]

    def _at(self, ref: str, place: str) -> Any:
        found: Any = self.root
        for part in unquote(ref).split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            else:
                raise _bad(place, f"{_short(ref)!r} points to nothing", "point to a place below $defs.")
        return found


def _bad(field: str, what: str, hint: str) -> Unprocessable:
    return Unprocessable(f"{field} {what}:", hint=hint, field=field)


def _short(text: object) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= 200 else line[:199] + "…"
