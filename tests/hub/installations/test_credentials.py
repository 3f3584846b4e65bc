"""What a shop can be connected with, by the names in its connector's manifest."""

from __future__ import annotations

import pytest

from connectors.shopify.connector import Shopify
from connectors.woocommerce.connector import WooCommerce
from hub.budget import Unhurried
from hub.errors import Unprocessable
from hub.http import guarded_client
from hub.installations.credentials import fitting
from hub.ports import Opening

SHOPIFY, WOO = Shopify.manifest, WooCommerce.manifest
OFFLINE = {
    "kind": "offline", "token": "t", "expires_at": "e", "refresh_token": "r", "refresh_expires_at": "f", "scope": "s",
}  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"token": "shpat_1"},
        {"token": "shpat_1", "app_secret": "shpss_1"},
        {"client_id": "id", "client_secret": "shpss_1"},
        {"kind": "permanent", "token": "shpat_1"},
        OFFLINE,
    ],
)
def test_any_complete_set_is_taken_and_empty_ones_are_left_out(given: dict[str, str]) -> None:
    assert fitting(SHOPIFY, {**given, "token": f" {given.get('token', '')}\n", "key": "", "secret": " "}) == given


@pytest.mark.parametrize(
    ("given", "words", "field"),
    [
        ({}, "Shopify needs token: give token, or client_id and client_secret; app_secret if there is one.", "token"),
        ({"client_id": "id"}, "Shopify needs client_secret:", "client_secret"),
        ({"app_secret": "shpss_hidden"}, "Shopify needs token:", "token"),
        ({"key": "ck_hidden", "secret": "cs_hidden"}, "Shopify takes no key and no secret:", "key"),
        ({"token": "shpat_hidden", "client_id": "id", "client_secret": "shpss_hidden"}, "takes", None),
        ({"token": "   "}, "Shopify needs token:", "token"),
        ({**OFFLINE, "refresh_token": ""}, "Shopify needs refresh_token:", "refresh_token"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_no_value_shown(given: dict[str, str], words: str, field: str | None) -> None:
    with pytest.raises(Unprocessable) as told:
        fitting(SHOPIFY, given)
    assert words in str(told.value)
    assert "hidden" not in str(told.value)
    assert field is None or told.value.field == field


def test_two_ways_at_once_do_not_go_together() -> None:
    with pytest.raises(Unprocessable, match="Shopify takes client_id and client_secret without token:"):
        fitting(SHOPIFY, {"token": "shpat_1", "client_id": "id", "client_secret": "s"})


def test_one_way_is_told_plainly() -> None:
    with pytest.raises(Unprocessable, match=r"WooCommerce needs secret: give all of: key, secret\."):
        fitting(WOO, {"key": "ck_1"})
    with pytest.raises(Unprocessable, match="WooCommerce takes no token:"):
        fitting(WOO, {"key": "ck_1", "secret": "cs_1", "token": "x"})


def test_what_a_connector_opens_a_shop_with_does_not_show_itself() -> None:
    opening = Opening("https://shop.example", {"token": "hunter2"}, guarded_client(), Unhurried())
    assert "https://shop.example" in repr(opening) and "hunter2" not in repr(opening)
