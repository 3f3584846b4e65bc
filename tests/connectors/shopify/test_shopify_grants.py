"""The ways to a token, and every answer that is none."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.shopify import grants
from connectors.shopify.grants import App, Grant
from connectors.shopify.oauth import InvalidGrant, SessionTokenRefused
from hub.errors import ConnectorError, PermanentError, ReauthorizationError, RetryableError
from tests.connectors.shopify.token_shop import APP, TokenShop, token_shop

ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
GOOD = {
    "access_token": "shpat_1111",
    "scope": "read_products,write_files",
    "expires_in": 3600,
    "refresh_token": "shprt_2222",
    "refresh_token_expires_in": 7776000,
}


@pytest.fixture
async def shop() -> AsyncIterator[TokenShop]:
    async with token_shop(time.time) as one:
        yield one


async def ends_in(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - datetime.now(UTC)).total_seconds()


async def refresh(shop: TokenShop, app: App = APP, token: str = "shprt_mine") -> Grant:
    return await grants.refresh(shop.http, shop.url, app, token)


async def failure(shop: TokenShop, app: App = APP, token: str = "shprt_mine") -> ConnectorError:
    with pytest.raises(ConnectorError) as told:
        await refresh(shop, app, token)
    assert not any(secret in str(told.value) for secret in (app.client_secret, token))
    assert "\n" not in str(told.value)
    return told.value


async def test_client_credentials_bring_a_token_of_a_day(shop: TokenShop) -> None:
    grant = await grants.client_credentials(shop.http, shop.url, APP)
    assert shop.tokens.valid(grant.token)
    assert 86_000 < await ends_in(grant.expires_at) <= 86_400
    assert grant.refresh_token is None
    assert shop.asked == [{"client_id": APP.client_id, "client_secret": APP.client_secret, "grant_type": "client_credentials"}]


async def test_a_session_token_is_exchanged_for_an_expiring_pair(shop: TokenShop) -> None:
    session = shop.tokens.session_token()
    grant = await grants.token_exchange(shop.http, shop.url, APP, session)
    assert shop.tokens.valid(grant.token)
    assert 3590 < await ends_in(grant.expires_at) <= 3600
    assert abs(await ends_in(grant.refresh_expires_at) - 7776000) < 10
    (asked,) = shop.asked
    assert (asked["grant_type"], asked["subject_token"], asked["subject_token_type"], asked["requested_token_type"]) == (
        "urn:ietf:params:oauth:grant-type:token-exchange",
        session,
        ID_TOKEN,
        OFFLINE,
    )
    assert asked["expiring"] == 1


async def test_a_refresh_token_brings_the_next_pair(shop: TokenShop) -> None:
    first = await grants.token_exchange(shop.http, shop.url, APP, shop.tokens.session_token())
    assert first.refresh_token is not None
    second = await refresh(shop, token=first.refresh_token)
    assert shop.tokens.valid(second.token)
    assert {first.token, first.refresh_token}.isdisjoint({second.token, second.refresh_token})


async def test_a_code_from_the_browser_brings_an_expiring_pair_once(shop: TokenShop) -> None:
    shop.tokens.codes["c0de"] = (time.time(), False, ("read_products",))
    grant = await grants.authorization_code(shop.http, shop.url, APP, "c0de")
    assert (grant.scope, grant.refresh_token is not None) == ("read_products", True)
    with pytest.raises(PermanentError, match="invalid_request"):
        await grants.authorization_code(shop.http, shop.url, APP, "c0de")


async def test_an_old_token_is_exchanged_for_good(shop: TokenShop) -> None:
    old = shop.tokens.issue("permanent", None).text
    grant = await grants.migration(shop.http, shop.url, APP, old)
    assert shop.tokens.valid(grant.token)
    assert shop.tokens.find(old) is None
    assert shop.asked[0]["subject_token_type"] == shop.asked[0]["requested_token_type"] == OFFLINE


async def test_a_spent_refresh_token_says_what_the_merchant_must_do(shop: TokenShop) -> None:
    error = await failure(shop)
    assert isinstance(error, InvalidGrant)
    assert "open the app again in Shopify" in str(error)


async def test_a_wrong_secret_or_an_uninstalled_app_names_what_to_check(shop: TokenShop) -> None:
    wrong = await failure(shop, App(APP.client_id, "shpss_wrong"))
    shop.tokens.uninstall()
    gone = await failure(shop)
    for error in (wrong, gone):
        assert isinstance(error, ReauthorizationError)
        assert "LUNEO_SHOPIFY_CLIENT_SECRET" in str(error)
        assert "uninstalled" in str(error)


async def test_a_session_token_that_is_too_old_is_told_apart(shop: TokenShop) -> None:
    with pytest.raises(SessionTokenRefused):
        await grants.token_exchange(shop.http, shop.url, APP, shop.tokens.session_token(exp=1))


@pytest.mark.parametrize("missing", sorted(GOOD))
async def test_an_answer_that_lacks_a_field_is_refused_by_its_name(shop: TokenShop, missing: str) -> None:
    shop.says(200, {name: value for name, value in GOOD.items() if name != missing})
    error = await failure(shop)
    assert isinstance(error, PermanentError)
    assert missing in str(error)


@pytest.mark.parametrize("end", [None, 0, -1, True, "3600", 1e12, [], "never"])
async def test_an_end_that_cannot_be_read_is_never_for_ever(shop: TokenShop, end: Any) -> None:
    shop.says(200, {**GOOD, "expires_in": end})
    error = await failure(shop)
    assert isinstance(error, PermanentError)
    assert "expires_in" in str(error)


@pytest.mark.parametrize("token", ["", None, 5, "a\r\nX-Evil: 1", "clé"])
async def test_a_token_that_no_header_can_carry_is_refused(shop: TokenShop, token: Any) -> None:
    shop.says(200, {**GOOD, "access_token": token})
    assert "access_token" in str(await failure(shop))


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (500, b"", RetryableError, "answered 500"),
        (502, b"<html>Bad gateway</html>", RetryableError, "answered 502"),
        (503, {"error": "temporarily_unavailable"}, RetryableError, "answered 503"),
        (429, b"", RetryableError, "answered 429"),
        (200, b"<!doctype html><title>Opening soon</title>", RetryableError, "no JSON"),
        (200, b"", RetryableError, "no JSON"),
        (200, b"[]", RetryableError, "no JSON"),
        (200, b'{"access_token": "shp', RetryableError, "no JSON"),
        (200, {"error": "invalid_grant"}, InvalidGrant, "ended"),
        (400, b"<html><title>Oauth error invalid_request: The code was used</title>", PermanentError, "invalid_request"),
        (400, b"<html><h1>Oauth error invalid_client</h1>", ReauthorizationError, "does not know our app"),
        (401, b"", ReauthorizationError, "lets us in no more"),
        (401, {"error": "invalid_client"}, ReauthorizationError, "does not know our app"),
        (402, b"", PermanentError, "frozen"),
        (403, b"", ReauthorizationError, "lets us in no more"),
        (404, b"", PermanentError, "no shop of Shopify's"),
        (423, b"", PermanentError, "locked"),
        (302, b"", PermanentError, "no shop of Shopify's"),
        (400, {"error": ["odd"], "error_description": {}}, PermanentError, "gives no token"),
        (418, b"\xff\xfe", PermanentError, "gives no token"),
    ],
)
async def test_every_other_answer_is_one_plain_error(shop: TokenShop, status: int, body: Any, kind: type, words: str) -> None:
    shop.says(status, body)
    error = await failure(shop)
    assert type(error) is kind
    assert words in str(error)


async def test_a_shop_that_says_how_long_to_wait_is_believed(shop: TokenShop) -> None:
    shop.says(503, b"", **{"retry-after": "7"})
    error = await failure(shop)
    assert isinstance(error, RetryableError)
    assert error.after == 7.0


async def test_what_the_shop_says_is_shown_without_what_we_sent(shop: TokenShop) -> None:
    echo = f"Bad\nrequest: {APP.client_secret} and shprt_mine and shpat_of_somebody_else1 and eyJhbGci.eyJpc3M.x"
    shop.says(400, {"error": "invalid_request", "error_description": echo})
    error = str(await failure(shop))
    assert "invalid_request: Bad request: … and … and … and …" in error


async def test_a_shop_that_cannot_be_reached_may_be_asked_again(shop: TokenShop) -> None:
    with pytest.raises((RetryableError, PermanentError)) as told:
        await grants.refresh(shop.http, "http://127.0.0.1:1", APP, "shprt_mine")
    assert "shprt_mine" not in str(told.value)


def test_neither_an_app_nor_a_grant_shows_its_secrets() -> None:
    now = datetime.now(UTC) + timedelta(hours=1)
    shown = repr(App("id", "hidden-1")) + repr(Grant("hidden-2", "read_products", now, "hidden-3", now))
    assert "hidden" not in shown
