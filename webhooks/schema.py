"""JSON Schemas of event types: whether one is sound, and whether data agrees with it. Draft 2020-12, checked in Rust.

A schema comes from a stranger, so what it may cost is bounded: its size and depth, no address is ever asked for a `$ref`, and
patterns run on an engine whose time grows with the text alone (it knows neither look-around nor back references).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hub.errors import Unprocessable

if TYPE_CHECKING:
    import jsonschema_rs

Check = Callable[[bytes], None]

MOST_BYTES: Final = 64 << 10
DEEPEST: Final = 32
LONGEST_PATTERN: Final = 500
REGEX_BYTES: Final = 1 << 20  # of one compiled pattern
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_decode = msgspec.json.Decoder().decode


@lru_cache(maxsize=2000)
def checker(schema: str | None) -> Check | None:
    """What checks data, given as JSON bytes, against a schema's text; None for no schema.

    The check raises Unprocessable whose field begins with `/data`. Raises ValueError for a text that is no schema.
    """
    if schema is None:
        return None
    validator = compiled(msgspec.json.decode(schema))

    def check(data: bytes) -> None:
        value = _decode(data)
        if validator.is_valid(value):
            return
        first = next(iter(validator.iter_errors(value)))
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
    text = msgspec.json.encode(schema)
    if len(text) > MOST_BYTES:
        raise _bad(field, f"has {len(text)} bytes, more than {MOST_BYTES}", "describe less, or move parts into $defs.")
    dialect = schema.get("$schema", DIALECT)
    if str(dialect).rstrip("#") != DIALECT:
        raise _bad(f"{field}/$schema", f"{_short(dialect)!r} is not draft 2020-12", f"write {DIALECT}.")
    _look(schema, field, 0)
    try:
        compiled(schema)
    except Exception as error:  # the engine has classes of its own for patterns, references and forms
        place = field + "".join(f"/{part}" for part in getattr(error, "instance_path", ()))
        raise _bad(place, f"is no JSON Schema: {_short(getattr(error, 'message', None) or error)}", "correct it.") from None
    return text.decode()


def _look(value: Any, field: str, depth: int) -> None:
    """What the engine would take and we do not."""
    if depth > DEEPEST:
        raise _bad(field, f"is nested deeper than {DEEPEST} levels", "make it flatter, or use $defs.")
    if isinstance(value, list):
        for n, inner in enumerate(value):
            _look(inner, f"{field}/{n}", depth + 1)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        place = f"{field}/{key}"
        if key in ("$ref", "$dynamicRef") and isinstance(inner, str) and not inner.startswith("#"):
            raise _bad(place, f"{_short(inner)!r} points outside of the schema", "put it into $defs and point to #/$defs/….")
        if key == "pattern" and isinstance(inner, str) and len(inner) > LONGEST_PATTERN:
            raise _bad(place, f"has {len(inner)} characters, more than {LONGEST_PATTERN}", "use a shorter pattern.")
        _look(inner, place, depth + 1)


def _bad(field: str, what: str, hint: str) -> Unprocessable:
    return Unprocessable(f"{field} {what}:", hint=hint, field=field)


def _short(text: object) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= 200 else line[:199] + "…"
