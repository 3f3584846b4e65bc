"""Schemas come from strangers: what is no schema is refused, and none may cost more than it says."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from hub.errors import Unprocessable
from webhooks.schema import check_schema, checker

MULTIPLYING: dict[str, Any] = {
    "$defs": {
        **{f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 8} for n in range(10)},
        "d10": {"type": "object"},
    },
    "$ref": "#/$defs/d0",
}
CHAIN: dict[str, Any] = {
    "$defs": {**{f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(200)}, "d200": {}},
    "$ref": "#/$defs/d0",
}


def nested(depth: int, within: dict[str, Any] | None = None) -> dict[str, Any]:
    schema = within or {}
    for _ in range(depth):
        schema = {"properties": {"a": schema}}
    return schema


#: As deep as may be, and at the bottom of each the next: more than any stack holds.
DEEP_CHAIN: dict[str, Any] = {
    "$defs": {**{f"d{n}": nested(15, {"$ref": f"#/$defs/d{n + 1}"}) for n in range(40)}, "d40": {}},
    "$ref": "#/$defs/d0",
}


@pytest.mark.parametrize(
    ("schema", "field", "reason"),
    [
        ("text", "/schema", "is a str"),
        (True, "/schema", "is a bool"),
        ({"type": "strange"}, "/schema/type", "no JSON Schema"),
        ({"properties": {"a": {"minimum": "x"}}}, "/schema/properties/a/minimum", "no JSON Schema"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/schema/$schema", "not draft 2020-12"),
        ({"$ref": "http://127.0.0.1:1/x"}, "/schema/$ref", "points outside"),
        ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "/schema/properties/a/$ref", "points outside"),
        ({"$ref": "#/$defs/none"}, "/schema/$ref", "points to nothing"),
        ({"$ref": "#"}, "/schema/$ref", "in a circle"),
        ({"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}, None, "in a circle"),
        ({"$dynamicRef": "#a"}, "/schema/$dynamicRef", "not supported"),
        ({"properties": {"a": {"$id": "https://x.example/"}}}, "/schema/properties/a/$id", "not supported"),
        ({"pattern": "(?=a)b"}, "/schema/pattern", "no JSON Schema"),
        ({"pattern": "(a{1000}){1000}"}, "/schema/pattern", "no JSON Schema"),
        ({"pattern": "a" * 501}, "/schema/pattern", "501 characters"),
        ({"description": "x" * 70_000}, "/schema", "bytes"),
        (nested(40), None, "nested deeper"),
        (MULTIPLYING, "/schema", "more than 5000 schemas"),
        (CHAIN, None, "chain"),
        (DEEP_CHAIN, None, "chain"),
    ],
)
def test_what_is_no_schema_or_costs_too_much_is_refused(schema: object, field: str | None, reason: str) -> None:
    began = time.perf_counter()
    with pytest.raises(Unprocessable, match=reason) as refusal:
        check_schema(schema)
    assert field is None or refusal.value.field == field
    assert len(str(refusal.value)) < 1000
    assert time.perf_counter() - began < 1


def test_names_that_only_look_like_keywords_are_fine() -> None:
    schema = {"properties": {"$ref": {"type": "string"}, "$id": {"const": {"$ref": "http://x/"}}}, "examples": [{"$ref": 1}]}
    check = checker(check_schema(schema))
    assert check is not None
    check(b'{"$ref":"x"}')


def test_data_that_disagrees_is_refused_with_its_place() -> None:
    check = checker(check_schema({"properties": {"a": {"items": {"type": "integer"}}}, "required": ["b"]}))
    assert check is not None
    check(b'{"a":[1],"b":null}')
    with pytest.raises(Unprocessable, match="not of type") as refusal:
        check(b'{"a":[1,"x"],"b":null}')
    assert refusal.value.field == "/data/a/1"
    with pytest.raises(Unprocessable, match='"b" is a required property') as refusal:
        check(b"{}")
    assert refusal.value.field == "/data"


def test_a_pattern_takes_time_that_grows_with_the_text_alone() -> None:
    check = checker(check_schema({"properties": {"a": {"pattern": "^(a+)+$"}}}))
    assert check is not None
    began = time.perf_counter()
    with pytest.raises(Unprocessable):
        check(json.dumps({"a": "a" * 100_000 + "!"}).encode())
    assert time.perf_counter() - began < 1


def test_a_schema_that_the_engine_does_not_take_any_more_harms_nobody_until_it_is_used() -> None:
    check = checker('{"type": 5}')
    assert check is not None
    with pytest.raises(ValueError, match="5 is not valid"):
        check(b"{}")


def test_no_schema_is_no_check() -> None:
    assert checker(None) is None
