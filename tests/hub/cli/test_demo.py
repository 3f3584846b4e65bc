"""`luneo demo`: what a newcomer sees first must hold, at a small scale here."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import re
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import trimesh

from hub.cli.demo.lock import alone
from hub.cli.demo.model import glb
from hub.cli.demo.play import CLAIMS, Part, Play
from hub.cli.demo.stage import Stage
from tests.hub.cli.conftest import Luneo, environment

SMALL = ("--products", "30", "--orders", "10", "--customers", "8")


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder that nobody has used: short, and open to the server's user when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="luneo-demo-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


async def start(home: Path, *words: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.cli", "demo", *SMALL, *words, env=environment(home), stdout=pipe, stderr=pipe
    )


@pytest.mark.slow
async def test_the_demo_proves_everything_it_promises(home: Path) -> None:
    process = await start(home, "--once", "--json")
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, (out, err)
    assert err == b""
    told = json.loads(out.splitlines()[-1])
    assert len(out.splitlines()) == 1
    assert set(told["shops"]) == {"woocommerce", "shopify"}
    for connector, shop in told["shops"].items():
        assert {run["resource"]: run["verdict"] for run in shop["runs"]} == dict.fromkeys(
            ["products", "orders", "customers"], "COMPLETE"
        )
        assert {run["resource"]: run["rows"] for run in shop["runs"]} == {"products": 30, "orders": 10, "customers": 8}
        assert {run["connector"] for run in shop["runs"]} == {connector}
        assert (shop["metafield_written"], shop["event_seen"], shop["webhook_seen"], shop["partner_told"]) == (True,) * 4
    assert told["shops"]["shopify"]["media_ready"] is True
    assert told["runs"] == [run for shop in told["shops"].values() for run in shop["runs"]]
    assert all(run["reason"] and run["evidence"]["proven"] for run in told["runs"])
    assert all(told[claim] is True for claim in CLAIMS)
    assert {"page", "api", "docs", "shop", "seconds"} <= set(told)


def test_a_shop_too_small_to_show_it_all_is_refused_at_once(bare_luneo: Luneo) -> None:
    ran = bare_luneo("demo", "--once", "--products", "2")
    assert ran.code != 0
    assert "--products" in ran.err and "Traceback" not in ran.err


def test_what_one_shop_did_not_show_is_not_claimed_for_both() -> None:
    stage = Stage(silent=True)
    shows = {"webhook_seen": True, "event_seen": True, "partner_told": True, "metafield_written": True}
    play = Play(cast(Any, None), cast(Any, None), stage, *[cast(Any, None)] * 3)
    play.parts = [part("woocommerce", {**shows, "event_seen": False}), part("shopify", {**shows, "media_ready": True})]
    play.sum_up()
    assert {claim: stage.found[claim] for claim in CLAIMS} == {
        "webhook_seen": True,
        "event_seen": False,
        "partner_told": True,
        "metafield_written": True,
        "media_ready": True,
    }
    assert stage.found["shops"]["woocommerce"]["event_seen"] is False


def part(connector: str, seen: dict[str, Any]) -> Part:
    return Part(cast(Any, None), connector.title(), cast(Any, SimpleNamespace(connector=connector)), seen)


def test_the_model_is_a_glb_file_that_a_program_for_3d_models_can_open() -> None:
    stone: Any = trimesh.load(io.BytesIO(glb()), file_type="glb", force="mesh")
    assert (len(stone.vertices), len(stone.faces), stone.is_watertight) == (6, 8, True)


@pytest.mark.slow
async def test_it_stays_up_with_a_page_a_key_and_an_api_that_answer(home: Path) -> None:
    process = await start(home, "--port", "0")
    assert process.stdout is not None
    shown = await asyncio.wait_for(process.stdout.readuntil(b"Ctrl-C ends it."), 120)
    key = re.search(r"lun_test_\w+", shown.decode())
    page = re.search(r"http://\S+/welcome/\S+", shown.decode())
    assert key and page
    tries = re.findall(r"^     (curl .+)$", shown.decode(), re.MULTILINE)
    assert len(tries) == 3
    answers = [as_typed(line.replace("$KEY", key[0])) for line in tries]
    assert answers[0]["provenance"]
    assert answers[1]["status"] == "queued"
    assert answers[2]["data"][0]["type"] == "product.updated"
    seen = as_seen(page[0])
    assert "Demo shop (WooCommerce)" in seen
    assert "Demo shop (Shopify)" in seen
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0


@pytest.mark.slow
async def test_stopped_in_the_middle_it_leaves_nothing_running(home: Path) -> None:
    process = await start(home)
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readuntil(b"the hub: API"), 120)
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, err) == (130, b"")
    assert not list((home / "postgres" / "holders").iterdir())
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


async def test_a_second_demo_on_the_same_data_is_told_so(home: Path) -> None:
    with alone(home):
        process = await start(home, "--once")
        _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert err.startswith(b"error: A demo is running already.")
    assert err.count(b"\n") == 1


def as_typed(line: str) -> Any:
    """Do what a curl line says; not every machine has curl."""
    words = argparse.ArgumentParser()
    words.add_argument("-s", action="store_true")
    words.add_argument("-H", action="append")
    words.add_argument("-X", default="GET")
    words.add_argument("-d")
    words.add_argument("url")
    typed = words.parse_args(shlex.split(line)[1:])
    headers = dict(header.split(": ", 1) for header in typed.H)
    return httpx.request(typed.X, typed.url, headers=headers, content=typed.d).json()


def as_seen(address: str) -> str:
    """The page that a browser ends at."""
    with httpx.Client(follow_redirects=True) as browser:
        return browser.get(address).text
