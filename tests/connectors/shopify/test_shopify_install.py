"""What is believed of a merchant at the door, in which order, and for how long."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.shopify import install
from connectors.shopify.install import COOKIE, Spent, back, begin, token
from connectors.shopify.library import oauth_hmac
from connectors.shopify.oauth import SessionTokenRefused
from connectors.shopify.sandbox import session_tokens
from connectors.shopify.settings import app_settings
from hub.errors import ConfigurationError, HubError, PermanentError, RetryableError, SignatureError
from hub.ports import Departure, Visit

CLIENT = "5f1c0a5e6f0a4d0c9a550f3d6a1b2c3d"
SECRET, OLD = "hush_hush_hush_hush_hush_hush_hush_1", "hush_hush_hush_hush_hush_hush_hush_0"
SHOP, OTHER = "example-shop.myshopify.com", "other-shop.myshopify.com"
ADDRESS = "https://hub.example/install/shopify"
NOW = 1_763_800_000.0


@pytest.fixture(autouse=True)
def our_app(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_ID", CLIENT)
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("LUNEO_SHOPIFY_OLD_CLIENT_SECRET", OLD)
    app_settings.cache_clear()
    yield
    app_settings.cache_clear()


def visit(*, secret: str = SECRET, cookie: str = "", at: float = NOW, **said: str) -> Visit:
    query = {"shop": SHOP, "timestamp": str(int(at)), **said}
    query["hmac"] = oauth_hmac(query, secret)
    return Visit(list(query.items()), {}, {COOKIE: cookie} if cookie else {}, ADDRESS)


def left(at: float = NOW) -> tuple[str, str]:
    """State and cookie of a merchant who was sent on."""
    departure = begin(visit(at=at), at)
    assert departure.cookie is not None and departure.to is not None
    return dict(parse_qsl(urlsplit(departure.to).query))["state"], departure.cookie[1]


def test_a_merchant_is_sent_to_the_shops_own_admin_with_our_scopes_and_a_cookie_for_a_minute() -> None:
    departure = begin(visit(), NOW)
    parts = urlsplit(departure.to or "")
    assert (parts.scheme, parts.netloc, parts.path) == ("https", SHOP, "/admin/oauth/authorize")
    asked = dict(parse_qsl(parts.query))
    assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, f"{ADDRESS}/callback")
    assert "write_products" in asked["scope"].split(",")
    assert departure.cookie is not None
    assert departure.cookie[2] == 60
    assert len(asked["state"]) >= 32
    assert left()[0] != left()[0]


def test_a_merchant_who_comes_back_is_who_left() -> None:
    state, cookie = left()
    arrival = back(visit(state=state, code="c0de", cookie=cookie), Spent(), NOW + 59)
    assert (arrival.shop, arrival.url, arrival.fresh) == (SHOP, f"https://{SHOP}", True)
    assert arrival.onward == Departure(to=f"https://{SHOP}/admin/apps/{CLIENT}", cookie=(COOKIE, "", 0))


@pytest.mark.parametrize(
    "shop", ["foo.evil.com", "foo.myshopify.com.evil.com", "evil.com/foo.myshopify.com", "FOO.myshopify.com"]
)
def test_a_shop_that_is_none_is_refused_before_anything_else_even_when_signed(shop: str) -> None:
    for act in (lambda: begin(visit(shop=shop), NOW), lambda: back(visit(shop=shop), Spent(), NOW)):
        with pytest.raises(PermanentError, match="is not the domain of a Shopify shop"):
            act()


def test_the_signature_is_checked_before_the_state() -> None:
    state, cookie = left()
    for wrong in (
        visit(secret="another", state=state, code="c", cookie=cookie),
        visit(at=NOW - 91, state=state, code="c", cookie=cookie),
    ):
        with pytest.raises(SignatureError, match=r"not signed|too old"):
            back(wrong, Spent(), NOW)
        with pytest.raises(SignatureError):
            begin(wrong, NOW)


def test_nobody_comes_back_who_did_not_leave() -> None:
    state, cookie = left()
    other_state, other_cookie = left()
    forged = (
        f"{state}.{int(NOW) + 60}." + hmac.digest(SECRET.encode(), f"{state}.{int(NOW) + 60}.{SHOP}".encode(), "sha256").hex()
    )
    for answer in (
        visit(state=state, code="c"),
        visit(state=state, code="c", cookie=other_cookie),
        visit(state=other_state, code="c", cookie=cookie),
        visit(state="", code="c", cookie=f".{int(NOW) + 60}."),
        visit(code="c", cookie=cookie),
        visit(state=state, code="c", cookie=cookie + "0"),
        visit(state=state, code="c", cookie=cookie.replace(f".{int(NOW) + 60}.", f".{int(NOW) + 9999}.")),
        visit(state=state, code="c", cookie="...."),
        visit(state=state, code="c", cookie="é.é.é"),
        visit(state=state, code="c", cookie=forged),  # with the app's secret itself
        visit(shop=OTHER, state=state, code="c", cookie=cookie),
    ):
        with pytest.raises(SignatureError, match="does not belong to this browser"):
            back(answer, Spent(), NOW)


def test_a_state_is_good_for_a_minute_and_for_once() -> None:
    state, cookie = left()
    spent = Spent()
    with pytest.raises(SignatureError, match="more than a minute"):
        back(visit(state=state, code="c", cookie=cookie), spent, NOW + 61)
    assert back(visit(state=state, code="c", cookie=cookie), spent, NOW + 30)
    with pytest.raises(SignatureError, match="used already"):
        back(visit(state=state, code="c", cookie=cookie), spent, NOW + 31)


def test_a_secret_can_be_changed_while_a_merchant_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    state, cookie = left()
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", "hush_hush_hush_hush_hush_hush_hush_2")
    monkeypatch.setenv("LUNEO_SHOPIFY_OLD_CLIENT_SECRET", SECRET)
    app_settings.cache_clear()
    assert back(visit(state=state, code="c", cookie=cookie), Spent(), NOW + 5).shop == SHOP


def test_an_answer_without_a_code_says_so() -> None:
    state, cookie = left()
    with pytest.raises(PermanentError, match="no code"):
        back(visit(state=state, cookie=cookie), Spent(), NOW)


def test_inside_the_admin_only_that_shops_admin_may_show_the_page() -> None:
    shown = begin(visit(embedded="1", id_token="eyJ.x.y"), NOW)
    policy = shown.headers["content-security-policy"]
    assert f"frame-ancestors https://{SHOP} https://admin.shopify.com" in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'<script nonce="{nonce[1]}">' in (shown.page or "")
    assert 'data-address="/install/shopify/token"' in (shown.page or "")
    assert "unsafe" not in policy
    assert "eyJ" not in (shown.page or "")


def bearer(**claims: object) -> Visit:
    text = session_tokens.make(SHOP, CLIENT, SECRET, time.time(), **claims)  # type: ignore[arg-type]
    return Visit([("shop", OTHER)], {"authorization": f"Bearer {text}"}, {}, ADDRESS)


def test_a_session_token_alone_says_whose_shop_it_is() -> None:
    arrival = token(bearer())
    assert (arrival.shop, arrival.fresh) == (SHOP, False)


def test_a_session_token_that_is_not_good_is_told_as_app_bridge_wants_to_hear_it() -> None:
    with pytest.raises(SignatureError) as told:
        token(bearer(exp=1))
    assert install.refused(told.value) == (401, {"x-shopify-retry-invalid-session-request": "1"})
    assert install.refused(SessionTokenRefused("x")) == install.refused(told.value)
    assert install.refused(RetryableError("x")) is None


@pytest.mark.parametrize("missing", ["CLIENT_ID", "CLIENT_SECRET"])
def test_a_hub_without_an_app_names_the_settings(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(f"LUNEO_SHOPIFY_{missing}")
    monkeypatch.delenv("LUNEO_SHOPIFY_OLD_CLIENT_SECRET")
    app_settings.cache_clear()
    for act in (lambda: begin(visit(), NOW), lambda: back(visit(), Spent(), NOW), lambda: token(bearer())):
        with pytest.raises(ConfigurationError, match="LUNEO_SHOPIFY_CLIENT_ID and LUNEO_SHOPIFY_CLIENT_SECRET"):
            act()


def test_a_sandbox_is_only_ever_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_SHOPIFY_SANDBOX", "https://evil.com")
    app_settings.cache_clear()
    with pytest.raises(HubError, match=r"LUNEO_SHOPIFY_SANDBOX: a sandbox's address looks like http://127\.0\.0\.1:8080"):
        app_settings()
