"""Which token a shop is asked with, and when it is renewed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from connectors.shopify.settings import app_settings
from connectors.shopify.tokens import Tokens
from hub.db.engine import Database
from hub.errors import PermanentError, ReauthorizationError, RetryableError
from hub.installations import secrets
from hub.installations.vault import RowVault
from tests.connectors.shopify.token_shop import APP, Drawer, TokenShop, token_shop


@pytest.fixture(autouse=True)
def our_app(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_ID", APP.client_id)
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", APP.client_secret)
    monkeypatch.setenv("LUNEO_SHOPIFY_SCOPES", "read_products,write_files")
    app_settings.cache_clear()
    yield
    app_settings.cache_clear()


@pytest.fixture
async def shop() -> AsyncIterator[TokenShop]:
    async with token_shop(time.time) as one:
        yield one


def ending(credentials: Mapping[str, str], **left: float) -> dict[str, str]:
    """The same, with ends so many seconds from now."""
    now = datetime.now(UTC)
    return {**credentials, **{name: (now + timedelta(seconds=seconds)).isoformat() for name, seconds in left.items()}}


async def test_a_token_by_hand_is_used_as_it_is(shop: TokenShop) -> None:
    assert await Tokens(shop.opening({"token": "shpat_by_hand"})).token() == "shpat_by_hand"
    assert shop.asked == []


async def test_a_token_by_hand_that_is_refused_asks_for_another(shop: TokenShop) -> None:
    tokens = Tokens(shop.opening({"token": "shpat_by_hand"}))
    with pytest.raises(ReauthorizationError, match="wrong, or was revoked") as told:
        await tokens.rejected("shpat_by_hand")
    assert "shpat_by_hand" not in str(told.value)


async def test_an_hour_is_used_until_five_minutes_before_its_end(shop: TokenShop) -> None:
    given = shop.tokens.credentials()
    drawer = Drawer(ending(given, expires_at=310))
    assert await Tokens(shop.opening(drawer.kept, drawer)).token() == given["token"]
    drawer = Drawer(ending(given, expires_at=290))
    fresh = await Tokens(shop.opening(drawer.kept, drawer)).token()
    assert fresh != given["token"]
    assert shop.tokens.valid(fresh)
    assert (drawer.kept["kind"], drawer.kept["token"], drawer.renewals) == ("offline", fresh, 1)


@pytest.mark.parametrize("end", ["", "soon", "2026-13-45", "9999"])
async def test_an_end_that_cannot_be_read_is_not_for_ever(shop: TokenShop, end: str) -> None:
    drawer = Drawer({**shop.tokens.credentials(), "expires_at": end})
    await Tokens(shop.opening(drawer.kept, drawer)).token()
    assert drawer.renewals == 1


async def test_many_tasks_of_one_store_renew_once(shop: TokenShop) -> None:
    drawer = Drawer(ending(shop.tokens.credentials(), expires_at=-10))
    tokens = Tokens(shop.opening(drawer.kept, drawer))
    assert len(set(await asyncio.gather(*(tokens.token() for _ in range(20))))) == 1
    assert len(shop.asked) == 1


async def test_a_401_renews_once_even_for_many_who_heard_it(shop: TokenShop) -> None:
    drawer = Drawer(shop.tokens.credentials())
    tokens = Tokens(shop.opening(drawer.kept, drawer))
    old = await tokens.token()
    shop.tokens.expire()
    await asyncio.gather(*(tokens.rejected(old) for _ in range(10)))
    assert shop.tokens.valid(await tokens.token())
    assert len(shop.asked) == 1


async def test_a_shop_that_is_away_is_asked_with_what_is_left_of_the_token(shop: TokenShop) -> None:
    shop.says(503, b"")
    drawer = Drawer(ending(shop.tokens.credentials(), expires_at=60))
    assert await Tokens(shop.opening(drawer.kept, drawer)).token() == drawer.kept["token"]
    drawer = Drawer(ending(shop.tokens.credentials(), expires_at=-1))
    with pytest.raises(RetryableError, match="503"):
        await Tokens(shop.opening(drawer.kept, drawer)).token()


async def test_an_answer_that_was_lost_costs_nothing(shop: TokenShop) -> None:
    """The refresh token was used, its successor never arrived: it is good until the successor is used."""
    drawer = Drawer(ending(shop.tokens.credentials(), expires_at=-1))
    assert shop.tokens.use(drawer.kept["refresh_token"]) is not None
    assert shop.tokens.valid(await Tokens(shop.opening(drawer.kept, drawer)).token())


async def test_an_answer_without_an_end_is_not_kept(shop: TokenShop) -> None:
    shop.tokens.answer_without_expires_in = True
    before = ending(shop.tokens.credentials(), expires_at=-1)
    drawer = Drawer(before)
    with pytest.raises(PermanentError, match="expires_in"):
        await Tokens(shop.opening(drawer.kept, drawer)).token()
    assert drawer.kept == before


async def test_client_credentials_are_asked_for_when_needed_and_kept(shop: TokenShop) -> None:
    drawer = Drawer({"client_id": APP.client_id, "client_secret": APP.client_secret})
    token = await Tokens(shop.opening(drawer.kept, drawer)).token()
    assert shop.tokens.valid(token)
    assert await Tokens(shop.opening(drawer.kept, drawer)).token() == token
    assert (len(shop.asked), drawer.kept["kind"], drawer.kept["client_secret"]) == (1, "client_credentials", APP.client_secret)


async def test_a_shop_can_be_probed_with_client_credentials_before_it_is_connected(shop: TokenShop) -> None:
    tokens = Tokens(shop.opening({"client_id": APP.client_id, "client_secret": APP.client_secret}))
    assert await tokens.token() == await tokens.token()
    assert len(shop.asked) == 1


async def test_a_pair_is_never_renewed_where_its_successor_cannot_be_kept(shop: TokenShop) -> None:
    with pytest.raises(PermanentError, match="nowhere to keep"):
        await Tokens(shop.opening(ending(shop.tokens.credentials(), expires_at=-1))).token()
    assert shop.asked == []


async def test_an_old_token_is_exchanged_where_the_new_one_is_kept_and_not_before(shop: TokenShop) -> None:
    old = {"kind": "permanent", "token": shop.tokens.issue("permanent", None).text}
    assert await Tokens(shop.opening(old)).token() == old["token"]
    drawer = Drawer(old)
    assert shop.tokens.valid(await Tokens(shop.opening(old, drawer)).token())
    assert (drawer.kept["kind"], "refresh_token" in drawer.kept) == ("offline", True)


async def test_permissions_that_are_gone_after_a_renewal_are_named_and_the_pair_is_kept(shop: TokenShop) -> None:
    drawer = Drawer(ending({**shop.tokens.credentials(), "scope": "write_products,write_files"}, expires_at=-1))
    shop.tokens.app.scopes = ("write_products",)
    with pytest.raises(ReauthorizationError, match=r"took permissions away: write_files\."):
        await Tokens(shop.opening(drawer.kept, drawer)).token()
    assert drawer.kept["scope"] == "write_products"


async def test_a_shop_that_nobody_asks_is_kept_alive_two_weeks_before_its_end(shop: TokenShop) -> None:
    day = 86_400
    given = shop.tokens.credentials()
    drawer = Drawer(ending(given, refresh_expires_at=15 * day))
    assert not await Tokens(shop.opening(drawer.kept, drawer)).keep_alive()
    drawer = Drawer(ending(given, refresh_expires_at=13 * day))
    assert await Tokens(shop.opening(drawer.kept, drawer)).keep_alive()
    assert datetime.fromisoformat(drawer.kept["refresh_expires_at"]) - datetime.now(UTC) > timedelta(days=89)
    assert not await Tokens(shop.opening({"token": "shpat_by_hand"})).keep_alive()


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ({}, "hold no token"),
        ({"token": ""}, "hold no token"),
        ({"kind": "offline", "token": "shpat_1"}, "hold no refresh_token"),
        ({"kind": "application", "token": "shpat_1"}, "'application'"),
    ],
)
async def test_odd_credentials_are_named(shop: TokenShop, credentials: dict[str, str], words: str) -> None:
    with pytest.raises(PermanentError, match=words):
        await Tokens(shop.opening(credentials)).token()


async def test_without_an_app_a_pair_says_which_settings_are_missing(shop: TokenShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LUNEO_SHOPIFY_CLIENT_SECRET")
    app_settings.cache_clear()
    drawer = Drawer(ending(shop.tokens.credentials(), expires_at=-1))
    with pytest.raises(PermanentError, match="LUNEO_SHOPIFY_CLIENT_ID and LUNEO_SHOPIFY_CLIENT_SECRET"):
        await Tokens(shop.opening(drawer.kept, drawer)).token()


async def test_eight_workers_on_one_installation_use_one_refresh_token_once(
    shop: TokenShop, db: Database, org: object, installation: object
) -> None:
    """Through the hub's own vault and PostgreSQL: nobody ends up with a token that another's renewal has ended."""
    stale = ending(shop.tokens.credentials(), expires_at=-1)
    async with db.org(org) as unit:  # type: ignore[arg-type]
        sealed = secrets.seal_credentials(org, installation, stale)  # type: ignore[arg-type]
        await unit.execute("update installation set credentials = $2 where id = $1", installation, sealed)
    workers = [Tokens(shop.opening(stale, RowVault(db, org, installation))) for _ in range(8)]  # type: ignore[arg-type]
    got = set(await asyncio.gather(*(worker.token() for worker in workers)))
    assert len(got) == 1
    assert shop.tokens.valid(got.pop())
    assert len(shop.asked) == 1


def test_what_receives_webhooks_cannot_renew_a_token() -> None:
    """shopify-app-js #3360: a renewal in the request of an uninstalled shop answers 500 for ever."""
    code = (
        "import sys, connectors.shopify.inbound, connectors.shopify.settings\n"
        "assert not {'connectors.shopify.tokens', 'connectors.shopify.grants', 'connectors.shopify.oauth'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
