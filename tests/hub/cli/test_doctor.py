"""The doctor says what is well, what to know, and what fails with what to do."""

from __future__ import annotations

from pathlib import Path

from connectors.shopify.sandbox import Sandbox as Shopify
from connectors.woocommerce.sandbox import Sandbox
from hub.testing.serving import serving
from tests.hub.cli.conftest import Luneo, Ran


def about(ran: Ran, name: str) -> dict[str, str]:
    """The finding about something."""
    (found,) = [one for one in ran.json["findings"] if one["about"] == name]
    return found


def test_a_sound_hub_is_well_and_says_what_to_know(quick_luneo: Luneo) -> None:
    ran = quick_luneo("doctor", "--json")
    assert (ran.code, ran.json["state"]) == (0, "amber")
    assert about(ran, "database")["level"] == "green"
    assert about(ran, "schema")["level"] == "green"
    assert about(ran, "public URL")["hint"].startswith("Set LUNEO_PUBLIC_URL")
    assert about(ran, "woocommerce")["level"] == "green"


def test_a_database_that_is_away_is_red_and_the_rest_is_told_all_the_same(bare_luneo: Luneo) -> None:
    ran = bare_luneo("doctor", "--json", env={"LUNEO_DATABASE_URL": "postgresql://me@127.0.0.1:1/luneo"})
    assert (ran.code, ran.json["state"]) == (1, "red")
    assert about(ran, "database")["level"] == "red"
    assert about(ran, "woocommerce")["level"] == "green"


def test_a_redis_that_is_away_is_red(quick_luneo: Luneo) -> None:
    ran = quick_luneo("doctor", "--json", env={"LUNEO_REDIS_URL": "redis://127.0.0.1:1/0"})
    assert ran.code == 1
    assert "LUNEO_REDIS_URL" in about(ran, "redis")["hint"]


def test_a_key_ring_that_others_can_read_is_red(quick_luneo: Luneo, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}")
    (tmp_path / "keys.json").chmod(0o644)
    assert about(quick_luneo("doctor", "--json"), "key ring")["hint"].startswith("chmod 600")


def test_a_public_address_without_tls_is_amber(quick_luneo: Luneo) -> None:
    assert (
        about(quick_luneo("doctor", "--json", env={"LUNEO_PUBLIC_URL": "http://hub.example"}), "public URL")["level"] == "amber"
    )


def test_a_public_address_that_is_none_is_told_in_one_line(quick_luneo: Luneo) -> None:
    ran = quick_luneo("doctor", env={"LUNEO_PUBLIC_URL": "hub.example"})
    assert ran.code == 1 and "LUNEO_PUBLIC_URL" in ran.err and ran.err.count("\n") == 1


def test_every_shop_is_asked(quick_luneo: Luneo) -> None:
    sandbox = Sandbox(products=2, orders=0, customers=0)
    with serving(sandbox.app) as url:
        env = {"LUNEO_EGRESS_ALLOW": url.partition("://")[2]}
        keys = sandbox.credentials()
        words = ["--key", keys["key"], "--secret", keys["secret"], "--allow-http", "--name", "Boutique"]
        assert quick_luneo("connect", "woocommerce", url, *words, env=env).code == 0
        assert about(quick_luneo("doctor", "--json", env=env), "Boutique")["level"] == "amber"  # it answers, and is polled
        sandbox.revoke()
        assert about(quick_luneo("doctor", "--json", env=env), "Boutique")["level"] == "red"
    gone = quick_luneo("doctor", "--json", env=env)
    assert gone.code == 1
    assert url.partition("://")[2] in about(gone, "Boutique")["words"]


def test_webhooks_that_a_woocommerce_shop_switched_off_are_named(quick_luneo: Luneo) -> None:
    sandbox = Sandbox(products=1, orders=0, customers=0)
    with serving(sandbox.app) as url:
        env = {"LUNEO_EGRESS_ALLOW": url.partition("://")[2], "LUNEO_PUBLIC_URL": "http://127.0.0.1:9"}
        keys = sandbox.credentials()
        words = ["--key", keys["key"], "--secret", keys["secret"], "--allow-http", "--name", "Boutique"]
        assert quick_luneo("connect", "woocommerce", url, *words, env=env).code == 0
        assert told(quick_luneo("doctor", "--json", env=env), "Boutique", "webhooks")["level"] == "green"
        switched_off = next(hook for hook in sandbox.webhooks.table.values() if hook.topic == "order.updated")
        switched_off.status = "disabled"
        webhooks = told(quick_luneo("doctor", "--json", env=env), "Boutique", "webhooks")
        assert switched_off.status == "disabled", "the doctor looks, and changes nothing"
    assert webhooks["level"] == "amber"
    assert "10 of 11" in webhooks["words"] and "silent: order.updated" in webhooks["words"] and webhooks["hint"]


def test_a_shopify_shop_is_told_token_scopes_version_points_and_webhooks(quick_luneo: Luneo) -> None:
    sandbox = Shopify(products=1, all_orders=False)
    with serving(sandbox.app) as url:
        env = {"LUNEO_EGRESS_ALLOW": url.partition("://")[2], "LUNEO_PUBLIC_URL": "http://127.0.0.1:9"}
        keys = sandbox.credentials()
        words = ["--token", keys["token"], "--app-secret", keys["app_secret"], "--name", "Maison"]
        assert quick_luneo("connect", "shopify", url, *words, env=env).code == 0
        gone_by_itself = next(one for one in sandbox.state.of("WebhookSubscription").values() if one["topic"] == "ORDERS_UPDATED")
        sandbox.state.remove(gone_by_itself["id"])
        ran = quick_luneo("doctor", "--json", env=env)
        sandbox.fall_forward("2026-01")
        fallen = quick_luneo("doctor", "--json", env=env)
        sandbox.fall_forward()
        sandbox.tokens.revoke()
        gone = quick_luneo("doctor", "--json", env=env)
    assert told(ran, "Maison", "token: static")["level"] == "green"
    assert "60 days" in told(ran, "Maison", "scopes: only")["words"]
    assert told(ran, "Maison", "API: served by 2026-10")["level"] == "green"
    assert "of 2,000 left" in told(ran, "Maison", "points")["words"]
    webhooks = told(ran, "Maison", "webhooks")
    assert webhooks["level"] == "amber" and "missing: orders/updated" in webhooks["words"]
    assert "2026-01" in about(fallen, "Maison")["words"] and about(fallen, "Maison")["level"] == "red"
    assert about(gone, "Maison")["level"] == "red" and "luneo connect" in about(gone, "Maison")["hint"]


def told(ran: Ran, name: str, start: str) -> dict[str, str]:
    """The finding about something that begins so."""
    (found,) = [one for one in ran.json["findings"] if one["about"] == name and one["words"].startswith(start)]
    return found


def test_for_people_every_finding_is_a_line(quick_luneo: Luneo) -> None:
    ran = quick_luneo("doctor")
    assert ran.code == 0
    assert "● well  database" in ran.out
