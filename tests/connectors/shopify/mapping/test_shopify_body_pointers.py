"""A wrong value in a webhook's body is named by the body's own fields."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from shopify_cases import REST_ORDER, SETTINGS, payload

from connectors.shopify.explain import build
from hub.errors import SkippedRecordError

WRONG_ORDER: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("note_attributes",), "x", "/note_attributes"),
    (("note_attributes", 0, "name"), 3, "/note_attributes/0"),
    (("line_items", 0, "properties"), "x", "/line_items/0/properties"),
    (("line_items", 0, "properties", 0, "name"), 3, "/line_items/0/properties/0"),
    (("discount_applications",), "x", "/discount_applications"),
    (("discount_applications", 0, "code"), 3, "/discount_applications/0/code"),
    (("shipping_lines", 0, "price"), "x", "/shipping_lines/0/price"),
    (("fulfillments", 0, "line_items", 0, "quantity"), "x", "/fulfillments/0/line_items/0/quantity"),
    (("fulfillments", 0, "tracking_numbers", 1), {}, "/fulfillments/0/tracking_numbers/1"),
    (("refunds", 0, "refund_line_items", 0, "line_item"), "x", "/refunds/0/refund_line_items/0/line_item"),
]
WRONG_PRODUCT: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("variants", 0, "option1"), 3, "/variants/0/option1"),
    (("variants", 0, "weight"), "x", "/variants/0/weight"),
    (("options",), [{"name": "Size", "values": [3]}], "/options/0/values/0"),
    (("images",), [{"id": 1, "src": 3}], "/images/0/src"),
]


def told(kind: str, raw: dict[str, Any], path: tuple[str | int, ...], value: Any) -> SkippedRecordError:
    raw = copy.deepcopy(raw)
    at: Any = raw
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    with pytest.raises(SkippedRecordError) as caught:
        build(kind, raw, SETTINGS)
    return caught.value


@pytest.mark.parametrize(("path", "value", "field"), WRONG_ORDER, ids=[field for _, _, field in WRONG_ORDER])
def test_a_wrong_value_in_an_order_is_named_as_the_body_names_it(path: tuple[str | int, ...], value: Any, field: str) -> None:
    error = told("order", REST_ORDER, path, value)
    assert (error.field, error.reason.partition(" is ")[0]) == (field, field)


@pytest.mark.parametrize(("path", "value", "field"), WRONG_PRODUCT, ids=[field for _, _, field in WRONG_PRODUCT])
def test_a_wrong_value_in_a_product_is_named_as_the_body_names_it(path: tuple[str | int, ...], value: Any, field: str) -> None:
    assert told("product", payload("products_update"), path, value).field == field


def test_the_second_option_is_named_where_there_is_no_first() -> None:
    raw = payload("products_update")
    raw["variants"][0]["option1"] = None
    assert told("product", raw, ("variants", 0, "option2"), 3).field == "/variants/0/option2"


def test_the_value_is_shown_as_the_body_has_it() -> None:
    error = told("order", REST_ORDER, ("line_items", 0, "properties", 0, "name"), 3)
    assert '{"name":3,"value":"d1"}' in error.reason
    assert '{"name": ' in error.reason.partition("expected")[2]


def test_a_line_of_a_refund_that_is_a_text_is_refused() -> None:
    raw = payload("refunds_create")
    assert told("refund", raw, ("refund_line_items", 0, "line_item"), "x").field == "/refund_line_items/0/line_item"
