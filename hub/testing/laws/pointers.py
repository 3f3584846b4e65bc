"""JSON pointers (RFC 6901) into vendor objects and canonical documents, and which raw value a canonical one comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hub.ports import Connector, Explained, Resource, ShopSettings


def at(doc: Any, pointer: str) -> Any:
    """The value there; None where there is nothing.

    >>> at({"a": [{"b/c": 1}]}, "/a/0/b~1c"), at({}, "/a/0")
    (1, None)
    """
    for step in _steps(pointer):
        if isinstance(doc, list) and step.isdigit() and int(step) < len(doc):
            doc = doc[int(step)]
        elif isinstance(doc, dict):
            doc = doc.get(step)
        else:
            return None
    return doc


def put(doc: Any, pointer: str, value: Any) -> bool:
    """Replace what is there; False where nothing is."""
    *way, last = _steps(pointer)
    for step in way:
        doc = (
            doc[int(step)] if isinstance(doc, list) and int(step) < len(doc) else doc.get(step) if isinstance(doc, dict) else None
        )
    if isinstance(doc, list) and last.isdigit() and int(last) < len(doc):
        doc[int(last)] = value
    elif isinstance(doc, dict) and last in doc:
        doc[last] = value
    else:
        return False
    return True


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def exact(text: bytes | str) -> Any:
    """Decoded JSON without a float in it."""
    return json.loads(text, parse_float=Decimal)


def sources(explained: Explained) -> Iterator[tuple[str, str]]:
    """(canonical pointer, raw pointer) of each value that comes from one place of the row itself."""
    for path, origin in explained.provenance.items():
        if isinstance(origin, str) and origin.startswith("/"):
            yield path, origin


def explained(connector: Connector, resource: Resource, row: dict[str, Any], settings: ShopSettings) -> Explained:
    """A row explained as it stands alone."""
    return connector.explain(resource.raw_kind, json.dumps(row).encode(), (), settings)
