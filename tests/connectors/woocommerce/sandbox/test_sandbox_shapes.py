"""The sandbox's answers have the keys, the order of keys and the types of the recorded ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sandbox_shop import Shop

Recorded = Callable[[str], list[dict[str, Any]]]

# Values that are of another type by their nature: prices that happen to be whole, dates not come yet, meta of all kinds.
_LOOSE = {"value", "display_value", "stock_quantity", "manage_stock", "parent_name", "sku", "global_unique_id"}


def kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__


def compare(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """What differs in shape, in words; lists are compared by their first objects, empty ones with anything."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = [] if list(ours) == list(theirs) else [f"{path}: keys {_difference(list(ours), list(theirs))}"]
        for key in ours.keys() & theirs.keys():
            if key not in _LOOSE and key != "options":
                found += compare(ours[key], theirs[key], f"{path}.{key}")
        return found
    if isinstance(ours, list) and isinstance(theirs, list):
        return compare(ours[0], theirs[0], f"{path}[0]") if ours and theirs else []
    if kind(ours) == kind(theirs) or None in (ours, theirs) or path.endswith(".image.id"):
        return []
    return [f"{path}: {kind(ours)} {ours!r} where the store has {kind(theirs)} {theirs!r}"]


def _difference(ours: list[str], theirs: list[str]) -> str:
    if set(ours) == set(theirs):
        return f"in another order: {ours} / {theirs}"
    return f"missing {[key for key in theirs if key not in ours]}, new {[key for key in ours if key not in theirs]}"


def body(exchange: dict[str, Any]) -> Any:
    return exchange["response"]["body"]


async def of_type(shop: Shop, kind: str) -> Any:
    return (await shop.get(f"products?type={kind}&per_page=1&status=publish&order=asc"))[0]


async def test_a_simple_product(shop: Shop, recorded: Recorded) -> None:
    ours = next(one for one in await shop.get("products?type=simple&per_page=100") if one["meta_data"] and one["images"])
    assert compare(ours, body(recorded("04-product-simple")[0])) == []


async def test_a_virtual_downloadable_product(shop: Shop, recorded: Recorded) -> None:
    ours = next(one for one in await shop.get("products?per_page=100") if one["downloadable"])
    assert compare(ours, body(recorded("10-product-virtual-downloadable")[0])) == []


async def test_a_variable_product(shop: Shop, recorded: Recorded) -> None:
    ours = next(one for one in await shop.get("products?type=variable&per_page=100") if one["images"])
    assert ours["regular_price"] == ""
    assert compare(ours, body(recorded("06-product-variable-parent")[0])) == []


@pytest.mark.parametrize(("place", "kind"), [(0, "grouped"), (1, "external")])
async def test_a_grouped_and_an_external_product(shop: Shop, recorded: Recorded, place: int, kind: str) -> None:
    theirs = body(recorded("11-product-grouped-external")[place])
    ours = await of_type(shop, kind)
    shown = {key: value for key, value in ours.items() if key in theirs}
    assert compare(dict(sorted(shown.items())), dict(sorted(theirs.items()))) == []
    assert list(ours) == list(body(recorded("04-product-simple")[0]))
    assert ours["purchasable"] is False


async def test_variations_of_a_parent_and_of_all_parents(shop: Shop, recorded: Recorded) -> None:
    parent = await of_type(shop, "variable")
    nested = await shop.get(f"products/{parent['id']}/variations")
    assert sorted(one["id"] for one in nested) == parent["variations"]
    assert compare(nested, body(recorded("08-variations-of-one")[0])) == []
    everywhere = await shop.get("variations?per_page=2")
    assert compare(everywhere, body(recorded("09-variations-global")[0])) == []
    up = everywhere[0]["_links"]["up"][0]["href"]
    assert up == f"{shop.url}/wp-json/wc/v3/products/0", "the global listing knows no parent in its links"


async def test_an_order_with_coupons_fees_and_shipping(shop: Shop, recorded: Recorded) -> None:
    theirs = body(recorded("19-orders-list")[0])[0]
    orders = await shop.get("orders?per_page=100")
    for wanted in ("coupon_lines", "fee_lines", "shipping_lines"):
        ours = next(one for one in orders if one[wanted] and one["customer_id"])
        ours["line_items"].sort(key=lambda line: "cogs_value" in line)
        if "cogs_value" in ours["line_items"][0]:
            theirs["line_items"].sort(key=lambda line: "cogs_value" not in line)
        differences = [found for found in compare(ours, theirs) if "cogs_value" not in found]
        assert differences == []


