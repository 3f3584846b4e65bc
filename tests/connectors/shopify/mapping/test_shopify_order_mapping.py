"""The value traps of orders, one by one."""

from __future__ import annotations

from typing import Any

import pytest
from shopify_cases import REST_ORDER, SETTINGS, payload, tree

from connectors.shopify.mapping import STAMPS, map_order, to_native
from connectors.shopify.mapping.order import order_doc
from hub.catalog.content import hash_of
from hub.errors import SkippedRecordError
from schemas.exact import encode_plain
from schemas.kinds import encode


def money(shop: str, shown: str | None = None) -> dict[str, Any]:
    bag = {"shopMoney": {"amount": shop, "currencyCode": "EUR"}}
    return bag if shown is None else {**bag, "presentmentMoney": {"amount": shown, "currencyCode": "USD"}}


def mapped(**fields: Any) -> dict[str, Any]:
    return order_doc({"id": "gid://shopify/Order/1", **fields})


def line(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"id": f"gid://shopify/LineItem/{number}", "quantity": 2, "currentQuantity": 2, **fields}


def lines(*entries: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return mapped(lineItems={"nodes": list(entries)}, **fields)


def parcel(number: int = 7, **fields: Any) -> dict[str, Any]:
    return {"id": f"gid://shopify/Fulfillment/{number}", "status": "SUCCESS", **fields}


def off(index: int | None, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "allocatedAmountSet": money(amount),
        "discountApplication": {"__typename": "DiscountCodeApplication", "index": index, **more},
    }


def test_both_moneys_are_kept_where_they_differ() -> None:
    doc = mapped(totalPriceSet=money("64.50", "70.95"), totalTaxSet=money("1.00"))
    assert doc["totals"]["total"] == {
        "amount": "64.50",
        "currency": "EUR",
        "minor": 6450,
        "presentment": {"amount": "70.95", "currency": "USD", "minor": 7095},
    }
    same = {"amount": "5.00", "currencyCode": "EUR"}
    assert mapped(totalPriceSet={"shopMoney": same, "presentmentMoney": same})["totals"]["total"] == {
        "amount": "5.00",
        "currency": "EUR",
        "minor": 500,
    }


def test_a_guest_has_no_customer_and_a_customer_not_asked_for_is_not_a_guest() -> None:
    assert mapped(customer=None, email="a@b.test")["buyer"] == {"email": "a@b.test", "guest": True}
    assert "buyer" not in mapped()
    assert mapped(customer={"id": "gid://shopify/Customer/4"})["buyer"]["customer"]["id"] == "4"
    assert "buyer" not in mapped(email="", phone=None)


def test_a_line_of_a_deleted_product_keeps_what_it_says() -> None:
    (one,) = lines(line(product=None, variant=None, title="Disparu", sku=""))["lines"]
    assert one["title"] == "Disparu"
    assert {"product", "variant", "sku"}.isdisjoint(one)


def test_a_lines_total_is_after_all_discounts_exactly_in_both_moneys() -> None:
    one = line(
        originalTotalSet=money("10.00", "11.00"),
        discountedTotalSet=money("10.00", "11.00"),
        discountAllocations=[
            {"allocatedAmountSet": money("3.33", "3.66"), "discountApplication": {"index": 0}},
            {"allocatedAmountSet": money("0.01", "0.01"), "discountApplication": {"index": 1}},
        ],
    )
    (found,) = lines(one)["lines"]
    assert (found["discount"]["amount"], found["total"]["amount"]) == ("3.34", "6.66")
    assert (found["discount"]["presentment"]["amount"], found["total"]["presentment"]["amount"]) == ("3.67", "7.33")


def test_allocations_point_to_the_discounts_in_the_vendors_order() -> None:
    doc = lines(
        line(1, discountAllocations=[off(3, "1.00", code="B")]),
        line(2, discountAllocations=[off(0, "2.00", code="A"), off(3, "0.50", code="B")]),
    )
    assert [(one["code"], one["amount"]["amount"]) for one in doc["discounts"]] == [("A", "2.00"), ("B", "1.50")]
    assert [[one["application"] for one in entry["allocations"]] for entry in doc["lines"]] == [[1], [0, 1]]
    assert doc["discounts"][1]["ext"]["shopify"]["index"] == 3


def test_discounts_of_one_index_that_say_different_things_stay_two() -> None:
    doc = lines(line(discountAllocations=[off(0, "1.00", code="A"), off(0, "1.00", code="B")]))
    assert [one["code"] for one in doc["discounts"]] == ["A", "B"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DiscountCodeApplication", "code"),
        ("AutomaticDiscountApplication", "automatic"),
        ("ManualDiscountApplication", "manual"),
        ("ScriptDiscountApplication", "other"),
        ("LoyaltyApplication", "other"),
    ],
)
def test_a_discount_keeps_its_native_kind(name: str, kind: str) -> None:
    (one,) = lines(line(discountAllocations=[off(0, "1.00", __typename=name)]))["discounts"]
    assert (one["kind"], one["type_native"]) == (kind, name)


