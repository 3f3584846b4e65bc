"""Where a value comes from: also through children, settings and derivation."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import connectors.woocommerce
from connectors.woocommerce.explain import explain
from connectors.woocommerce.mapping import map_order, map_product
from connectors.woocommerce.objects import objects_in
from hub.errors import SkippedRecordError
from hub.mapping.paths import differences, leaves, pointer, replaced
from hub.ports import ShopSettings
from schemas.exact import decode, encode_plain
from schemas.kinds import encode

CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"
SHOP = ShopSettings(currency="EUR", weight_unit="kg")


def told(kind: str, raw: dict[str, Any], *children: dict[str, Any]) -> Any:
    return explain(kind, encode_plain(raw), [encode_plain(child) for child in children], SHOP)


def test_a_price_comes_from_the_row_and_its_minor_units_from_the_settings_too() -> None:
    found = told("product", {"id": 1, "price": "14.5", "regular_price": "14.5", "featured": False, "related_ids": [4]})
    assert found.provenance["/variants/0/prices/0/money/amount"] == "/price"
    assert found.provenance["/variants/0/prices/1/money/amount"] == "/regular_price"
    assert found.provenance["/variants/0/prices/0/money/currency"] == "settings#/currency"
    assert found.provenance["/variants/0/prices/0/money/minor"] == ["/price", "settings#/currency"]
    assert found.provenance["/variants/0/ref/id"] == "/id"
    assert found.provenance["/refs/0/connector"] == []
    assert found.unmapped == {"/featured": False, "/related_ids/0": 4}


@pytest.mark.parametrize("number", ["1e400", "-0.0", "1e999999999", "1e-999999999", "9" * 60, "0." + "1" * 50])
def test_numbers_of_any_size_are_explained(number: str) -> None:
    meta = f'{{"id":2,"key":"k","value":{number}}}'
    body = f'{{"id":1,"name":"x","menu_order":{number},"meta_data":[{meta}]}}'.encode()
    found = explain("product", body, (), SHOP)
    assert found.provenance["/metafields/0/value"] == "/meta_data/0/value"
    assert "/menu_order" in found.unmapped


def test_equal_values_are_not_taken_for_each_other() -> None:
    raw = {"id": 1, "slug": "x", "sku": "x", "name": "x", "meta_data": [{"id": 1, "key": "x", "value": "x"}]}
    found = told("product", raw).provenance
    assert (found["/handle"], found["/variants/0/sku"], found["/title"]) == ("/slug", "/sku", "/name")
    assert (found["/metafields/0/key"], found["/metafields/0/value"]) == ("/meta_data/0/key", "/meta_data/0/value")


def test_a_pointer_escapes_what_stands_in_keys() -> None:
    found = told("product", {"id": 1, "meta_data": [{"key": "k", "value": {"a/b~c": 1}}]})
    assert found.provenance["/metafields/0/value/a~1b~0c"] == "/meta_data/0/value/a~1b~0c"


def test_the_variations_of_the_recorded_product_are_named() -> None:
    parent = objects_in("product", (CAPTURES / "06-product-variable-parent.json").read_bytes())[0]
    children = objects_in("variation", (CAPTURES / "08-variations-of-one.json").read_bytes())
    found = explain("product", parent, children, SHOP)
    assert encode(found.canonical) == encode(map_product(parent, children, SHOP).doc)
    assert set(found.provenance) == {pointer(path) for path, _ in leaves(found.canonical)}
    assert found.provenance["/variants/0/prices/0/money/amount"] == "variations/52#/price"
    assert found.provenance["/variants/2/sku"] == "variations/54#/sku"
    assert found.provenance["/variants/2/sku_inherited"] == ["/sku", "variations/54#/sku"]
    assert found.provenance["/options/0/values/0/label"] == "/attributes/0/options/0"
    assert found.unmapped["variations/52#/menu_order"] == 0
    assert "/variations/0" not in found.unmapped


def test_the_refunds_of_an_order_are_named() -> None:
    order = {"id": 1, "total": "10.00", "refunds": [{"id": 5, "total": "-4.00"}], "line_items": [{"id": 2, "quantity": 2}]}
    line = {"id": 3, "quantity": -1, "meta_data": [{"key": "_refunded_item_id", "value": "2"}]}
    refund = {"id": 5, "amount": "4.00", "line_items": [line]}
    found = told("order", order, refund)
    assert encode(found.canonical) == encode(map_order(encode_plain(order), [encode_plain(refund)], SHOP).doc)
    assert found.provenance["/refunds/0/amount/amount"] == "refunds/5#/amount"
    assert set(found.provenance["/lines/0/quantity/current"]) >= {"/line_items/0/quantity", "refunds/5#/line_items/0/quantity"}
    assert set(found.provenance["/totals/current/amount"]) == {"/total", "refunds/5#/amount"}


def test_what_hangs_on_there_being_a_value_is_said() -> None:
    found = told("order", {"id": 1, "status": "processing", "date_paid_gmt": "2026-11-22T07:07:34"})
    assert found.provenance["/financial_status"] == "/date_paid_gmt"
    assert found.provenance["/fulfilment_status"] == "/status"


def test_a_value_that_says_nothing_is_the_origin_of_none() -> None:
    raw = {"id": 1, "sale_price": "", "sku": None, "tags": [], "purchase_note": "", "status": "draft"}
    assert told("product", raw).unmapped == {"/sale_price": "", "/sku": None, "/tags": [], "/purchase_note": ""}


def test_a_product_of_type_variation_is_explained_as_one() -> None:
    found = told("product", {"id": 5, "type": "variation", "price": Decimal("1.50")})
    assert found.canonical["ref"]["kind"] == "variation"
    assert found.provenance["/prices/0/money/amount"] == "/price"


def test_what_cannot_be_mapped_cannot_be_explained() -> None:
    with pytest.raises(SkippedRecordError, match="/price is"):
        told("product", {"id": 1, "price": []})
    with pytest.raises(ValueError, match="known: product"):
        told("coupon", {"id": 1})


def test_an_entry_that_only_moved_in_a_longer_list_is_no_difference() -> None:
    assert list(differences({"a": ["x", "y"]}, {"a": ["new", "x", "y"]})) == [(("a", 2), False)]
    assert list(differences({"a": ["x", "y"]}, {"a": ["y"]})) == [(("a", 0), True)]
    assert list(differences({"a": 1, "b": 2}, {"a": 1})) == [(("b",), False)]
    assert list(differences({"a": {"b": 2}}, {})) == [(("a", "b"), True)]


def test_a_replaced_leaf_leaves_the_original_alone() -> None:
    raw = {"a": [{"b": 1}], "c": 2}
    assert replaced(raw, ("a", 0, "b"), 9) == {"a": [{"b": 9}], "c": 2}
    assert raw == {"a": [{"b": 1}], "c": 2}


def test_a_hundred_variations_are_explained_in_seconds() -> None:
    child = decode(objects_in("variation", (CAPTURES / "08-variations-of-one.json").read_bytes())[0])
    children = [encode_plain({**child, "id": 1000 + index}) for index in range(100)]
    parent = encode_plain({"id": 51, "type": "variable", "variations": [1000 + index for index in range(100)]})
    begun = time.process_time()
    found = explain("product", parent, children, SHOP)
    assert len(found.canonical["variants"]) == 100
    assert found.provenance["/variants/99/sku"] == "variations/1099#/sku"
    assert time.process_time() - begun < 20
