"""Filters against the schemas of event types: what can never match is refused, and nothing that can."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Unprocessable
from schemas.event import EVENT_TYPES
from tests.webhooks.conftest import MakeKind
from tests.webhooks.test_webhooks_filters import CONDITIONS, DATA, FILTERS, SCALARS, reading
from webhooks.catalogue import canonical
from webhooks.filters import check, compiled, fruitful
from webhooks.filters.reach import Reach, kind_of
from webhooks.schema import compiled as validator

PARCEL = {
    "type": "object",
    "properties": {
        "parcel": {"type": "string"},
        "weight": {"type": "number"},
        "state": {"enum": ["lost", "found", None]},
        "stops": {"type": "array", "items": {"$ref": "#/$defs/stop"}},
    },
    "additionalProperties": False,
    "$defs": {
        "stop": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "n": {"type": "integer"}},
            "additionalProperties": False,
        }
    },
}
UPDATED = {"product.updated": canonical("product.updated").schema}


@pytest.mark.parametrize(
    ("filter", "field", "words"),
    [
        ({"data.nonsense": 5}, "/filter/data.nonsense", "paths begin inside data, which holds"),
        ({"data.object.status": "active"}, "/filter/data.object.status", "paths begin inside data: write 'object.status'."),
        ({"type": "product.updated"}, "/filter/type", "paths begin inside data"),
        ({"timestamp": {"gt": "2026"}}, "/filter/timestamp", "paths begin inside data"),
        ({"object.statu": "active"}, "/filter/object.statu", "perhaps object.status"),
        ({"object.status": "activ"}, "/filter/object.status", '"active"'),
        ({"object.status": 5}, "/filter/object.status", "5 can never match"),
        ({"object.variants.sku": {"gt": 1, "prefix": "a"}}, None, ""),
        ({"kind": "order"}, "/filter/kind", '"product"'),
        ({"position": {"prefix": "4"}}, "/filter/position", "it is number"),
        ({"record.id": {"exists": True}}, "/filter/record.id", "has no 'record.id'"),
        ({"any": [{"nothing": 1}, {"kind": 2}]}, "/filter/any/0/nothing", "has no 'nothing'"),
        ({"all": [{"kind": "product"}, {"any": [{"kind": 2}]}]}, "/filter/all/1/any/0/kind", "2 can never match"),
        ({"any": [{"nothing": 1}, {"kind": "product"}]}, None, ""),
        ({"not": {"nothing": 1}, "nothing": {"ne": 1}}, None, ""),
        ({"change.anything": 1}, None, ""),
        ({"object.options": {"exists": True}, "cause": {"in": ["webhook", "nothing"]}}, None, ""),
    ],
)  # fmt: skip
def test_what_no_product_update_can_match_is_refused_where_it_stands(
    filter: dict[str, Any], field: str | None, words: str
) -> None:
    check(filter)
    if field is None:
        fruitful(filter, UPDATED)
        return
    with pytest.raises(Unprocessable) as refused:
        fruitful(filter, UPDATED)
    assert refused.value.field == field
    assert words in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("filter", "matches"),
    [
        ({"parcel": 5}, False),
        ({"parcel": {"gt": 5}}, True),  # a decimal may be written as a text
        ({"parcel": {"in": [5, None]}}, False),
        ({"parcel": {"in": [5, "LP-1"]}}, True),
        ({"parcel.id": 1}, False),
        ({"weight": "5"}, False),
        ({"weight": {"lt": "5"}}, False),
        ({"weight": True}, False),
        ({"state": "lost"}, True),
        ({"state": None}, True),
        ({"state": {"prefix": "x"}}, False),
        ({"stops.city": "Nice"}, True),
        ({"stops.city": 3}, False),
        ({"stops.n": 3}, True),
        ({"stops.town": "Nice"}, False),
    ],
)
def test_an_own_types_schema_is_held_against_the_filter(filter: dict[str, Any], matches: bool) -> None:
    try:
        fruitful(filter, {"parcel.lost": PARCEL})
    except Unprocessable:
        assert not matches
    else:
        assert matches


def test_one_type_that_may_match_is_enough_and_none_is_told_of_all() -> None:
    fruitful({"parcel": "LP-1"}, UPDATED | {"parcel.lost": PARCEL})
    with pytest.raises(Unprocessable, match=r"product\.updated and 1 more"):
        fruitful({"nothing": "LP-1"}, UPDATED | {"parcel.lost": PARCEL})


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": {"a": {}}, "additionalProperties": False},  # a list of anything agrees with it
        {"type": "object", "patternProperties": {"^a": {"type": "string"}}, "additionalProperties": False},
        {"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}},
        {"type": "array"},
        {"not": {"type": "object"}},
        {"allOf": [{"$ref": "#/$defs/gone"}]},
    ],
)
def test_an_open_schema_refuses_nothing(schema: dict[str, Any]) -> None:
    fruitful({"a": 1}, {"any.thing": schema})


def test_a_schema_that_takes_too_long_to_follow_refuses_nothing() -> None:
    schema: dict[str, Any] = {"type": "object", "additionalProperties": False}
    for _ in range(20):
        schema = {"anyOf": [schema, schema]}
    fruitful({"a": 1}, {"any.thing": schema})


@pytest.mark.parametrize("page", ["filters.md", "receive-our-webhooks.md"])
def test_the_filters_that_are_shown_to_partners_can_match(page: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    shown = [json.loads(block) for block in re.findall(r"```json\n(\{\n.*?)```", text, re.DOTALL)]
    assert shown
    for filter in shown:
        check(filter)
        fruitful(filter, UPDATED)


def paths_in(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found = [(path, value)] if path else []
    if isinstance(value, dict):
        found += [one for name, inner in value.items() for one in paths_in(inner, (*path, name))]
    if isinstance(value, list):
        found += [one for inner in value for one in paths_in(inner, path)]
    return found


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_whatever_stands_in_an_example_may_be_asked_for(name: str) -> None:
    """A schema that said too little would refuse filters that work."""
    kind = canonical(name)
    for path, value in paths_in(kind.example):
        wanted = {"exists": True} if isinstance(value, dict | list) else value
        if all(path) and not any("." in part for part in path):
            fruitful({".".join(path): wanted}, {name: kind.schema})
            assert compiled({".".join(path): wanted})(kind.example)


SCHEMAS = st.recursive(
    st.booleans()
    | st.sampled_from(["string", "number", "integer", "boolean", "null", "object", "array"]).map(lambda kind: {"type": kind})
    | st.sampled_from([["string", "object"], ["array", "number"], ["object", "array"]]).map(lambda some: {"type": some})
    | SCALARS.map(lambda value: {"const": value})
    | st.lists(DATA, min_size=1, max_size=3).map(lambda some: {"enum": some}),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", ["object", "array"]]),
            "properties": st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
            "additionalProperties": inner,
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "patternProperties": st.just({"^a": {"type": "number"}}),
            "$ref": st.sampled_from(["#/$defs/one", "#/$defs/two"]),
        },
    ),
    max_leaves=8,
)  # fmt: skip


@given(schema=SCHEMAS, one=SCHEMAS, filter=FILTERS | CONDITIONS, data=DATA)
@settings(max_examples=1500, deadline=None)
def test_no_filter_is_refused_that_data_of_the_schema_matches(schema: Any, one: Any, filter: dict[str, Any], data: Any) -> None:
    whole = {"$defs": {"one": one, "two": {"type": ["object", "string"], "properties": {"b": one}}}, "allOf": [schema]}
    if "#/$defs" in json.dumps(one) or not validator(whole).is_valid(data):
        return
    try:
        fruitful(filter, {"any.thing": whole})
    except Unprocessable:
        assert not reading(filter, data)
    for path, value in paths_in(data):
        there = Reach(whole).at(path)
        assert kind_of(value) in there.kinds or (kind_of(value), value) in there.known


@pytest.mark.usefixtures("application")
async def test_an_endpoint_that_would_never_hear_of_anything_is_refused(api: httpx.AsyncClient, make_kind: MakeKind) -> None:
    await make_kind("parcel.lost", PARCEL)
    await make_kind("parcel.open")
    where = "/v1/applications/partner/endpoints"

    async def made(types: list[str], filter: dict[str, Any]) -> httpx.Response:
        return await api.post(where, json={"url": "https://partner.example/hooks", "types": types, "filter": filter})

    for types, filter, field in (
        (["product.updated"], {"data.nonsense": 5}, "/filter/data.nonsense"),
        (["product.*"], {"object.colour": 5}, "/filter/object.colour"),
        (["parcel.lost"], {"parcel": 5}, "/filter/parcel"),
        (["parcel.lost", "run.finished"], {"parcel": 5}, "/filter/parcel"),
    ):
        answer = await made(types, filter)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
        assert "can never match" in answer.json()["error"]["message"]
    for types in (["*"], ["parcel.*"], ["parcel.lost", "parcel.open"]):
        assert (await made(types, {"parcel": 5})).status_code == 201
    endpoint = (await made(["parcel.lost"], {"parcel": "LP-1"})).json()["id"]
    for change, status in (
        ({"types": ["product.updated"]}, 422),
        ({"filter": {"parcel": 5}}, 422),
        ({"types": ["*"], "filter": {"parcel": 5}}, 200),
        ({"description": "as it was"}, 200),
        ({"types": ["parcel.lost"], "filter": None}, 200),
    ):
        assert (await api.patch(f"/v1/endpoints/{endpoint}", json=change)).status_code == status, change
