"""The value traps of products, one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from shopify_cases import SETTINGS, payload, tree

from connectors.shopify.mapping import STAMPS, map_product
from connectors.shopify.mapping.metafields import native_value
from connectors.shopify.mapping.product import product_doc
from hub.catalog.content import hash_of
from hub.errors import SkippedRecordError
from hub.ports import ShopSettings
from schemas.exact import encode_plain
from schemas.kinds import encode


def mapped(settings: ShopSettings = SETTINGS, **fields: Any) -> dict[str, Any]:
    return product_doc({"id": "gid://shopify/Product/1", **fields}, settings)


def variant(settings: ShopSettings = SETTINGS, **fields: Any) -> dict[str, Any]:
    one = {"id": "gid://shopify/ProductVariant/2", **fields}
    return mapped(settings, variants={"nodes": [one]})["variants"][0]


def metafield(kind: str, value: str, **more: Any) -> dict[str, Any]:
    one = {"id": "gid://shopify/Metafield/3", "namespace": "custom", "key": "k", "type": kind, "value": value, **more}
    return mapped(metafields={"nodes": [one]})["metafields"][0]


def price(doc: dict[str, Any], kind: str) -> Any:
    return next((one["money"] for one in doc.get("prices", ()) if one["kind"] == kind), None)


def test_a_bare_id_maps_to_a_bare_record() -> None:
    found = map_product(b'{"id":"gid://shopify/Product/12"}', (), SETTINGS)
    assert found.vendor_id == "gid://shopify/Product/12"
    assert found.doc == {"refs": [{"connector": "shopify", "kind": "Product", "id": "12", "gid": "gid://shopify/Product/12"}]}


def test_ids_beyond_what_a_float_can_hold_keep_every_digit() -> None:
    found = map_product(encode_plain(payload("products_update")), (), SETTINGS)
    assert found.doc["refs"][0]["id"] == "788032119674292922"
    assert [id for id, _, _ in found.variants] == [
        "gid://shopify/ProductVariant/642667041472713922",
        "gid://shopify/ProductVariant/757650484644203962",
    ]


@pytest.mark.parametrize(
    "id", [None, "12", 12.5, True, "gid://shopify/Order/1", "gid://evil/Product/1", "gid://shopify/Product/"]
)
def test_an_id_that_is_no_gid_of_a_product_is_refused(id: Any) -> None:
    with pytest.raises(SkippedRecordError) as caught:
        map_product(encode_plain({"id": id}), (), SETTINGS)
    assert caught.value.field == "/id"


def test_prices_are_in_the_shops_currency_and_the_cost_in_its_own() -> None:
    doc = variant(price="1250", compareAtPrice="1500.5", inventoryItem={"unitCost": {"amount": "4.125", "currencyCode": "KWD"}})
    assert price(doc, "current") == {"amount": "1250", "currency": "EUR", "minor": 125000}
    assert price(doc, "compare_at") == {"amount": "1500.5", "currency": "EUR", "minor": 150050}
    assert price(doc, "cost") == {"amount": "4.125", "currency": "KWD", "minor": 4125}
    yen = variant(ShopSettings(currency="JPY"), price="1250")
    assert price(yen, "current") == {"amount": "1250", "currency": "JPY", "minor": 1250}
    assert "tax_included" not in yen["prices"][0]
    assert price(variant(ShopSettings(), price="1"), "current") == {"amount": "1", "currency": None, "minor": None}


def test_a_price_of_zero_is_free_and_none_is_no_price() -> None:
    assert price(variant(price="0.00", compareAtPrice=None), "current")["minor"] == 0
    assert "prices" not in variant(price=None, compareAtPrice="")


@pytest.mark.parametrize("value", [True, [], {"amount": "1"}, "1,50", "1e3", "٣"])
def test_a_price_that_is_no_decimal_is_refused_by_its_field(value: Any) -> None:
    with pytest.raises(SkippedRecordError) as caught:
        variant(price=value)
    assert caught.value.field == "/variants/nodes/0/price"
    assert "decimal amount" in caught.value.reason


@pytest.mark.parametrize(
    ("unit", "short"),
    [("GRAMS", "g"), ("KILOGRAMS", "kg"), ("OUNCES", "oz"), ("POUNDS", "lb"), ("STONES", "STONES"), (None, None)],
)
def test_weights_keep_their_digits_and_name_their_unit(unit: str | None, short: str | None) -> None:
    item = {"measurement": {"weight": {"value": Decimal("0.250"), "unit": unit}}}
    assert variant(inventoryItem=item)["weight"] == {"value": "0.250", "unit": short}


def test_stock_is_told_in_total_and_at_every_location() -> None:
    found = product_doc(tree("product-options"), SETTINGS)["variants"][0]["inventory"]
    here = [level for level in found["levels"] if level.get("location", {}).get("id") == "2"]
    assert found["levels"][0] == {"name": "available", "quantity": "10"}
    assert [level["name"] for level in here] == [
        "available", "on_hand", "committed", "incoming", "reserved", "damaged", "safety_stock", "quality_control",
    ]  # fmt: skip


def test_a_variant_that_sells_beyond_its_stock_is_on_backorder() -> None:
    stock = {"inventoryQuantity": -2, "inventoryItem": {"tracked": True}}
    assert variant(availableForSale=True, inventoryPolicy="CONTINUE", **stock)["inventory"]["availability"] == "backorder"
    assert variant(availableForSale=False, **stock)["inventory"]["availability"] == "out_of_stock"
    untracked = variant(availableForSale=True, inventoryQuantity=0, inventoryItem={"tracked": False})
    assert untracked["inventory"]["availability"] == "in_stock"
    assert variant(inventoryPolicy="SOMETIMES")["inventory"] == {"policy_native": "SOMETIMES"}


def test_a_level_without_location_stays_native() -> None:
    level = {"id": "gid://shopify/InventoryLevel/1?inventory_item_id=2", "location": None, "quantities": []}
    doc = variant(inventoryItem={"inventoryLevels": {"nodes": [level]}})
    assert doc["ext"]["shopify"]["inventoryItem"]["inventoryLevels"]["nodes"] == [level]


@pytest.mark.parametrize(
    ("code", "scheme", "valid"),
    [("4006381333931", "gtin", True), ("4006381333932", "gtin", False), ("RING-1", "barcode", None), ("12345", "barcode", None)],
)
def test_a_barcode_is_a_gtin_when_it_looks_like_one(code: str, scheme: str, valid: bool | None) -> None:
    found = map_product(
        encode_plain(
            {"id": "gid://shopify/Product/1", "variants": {"nodes": [{"id": "gid://shopify/ProductVariant/2", "barcode": code}]}}
        ),
        (),
        SETTINGS,
    )
    (one,) = found.doc["variants"][0]["identifiers"]
    assert (one["scheme"], one["value"], one.get("valid")) == (scheme, code, valid)
    assert found.variants == [("gid://shopify/ProductVariant/2", None, code if scheme == "gtin" else None)]


@pytest.mark.parametrize(
    ("word", "status"), [("ACTIVE", "active"), ("DRAFT", "draft"), ("ARCHIVED", "archived"), ("UNLISTED", "unlisted")]
)
def test_a_status_has_its_word(word: str, status: str) -> None:
    assert (mapped(status=word)["status"], mapped(status=word)["status_native"]) == (status, word)


def test_a_status_that_is_not_known_yet_survives() -> None:
    assert mapped(status="SUSPENDED")["status_native"] == "SUSPENDED"
    assert "status" not in mapped(status="SUSPENDED")


def test_a_product_without_options_has_one_default_variant_and_no_option() -> None:
    doc = product_doc(tree("product-default"), SETTINGS)
    assert "options" not in doc
    (one,) = doc["variants"]
    assert one["default"] is True
    assert {"options", "title"}.isdisjoint(one)
    assert one["ext"]["shopify"]["title"] == "Default Title"


@pytest.mark.parametrize(
    ("kind", "value", "found", "kept"),
    [
        ("single_line_text_field", "007", "007", None),
        ("number_integer", "18", 18, None),
        ("number_integer", "007", "007", None),
        ("number_integer", "9" * 30, int("9" * 30), None),
        ("number_decimal", "1.50", "1.50", None),
        ("boolean", "true", True, None),
        ("json", '{"a":1.50,"b":[1]}', {"a": Decimal("1.50"), "b": [1]}, None),
        ("json", '{ "a": 1 }', {"a": 1}, '{ "a": 1 }'),
        ("json", "{broken", "{broken", None),
        ("json", '"text"', '"text"', None),
        ("json", "null", "null", None),
        ("list.number_integer", "[48,49]", [48, 49], None),
        ("rating", '{"value":"4.5","scale_max":"5.0"}', {"value": "4.5", "scale_max": "5.0"}, None),
        (
            "json",
            '{"updatedAt":"2026-11-20T10:11:11Z"}',
            {"updatedAt": "2026-11-20T10:11:11Z"},
            '{"updatedAt":"2026-11-20T10:11:11Z"}',
        ),
        ("new_kind_of_type", "x", "x", None),
    ],
)
def test_a_metafield_is_json_where_its_type_says_so_and_never_loses_its_text(
    kind: str, value: str, found: Any, kept: Any
) -> None:
    doc = metafield(kind, value)
    assert (doc["type"], doc["value"]) == (kind, found)
    assert doc.get("ext", {}).get("shopify", {}).get("value") == kept
    assert native_value(doc) == value


def test_a_metafield_with_another_key_in_place_of_one_that_is_missing_keeps_it() -> None:
    one = {"namespace": "n", "key": "k", "type": "t", "value": "v", "updatedAt": "2026-11-20T10:11:11Z", "compareDigest": "f"}
    (found,) = mapped(metafields={"nodes": [{**one, "description": "d"}]})["metafields"]
    assert found["ext"]["shopify"] == {"updatedAt": "2026-11-20T10:11:11Z", "compareDigest": "f", "description": "d"}


def test_namespaces_of_apps_are_kept_as_they_are() -> None:
    for namespace in ("$app:luneo", "app--4242--luneo", "shopify"):
        assert metafield("json", "{}", namespace=namespace)["namespace"] == namespace


def test_a_change_inside_a_json_value_is_a_change_whatever_its_key_is_called() -> None:
    docs = [
        mapped(metafields={"nodes": [{"namespace": "n", "key": "k", "type": "json", "value": f'{{"updatedAt":"{day}"}}'}]})
        for day in "12"
    ]
    assert len({hash_of(encode(doc), STAMPS["product"]) for doc in docs}) == 2


def test_metafields_of_a_webhook_are_those_of_graphql() -> None:
    one = {
        "id": 3,
        "admin_graphql_api_id": "gid://shopify/Metafield/3",
        "namespace": "n",
        "key": "k",
        "type": "json",
        "value": "[1]",
    }
    (found,) = map_product(encode_plain({"id": 1, "metafields": [one]}), (), SETTINGS).doc["metafields"]
    assert found == {"namespace": "n", "key": "k", "type": "json", "value": [1], "source_id": "gid://shopify/Metafield/3"}


def test_media_of_every_kind_keep_their_place() -> None:
    doc = product_doc(tree("product-options"), SETTINGS)
    assert [(one["kind"], one["position"]) for one in doc["media"]] == [
        ("image", 0),
        ("model_3d", 1),
        ("external_video", 2),
        ("video", 4),
    ]
    model = doc["media"][1]
    assert (model["url"], model["name"]) == ("https://cdn.test/ring.glb", "ring.glb")
    assert [source["format"] for source in model["ext"]["shopify"]["sources"]] == ["glb", "usdz"]
    assert [one["id"] for one in doc["ext"]["shopify"]["media"]["nodes"]] == ["gid://shopify/MediaImage/7"]


def test_dates_are_in_utc_with_the_precision_received() -> None:
    doc = mapped(createdAt="2026-11-20T10:11:11.123456Z", updatedAt="2021-12-31T19:00:00-05:00", publishedAt=None)
    assert (doc["created_at"], doc["modified_at"]) == ("2026-11-20T10:11:11.123456Z", "2022-01-01T00:00:00Z")
    for odd in ("2026-11-20", "2026-13-20T10:11:11Z", "0001-01-01T00:00:00+14:00", "2026-11-20T10:11:11"):
        with pytest.raises(SkippedRecordError, match="expected a date"):
            mapped(createdAt=odd)


def test_where_a_page_of_a_list_ended_is_no_part_of_the_product() -> None:
    whole = mapped(metafields={"nodes": []}, variants={"nodes": []})
    assert mapped(metafields={"nodes": [], "pageInfo": {"hasNextPage": False}}, variants={"nodes": []}) == whole


def test_a_webhook_and_graphql_name_the_same_product_alike() -> None:
    body = {
        "id": 1,
        "title": "Mug",
        "body_html": "<p>x</p>",
        "status": "active",
        "tags": "a, b",
        "vendor": "Luneo",
        "product_type": "Mug",
        "created_at": "2026-11-20T11:11:11+01:00",
        "options": [{"name": "Taille", "position": 1, "values": ["S"]}],
        "variants": [{"id": 2, "title": "S", "price": "12.00", "sku": "M", "option1": "S", "weight": 200, "weight_unit": "g"}],
    }
    node = {
        "id": "gid://shopify/Product/1",
        "title": "Mug",
        "descriptionHtml": "<p>x</p>",
        "status": "ACTIVE",
        "tags": ["a", "b"],
        "vendor": "Luneo",
        "productType": "Mug",
        "createdAt": "2026-11-20T10:11:11Z",
        "options": [{"name": "Taille", "position": 1, "optionValues": [{"name": "S"}]}],
        "variants": {
            "nodes": [
                {
                    "id": "gid://shopify/ProductVariant/2",
                    "title": "S",
                    "price": "12.00",
                    "sku": "M",
                    "selectedOptions": [{"name": "Taille", "value": "S", "key": "option1"}],
                    "inventoryItem": {"measurement": {"weight": {"value": 200, "unit": "GRAMS"}}},
                }
            ]
        },
    }
    assert map_product(encode_plain(body), (), SETTINGS).doc == map_product(encode_plain(node), (), SETTINGS).doc


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"body_html": 5}, "/body_html"),
        ({"tags": 5}, "/tags"),
        ({"variants": [{"id": 2, "compare_at_price": []}]}, "/variants/0/compare_at_price"),
        ({"variants": [{"id": 2, "weight": "much"}]}, "/variants/0/weight"),
        ({"images": [{"id": 3, "src": 5}]}, "/images/0/src"),
        ({"created_at": "yesterday"}, "/created_at"),
    ],
)
def test_a_webhook_that_cannot_be_mapped_is_refused_by_its_own_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(SkippedRecordError) as caught:
        map_product(encode_plain({"id": 1, **change}), (), SETTINGS)
    assert caught.value.field == field