def test_the_one_parcel_carries_what_the_lines_say_is_fulfilled() -> None:
    doc = lines(
        line(1, unfulfilledQuantity=0, nonFulfillableQuantity=0),
        line(2, unfulfilledQuantity=2, nonFulfillableQuantity=0),
        fulfillments=[parcel(totalQuantity=2)],
    )
    assert doc["fulfilments"][0]["lines"] == [{"line": "1", "quantity": "2"}]
    assert [entry["quantity"].get("fulfilled") for entry in doc["lines"]] == ["2", "0"]


@pytest.mark.parametrize(
    "why",
    [
        {
            "lineItems": {"nodes": [line(currentQuantity=1, unfulfilledQuantity=0)]}
        },  # one was removed: before or after it was sent?
        {"fulfillments": [parcel(totalQuantity=1)]},
        {"fulfillments": [parcel(status="CANCELLED")]},
        {"fulfillments": [parcel(7), parcel(8)]},
        {"lineItems": {"nodes": [line()]}},
    ],
)
def test_the_lines_of_a_parcel_are_left_out_where_they_are_not_certain(why: dict[str, Any]) -> None:
    doc = mapped(**{"lineItems": {"nodes": [line(unfulfilledQuantity=0)]}, "fulfillments": [parcel()], **why})
    assert all("lines" not in one for one in doc["fulfilments"])


def test_several_parcels_and_refunds_come_from_the_parts() -> None:
    doc = order_doc(tree("order-parts"))
    assert [one["lines"] for one in doc["fulfilments"]] == [
        [{"line": "10020", "quantity": "2"}],
        [{"line": "10021", "quantity": "2"}],
    ]
    assert [entry["quantity"] for entry in doc["lines"]] == [
        {"original": "2", "current": "2", "fulfilled": "2"},
        {"original": "2", "current": "1", "fulfilled": "2", "refunded": "1"},
        {"original": "2", "current": "2", "fulfilled": "0"},
    ]
    (refund,) = doc["refunds"]
    assert [(one["kind"], one.get("line"), one["total"]["amount"]) for one in refund["lines"]] == [
        ("product", "10021", "9.00"),
        ("shipping", "5", "1.00"),
        ("fee", None, "1.00"),
    ]
    assert "incomplete_children" not in doc
    assert doc["return_status"] == "partially_returned"


def test_a_refund_known_by_its_summary_alone_is_told() -> None:
    summary = {"id": "gid://shopify/Refund/5", "note": "Casse", "totalRefundedSet": money("9.00")}
    doc = lines(line(), refunds=[summary])
    assert doc["incomplete_children"] is True
    assert doc["refunds"][0]["reason"] == "Casse"
    assert "refunded" not in doc["lines"][0]["quantity"]


def test_shipping_comes_whole_from_the_parts_and_a_removed_line_counts_for_nothing() -> None:
    shown = {"id": "gid://shopify/ShippingLine/5", "title": "A", "discountedPriceSet": money("5.00")}
    gone = {"id": "gid://shopify/ShippingLine/6", "title": "B", "discountedPriceSet": money("4.00"), "isRemoved": True}
    sums = {"totalPriceSet": money("5.00"), "totalTaxSet": money("0"), "lineItems": {"nodes": []}}
    doc = mapped(shippingLine=shown, parts={"shippingLines": {"nodes": [shown, gone]}}, **sums)
    assert [one["title"] for one in doc["charges"]] == ["A", "B"]
    assert doc["arithmetic"] == {"verdict": "ok"}
    assert "ext" not in doc
    assert mapped(shippingLine=shown)["charges"][0]["total"]["amount"] == "5.00"


