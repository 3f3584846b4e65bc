"""Connecting a Shopify shop by hand: with a token, or with a merchant's own app; never shown again."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from connectors.shopify.sandbox import Sandbox
from hub.cli import options
from hub.testing.serving import serving
from tests.hub.cli.conftest import Luneo


@pytest.fixture
def shop() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox()
    with serving(sandbox.app) as url:
        yield sandbox, url


def allowed(url: str) -> dict[str, str]:
    return {"LUNEO_EGRESS_ALLOW": url.partition("://")[2]}


def test_a_shop_is_connected_with_a_token(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    sandbox, url = shop
    token = sandbox.credentials()["token"]
    made = quick_luneo("connect", "shopify", url, "--token", token, "--app-secret", "shpss_hidden", "--json", env=allowed(url))
    assert made.code == 0, made
    assert (made.json["shop"], made.json["api_version"]) == ("luneo-sandbox.myshopify.com", "2026-10")
    assert token not in made.out + made.err
    assert "shpss_hidden" not in made.out + made.err


def test_a_shop_is_connected_with_a_merchants_own_app(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    sandbox, url = shop
    app = sandbox.tokens.app
    credentials = ["--client-id", app.client_id, "--client-secret", app.secret]
    made = quick_luneo("connect", "shopify", url, *credentials, "--name", "Own", env=allowed(url))
    assert made.code == 0, made
    assert app.secret not in made.out + made.err
    assert {one.kind for one in sandbox.tokens.access.values()} == {"client_credentials"}
    wrong = quick_luneo("connect", "shopify", url, *credentials[:3], "shpss_wrong", env=allowed(url))
    assert (wrong.code, wrong.out) == (1, "")
    assert "invalid_client" in wrong.err
    assert "shpss_wrong" not in wrong.err
    assert wrong.err.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "Shopify needs token: give token, or client_id and client_secret; app_secret if there is one."),
        (["--client-id", "x"], "Shopify needs client_secret:"),
        (["--key", "ck_hidden", "--secret", "cs_hidden"], "Shopify takes no key and no secret:"),
    ],
)
def test_what_is_missing_or_wrong_is_named(quick_luneo: Luneo, given: list[str], said: str) -> None:
    ran = quick_luneo("connect", "shopify", "x.myshopify.com", *given)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert "hidden" not in ran.err


@pytest.mark.parametrize("domain", ["foo.evil.com", "evil.com/foo.myshopify.com", "foo.myshopify.com.evil.com"])
def test_a_domain_that_is_no_shop_is_refused_before_anybody_is_asked(quick_luneo: Luneo, domain: str) -> None:
    ran = quick_luneo("connect", "shopify", domain, "--token", "shpat_hidden")
    assert (ran.code, ran.out) == (1, "")
    assert f"{domain!r} is not the domain of a Shopify shop" in ran.err
    assert "Traceback" not in ran.err
    assert "hidden" not in ran.err


def test_a_domain_that_is_no_shop_makes_no_organisation(quick_luneo: Luneo) -> None:
    assert quick_luneo("connect", "shopify", "foo.evil.com", "--token", "shpat_hidden").code == 1
    assert quick_luneo("org", "list", "--json").json["organisations"] == []


def test_a_shop_whose_token_was_revoked_is_connected_again_as_its_message_says(
    quick_luneo: Luneo, shop: tuple[Sandbox, str]
) -> None:
    sandbox, url = shop
    first = quick_luneo("connect", "shopify", url, "--token", sandbox.credentials()["token"], "--json", env=allowed(url))
    fresh = sandbox.renew()["token"]
    told = quick_luneo("sync", "--resource", "products", env=allowed(url))
    assert told.code == 1
    assert "luneo connect" in told.out
    wrong = quick_luneo("connect", "shopify", url, "--token", "shpat_wrong", env=allowed(url))
    assert (wrong.code, "refuses the access token" in wrong.err) == (1, True), wrong
    again = quick_luneo("connect", "shopify", url, "--token", fresh, "--json", env=allowed(url))
    assert again.code == 0, again
    assert again.json["id"] == first.json["id"]
    assert quick_luneo("sync", "--resource", "products", env=allowed(url)).code == 0
    twice = quick_luneo("connect", "shopify", url, "--token", fresh, env=allowed(url))
    assert (twice.code, "is connected already" in twice.err) == (1, True), twice


def test_a_shop_of_another_organisation_that_refuses_its_token_is_not_taken_over(
    quick_luneo: Luneo, shop: tuple[Sandbox, str]
) -> None:
    sandbox, url = shop
    quick_luneo("org", "create", "mine")
    quick_luneo("org", "create", "yours")
    owner = [*("connect", "shopify", url, "--org", "mine"), "--token", sandbox.credentials()["token"]]
    assert quick_luneo(*owner, env=allowed(url)).code == 0
    fresh = sandbox.renew()["token"]
    quick_luneo("sync", "--resource", "products", "--org", "mine", env=allowed(url))
    ran = quick_luneo("connect", "shopify", url, "--org", "yours", "--token", fresh, env=allowed(url))
    assert ran.code == 1
    assert "is connected already" in ran.err
    assert "mine" not in ran.err


def test_a_secret_may_come_on_stdin_where_no_other_user_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("shpat_hidden\n"))
    assert options.credentials(token="-", key="", secret="") == {"token": "shpat_hidden"}
