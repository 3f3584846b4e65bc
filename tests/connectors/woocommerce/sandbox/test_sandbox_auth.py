"""Who gets in: Basic and query string over HTTPS only, OAuth 1.0a signed by the `woocommerce` package over plain HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from sandbox_shop import Opener, Shop
from woocommerce.oauth import OAuth

from connectors.woocommerce.sandbox import Sandbox
from hub.testing.serving import serve

VIEW = "woocommerce_rest_cannot_view"
ERROR = "woocommerce_rest_authentication_error"


class Plain:
    """A sandbox over plain HTTP and a client without credentials."""

    def __init__(self, sandbox: Sandbox, url: str, client: httpx.AsyncClient) -> None:
        self.sandbox, self.url, self.client = sandbox, f"{url}/wp-json/wc/v3", client

    def signed(self, path: str, method: str = "GET", *, secret: str | None = None, **options: Any) -> str:
        keys = self.sandbox.credentials()
        signer = OAuth(f"{self.url}/{path}", keys["key"], secret or keys["secret"], version="wc/v3", method=method, **options)
        return str(signer.get_oauth_url())

    async def get(self, url: str, **options: Any) -> tuple[int, Any]:
        answer = await self.client.get(url, **options)
        body = answer.json()
        return answer.status_code, body["message"] if answer.status_code >= 400 else body


@pytest.fixture
async def plain() -> AsyncIterator[Plain]:
    sandbox = Sandbox(products=5, orders=2, customers=2)
    async with serve(sandbox.app) as url, httpx.AsyncClient() as client:
        yield Plain(sandbox, url, client)


@pytest.mark.parametrize(
    "path",
    [
        "products",
        "products?per_page=2&page=2",
        "products?search=%C3%89meraude+%2B+%25",
        "products?search=%E6%97%A5%E6%9C%AC",
        "orders?status[0]=processing&status[1]=completed",
        "orders?modified_after=2026-01-01T00%3A00%3A00&dates_are_gmt=true&orderby=modified",
    ],
)
async def test_the_woocommerce_packages_signature_is_accepted_over_plain_http(plain: Plain, path: str) -> None:
    status, _ = await plain.get(plain.signed(path))
    assert status == 200


async def test_a_post_is_signed_with_its_method(plain: Plain) -> None:
    assert (await plain.client.post(plain.signed("products", "POST"), json={"name": "x"})).status_code == 201
    wrong = await plain.client.post(plain.signed("products", "GET"), json={"name": "x"})
    assert wrong.json()["message"] == "Invalid signature - provided signature does not match."


async def test_credentials_in_the_clear_are_not_looked_at_over_plain_http(plain: Plain) -> None:
    keys = plain.sandbox.credentials()
    text = "Sorry, you cannot list resources."
    assert await plain.get(f"{plain.url}/products", auth=(keys["key"], keys["secret"])) == (401, text)
    query = urlencode({"consumer_key": keys["key"], "consumer_secret": keys["secret"]})
    assert await plain.get(f"{plain.url}/products?{query}") == (401, text)
    assert await plain.get(f"{plain.url}/products") == (401, text)


async def test_a_nonce_is_good_once_so_a_retry_must_be_signed_again(plain: Plain) -> None:
    url = plain.signed("products")
    assert (await plain.get(url))[0] == 200
    assert await plain.get(url) == (401, "Invalid nonce - nonce has already been used.")
    assert (await plain.get(plain.signed("products")))[0] == 200


@pytest.mark.parametrize(("off", "fine"), [(880, True), (-880, True), (1000, False), (-1000, False)])
async def test_a_timestamp_may_be_fifteen_minutes_off(plain: Plain, off: int, fine: bool) -> None:
    status, told = await plain.get(plain.signed("products", oauth_timestamp=int(time.time()) + off))
    assert (status == 200) is fine
    assert fine or told == "Invalid timestamp."


async def test_bad_signatures_and_unknown_keys_are_told_apart(plain: Plain) -> None:
    bad = "Invalid signature - provided signature does not match."
    assert await plain.get(plain.signed("products", secret="cs_no")) == (401, bad)
    assert await plain.get(plain.signed("products") + "&per_page=1") == (401, bad)
    plain.sandbox.revoke()
    assert await plain.get(plain.signed("products")) == (401, "Consumer key is invalid.")
    status, told = await plain.get(f"{plain.url}/products?oauth_nonce=1&oauth_timestamp=2")
    absent = "oauth_consumer_key, oauth_signature, oauth_signature_method"
    assert (status, told) == (401, f"Missing OAuth parameters {absent}")


async def test_sha1_and_the_authorization_header_are_accepted_too(plain: Plain) -> None:
    keys = plain.sandbox.credentials()
    params = {
        "oauth_consumer_key": keys["key"],
        "oauth_nonce": "n1",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(time.time())),
    }
    url = f"{plain.url}/products"
    base = f"GET&{quote(url, safe='')}&{quote(urlencode(sorted(params.items())), safe='')}"
    digest = hmac.new(f"{keys['secret']}&".encode(), base.encode(), hashlib.sha1).digest()
    params["oauth_signature"] = base64.b64encode(digest).decode()
    header = "OAuth " + ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in params.items())
    assert (await plain.get(url, headers={"Authorization": header}))[0] == 200


async def test_over_https_basic_query_string_and_oauth_all_open(shop: Shop) -> None:
    keys = shop.sandbox.credentials()
    async with httpx.AsyncClient(verify=False) as nobody:
        url = f"{shop.url}/wp-json/wc/v3/products"
        query = urlencode({"consumer_key": keys["key"], "consumer_secret": keys["secret"]})
        assert (await shop.ask("GET", "products")).status_code == 200
        assert (await nobody.get(f"{url}?{query}")).status_code == 200
        assert (await nobody.get(OAuth(url, keys["key"], keys["secret"]).get_oauth_url())).status_code == 200


async def test_over_https_an_unknown_key_is_nobody_and_a_wrong_secret_is_an_error(shop: Shop) -> None:
    keys = shop.sandbox.credentials()

    async def told(login: tuple[str, str] | None) -> tuple[int, str, str]:
        async with httpx.AsyncClient(verify=False, auth=login) as client:
            answer = await client.get(f"{shop.url}/wp-json/wc/v3/products")
            return answer.status_code, answer.json()["code"], answer.json()["message"]

    view = (401, VIEW, "Sorry, you cannot list resources.")
    assert await told(None) == view
    assert await told(("ck_unknown", "cs_unknown")) == view
    assert await told((keys["key"], "cs_wrong")) == (401, ERROR, "Consumer secret is invalid.")
    shop.sandbox.revoke()
    assert await told((keys["key"], keys["secret"])) == view


async def test_permissions_are_kept_apart(shop: Shop) -> None:
    for permissions, method, needed in (("read", "POST", "write"), ("write", "GET", "read")):
        key = shop.sandbox.key(permissions)
        answer = await shop.ask(method, "products", {"name": "x"} if method == "POST" else None, auth=(key.key, key.secret))
        text = f"The API key provided does not have {needed} permissions."
        assert (answer.status_code, answer.json()["message"]) == (401, text)
    reader = shop.sandbox.key("read")
    assert (await shop.ask("GET", "products", auth=(reader.key, reader.secret))).status_code == 200


async def test_the_index_is_open_and_everything_else_is_not(plain: Plain) -> None:
    assert (await plain.client.get(plain.url.removesuffix("/wc/v3") + "/")).status_code == 200
    for path in ("orders", "customers", "system_status", "settings/general", "webhooks", "data/currencies/current"):
        assert (await plain.client.get(f"{plain.url}/{path}")).json()["code"] == VIEW
    assert (await plain.client.get(f"{plain.url}/nope")).json()["code"] == "rest_no_route"


async def test_the_signed_address_is_the_stores_own(opened: Opener) -> None:
    sandbox = Sandbox(products=1, orders=0, customers=0, home="http://shop.example.test")
    keys = sandbox.credentials()
    async with serve(sandbox.app) as url, httpx.AsyncClient() as client:
        own = OAuth("http://shop.example.test/wp-json/wc/v3/products", keys["key"], keys["secret"]).get_oauth_url()
        assert (await client.get(own.replace("http://shop.example.test", url))).status_code == 200
        seen = OAuth(f"{url}/wp-json/wc/v3/products", keys["key"], keys["secret"]).get_oauth_url()
        assert (await client.get(seen)).json()["message"] == "Invalid signature - provided signature does not match."


async def test_the_certificate_is_self_signed(shop: Shop) -> None:
    async with httpx.AsyncClient() as careful:
        with pytest.raises(httpx.ConnectError, match="self-signed certificate"):
            await careful.get(f"{shop.url}/wp-json/")


async def test_a_store_is_no_store_outside_its_api() -> None:
    async with serve(Sandbox(products=1, orders=1, customers=1).app) as url, httpx.AsyncClient() as client:
        page = await client.get(f"{url}/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=UTF-8")
        assert (await client.get(f"{url}/nothing")).status_code == 404
        plain = await client.get(f"{url}/?rest_route=/wc/v3/products")
        assert plain.json()["code"] == "woocommerce_rest_cannot_view", "stores without pretty permalinks answer there"