def test_a_tip_is_a_charge_unless_it_was_sold_as_a_line() -> None:
    tip = {"totalTipReceivedSet": money("3.00"), "subtotalPriceSet": money("10.00")}
    goods = line(1, originalTotalSet=money("10.00"))
    assert [one["kind"] for one in lines(goods, **tip)["charges"]] == ["tip"]
    assert "charges" not in lines(goods, line(2, originalTotalSet=money("3.00")), **tip)
    assert "charges" not in lines(goods, totalTipReceivedSet=money("0.0"))


@pytest.mark.parametrize(
    ("total", "more", "verdict"),
    [
        ("12.00", {}, "ok"),
        ("12.01", {}, "rounding"),
        ("13.00", {}, "mismatch"),
        ("13.00", {"edited": True}, "unchecked"),
        ("10.00", {"taxesIncluded": True}, "ok"),
        ("12.00", {"totalTaxSet": None}, "unchecked"),
        ("12.00", {"lineItems": None}, "unchecked"),
    ],
)
def test_whether_the_parts_make_the_total_is_said_and_never_fixed(total: str, more: dict[str, Any], verdict: str) -> None:
    fields = {"lineItems": {"nodes": [line(originalTotalSet=money("10.00"))]}, "totalTaxSet": money("2.00"), **more}
    assert mapped(totalPriceSet=money(total), **fields)["arithmetic"]["verdict"] == verdict


def test_fees_that_only_their_sum_tells_count_too() -> None:
    one, sums = line(originalTotalSet=money("10.00")), {"totalTaxSet": money("0"), "totalPriceSet": money("13.50")}
    told = {"originalTotalAdditionalFeesSet": money("1.50"), "originalTotalDutiesSet": money("2.00")}
    assert lines(one, **told, **sums)["arithmetic"] == {"verdict": "ok"}
    fee = {"id": "gid://shopify/AdditionalFee/4", "price": money("1.50")}
    assert lines(one, additionalFees=[fee], **told, **sums)["arithmetic"] == {"verdict": "ok"}


def test_duties_inside_the_prices_are_not_counted_twice() -> None:
    duty = {"id": "gid://shopify/Duty/3", "price": money("2.00"), "taxLines": []}
    one = line(originalTotalSet=money("10.00"), duties=[duty])
    sums = {"totalTaxSet": money("0")}
    assert lines(one, totalPriceSet=money("12.00"), **sums)["arithmetic"] == {"verdict": "ok"}
    assert lines(one, totalPriceSet=money("10.00"), dutiesIncluded=True, **sums)["arithmetic"] == {"verdict": "ok"}


@pytest.mark.parametrize(
    ("financial", "fulfilment", "returned", "found"),
    [
        ("PAID", "FULFILLED", "NO_RETURN", ("paid", "fulfilled", "none")),
        (
            "PARTIALLY_REFUNDED",
            "PARTIALLY_FULFILLED",
            "RETURN_REQUESTED",
            ("partially_refunded", "partially_fulfilled", "requested"),
        ),
        ("EXPIRED", "FULFILLMENT_NOT_REQUIRED", "RETURNED", ("failed", "not_required", "returned")),
        ("VOIDED", "ON_HOLD", "IN_PROGRESS", ("voided", "unfulfilled", "requested")),
        ("LATER", "SOMEHOW", "PERHAPS", (None, None, None)),
    ],
)
def test_three_axes_are_derived_and_the_shops_words_stay(
    financial: str, fulfilment: str, returned: str, found: tuple[str | None, ...]
) -> None:
    doc = mapped(displayFinancialStatus=financial, displayFulfillmentStatus=fulfilment, returnStatus=returned)
    assert tuple(doc.get(name) for name in ("financial_status", "fulfilment_status", "return_status")) == found
    assert doc["status_native"] == financial
    assert doc["ext"]["shopify"] == {"displayFulfillmentStatus": fulfilment, "returnStatus": returned}


def test_a_cancelled_test_order_says_both() -> None:
    doc = mapped(cancelledAt="2026-11-20T10:11:11Z", cancelReason="FRAUD", test=True)
    assert (doc["cancelled"], doc["cancelled_at"]) == (True, "2026-11-20T10:11:11Z")
    assert doc["ext"]["shopify"] == {"cancelReason": "FRAUD", "test": True}


