"""Signatures that a real shop (and the sandbox, which checks them as it does) accepts."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.woocommerce.client.signing import Call, joined, signer
from hub.errors import RetryableError
from hub.ports import Listing
from tests.connectors.woocommerce.woo_shop import PRODUCTS, opened

URL = "https://shop.example/wp-json/wc/v3/products"


def test_basic_goes_into_a_header() -> None:
    url, headers = signer("basic", "ck_1", "cs_2")(Call("GET", URL, {"include": "1,2"}))
    assert url == URL + "?include=1,2"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"ck_1:cs_2"


def test_the_query_string_leaves_the_callers_parameters_alone() -> None:
    params = {"page": "1"}
    url, headers = signer("query", "ck_1", "cs_2")(Call("GET", URL, params))
    assert (url, headers, params) == (URL + "?page=1&consumer_key=ck_1&consumer_secret=cs_2", {}, {"page": "1"})


def test_each_oauth_signature_is_a_new_one_and_signs_the_stores_time() -> None:
    sign = signer("oauth1", "ck_1", "cs_2")
    first, second = (parse_qs(urlsplit(sign(Call("GET", URL, {}, skew=3600))[0]).query) for _ in range(2))
    assert first["oauth_nonce"] != second["oauth_nonce"]
    import time

    assert abs(int(first["oauth_timestamp"][0]) - time.time() - 3600) < 5
    assert "cs_2" not in str(first)


@pytest.mark.parametrize("value", ["a b", "é♥", "50%", "a+b", "x/y", "1,2,3", "2026-01-01T00:00:00", "~._-", "a&b=c"])
async def test_a_shop_over_plain_http_accepts_what_we_sign(value: str) -> None:
    async with opened(products=3, orders=0, customers=0) as shop:
        assert shop.store.calls.auth == "oauth1"
        rows = await shop.store.calls.rows("products", {"search": value, "per_page": "1"})
    assert len(rows.raws) <= 1


async def test_basic_and_query_string_work_over_https() -> None:
    async with opened(tls=True, products=3, orders=0, customers=0) as shop:
        assert shop.store.calls.auth == "basic"
        assert (await shop.store.page(PRODUCTS, Listing())).total == 3
    async with opened(tls=True, capabilities={"auth": "query"}, products=3, orders=0, customers=0) as shop:
        assert (await shop.store.page(PRODUCTS, Listing())).total == 3


@pytest.mark.parametrize("ahead", [-7200.0, 7200.0])
async def test_a_store_whose_clock_is_far_off_is_understood_at_the_second_try(ahead: float) -> None:
    async with opened(products=3, orders=0, customers=0) as shop:
        shop.sandbox.clock = ahead
        with pytest.raises(RetryableError, match="clocks"):
            await shop.store.page(PRODUCTS, Listing())
        assert (await shop.store.page(PRODUCTS, Listing())).total == 3


def test_a_query_is_joined_to_one_that_is_there() -> None:
    assert joined("https://shop.example/?rest_route=/wc/v3/products", {"page": "2"}).endswith("products&page=2")
