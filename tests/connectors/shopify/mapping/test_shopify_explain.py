"""Where a value comes from, in both forms of an object, and what no canonical field took."""

from __future__ import annotations

import time
from typing import Any

import pytest
from shopify_cases import ALL, REST_ORDER, SETTINGS, canonical, payload, tree

from connectors.shopify.explain import KINDS, explain
from hub.errors import SkippedRecordError
from hub.mapping.paths import differences, leaves, pointer, replaced
from schemas.exact import decode, encode_plain
from schemas.kinds import encode

every = pytest.mark.parametrize(("name", "kind", "body"), ALL, ids=[name for name, _, _ in ALL])


def told(kind: str, raw: dict[str, Any]) -> Any:
    return explain(kind, encode_plain(raw), (), SETTINGS)


@every
def test_the_explanation_is_of_the_very_document_and_covers_it(name: str, kind: str, body: bytes) -> None:
    found = explain(kind, body, (), SETTINGS)
    assert encode(found.canonical) == encode(canonical(kind, body))
    assert set(found.provenance) == {pointer(path) for path, _ in leaves(found.canonical)}
    known = {"", *(pointer(path[:cut]) for path, _ in leaves(decode(body)) for cut in range(1, len(path) + 1))}
    for origins in found.provenance.values():
        for origin in [origins] if isinstance(origins, str) else origins:
            assert origin in known or origin.startswith("settings#/")


@every
def test_every_raw_leaf_is_the_origin_of_a_value_or_listed_as_unmapped(name: str, kind: str, body: bytes) -> None:
    found = explain(kind, body, (), SETTINGS)
    taken = {
        origin
        for path, origins in found.provenance.items()
        if "/ext/shopify/" not in path
        for origin in ([origins] if isinstance(origins, str) else origins)
    }
    for path, value in leaves(decode(body)):
        at = pointer(path)
        assert (at in found.unmapped) != (at in taken), at
        assert at in taken or encode_plain(found.unmapped[at]) == encode_plain(value)


def test_a_price_comes_from_the_variant_and_its_minor_units_from_the_settings_too() -> None:
    found = told("product", tree("product-options")).provenance
    assert found["/variants/0/prices/0/money/amount"] == "/variants/nodes/0/price"
    assert found["/variants/0/prices/0/money/currency"] == "settings#/currency"
    assert found["/variants/0/prices/0/money/minor"] == ["/variants/nodes/0/price", "settings#/currency"]
    assert found["/metafields/0/value"] == "/metafields/nodes/0/value"
    assert found["/media/1/url"] == "/media/nodes/1/originalSource/url"
    assert found["/variants/0/inventory/levels/9/quantity"].startswith("/variants/nodes/0/inventoryItem/inventoryLevels/nodes/1/")


def test_the_pointers_of_a_webhook_are_those_of_its_body() -> None:
    found = told("product", payload("products_update")).provenance
    assert found["/description/html"] == "/body_html"
    assert found["/variants/1/prices/0/money/amount"] == "/variants/1/price"
    assert found["/variants/0/weight/unit"] == "/variants/0/weight_unit"
    assert found["/tags/0/name"] == found["/tags/2/name"] == "/tags"
    assert found["/variants/0/options/0/value"] == "/variants/0/option1"


def test_what_a_parcel_carries_comes_from_the_lines_or_from_the_parts() -> None:
    plain = told("order", tree("order-plain")).provenance
    assert set(plain["/fulfilments/0/lines/0/quantity"]) >= {
        "/lineItems/nodes/0/quantity",
        "/lineItems/nodes/0/unfulfilledQuantity",
    }
    whole = told("order", tree("order-parts")).provenance
    quantity = "/parts/fulfillments/0/fulfillmentLineItems/nodes/0/quantity"
    assert whole["/fulfilments/0/lines/0/quantity"] == quantity
    assert quantity in whole["/lines/0/quantity/fulfilled"]
    assert "/parts/refunds/0/refundLineItems/nodes/0/quantity" in whole["/lines/1/quantity/refunded"]


