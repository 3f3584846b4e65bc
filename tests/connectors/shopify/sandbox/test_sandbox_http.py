"""The sandbox's door: versions, keys, what becomes of a shop, malformed requests, the clock."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest
from reached import post, reached

from connectors.shopify.documents import load
from connectors.shopify.sandbox import Sandbox

SHOP = {"query": "{ shop { name } }"}
VERSIONS = {
    "2025-10": "2026-01", "": "2026-01", "2099-99": "2026-01", "2026-01": "2026-01", "2026-04": "2026-04", "2026-07": "2026-07",
    "2026-10": "2026-10", "2027-01": "2027-01", "unstable": "unstable",
}  # fmt: skip


@pytest.mark.parametrize("asked", VERSIONS)
async def test_a_dead_version_is_served_by_the_oldest_that_lives(asked: str) -> None:
    async with reached(Sandbox()) as shop:
        answer = await post(shop, SHOP, asked)
        assert (answer.status_code, answer.headers["x-shopify-api-version"]) == (200, VERSIONS[asked])


async def test_a_version_can_fall_forward_behind_our_back() -> None:
    sandbox = Sandbox()
    async with reached(sandbox) as shop:
        sandbox.fall_forward("2026-01")
        assert (await post(shop, SHOP)).headers["x-shopify-api-version"] == "2026-01"
        sandbox.fall_forward()
        assert (await post(shop, SHOP)).headers["x-shopify-api-version"] == "2026-10"


@pytest.mark.parametrize("token", ["", "shpat_0", "ключ"])
async def test_without_a_good_token_nobody_comes_in(token: str) -> None:
    async with reached(Sandbox()) as shop:
        answer = await shop.client.post(
            f"{shop.url}/admin/api/2026-10/graphql.json", json=SHOP, headers={b"X-Shopify-Access-Token": token.encode()}
        )
        assert answer.status_code == 401
        assert answer.json()["errors"].startswith("[API] Invalid API key or access token")


async def test_an_expired_token_and_a_taken_one_are_dead() -> None:
    sandbox = Sandbox(token_kind="offline")
    async with reached(sandbox) as shop:
        old = sandbox.credentials()["token"]
        sandbox.expire()
        assert (await post(shop, SHOP, token=old)).status_code == 401
        sandbox.renew()
        assert (await post(shop, SHOP)).status_code == 200


async def test_an_uninstalled_shop_answers_401_and_says_so_to_those_who_listen() -> None:
    sandbox, heard = Sandbox(), list[str]()
    async with reached(sandbox) as shop:
        token = sandbox.credentials()["token"]
        sandbox.state.on_change(lambda topic, _obj: heard.append(topic))
        sandbox.uninstall()
        assert (await post(shop, SHOP, token=token)).status_code == 401
        assert heard == ["app/uninstalled"]


@pytest.mark.parametrize("status", [402, 403, 404, 423])
async def test_a_closed_shop_says_how(status: int) -> None:
    sandbox = Sandbox()
    async with reached(sandbox) as shop:
        sandbox.close(status)
        assert (await post(shop, SHOP)).status_code == status
        sandbox.close(None)
        assert (await post(shop, SHOP)).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"query": 7}', b"", b'{"query": "{ shop { name } }", "variables": []'])
async def test_what_is_no_question_is_a_bad_request(body: bytes) -> None:
    async with reached(Sandbox()) as shop:
        answer = await post(shop, body)
        assert answer.status_code == 400
        assert answer.json() == {"errors": {"query": "Required parameter missing or invalid"}}


async def test_a_get_is_refused_and_an_unknown_path_unknown() -> None:
    async with reached(Sandbox()) as shop:
        assert (await shop.client.get(f"{shop.url}/admin/api/2026-10/graphql.json")).status_code == 405
        assert (await shop.client.get(f"{shop.url}/admin/api/2026-10/products.json")).status_code == 404


async def test_a_syntax_error_has_no_data() -> None:
    async with reached(Sandbox()) as shop:
        said = (await post(shop, {"query": "{ shop { name "})).json()
        assert "data" not in said
        assert said["errors"][0]["message"].startswith("Syntax Error")


async def test_of_several_operations_one_must_be_named() -> None:
    text = "query A { shop { name } } query B { shop { id } }"
    async with reached(Sandbox()) as shop:
        assert "errors" in (await post(shop, {"query": text})).json()
        assert list((await post(shop, {"query": text, "operationName": "B"})).json()["data"]["shop"]) == ["id"]


async def test_the_date_is_the_shops_own() -> None:
    sandbox = Sandbox()
    async with reached(sandbox) as shop:
        honest = parsedate_to_datetime((await post(shop, SHOP)).headers["date"])
        sandbox.clock = 600
        ahead = parsedate_to_datetime((await post(shop, SHOP)).headers["date"])
        assert 595 < (ahead - honest).total_seconds() < 605


async def test_the_shop_names_itself_and_its_scopes() -> None:
    async with reached(Sandbox(shop="maison-x.myshopify.com", currency="JPY", all_orders=False)) as shop:
        data = (await post(shop, {"query": load("shop")})).json()["data"]
        assert data["shop"]["myshopifyDomain"] == "maison-x.myshopify.com"
        assert (data["shop"]["currencyCode"], data["shop"]["ianaTimezone"]) == ("JPY", "Asia/Tokyo")
        assert {"handle": "read_all_orders"} not in data["currentAppInstallation"]["accessScopes"]
        assert [one["handle"] for one in data["publicApiVersions"] if one["supported"]] == [
            "2026-01",
            "2026-04",
            "2026-07",
            "2026-10",
        ]
