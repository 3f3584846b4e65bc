"""Our app's own settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.shopify.settings import SCOPES, app_settings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    app_settings.cache_clear()
    yield
    app_settings.cache_clear()


def test_without_an_app_nothing_is_set() -> None:
    assert (app_settings().client_id, app_settings().secrets, app_settings().scopes) == (None, (), SCOPES)


def test_both_secrets_count_while_one_replaces_the_other_and_neither_shows_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", "new-secret")
    monkeypatch.setenv("LUNEO_SHOPIFY_OLD_CLIENT_SECRET", "old-secret")
    assert app_settings().secrets == ("new-secret", "old-secret")
    assert "secret'" not in repr(app_settings()).replace("client_secret", "")
    assert "new-secret" not in repr(app_settings())


def test_scopes_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_SHOPIFY_SCOPES", "read_products, write_orders,")
    assert app_settings().scopes == ("read_products", "write_orders")