def test_what_hangs_on_there_being_a_value_is_said() -> None:
    found = told("order", {"id": "gid://shopify/Order/1", "cancelledAt": "2026-11-20T10:11:11Z"})
    assert found.provenance["/cancelled"] == "/cancelledAt"


def test_a_value_that_says_nothing_is_the_origin_of_none() -> None:
    raw = {"id": "gid://shopify/Product/1", "templateSuffix": None, "tags": [], "isGiftCard": False, "seo": {}}
    assert told("product", raw).unmapped == {"/templateSuffix": None, "/tags": [], "/isGiftCard": False, "/seo": {}}


@pytest.mark.parametrize(
    ("topic", "notice"),
    [
        ("app_uninstalled", "uninstalled"),
        ("shop_redact", "forget_shop"),
        ("customers_redact", "forget_customer"),
        ("customers_data_request", "customer_data"),
        ("bulk_operations_finish", "export_finished"),
        ("app_subscriptions_update", "subscription"),
        ("products_delete", "deleted"),
        ("events_product_update", "changed"),
    ],
)
def test_a_body_that_is_no_record_is_told_as_what_it_means(topic: str, notice: str) -> None:
    found = told(topic, payload(topic))
    assert found.canonical["notice"] == notice
    held = {str(value) for _, value in leaves(found.canonical)}
    for path, value in leaves(payload(topic)):
        assert value in (None, "", [], {}) or str(value) in held or "_at" in str(path[-1]), path


def test_people_and_orders_to_forget_are_named() -> None:
    doc = told("customers_redact", payload("customers_redact")).canonical
    assert doc["customer"]["ref"]["gid"] == "gid://shopify/Customer/191167"
    assert [order["id"] for order in doc["orders"]] == ["299938", "280263", "220458"]
    with pytest.raises(SkippedRecordError) as caught:
        told("customers_redact", {"orders_to_redact": [1, "x"]})
    assert caught.value.field == "/orders_to_redact/1"


def test_a_level_that_is_not_known_is_no_level() -> None:
    body = payload("inventory_levels_update")
    assert "inventory" not in told("inventory_level", body).canonical
    doc = told("inventory_level", {**body, "available": 0}).canonical
    assert doc["inventory"]["levels"][0]["quantity"] == "0"
    assert doc["location"]["id"] == "24826418"


def test_parts_are_mapped_alone_in_both_forms() -> None:
    order = tree("order-parts")
    parcel = {**order["fulfillments"][0], **order["parts"]["fulfillments"][0]}
    assert told("fulfillment", parcel).canonical["lines"] == [{"line": "10020", "quantity": "2"}]
    assert told("fulfillment", payload("fulfillments_create")).canonical["order"]["id"] == "820982911946154508"
    item = tree("product-options")["variants"]["nodes"][0]["inventoryItem"]
    assert told("inventory_item", item).canonical["weight"] == {"value": "0.2", "unit": "kg"}
    level = {**item["inventoryLevels"]["nodes"][0], "item": {"id": item["id"]}}
    assert len(told("inventory_level", level).canonical["inventory"]["levels"]) == 8


def test_what_cannot_be_mapped_cannot_be_explained() -> None:
    with pytest.raises(SkippedRecordError, match="/title is"):
        told("product", {"id": "gid://shopify/Product/1", "title": []})
    with pytest.raises(ValueError, match="known: product"):
        told("coupon", {"id": 1})
    assert {"variant", "refund", "fulfillment", "inventory_level", "inventory_item"} <= KINDS.keys()


def test_an_entry_that_only_moved_in_a_longer_list_is_no_difference() -> None:
    assert list(differences({"a": ["x", "y"]}, {"a": ["new", "x", "y"]})) == [(("a", 2), False)]
    assert list(differences({"a": ["x", "y"]}, {"a": ["y"]})) == [(("a", 0), True)]
    assert list(differences({"a": 1, "b": 2}, {"a": 1})) == [(("b",), False)]
    raw = {"a": [{"b": 1}], "c": 2}
    assert (replaced(raw, ("a", 0, "b"), 9), raw) == ({"a": [{"b": 9}], "c": 2}, {"a": [{"b": 1}], "c": 2})


