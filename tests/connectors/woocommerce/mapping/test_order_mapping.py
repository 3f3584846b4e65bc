"""The value traps of orders and refunds, one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_cases import ORDER, REFUND, SETTINGS

from connectors.woocommerce.mapping import map_order, map_refund, to_native
from connectors.woocommerce.mapping.order import order_doc
from connectors.woocommerce.mapping.refund import negated
from connectors.woocommerce.mapping.totals import summed
from hub.errors import SkippedRecordError
from hub.ports import ShopSettings
from schemas.exact import encode_plain
from schemas.kinds import validate


def mapped(*refunds: dict[str, Any], **fields: Any) -> dict[str, Any]:
    doc = order_doc({"id": 1, **fields}, refunds)
    validate("order", doc)
    return doc


def amounts(doc: dict[str, Any]) -> dict[str, str]:
    return {name: money["amount"] for name, money in doc["totals"].items()}


def test_a_bare_id_maps_to_a_bare_record() -> None:
    assert map_order(b'{"id":276}', (), SETTINGS).doc == {"refs": [{"connector": "woocommerce", "kind": "order", "id": "276"}]}


def test_numbers_that_plugins_make_integers_are_texts() -> None:
    doc = mapped(number=1234, transaction_id=99)
    assert (doc["number"], doc["transactions"][0]["id"]) == ("1234", "99")


def test_an_order_carries_its_own_currency_whatever_the_shops_is() -> None:
    doc = map_order(encode_plain(ORDER), (), ShopSettings(currency="EUR")).doc
    assert doc["currency"] == "JPY"
    assert doc["totals"]["total"] == {"amount": "1805.88", "currency": "JPY", "minor": None}
    assert doc["lines"][0]["subtotal"] == {"amount": "1000.00", "currency": "JPY", "minor": 1000}


def test_a_currency_that_is_none_stays_native() -> None:
    doc = mapped(currency="Points", total="5")
    assert doc["ext"]["woocommerce"] == {"currency": "Points"}
    assert doc["totals"]["total"] == {"amount": "5", "currency": None, "minor": None}
    assert to_native("order", doc)["currency"] == "Points"


def test_the_price_of_a_line_is_never_the_float_that_woocommerce_sends() -> None:
    line = {"id": 5, "quantity": 2, "total": "16.65", "price": Decimal("8.324999999999999")}
    assert mapped(line_items=[line])["lines"][0]["unit_price"] == {"amount": "8.325", "currency": None, "minor": None}
    third = mapped(line_items=[{**line, "quantity": 3, "total": "10.00"}])["lines"][0]
    assert "unit_price" not in third
    assert third["ext"]["woocommerce"] == {"price": line["price"]}


def test_the_line_of_a_deleted_product_keeps_its_name_and_points_nowhere() -> None:
    line = mapped(**ORDER)["lines"][1]
    assert line["title"] == "Disparu"
    assert not {"product", "variant", "sku", "image_url"} & line.keys()


def test_a_line_of_a_variation_tells_what_was_chosen() -> None:
    assert mapped(**ORDER)["lines"][0]["variant_title"] == "Bleu"


def test_the_taxes_of_a_line_have_the_name_and_the_rate_of_the_orders_tax() -> None:
    taxes = [{"id": 9, "rate_id": 1, "rate_code": "FR-1", "label": "TVA", "rate_percent": Decimal("5.5"), "compound": False}]
    line = {"id": 2, "quantity": 1, "taxes": [{"id": 1, "total": "0.55", "subtotal": ""}, {"id": 7, "total": ""}]}
    doc = mapped(tax_lines=taxes, line_items=[line], currency="EUR")
    assert doc["lines"][0]["tax_lines"] == [
        {
            "rate_id": "1",
            "title": "TVA",
            "code": "FR-1",
            "rate": "0.055",
            "amount": {"amount": "0.55", "currency": "EUR", "minor": 55},
        },
        {"rate_id": "7"},
    ]


def test_two_coupons_share_the_discount_of_each_line_exactly() -> None:
    doc = mapped(**ORDER)
    assert [line["discount"]["amount"] for line in doc["lines"]] == ["50.01", "50.99"]
    assert [[share["amount"]["amount"] for share in line["allocations"]] for line in doc["lines"]] == [
        ["14.86", "35.15"],
        ["15.15", "35.84"],
    ]
    assert doc["discounts"][1]["type_native"] == "smart_coupon"


cents = st.integers(0, 10**7).map(lambda value: format(Decimal(value).scaleb(-2), "f"))


@settings(deadline=None)
@given(st.lists(st.tuples(cents, cents), min_size=1, max_size=6), st.lists(cents, max_size=4))
def test_allocations_sum_to_subtotal_less_total_on_every_line(lines: list[tuple[str, str]], coupons: list[str]) -> None:
    items = [{"id": i + 1, "quantity": 1, "subtotal": before, "total": after} for i, (before, after) in enumerate(lines)]
    doc = mapped(line_items=items, coupon_lines=[{"id": 90 + i, "discount": off} for i, off in enumerate(coupons)])
    for line, (before, after) in zip(doc["lines"], lines, strict=True):
        shares = line.get("allocations", [])
        assert Decimal(summed(share["amount"]["amount"] for share in shares)) == Decimal(before) - Decimal(after)
        assert all(("application" in share) == bool(coupons) for share in shares)


def test_a_price_changed_by_hand_is_an_allocation_of_no_coupon() -> None:
    line = mapped(line_items=[{"id": 1, "quantity": 1, "subtotal": "10.00", "total": "12.00"}])["lines"][0]
    assert line["allocations"] == [{"amount": {"amount": "-2.00", "currency": None, "minor": None}}]


PARTS: dict[str, Any] = {"total_tax": "2.00", "shipping_lines": [], "fee_lines": [{"id": 2, "name": "f", "total": "-1.00"}]}


@pytest.mark.parametrize(
    ("total", "verdict", "difference"),
    [
        ("11.00", "ok", None),
        ("11", "ok", None),
        ("11.02", "rounding", "0.02"),
        ("10.98", "rounding", "-0.02"),
        ("11.03", "mismatch", "0.03"),
    ],
)
def test_the_parts_are_held_against_the_total_and_nothing_is_corrected(total: str, verdict: str, difference: str | None) -> None:
    doc = mapped(total=total, line_items=[{"id": 1, "quantity": 1, "total": "10.00"}], **PARTS)
    assert doc["arithmetic"] == {"verdict": verdict, **({"difference": difference} if difference else {})}
    assert amounts(doc)["total"] == total


def test_a_partial_order_is_not_checked() -> None:
    assert mapped(total="5.00")["arithmetic"] == {"verdict": "unchecked"}
    assert "arithmetic" not in mapped(status="pending")


def test_a_refund_is_positive_and_lowers_what_is_left() -> None:
    doc = mapped(REFUND, **ORDER)
    assert [refund["amount"]["amount"] for refund in doc["refunds"]] == ["400", "5"]
    assert (amounts(doc)["refunded"], amounts(doc)["current"]) == ("405", "1400.88")
    whole = doc["refunds"][0]
    assert [(line["kind"], line.get("line"), line["total"]["amount"]) for line in whole["lines"]] == [
        ("product", "50", "400"),
        ("shipping", "52", "10"),
        ("tax", None, "1.00"),
    ]
    assert whole["lines"][0]["quantity"] == "1"
    assert doc["lines"][0]["quantity"] == {"original": "2", "current": "1", "refunded": "1"}
    assert doc["incomplete_children"] is True  # 802 is known by its summary only
    assert (doc["financial_status"], doc.get("return_status")) == ("partially_refunded", None)


def test_with_all_refunds_at_hand_the_return_status_counts_goods() -> None:
    line = {"id": 50, "quantity": 1, "total": "400"}
    one = {"total": "400", "line_items": [line], "refunds": [{"id": 801, "total": "-400", "reason": "Casse"}]}
    doc = mapped(REFUND, **one)
    assert (doc["financial_status"], doc["return_status"], "incomplete_children" in doc) == ("refunded", "returned", False)
    assert "ext" not in doc["refunds"][0] or "summary" not in doc["refunds"][0]["ext"]["woocommerce"]
    two = mapped(REFUND, **{**one, "line_items": [line, {"id": 51, "quantity": 1, "total": "0"}]})
    assert two["return_status"] == "partially_returned"
    money_only = mapped({"id": 801, "amount": "400", "reason": "Casse"}, **one)
    assert (money_only["financial_status"], money_only["return_status"]) == ("refunded", "none")


def test_a_summary_that_says_something_else_than_its_refund_is_kept() -> None:
    summary = {"id": 801, "total": "-399.99", "reason": "Casse"}
    doc = mapped(REFUND, refunds=[summary])
    assert doc["refunds"][0]["ext"]["woocommerce"]["summary"] == summary
    assert doc["refunds"][0]["amount"]["amount"] == "400"


def test_a_refund_paid_back_is_a_transaction_of_the_payment() -> None:
    payment, back = mapped(REFUND, **ORDER)["transactions"]
    assert (payment["kind"], payment["id"], payment["status"]) == ("sale", "ch_1", "success")
    assert (back["kind"], back["parent"], back["amount"]["amount"]) == ("refund", "ch_1", "400")


def test_a_refund_alone_has_the_shops_currency() -> None:
    doc = map_refund(encode_plain(REFUND), SETTINGS)
    validate("refund", doc)
    assert doc["amount"] == {"amount": "400", "currency": "EUR", "minor": 40000}
    assert doc["refunded_by"] == "1"


@pytest.mark.parametrize(("native", "ours"), [("-16.67", "16.67"), ("16.67", "-16.67"), ("0.00", "0.00"), ("-0", "0")])
def test_the_other_sign(native: str, ours: str) -> None:
    assert negated(native) == ours


@pytest.mark.parametrize(
    ("fields", "financial", "fulfilment"),
    [
        ({"status": "pending", "date_paid_gmt": None}, "pending", "unfulfilled"),
        ({"status": "processing", "date_paid_gmt": None}, "pending", "unfulfilled"),
        ({"status": "processing", "date_paid_gmt": "2026-11-22T07:07:34"}, "paid", "unfulfilled"),
        ({"status": "completed", "date_paid_gmt": "2026-11-22T07:07:34"}, "paid", "fulfilled"),
        ({"status": "failed", "date_paid_gmt": None}, "failed", "cancelled"),
        ({"status": "cancelled", "date_paid_gmt": None}, "voided", "cancelled"),
        ({"status": "cancelled", "date_paid_gmt": "2026-11-22T07:07:34"}, "paid", "cancelled"),
        ({"status": "refunded", "date_paid_gmt": "2026-11-22T07:07:34"}, "refunded", None),
        ({"status": "wc-shipped-by-drone", "date_paid_gmt": "2026-11-22T07:07:34"}, "paid", None),
        ({"status": "wc-shipped-by-drone", "date_paid_gmt": None}, "pending", None),
        ({"status": "wc-shipped-by-drone"}, None, None),
        ({"status": "processing", "needs_processing": False, "line_items": [{"id": 1}]}, None, "not_required"),
        ({}, None, None),
    ],
)
def test_three_axes_are_derived_beside_the_native_word(
    fields: dict[str, Any], financial: str | None, fulfilment: str | None
) -> None:
    doc = mapped(**fields)
    assert (doc.get("financial_status"), doc.get("fulfilment_status")) == (financial, fulfilment)
    assert doc.get("status_native") == fields.get("status")
    assert doc.get("cancelled", False) is (fields.get("status") == "cancelled")


def test_a_guest_is_told_from_an_order_that_does_not_say() -> None:
    assert mapped(customer_id=0, billing={"email": "a@b.test"})["buyer"] == {"guest": True, "email": "a@b.test"}
    assert mapped(customer_id="3")["buyer"]["customer"]["id"] == "3"
    assert "buyer" not in mapped(number="5")


def test_states_are_iso_where_the_shops_codes_are() -> None:
    first, second = mapped(**ORDER)["addresses"]
    assert (first["subdivision"], first["lines"], first["roles"]) == ("JP-13", ["", "203"], ["billing"])
    assert (second["subdivision"], second["country"]) == ("US-CA", "US")
    assert first["ext"]["woocommerce"] == {"vat_number": "JP1"}
    back = to_native("order", mapped(**ORDER))
    assert (back["billing"]["state"], back["shipping"]["state"], back["billing"]["vat_number"]) == ("JP13", "CA", "JP1")


@pytest.mark.parametrize(
    ("country", "state"), [("US", "US-CA"), ("US", "AE"), ("FR", "75"), ("JP", "JP-13"), (None, "Kent"), ("IT", "rm")]
)
def test_a_state_goes_back_as_it_came(country: str | None, state: str) -> None:
    doc = mapped(shipping={"country": country, "state": state})
    assert to_native("order", doc)["shipping"]["state"] == state


def test_an_empty_address_is_none() -> None:
    assert "addresses" not in mapped(billing={"first_name": "", "country": ""}, shipping=[])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"total": "1 805,88"}, "/total"),
        ({"line_items": [{"id": 1}, {"id": 2, "taxes": [{"id": 1, "total": []}]}]}, "/line_items/1/taxes/0/total"),
        ({"line_items": [{"id": 1, "meta_data": [{"key": 5}]}]}, "/line_items/0/meta_data/0/key"),
        ({"billing": {"city": 5}}, "/billing/city"),
        ({"coupon_lines": [{"discount": True}]}, "/coupon_lines/0/discount"),
        ({"refunds": [{"id": 0}]}, "/refunds/0/id"),
        ({"customer_id": True}, "/customer_id"),
        ({"line_items": "none"}, "/line_items"),
    ],
)
def test_a_wrong_value_is_refused_by_its_pointer(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(SkippedRecordError) as caught:
        mapped(**fields)
    assert caught.value.field == field
    assert caught.value.ref == "woocommerce order 1"


def test_a_wrong_value_in_a_refund_names_it_and_the_order() -> None:
    with pytest.raises(SkippedRecordError) as caught:
        mapped({"id": 5, "amount": "five"}, refunds=[{"id": 5}])
    assert caught.value.field == "refunds/5#/amount"
    assert caught.value.ref == "woocommerce order 1"
