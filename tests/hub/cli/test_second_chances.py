"""Rows put aside, records mapped anew, commands stopped in the middle: nothing is lost, and it can be told what happened."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.db.engine import Database
from hub.testing.hostile import Hostile
from hub.testing.serving import serving
from tests.hub.cli.conftest import Luneo, environment


class Turning:
    """A shop that is calm until it is told otherwise."""

    def __init__(self, calm: Any) -> None:
        self.app = calm

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def words_of(sandbox: Sandbox, url: str) -> list[str]:
    keys = sandbox.credentials()
    return ["connect", "woocommerce", url, "--key", keys["key"], "--secret", keys["secret"], "--allow-http", "--name", "Shop"]


def test_a_row_in_quarantine_is_listed_shown_and_tried_again(quick_luneo: Luneo) -> None:
    sandbox = Sandbox(products=230, orders=0, customers=0)
    shop = Turning(sandbox.app)
    with serving(shop) as url:
        env = {"LUNEO_EGRESS_ALLOW": url.partition("://")[2]}
        assert quick_luneo(*words_of(sandbox, url), env=env).code == 0
        shop.app = Hostile(sandbox.app, sandbox, "wrong_typed_id", at=1, times=1)
        synced = quick_luneo("sync", "--resource", "products", "--json", env=env, timeout=120)
        assert synced.json["runs"][0]["evidence"]["quarantined"] >= 1, synced
    rows = quick_luneo("quarantine", "--json").json["quarantine"]
    assert rows
    assert {row["shop"] for row in rows} == {"Shop"}
    short = rows[0]["id"][-12:]
    assert short in quick_luneo("quarantine", "list").out
    shown = quick_luneo("quarantine", "show", short)
    assert shown.code == 0
    assert rows[0]["reason"] in shown.out
    assert '"id":{' in quick_luneo("quarantine", "show", short, "--json").json["raw"][0]
    again = quick_luneo("quarantine", "replay", short)
    assert again.code == 2
    assert "still refused" in again.out


def test_a_row_that_is_not_in_quarantine_is_told(quick_luneo: Luneo) -> None:
    quick_luneo("org", "create", "Maison")
    ran = quick_luneo("quarantine", "show", "abcdef")
    assert ran.code == 1
    assert "luneo quarantine list" in ran.err


def test_remap_takes_what_an_older_mapping_wrote_and_nothing_else(quick_luneo: Luneo, clean_database_url: str) -> None:
    sandbox = Sandbox(products=12, orders=3, customers=0)
    with serving(sandbox.app) as url:
        env = {"LUNEO_EGRESS_ALLOW": url.partition("://")[2]}
        assert quick_luneo(*words_of(sandbox, url), env=env).code == 0
        assert quick_luneo("sync", env=env).code == 0
    asyncio.run(age(clean_database_url))
    first = quick_luneo("remap", "shop", "--json").json["remapped"]
    assert {row["resource"]: row["done"] for row in first} == {"products": 12, "orders": 0, "customers": 0}
    assert {row["changed"] for row in first} == {0}
    second = quick_luneo("remap", "--json").json["remapped"]
    assert {row["done"] for row in second} == {0}
    everything = quick_luneo("remap", "--all", "--json").json["remapped"]
    assert {row["resource"]: row["done"] for row in everything} == {"products": 12, "orders": 3, "customers": 0}


async def age(url: str) -> None:
    """As if the products had been mapped by an older version."""
    db = Database(url)
    async with db.system() as unit:
        org = await unit.fetchval("select id from organisation")
    async with db.org(org) as unit:
        await unit.execute("update record set mapping_version = 0 where kind = 'product'")
    await db.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sync_that_is_stopped_ends_without_a_word_and_lets_its_lease_go(
    quick_luneo: Luneo, clean_database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    sandbox = Sandbox(products=30, orders=0, customers=0)
    shop = Turning(sandbox.app)
    with serving(shop) as url:
        env = {"LUNEO_EGRESS_ALLOW": url.partition("://")[2]}
        assert quick_luneo(*words_of(sandbox, url), env=env).code == 0
        shop.app = hostile = Hostile(sandbox.app, sandbox, "slow_page", at=1, times=1, seconds=8)
        with subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "sync", "--resource", "products"],
            env=environment(tmp_path, LUNEO_DATABASE_URL=clean_database_url, **env),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            while not hostile.did:
                time.sleep(0.05)
            process.send_signal(number)
            out, err = process.communicate(timeout=15)
        assert (process.returncode, out, err) == (130, b"", b"")
        began = time.monotonic()
        again = quick_luneo("sync", "--resource", "products", "--json", env=env)
    assert again.json["runs"][0]["verdict"] == "COMPLETE"
    assert time.monotonic() - began < 20  # nobody waited for a dead lease


def test_the_doctor_tells_of_jobs_that_were_given_up(quick_luneo: Luneo, clean_database_url: str) -> None:
    async def bury() -> None:
        db = Database(clean_database_url)
        async with db.system() as unit:
            await unit.execute(
                "insert into job (id, kind, status, last_error, finished_at)"
                " values (gen_random_uuid(), 'sync.run', 'dead', 'The shop is gone.', now())"
            )
        await db.close()

    asyncio.run(bury())
    (found,) = [one for one in quick_luneo("doctor", "--json").json["findings"] if one["about"] == "jobs"]
    assert found["level"] == "amber"
    assert "The shop is gone." in json.dumps(found)
