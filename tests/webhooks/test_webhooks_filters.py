"""Filters: what is refused when they are set, and that compiled ones say the same as their plain reading."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Unprocessable
from webhooks.filters import check, compiled

ORDER = {
    "status": "paid",
    "total": {"amount": "120.50", "currency": "EUR"},
    "lines": [{"sku": "LAMP-1", "quantity": 2, "tags": ["sale", "new"]}, {"sku": "BULB-9", "quantity": 10, "tags": []}],
    "test": False,
    "note": None,
    "placed_at": "2026-11-22T08:00:00Z",
}


@pytest.mark.parametrize(
    ("filter", "wanted"),
    [
        ({}, True),
        ({"status": "paid"}, True),
        ({"status": "open"}, False),
        ({"status": {"in": ["open", "paid"]}, "test": False}, True),
        ({"test": 0}, False),
        ({"total.amount": {"gte": 120.5, "lt": 121}}, True),
        ({"total.amount": {"gt": 120.5}}, False),
        ({"total.amount": {"lt": 9}}, False),  # as numbers, not as texts
        ({"total.amount": "120.50"}, True),
        ({"total.amount": 120.5}, False),  # equal is equal: the field is a text
        ({"lines.sku": "BULB-9"}, True),
        ({"lines.quantity": {"gt": 9}}, True),
        ({"lines.quantity": {"gt": 2, "lt": 10}}, False),  # one and the same line
        ({"lines.tags": "new"}, True),
        ({"lines.tags": {"ne": "new"}}, False),
        ({"lines.sku": {"nin": ["CHAIR", "TABLE"]}}, True),
        ({"lines.sku": {"prefix": "LAMP"}}, True),
        ({"lines.sku": {"suffix": "-9", "contains": "LB"}}, True),
        ({"note": None}, True),
        ({"missing": None}, False),
        ({"note": {"exists": True}}, True),
        ({"missing": {"exists": False}}, True),
        ({"missing": {"ne": "anything"}}, True),
        ({"placed_at": {"gte": "2026-11-22", "lt": "2026-11-23"}}, True),
        ({"any": [{"status": "open"}, {"lines.quantity": 10}]}, True),
        ({"all": [{"lines.quantity": 2}, {"lines.quantity": 10}]}, True),
        ({"not": {"status": "paid", "test": True}}, True),
        ({"not": {"lines.sku": {"prefix": "LAMP"}}}, False),
        ({"status.code": "paid"}, False),
    ],
)
def test_what_a_filter_wants(filter: dict[str, Any], wanted: bool) -> None:
    check(filter)
    assert compiled(filter)(ORDER) is wanted


@pytest.mark.parametrize(
    ("filter", "field"),
    [
        ([], "/filter"),
        ("status", "/filter"),
        ({"": 1}, "/filter/"),
        ({"a..b": 1}, "/filter/a..b"),
        ({"a/b.": 1}, "/filter/a~1b."),
        ({"x" * 201: 1}, "/filter/" + "x" * 201),
        ({"status": ["open"]}, "/filter/status"),
        ({"status": {}}, "/filter/status"),
        ({"status": {"equals": 1}}, "/filter/status/equals"),
        ({"total": {"amount": {"gt": 5}}}, "/filter/total/amount"),
        ({"status": {"in": []}}, "/filter/status/in"),
        ({"status": {"in": "paid"}}, "/filter/status/in"),
        ({"status": {"in": [{}]}}, "/filter/status/in/0"),
        ({"status": {"nin": list(range(201))}}, "/filter/status/nin"),
        ({"status": {"exists": "yes"}}, "/filter/status/exists"),
        ({"status": {"prefix": ""}}, "/filter/status/prefix"),
        ({"status": {"contains": 5}}, "/filter/status/contains"),
        ({"status": {"gt": None}}, "/filter/status/gt"),
        ({"status": {"gt": True}}, "/filter/status/gt"),
        ({"status": {"eq": {"a": 1}}}, "/filter/status/eq"),
        ({"status": "x" * 1001}, "/filter/status"),
        ({"n": math.inf}, "/filter/n"),
        ({"any": {}}, "/filter/any"),
        ({"all": []}, "/filter/all"),
        ({"all": [{"a": 1}, 5]}, "/filter/all/1"),
        ({"not": [{}]}, "/filter/not"),
        ({"any": [{"a": {"gt": []}}]}, "/filter/any/0/a/gt"),
        ({f"f{nth}": 1 for nth in range(65)}, "/filter"),
    ],
)
def test_a_malformed_filter_is_refused_where_it_is_wrong(filter: Any, field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check(filter)
    assert refused.value.field == field
    assert field in str(refused.value)


def test_filters_are_not_nested_without_end() -> None:
    filter: dict[str, Any] = {"a": 1}
    for _ in range(9):
        filter = {"not": filter}
    with pytest.raises(Unprocessable, match="nested too deep"):
        check(filter)


@pytest.mark.parametrize(
    ("filter", "field"),
    [
        ({"a": {"gt": 5, "lt": 3}}, "/filter/a"),
        ({"a": {"gt": 5, "lte": 5}}, "/filter/a"),
        ({"a": {"gte": "b", "lt": "a"}}, "/filter/a"),
        ({"a": {"eq": 1, "gt": 1}}, "/filter/a"),
        ({"a": {"in": ["x", "y"], "prefix": "z"}}, "/filter/a"),
        ({"a": {"eq": 1, "ne": 1}}, "/filter/a"),
        ({"a": {"in": [1, 2], "nin": [2, 1, 0]}}, "/filter/a"),
        ({"a": {"eq": 1, "exists": False}}, "/filter/a"),
        ({"a": {"exists": False}, "a.b": 1}, "/filter/a.b"),
        ({"all": [{"a": 1}, {"a": {"ne": 1}}]}, "/filter/all/0/a"),
        ({"a": 1, "not": {"a": 1}}, "/filter/a"),
        ({"a": 1, "not": {"a": {"exists": True}}}, "/filter/a"),
        ({"any": [{"a": {"gt": 2, "lt": 1}}, {"b": {"eq": 1, "ne": 1}}]}, "/filter/any/0/a"),
        ({"not": {}}, "/filter/not"),
        ({"x": 1, "all": [{"not": {}}]}, "/filter/all/0/not"),
    ],
)
def test_a_filter_that_cannot_match_is_refused(filter: dict[str, Any], field: str) -> None:
    with pytest.raises(Unprocessable, match="can never match") as refused:
        check(filter)
    assert refused.value.field == field


def test_one_list_may_hold_two_values() -> None:
    check({"all": [{"tags": "a"}, {"tags": "b"}]})
    check({"tags": {"eq": "a"}, "any": [{"tags": "b"}, {"tags": {"gt": 2, "lt": 1}}]})


# The same language, read aloud: no shortcuts, nothing decided in advance.
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, -1.5, 1e300, 2.0]),
    st.sampled_from(["", "a", "ab", "1", "2.50", "-1", "b"]),
)  # fmt: skip
NAMES = st.sampled_from(["a", "b", "c"])
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12)
NUMBERS_AND_TEXTS = SCALARS.filter(lambda value: value is not None and not isinstance(value, bool))
OPERATORS = st.fixed_dictionaries(
    {},
    optional={
        "eq": SCALARS,
        "ne": SCALARS,
        "in": st.lists(SCALARS, min_size=1, max_size=3),
        "nin": st.lists(SCALARS, min_size=1, max_size=3),
        **dict.fromkeys(("gt", "gte", "lt", "lte"), NUMBERS_AND_TEXTS),
        "exists": st.booleans(),
        **{name: st.sampled_from(["a", "b", "ab", "1"]) for name in ("prefix", "suffix", "contains")},
    },
).filter(bool)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
CONDITIONS = st.dictionaries(PATHS, SCALARS | OPERATORS, max_size=3)
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: st.builds(
        lambda plain, some, word: {**plain, word: some[0] if word == "not" else some},
        CONDITIONS,
        st.lists(inner, min_size=1, max_size=2),
        st.sampled_from(["all", "any", "not"]),
    ),
    max_leaves=4,
)


def reading(filter: dict[str, Any], data: Any) -> bool:
    for key, wanted in filter.items():
        if key == "all":
            holds = all(reading(one, data) for one in wanted)
        elif key == "any":
            holds = any(reading(one, data) for one in wanted)
        elif key == "not":
            holds = not reading(wanted, data)
        else:
            holds = condition(wanted if isinstance(wanted, dict) else {"eq": wanted}, found(data, key.split(".")))
        if not holds:
            return False
    return True


def found(data: Any, path: list[str]) -> list[Any]:
    here = [] if path else [data]
    if isinstance(data, list):
        return here + [value for inner in data for value in found(inner, path)]
    if path and isinstance(data, dict) and path[0] in data:
        return found(data[path[0]], path[1:])
    return here


def condition(operators: dict[str, Any], values: list[Any]) -> bool:
    positive = {name: wanted for name, wanted in operators.items() if name not in ("ne", "nin", "exists")}
    refused = ([operators["ne"]] if "ne" in operators else []) + operators.get("nin", [])
    return (
        ("exists" not in operators or operators["exists"] == bool(values))
        and (not positive or any(all(fits(name, wanted, value) for name, wanted in positive.items()) for value in values))
        and not any(same(value, one) for value in values for one in refused)
    )


def fits(name: str, wanted: Any, value: Any) -> bool:
    if name == "eq":
        return same(value, wanted)
    if name == "in":
        return any(same(value, one) for one in wanted)
    if name in ("prefix", "suffix", "contains"):
        pattern = {"prefix": "^%s", "suffix": "%s$", "contains": "%s"}[name] % re.escape(wanted)
        return isinstance(value, str) and re.search(pattern, value) is not None
    if isinstance(wanted, str):
        if not isinstance(value, str):
            return False
        less, equal = value < wanted, value == wanted
    else:
        if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
            value = Decimal(value)
            wanted = Decimal(str(wanted))
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return False
        less, equal = value < wanted, value == wanted
    return {"gt": not less and not equal, "gte": not less, "lt": less, "lte": less or equal}[name]


def same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool) or value is None or wanted is None:
        return value is wanted
    return isinstance(value, str) == isinstance(wanted, str) and not isinstance(value, list | dict) and bool(value == wanted)


@given(filter=FILTERS, data=DATA)
@settings(max_examples=600, deadline=None)
def test_compiled_filters_agree_with_their_plain_reading(filter: dict[str, Any], data: Any) -> None:
    assert compiled(filter)(data) is reading(filter, data)


@given(filter=FILTERS, data=DATA)
@settings(max_examples=600, deadline=None)
def test_what_is_refused_as_impossible_matches_nothing(filter: dict[str, Any], data: Any) -> None:
    """The other way round it may be: not every contradiction is found."""
    try:
        check(filter)
    except Unprocessable as refused:
        if "can never match" in str(refused):
            assert not reading(filter, data)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(filter=FILTERS, data=ANY_JSON)
@settings(max_examples=400, deadline=None)
def test_no_payload_makes_a_filter_raise(filter: dict[str, Any], data: Any) -> None:
    assert compiled(filter)(data) in (True, False)


def test_no_depth_and_no_size_of_number_makes_a_filter_raise() -> None:
    wants = compiled({"a": {"gt": 0.5}, "b": {"ne": 1}, "c": {"exists": False}, "d": {"prefix": "x"}})
    deep: Any = {"a": 1}
    for _ in range(900):
        deep = [deep]
    assert wants(deep) is False
    for number in (10**400, -(10**400), 1e308, "9" * 40, "9" * 5000, "-0.0"):
        assert wants({"a": number}) is False  # and did not raise
    assert compiled({"a": {"gt": 1e300}})({"a": 10**400}) is True


@given(filter=FILTERS)
def test_a_filter_survives_its_way_through_the_database(filter: dict[str, Any]) -> None:
    again = msgspec.json.decode(msgspec.json.encode(filter))
    for data in (ORDER, {"a": {"b": [1, 2]}}, {"a": "ab"}):
        assert compiled(again)(data) is compiled(filter)(data)