def test_a_hundred_variants_are_explained_in_seconds() -> None:
    raw = tree("product-options")
    one = raw["variants"]["nodes"][0]
    raw["variants"]["nodes"] = [
        {**one, "id": f"gid://shopify/ProductVariant/{number}", "sku": f"S{number}"} for number in range(100)
    ]
    begun = time.process_time()
    found = told("product", raw)
    assert found.provenance["/variants/99/sku"] == "/variants/nodes/99/sku"
    assert found.provenance["/variants/57/ref/gid"] == "/variants/nodes/57/id"
    assert found.provenance["/variants/57/prices/0/money/minor"] == ["/variants/nodes/57/price", "settings#/currency"]
    assert set(found.provenance) == {pointer(path) for path, _ in leaves(found.canonical)}
    assert time.process_time() - begun < 20


def test_many_variants_of_a_webhook_are_explained_by_its_own_pointers() -> None:
    raw = payload("products_update")
    raw["options"] = [{"name": "Size", "values": ["Small"]}]
    raw["variants"] = [{**raw["variants"][0], "id": number, "admin_graphql_api_id": None} for number in range(1, 13)]
    found = told("product", raw)
    assert found.provenance["/variants/11/ref/id"] == "/variants/11/id"
    assert found.provenance["/variants/11/options/0/name"] == "/options/0/name"
    assert found.provenance["/variants/3/options/0/value"] == "/variants/3/option1"


def test_an_order_of_many_lines_with_discounts_duties_and_taxes_is_explained_in_seconds() -> None:
    raw = tree("order-parts")
    one = raw["lineItems"]["nodes"][0]
    raw["lineItems"]["nodes"] = [{**one, "id": f"gid://shopify/LineItem/{number}"} for number in range(1000, 1100)]
    begun = time.process_time()
    found = told("order", raw).provenance
    for index in (0, 1, 57, 99):
        line = f"/lineItems/nodes/{index}"
        assert found[f"/lines/{index}/title"] == f"{line}/title"
        assert found[f"/lines/{index}/ref/gid"] == f"{line}/id"
        assert found[f"/lines/{index}/tax_lines/0/rate"] == f"{line}/taxLines/0/rate"
        assert found[f"/lines/{index}/allocations/1/amount/amount"] == (
            f"{line}/discountAllocations/1/allocatedAmountSet/shopMoney/amount"
        )
        assert f"{line}/discountAllocations/0/allocatedAmountSet/shopMoney/amount" in found["/discounts/0/amount/amount"]
    assert all(origins for place, origins in found.items() if place.startswith("/lines/"))
    assert time.process_time() - begun < 15


def test_duties_come_from_their_lines_where_another_charge_stands_before_them() -> None:
    line = REST_ORDER["line_items"][0]
    raw = {**REST_ORDER, "line_items": [{**line, "id": 466157049 + number} for number in range(12)]}
    found = told("order", raw).provenance
    assert found["/charges/5/ref/gid"] == "/line_items/4/duties/0/id"
    assert found["/charges/12/total/amount"] == "/line_items/11/duties/0/shop_money/amount"


def test_two_thousand_variants_are_explained_in_seconds() -> None:
    raw = tree("product-options")
    one = raw["variants"]["nodes"][0]
    raw["variants"]["nodes"] = [{**one, "id": f"gid://shopify/ProductVariant/{number}"} for number in range(2048)]
    begun = time.process_time()
    found = told("product", raw).provenance
    assert found["/variants/2000/ref/gid"] == "/variants/nodes/2000/id"
    assert found["/variants/2000/prices/0/money/minor"] == ["/variants/nodes/2000/price", "settings#/currency"]
    assert time.process_time() - begun < 20
