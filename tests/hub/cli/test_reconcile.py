"""`luneo reconcile`: what webhooks and syncs missed is repaired, and told as figures and as a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.testing.serving import serving
from tests.hub.cli.conftest import Luneo
from tests.hub.cli.test_everyday import connected


@pytest.fixture
def shop() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox(products=12, orders=6, customers=4)
    with serving(sandbox.app) as url:
        yield sandbox, url


def test_what_was_missed_is_repaired_and_counted(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    sandbox, _ = shop
    run = connected(quick_luneo, shop)
    assert run("sync").code == 0
    sandbox.delete("orders", sandbox.ids("orders")[:1])
    sandbox.add("products", 2)
    told = run("reconcile", "Boutique", "--json")
    assert (told.code, told.err) == (0, "")
    assert told.json["repaired"] == {"created": 2, "updated": 0, "deleted": 1}
    assert {one["mode"] for one in told.json["runs"]} == {"sweep"} and len(told.json["runs"]) == 3

    sandbox.delete("products", sandbox.ids("products")[:1])
    ran = run("reconcile", "--resource", "products")
    assert ran.code == 0 and "Repaired: 0 new, 0 changed, 1 deleted." in ran.out
    assert "1 of these had been missed and are repaired" in " ".join(ran.out.split())


def test_a_resource_that_the_shop_does_not_have_is_refused(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    ran = connected(quick_luneo, shop)("reconcile", "--resource", "giftcards")
    assert ran.code == 1 and "giftcards" in ran.err
