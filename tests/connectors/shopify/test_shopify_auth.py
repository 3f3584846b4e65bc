"""Connecting: what the shop says of itself, and one clear line for each reason not to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.shopify.auth import probe
from connectors.shopify.client.graph import ShopClosed
from hub.errors import ConnectorError, PermanentError, ReauthorizationError
from hub.ports import HttpAnswer, Opening, ShopSettings
from tests.connectors.shopify.client.stock import opened


async def test_a_shop_says_who_it_is_what_it_uses_and_what_we_may() -> None:
    async with opened(shop="maison.myshopify.com", currency="JPY", all_orders=False) as shop:
        found = await probe(shop.opening)
    assert (found.shop, found.name, found.url, found.api_version) == (
        "maison.myshopify.com", "Maison Luneo ✨", shop.opening.url, "2026-10",
    )  # fmt: skip
    assert found.settings == ShopSettings(currency="JPY", weight_unit="kg", timezone="Asia/Tokyo", prices_include_tax=True)
    assert "read_products" in found.capabilities["scopes"]
    assert "write_products" in found.capabilities["writes"]
    assert found.capabilities["all_orders"] is False
    assert found.capabilities["plan"] == "Basic"


@pytest.mark.parametrize(("unit", "word"), [("KILOGRAMS", "kg"), ("GRAMS", "g"), ("POUNDS", "lb"), ("OUNCES", "oz")])
async def test_units_of_weight_are_ours(unit: str, word: str) -> None:
    async with opened() as shop:
        shop.state.shop["weightUnit"] = unit
        assert (await probe(shop.opening)).settings.weight_unit == word


async def test_client_credentials_are_tried_as_they_will_be_used() -> None:
    async with opened(token_kind="client_credentials") as shop:
        assert (await probe(shop.opening)).shop == "luneo-sandbox.myshopify.com"


async def test_each_missing_scope_is_named() -> None:
    async with opened() as shop:
        app = shop.sandbox.tokens.app
        kept = tuple(scope for scope in app.scopes if not scope.endswith(("_customers", "_locations")))
        shop.sandbox.tokens.app = replace(app, scopes=kept)
        opening = replace(shop.opening, credentials=shop.sandbox.renew())
        with pytest.raises(PermanentError, match="lacks read_customers, read_locations") as caught:
            await probe(opening)
    assert caught.value.hint


async def test_a_wrong_token_is_said_to_be_wrong_and_never_shown() -> None:
    async with opened() as shop:
        with pytest.raises(ReauthorizationError, match="refuses the access token") as caught:
            await probe(replace(shop.opening, credentials={"token": "shpat_" + "0" * 32}))
    assert "shpat_" not in str(caught.value)


async def test_a_token_with_a_space_around_it_is_taken() -> None:
    async with opened() as shop:
        token = shop.opening.credentials["token"]
        assert (await probe(replace(shop.opening, credentials={"token": f" {token}\n"}))).shop


@pytest.mark.parametrize(("status", "words"), [(402, "frozen"), (404, "no such shop"), (423, "locked")])
async def test_a_closed_shop_is_told_from_a_wrong_token(status: int, words: str) -> None:
    async with opened() as shop:
        shop.sandbox.close(status)
        with pytest.raises(ShopClosed, match=words):
            await probe(shop.opening)


async def test_an_uninstalled_app_must_be_installed_again() -> None:
    async with opened() as shop:
        shop.sandbox.uninstall()
        with pytest.raises(ReauthorizationError):
            await probe(shop.opening)


async def test_a_version_that_fell_forward_is_refused() -> None:
    async with opened() as shop:
        shop.sandbox.fall_forward("2026-01")
        with pytest.raises(PermanentError, match="was served by"):
            await probe(shop.opening)


class Answering:
    """`hub.ports.HttpClient` that answers as another shop would."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def request(self, method: str, url: str, **_more: Any) -> HttpAnswer:
        return HttpAnswer(200, {"x-shopify-api-version": "2026-10"}, self._body)


async def test_the_domain_of_another_shop_is_refused() -> None:
    body = b'{"data":{"shop":{"myshopifyDomain":"other.myshopify.com"},"currentAppInstallation":{"accessScopes":[]}}}'
    async with opened() as shop:
        opening: Opening = replace(shop.opening, url="https://mine.myshopify.com", http=Answering(body))  # type: ignore[arg-type]
        with pytest.raises(PermanentError, match=r"mine\.myshopify\.com answers for other\.myshopify\.com"):
            await probe(opening)


@pytest.mark.parametrize("url", ["foo.evil.com", "https://foo.myshopify.com.evil.com", "evil.com/foo.myshopify.com"])
async def test_nobody_else_is_ever_sent_a_token(url: str) -> None:
    async with opened() as shop:
        with pytest.raises(ConnectorError, match="is not the domain of a Shopify shop"):
            await probe(replace(shop.opening, url=url))
        assert not shop.asked