async def test_a_guest_order_links_to_no_customer(shop: Shop, recorded: Recorded) -> None:
    ours = next(one for one in await shop.get("orders?per_page=100") if not one["customer_id"])
    theirs = json.loads(recorded("43-hook-order")[0]["raw_body"])
    assert list(ours["_links"]) == list(theirs["_links"]) == ["self", "collection", "email_templates"]


async def test_a_customer(shop: Shop, recorded: Recorded) -> None:
    ours = await shop.get("customers?per_page=2")
    assert compare(ours, body(recorded("25-customers")[0])) == []


async def test_a_webhook_shows_everything_but_its_secret(shop: Shop, recorded: Recorded) -> None:
    given = {"name": "n", "topic": "product.created", "delivery_url": "http://127.0.0.1:9/x", "secret": 's3cr&t"x'}
    answer = await shop.ask("POST", "webhooks", given)
    assert answer.status_code == 201
    assert compare(answer.json(), body(recorded("30-webhooks-create-list")[0])) == []
    assert answer.json()["hooks"] == body(recorded("30-webhooks-create-list")[0])["hooks"]
    assert "s3cr" not in answer.text + (await shop.ask("GET", "webhooks")).text


async def test_refunds_stand_in_the_order_and_by_themselves(shop: Shop) -> None:
    order = next(one for one in await shop.get("orders?per_page=100") if one["refunds"])
    [short] = order["refunds"]
    [refund] = await shop.get(f"orders/{order['id']}/refunds")
    assert short == {"id": refund["id"], "reason": refund["reason"], "total": f"-{refund['amount']}"}
    assert "parent_id" not in refund
    line = refund["line_items"][0]
    assert line["quantity"] < 0
    assert line["total"].startswith("-")
    links = {one["key"]: one["value"] for one in line["meta_data"]}
    assert int(links["_refunded_item_id"]) in {one["id"] for one in order["line_items"]}
    every = {one["id"]: one["parent_id"] for one in await shop.get("refunds?per_page=100")}
    assert every[refund["id"]] == order["id"]


async def test_a_created_product_answers_with_two_keys_more(shop: Shop, recorded: Recorded) -> None:
    given = recorded("13-product-create")[0]["request"]["body"]
    answer = await shop.ask("POST", "products", given)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{shop.url}/wp-json/wc/v3/products/{answer.json()['id']}"
    assert compare(answer.json(), body(recorded("13-product-create")[0])) == []
    assert "permalink_template" not in await shop.get(f"products/{answer.json()['id']}")


async def test_a_created_order(shop: Shop, recorded: Recorded) -> None:
    exchange = recorded("24-order-create-update")[0]
    given = exchange["request"]["body"]
    simple = next(one for one in await shop.get("products?per_page=100&type=simple") if one["cost_of_goods_sold"]["total_value"])
    given["line_items"][0]["product_id"] = simple["id"]
    answer = await shop.ask("POST", "orders", given)
    assert answer.status_code == 201
    assert compare(answer.json(), body(exchange)) == []


async def test_what_the_store_says_of_itself(shop: Shop, recorded: Recorded) -> None:
    index = (await shop.client.get(f"{shop.url}/wp-json/")).json()
    theirs = body(recorded("01-index")[0])
    assert {key: kind(index[key]) for key in theirs} == {key: kind(theirs[key]) for key in theirs}
    assert "wc/v3" in index["namespaces"]
    assert compare(await shop.get("system_status"), body(recorded("02-system-status")[0])) == []
    for exchange in recorded("26-settings-currency"):
        path = exchange["request"]["url"].partition("/wc/v3/")[2]
        assert compare(await shop.get(path), body(exchange)) == []
    group = {one["id"]: one["value"] for one in await shop.get("settings/general")}
    assert (group["woocommerce_currency"], group["woocommerce_price_num_decimals"]) == ("EUR", "2")


async def test_the_headers_of_a_list(shop: Shop, recorded: Recorded) -> None:
    theirs = recorded("03-products-list")[0]["response"]["headers"]
    answer = await shop.ask("GET", "products?per_page=3&orderby=modified&order=asc")
    assert {name.lower() for name in theirs} <= set(answer.headers)
    assert answer.headers["link"] == (
        f'<{shop.url}/wp-json/wc/v3/products?per_page=3&orderby=modified&order=asc&page=2>; rel="next"'
    )
    for name in ("X-Powered-By", "Content-Type", "X-Robots-Tag", "Allow", "Expires", "Cache-Control"):
        assert answer.headers[name] == theirs[name]


async def test_json_is_written_as_php_writes_it(shop: Shop) -> None:
    raw = (await shop.ask("GET", "products?per_page=100")).content
    assert raw.isascii(), "PHP escapes everything outside ASCII"
    assert b"http:\\/\\/" in raw or b"https:\\/\\/" in raw
    assert shop.url.encode().replace(b"/", b"\\/") in raw
