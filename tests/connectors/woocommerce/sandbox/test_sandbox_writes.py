"""Writing: what is created, merged, refused, trashed and deleted, and what each write does to the dates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sandbox_shop import Opener, Shop

Recorded = Callable[[str], list[dict[str, Any]]]


async def saved(shop: Shop, method: str, path: str, body: Any = None) -> Any:
    answer = await shop.ask(method, path, body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def meta_after(shop: Shop, product: int, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await saved(shop, "PUT", f"products/{product}", {"meta_data": list(entries)}))["meta_data"]
    return found


async def test_meta_is_set_by_key_changed_by_id_and_key_and_deleted_by_null(shop: Shop) -> None:
    nested = {"a": [1, 2, {"b": None}]}
    given = [{"key": "k", "value": nested}, {"key": "_secret", "value": "z"}]
    made = await saved(shop, "POST", "products", {"name": "m", "meta_data": given})
    one, two = made["meta_data"]
    assert (one["value"], two["key"]) == (nested, "_secret")
    number = made["id"]
    assert await meta_after(shop, number, {"id": one["id"], "value": "lost"}) == [one, two], "an id without a key does nothing"
    changed = await meta_after(shop, number, {"key": "k", "value": "2"})
    assert changed == [{"id": one["id"], "key": "k", "value": "2"}, two]
    assert (await meta_after(shop, number, {"id": one["id"], "key": "k", "value": "3"}))[0]["value"] == "3"
    scalars = await meta_after(shop, number, {"key": "t", "value": True}, {"key": "f", "value": 3.14})
    assert [entry["value"] for entry in scalars[-2:]] == ["1", "3.14"]
    assert [entry["key"] for entry in await meta_after(shop, number, {"id": one["id"], "value": None})] == ["_secret", "t", "f"]


async def test_any_save_bumps_the_date_even_one_that_changes_nothing(opened: Opener) -> None:
    async with opened(orders=5) as shop:
        shop.sandbox.clock = 3600
        for resource in ("products", "orders", "customers"):
            one = shop.sandbox.ids(resource)[0]
            before = (await shop.get(f"{resource}/{one}"))["date_modified_gmt"]
            after = (await saved(shop, "PUT", f"{resource}/{one}", {}))["date_modified_gmt"]
            assert after > before


async def test_saving_a_variation_bumps_its_parent_and_its_lowest_price(shop: Shop) -> None:
    parent = next(one for one in await shop.get("products?type=variable&per_page=100") if len(one["variations"]) > 1)
    path = f"products/{parent['id']}/variations/{parent['variations'][0]}"
    await saved(shop, "PUT", path, {"regular_price": "0.5"})
    after = await shop.get(f"products/{parent['id']}")
    assert after["date_modified_gmt"] > parent["date_modified_gmt"]
    assert after["price"] == "0.5"


async def test_errors_of_creation_are_those_recorded(shop: Shop, recorded: Recorded) -> None:
    await saved(shop, "POST", "products", {"name": "r", "sku": "RING-001", "global_unique_id": "3760000000017"})
    made = shop.sandbox.ids("products")[-1]
    for exchange in recorded("13-product-create")[1:4]:
        theirs = exchange["response"]["body"]
        if "resource_id" in theirs["data"]:
            theirs["data"]["resource_id"] = int(made)
        assert await shop.refused("POST", "products", exchange["request"]["body"]) == (400, theirs)
    picture = recorded("16-errors")[10]
    assert await shop.refused("POST", "orders", picture["request"]["body"]) == (400, picture["response"]["body"])
    status, body = await shop.refused(
        "POST", "products", recorded("13-product-create")[4]["request"]["body"] | {"images": [{"src": "http://x/nope.exe"}]}
    )
    assert (status, body["code"]) == (400, "woocommerce_product_image_upload_error")
    email = recorded("25-customers")[3]
    taken = (await shop.get("customers?per_page=1"))[0]["email"]
    theirs = email["response"]["body"]
    theirs["message"] = theirs["message"].replace("marie@example.test", taken)
    assert await shop.refused("POST", "customers", {"email": taken}) == (400, theirs)


@pytest.mark.parametrize(("place", "path"), [(0, "products/999999"), (1, "nope")])
async def test_what_is_not_there_is_refused_as_recorded(shop: Shop, recorded: Recorded, place: int, path: str) -> None:
    theirs = recorded("16-errors")[place]["response"]
    assert await shop.refused("GET", path) == (theirs["status"], theirs["body"])


async def test_codes_of_missing_objects_differ_by_method_and_kind(shop: Shop) -> None:
    for method, path, status, code in (
        ("PUT", "products/999999", 400, "woocommerce_rest_product_invalid_id"),
        ("DELETE", "products/999999", 404, "woocommerce_rest_product_invalid_id"),
        ("GET", "orders/999999", 404, "woocommerce_rest_shop_order_invalid_id"),
        ("GET", "customers/999999", 404, "woocommerce_rest_invalid_id"),
        ("GET", "products/999999/variations", 404, "woocommerce_rest_product_invalid_id"),
        ("GET", "webhooks/999999", 404, "woocommerce_rest_shop_webhook_invalid_id"),
        ("DELETE", "webhooks/999999", 404, "woocommerce_rest_shop_webhook_invalid_id"),
        ("PATCH", "settings/general", 404, "rest_no_route"),
        ("POST", "variations", 404, "rest_no_route"),
    ):
        found = await shop.refused(method, path, {} if method in {"PUT", "POST", "PATCH"} else None)
        assert (found[0], found[1]["code"]) == (status, code), path


async def test_a_body_that_is_no_json_is_refused(shop: Shop) -> None:
    answer = await shop.client.post(
        f"{shop.url}/wp-json/wc/v3/products", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_json")


async def test_delete_trashes_first_and_force_deletes_for_good(shop: Shop) -> None:
    one = (await saved(shop, "POST", "products", {"name": "Créé ♥", "sku": "T-1"}))["id"]
    told = await saved(shop, "DELETE", f"products/{one}")
    assert (told["status"], told["slug"]) == ("publish", "cree-%e2%99%a5"), "it answers what was there before"
    in_bin = await shop.get(f"products/{one}?_fields=status,slug")
    assert (in_bin["status"], in_bin["slug"]) == ("trash", "cree-%e2%99%a5__trashed")
    assert one not in [row["id"] for row in await shop.get("products?per_page=100")]
    assert [row["id"] for row in await shop.get("products?status=trash")] == [one]
    assert (await shop.refused("DELETE", f"products/{one}"))[0] == 410
    assert (await shop.refused("POST", "products", {"name": "x", "sku": "T-1"}))[1][
        "code"
    ] == "woocommerce_rest_product_not_created"
    await saved(shop, "DELETE", f"products/{one}?force=true")
    assert (await shop.refused("GET", f"products/{one}"))[0] == 404
    await saved(shop, "POST", "products", {"name": "x", "sku": "T-1"})


async def test_a_variable_product_takes_its_variations_along(shop: Shop) -> None:
    parent = (await shop.get("products?type=variable&per_page=1"))[0]
    await saved(shop, "DELETE", f"products/{parent['id']}")
    assert not set(parent["variations"]) & {int(one) for one in shop.sandbox.ids("variations")}
    await saved(shop, "DELETE", f"products/{parent['id']}?force=true")
    assert all(shop.sandbox.store.variations.get(one) is None for one in parent["variations"])


async def test_customers_and_webhooks_have_no_bin(shop: Shop) -> None:
    one = shop.sandbox.ids("customers")[0]
    assert (await shop.refused("DELETE", f"customers/{one}"))[0] == 501
    await saved(shop, "DELETE", f"customers/{one}?force=true&reassign=0")
    assert one not in shop.sandbox.ids("customers")


async def test_a_batch_answers_each_item_in_its_place(shop: Shop, recorded: Recorded) -> None:
    mixed, large = recorded("15-products-batch")
    await saved(shop, "POST", "products", {"name": "r", "sku": "RING-001"})
    known = shop.sandbox.ids("products")[-1]
    body = mixed["request"]["body"]
    body["update"][0]["id"] = int(known)
    done = await saved(shop, "POST", "products/batch", body)
    theirs = mixed["response"]["body"]
    for part in ("create", "update", "delete"):
        for ours, expected in zip(done[part], theirs[part], strict=True):
            if "error" in expected:
                if "resource_id" in expected["error"]["data"]:
                    expected["error"]["data"]["resource_id"] = int(known)
                assert ours == expected
            else:
                assert list(ours) == list(expected)
    assert await shop.refused("POST", "products/batch", {"delete": list(range(101))}) == (413, large["response"]["body"])


async def test_batch_deletes_for_good(shop: Shop) -> None:
    first = [int(one) for one in shop.sandbox.ids("products")[:2]]
    await saved(shop, "POST", "products/batch", {"delete": first})
    assert await shop.get("products?status=trash") == []
    assert not set(first) & {int(one) for one in shop.sandbox.ids("products")}


async def test_the_same_order_posted_twice_is_two_orders_even_of_a_product_that_does_not_exist(shop: Shop) -> None:
    order = {"status": "processing", "line_items": [{"product_id": 999999, "quantity": 1}]}
    first, second = [await saved(shop, "POST", "orders", order) for _ in range(2)]
    assert first["id"] != second["id"]
    assert first["line_items"][0]["product_id"] == 999999


async def test_an_order_goes_through_its_states(shop: Shop) -> None:
    simple = next(one for one in await shop.get("products?type=simple&per_page=100") if one["price"] == "1299.90")
    order = await saved(shop, "POST", "orders", {"set_paid": True, "line_items": [{"product_id": simple["id"], "quantity": 1}]})
    assert (order["status"], order["total"], order["total_tax"]) == ("processing", "1299.90", "216.65")
    line = order["line_items"][0]
    assert (line["subtotal"], line["price"]) == ("1083.25", 1083.25)
    done = await saved(shop, "PUT", f"orders/{order['id']}", {"status": "completed"})
    assert done["date_completed_gmt"] and done["date_paid_gmt"]
    refund = await saved(shop, "POST", f"orders/{order['id']}/refunds", {"amount": "5.00", "reason": "test"})
    after = await shop.get(f"orders/{order['id']}")
    assert after["refunds"] == [{"id": refund["id"], "reason": "test", "total": "-5.00"}]
    assert (await shop.refused("POST", f"orders/{order['id']}/refunds", {"amount": "9999"}))[0] == 400
    empty = await saved(shop, "PUT", f"orders/{order['id']}", {"line_items": [{"id": line["id"], "quantity": 0}]})
    assert (empty["line_items"], empty["tax_lines"], empty["total"]) == ([], [], "0.00")


async def test_selling_takes_stock_and_bumps_the_product(shop: Shop) -> None:
    stocked = next(one for one in await shop.get("products?type=simple&per_page=100") if one["manage_stock"] and one["price"])
    await saved(shop, "POST", "orders", {"line_items": [{"product_id": stocked["id"], "quantity": 2}]})
    after = await shop.get(f"products/{stocked['id']}")
    assert after["stock_quantity"] == stocked["stock_quantity"] - 2
    assert after["date_modified_gmt"] > stocked["date_modified_gmt"]


@pytest.mark.parametrize("resource", ["products", "variations", "orders", "customers", "refunds"])
async def test_the_merchants_hand_adds_changes_and_deletes(shop: Shop, resource: str) -> None:
    before = shop.sandbox.ids(resource)
    made = shop.sandbox.add(resource, 2)
    assert shop.sandbox.ids(resource)[-2:] == made or set(made) <= set(shop.sandbox.ids(resource))
    if resource != "refunds":
        old = shop.sandbox.record(resource, before[0])
        shop.sandbox.change(resource, before[:1])
        new = shop.sandbox.record(resource, before[0])
        assert {key for key in new if new[key] != old[key]} - {"date_modified", "date_modified_gmt", "related_ids"}
        assert new["date_modified_gmt"] > old["date_modified_gmt"]
    shop.sandbox.delete(resource, made)
    assert not set(made) & set(shop.sandbox.ids(resource))
    if resource not in {"refunds", "customers"}:
        shop.sandbox.trash(resource, before[:1])
        assert before[0] not in shop.sandbox.ids(resource)


async def test_a_record_is_what_a_get_answers(shop: Shop) -> None:
    for resource in ("products", "orders", "customers"):
        one = shop.sandbox.ids(resource)[3]
        answer = await shop.get(f"{resource}/{one}")
        ours = shop.sandbox.record(resource, one)
        assert {**ours, "related_ids": 0} == {**answer, "related_ids": 0}


def test_rows_finds_a_listing_and_nothing_else(opened: Opener) -> None:
    from connectors.woocommerce.sandbox import Sandbox

    empty = Sandbox(products=0, orders=0, customers=0)
    assert empty.rows([{"id": 1}]) == [{"id": 1}]
    assert empty.rows({"id": 1}) is None
    assert empty.rows("x") is None
