"""Shops that nobody asks stay connected."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from connectors.shopify.connector import Shopify
from connectors.shopify.settings import app_settings
from connectors.woocommerce.connector import WooCommerce
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.errors import RetryableError
from hub.installations import secrets
from hub.installations.keep_alive import JOB, handlers, keep_alive
from hub.queue import claim
from hub.registry import Registry
from hub.worker.schedules import plan
from tests.connectors.shopify.token_shop import APP, TokenShop, token_shop

REGISTRY = Registry({"shopify": Shopify(), "woocommerce": WooCommerce()})


@pytest.fixture
async def shop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TokenShop]:
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_ID", APP.client_id)
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", APP.client_secret)
    app_settings.cache_clear()
    async with token_shop(time.time) as one:
        yield one
    app_settings.cache_clear()


async def joined(db: Database, org: UUID, shop: TokenShop, days: float) -> UUID:
    """A connected shop whose refresh token ends in so many days."""
    id, ends = uuid7(), datetime.now(UTC) + timedelta(days=days)
    credentials = {**shop.tokens.credentials(), "refresh_expires_at": ends.isoformat()}
    async with db.org(org) as unit:
        await unit.execute(
            "insert into installation (org, id, connector, shop, name, url, credentials) "
            "values ($1, $2, 'shopify', $3, 'S', $4, $5)",
            org, id, shop.tokens.shop, shop.url, secrets.seal_credentials(org, id, credentials),
        )  # fmt: skip
    return id


async def ends(db: Database, org: UUID, installation: UUID) -> timedelta:
    async with db.org(org) as unit:
        kept = await secrets.credentials_of(unit, org, installation)
    return datetime.fromisoformat(kept["refresh_expires_at"]) - datetime.now(UTC)


async def test_a_refresh_token_of_two_weeks_is_used_before_it_dies(db: Database, org: UUID, shop: TokenShop) -> None:
    id = await joined(db, org, shop, 13)
    assert await keep_alive(db, REGISTRY, shop.http, org, id)
    assert await ends(db, org, id) > timedelta(days=89)
    assert not await keep_alive(db, REGISTRY, shop.http, org, id)
    assert len(shop.asked) == 1


async def test_one_that_lives_longer_is_left_alone(db: Database, org: UUID, shop: TokenShop) -> None:
    assert not await keep_alive(db, REGISTRY, shop.http, org, await joined(db, org, shop, 15))
    assert shop.asked == []


async def test_every_shop_that_can_die_is_asked_once_a_day(db: Database, org: UUID, shop: TokenShop, installation: UUID) -> None:
    """And the worker runs it; `installation` is a WooCommerce shop, whose keys last."""
    id = await joined(db, org, shop, 3)
    now = datetime.now(UTC)
    for moment in (now, now, now + timedelta(days=1)):
        await plan(db, REGISTRY.connectors, moment)
    jobs = [job for job in await claim(db, "me", 100) if job.kind == JOB]
    assert [job.payload for job in jobs] == [{"installation": str(id)}] * 2
    await handlers(db, REGISTRY, shop.http)[JOB](jobs[0])
    assert await ends(db, org, id) > timedelta(days=89)


async def test_a_dead_one_is_told_once_and_is_no_failed_job(db: Database, org: UUID, shop: TokenShop) -> None:
    id = await joined(db, org, shop, 3)
    shop.tokens.revoke()
    assert not await keep_alive(db, REGISTRY, shop.http, org, id)
    async with db.org(org) as unit:
        status, told = await unit.fetchrow("select status, capabilities ->> 'reconnect' from installation") or ("", "")
    assert status == "reconnect"
    assert "open the app again in Shopify" in told
    assert not await keep_alive(db, REGISTRY, shop.http, org, id)
    assert len(shop.asked) == 1


async def test_a_shop_that_is_away_is_tried_again_later(db: Database, org: UUID, shop: TokenShop) -> None:
    shop.says(503, b"")
    with pytest.raises(RetryableError, match="503"):
        await keep_alive(db, REGISTRY, shop.http, org, await joined(db, org, shop, 3))


async def test_a_shop_that_is_gone_is_nothing_to_do(db: Database, org: UUID, shop: TokenShop, installation: UUID) -> None:
    assert not await keep_alive(db, REGISTRY, shop.http, org, uuid7())
    assert not await keep_alive(db, REGISTRY, shop.http, org, installation)
