"""The value traps of products, one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from mapping_cases import SETTINGS, SHEET, SHIRT
from product_cases import mapped, price, variant

from connectors.woocommerce.mapping import map_product, map_variation, to_native
from connectors.woocommerce.mapping.product import product_doc
from connectors.woocommerce.mapping.sellable import check_digit_holds
from hub.errors import SkippedRecordError
from hub.ports import ShopSettings
from schemas.exact import decode, encode_plain


def test_a_bare_id_maps_to_a_bare_record() -> None:
    ref = {"connector": "woocommerce", "kind": "product", "id": "276"}
    assert map_product(b'{"id":276}', (), SETTINGS).doc == {"refs": [ref], "variants": [{"ref": ref, "default": True}]}


def test_an_empty_price_is_no_price_and_zero_is_free() -> None:
    doc = variant(price="", regular_price="0", sale_price="14.5")
    assert price("current", doc) is None
    assert price("list", doc) == {"amount": "0", "currency": "EUR", "minor": 0}
    assert price("sale", doc) == {"amount": "14.5", "currency": "EUR", "minor": 1450}


def test_a_price_keeps_its_digits_and_has_minor_units_only_where_exact() -> None:
    assert price("current", variant(price="1.2345")) == {"amount": "1.2345", "currency": "EUR", "minor": None}
    assert price("current", variant(price=Decimal("13.30"))) == {"amount": "13.30", "currency": "EUR", "minor": 1330}
    assert price("current", variant(price=".5")) == {"amount": "0.5", "currency": "EUR", "minor": 50}


@pytest.mark.parametrize(("currency", "minor"), [("JPY", None), ("KWD", 12500), ("EUR", 1250), (None, None)])
def test_minor_units_follow_the_shops_currency(currency: str | None, minor: int | None) -> None:
    found = mapped(settings=ShopSettings(currency=currency), price="12.50")["variants"][0]["prices"][0]
    assert found["money"].get("minor") == minor
    assert "tax_included" not in found


def test_without_settings_units_and_currency_are_null() -> None:
    doc = mapped(settings=ShopSettings(), price="1", weight="0.2", dimensions={"length": "3"})["variants"][0]
    assert (doc["prices"][0]["money"], doc["weight"], doc["dimensions"]) == (
        {"amount": "1", "currency": None, "minor": None},
        {"value": "0.2", "unit": None},
        {"length": {"value": "3", "unit": None}},
    )


def test_one_and_true_and_one_point_zero_are_not_the_same_price() -> None:
    assert price("current", variant(price=1)) == {"amount": "1", "currency": "EUR", "minor": 100}
    assert price("current", variant(price=Decimal("1.0"))) == {"amount": "1.0", "currency": "EUR", "minor": 100}
    with pytest.raises(SkippedRecordError):
        variant(price=True)


def test_the_cost_keeps_the_text_of_its_number_and_zero_without_definition_says_nothing() -> None:
    goods = {
        "values": [{"defined_value": Decimal("412.50"), "effective_value": Decimal("412.50")}],
        "total_value": Decimal("412.50"),
    }
    doc = mapped(cost_of_goods_sold=goods)
    assert price("cost", doc["variants"][0]) == {"amount": "412.50", "currency": "EUR", "minor": 41250}
    assert doc["ext"]["woocommerce"]["cost_of_goods_sold"] == goods
    unsaid = {"values": [{"defined_value": None, "effective_value": 0}], "total_value": 0}
    assert price("cost", variant(cost_of_goods_sold=unsaid)) is None
    assert price("cost", variant(cost_of_goods_sold={**unsaid, "values": [{"defined_value": 0}]})) is not None


def test_sale_dates_belong_to_the_sale_price_and_stay_native_without_one() -> None:
    dates = {"date_on_sale_from_gmt": "2026-11-01T00:00:00", "date_on_sale_to_gmt": "2026-12-01T00:00:00"}
    sale = variant(sale_price="9", **dates)["prices"][0]
    assert (sale["valid_from"], sale["valid_to"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    assert mapped(sale_price="", **dates)["ext"]["woocommerce"] == dates


def test_stock_may_be_negative_or_a_fraction() -> None:
    found = variant(manage_stock=True, stock_quantity=Decimal("-1.5"), backorders="notify", stock_status="onbackorder")[
        "inventory"
    ]
    assert found == {
        "tracked": True,
        "policy": "continue_notify",
        "availability": "backorder",
        "availability_native": "onbackorder",
        "levels": [{"name": "available", "quantity": "-1.5"}],
    }


def test_a_variation_may_share_its_parents_stock() -> None:
    found = mapped(SHEET, type="variable", variations=[901])["variants"][0]["inventory"]
    assert found["tracked_native"] == "parent"
    assert "tracked" not in found
    assert to_native("variation", map_variation(encode_plain(SHEET), SETTINGS))["manage_stock"] == "parent"


def test_words_of_plugins_survive() -> None:
    doc = mapped(SHEET, **{**SHIRT, "variations": []})
    assert (doc["type_native"], doc["status_native"]) == ("bundle", "wc-plugin")
    assert "status" not in doc
    found = variant(backorders="only-fridays", stock_status="on_the_way")["inventory"]
    assert found == {"policy_native": "only-fridays", "availability_native": "on_the_way"}


@pytest.mark.parametrize(
    ("native", "visibility", "status"),
    [
        ("publish", "visible", "active"),
        ("publish", "hidden", "unlisted"),
        ("draft", "visible", "draft"),
        ("future", "visible", "draft"),
        ("private", "hidden", "draft"),
        ("trash", "visible", "archived"),
        ("wc-odd", "visible", None),
    ],
)
def test_the_status_is_derived_and_the_native_one_kept(native: str, visibility: str, status: str | None) -> None:
    doc = mapped(status=native, catalog_visibility=visibility)
    assert (doc.get("status"), doc["status_native"]) == (status, native)


@pytest.mark.parametrize(("id", "expected"), [(12, "12"), ("14", "14"), (0, None), ("", None), (None, None), ("0", None)])
def test_the_id_of_a_picture_changes_its_type(id: Any, expected: str | None) -> None:
    assert mapped(images=[{"id": id, "src": "https://x.test/a.png"}])["media"][0].get("id") == expected


def test_the_local_dates_of_a_picture_are_offset_twice_and_stay_native() -> None:
    image = {"id": 1, "src": "a", "date_created": "2026-11-22T09:07:21", "date_created_gmt": "2026-11-22T07:07:21"}
    media = mapped(images=[image])["media"][0]
    assert media["created_at"] == "2026-11-22T07:07:21Z"
    assert media["ext"]["woocommerce"] == {"date_created": "2026-11-22T09:07:21"}


def test_a_picture_without_address_stays_native() -> None:
    doc = mapped(**SHIRT)
    assert [media["url"] for media in doc["media"]] == ["https://x.test/a.png"]
    assert doc["ext"]["woocommerce"]["images"] == [SHIRT["images"][1]]


def test_a_slug_is_shown_in_readable_letters_and_goes_back_encoded() -> None:
    doc = mapped(slug=SHIRT["slug"])
    assert doc["handle"] == "قميص__trashed"
    assert to_native("product", doc)["slug"] == SHIRT["slug"]


@pytest.mark.parametrize("slug", ["100%-cotton", "%D9%82", "♥", "a%20b", "%ff", "%e2%99%a5-%E2"])
def test_a_slug_that_wordpress_would_not_write_so_is_kept_as_it_is(slug: str) -> None:
    assert to_native("product", mapped(slug=slug))["slug"] == slug


@pytest.mark.parametrize(
    "body", [b"null", b"5", b"[]", b"{}", b'{"id":0}', b'{"id":null}', b'{"id":"x"}', b'{"id":-1}', b'{"id":true}', b"{"]
)
def test_a_row_without_a_usable_id_is_refused(body: bytes) -> None:
    with pytest.raises(SkippedRecordError) as caught:
        map_product(body, (), SETTINGS)
    assert caught.value.field in ("/", "/id")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"images": [{"src": "a"}, {"src": 5}]}, "/images/1/src"),
        ({"images": {"0": {}}}, "/images"),
        ({"images": [None]}, "/images/0"),
        ({"attributes": [{"options": ["a", 1]}]}, "/attributes/0/options/1"),
        ({"dimensions": {"width": True}}, "/dimensions/width"),
        ({"categories": [{"id": 1.5}]}, "/categories/0/id"),
        ({"meta_data": [{"key": "a"}, {"value": 1}]}, "/meta_data/1/key"),
        ({"date_modified_gmt": "yesterday"}, "/date_modified_gmt"),
        ({"date_modified_gmt": "2026-02-30T00:00:00"}, "/date_modified_gmt"),
        ({"manage_stock": 1}, "/manage_stock"),
        ({"stock_quantity": "many"}, "/stock_quantity"),
        ({"upsell_ids": [1, None]}, "/upsell_ids/1"),
        ({"price": "x" * 500}, "/price"),
        ({"cost_of_goods_sold": {"total_value": "x"}}, "/cost_of_goods_sold/total_value"),
        ({"type": "variation"}, "/type"),
    ],
)
def test_a_wrong_value_is_refused_by_its_pointer_in_one_short_line(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(SkippedRecordError) as caught:
        map_product(encode_plain({"id": 1, **fields}), (), SETTINGS)
    assert caught.value.field == field
    assert len(caught.value.reason) < 200
    assert "\n" not in caught.value.reason


def test_a_zero_date_says_nothing_and_stays_native() -> None:
    doc = mapped(date_modified_gmt="0000-00-00T00:00:00", date_created_gmt="2026-11-22T07:07:21.5")
    assert doc["ext"]["woocommerce"] == {"date_modified_gmt": "0000-00-00T00:00:00"}
    assert doc["created_at"] == "2026-11-22T07:07:21.5Z"


def test_metafields_are_typed_and_ours_have_their_own_namespace() -> None:
    entries = [
        {"id": 1, "key": "_luneo_care.guide.text", "value": "30°"},
        {"id": "2", "key": "x", "value": {"a": [Decimal("1.50"), None]}},
        {"id": 3, "key": "_luneo_zone", "value": True},
        {"id": 4, "key": "n", "value": 5},
        {"id": 5, "key": "nothing", "value": None},
    ]
    doc = mapped(meta_data=entries)
    assert [(f["namespace"], f["key"], f["type"]) for f in doc["metafields"]] == [
        ("care.guide", "text", "text"),
        ("woocommerce", "x", "json"),
        ("woocommerce", "_luneo_zone", "boolean"),
        ("woocommerce", "n", "number"),
        ("woocommerce", "nothing", "json"),
    ]
    assert "value" not in doc["metafields"][4]
    back = to_native("product", doc)["meta_data"]
    assert [(entry["id"], entry["key"], entry["value"]) for entry in back] == [
        (int(entry["id"]), entry["key"], entry["value"]) for entry in entries
    ]


@pytest.mark.parametrize("key", ["_luneo_woocommerce.y", "_luneo_.x", "_luneo_a.", "_luneo_a..b", "_luneo_", "_luneo_x", "a.b"])
def test_a_meta_key_goes_back_as_it_came(key: str) -> None:
    doc = mapped(meta_data=[{"id": 1, "key": key, "value": "v"}])
    assert to_native("product", doc)["meta_data"][0]["key"] == key
    plain = mapped(meta_data=[{"id": 1, "key": "y", "value": "v"}])
    assert doc["metafields"] != plain["metafields"]


def test_search_texts_come_from_the_usual_plugins_but_not_their_templates() -> None:
    meta = [{"key": "_yoast_wpseo_title", "value": "%%title%%"}, {"key": "rank_math_title", "value": "Bague"}]
    assert mapped(meta_data=meta)["seo"] == {"title": "Bague"}


def test_relations_name_the_products_they_lead_to() -> None:
    found = mapped(upsell_ids=[15], cross_sell_ids=["16"], grouped_products=[17])["relations"]
    assert [(relation["kind"], relation["ref"]["id"]) for relation in found] == [
        ("upsell", "15"),
        ("cross_sell", "16"),
        ("grouped", "17"),
    ]


def test_volatile_fields_never_reach_the_document() -> None:
    first, second = ({"id": 1, "related_ids": ids, "_links": {"self": ids}} for ids in ([1, 2], [2, 1]))
    assert product_doc(first, (), SETTINGS) == product_doc(second, (), SETTINGS)


@pytest.mark.parametrize(
    ("gtin", "valid"), [("4006381333931", True), ("4006381333932", False), ("96385074", True), ("123", False), ("x", False)]
)
def test_the_check_digit_of_a_gtin_is_checked(gtin: str, valid: bool) -> None:
    assert check_digit_holds(gtin) is valid
    assert variant(global_unique_id=gtin)["identifiers"] == [{"scheme": "gtin", "value": gtin, "valid": valid}]


def test_mapping_changes_nothing_of_what_it_shares() -> None:
    body = encode_plain({"id": 1, "price": "77.7", "sale_price": "66.6", "date_on_sale_to_gmt": "2026-12-01T00:00:00"})
    first = encode_plain(map_product(body, (), SETTINGS).doc)
    assert encode_plain(map_product(body, (), SETTINGS).doc) == first
    assert "valid_to" not in decode(encode_plain(variant(sale_price="66.6")))["prices"][0]
