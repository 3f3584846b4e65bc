"""The loopback store answers as a WooCommerce does, where the readers can tell."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.benchmarks.conftest import Shop


def test_a_listing_tells_its_totals_and_the_next_page(shop: Shop) -> None:
    shop.reset(250)
    first, last, beyond = shop.page(1), shop.page(3), shop.page(4)
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("250", "3")
    assert "page=2&" in first.headers["Link"] and first.headers["Link"].endswith('; rel="next"')
    assert len(last.rows) == 50 and last.headers["Link"] is None
    assert (beyond.status, beyond.body) == (200, b"[]")


def test_pages_together_hold_every_product_once(shop: Shop) -> None:
    shop.reset(250)
    seen = [number for page in (1, 2, 3) for number in shop.page(page).ids]
    assert seen == shop.expected() and len(seen) == 250


def test_newest_first_is_the_default_order(shop: Shop) -> None:
    shop.reset(30)
    ids = shop.get("products").ids
    assert ids == shop.expected()[::-1][:10]


def test_an_offset_takes_the_place_of_the_page(shop: Shop) -> None:
    shop.reset(250)
    assert shop.page(1, offset=99).ids == shop.expected()[99:199]


def test_a_product_weighs_what_a_real_one_does_and_has_its_fields(shop: Shop) -> None:
    shop.reset(100)
    answer = shop.page(1)
    assert 2_100 < len(answer.body) / 100 < 2_500
    row = answer.rows[0]
    assert row["images"] and row["attributes"] and len(row["meta_data"]) == 2
    assert isinstance(row["price"], str) and isinstance(row["stock_quantity"], int)
    assert b"\\/product\\/" in answer.body and b"\\u00" in answer.body  # as WordPress writes JSON


def test_only_related_ids_differ_from_one_answer_to_the_next(shop: Shop) -> None:
    shop.reset(100)
    once, again = shop.page(1).rows, shop.page(1).rows
    assert once != again
    for row in once + again:
        row["related_ids"].sort()
    assert once == again


def test_touched_products_and_no_others_come_after_the_cursor(shop: Shop) -> None:
    shop.reset(2_000)
    cursor = max(row["date_modified_gmt"] for page in range(1, 21) for row in shop.page(page).rows)
    assert shop.get("products", modified_after=cursor, dates_are_gmt="true").ids == []
    price = shop.page(1).rows[0]["price"]
    touched = shop.touch(200)
    changed = [
        row
        for page in (1, 2, 3)
        for row in shop.get("products", modified_after=cursor, page=page, per_page=100, orderby="modified", order="asc").rows
    ]
    assert sorted(row["id"] for row in changed) == touched and len(touched) == 200
    assert changed[0]["price"] != price


def test_the_filter_on_modification_is_strictly_greater(shop: Shop) -> None:
    shop.reset(3)
    dates = [row["date_modified_gmt"] for row in shop.page(1).rows]
    assert shop.page(1, modified_after=dates[1]).ids == shop.expected()[2:]


def test_ids_alone_can_be_asked_for_and_products_by_id(shop: Shop) -> None:
    shop.reset(20)
    assert shop.page(1, _fields="id").rows == [{"id": number} for number in shop.expected()]
    wanted = shop.expected()[3:5]
    assert shop.page(1, include=",".join(map(str, wanted))).ids == wanted
    assert json.loads(shop.get(f"products/{wanted[0]}").body)["id"] == wanted[0]


def test_more_than_a_hundred_rows_a_page_are_refused(shop: Shop) -> None:
    answer = shop.get("products", per_page=101)
    assert answer.status == 400 and json.loads(answer.body)["code"] == "rest_invalid_param"


def test_what_a_connector_asks_before_it_connects_is_there(shop: Shop) -> None:
    assert "wc/v3" in json.load(urlopen(shop.url + "/wp-json/", timeout=10))["namespaces"]
    assert json.loads(shop.get("system_status").body)["environment"]["home_url"] == shop.url
    assert [row["value"] for row in shop.get("settings/general").rows if row["id"] == "woocommerce_currency"]
    assert json.loads(shop.get("settings/products/woocommerce_weight_unit").body)["value"] == "lbs"
    for empty in ("orders", "customers", "refunds", "variations", "products/1001/variations"):
        assert shop.get(empty).rows == []
    assert shop.get("nothing").status == 404


def test_webhooks_are_made_listed_and_removed_without_their_secret(shop: Shop) -> None:
    made = shop.get("webhooks", "POST", {"topic": "product.updated", "secret": "s", "delivery_url": "http://x"})
    number = json.loads(made.body)["id"]
    assert made.status == 201 and b"secret" not in made.body
    assert number in shop.get("webhooks").ids
    assert shop.get(f"webhooks/{number}", "DELETE", force="true").status == 200
    assert number not in shop.get("webhooks").ids


def test_two_requests_in_one_packet_get_two_answers(shop: Shop) -> None:
    shop.reset(1)
    address = urlsplit(shop.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as raw:
        line = b"GET /wp-json/wc/v3/orders HTTP/1.1\r\nHost: x\r\n"
        raw.sendall(line + b"\r\n" + line + b"Connection: close\r\n\r\n")
        received = b""
        while chunk := raw.recv(65536):
            received += chunk
    assert received.count(b"HTTP/1.1 200") == 2
