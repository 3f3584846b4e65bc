"""The body of a metafield write, read without a float: numbers stay exactly what the caller wrote."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from hub.errors import Unprocessable
from hub.ports import MetafieldWrite
from schemas.exact import NotJson, decode

MOST: Final = 50  # metafields in one request
LONGEST: Final = 200  # characters of a namespace or a key
TYPES: Final = ("text", "number", "boolean", "json")

#: What OpenAPI says of the body.
WISH: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["metafields"],
                    "additionalProperties": False,
                    "properties": {
                        "metafields": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MOST,
                            "items": {
                                "type": "object",
                                "required": ["namespace", "key", "value"],
                                "additionalProperties": False,
                                "properties": {
                                    "namespace": {"type": "string", "maxLength": LONGEST},
                                    "key": {"type": "string", "maxLength": LONGEST, "pattern": r"^[^.\s]+$"},
                                    "type": {"type": "string", "enum": list(TYPES), "default": "text"},
                                    "value": {"description": "What the type says; null removes the metafield."},
                                },
                            },
                        }
                    },
                },
                "example": {
                    "metafields": [{"namespace": "luneo.care", "key": "engraving", "type": "text", "value": "À toujours"}]
                },
            }
        },
    }
}


def wished(body: bytes) -> list[MetafieldWrite]:
    """The metafields to write. Raises Unprocessable that names the field at fault and its value."""
    try:
        asked = decode(body)
    except NotJson as error:
        raise Unprocessable(f"The body is {error}.", hint='Send {"metafields": […]}.') from None
    fields = asked.get("metafields") if isinstance(asked, dict) else None
    if not isinstance(fields, list) or not 0 < len(fields) <= MOST or len(asked) > 1:
        raise Unprocessable(f"/metafields must be a list of 1 to {MOST}, alone in the body.", field="/metafields")
    writes = [_write(value, f"/metafields/{place}") for place, value in enumerate(fields)]
    names = [(write.namespace, write.key) for write in writes]
    if len(set(names)) < len(names):
        raise Unprocessable("/metafields names one metafield twice.", field="/metafields")
    return writes


def _write(value: Any, where: str) -> MetafieldWrite:
    if not isinstance(value, dict) or set(value) - {"namespace", "key", "type", "value"}:
        given = f", not {', '.join(map(str, value))}" if isinstance(value, dict) else ""
        raise Unprocessable(f"{where} must be an object of namespace, key, type and value{given}.", field=where)
    for name in ("namespace", "key"):
        _check_name(value.get(name), f"{where}/{name}", dots=name == "namespace")
    kind = value.get("type", "text")
    if kind not in TYPES:
        raise Unprocessable(f"{where}/type {kind!r}: choose of {', '.join(TYPES)}.", field=f"{where}/type")
    if "value" not in value:
        raise Unprocessable(f"{where}/value is missing:", hint="null removes the metafield.", field=f"{where}/value")
    if not _fits(kind, value["value"]):
        raise Unprocessable(f"{where}/value {value['value']!r:.80}: this is no {kind}.", field=f"{where}/value")
    if _has_nul(value["value"]):
        raise Unprocessable(f"{where}/value holds the character U+0000:", hint="leave it out.", field=f"{where}/value")
    return MetafieldWrite(value["namespace"], value["key"], kind, value["value"])


def _has_nul(value: Any) -> bool:
    """Whether a text in it holds the one character that neither PostgreSQL nor a shop's database keeps."""
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return any(map(_has_nul, value)) if isinstance(value, list) else isinstance(value, str) and "\x00" in value


def _check_name(name: Any, where: str, *, dots: bool) -> None:
    fine = isinstance(name, str) and 0 < len(name) <= LONGEST and name.isprintable() and not any(c.isspace() for c in name)
    if not fine or (not dots and "." in name):
        rule = f"1 to {LONGEST} printable characters without spaces" + ("" if dots else " or dots")
        raise Unprocessable(f"{where} {name!r:.80}: must be {rule}.", field=where)


def _fits(kind: str, value: Any) -> bool:
    if value is None or kind == "json":
        return True
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    return isinstance(value, str)
