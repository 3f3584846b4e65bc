"""From a raw row with its children to the bytes of its canonical document, or the reason why not. No database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hub.errors import SkippedRecordError
from hub.ports import Mapped, Resource, ShopSettings
from schemas.kinds import InvalidDocument, check, encode


class Rejected(Exception):
    """A row that goes to quarantine. field: where, as far as the mapping or the schema can say."""

    def __init__(self, reason: str, field: str | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


def canonical(
    resource: Resource,
    settings: ShopSettings,
    body: bytes,
    children: Sequence[bytes],
    *,
    incomplete: bool = False,
    keep: Callable[[dict[str, Any]], None] | None = None,
) -> tuple[Mapped, bytes]:
    """The mapping's result and the encoded, valid document. `keep` puts in what the shop did not show. Raises Rejected."""
    try:
        mapped = resource.map(body, children, settings)
        if incomplete:
            mapped.doc["incomplete_children"] = True
        if keep is not None:
            keep(mapped.doc)
        check(mapped.kind, mapped.doc)
        doc = encode(mapped.doc)
        return _without_nul(mapped) if b"\\u0000" in doc else (mapped, doc)
    except SkippedRecordError as error:
        raise Rejected(error.reason, error.field) from error
    except InvalidDocument as error:
        raise Rejected(f"The mapped document is not valid: {error.reason}", error.field) from error
    except Exception as error:  # a connector's mistake on one row must not stop the page
        raise Rejected(f"The mapping of {resource.name} failed: {type(error).__name__}: {error}", None) from error


def _without_nul(mapped: Mapped) -> tuple[Mapped, bytes]:
    """PostgreSQL's texts cannot hold U+0000: U+FFFD stands for it in the document; the raw bytes keep it."""
    doc = _clean(mapped.doc)
    return replace(mapped, doc=doc, variants=_clean(mapped.variants)), encode(doc)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_clean(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(inner) for inner in value]
    return value
