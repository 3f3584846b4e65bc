"""`luneo extract`: a shop's rows as JSON lines, with the same proof as a sync and without a database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.testing.hostile import Hostile
from hub.testing.serving import serving
from tests.hub.cli.conftest import Luneo, environment


@pytest.fixture
def shop() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox(products=230, orders=5, customers=5)
    with serving(sandbox.app) as url:
        yield sandbox, url


def words(shop: tuple[Sandbox, str], form: str, resource: str = "products") -> list[str]:
    keys = shop[0].credentials()
    return [
        "extract", "woocommerce", resource, form, "--url", shop[1],
        "--key", keys["key"], "--secret", keys["secret"], "--allow-http",
    ]  # fmt: skip


def allowed(shop: tuple[Sandbox, str]) -> dict[str, str]:
    return {"LUNEO_EGRESS_ALLOW": shop[1].partition("://")[2]}


def test_raw_lines_are_the_shops_own_objects(bare_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    nowhere = {"LUNEO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    ran = bare_luneo(*words(shop, "--raw"), env=allowed(shop) | nowhere)
    assert ran.code == 0
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert {str(row["id"]) for row in rows} == set(shop[0].ids("products"))
    assert rows[0]["name"] == shop[0].record("products", str(rows[0]["id"]))["name"]
    assert ran.err.startswith("COMPLETE: All 230 rows")


def test_canonical_lines_are_mapped_with_their_children(bare_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    ran = bare_luneo(*words(shop, "--canonical"), "--json", env=allowed(shop))
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert len(rows) == 230
    assert any(len(row["variants"]) > 1 for row in rows)
    told = json.loads(ran.err)
    assert (told["verdict"], told["rows"]) == ("COMPLETE", 230)


def test_a_connected_shop_is_read_with_the_key_it_was_connected_with(quick_luneo: Luneo, shop: tuple[Sandbox, str]) -> None:
    keys = shop[0].credentials()
    credentials = ["--key", keys["key"], "--secret", keys["secret"], "--allow-http", "--name", "Boutique"]
    assert quick_luneo("connect", "woocommerce", shop[1], *credentials, env=allowed(shop)).code == 0
    ran = quick_luneo("extract", "woocommerce", "orders", "--raw", "--shop", "boutique", env=allowed(shop))
    assert (ran.code, len(ran.out.splitlines())) == (0, 5)


def test_a_reader_that_has_seen_enough_is_no_error(shop: tuple[Sandbox, str], tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "hub.cli", *words(shop, "--canonical")],
        env=environment(tmp_path, **allowed(shop)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_what_cannot_be_proved_complete_says_so_with_exit_code_2(bare_luneo: Luneo) -> None:
    sandbox = Sandbox(products=420, orders=0, customers=0)
    with serving(Hostile(sandbox.app, sandbox, "html_200", at=5, times=1000)) as url:
        ran = bare_luneo(*words((sandbox, url), "--raw"), env=allowed((sandbox, url)), timeout=120)
    assert ran.code == 2
    assert ran.err.startswith("PARTIAL: ")
    assert 0 < len(ran.out.splitlines()) < 420


@pytest.mark.parametrize(
    ("missing", "hint"),
    [
        (["extract", "woocommerce", "products", "--url", "https://shop.example"], "--raw or --canonical"),
        (["extract", "woocommerce", "products", "--raw"], "--url"),
        (["extract", "woocommerce", "products", "--raw", "--url", "https://shop.example"], "--key"),
    ],
)
def test_what_is_missing_is_asked_for(quick_luneo: Luneo, missing: list[str], hint: str) -> None:
    ran = quick_luneo(*missing)
    assert (ran.code, ran.out) == (1, "")
    assert hint in ran.err
