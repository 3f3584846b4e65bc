"""A model's validator without the making of instances: the same checks of the same core, for documents that are only checked.

Derived from the core schema that pydantic built, so there is nothing to keep in step. Models whose own Python validators look at
an instance (money) are still made. Half of a product's validation is the making of objects that nobody looks at.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic_core import SchemaValidator

_PLAIN = ("metadata", "serialization")  # parts of a core schema that hold no schemas


def lean(model: type[BaseModel]) -> SchemaValidator:
    """Takes and refuses what `model` does; what it answers is of no use."""
    return SchemaValidator(_lean(model.__pydantic_core_schema__))


def _lean(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_lean(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if isinstance(kind, str) and kind.startswith("function-"):
        return schema
    if kind == "model" and schema["schema"]["type"] == "model-fields":
        return _fields(schema)
    return {key: part if key in _PLAIN else _lean(part) for key, part in schema.items()}


def _fields(model: dict[str, Any]) -> dict[str, Any]:
    """The model as a dictionary of the same fields: an absent one that has a default is simply absent."""
    fields: dict[str, Any] = {}
    for name, field in model["schema"]["fields"].items():
        inner = field["schema"]
        optional = inner["type"] == "default"
        kept = _lean(inner["schema"] if optional else inner)
        fields[name] = {"type": "typed-dict-field", "schema": kept, "required": not optional}
    found: dict[str, Any] = {"type": "typed-dict", "fields": fields, "extra_behavior": "forbid"}
    return found | {"ref": model["ref"]} if "ref" in model else found
