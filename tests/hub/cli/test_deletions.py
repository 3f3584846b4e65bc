"""Deletions that a sweep held back are shown, and done only when a person says so."""

from __future__ import annotations

from connectors.woocommerce.sandbox import Sandbox
from hub.testing.serving import serving
from tests.hub.cli.conftest import Luneo
from tests.hub.cli.test_second_chances import words_of


def test_a_mass_deletion_waits_for_a_person_who_keeps_or_confirms_it(quick_luneo: Luneo) -> None:
    sandbox = Sandbox(products=60, orders=0, customers=0)
    with serving(sandbox.app) as url:
        env = {"LUNEO_EGRESS_ALLOW": url.partition("://")[2]}
        assert quick_luneo(*words_of(sandbox, url), env=env).code == 0
        assert quick_luneo("sync", "--resource", "products", env=env).code == 0
        assert "Nothing is held back" in quick_luneo("deletions").out
        gone = sandbox.ids("products")[:20]
        sandbox.delete("products", gone)

        swept = quick_luneo("sync", "--resource", "products", "--sweep", "--json", env=env)
        assert swept.code == 2 and swept.json["runs"][0]["evidence"]["tombstones_held"] == 20, swept
        (held,) = quick_luneo("deletions", "--json").json["deletions"]
        assert (held["shop"], held["resource"], set(held["ids"])) == ("Shop", "products", set(gone))
        assert quick_luneo("deletions", "discard", "Shop", "--resource", "products", "--json").json["kept"] == 20
        assert quick_luneo("deletions", "confirm", "Shop", "--resource", "products", env=env).code == 1

        assert quick_luneo("sync", "--resource", "products", "--sweep", env=env).code == 2
        confirmed = quick_luneo("deletions", "confirm", "Shop", "--resource", "products", "--json", env=env)
        assert confirmed.json["deleted"] == 20, confirmed
        assert quick_luneo("sync", "--resource", "products", "--sweep", env=env).code == 0


def test_a_resource_that_the_shop_does_not_have_is_named(quick_luneo: Luneo) -> None:
    sandbox = Sandbox(products=1, orders=0, customers=0)
    with serving(sandbox.app) as url:
        env = {"LUNEO_EGRESS_ALLOW": url.partition("://")[2]}
        assert quick_luneo(*words_of(sandbox, url), env=env).code == 0
    refused = quick_luneo("deletions", "confirm", "Shop", "--resource", "coupons")
    assert refused.code == 1 and "no 'coupons'" in refused.err
