"""A day with the command: an organisation, a key, a shop connected, synced, looked at, let go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.testing.serving import serving
from tests.hub.cli.conftest import Luneo, Ran


@pytest.fixture
def shop() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox(products=12, orders=6, customers=4)
    with serving(sandbox.app) as url:
        yield sandbox, url


def connected(luneo: Luneo, shop: tuple[Sandbox, str], *words: str) -> Luneo:
    """`luneo`, with the shop connected and allowed."""
    sandbox, url = shop
    allowed = {"LUNEO_EGRESS_ALLOW": url.partition("://")[2]}
    keys = sandbox.credentials()
    credentials = ["--key", keys["key"], "--secret", keys["secret"], "--allow-http"]
    made = luneo("connect", "woocommerce", url, *credentials, "--name", "Boutique", *words, env=allowed)
    assert made.code == 0, made

    def run(*more: str, timeout: float = 60) -> Ran:
        return luneo(*more, env=allowed, timeout=timeout)

    return run


def test_a_shop_is_connected_synced_and_let_go(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    run = connected(quick_luneo, shop)
    synced = run("sync", "--json")
    assert (synced.code, synced.err) == (0, "")
    assert {r["resource"]: r["verdict"] for r in synced.json["runs"]} == dict.fromkeys(
        ["products", "orders", "customers"], "COMPLETE"
    )
    assert {r["resource"]: r["rows"] for r in synced.json["runs"]} == {"products": 12, "orders": 6, "customers": 4}

    runs = run("runs", "--json").json["runs"]
    assert {r["shop"] for r in runs} == {"Boutique"}
    assert len(runs) == 3
    assert "Boutique" in run("runs", "Boutique", "--limit", "1").out

    assert run("quarantine").out == "Nothing is in quarantine.\n"

    gone = run("disconnect", "Boutique", "--purge", "--yes")
    assert gone.code == 0
    assert "12 record" in gone.out or "22 record" in gone.out
    assert "no connected shop" in run("sync").err


def test_for_people_the_verdict_says_why_it_is_believed(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    ran = connected(quick_luneo, shop)("sync", "boutique", "--resource", "products")
    assert ran.code == 0
    assert "COMPLETE" in ran.out
    assert "All 12 rows of the shop were read" in ran.out


def test_a_second_sync_reads_only_what_changed(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    run = connected(quick_luneo, shop)
    assert run("sync").code == 0
    shop[0].change("products", shop[0].ids("products")[:1])
    (again,) = run("sync", "--resource", "products", "--json").json["runs"]
    assert again["mode"] == "incremental"
    assert again["counts"]["updated"] == 1


def test_a_sweep_finds_what_was_deleted_without_a_word(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    run = connected(quick_luneo, shop)
    assert run("sync").code == 0
    shop[0].delete("customers", shop[0].ids("customers")[:1])
    (swept,) = run("sync", "--resource", "customers", "--sweep", "--json").json["runs"]
    assert swept["verdict"] == "COMPLETE"
    assert swept["evidence"]["deleted"] == 1


def test_a_shop_that_fails_makes_the_exit_code_1_and_is_named(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    run = connected(quick_luneo, shop)
    shop[0].revoke()
    ran = run("sync", "--resource", "products", "--json")
    assert ran.code == 1
    assert ran.json["runs"][0]["verdict"] == "FAILED"
    refused = run("sync")
    assert refused.code == 1
    assert "must be connected again" in refused.out


def test_the_same_shop_is_not_connected_twice(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    connected(quick_luneo, shop)
    sandbox, url = shop
    keys = sandbox.credentials()
    words = ["connect", "woocommerce", url, "--key", keys["key"], "--secret", keys["secret"], "--allow-http"]
    ran = quick_luneo(*words, env={"LUNEO_EGRESS_ALLOW": url.partition("://")[2]})
    assert ran.code == 1
    assert "connected already" in ran.err


def test_full_and_sweep_together_are_refused(quick_luneo: Luneo) -> None:
    assert "--full and --sweep" in quick_luneo("sync", "--full", "--sweep").err


def test_a_resource_that_the_shop_does_not_have_is_named(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    ran = connected(quick_luneo, shop)("sync", "--resource", "giftcards")
    assert ran.code == 1
    assert "'giftcards'" in ran.err
    assert "products, orders, customers" in ran.err


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(quick_luneo: Luneo) -> None:
    assert quick_luneo("org", "create", "Maison Été").code == 0
    made = quick_luneo("keys", "create", "--name", "ERP", "--scope", "products:read", "--json").json
    assert made["key"].startswith("lun_live_")
    assert made["scopes"] == ["products:read"]
    listed = quick_luneo("keys", "list")
    assert made["key"] not in listed.out
    assert made["key"][-4:] in listed.out
    assert quick_luneo("keys", "revoke", made["id"][-12:]).code == 0
    assert "revoked" in quick_luneo("keys").out


def test_an_unknown_scope_is_told_with_the_known_ones(quick_luneo: Luneo) -> None:
    quick_luneo("org", "create", "Maison")
    ran = quick_luneo("keys", "create", "--scope", "products:eat")
    assert ran.code == 1
    assert "products:eat" in ran.err
    assert "products:read" in ran.err


def test_of_several_organisations_one_must_be_named(quick_luneo: Luneo) -> None:
    quick_luneo("org", "create", "Maison")
    quick_luneo("org", "create", "Atelier")
    assert "--org" in quick_luneo("runs").err
    assert quick_luneo("keys", "create", "--org", "atelier", "--json").json["organisation"] == "atelier"


def test_disconnecting_asks_first_and_does_nothing_without_an_answer(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    run = connected(quick_luneo, shop)
    ran = run("disconnect", "Boutique")
    assert ran.code == 1
    assert "nothing was changed" in ran.err
    assert run("disconnect", "Boutique", "--json").code == 0


def test_the_key_ring_is_readable_by_its_owner_only(quick_luneo: Luneo, shop: tuple[Sandbox, str], tmp_path: Path) -> None:
    connected(quick_luneo, shop)
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
