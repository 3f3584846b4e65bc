"""The kinds of canonical documents: validate a JSON-ready document, encode it, hash it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import SchemaValidator

from schemas.customer import Customer
from schemas.event import Event
from schemas.exact import encode_sorted
from schemas.lean import lean
from schemas.metafield import Metafield
from schemas.order import Order, Refund
from schemas.product import Product, Variant

#: Kind → model. The first three are records; variant and refund are the parts that a vendor may also send alone.
MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "product": Product,
    "order": Order,
    "customer": Customer,
    "metafield": Metafield,
    "event": Event,
    "variant": Variant,
    "refund": Refund,
}


class InvalidDocument(ValueError):
    """A document does not have the form of its kind. `field` is a JSON pointer into the document."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field or '/'}: {reason}")
        self.field = field
        self.reason = reason


@cache
def _validator(kind: str) -> SchemaValidator:
    try:
        return MODELS[kind].__pydantic_validator__  # type: ignore[return-value]
    except KeyError:
        raise ValueError(f"{kind!r} is no canonical kind; known: {', '.join(MODELS)}") from None


def validate(kind: str, doc: Mapping[str, Any]) -> Any:
    """Check a JSON-ready document; returns the frozen model. Raises InvalidDocument naming the first field at fault.

    Law: `validate(kind, doc).model_dump(mode="json", exclude_unset=True) == doc` for documents that mappings write.
    """
    try:
        return _validator(kind).validate_python(doc)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        value = repr(first["input"])
        shown = value if len(value) <= 80 else value[:77] + "..."
        raise InvalidDocument("".join(f"/{part}" for part in first["loc"]), f"{first['msg']} (got {shown})") from None


@cache
def _checker(kind: str) -> SchemaValidator:
    _validator(kind)  # says which kinds there are
    return lean(MODELS[kind])


def check(kind: str, doc: Mapping[str, Any]) -> None:
    """Check a JSON-ready document as `validate` does, without making the model. Raises InvalidDocument, in the same words."""
    try:
        _checker(kind).validate_python(doc)
    except ValidationError:
        validate(kind, doc)  # the model has the last word


def encode(doc: Mapping[str, Any]) -> bytes:
    """The one byte form of a document: sorted keys, UTF-8, Decimals as JSON numbers."""
    return encode_sorted(doc)


def content_hash(encoded: bytes) -> bytes:
    """SHA-256 of an encoded document: whether two documents say the same."""
    return sha256(encoded).digest()
