"""Merchants connect their own shop: through a browser's redirects, and from inside the vendor's admin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from connectors.shopify.connector import Shopify
from connectors.shopify.library import oauth_hmac
from connectors.shopify.sandbox import Sandbox
from connectors.shopify.settings import app_settings
from connectors.woocommerce.connector import WooCommerce
from hub.app import create_app
from hub.db.engine import Database
from hub.http import guarded_client
from hub.installations import secrets
from hub.installations.installation import Installation
from hub.installations.listing import listing
from hub.installations.welcome import alone
from hub.registry import Registry
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House

HTML = {"accept": "text/html,*/*"}


@dataclass
class Street:
    """A hub, a Shopify shop, and a browser."""

    db: Database
    shop: Sandbox
    shop_url: str
    url: str
    browser: httpx.AsyncClient

    def signed(self, **said: str) -> str:
        """The query with which Shopify sends a merchant."""
        tokens = self.shop.tokens
        query = {"shop": tokens.shop, "timestamp": str(int(tokens.now())), **said}
        return urlencode({**query, "hmac": oauth_hmac(query, tokens.app.secret)})

    async def agree(self) -> httpx.Response:
        """From Shopify to us, to the page of permissions, and back to us."""
        sent = await self.browser.get(f"{self.url}/install/shopify?{self.signed()}", headers=HTML)
        assert sent.status_code == 302, sent.text
        agreed = await self.browser.get(sent.headers["location"])
        assert agreed.status_code == 302, agreed.text
        return await self.browser.get(agreed.headers["location"], headers=HTML)

    async def from_inside(self, *, at: str | None = None, **claims: object) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.shop.tokens.session_token(**claims)}"}
        return await self.browser.post(f"{at or self.url}/install/shopify/token", headers=headers)

    async def installed(self) -> list[tuple[str, Installation]]:
        """Every installation, with the name of its organisation."""
        async with self.db.system() as unit:
            orgs = await unit.fetch("select id, name from organisation order by created_at")
        found = []
        for id, name in orgs:
            async with self.db.org(id) as unit:
                found += [(name, one) for one in await listing(unit, disconnected=True)]
        return found

    async def kept(self, shop: Installation) -> dict[str, str]:
        async with self.db.org(shop.org) as unit:
            return await secrets.credentials_of(unit, shop.org, shop.id)


@pytest.fixture
async def street(db: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Street]:
    shop = Sandbox(token_kind="offline")
    async with serve(shop.app) as shop_url:
        monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_ID", shop.tokens.app.client_id)
        monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", shop.tokens.app.secret)
        monkeypatch.setenv("LUNEO_SHOPIFY_SANDBOX", shop_url)
        app_settings.cache_clear()
        allowed = [shop_url.removeprefix("http://")]
        registry = Registry({"shopify": Shopify(), "woocommerce": WooCommerce()})
        async with guarded_client(allowed) as http, httpx.AsyncClient(timeout=30, trust_env=False) as browser:
            settings = Settings(egress_allow=allowed)
            house = House(settings, db, registry, http)
            async with serve(create_app(house=house)) as url:
                house.settings = settings.model_copy(update={"public_url": url})
                yield Street(db, shop, shop_url, url, browser)
    app_settings.cache_clear()


@asynccontextmanager
async def second_hub(street: Street) -> AsyncIterator[str]:
    allowed = [street.shop_url.removeprefix("http://")]
    db = Database(street.db.url)
    async with guarded_client(allowed) as http:
        settings = Settings(egress_allow=allowed, public_url=street.url)
        async with serve(create_app(house=House(settings, db, Registry({"shopify": Shopify()}), http))) as url:
            yield url
    await db.close()


async def test_a_merchant_agrees_and_the_shop_is_connected_in_an_organisation_of_its_own(street: Street) -> None:
    done = await street.agree()
    assert done.status_code == 302, done.text
    assert done.headers["location"] == f"https://{street.shop.tokens.shop}/admin/apps/{street.shop.tokens.app.client_id}"
    ((organisation, shop),) = await street.installed()
    assert (shop.shop, shop.status, shop.connector) == (street.shop.tokens.shop, "active", "shopify")
    assert organisation == shop.name == street.shop.state.shop["name"]
    kept = await street.kept(shop)
    assert kept["kind"] == "offline"
    assert street.shop.tokens.valid(kept["token"])


async def test_the_cookie_is_kept_from_scripts_and_goes_nowhere_else(street: Street) -> None:
    sent = await street.browser.get(f"{street.url}/install/shopify?{street.signed()}")
    cookie = sent.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/install/shopify", "Max-Age=60"))
    assert sent.headers["cache-control"] == "no-store"


async def test_agreeing_again_renews_the_same_installation(street: Street) -> None:
    await street.agree()
    ((_, first),) = await street.installed()
    before = await street.kept(first)
    assert (await street.agree()).status_code == 302
    ((_, again),) = await street.installed()
    assert again.id == first.id
    assert (await street.kept(again))["token"] != before["token"]


async def test_the_same_answer_is_not_taken_twice_nor_from_another_browser(street: Street) -> None:
    sent = await street.browser.get(f"{street.url}/install/shopify?{street.signed()}")
    kept = dict(street.browser.cookies)
    agreed = (await street.browser.get(sent.headers["location"])).headers["location"]
    async with httpx.AsyncClient(timeout=30, trust_env=False) as stranger:
        refused = await stranger.get(agreed, headers=HTML)
        assert (refused.status_code, "does not belong to this browser" in refused.text) == (401, True)
        assert (await street.browser.get(agreed)).status_code == 302
        stranger.cookies.update(kept)
        replayed = await stranger.get(agreed, headers=HTML)
    assert (replayed.status_code, "used already" in replayed.text) == (401, True)
    assert len(await street.installed()) == 1


async def test_inside_the_admin_a_session_token_connects_the_shop_once(street: Street) -> None:
    first, second = await asyncio.gather(street.from_inside(), street.from_inside())
    assert (first.status_code, second.status_code) == (200, 200), (first.text, second.text)
    assert first.json() == second.json()
    assert first.json()["shop"] == street.shop.tokens.shop
    ((_, shop),) = await street.installed()
    assert street.shop.tokens.valid((await street.kept(shop))["token"])
    assert (await street.from_inside()).status_code == 200
    assert len(street.shop.tokens.refreshes) == 1


async def test_two_processes_that_connect_a_shop_at_once_end_with_one_installation_and_a_living_pair(street: Street) -> None:
    """The second hub shares nothing but the database with the first."""
    async with second_hub(street) as other:
        answers = await asyncio.gather(*(street.from_inside(at=url) for url in (street.url, other) * 3))
        again = await asyncio.gather(street.agree(), street.from_inside(at=other))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert [answer.status_code for answer in again] == [302, 200]
    ((_, shop),) = await street.installed()
    assert (await street.kept(shop))["refresh_token"] in street.shop.tokens.refreshes
    async with street.db.system() as unit:
        assert await unit.fetchval("select count(*) from organisation") == 1


async def test_nobody_waits_for_ever_while_another_connects_the_shop(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.installations.welcome.PATIENCE", 0.2)
    async with alone(street.db, "shopify", street.shop.tokens.shop):
        turned_away = await street.from_inside()
    assert turned_away.status_code == 503
    assert "being connected by somebody else" in turned_away.json()["error"]["message"]
    assert (await street.from_inside()).status_code == 200


async def test_a_session_token_that_is_not_good_is_asked_for_again(street: Street) -> None:
    refused = await street.from_inside(exp=1)
    assert refused.status_code == 401
    assert refused.headers["x-shopify-retry-invalid-session-request"] == "1"
    assert refused.json()["error"]["code"] == "bad_signature"
    bare = await street.browser.post(f"{street.url}/install/shopify/token")
    assert bare.status_code == 401
    assert await street.installed() == []


async def test_a_shop_that_must_be_connected_again_is_by_opening_the_app(street: Street) -> None:
    await street.from_inside()
    ((_, shop),) = await street.installed()
    async with street.db.org(shop.org) as unit:
        await unit.execute("update installation set status = 'reconnect'")
    assert (await street.from_inside()).json()["status"] == "active"
    ((_, again),) = await street.installed()
    assert (again.id, again.status) == (shop.id, "active")


async def test_a_shop_that_had_left_comes_back_to_its_organisation(street: Street) -> None:
    await street.from_inside()
    ((organisation, shop),) = await street.installed()
    async with street.db.org(shop.org) as unit:
        await unit.execute(
            "update installation set status = 'disconnected', disconnected_at = now(), credentials = null, webhook_secret = null"
        )
    assert (await street.from_inside()).status_code == 200
    assert {name for name, _ in await street.installed()} == {organisation}
    assert [one.status for _, one in await street.installed()].count("active") == 1


async def test_a_shop_that_removed_the_app_and_installs_it_again_is_the_same_installation(street: Street) -> None:
    await street.agree()
    ((_, shop),) = await street.installed()
    street.shop.tokens.uninstall()
    async with street.db.org(shop.org) as unit:  # as app/uninstalled leaves it
        await unit.execute(
            "update installation set status = 'disconnected', disconnected_at = now(), credentials = null, "
            """capabilities = capabilities || '{"uninstalled": true}'"""
        )
    assert (await street.agree()).status_code == 302
    ((_, again),) = await street.installed()
    assert (again.id, again.status) == (shop.id, "active")
    assert street.shop.tokens.valid((await street.kept(again))["token"])


async def test_the_page_inside_the_admin_may_be_framed_by_that_shop_alone(street: Street) -> None:
    page = await street.browser.get(f"{street.url}/install/shopify?{street.signed(embedded='1')}", headers=HTML)
    assert page.status_code == 200
    assert (
        f"frame-ancestors https://{street.shop.tokens.shop} https://admin.shopify.com" in page.headers["content-security-policy"]
    )
    assert "x-frame-options" not in page.headers
    refused = await street.browser.get(f"{street.url}/install/shopify?shop=foo.evil.com&embedded=1", headers=HTML)
    assert "frame-ancestors 'none'" in refused.headers["content-security-policy"]
    assert refused.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["", "/callback"])
@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("", 422, "is not the domain"),
        ("shop=foo.evil.com", 422, "is not the domain"),
        ("shop=<script>alert(1)</script>", 422, "is not the domain"),
        ("shop=luneo-sandbox.myshopify.com", 401, "not signed"),
        ("shop=luneo-sandbox.myshopify.com&hmac=%ff%fe&timestamp=x", 401, "not signed"),
        ("shop=luneo-sandbox.myshopify.com&shop=evil.myshopify.com&hmac=1", 401, "twice"),
        ("shop=luneo-sandbox.myshopify.com&hmac=" + "0" * 9000, 404, "too long"),
    ],
)
async def test_whatever_stands_in_the_address_a_person_reads_one_line(
    street: Street, path: str, query: str, status: int, words: str
) -> None:
    page = await street.browser.get(f"{street.url}/install/shopify{path}?{query}", headers=HTML)
    assert (page.status_code, words in page.text) == (status, True), page.text
    assert "Traceback" not in page.text
    assert "<script>" not in page.text
    machine = await street.browser.get(f"{street.url}/install/shopify{path}?{query}", headers={"accept": "application/json"})
    assert machine.status_code == status
    assert words in machine.json()["error"]["message"]


async def test_less_than_the_app_needs_is_named_and_nothing_is_connected(street: Street) -> None:
    street.shop.tokens.app.scopes = ("read_products",)
    refused = await street.from_inside()
    assert refused.status_code == 422
    assert "write_files" in refused.json()["error"]["message"]
    assert await street.installed() == []


async def test_a_shop_that_fails_leaves_no_organisation_behind(street: Street) -> None:
    street.shop.tokens.answer_without_expires_in = True
    refused = await street.from_inside()
    assert (refused.status_code, "expires_in" in refused.text) == (422, True)
    async with street.db.system() as unit:
        assert await unit.fetchval("select count(*) from organisation") == 0


async def test_connectors_without_such_a_door_say_so(street: Street) -> None:
    for name in ("woocommerce", "nobody"):
        assert (await street.browser.get(f"{street.url}/install/{name}")).status_code == 404
        assert (await street.browser.post(f"{street.url}/install/{name}/token")).status_code == 404


async def test_the_apps_secret_is_in_no_answer(street: Street) -> None:
    pages = [
        await street.browser.get(
            f"{street.url}/install/shopify?{street.signed(shop='x.myshopify.com', timestamp='1')}", headers=HTML
        ),
        await street.from_inside(aud="another app"),
        await street.agree(),
    ]
    assert not any(street.shop.tokens.app.secret in page.text for page in pages)
    assert urlsplit(pages[2].headers["location"]).scheme == "https"