def test_what_was_engraved_stands_on_the_line_and_goes_back_with_the_order() -> None:
    doc = lines(
        line(customAttributes=[{"key": "_luneo_design_id", "value": "d1"}, {"key": "vide", "value": None}]),
        customAttributes=[{"key": "cadeau", "value": "oui"}],
        metafields={
            "nodes": [{"namespace": "attributes", "key": "k", "type": "json", "value": "{}", "id": "gid://shopify/Metafield/1"}]
        },
    )
    assert doc["lines"][0]["metafields"] == [
        {"namespace": "attributes", "key": "_luneo_design_id", "type": "text", "value": "d1"},
        {"namespace": "attributes", "key": "vide", "type": "text"},
    ]
    native = to_native("order", doc)
    assert native["customAttributes"] == [{"key": "cadeau", "value": "oui"}]
    assert [field["namespace"] for field in native["metafields"]] == ["attributes"]


def test_a_webhook_whose_plain_sums_say_something_else_than_their_sets_keeps_both() -> None:
    body = {**REST_ORDER, "total_price": "29.00"}
    doc = map_order(encode_plain(body), (), SETTINGS).doc
    assert doc["totals"]["total"]["amount"] == "28.00"
    assert doc["ext"]["shopify"]["total_price"] == "29.00"
    assert "total_price" not in map_order(encode_plain(REST_ORDER), (), SETTINGS).doc["ext"]["shopify"]


def test_a_webhook_tells_the_whole_order() -> None:
    doc = map_order(encode_plain(REST_ORDER), (), SETTINGS).doc
    assert doc["buyer"] == {"guest": True}
    assert doc["refs"][0]["id"] == "450789469000000001"
    assert doc["lines"][0]["quantity"] == {"original": "3", "current": "2", "fulfilled": "2", "refunded": "1"}
    assert doc["lines"][0]["total"]["presentment"] == {"amount": "29.70", "currency": "USD", "minor": 2970}
    assert doc["discounts"][0]["code"] == "ETE"
    assert [one["title"] for one in doc["ext"]["shopify"]["discount_applications"] if one["type"] == "manual"] == ["Geste"]
    assert [one.get("url") for one in doc["fulfilments"][0]["tracking"]] == ["https://t.test/1Z", None]
    assert doc["refunds"][0]["amount"] == {"amount": "9.00", "currency": "EUR", "minor": 900}
    assert doc["arithmetic"] == {"verdict": "ok"}


def test_the_official_sample_does_not_add_up_and_that_is_said() -> None:
    doc = map_order(encode_plain(payload("orders_create")), (), SETTINGS).doc
    assert doc["arithmetic"] == {"verdict": "mismatch", "difference": "-20.00"}


def test_a_later_stamp_of_a_parcel_is_no_change() -> None:
    docs = [mapped(fulfillments=[parcel(updatedAt=f"2026-11-2{day}T10:11:11Z")]) for day in (1, 2)]
    assert docs[0] != docs[1]
    assert len({hash_of(encode(doc), STAMPS["order"]) for doc in docs}) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"totalPriceSet": {"shopMoney": None}}, "/totalPriceSet/shopMoney"),
        ({"totalPriceSet": {"shopMoney": {"amount": "1,5", "currencyCode": "EUR"}}}, "/totalPriceSet/shopMoney/amount"),
        ({"currencyCode": "euro"}, "/currencyCode"),
        ({"lineItems": {"nodes": [{"id": 5}]}}, "/lineItems/nodes/0/id"),
        ({"lineItems": {"nodes": [line(quantity="two")]}}, "/lineItems/nodes/0/quantity"),
        ({"parts": {"refunds": [{"id": "gid://shopify/Refund/5", "note": 5}]}}, "/parts/refunds/0/note"),
        ({"fulfillments": [parcel(trackingInfo=[{"url": 5}])]}, "/fulfillments/0/trackingInfo/0/url"),
        ({"taxLines": [{"rate": "high"}]}, "/taxLines/0/rate"),
    ],
)
def test_an_order_that_cannot_be_mapped_is_refused_by_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(SkippedRecordError) as caught:
        mapped(**change)
    assert caught.value.field == field
