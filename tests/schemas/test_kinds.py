"""Validating, encoding and hashing a document by its kind, and the schemas that are published."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from schemas.event import EVENT_TYPES
from schemas.kinds import MODELS, InvalidDocument, content_hash, encode, validate
from schemas.published import PUBLISHED, published

REF = {"connector": "woocommerce", "kind": "product", "id": "1"}


@pytest.mark.parametrize(
    ("kind", "doc", "field"),
    [
        ("product", {}, "/refs"),
        ("product", {"refs": []}, "/refs"),
        ("product", {"refs": [REF], "unknown": 1}, "/unknown"),
        ("product", {"refs": [REF], "status": "publish"}, "/status"),
        (
            "product",
            {"refs": [REF], "variants": [{"ref": REF, "prices": [{"kind": "sale", "money": {"amount": "x"}}]}]},
            "/variants/0/prices/0/money/amount",
        ),
        ("product", {"refs": [{**REF, "id": 1}]}, "/refs/0/id"),
        ("order", {"refs": [REF], "created_at": "2026-11-22T07:07:21"}, "/created_at"),
        ("order", {"refs": [REF], "currency": "eur"}, "/currency"),
        ("customer", {"refs": [REF], "addresses": [{"country": "France"}]}, "/addresses/0/country"),
    ],
)
def test_an_invalid_document_is_refused_by_its_first_wrong_field(kind: str, doc: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        validate(kind, doc)
    assert caught.value.field == field


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="product, order, customer"):
        validate("invoice", {})


def test_a_valid_document_comes_back_as_it_is() -> None:
    doc = {"refs": [REF], "title": "♥", "variants": [{"ref": REF, "prices": [{"kind": "current", "money": {"amount": "1.10"}}]}]}
    assert validate("product", doc).model_dump(mode="json", exclude_unset=True) == doc


def test_a_document_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        validate("product", {"refs": [REF]}).title = "other"


def test_the_order_of_keys_does_not_count_and_every_digit_does() -> None:
    one, other = {"a": Decimal("1.50"), "b": 1}, {"b": 1, "a": Decimal("1.50")}
    assert encode(one) == encode(other) == b'{"a":1.50,"b":1}'
    assert content_hash(encode(one)) != content_hash(encode({**one, "a": Decimal("1.5")}))
    assert len(content_hash(b"")) == 32


@pytest.mark.parametrize("kind", PUBLISHED)
def test_the_published_schema_is_a_schema_and_names_itself(kind: str) -> None:
    schema = published(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"/schemas/v1/{kind}.json"
    assert schema["additionalProperties"] is False


def test_what_is_not_published_is_not_there() -> None:
    with pytest.raises(KeyError):
        published("variant")
    assert set(PUBLISHED) < set(MODELS)


def test_the_published_schema_refuses_what_the_model_refuses() -> None:
    validator = jsonschema.Draft202012Validator(published("product"))
    assert validator.is_valid({"refs": [REF], "title": "x"})
    assert not validator.is_valid({"refs": []})
    assert not validator.is_valid({"refs": [REF], "nothing": 1})


def test_event_types_are_named_by_kind_and_fact() -> None:
    assert "product.updated" in EVENT_TYPES
    assert all(name.count(".") == 1 for name in EVENT_TYPES)
