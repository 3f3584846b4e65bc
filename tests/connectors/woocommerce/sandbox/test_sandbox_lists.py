"""Lists: paging, filters, dates, fields; and the traps that lie in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from sandbox_shop import Opener, Shop

Recorded = Callable[[str], list[dict[str, Any]]]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def ids(shop: Shop, path: str) -> list[int]:
    return [one["id"] for one in await shop.get(path)]


async def test_pages_by_id_give_every_product_once(shop: Shop) -> None:
    read: list[int] = []
    for page in range(1, 4):
        read += await ids(shop, f"products?orderby=id&order=asc&per_page=25&page={page}&_fields=id")
    assert read == sorted(int(one) for one in shop.sandbox.ids("products"))
    assert len(read) == 60


async def test_a_page_beyond_the_end_is_empty_and_only_orders_forget_their_total(shop: Shop) -> None:
    for resource, total in (("products", "60"), ("customers", "10"), ("orders", "0")):
        answer = await shop.ask("GET", f"{resource}?page=99")
        assert (answer.status_code, answer.json(), answer.headers["x-wp-total"]) == (200, [], total)
    beyond = await shop.ask("GET", "orders?per_page=100&page=3&_fields=id")
    assert beyond.headers["link"] == (
        f'<{shop.url}/wp-json/wc/v3/orders?per_page=100&page=0&_fields=id&status%5B0%5D=any>; rel="prev"'
    )


async def test_a_neighbouring_page_is_linked_in_both_directions(shop: Shop) -> None:
    answer = await shop.ask("GET", "products?per_page=10&page=2&offset=5&_fields=id")
    base = f"{shop.url}/wp-json/wc/v3/products?per_page=10&page="
    rest = "&offset=5&_fields=id"
    assert answer.headers["link"] == f'<{base}1{rest}>; rel="prev", <{base}3{rest}>; rel="next"'
    assert answer.headers["x-wp-totalpages"] == "6", "an offset does not shrink the number of pages"
    assert [one["id"] for one in answer.json()] == (await ids(shop, "products?per_page=20&_fields=id"))[5:15]


@pytest.mark.parametrize("place", [2, 4, 5])
async def test_bad_parameters_are_refused_as_recorded(shop: Shop, recorded: Recorded, place: int) -> None:
    exchange = recorded("16-errors")[place]
    path = exchange["request"]["url"].partition("/wc/v3/")[2]
    assert await shop.refused("GET", path) == (exchange["response"]["status"], exchange["response"]["body"])


async def test_more_than_a_hundred_a_page_is_refused(shop: Shop) -> None:
    for path in ("products?per_page=101", "orders?per_page=abc", "customers?page=0", "products?include=1,x"):
        status, body = await shop.refused("GET", path)
        assert (status, body["code"]) == (400, "rest_invalid_param")


async def test_head_counts_without_a_body(shop: Shop) -> None:
    answer = await shop.ask("HEAD", "products?per_page=100")
    assert (answer.status_code, answer.content, answer.headers["x-wp-total"]) == (200, b"", "60")


async def test_fields_cut_rows_in_the_rows_own_order(shop: Shop) -> None:
    [row] = await shop.get("products?per_page=1&_fields=sku,dimensions.width,id,meta_data.key")
    assert list(row) == ["id", "sku", "dimensions", "meta_data"]
    assert list(row["dimensions"]) == ["width"]
    assert row["meta_data"] == [], "a dotted path does not reach into a list"
    one = await shop.get(f"products/{row['id']}?_fields=id,status")
    assert list(one) == ["id", "status", "_links"], "a single object keeps its links"


async def test_include_exclude_search_sku_type_status_and_parent(shop: Shop) -> None:
    first, second, third = (int(one) for one in shop.sandbox.ids("products")[:3])
    assert await ids(shop, f"products?include={third},{first}&orderby=include") == [third, first]
    assert set(await ids(shop, f"products?include[]={third}&include[]={first}")) == {first, third}
    assert first not in await ids(shop, f"products?exclude={first},{second}&per_page=100")
    row = shop.sandbox.record("products", str(second))
    assert await ids(shop, f"products?sku={row['sku']}") == [second]
    assert {one["type"] for one in await shop.get("products?type=variable")} == {"variable"}
    assert {one["status"] for one in await shop.get("products?status=draft")} == {"draft"}
    parent = next(one for one in await shop.get("products?type=variable"))
    own = [one for one in await shop.get(f"products/{parent['id']}/variations") if one["sku"] != parent["sku"]]
    [found] = await shop.get(f"products?sku={own[0]['sku']}")
    assert (found["id"], found["type"], found["total_sales"]) == (own[0]["id"], "variation", "0")


async def test_orders_by_several_statuses(shop: Shop) -> None:
    for path in (
        "orders?status=processing,completed&per_page=100",
        "orders?status[0]=processing&status[1]=completed&per_page=100",
    ):
        assert {one["status"] for one in await shop.get(path)} == {"processing", "completed"}


# -- the traps -----------------------------------------------------------------------------------------------------


async def test_an_offset_together_with_dates_are_gmt_misses_the_zones_hours(shop: Shop) -> None:
    one = shop.sandbox.ids("products")[0]
    shop.sandbox.change("products", [one])
    modified = utc(shop.sandbox.record("products", one)["date_modified_gmt"])
    before = (modified - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%S")

    async def found(query: str) -> bool:
        return int(one) in await ids(shop, f"products?per_page=100&_fields=id&modified_after={query}")

    assert not await found(f"{before}Z&dates_are_gmt=true"), "the trap"
    assert await found(f"{before}&dates_are_gmt=true")
    assert await found(f"{before}Z")
    local = shop.sandbox.store.clock.shift(int(modified.timestamp()))
    naive_local = modified + timedelta(seconds=local, minutes=-10)
    assert await found(naive_local.strftime("%Y-%m-%dT%H:%M:%S"))


async def test_modified_after_is_strictly_greater_by_whole_seconds(shop: Shop) -> None:
    one = shop.sandbox.ids("orders")[0]
    shop.sandbox.change("orders", [one])
    modified = utc(shop.sandbox.record("orders", one)["date_modified_gmt"])
    for seconds, found in ((0, False), (1, True)):
        after = (modified - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
        assert (int(one) in await ids(shop, f"orders?modified_after={after}&dates_are_gmt=true")) is found
        before = (modified + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
        listed = await ids(shop, f"orders?modified_before={before}&dates_are_gmt=true&per_page=100")
        assert (int(one) in listed) is found


async def test_a_scheduled_product_is_modified_in_the_future(shop: Shop) -> None:
    [row] = await shop.get("products?status=future")
    answer = await shop.ask("GET", "products?orderby=modified&order=desc&per_page=1")
    assert answer.json()[0]["id"] == row["id"]
    assert utc(row["date_modified_gmt"]) > parsedate_to_datetime(answer.headers["date"]) + timedelta(days=30)


async def test_paging_by_modified_loses_a_row_when_one_is_edited_between_pages(shop: Shop) -> None:
    path = "products?orderby=modified&order=asc&per_page=20&_fields=id&page="
    first = await ids(shop, f"{path}1")
    shop.sandbox.change("products", [str(first[0])])
    rest = [one for page in (2, 3) for one in await ids(shop, f"{path}{page}")]
    assert len(set(map(int, shop.sandbox.ids("products"))) - {*first, *rest}) == 1


async def test_more_than_a_page_of_products_share_one_second(opened: Opener) -> None:
    async with opened(products=460, orders=0, customers=0) as shop:
        rows = [one for page in (1, 2, 3, 4, 5) for one in await shop.get(f"products?per_page=100&page={page}")]
        dates = [one["date_modified_gmt"] for one in rows]
        assert max(dates.count(date) for date in set(dates)) > 100


async def test_rows_of_one_second_may_change_places_on_every_page(opened: Opener) -> None:
    async def read(shop: Shop) -> int:
        pages = [await ids(shop, f"products?orderby=modified&per_page=50&page={page}&_fields=id") for page in range(1, 11)]
        return len({one for page in pages for one in page})

    async with opened(products=460, orders=0, customers=0) as steady:
        assert await read(steady) == 460
    async with opened(products=460, orders=0, customers=0, unstable_ties=True) as shaky:
        assert await read(shaky) < 460


async def test_customers_ignore_modified_after_and_list_one_role(shop: Shop) -> None:
    future = "modified_after=2099-01-01T00:00:00"
    assert len(await shop.get(f"customers?per_page=100&{future}")) == 10
    everybody = await shop.get("customers?role=all&per_page=100")
    assert [str(one["id"]) for one in sorted(everybody, key=lambda one: one["id"])] == shop.sandbox.ids("customers")
    assert {one["role"] for one in everybody} == {"customer", "administrator", "subscriber"}
    assert len(await shop.get("customers?email=user1%40example.test")) == 1


async def test_related_ids_change_from_answer_to_answer(shop: Shop) -> None:
    one = shop.sandbox.ids("products")[0]
    seen = [await shop.get(f"products/{one}") for _ in range(4)]
    assert len({str(row["related_ids"]) for row in seen}) > 1
    assert len({str(row | {"related_ids": []}) for row in seen}) == 1


async def test_a_variation_without_a_sku_shows_its_parents(shop: Shop) -> None:
    parents = {one["id"]: one for one in await shop.get("products?type=variable&per_page=100")}
    inherited = [one for one in await shop.get("variations?per_page=100") if one["sku"] == parents[one["parent_id"]]["sku"]]
    assert inherited


async def test_an_attribute_left_at_any_is_absent(shop: Shop) -> None:
    counts = {len(one["attributes"]) for one in await shop.get("variations?per_page=100")}
    assert counts == {1, 2}


async def test_before_10_3_there_is_no_listing_of_all_variations(opened: Opener) -> None:
    async with opened(global_variations=False) as shop:
        assert (await shop.refused("GET", "variations"))[1]["code"] == "rest_no_route"
        parent = (await shop.get("products?type=variable&per_page=1"))[0]
        assert len(await shop.get(f"products/{parent['id']}/variations")) == len(parent["variations"])


async def test_a_big_product_has_a_hundred_and_twenty_variations(opened: Opener) -> None:
    async with opened(products=5, orders=0, customers=0, most_variations=120) as shop:
        parent = (await shop.get("products?type=variable"))[0]
        answer = await shop.ask("GET", f"products/{parent['id']}/variations?per_page=100&page=2")
        assert (len(answer.json()), answer.headers["x-wp-total"]) == (20, "120")


async def test_image_dates_are_offset_twice(shop: Shop) -> None:
    image = next(one for one in await shop.get("products?per_page=100") if one["images"])["images"][0]
    shift = utc(image["date_created"]) - utc(image["date_created_gmt"])
    assert shift in {timedelta(hours=2), timedelta(hours=4)}


async def test_money_is_not_normalised_and_sums_are_a_cent_off(opened: Opener) -> None:
    async with opened(products=120, orders=300, customers=10) as shop:
        prices = {one["price"] for one in await shop.get("products?per_page=100&type=simple")}
        assert {"20", "14.5", "1.2345", "", "0"} <= prices
        orders = [one for page in (1, 2, 3) for one in await shop.get(f"orders?per_page=100&page={page}")]
        lines = [line for one in orders for line in one["line_items"]]
        assert any(isinstance(line["price"], float) for line in lines)
        assert any(line["total_tax"] != line["taxes"][0]["total"] for line in lines)
        assert any(len(one["coupon_lines"]) == 2 for one in orders)
        assert any(one["coupon_lines"] and one["discount_total"] != one["coupon_lines"][0]["discount"] for one in orders)
        deleted = next(line for line in lines if not line["product_id"])
        assert (deleted["sku"], deleted["global_unique_id"], deleted["image"]["src"]) == (None, None, "")
        foreign = next(one for one in orders if one["currency"] == "JPY")
        assert foreign["total"][-3] == ".", "a foreign order keeps the store's decimals"


@pytest.mark.parametrize(("currency", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
async def test_totals_have_the_decimals_of_the_stores_currency(opened: Opener, currency: str, places: int) -> None:
    async with opened(currency=currency) as shop:
        for order in await shop.get("orders?per_page=100"):
            assert len(order["total"].partition(".")[2]) == places
        current = await shop.get("data/currencies/current")
        assert (current["code"], (await shop.get("system_status"))["settings"]["number_of_decimals"]) == (currency, places)


async def test_dp_rounds_the_amounts_of_orders_to_the_asked_decimals(shop: Shop) -> None:
    plain = await shop.get("orders?per_page=100")
    asked = await shop.ask("GET", "orders?per_page=100&dp=0")
    for before, after in zip(plain, asked.json(), strict=True):
        assert list(before) == list(after)
        assert after["total"] == str(Decimal(before["total"]).quantize(Decimal(1), ROUND_HALF_UP))
        assert [line["price"] for line in after["line_items"]] == [line["price"] for line in before["line_items"]]
    one = plain[0]["id"]
    assert (await shop.get(f"orders/{one}?dp=4&_fields=total"))["total"] == f"{plain[0]['total']}00"


async def test_the_same_seed_makes_the_same_store(opened: Opener) -> None:
    async def read(seed: int) -> list[str]:
        async with opened(seed=seed) as shop:
            found = [await shop.get(f"{name}?per_page=100") for name in ("products", "orders", "customers", "variations")]
            rows = [one | {"related_ids": []} for listed in found for one in listed]
            now = datetime.now(UTC)  # what is scheduled is dated from now
            return [str(one).replace(shop.url, "") for one in rows if utc(one["date_modified_gmt"]) < now]

    assert await read(1) == await read(1)
    assert await read(1) != await read(2)
